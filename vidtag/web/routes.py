"""The HTTP API: post a file, ask how far it is, fetch what became of it. docs/web.md describes it.

Whoever knows a job's id may use it, so ids are answered to the one who posts and to nobody else.
"""

from __future__ import annotations

import asyncio
import mimetypes
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, HTTPException, Query, Request
from fastapi import Path as Path_
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from vidtag.core.errors import UserError, VidtagError, of_the_machine
from vidtag.core.records import Cue, CueKind, Emotion, EventKind, Language
from vidtag.core.settings import Config, SubtitleFormat, SubtitleProfile
from vidtag.report.page import render
from vidtag.report.stats import measure
from vidtag.report.thumbnails import moment, picture, thumbnails
from vidtag.report.view import build
from vidtag.subtitles.check.judge import check_cues
from vidtag.subtitles.formats.registry import SUFFIXES
from vidtag.subtitles.layout.cues import make_cues
from vidtag.web import work
from vidtag.web.jobs import Jobs, Task, TaskState, WebJob, told

if TYPE_CHECKING:
    from vidtag.core.records import Progress

SpokenLanguage = Literal["auto", "zh", "en", "yue", "ja", "ko"]

_MOST_CUES = 100_000
_TEXT_TYPES = {"vtt": "text/vtt", "json": "application/json"}
Line = Annotated[str, Field(max_length=500)]


class EditedCue(BaseModel):
    """A cue as a client sends it."""

    model_config = ConfigDict(extra="forbid")

    start: float = Field(ge=0, le=1e6)
    end: float = Field(ge=0, le=1e6)
    lines: list[Line] = Field(max_length=20)
    kind: CueKind = CueKind.SPEECH
    language: Language | None = None
    emotion: Emotion | None = None
    markers: list[int] = Field(default_factory=list, max_length=20)

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> EditedCue:
        if self.end <= self.start:
            raise ValueError("a cue must end after it starts")
        return self

    def cue(self) -> Cue:
        """The same as a record: lines without white space around them, empty ones left out."""
        lines = tuple(plain for line in self.lines if (plain := " ".join(line.split())))
        markers = tuple(number for number in self.markers if 0 <= number < len(lines))
        return Cue(
            start=round(self.start, 3),
            end=round(self.end, 3),
            lines=lines,
            kind=self.kind,
            language=self.language,
            emotion=self.emotion,
            markers=markers,
        )


def settings_of(jobs: Jobs, model: str, language: str, profile: str) -> Config:
    """Settings from what a user may choose.

    Raises:
        UserError: a model that is not offered; a value that is not allowed.
    """
    if model not in jobs.models:
        raise UserError(
            f"the model {model!r} is not offered here",
            remedy=f"choose one of {', '.join(jobs.models)}",
        )
    chosen = {"model.name": model, "model.language": language, "subtitles.profile": profile}
    return Config().with_values(chosen)


def status(jobs: Jobs, job: WebJob) -> dict[str, Any]:
    """How far a job is, as the API tells it."""
    return {
        "id": job.id,
        "name": job.name,
        **_task(jobs, job.listening),
        "everything": None if job.bundling is None else _task(jobs, job.bundling),
        "edited": job.edited,
        "found": _found(job) if job.listening.state is TaskState.DONE else None,
        "links": {
            name: f"/api/jobs/{job.id}/{name}"
            for name in ("document", "subtitles.srt", "highlights", "report.html", "media")
            if job.listening.state is TaskState.DONE
        },
    }


def _found(job: WebJob) -> dict[str, int]:
    events = measure(job.heard()).events
    kinds = {"laughs": EventKind.LAUGHTER, "claps": EventKind.APPLAUSE}
    counts = {name: events[kind].count if kind in events else 0 for name, kind in kinds.items()}
    return {**counts, "highlights": len(work.highlights(job, job.config))}


def _task(jobs: Jobs, task: Task) -> dict[str, Any]:
    return {
        "state": task.state.value,
        "waiting_for": jobs.position(task),
        "error": task.error,
        "stages": [_stage(progress) for progress in list(task.stages.values())],
    }


def _stage(progress: Progress) -> dict[str, Any]:
    share = progress.done / progress.total if progress.total else 1.0
    return {"stage": progress.stage, "share": round(min(1.0, share), 4)}


def find(jobs: Jobs, identity: str) -> WebJob:
    """The job of that id, or the answer 404."""
    job = jobs.get(identity)
    if job is None:
        raise HTTPException(404, "there is no such job (any more)")
    return job


def done(jobs: Jobs, identity: str) -> WebJob:
    """A job that has a result, or the answer 404 or 409."""
    job = find(jobs, identity)
    if job.listening.state is not TaskState.DONE:
        raise HTTPException(409, f"the job is {job.listening.state.value}")
    return job


