"""A document as the report shows it: every string ready, every place worked out. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vidtag.core.clock import clock
from vidtag.core.names import PageLanguage
from vidtag.core.records import Clip, Document
from vidtag.report.highlights_view import HighlightView, highlight_views
from vidtag.report.lanes import TimelineView, timeline_view
from vidtag.report.quality_view import QualityView, quality_view
from vidtag.report.statistics_view import StatisticsView, statistics_view
from vidtag.report.transcript_view import TranscriptLine, transcript
from vidtag.report.words import WORDS
from vidtag.subtitles.check.check_result import CheckResult


@dataclass(frozen=True, slots=True)
class ReportView:
    """The whole report.

    Attributes:
        language: of the report itself.
        facts: length and picture of the video.
        pocket: whether the model was the bundled trial model.
        settings: those that the document was made by, as JSON.
        highlights, lines, quality: see their modules; ``quality`` is None without a check.
    """

    language: PageLanguage
    name: str
    title: str
    facts: tuple[str, ...]
    pocket: bool
    model: str
    notes: tuple[str, ...]
    settings: str
    fingerprint: str
    timeline: TimelineView
    highlights: tuple[HighlightView, ...]
    statistics: StatisticsView
    lines: tuple[TranscriptLine, ...]
    quality: QualityView | None


def report_view(
    document: Document,
    clips: Sequence[Clip] = (),
    *,
    check: CheckResult | None = None,
    thumbnails: Mapping[int, str] | None = None,
    language: PageLanguage = "en",
) -> ReportView:
    """Everything a report shows.

    Args:
        clips: the highlights, in order.
        check: how the subtitles do by their profile.
        thumbnails: data URIs of pictures, by place in ``clips``.
        language: of the report itself.
    """
    words = WORDS[language]
    name = Path(document.media.path).name
    return ReportView(
        language=language,
        name=name,
        title=words["title"].format(name=name),
        facts=tuple(_facts(document, words)),
        pocket=document.model.origin == "bundled",
        model=model_line(document, language),
        notes=document.notes,
        settings=json.dumps(document.settings, ensure_ascii=False, indent=1, default=str),
        fingerprint=words["fingerprint"].format(value=document.media.fingerprint),
        timeline=timeline_view(document, clips, language),
        highlights=highlight_views(clips, language, thumbnails),
        statistics=statistics_view(document, language),
        lines=transcript(document, language),
        quality=None if check is None else quality_view(check, words),
    )


def model_line(document: Document, language: PageLanguage = "en") -> str:
    """Which model listened, and whether its results mean anything."""
    model = document.model
    size = f"{model.parameters / 1e6:.1f}"
    if model.origin == "bundled":
        alone = document.tagger is None
        return WORDS[language]["model_pocket" if alone else "model_pocket_tagger"].format(size=size)
    return WORDS[language]["model_other"].format(
        name=model.name, origin=model.origin, size=size, digest=model.digest
    )


def _facts(document: Document, words: Mapping[str, str]) -> Iterator[str]:
    media = document.media
    yield clock(media.duration)
    if media.video is None:
        yield words["sound_only"]
    else:
        rate = f"{float(media.video.frame_rate):.3f}".rstrip("0").rstrip(".")
        yield f"{media.video.width} × {media.video.height}, {rate} fps"
