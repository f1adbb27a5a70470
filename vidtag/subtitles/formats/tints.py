"""The colours of speech: they tell who speaks, or with which emotion, as the settings have it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from vidtag.core.names import SpeechColours
from vidtag.core.records import Cue, CueKind, Emotion

SPEAKER_COLOURS: Mapping[str, int] = MappingProxyType(
    {"yellow": 0xFFFF00, "cyan": 0x00FFFF, "lime": 0x00FF00}
)
"""Colours of the speakers after the one who says most, who is white as are all others: those of
European broadcasters, by WebVTT's names for them, as 0xRRGGBB."""

EMOTION_COLOURS: Mapping[Emotion, int] = MappingProxyType(
    {
        Emotion.HAPPY: 0xFFE27A,
        Emotion.SAD: 0x9CC8FF,
        Emotion.ANGRY: 0xFF9A8C,
        Emotion.FEARFUL: 0xD3B5FF,
        Emotion.DISGUSTED: 0xB8E08A,
        Emotion.SURPRISED: 0xFFC078,
    }
)
"""Tints, light enough to read on any picture, as 0xRRGGBB."""

TINTS: Mapping[str, int] = MappingProxyType(
    {**SPEAKER_COLOURS, **{emotion.label: rgb for emotion, rgb in EMOTION_COLOURS.items()}}
)
"""Every colour by its name."""


Tints = tuple[str | None, ...]
"""Name of the colour of each line of a cue; None where it is white."""


def by_talk(cues: Sequence[Cue]) -> tuple[str, ...]:
    """The speakers, whoever says most first."""
    spoken: Counter[str] = Counter()
    for cue in cues:
        for number, line in enumerate(cue.lines):
            if name := cue.speaker_of(number):
                spoken[name] += len(line)
    return tuple(name for name, _ in spoken.most_common())


def tints_of(
    cues: Sequence[Cue], colours: SpeechColours, speakers: Sequence[str] = ()
) -> list[Tints]:
    """The colours of each cue's words.

    Args:
        speakers: of the whole video, whoever says most first, where the cues are a part of it.
    """
    if colours == "speakers":
        ranked = speakers or by_talk(cues)
        own = dict(zip(ranked[1:], SPEAKER_COLOURS, strict=False))
        return [
            tuple(own.get(cue.speaker_of(n) or "") for n in range(len(cue.lines))) for cue in cues
        ]
    if colours == "emotions":
        return [
            (
                cue.emotion.label
                if cue.emotion and cue.emotion in EMOTION_COLOURS and cue.kind is CueKind.SPEECH
                else None,
            )
            * len(cue.lines)
            for cue in cues
        ]
    return [(None,) * len(cue.lines) for cue in cues]


def tints_in(tints: Sequence[Tints]) -> list[str]:
    """The colours that are used, in the order of the table."""
    used = {tint for lines in tints for tint in lines}
    return [tint for tint in TINTS if tint in used]
