"""The HTTP API: post a file, request how far it is, fetch the results. docs/web.md describes it.

Whoever knows a job's id may use it, so only the one who posts a file gets its id.
"""

from __future__ import annotations

import asyncio
import functools
import mimetypes
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi import Path as PathParameter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, Response

from vidtag.core import document as documents
from vidtag.core.names import PageLanguage, SubtitleFormat, TimelineFormat
from vidtag.core.records import Clip
from vidtag.report.thumbnails import picture
from vidtag.show.clip_choice import own_clip
from vidtag.show.report_file import report_text
from vidtag.show.subtitle_files import subtitle_file
from vidtag.show.views import Views
from vidtag.subtitles.formats.registry import SUFFIXES, is_text
from vidtag.web import cue_patches, results
from vidtag.web.answer_models import CheckedCues, ClipAnswer, JobAnswer
from vidtag.web.answers import checked_cues, clip_list, job_status
from vidtag.web.bundle import make_bundle
from vidtag.web.downloads import attachment, sends
from vidtag.web.edit_models import OwnClip
from vidtag.web.finding import find_job, finished_job, known_parameters
from vidtag.web.jobs import Jobs, WebJob
from vidtag.web.listen_task import listen_to
from vidtag.web.request_models import ClipQuery, EditedCues, HighlightsQuery, PostQuery
from vidtag.web.results import job_views
from vidtag.web.tasks import TaskState
from vidtag.web.uploads import receive
from vidtag.web.user_files import local_file