def router(jobs: Jobs) -> APIRouter:
    """All routes of the API."""
    api = APIRouter(prefix="/api")
    cutting = threading.Lock()  # one clip after another, as everything else

    @api.post("/jobs", status_code=202)
    async def post(
        request: Request,
        name: Annotated[str, Query(max_length=1000)] = "",
        path: Annotated[str, Query(max_length=4000)] = "",
        language: SpokenLanguage = "auto",
        model: str = jobs.models[0],
        profile: SubtitleProfile = "netflix",
    ) -> dict[str, Any]:
        """Post a file as the body of the request, or name one in an allowed folder by ``path``."""
        config = settings_of(jobs, model, language, profile)
        if path:
            source = jobs.local_file(path)
            identity, _ = jobs.reserve(source.name)
            return status(jobs, jobs.submit(identity, source, config, source.name))
        if int(request.headers.get("content-length") or 0) > jobs.largest:
            raise HTTPException(413, too_large(jobs))
        identity, source = jobs.reserve(name)
        try:
            size = await _receive(request, source, jobs)
            if not size:
                raise UserError("the file is empty", remedy="send it as the body of the request")
        except BaseException:
            jobs.discard(identity)
            raise
        return status(jobs, jobs.submit(identity, source, config, source.name))

    @api.get("/jobs/{identity}")
    def look(identity: str) -> dict[str, Any]:
        """How far a job is: ``waiting``, ``running``, ``done``, ``failed`` or ``cancelled``."""
        return status(jobs, find(jobs, identity))

    @api.delete("/jobs/{identity}", status_code=204)
    def remove(identity: str) -> None:
        """Cancel a job and remove all of its files."""
        find(jobs, identity)
        jobs.remove(identity)

    @api.get("/jobs/{identity}/document")
    def document(identity: str) -> Response:
        """Everything that was heard: the ``.vidtag.json``."""
        text = work.public_json(done(jobs, identity).heard())
        return Response(text, media_type="application/json")

    @api.get("/jobs/{identity}/subtitles.{format_}")
    def subtitles(identity: str, format_: SubtitleFormat) -> Response:
        """Subtitles in any format, with the cues as they are now."""
        job = done(jobs, identity)
        text = work.subtitles(job, format_)
        if text is None:
            raise HTTPException(409, "edited cues no longer know when their words were said")
        kind = _TEXT_TYPES.get(format_, "text/plain")
        file = Path(job.name).stem + SUFFIXES[format_]
        return Response(text, media_type=f"{kind}; charset=utf-8", headers=_attached(file))

    @api.get("/jobs/{identity}/cues")
    def cues(identity: str) -> dict[str, Any]:
        """The cues as they are now, and which rules of the house style they break."""
        return _judged(done(jobs, identity))

    @api.put("/jobs/{identity}/cues")
    def put_cues(
        identity: str, edited: Annotated[list[EditedCue], Field(max_length=_MOST_CUES)]
    ) -> dict[str, Any]:
        """Replace all cues; every format is made of them from now on."""
        job = done(jobs, identity)
        work.edited(job, [cue for item in edited if (cue := item.cue()).lines])
        return _judged(job)

    @api.delete("/jobs/{identity}/cues")
    def reset_cues(identity: str) -> dict[str, Any]:
        """Forget all edits."""
        job = done(jobs, identity)
        work.edited(job, make_cues(job.heard(), job.config.subtitles))
        return _judged(job)

    @api.get("/jobs/{identity}/highlights")
    def highlights(
        identity: str,
        min_score: Annotated[float, Query(ge=0, le=1)] = 0.0,
        setup: Annotated[float, Query(ge=0, le=600)] = 12.0,
        tail: Annotated[float, Query(ge=0, le=600)] = 0.6,
        top: Annotated[int | None, Query(ge=1)] = None,
    ) -> list[dict[str, Any]]:
        """The clips by other settings, without listening again."""
        job = done(jobs, identity)
        style = job.config.highlights.model_copy(
            update={"min_score": min_score, "setup": setup, "tail": tail, "top": top}
        )
        clips = work.highlights(job, job.config.model_copy(update={"highlights": style}))
        return [
            {
                "start": round(clip.start, 3),
                "end": round(clip.end, 3),
                "score": round(clip.score, 4),
                "title": clip.title,
                "reasons": sorted({why.label for why in clip.reason}),
            }
            for clip in clips
        ]

    @api.get("/jobs/{identity}/clips/{number}")
    def clip(
        identity: str,
        number: Annotated[int, Path_(ge=1)],
        start: Annotated[float | None, Query()] = None,
    ) -> FileResponse:
        """Cut one of the highlights as they are selected now, counted from 1.

        ``start`` in seconds says which one is meant: 409 if it is another by now.
        """
        job = done(jobs, identity)
        clips = work.highlights(job, job.config)
        if number > len(clips):
            raise HTTPException(404, f"there are {len(clips)} highlights")
        if start is not None and abs(clips[number - 1].start - start) > 0.05:
            raise HTTPException(409, "other highlights are selected by now")
        with cutting:
            file = work.cut(job, clips[number - 1])
        name = f"{Path(job.name).stem}.clip-{number:02d}{file.suffix}"
        kind = "video/mp4" if file.suffix == ".mp4" else "audio/mp4"
        return FileResponse(file, media_type=kind, headers=_attached(name))

    @api.get("/jobs/{identity}/report.html")
    def report(identity: str, language: Literal["en", "zh"] = "en") -> Response:
        """The report, one self-contained page."""
        return Response(report_page(done(jobs, identity), language), media_type="text/html")

    @api.get("/jobs/{identity}/media")
    def media(identity: str) -> FileResponse:
        """What a browser plays: the file itself, or a small copy of it."""
        job = done(jobs, identity)
        assert job.playable is not None
        return FileResponse(job.playable, media_type=_media_type(job))

    @api.get("/jobs/{identity}/thumbnail.jpg")
    def thumbnail(identity: str, at: Annotated[float, Query(ge=0, le=1e6)]) -> Response:
        """A small picture of the video at a time in seconds."""
        job = done(jobs, identity)
        data = picture(job.heard().media, at)
        if data is None:
            raise HTTPException(404, "there is no picture")
        return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private"})

    @api.post("/jobs/{identity}/everything", status_code=202)
    def everything(identity: str) -> dict[str, Any]:
        """Begin to make all files, clips, reel and report, in one ZIP."""
        job = done(jobs, identity)
        jobs.bundle(job)
        return status(jobs, job)

    @api.get("/jobs/{identity}/everything.zip")
    def bundle(identity: str) -> FileResponse:
        """The ZIP, once it is made."""
        job = done(jobs, identity)
        if job.bundling is None or job.bundling.state is not TaskState.DONE:
            raise HTTPException(409, "it is not made yet: post to /everything first")
        return FileResponse(
            job.bundle,
            media_type="application/zip",
            headers=_attached(f"{Path(job.name).stem}.zip"),
        )

    return api


