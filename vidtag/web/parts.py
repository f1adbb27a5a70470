"""Parts of the page as HTML. Everything that comes from outside is escaped by the templates."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vidtag.report.page import timeline_html
from vidtag.report.stats import measure
from vidtag.report.thumbnails import moment
from vidtag.report.view import cards, model_line, timeline
from vidtag.report.words import LANGUAGE_CODES, Tongue
from vidtag.subtitles.transcript import plain_text, rich_text
from vidtag.types import EventKind
from vidtag.web import work
from vidtag.web.jobs import Job, Jobs, State, Task
from vidtag.web.words import WORDS

if TYPE_CHECKING:
    from jinja2 import Environment


def progress(jobs: Jobs, job: Job, task: Task, tongue: Tongue) -> str:
    """How far a task is, stage by stage."""
    return _render(
        "progress.html.j2",
        tongue,
        job=job,
        task=task,
        state=task.state.value,
        waiting_for=jobs.position(task),
        stages=[
            (progress.stage, 100 * min(1.0, progress.done / (progress.total or 1)))
            for progress in list(task.stages.values())
        ],
    )


def message(text: str, tongue: Tongue, *, bad: bool = False) -> str:
    """A sentence for the user."""
    return _render("message.html.j2", tongue, text=text, bad=bad)


def player(job: Job, tongue: Tongue) -> str:
    """The video with its subtitles on it."""
    document = job.heard()
    languages = measure(document).languages
    main = next((LANGUAGE_CODES[name] for name in languages if name in LANGUAGE_CODES), "en")
    return _render(
        "player.html.j2",
        tongue,
        job=job,
        document=document,
        lang=main,
        model=model_line(document, tongue),
        pocket=document.model.origin == "bundled",
        sound_only=document.media.video is None,
    )


def lanes(job: Job, tongue: Tongue) -> str:
    """The timeline, with the highlights as they are selected now."""
    clips = work.highlights(job, job.config)
    return timeline_html(timeline(job.heard(), clips, tongue), tongue, mode="button")


def gallery(job: Job, tongue: Tongue) -> str:
    """The highlights as they are selected now."""
    clips = work.highlights(job, job.config)
    return _render(
        "gallery.html.j2",
        tongue,
        job=job,
        cards=list(zip(cards(clips, tongue), map(moment, clips), strict=True)),
        seconds=round(sum(clip.duration for clip in clips), 1),
        picture=job.heard().media.video is not None,
    )


def texts(job: Job, tongue: Tongue) -> str:
    """Clean text and raw JSON beside each other."""
    document = work.public(job.heard())
    return _render(
        "texts.html.j2",
        tongue,
        job=job,
        plain=plain_text(document),
        rich=rich_text(document),
        raw=work.public_json(document),
    )


def cues(job: Job, tongue: Tongue) -> str:
    """Where the script puts the table of cues."""
    return _render("cues.html.j2", tongue, job=job, formats=work.FORMATS)


def files(job: Job, tongue: Tongue) -> str:
    """What can be downloaded."""
    return _render("files.html.j2", tongue, job=job, formats=work.FORMATS)


def batch(jobs: Jobs, batch_: Sequence[Job], tongue: Tongue) -> str:
    """Several files, each with its state and result."""
    rows = []
    for job in batch_:
        task, found = job.listening, ""
        if task.state is State.DONE and job.document is not None:
            events = measure(job.document).events
            found = WORDS[tongue]["found"].format(
                laughs=_count(events, EventKind.LAUGHTER),
                claps=_count(events, EventKind.APPLAUSE),
                highlights=len(work.highlights(job, job.config)),
            )
        rows.append((job, task, found, _share(task)))
    return _render("batch.html.j2", tongue, rows=rows)


def _count(events: Mapping[EventKind, object], kind: EventKind) -> int:
    return getattr(events.get(kind), "count", 0)


def _share(task: Task) -> int:
    """Percent of the listening that is done, as far as the sound has been read."""
    if task.state is State.DONE:
        return 100
    stages = [p for p in list(task.stages.values()) if p.stage in ("speech", "events")]
    shares = [p.done / (p.total or 1) for p in stages]
    return int(100 * min(shares)) if len(shares) == 2 else 0


def _render(template: str, tongue: Tongue, **values: object) -> str:
    return _environment().get_template(template).render(w=WORDS[tongue], tongue=tongue, **values)


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("vidtag.web", "assets"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
