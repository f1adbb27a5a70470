"""Parts of the page as HTML. Everything that comes from outside is escaped by the templates."""

from __future__ import annotations

import functools
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vidtag.core import document as documents
from vidtag.core.display import EMOTION_NAMES, EVENT_NAMES, WRITTEN_TAGS
from vidtag.core.names import PageLanguage, SubtitleFormat, SubtitleProfile
from vidtag.core.settings import HighlightsConfig
from vidtag.report.highlights_view import highlight_views
from vidtag.report.lanes import timeline_view
from vidtag.report.page import timeline_html
from vidtag.report.report_view import model_line
from vidtag.report.stats import measure
from vidtag.report.thumbnails import moment
from vidtag.subtitles.formats.transcript import plain_text, rich_text
from vidtag.web.jobs import WebJob
from vidtag.web.request_models import OFFERED_EMOTIONS, OFFERED_EVENTS, OFFERED_POINTS
from vidtag.web.results import job_views
from vidtag.web.wording import WORDS


@dataclass(frozen=True, slots=True)
class Slider:
    """A setting of the highlights that the page changes, and the range in which it does."""

    name: str
    lowest: float
    highest: float
    step: float


SLIDERS = (
    Slider("min_score", 0, 1, 0.01),
    Slider("setup", 0, 60, 0.5),
    Slider("tail", 0, 10, 0.1),
    Slider("merge_gap", 0, 15, 0.5),
    Slider("max_duration", 5, 180, 1),
    Slider("top", 0, 50, 1),
)


def listen_answer(tab: str, jobs: Sequence[WebJob] = (), *, error: str = "") -> str:
    """The answer to a click on Listen, for the script: the jobs it began, or what is wrong.

    The serial number distinguishes two answers with the same content.
    """
    content = {
        "serial": secrets.token_hex(8),
        "tab": tab,
        "jobs": [{"id": job.id, "name": job.name} for job in jobs],
        "error": error,
    }
    return _render("listen_answer.html.j2", "en", answer=json.dumps(content))


def result(job: WebJob, language: PageLanguage) -> str:
    """Everything that is shown of a finished job."""
    views = job_views(job)
    document, style = views.document, views.config.highlights
    spoken = measure(document).languages
    main = next((WRITTEN_TAGS[name] for name in spoken if name in WRITTEN_TAGS), "en")
    return _render(
        "result.html.j2",
        language,
        job=job,
        document=document,
        lang=main,
        model=model_line(document, language),
        pocket=document.model.origin == "bundled",
        sound_only=document.media.video is None,
        lanes=Markup(lanes(job, language)),
        gallery=Markup(gallery(job, language)),
        formats=get_args(SubtitleFormat),
        profiles=get_args(SubtitleProfile),
        profile=views.config.subtitles.profile,
        sliders=_sliders(style, language),
        reasons=_reasons(style, language),
        plain=plain_text(document),
        rich=rich_text(document),
        raw=documents.to_json(document),
    )


def lanes(job: WebJob, language: PageLanguage) -> str:
    """The timeline, with the highlights that are selected now."""
    views = job_views(job)
    return timeline_html(
        timeline_view(views.document, views.clips, language), language, mode="button"
    )


def gallery(job: WebJob, language: PageLanguage) -> str:
    """The highlights that are selected now."""
    views = job_views(job)
    return _render(
        "gallery.html.j2",
        language,
        job=job,
        cards=list(
            zip(highlight_views(views.clips, language), map(moment, views.clips), strict=True)
        ),
        seconds=round(sum(clip.duration for clip in views.clips), 1),
        picture=views.document.media.video is not None,
    )


def _sliders(style: HighlightsConfig, language: PageLanguage) -> list[tuple[Slider, str, float]]:
    """Every slider with its label and its value."""
    return [(s, WORDS[language][s.name], getattr(style, s.name) or 0) for s in SLIDERS]


def _reasons(style: HighlightsConfig, language: PageLanguage) -> list[tuple[str, str, bool]]:
    """What may be a reason for a highlight: its value, its name, and whether it is one now."""
    events = [
        (kind.value, EVENT_NAMES[language][kind], kind in style.kinds) for kind in OFFERED_EVENTS
    ]
    emotions = [
        (emotion.value, EMOTION_NAMES[language][emotion], emotion in style.emotions)
        for emotion in OFFERED_EMOTIONS
    ]
    points = [(point, WORDS[language][point], point in style.points) for point in OFFERED_POINTS]
    return [*events, *emotions, *points]


def _render(template: str, language: PageLanguage, **values: object) -> str:
    return (
        _environment().get_template(template).render(w=WORDS[language], language=language, **values)
    )


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("vidtag.web", "assets"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
