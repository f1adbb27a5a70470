"""The answers of the API, made of a job's results."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, get_args

from vidtag.core.display import (
    EMOTION_COLOURS,
    EMOTION_NAMES,
    EVENT_COLOURS,
    EVENT_NAMES,
    LANGUAGE_COLOURS,
    LANGUAGE_NAMES,
    SPEAKER_LANE_COLOURS,
)
from vidtag.core.edits import KeptClip, KeptCue
from vidtag.core.names import PageLanguage, TimelineFormat
from vidtag.core.records import Cue, Document, Emotion, EventKind, Progress
from vidtag.core.settings.house_style import style_name
from vidtag.report.report_view import model_line
from vidtag.report.stats import measure
from vidtag.show.clip_choice import ChosenClip
from vidtag.show.views import Views
from vidtag.subtitles.formats.registry import SUFFIXES
from vidtag.subtitles.layout.frame_grid import FrameGrid
from vidtag.subtitles.layout.style_profiles import profile_for
from vidtag.web.answer_models import (
    CheckedCues,
    ClipAnswer,
    ClipsAnswer,
    CueAnswer,
    FaultAnswer,
    JobAnswer,
    Lane,
    LaneKind,
    LimitsAnswer,
    NewsAnswer,
    PlainCue,
    PlainFault,
    Stage,
    TaskAnswer,
    WordsAnswer,
    WorkAnswer,
)
from vidtag.web.desk import Desk
from vidtag.web.faults import Fault
from vidtag.web.jobs import Jobs, WebJob
from vidtag.web.results import job_views
from vidtag.web.tasks import Task, TaskState

_COUNTED = {"laughs": EventKind.LAUGHTER, "claps": EventKind.APPLAUSE}
_LINKS = ("document", "subtitles.srt", "highlights", "report.html", "media")


def job_status(jobs: Jobs, job: WebJob) -> JobAnswer:
    """How far a job is, and once it is done what was found and where."""
    done = job.listen_task.state is TaskState.DONE
    bundle, desk = job.bundle_task, job.desk
    task = task_status(jobs, job.listen_task)
    return JobAnswer(
        **task.model_dump(),
        id=job.id,
        name=job.name,
        everything=None if bundle is None else task_status(jobs, bundle),
        edited=desk is not None and desk.now.has_edited_cues,
        kept=jobs.is_kept(job),
        found=_found(job) if done else None,
        links={name: f"/api/jobs/{job.id}/{name}" for name in _LINKS if done},
    )


def _found(job: WebJob) -> dict[str, int]:
    views = job_views(job)
    events = measure(views.document).events
    counts = {n: events[kind].count if kind in events else 0 for n, kind in _COUNTED.items()}
    return {**counts, "highlights": len(views.clips)}


def task_status(jobs: Jobs, task: Task) -> TaskAnswer:
    """How far a task is."""
    return TaskAnswer(
        state=task.state,
        waiting_for=jobs.position(task),
        error=task.error,
        stages=[_stage(progress) for progress in list(task.stages.values())],
        seconds=round(time.monotonic() - task.began, 1) if task.began else 0.0,
    )


def _stage(progress: Progress) -> Stage:
    share = progress.done / progress.total if progress.total else 1.0
    return Stage(stage=progress.stage, share=round(min(1.0, share), 4))


def news_answer(desk: Desk, since: int, note: str = "") -> NewsAnswer:
    """What changed of the cues since a revision."""
    with desk.lock:
        news, now, edits = desk.news(since), desk.now, desk.edits
        base, speakers = now.base, {one: n for n, one in enumerate(desk.speakers)}
        return NewsAnswer(
            revision=edits.revision,
            whole=news.whole,
            cues=[_cue(kept, base, speakers, desk.faults.get(kept.id, ())) for kept in news.cues],
            removed=list(news.removed),
            can_undo=edits.done > 0,
            can_redo=edits.done < len(edits.changes),
            edited=now.has_edited_cues,
            profile=style_name(now.config.subtitles.profile),
            speakers=list(desk.speakers.values()),
            removable=desk.removable,
            note=note,
        )


def _cue(
    kept: KeptCue,
    base: Mapping[str, KeptCue],
    speakers: Mapping[str, int],
    faults: tuple[Fault, ...],
) -> CueAnswer:
    cue = kept.cue
    return CueAnswer.model_construct(
        id=kept.id,
        start=round(cue.start, 3),
        end=round(cue.end, 3),
        lines=list(cue.lines),
        kind=cue.kind,
        language=cue.language,
        emotion=cue.emotion,
        markers=list(cue.markers),
        speakers=[speakers[one] for one in _heard(cue) if one in speakers],
        edited=base.get(kept.id) != kept,
        faults=[_fault(fault) for fault in faults],
    )


def _heard(cue: Cue) -> tuple[str, ...]:
    """Who speaks in a cue."""
    return tuple(dict.fromkeys(cue.speakers or ([cue.speaker] if cue.speaker else [])))


def _fault(fault: Fault) -> FaultAnswer:
    return FaultAnswer(rule=fault.rule, detail=fault.detail, forced=fault.forced)


def clips_answer(desk: Desk) -> ClipsAnswer:
    """All clips as they are now, and those that were dropped."""
    with desk.lock:
        views, edits, now = desk.views, desk.edits, desk.now
    style = now.config.highlights
    dropped = [kept for kept in now.clips.values() if kept.dropped]
    return ClipsAnswer(
        revision=edits.revision,
        clips=clip_list(views),
        dropped=[_dropped(kept) for kept in dropped],
        settings=style.model_dump(
            mode="json",
            include={
                *("min_score", "setup", "tail", "merge_gap", "max_duration", "top"),
                *("kinds", "emotions", "points"),
            },
        ),
        can_undo=edits.done > 0,
        can_redo=edits.done < len(edits.changes),
    )


def clip_list(views: Views) -> list[ClipAnswer]:
    """The highlights, in their order."""
    return [_clip(chosen) for chosen in views.chosen]


def _clip(chosen: ChosenClip) -> ClipAnswer:
    clip, kept = chosen.clip, chosen.kept
    return ClipAnswer(
        id=chosen.id,
        start=round(clip.start, 3),
        end=round(clip.end, 3),
        score=round(clip.score, 4),
        title=clip.title,
        reasons=sorted({reason.label for reason in clip.reason}),
        own=kept is not None,
        reel=kept is None or kept.reel,
        social=kept is None or kept.social,
        crop=None if kept is None else kept.crop,
    )


def _dropped(kept: KeptClip) -> ClipAnswer:
    return ClipAnswer(
        id=kept.id, start=kept.start, end=kept.end, score=0, title=kept.title,
        reasons=[], own=True, reel=kept.reel, social=kept.social, crop=kept.crop,
    )  # fmt: skip


def checked_cues(job: WebJob) -> CheckedCues:
    """The current cues, and which rules of the house style they break."""
    desk = job.require_desk()
    with desk.lock:
        now, faults = desk.now, desk.faults
    return CheckedCues(
        edited=now.has_edited_cues,
        profile=style_name(now.config.subtitles.profile),
        cues=[
            PlainCue(**_cue(kept, now.base, {}, ()).model_dump(include={*PlainCue.model_fields}))
            for kept in now.cues
        ],
        faults=[
            PlainFault(cue=number, rule=one.rule, detail=one.detail, forced=one.forced)
            for number, kept in enumerate(now.cues)
            for one in faults.get(kept.id, ())
        ],
    )


def work_answer(jobs: Jobs, job: WebJob, language: PageLanguage) -> WorkAnswer:
    """What the page needs to know besides cues and clips."""
    desk = job.require_desk()
    document, now = desk.now.document, desk.now
    style = profile_for(now.config.subtitles.profile, document.media.video)
    return WorkAnswer(
        id=job.id,
        name=job.name,
        duration=document.media.duration,
        frame_rate=float(FrameGrid.of(document.media.video).rate),
        picture=document.media.video is not None,
        playable=job.playable is not None and job.playable.exists(),
        kept=jobs.is_kept(job),
        note=job.note,
        model=model_line(document, language),
        shots=[round(shot, 3) for shot in document.shots],
        lanes=_lanes(now.rewritten, desk.speakers, language),
        profile=style_name(now.config.subtitles.profile),
        profiles=list({**jobs.styles.by_name, style_name(now.config.subtitles.profile): None}),
        gap_frames=style.gap,
        min_duration=float(min(x.min_duration for x in style.languages.values())),
        max_duration=float(style.max_duration),
        max_lines=style.max_lines,
        limits={
            name.value: LimitsAnswer(
                line_length=rules.line_length, cps=rules.cps, half_width=rules.half_width
            )
            for name, rules in style.languages.items()
        },
        formats=dict(SUFFIXES),
        timelines=list(get_args(TimelineFormat)),
        language=language,
    )


def _lanes(document: Document, speakers: Mapping[str, str], language: PageLanguage) -> list[Lane]:
    """Events by kind, and speech by who speaks, by language and by emotion."""
    lanes = []
    for kind in EventKind:
        if spans := [_span(event) for event in document.events if event.kind is kind]:
            name, colour = EVENT_NAMES[language][kind], EVENT_COLOURS[kind]
            lanes.append(_lane("event", kind.value, name, colour, spans))
    for number, (speaker, name) in enumerate(speakers.items()):
        spans = [_span(turn) for turn in document.turns if turn.speaker == speaker]
        colour = SPEAKER_LANE_COLOURS[number % len(SPEAKER_LANE_COLOURS)]
        lanes.append(_lane("speaker", f"speaker-{number}", name, colour, spans))
    for spoken, name in LANGUAGE_NAMES.items():
        if spans := [_span(s) for s in document.segments if s.language is spoken]:
            lanes.append(_lane("language", spoken.value, name, LANGUAGE_COLOURS[spoken], spans))
    for emotion, name in EMOTION_NAMES[language].items():
        if emotion is Emotion.NEUTRAL:
            continue
        if spans := [_span(s) for s in document.segments if s.emotion is emotion]:
            lanes.append(_lane("emotion", emotion.value, name, EMOTION_COLOURS[emotion], spans))
    return lanes


def _lane(
    kind: LaneKind,
    id_: str,
    name: str,
    colour: str,
    spans: list[tuple[float, float]],
) -> Lane:
    return Lane(id=id_, kind=kind, name=name, colour=colour, spans=spans)


def _span(of: Any) -> tuple[float, float]:
    return round(of.start, 2), round(of.end, 2)


def spoken_words(document: Document) -> WordsAnswer:
    """All words, in columns."""
    texts: list[str] = []
    starts: list[int] = []
    lengths: list[int] = []
    segments: list[int] = []
    for segment in document.segments:
        segments.append(len(texts))
        for word in segment.words:
            texts.append((" " if word.space_before else "") + word.text)
            starts.append(round(word.start * 100))
            lengths.append(round((word.end - word.start) * 100))
    speakers = [segment.speaker for segment in document.segments]
    return WordsAnswer(
        texts=texts, starts=starts, lengths=lengths, segments=segments, speakers=speakers
    )
