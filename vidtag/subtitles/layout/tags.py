"""Tags in front of speech: its language and its emotion, where they change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vidtag.core.records import Emotion, Language, Word
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.layout import markers
from vidtag.subtitles.layout.breaks import Break
from vidtag.subtitles.layout.unit import Role, Unit


def with_tags(units: Sequence[Unit], config: SubtitlesConfig) -> Iterator[Unit]:
    """Units, with the tags that the settings ask for."""
    label: Language | None = None
    emotion: Emotion | None = None
    for unit in units:
        tags = []
        if config.language_tags and unit.label is not label:
            tags.append(markers.language_label(unit.label))
        if config.emotion_tags and unit.emotion is not emotion and unit.emotion:
            tags.append(markers.emotion_label(unit.emotion, unit.label))
        label, emotion = unit.label, unit.emotion
        shown = [tag for tag in tags if tag]
        for index, tag in enumerate(shown):
            yield unit._replace(
                words=(Word(tag, unit.start, unit.start, 1.0),),
                text=tag,
                role=Role.TAG,
                space=unit.space if index == 0 else True,
                after=Break.BAD,
            )
        yield unit._replace(space=True) if shown else unit
