"""Everything that subtitles of a document show, as a row of units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from vidtag.core.records import Document, Word
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.layout.breaks import Break
from vidtag.subtitles.layout.marker_placement import (
    labels_before,
    markers_alone,
    place_markers,
)
from vidtag.subtitles.layout.markers import Labels, ends_wide, joined_labels
from vidtag.subtitles.layout.ruler import Ruler
from vidtag.subtitles.layout.speech_units import speech_units
from vidtag.subtitles.layout.tags import tags_before
from vidtag.subtitles.layout.unit import Role, Unit
from vidtag.subtitles.layout.wide_units import cut_to_line


def units_of(document: Document, config: SubtitlesConfig, ruler: Ruler) -> tuple[Unit, ...]:
    """Speech in order, with markers and tags where they belong."""
    labels = Labels(
        config.marker_language,
        config.marker_wording,
        ruler.profile.capitals,
        config.chinese == "traditional",
        config.marker_detail == "finer",
    )
    spoken = speech_units(document.segments, config.emotion_probability)
    speech = [piece for unit in spoken for piece in cut_to_line(unit, ruler)]
    before: dict[int, list[str]] = {}
    alone: list[tuple[int, Unit]] = []
    if config.event_markers:
        marks = place_markers(speech, document.events, labels, ruler)
        alone = list(markers_alone(marks, speech, labels, ruler))
        before = dict(labels_before(marks, speech, labels, ruler))
    names = config.speaker_names == "always" or (
        config.speaker_names == "no-picture" and document.media.video is None
    )
    for place, tags in tags_before(speech, config, labels, names=names).items():
        before[place] = [*before.get(place, []), *tags]
    return tuple(_in_a_row(speech, before, alone, ruler))


def _in_a_row(
    speech: Sequence[Unit],
    before: Mapping[int, list[str]],
    alone: Sequence[tuple[int, Unit]],
    ruler: Ruler,
) -> Iterator[Unit]:
    markers = iter(alone)
    marker = next(markers, None)
    for place, unit in enumerate(speech):
        while marker is not None and marker[0] <= place:
            yield from cut_to_line(marker[1], ruler)
            marker = next(markers, None)
        if place in before:
            yield from _labelled(unit, before[place], ruler)
        else:
            yield unit
    while marker is not None:
        yield from cut_to_line(marker[1], ruler)
        marker = next(markers, None)


def _labelled(unit: Unit, texts: Sequence[str], ruler: Ruler) -> Iterator[Unit]:
    """A unit with as many labels in front of it as fit one line, as one tag."""
    room = ruler.full_line
    if ruler.profile.max_lines < 2:
        room -= ruler.width(f" {unit.text}", unit.language)
    shown: list[str] = []
    for text in texts:
        if ruler.width(joined_labels([*shown, text]), unit.language) <= room:
            shown.append(text)
    if not shown:
        yield unit
        return
    text = joined_labels(shown)
    yield unit._replace(
        words=(Word(text, unit.start, unit.start, 1.0),),
        text=text,
        role=Role.TAG,
        after=Break.BAD,
    )
    yield unit._replace(space=not ends_wide(text))
