"""The HTTP API: post a file, request how far it is, fetch the results. docs/web.md describes it.

Whoever knows a job's id may use it, so only the one who posts a file gets its id.
"""

from __future__ import annotations

import mimetypes
import threading
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse, Response

from vidtag.core import document as documents
from vidtag.core.names import PageLanguage, SubtitleFormat
from vidtag.report.page import render
from vidtag.report.report_view import report_view
from vidtag.report.thumbnails import moment, picture, thumbnails
from vidtag.show.subtitle_files import subtitle_text
from vidtag.show.views import Views
from vidtag.subtitles.formats.registry import SUFFIXES
from vidtag.web import results
from vidtag.web.answers import checked_cues, clip_list, job_status
from vidtag.web.bundle import make_bundle
from vidtag.web.jobs import Jobs, WebJob
from vidtag.web.listen_task import listen_to
from vidtag.web.request_models import ClipQuery, EditedCues, HighlightsQuery, PostQuery
from vidtag.web.results import job_views
from vidtag.web.tasks import TaskState
from vidtag.web.uploads import receive

_TEXT_TYPES = {"vtt": "text/vtt", "json": "application/json"}
_SAME_START = 0.05
"""Seconds by which a clip may begin elsewhere than a request says."""


def find_job(jobs: Jobs, identity: str) -> WebJob:
    """The job of that id, or the answer 404."""
    job = jobs.get(identity)
    if job is None:
        raise HTTPException(404, "there is no such job (any more)")
    return job


def finished_job(jobs: Jobs, identity: str) -> WebJob:
    """A job that has a result, or the answer 404 or 409."""
    job = find_job(jobs, identity)
    if job.listen_task.state is not TaskState.DONE:
        raise HTTPException(409, f"the job is {job.listen_task.state.value}")
    return job


def router(jobs: Jobs) -> APIRouter:
    """All routes of the API."""
    api = APIRouter(prefix="/api")
    _add_job_routes(api, jobs)
    _add_cue_routes(api, jobs)
    _add_highlight_routes(api, jobs)
    _add_file_routes(api, jobs)
    return api


def _add_job_routes(api: APIRouter, jobs: Jobs) -> None:
    @api.post("/jobs", status_code=202)
    async def post(request: Request, query: Annotated[PostQuery, Query()]) -> dict[str, Any]:
        """Post a file as the body of the request, or name one in an allowed folder by ``path``."""
        config = query.config(jobs.models)
        if query.path:
            return job_status(jobs, jobs.submit_local(query.path, config, listen_to))
        identity, source = jobs.reserve(query.name)
        try:
            await receive(request, source, limit=jobs.limits.max_upload_bytes)
        except BaseException:
            jobs.discard(identity)
            raise
        return job_status(jobs, jobs.submit(identity, source, config, listen_to))

    @api.get("/jobs/{identity}")
    def status(identity: str) -> dict[str, Any]:
        """How far a job is: ``waiting``, ``running``, ``done``, ``failed`` or ``cancelled``."""
        return job_status(jobs, find_job(jobs, identity))

    @api.delete("/jobs/{identity}", status_code=204)
    def remove(identity: str) -> None:
        """Cancel a job and remove all of its files."""
        find_job(jobs, identity)
        jobs.remove(identity)


def _add_cue_routes(api: APIRouter, jobs: Jobs) -> None:
    @api.get("/jobs/{identity}/subtitles.{format_}")
    def subtitles(identity: str, format_: SubtitleFormat) -> Response:
        """Subtitles in any format, with the current cues."""
        job = finished_job(jobs, identity)
        text = subtitle_text(job_views(job), format_)
        if text is None:
            raise HTTPException(409, "edited cues have no times of words")
        kind = _TEXT_TYPES.get(format_, "text/plain")
        file = Path(job.name).stem + SUFFIXES[format_]
        return Response(text, media_type=f"{kind}; charset=utf-8", headers=_attachment(file))

    @api.get("/jobs/{identity}/cues")
    def cues(identity: str) -> dict[str, Any]:
        """The current cues, and which rules of the house style they break."""
        return checked_cues(finished_job(jobs, identity))

    @api.put("/jobs/{identity}/cues")
    def put_cues(identity: str, edited: EditedCues) -> dict[str, Any]:
        """Replace all cues; from now on every format is made of these."""
        job = finished_job(jobs, identity)
        results.replace_cues(job, [cue for item in edited if (cue := item.cue()).lines])
        return checked_cues(job)

    @api.delete("/jobs/{identity}/cues")
    def reset_cues(identity: str) -> dict[str, Any]:
        """Undo all edits."""
        job = finished_job(jobs, identity)
        results.reset_cues(job)
        return checked_cues(job)


