"""The part of the API that changes results, and tells what others have changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import Response, StreamingResponse

from vidtag.core.cast import in_order
from vidtag.core.edits import ClipsChange, ResetChange, SettingsChange
from vidtag.core.errors import UserError
from vidtag.core.names import PageLanguage
from vidtag.core.settings.values import plain
from vidtag.web.answer_models import ClipsAnswer, NewsAnswer, WordsAnswer, WorkAnswer
from vidtag.web.answers import clips_answer, news_answer, spoken_words, work_answer
from vidtag.web.cue_patches import apply_patch
from vidtag.web.desk import ConflictError, Desk, clips_change
from vidtag.web.edit_models import ClipPatch, CuePatch, Known, SettingsPatch, Window
from vidtag.web.finding import finished_job, known_parameters
from vidtag.web.jobs import Jobs
from vidtag.web.peaks import read_peaks

_TICK = 0.3
"""Seconds after which a change is told to other windows."""
_HEARTBEAT = 15.0


def router(jobs: Jobs) -> APIRouter:
    """The routes that pages work with."""
    api = APIRouter(prefix="/api/jobs/{identity}", dependencies=[known_parameters()])
    _add_looking(api, jobs)
    _add_changing(api, jobs)
    return api


def _add_looking(api: APIRouter, jobs: Jobs) -> None:
    @api.get("/work")
    def work(identity: str, language: PageLanguage = "en") -> WorkAnswer:
        """What is known of a job besides its cues and clips."""
        return work_answer(jobs, finished_job(jobs, identity), language)

    @api.get("/edits", response_model=NewsAnswer)
    def edits(identity: str, query: Annotated[Known, Query()]) -> Response:
        """The cues that changed since a revision, each with the rules that it breaks."""
        desk = finished_job(jobs, identity).require_desk()
        return _json(news_answer(desk, query.since))

    @api.get("/clips", response_model=ClipsAnswer)
    def clips(identity: str) -> ClipsAnswer:
        """All clips in their order, and those that were dropped."""
        return clips_answer(finished_job(jobs, identity).require_desk())

    @api.get("/words", response_model=WordsAnswer)
    def words(identity: str) -> Response:
        """All words that were said, as they are written now."""
        desk = finished_job(jobs, identity).require_desk()
        return _json(spoken_words(desk.views.document))

    @api.get("/peaks")
    def peaks(identity: str, query: Annotated[Window, Query()]) -> Response:
        """The waveform between two times: a byte for each part, 255 is full scale."""
        job = finished_job(jobs, identity)
        if not job.peaks.exists():
            ready = all(task.state.ended for task in (job.listen_task, job.prepare_task) if task)
            if ready:
                raise HTTPException(404, "there is no waveform")
            return Response(status_code=204)  # it is being made
        data = read_peaks(job.peaks, query.start, query.end, query.count)
        headers = {"Cache-Control": "private, max-age=3600"}
        return Response(data, media_type="application/octet-stream", headers=headers)

    @api.get("/changes")
    async def changes(identity: str) -> StreamingResponse:
        """The number of each new revision, as server-sent events."""
        desk = finished_job(jobs, identity).require_desk()
        return StreamingResponse(_revisions(jobs, desk), media_type="text/event-stream")


async def _revisions(jobs: Jobs, desk: Desk) -> AsyncIterator[str]:
    told, quiet = -1, 0.0
    while not jobs.closing.is_set():
        if desk.revision != told:
            told, quiet = desk.revision, 0.0
            yield f"data: {told}\n\n"
        elif quiet >= _HEARTBEAT:
            quiet = 0.0
            yield ": here\n\n"
        await asyncio.sleep(_TICK)
        quiet += _TICK


def _add_changing(api: APIRouter, jobs: Jobs) -> None:
    def moved(identity: str, steps: int, since: int) -> NewsAnswer:
        desk = finished_job(jobs, identity).require_desk()
        desk.move(steps)
        return news_answer(desk, since)

    @api.patch("/cues", response_model=NewsAnswer, responses={409: {"model": NewsAnswer}})
    def change_cues(identity: str, patch: CuePatch) -> Response:
        """Put cues in the place of others; the answer has what changed since the revision.

        409 if one of them was changed since by somebody else, with what it is now.
        """
        desk = finished_job(jobs, identity).require_desk()
        try:
            apply_patch(desk, patch)
        except ConflictError as error:
            return _json(news_answer(desk, patch.revision, str(error)), 409)
        return _json(news_answer(desk, patch.revision))

    @api.post("/undo", response_model=NewsAnswer)
    def undo(identity: str, query: Annotated[Known, Query()]) -> Response:
        """Undo the last change, whatever it was."""
        return _json(moved(identity, -1, query.since))

    @api.post("/redo", response_model=NewsAnswer)
    def redo(identity: str, query: Annotated[Known, Query()]) -> Response:
        """Make the change again that was undone last."""
        return _json(moved(identity, 1, query.since))

    @api.post("/reset", response_model=NewsAnswer)
    def reset(identity: str, query: Annotated[Known, Query()]) -> Response:
        """All cues as they were laid out; this, too, can be undone."""
        desk = finished_job(jobs, identity).require_desk()
        desk.change(ResetChange())
        return _json(news_answer(desk, query.since))

    @api.patch("/clips", response_model=ClipsAnswer, responses={409: {"model": ClipsAnswer}})
    def change_clips(identity: str, patch: ClipPatch) -> Any:
        """Make, change, drop or order clips."""
        desk = finished_job(jobs, identity).require_desk()
        with desk.lock:
            put = [one.kept(one.id or desk.new_id(n)) for n, one in enumerate(patch.put)]
            order = None if patch.order is None else tuple(patch.order)
            change = ClipsChange(tuple(put), tuple(patch.remove), order)
            try:
                desk.change(clips_change(desk, patch.revision, change))
            except ConflictError:
                return _json(clips_answer(desk), 409)
        return clips_answer(desk)

    @api.patch("/settings", response_model=NewsAnswer)
    def change_settings(
        identity: str, patch: SettingsPatch, query: Annotated[Known, Query()]
    ) -> Response:
        """Another house style, other thresholds or names; nothing is listened to again."""
        desk = finished_job(jobs, identity).require_desk()
        with desk.lock:
            if patch.profile is not None:
                style = plain(jobs.styles.named(patch.profile))
                desk.change(SettingsChange("subtitles", {"profile": style}))
            if patch.highlights is not None:
                values = patch.highlights.values_over(desk.now.config.highlights)
                desk.change(SettingsChange("highlights", _plain(values)))
            if patch.speakers is not None:
                desk.change(SettingsChange("cast", {"names": _names(desk, patch.speakers)}))
            if patch.remove_speaker is not None:
                desk.change(SettingsChange("cast", {"names": _without(desk, patch.remove_speaker)}))
        return _json(news_answer(desk, query.since))


def _without(desk: Desk, speaker: int) -> list[str]:
    """Names of speakers without one who was added.

    Raises:
        UserError: this one says something, or is not the last who was added.
    """
    if speaker != desk.removable:
        raise UserError(
            "only the speaker who was added last can be removed, and only if they say nothing",
            remedy="let somebody else say their subtitles first",
        )
    return list(desk.speakers.values())[:-1]


def _names(desk: Desk, given: Sequence[str]) -> list[str]:
    """Names of speakers; those who were added keep theirs, if fewer are given."""
    names = [" ".join(name.split()) for name in given]
    added = len(desk.speakers) > len(in_order(desk.now.document))
    return [*names, *list(desk.speakers.values())[len(names) :]] if added else names


def _plain(values: dict[str, object]) -> dict[str, object]:
    """Values as a file of edits holds them: names of kinds as text."""
    return {
        name: {str(key): weight for key, weight in value.items()}
        if isinstance(value, dict)
        else value
        for name, value in values.items()
    }


def _json(answer: NewsAnswer | ClipsAnswer | WordsAnswer, status: int = 200) -> Response:
    """An answer that was made of records here: it need not be checked once more."""
    text = answer.model_dump_json(warnings=False)
    return Response(text, status, media_type="application/json")
