"""Tags in front of speech: its speaker, its language and its emotion, where they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vidtag.core.records import Emotion, Language
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.layout.markers import Labels
from vidtag.subtitles.layout.unit import Unit


def tags_before(
    speech: Sequence[Unit], config: SubtitlesConfig, labels: Labels, *, names: bool = False
) -> Mapping[int, list[str]]:
    """The tags that the settings ask for, by the number of the unit that they stand before.

    Args:
        names: whether to name speakers.
    """
    found: dict[int, list[str]] = {}
    if not (names or config.language_tags or config.emotion_tags):
        return found
    speaker: str | None = None
    label: Language | None = None
    emotion: Emotion | None = None
    for place, unit in enumerate(speech):
        tags: list[str | None] = []
        if names and unit.speaker and unit.speaker != speaker:
            tags.append(labels.speaker(unit.speaker, unit.label))
        if config.language_tags and unit.label is not label:
            tags.append(labels.spoken(unit.label))
        if config.emotion_tags and unit.emotion is not emotion and unit.emotion:
            tags.append(labels.emotion(unit.emotion, unit.label))
        label, emotion, speaker = unit.label, unit.emotion, unit.speaker or speaker
        if shown := [tag for tag in tags if tag]:
            found[place] = shown
    return found