def _add_highlight_routes(api: APIRouter, jobs: Jobs) -> None:
    cutting = threading.Lock()  # clips are cut one after another

    @api.get("/jobs/{identity}/highlights")
    def highlights(
        identity: str, query: Annotated[HighlightsQuery, Query()]
    ) -> list[dict[str, Any]]:
        """The highlights, by the job's settings but for those in the query."""
        job = finished_job(jobs, identity)
        return clip_list(_views_for(job, query).clips)

    @api.get("/jobs/{identity}/clips/{number}")
    def clip(
        identity: str,
        number: Annotated[int, PathParameter(ge=1)],
        query: Annotated[ClipQuery, Query()],
    ) -> FileResponse:
        """Cut one of the highlights, counted from 1 as ``/highlights`` lists them for the same
        query.

        ``start`` in seconds says which one is meant: 409 if that number is now another.
        """
        job = finished_job(jobs, identity)
        clips = _views_for(job, query).clips
        if number > len(clips):
            raise HTTPException(404, f"there are {len(clips)} highlights")
        chosen = clips[number - 1]
        if query.start is not None and abs(chosen.start - query.start) > _SAME_START:
            raise HTTPException(409, "other highlights are selected now")
        with cutting:
            file = results.cut(job, chosen)
        name = f"{Path(job.name).stem}.clip-{number:02d}{file.suffix}"
        kind = "video/mp4" if file.suffix == ".mp4" else "audio/mp4"
        return FileResponse(file, media_type=kind, headers=_attachment(name))


def _add_file_routes(api: APIRouter, jobs: Jobs) -> None:
    @api.get("/jobs/{identity}/document")
    def document(identity: str) -> Response:
        """Everything that was heard: the ``.vidtag.json``."""
        text = documents.to_json(job_views(finished_job(jobs, identity)).document)
        return Response(text, media_type="application/json")

    @api.get("/jobs/{identity}/report.html")
    def report(identity: str, language: PageLanguage = "en") -> Response:
        """The report, one self-contained page."""
        page = _report(job_views(finished_job(jobs, identity)), language)
        return Response(page, media_type="text/html")

    @api.get("/jobs/{identity}/media")
    def media(identity: str) -> FileResponse:
        """What a browser plays: the file itself, or a small copy of it."""
        job = finished_job(jobs, identity)
        assert job.playable is not None
        return FileResponse(job.playable, media_type=_media_type(job.playable))

    @api.get("/jobs/{identity}/thumbnail.jpg")
    def thumbnail(identity: str, at: Annotated[float, Query(ge=0, le=1e6)]) -> Response:
        """A small picture of the video at a time in seconds."""
        data = picture(finished_job(jobs, identity).require_document().media, at)
        if data is None:
            raise HTTPException(404, "there is no picture")
        return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private"})

    @api.post("/jobs/{identity}/everything", status_code=202)
    def everything(identity: str) -> dict[str, Any]:
        """Begin to make all files, clips, reel and report, in one ZIP."""
        job = finished_job(jobs, identity)
        jobs.start_bundle(job, make_bundle)
        return job_status(jobs, job)

    @api.get("/jobs/{identity}/everything.zip")
    def bundle(identity: str) -> FileResponse:
        """The ZIP, once it is made."""
        job = finished_job(jobs, identity)
        if job.bundle_task is None or job.bundle_task.state is not TaskState.DONE:
            raise HTTPException(409, "it is not made yet: post to /everything first")
        headers = _attachment(f"{Path(job.name).stem}.zip")
        return FileResponse(job.bundle, media_type="application/zip", headers=headers)


def _views_for(job: WebJob, query: HighlightsQuery) -> Views:
    """The views of a job by its settings, with those of a query in them."""
    values = query.values()
    return job_views(job, job.config.with_values({"highlights": values}) if values else None)


def _report(views: Views, language: PageLanguage) -> str:
    pictures = thumbnails(views.media, [moment(clip) for clip in views.clips])
    return render(
        report_view(
            views.document,
            views.clips,
            check=views.check,
            thumbnails=pictures,
            language=language,
        )
    )


def _attachment(name: str) -> dict[str, str]:
    """A header that makes browsers save under a name, whatever is in it (RFC 6266)."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)
    full = quote(name, safe="", errors="replace")
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"}


def _media_type(file: Path) -> str:
    guessed = mimetypes.guess_type(file.name)[0] or ""
    # Never a type that a browser would run as a page.
    return guessed if guessed.startswith(("video/", "audio/")) else "application/octet-stream"