_TEXT_TYPES = {"vtt": "text/vtt", "json": "application/json"}
_SAME_START = 0.05
"""Seconds by which a clip may begin elsewhere than a request says."""
_FILE_BODY: dict[str, Any] = {
    "requestBody": {
        "description": "the file, unless `path` names one",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def router(jobs: Jobs) -> APIRouter:
    """All routes of the API that look at results, or post files."""
    api = APIRouter(prefix="/api", dependencies=[known_parameters()])
    _add_job_routes(api, jobs)
    _add_cue_routes(api, jobs)
    _add_highlight_routes(api, jobs)
    _add_file_routes(api, jobs)
    _add_bundle_routes(api, jobs)
    return api


def _add_job_routes(api: APIRouter, jobs: Jobs) -> None:
    @api.post("/jobs", status_code=202, openapi_extra=_FILE_BODY)
    async def post(request: Request, query: Annotated[PostQuery, Query()]) -> JobAnswer:
        """Post a file as the body of the request, or name one in an allowed folder by ``path``."""
        config = query.config(jobs.models, jobs.styles)
        if query.path:
            source = local_file(jobs.allowed, query.path)
            identity, _ = jobs.reserve(source.name)
            return job_status(jobs, jobs.submit(identity, source, config, listen_to))
        identity, source = jobs.reserve(query.name)
        try:
            await receive(request, source, limit=jobs.limits.max_upload_bytes)
        except BaseException:
            jobs.discard(identity)
            raise
        return job_status(jobs, jobs.submit(identity, source, config, listen_to))

    @api.get("/jobs/{identity}")
    def status(identity: str) -> JobAnswer:
        """How far a job is: ``waiting``, ``running``, ``done``, ``failed`` or ``cancelled``."""
        return job_status(jobs, find_job(jobs, identity))

    @api.delete("/jobs/{identity}", status_code=204)
    def remove(identity: str) -> None:
        """Cancel a job and remove its files; a project can be restored."""
        find_job(jobs, identity)
        jobs.remove(identity)


def _add_cue_routes(api: APIRouter, jobs: Jobs) -> None:
    @api.get("/jobs/{identity}/subtitles.{format_}", **sends("text/plain", "text/vtt"))
    def subtitles(identity: str, format_: SubtitleFormat) -> Response:
        """Subtitles in any format, with the current cues."""
        job = finished_job(jobs, identity)
        views = job_views(job)
        data = subtitle_file(views, format_)
        kind = f"{_TEXT_TYPES.get(format_, 'text/plain')}; charset=utf-8"
        if not is_text(format_):
            kind = "application/octet-stream"
        elif format_ == "srt":
            kind = f"text/plain; charset={views.config.subtitles.encoding}"
        file = Path(job.name).stem + SUFFIXES[format_]
        return Response(data, media_type=kind, headers=attachment(file))

    @api.get("/jobs/{identity}/cues")
    def cues(identity: str) -> CheckedCues:
        """The current cues, and which rules of the house style they break."""
        return checked_cues(finished_job(jobs, identity))

    @api.put("/jobs/{identity}/cues")
    def put_cues(identity: str, edited: EditedCues) -> CheckedCues:
        """Replace all cues; from now on every format is made of these."""
        job = finished_job(jobs, identity)
        cues = [cue for item in edited if (cue := item.cue()).lines]
        cue_patches.replace_all(job.require_desk(), cues)
        return checked_cues(job)

    @api.get("/jobs/{identity}/timeline.{format_}", **sends("application/octet-stream"))
    def timeline(identity: str, format_: TimelineFormat, highlights: bool = False) -> Response:
        """A timeline for an editing program: with markers, or of the highlights cut together."""
        job = finished_job(jobs, identity)
        files = results.timelines(job, format_)
        wanted = ".highlights" if highlights else ".events"
        chosen = [one for one in files if wanted in one.suffix] or files[:1]
        name, content = results.one_file(Path(job.name).stem, chosen)
        return Response(content, media_type="application/octet-stream", headers=attachment(name))


def _add_highlight_routes(api: APIRouter, jobs: Jobs) -> None:
    cutting = asyncio.Semaphore(1)  # one after another, and nobody else waits for them

    async def cut(job: WebJob, clip: Clip, name: str, make: Any = results.cut) -> FileResponse:
        async with cutting:
            file = await run_in_threadpool(make, job, clip)
        kind = "video/mp4" if file.suffix == ".mp4" else "audio/mp4"
        headers = attachment(f"{Path(job.name).stem}.{name}{file.suffix}")
        return FileResponse(file, media_type=kind, headers=headers)

    @api.get("/jobs/{identity}/highlights")
    def highlights(identity: str, query: Annotated[HighlightsQuery, Query()]) -> list[ClipAnswer]:
        """The highlights, by the job's settings but for those in the query."""
        return clip_list(_views_for(finished_job(jobs, identity), query))

    @api.get("/jobs/{identity}/clips/{number}", **sends("video/mp4", "audio/mp4"))
    async def clip(
        identity: str,
        number: Annotated[int, PathParameter(ge=1)],
        query: Annotated[ClipQuery, Query()],
    ) -> FileResponse:
        """Cut one of the highlights, counted from 1 as ``/highlights`` lists them for the same
        query.

        ``start`` in seconds says which one is meant: 409 if that number is now another.
        """
        job = await run_in_threadpool(finished_job, jobs, identity)
        clips = await run_in_threadpool(lambda: _views_for(job, query).clips)
        if number > len(clips):
            raise HTTPException(404, f"there are {len(clips)} highlights")
        chosen = clips[number - 1]
        if query.start is not None and abs(chosen.start - query.start) > _SAME_START:
            raise HTTPException(409, "other highlights are selected now")
        return await cut(job, chosen, f"clip-{number:02d}")

    @api.get("/jobs/{identity}/cut", **sends("video/mp4", "audio/mp4"))
    async def cut_own(identity: str, query: Annotated[OwnClip, Query()]) -> FileResponse:
        """Cut whatever lies between two times; ``social`` makes of it what phones show, ``burnt``
        what it will be with its subtitles in the picture.
        """
        job = await run_in_threadpool(finished_job, jobs, identity)
        duration = job.require_desk().now.document.media.duration
        if query.start >= duration:
            raise HTTPException(422, f"start: the recording ends at {duration:.3f} s")
        clip = own_clip(query.start, min(query.end, duration))
        ways = ((query.social, results.cut_social), (query.burnt, results.cut_burnt))
        make = next((way for wanted, way in ways if wanted), results.cut)
        return await cut(job, clip, query.name, make)


def _add_file_routes(api: APIRouter, jobs: Jobs) -> None:
    @api.get("/jobs/{identity}/document", **sends("application/json"))
    def document(identity: str) -> Response:
        """Everything that was heard: the ``.vidtag.json``, with the words as they were edited."""
        text = documents.to_json(job_views(finished_job(jobs, identity)).document)
        return Response(text, media_type="application/json")

    @api.get("/jobs/{identity}/report.html", **sends("text/html"))
    def report(identity: str, language: PageLanguage = "en") -> Response:
        """The report, one self-contained page."""
        page = report_text(job_views(finished_job(jobs, identity)), language)
        return Response(page.encode("utf-8", "replace"), media_type="text/html")

    @api.get("/jobs/{identity}/media", **sends("video/*", "audio/*"))
    def media(identity: str) -> FileResponse:
        """What a browser plays: the file itself, or a small copy of it."""
        job = finished_job(jobs, identity)
        if job.playable is None or not job.playable.exists():
            raise HTTPException(404, job.note or "it is not ready yet")
        return FileResponse(job.playable, media_type=_media_type(job.playable))

    @api.get("/jobs/{identity}/thumbnail.jpg", **sends("image/jpeg"))
    def thumbnail(identity: str, at: Annotated[float, Query(ge=0, le=1e6)]) -> Response:
        """A small picture of the video at a time in seconds."""
        data = picture(job_views(finished_job(jobs, identity)).media, at)
        if data is None:
            raise HTTPException(404, "there is no picture")
        headers = {"Cache-Control": "private, max-age=3600"}
        return Response(data, media_type="image/jpeg", headers=headers)


def _add_bundle_routes(api: APIRouter, jobs: Jobs) -> None:
    @api.post("/jobs/{identity}/everything", status_code=202)
    def everything(identity: str) -> JobAnswer:
        """Begin to make all files, clips, reel and report, in one ZIP."""
        job = finished_job(jobs, identity)
        jobs.start_bundle(job, make_bundle)
        return job_status(jobs, job)

    @api.get("/jobs/{identity}/everything.zip", **sends("application/zip"))
    def bundle(identity: str) -> FileResponse:
        """The ZIP, once it is made."""
        job = finished_job(jobs, identity)
        if job.bundle_task is None or job.bundle_task.state is not TaskState.DONE:
            raise HTTPException(409, "it is not made yet: post to /everything first")
        headers = attachment(f"{Path(job.name).stem}.zip")
        return FileResponse(job.bundle, media_type="application/zip", headers=headers)


def _views_for(job: WebJob, query: HighlightsQuery) -> Views:
    """The views of a job by its settings, with those of a query in them."""
    values = query.values()
    config = job.require_desk().now.config
    return job_views(job, config.with_values({"highlights": values}) if values else None)


@functools.cache
def _guessed(suffix: str) -> str:
    return mimetypes.guess_type(f"x{suffix}")[0] or ""


def _media_type(file: Path) -> str:
    guessed = _guessed(file.suffix)
    # Never a type that a browser would run as a page.
    return guessed if guessed.startswith(("video/", "audio/")) else "application/octet-stream"
