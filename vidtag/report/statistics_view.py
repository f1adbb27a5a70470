"""The numbers of the report: tiles, shares and charts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vidtag.core.clock import clock
from vidtag.core.display import (
    EMOTION_NAMES,
    EVENT_NAMES,
    LANGUAGE_NAMES,
    WRITTEN_TAGS,
    colour_name,
    speaker_colour,
)
from vidtag.core.names import PageLanguage
from vidtag.core.records import Document, Emotion, EventKind
from vidtag.report.stats import NO_EVENTS, Bin, Statistics, Talk, measure
from vidtag.report.words import WORDS


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with its name and a line of detail."""

    value: str
    label: str
    detail: str
    colour: str


@dataclass(frozen=True, slots=True)
class ShareView:
    """The share of a language, an emotion or a speaker in all speech, in percent.

    Attributes:
        detail: what more there is to say about it.
    """

    label: str
    colour: str
    percent: float
    language_code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart: ``left``, ``width`` and ``height`` in percent."""

    left: float
    width: float
    height: float
    description: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Seconds of something over time."""

    title: str
    colour: str
    bars: tuple[Bar, ...]
    summary: str
    scale: str


@dataclass(frozen=True, slots=True)
class StatisticsView:
    """All numbers of the report."""

    tiles: tuple[Tile, ...]
    languages: tuple[ShareView, ...]
    emotions: tuple[ShareView, ...]
    speakers: tuple[ShareView, ...]
    charts: tuple[Chart, ...]


def statistics_view(document: Document, language: PageLanguage) -> StatisticsView:
    """The numbers of a document, in the words of the report's language."""
    words, numbers = WORDS[language], measure(document)
    angry = sum(segment.emotion is Emotion.ANGRY for segment in document.segments)
    return StatisticsView(
        tiles=(
            _speech_tile(numbers, words),
            _laughter_tile(numbers, words),
            _applause_tile(numbers, words),
            _pause_tile(numbers, words, EVENT_NAMES[language]),
            _anger_tile(numbers, words, angry),
        ),
        languages=tuple(
            ShareView(
                LANGUAGE_NAMES.get(spoken, words["no_speech"]),
                colour_name(spoken),
                100 * share.share,
                WRITTEN_TAGS.get(spoken, ""),
            )
            for spoken, share in numbers.languages.items()
        ),
        emotions=tuple(
            ShareView(EMOTION_NAMES[language][emotion], colour_name(emotion), 100 * share.share)
            for emotion, share in numbers.emotions.items()
        ),
        speakers=tuple(
            ShareView(
                name,
                speaker_colour(number),
                100 * talk.share,
                detail=_talk_detail(talk, words),
            )
            for number, (name, talk) in enumerate(numbers.speakers.items())
        ),
        charts=tuple(_charts(numbers, words)),
    )


def _talk_detail(talk: Talk, words: Mapping[str, str]) -> str:
    """How long somebody speaks, and how much of it in anger."""
    parts = [clock(talk.seconds)]
    if talk.angry:
        parts.append(words["talk_angry"].format(share=f"{talk.angry:.0%}"))
    return words["talk_detail"].format(parts=words["comma"].join(parts))


def _speech_tile(numbers: Statistics, words: Mapping[str, str]) -> Tile:
    total = clock(numbers.duration)
    detail = words["speech_detail"].format(time=clock(numbers.speech), total=total)
    return Tile(f"{numbers.speech_share:.0%}", words["speech_share"], detail, "en")


def _laughter_tile(numbers: Statistics, words: Mapping[str, str]) -> Tile:
    laughs = numbers.events.get(EventKind.LAUGHTER, NO_EVENTS)
    detail = words["laughter_detail"].format(count=laughs.count, time=clock(laughs.seconds))
    return Tile(f"{laughs.per_minute:.1f}", words["laughter_rate"], detail, "laughter")


def _applause_tile(numbers: Statistics, words: Mapping[str, str]) -> Tile:
    applause = numbers.events.get(EventKind.APPLAUSE, NO_EVENTS)
    detail = words["applause_detail"].format(time=clock(applause.seconds))
    return Tile(str(applause.count), words["applause_count"], detail, "applause")


def _pause_tile(
    numbers: Statistics, words: Mapping[str, str], names: Mapping[EventKind, str]
) -> Tile:
    pause = numbers.longest_pause
    if pause is None:
        return Tile("–", words["pause"], words["pause_none"], "neutral")
    kinds = ", ".join(names[kind] for kind in pause.kinds)
    what = words["pause_heard"].format(kinds=kinds) if kinds else words["pause_silent"]
    detail = words["pause_detail"].format(time=clock(pause.start), what=what)
    return Tile(f"{pause.duration:.1f} s", words["pause"], detail, "neutral")


def _anger_tile(numbers: Statistics, words: Mapping[str, str], segments: int) -> Tile:
    anger = numbers.emotions.get(Emotion.ANGRY)
    detail = words["anger_detail_one" if segments == 1 else "anger_detail"].format(count=segments)
    return Tile(f"{anger.share if anger else 0:.0%}", words["anger"], detail, "angry")


def _charts(numbers: Statistics, words: Mapping[str, str]) -> Iterator[Chart]:
    if not numbers.bins:
        return
    laughter = [(b, b.laughter) for b in numbers.bins]
    anger = [(b, b.anger) for b in numbers.bins]
    yield _chart(words["laughter_over_time"], "laughter", laughter, numbers.duration, words)
    yield _chart(words["anger_over_time"], "angry", anger, numbers.duration, words)


def _chart(
    title: str,
    colour: str,
    values: Sequence[tuple[Bin, float]],
    duration: float,
    words: Mapping[str, str],
) -> Chart:
    total = sum(value for _, value in values)
    peak, most = max(values, key=lambda pair: pair[1])
    summary = words["chart_none"]
    if total > 0:
        summary = words["chart_summary"].format(
            total=f"{total:.1f} s", start=clock(peak.start), end=clock(peak.end)
        )
    step = values[0][0].end - values[0][0].start
    return Chart(
        title=title,
        colour=colour,
        bars=tuple(
            Bar(
                left=round(100 * b.start / duration, 4),
                width=round(100 * (b.end - b.start) / duration, 4),
                height=round(100 * value / most, 2),
                description=f"{clock(b.start)}: {value:.1f} s",
            )
            for b, value in values
            if value > 0
        ),
        summary=summary,
        scale=words["chart_bin"].format(seconds=f"{step:g}"),
    )
