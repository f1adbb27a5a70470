"""The highlights of the report, with titles, times and reasons as text. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vidtag.core.clock import clock
from vidtag.core.display import EMOTION_NAMES, EVENT_NAMES, colour_name
from vidtag.core.names import PageLanguage
from vidtag.core.records import Clip
from vidtag.report.words import WORDS


@dataclass(frozen=True, slots=True)
class HighlightView:
    """A highlight; ``thumbnail`` is a data URI, or empty."""

    number: int
    id: str
    title: str
    start: float
    end: float
    times: str
    length: str
    kinds: tuple[tuple[str, str], ...]
    score: str
    thumbnail: str


def highlight_views(
    clips: Sequence[Clip],
    language: PageLanguage = "en",
    thumbnails: Mapping[int, str] | None = None,
) -> tuple[HighlightView, ...]:
    """Highlights, numbered from 1."""
    words = WORDS[language]
    names = {colour_name(kind): name for kind, name in EVENT_NAMES[language].items()}
    names |= {colour_name(emotion): name for emotion, name in EMOTION_NAMES[language].items()}
    return tuple(
        HighlightView(
            number=number,
            id=f"h{number}",
            title=clip.title,
            start=clip.start,
            end=clip.end,
            times=words["to"].format(start=clock(clip.start), end=clock(clip.end)),
            length=f"{clip.duration:.1f} s",
            kinds=tuple(
                (label if label in names else "highlight", names.get(label, label))
                for label in dict.fromkeys(reason.label for reason in clip.reason)
            ),
            score=words["score"].format(value=f"{clip.score:.2f}"),
            thumbnail=(thumbnails or {}).get(number - 1, ""),
        )
        for number, clip in enumerate(clips, 1)
    )
