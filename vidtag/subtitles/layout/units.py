"""Everything that subtitles of a document show, as a row of units."""

from __future__ import annotations

from vidtag.core.records import Document
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.layout.marker_placement import with_markers
from vidtag.subtitles.layout.ruler import Ruler
from vidtag.subtitles.layout.speech_units import speech_units
from vidtag.subtitles.layout.tags import with_tags
from vidtag.subtitles.layout.unit import Unit
from vidtag.subtitles.layout.wide_units import cut_to_line


def units_of(document: Document, config: SubtitlesConfig, ruler: Ruler) -> tuple[Unit, ...]:
    """Speech in order, with markers and tags where they belong."""
    units = list(speech_units(document.segments, config.emotion_probability))
    if config.language_tags or config.emotion_tags:
        units = list(with_tags(units, config))
    if config.event_markers:
        units = list(with_markers(units, document.events, config.marker_wording, ruler))
    return tuple(piece for unit in units for piece in cut_to_line(unit, ruler))