def add_errors(app: FastAPI) -> None:
    """Answer errors in one form, and never with a traceback."""

    @app.exception_handler(VidtagError)
    async def ours(request: Request, error: VidtagError) -> JSONResponse:
        return JSONResponse({"error": told(error)}, 400 if isinstance(error, UserError) else 500)

    @app.exception_handler(OSError)
    async def machine(request: Request, error: OSError) -> JSONResponse:
        if (known := of_the_machine(error)) is None:
            raise error
        return JSONResponse({"error": told(known)}, 503)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:])
        return JSONResponse({"error": f"{place}: {first['msg']}"}, 422)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


def too_large(jobs: Jobs) -> str:
    """What is said of a file that is too large."""
    return f"the file is larger than the {jobs.largest / 1e6:.0f} MB that are allowed here"


def report_page(job: WebJob, tongue: Literal["en", "zh"]) -> str:
    """The report of a job, with its cues as they are now."""
    document = work.public(job.heard())
    clips = work.highlights(job, job.config)
    style = job.config.subtitles
    check = check_cues(job.cues, style.profile, video=document.media.video, document=document)
    pictures = thumbnails(job.heard().media, [moment(clip) for clip in clips])
    return render(build(document, clips, check=check, thumbnails=pictures, tongue=tongue))


def _judged(job: WebJob) -> dict[str, Any]:
    document, cues, profile = job.heard(), job.cues, job.config.subtitles.profile
    verdict = check_cues(cues, profile, video=document.media.video, document=document)
    return {
        "edited": job.edited,
        "profile": profile,
        "cues": [
            {
                "start": round(cue.start, 3),
                "end": round(cue.end, 3),
                "lines": list(cue.lines),
                "kind": cue.kind.value,
                "language": cue.language and cue.language.value,
                "emotion": cue.emotion and cue.emotion.value,
                "markers": list(cue.markers),
            }
            for cue in cues
        ],
        "faults": [
            {"cue": f.number - 1, "rule": f.rule.value, "detail": f.detail, "forced": f.forced}
            for f in verdict.violations
        ],
    }


async def _receive(request: Request, target: Path, jobs: Jobs) -> int:
    """Write the body of a request to a file; how many bytes it had."""
    size = 0
    with target.open("xb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > jobs.largest:
                raise HTTPException(413, too_large(jobs))
            await asyncio.to_thread(file.write, chunk)
    return size


def _attached(name: str) -> dict[str, str]:
    """A header that makes browsers save under a name, whatever is in it (RFC 6266)."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)
    full = quote(name, safe="", errors="replace")
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"}


def _media_type(job: WebJob) -> str:
    assert job.playable is not None
    guessed = mimetypes.guess_type(job.playable.name)[0] or ""
    # Never a type that a browser would run as a page.
    return guessed if guessed.startswith(("video/", "audio/")) else "application/octet-stream"
