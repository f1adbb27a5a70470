"""The JSON answers of the API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vidtag.core.records import Clip, EventKind, Progress
from vidtag.report.stats import measure
from vidtag.web.jobs import Jobs, WebJob
from vidtag.web.results import job_views
from vidtag.web.tasks import Task, TaskState

_COUNTED = {"laughs": EventKind.LAUGHTER, "claps": EventKind.APPLAUSE}
_LINKS = ("document", "subtitles.srt", "highlights", "report.html", "media")


def job_status(jobs: Jobs, job: WebJob) -> dict[str, Any]:
    """How far a job is, and once it is done what was found and where."""
    done = job.listen_task.state is TaskState.DONE
    bundle = job.bundle_task
    return {
        "id": job.id,
        "name": job.name,
        **_task_status(jobs, job.listen_task),
        "everything": None if bundle is None else _task_status(jobs, bundle),
        "edited": job.edited_cues is not None,
        "found": _found(job) if done else None,
        "links": {name: f"/api/jobs/{job.id}/{name}" for name in _LINKS if done},
    }


def _found(job: WebJob) -> dict[str, int]:
    views = job_views(job)
    events = measure(views.document).events
    counts = {n: events[kind].count if kind in events else 0 for n, kind in _COUNTED.items()}
    return {**counts, "highlights": len(views.clips)}


def _task_status(jobs: Jobs, task: Task) -> dict[str, Any]:
    return {
        "state": task.state.value,
        "waiting_for": jobs.position(task),
        "error": task.error,
        "stages": [_stage(progress) for progress in list(task.stages.values())],
    }


def _stage(progress: Progress) -> dict[str, Any]:
    share = progress.done / progress.total if progress.total else 1.0
    return {"stage": progress.stage, "share": round(min(1.0, share), 4)}


def clip_list(clips: Iterable[Clip]) -> list[dict[str, Any]]:
    """The highlights, in the order of time."""
    return [
        {
            "start": round(clip.start, 3),
            "end": round(clip.end, 3),
            "score": round(clip.score, 4),
            "title": clip.title,
            "reasons": sorted({reason.label for reason in clip.reason}),
        }
        for clip in clips
    ]


def checked_cues(job: WebJob) -> dict[str, Any]:
    """The current cues, and which rules of the house style they break."""
    views = job_views(job)
    return {
        "edited": job.edited_cues is not None,
        "profile": views.config.subtitles.profile,
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
            for cue in views.cues
        ],
        "faults": [
            {"cue": f.number - 1, "rule": f.rule.value, "detail": f.detail, "forced": f.forced}
            for f in views.check.violations
        ],
    }
