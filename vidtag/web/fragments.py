"""Parts of the page as HTML. Everything that comes from outside is escaped by the templates."""

from __future__ import annotations

import functools
import json
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, get_args

from markupsafe import Markup

from vidtag.core.records import Emotion, EventKind
from vidtag.core.settings import HighlightsConfig, SubtitleProfile
from vidtag.report.page import timeline_html
from vidtag.report.stats import measure
from vidtag.report.thumbnails import moment
from vidtag.report.view import cards, model_line, timeline
from vidtag.report.words import EMOTION_NAMES, EVENT_NAMES, LANGUAGE_CODES, Tongue
from vidtag.subtitles.formats.transcript import plain_text, rich_text
from vidtag.web import work
from vidtag.web.jobs import WebJob
from vidtag.web.wording import WORDS

if TYPE_CHECKING:
    from jinja2 import Environment

EVENTS = (EventKind.LAUGHTER, EventKind.APPLAUSE, EventKind.CRY)
EMOTIONS = (Emotion.ANGRY, Emotion.HAPPY)
POINTS = ("decision", "dispute", "idea")
"""What may be chosen to make a highlight."""


def slip(tab: str, jobs: Sequence[WebJob] = (), *, error: str = "") -> str:
    """What the script is told of a click on Listen: the jobs it began, or what is wrong.

    The serial number tells two slips apart that say the same.
    """
    told = {
        "serial": secrets.token_hex(8),
        "tab": tab,
        "jobs": [{"id": job.id, "name": job.name} for job in jobs],
        "error": error,
    }
    return _render("slip.html.j2", "en", slip=json.dumps(told))


def result(job: WebJob, tongue: Tongue) -> str:
    """Everything that is shown of a finished job."""
    heard, public = job.heard(), work.public(job.heard())
    languages = measure(heard).languages
    main = next((LANGUAGE_CODES[name] for name in languages if name in LANGUAGE_CODES), "en")
    return _render(
        "result.html.j2",
        tongue,
        job=job,
        document=heard,
        lang=main,
        model=model_line(heard, tongue),
        pocket=heard.model.origin == "bundled",
        sound_only=heard.media.video is None,
        lanes=Markup(lanes(job, tongue)),
        gallery=Markup(gallery(job, tongue)),
        formats=work.FORMATS,
        profiles=get_args(SubtitleProfile),
        profile=job.config.subtitles.profile,
        style=job.config.highlights,
        reasons=_reasons(job.config.highlights, tongue),
        plain=plain_text(public),
        rich=rich_text(public),
        raw=work.public_json(public),
    )


def lanes(job: WebJob, tongue: Tongue) -> str:
    """The timeline, with the highlights as they are selected now."""
    clips = work.highlights(job, job.config)
    return timeline_html(timeline(job.heard(), clips, tongue), tongue, mode="button")


def gallery(job: WebJob, tongue: Tongue) -> str:
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


def _reasons(style: HighlightsConfig, tongue: Tongue) -> list[tuple[str, str, bool]]:
    """What may make a highlight: its value, its name, and whether it does now."""
    events = [(kind.value, EVENT_NAMES[tongue][kind], kind in style.kinds) for kind in EVENTS]
    emotions = [
        (emotion.value, EMOTION_NAMES[tongue][emotion], emotion in style.emotions)
        for emotion in EMOTIONS
    ]
    points = [(point, WORDS[tongue][point], point in style.points) for point in POINTS]
    return [*events, *emotions, *points]


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
