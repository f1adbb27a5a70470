"""A document as what a template shows: every string ready, every place worked out. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vidtag.core.clock import clock, short_clock
from vidtag.core.names import PageLanguage
from vidtag.core.records import Clip, Document, Emotion, EventKind, EventSpan, Segment
from vidtag.report import palette
from vidtag.report.stats import Bin, Statistics, extent, measure, step_of
from vidtag.report.words import EMOTION_NAMES, EVENT_NAMES, LANGUAGE_CODES, LANGUAGE_NAMES, WORDS
from vidtag.subtitles.characters import apart
from vidtag.subtitles.check.judge import CheckResult

ALWAYS = (EventKind.LAUGHTER, EventKind.APPLAUSE, EventKind.BGM)
"""Kinds that have a lane even if none was heard: that is an answer too."""

_MOST_TICKS = 10


@dataclass(frozen=True, slots=True)
class Span:
    """A block on a lane.

    Attributes:
        colour: its name in the palette.
        left, width: percent of the lane.
        start, end: seconds.
        label: what is written on it; description: what it is, for those who do not see it.
        target: id of the element that tells more.
    """

    colour: str
    left: float
    width: float
    start: float
    end: float
    label: str
    description: str
    target: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of the timeline."""

    key: str
    label: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the axis, ``left`` in percent."""

    left: float
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """All lanes on one axis."""

    duration: float
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Card:
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


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the transcript: speech, or an event where nobody needs to speak."""

    id: str
    start: float
    end: float
    clock: str
    text: str
    lang: str
    colour: str
    language: str
    mood: str
    mood_colour: str
    event: bool


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with its name and a line of detail."""

    value: str
    label: str
    detail: str
    colour: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole, in percent."""

    label: str
    colour: str
    percent: float
    lang: str = ""


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
class Fault:
    """A broken rule of subtitling."""

    number: int
    clock: str
    rule: str
    detail: str
    forced: bool


@dataclass(frozen=True, slots=True)
class Quality:
    """What the judge of subtitles said."""

    good: bool
    verdict: str
    faults: tuple[Fault, ...]
    forced: str


@dataclass(frozen=True, slots=True)
class View:
    """The whole report."""

    tongue: PageLanguage
    name: str
    title: str
    facts: tuple[str, ...]
    pocket: bool
    model: str
    notes: tuple[str, ...]
    settings: str
    fingerprint: str
    timeline: Timeline
    cards: tuple[Card, ...]
    tiles: tuple[Tile, ...]
    languages: tuple[Part, ...]
    emotions: tuple[Part, ...]
    charts: tuple[Chart, ...]
    lines: tuple[Line, ...]
    quality: Quality | None


def build(
    document: Document,
    clips: Sequence[Clip] = (),
    *,
    check: CheckResult | None = None,
    thumbnails: Mapping[int, str] | None = None,
    tongue: PageLanguage = "en",
) -> View:
    """Everything a report shows.

    Args:
        clips: the highlights, in order.
        check: what the judge said of the subtitles.
        thumbnails: data URIs of pictures, by place in ``clips``.
        tongue: language of the report itself.
    """
    words = WORDS[tongue]
    numbers = measure(document)
    name = Path(document.media.path).name
    return View(
        tongue=tongue,
        name=name,
        title=words["title"].format(name=name),
        facts=tuple(_facts(document, words)),
        pocket=document.model.origin == "bundled",
        model=model_line(document, tongue),
        notes=document.notes,
        settings=json.dumps(document.settings, ensure_ascii=False, indent=1, default=str),
        fingerprint=words["fingerprint"].format(value=document.media.fingerprint),
        timeline=timeline(document, clips, tongue),
        cards=cards(clips, tongue, thumbnails or {}),
        tiles=tuple(_tiles(numbers, words, tongue, document)),
        languages=tuple(
            Part(
                LANGUAGE_NAMES.get(language, words["no_speech"]),
                palette.key(language),
                100 * share.share,
                LANGUAGE_CODES.get(language, ""),
            )
            for language, share in numbers.languages.items()
        ),
        emotions=tuple(
            Part(EMOTION_NAMES[tongue][emotion], palette.key(emotion), 100 * share.share)
            for emotion, share in numbers.emotions.items()
        ),
        charts=tuple(_charts(numbers, words)),
        lines=transcript(document, tongue),
        quality=None if check is None else _quality(check, words),
    )


def model_line(document: Document, tongue: PageLanguage = "en") -> str:
    """Which model listened; what is not to be believed is said."""
    model = document.model
    size = f"{model.parameters / 1e6:.1f}"
    if model.origin == "bundled":
        return WORDS[tongue]["model_pocket"].format(size=size)
    return WORDS[tongue]["model_other"].format(
        name=model.name, origin=model.origin, size=size, digest=model.digest
    )


def timeline(
    document: Document, clips: Sequence[Clip] = (), tongue: PageLanguage = "en"
) -> Timeline:
    """Lanes for speech by language, emotion, every kind of event, and the highlights."""
    words = WORDS[tongue]
    duration = max(extent(document), 1e-3)

    def span(
        start: float, end: float, colour: str, label: str, description: str, target: str
    ) -> Span:
        first, last = max(0.0, min(start, duration)), max(0.0, min(end, duration))
        times = words["to"].format(start=clock(start), end=clock(end))
        return Span(
            colour=colour,
            left=round(100 * first / duration, 4),
            width=round(100 * max(0.0, last - first) / duration, 4),
            start=start,
            end=end,
            label=label,
            description=f"{label or description}, {times}"
            + (f": {description}" if label and description else ""),
            target=target,
        )

    speech = tuple(
        span(
            s.start,
            s.end,
            palette.key(s.language),
            LANGUAGE_NAMES.get(s.language, words["no_speech"]),
            apart(s.text),
            f"s{number}",
        )
        for number, s in enumerate(document.segments)
    )
    emotion = tuple(
        span(
            s.start,
            s.end,
            palette.key(s.emotion),
            EMOTION_NAMES[tongue][s.emotion],
            f"{s.emotion_probability:.0%}",
            f"s{number}",
        )
        for number, s in enumerate(document.segments)
        if s.emotion in EMOTION_NAMES[tongue]
    )
    lanes = [Lane("speech", words["speech"], speech), Lane("emotion", words["emotion"], emotion)]
    kinds = {event.kind for event in document.events}
    for kind in EventKind:
        if kind not in kinds and kind not in ALWAYS:
            continue
        name = EVENT_NAMES[tongue][kind]
        found = tuple(
            span(e.start, e.end, palette.key(kind), "", name, f"e{number}")
            for number, e in enumerate(document.events)
            if e.kind is kind
        )
        lanes.append(Lane(palette.key(kind), name, found))
    picked = tuple(
        span(c.start, c.end, "highlight", str(number), c.title, f"h{number}")
        for number, c in enumerate(clips, 1)
    )
    lanes.append(Lane("highlights", words["highlights"], picked))
    return Timeline(duration, tuple(lanes), tuple(_ticks(duration)))


def cards(
    clips: Sequence[Clip], tongue: PageLanguage = "en", thumbnails: Mapping[int, str] | None = None
) -> tuple[Card, ...]:
    """Highlights, numbered from 1."""
    words = WORDS[tongue]
    names = {palette.key(kind): name for kind, name in EVENT_NAMES[tongue].items()}
    names |= {palette.key(emotion): name for emotion, name in EMOTION_NAMES[tongue].items()}
    return tuple(
        Card(
            number=number,
            id=f"h{number}",
            title=clip.title,
            start=clip.start,
            end=clip.end,
            times=words["to"].format(start=clock(clip.start), end=clock(clip.end)),
            length=f"{clip.duration:.1f} s",
            kinds=tuple(
                (label if label in names else "highlight", names.get(label, label))
                for label in dict.fromkeys(why.label for why in clip.reason)
            ),
            score=words["score"].format(value=f"{clip.score:.2f}"),
            thumbnail=(thumbnails or {}).get(number - 1, ""),
        )
        for number, clip in enumerate(clips, 1)
    )


def transcript(document: Document, tongue: PageLanguage = "en") -> tuple[Line, ...]:
    """Speech and events in the order they begin."""
    lines = [
        *(_speech_line(number, s, tongue) for number, s in enumerate(document.segments)),
        *(_event_line(number, e, tongue) for number, e in enumerate(document.events)),
    ]
    return tuple(sorted(lines, key=lambda line: (line.start, line.end)))


def _speech_line(number: int, segment: Segment, tongue: PageLanguage) -> Line:
    shown = segment.emotion not in (Emotion.NEUTRAL, Emotion.UNKNOWN)
    return Line(
        id=f"s{number}",
        start=segment.start,
        end=segment.end,
        clock=clock(segment.start),
        text=apart(segment.text),
        lang=LANGUAGE_CODES.get(segment.language, ""),
        colour=palette.key(segment.language),
        language=LANGUAGE_NAMES.get(segment.language, ""),
        mood=EMOTION_NAMES[tongue][segment.emotion] if shown else "",
        mood_colour=palette.key(segment.emotion) if shown else "",
        event=False,
    )


def _event_line(number: int, event: EventSpan, tongue: PageLanguage) -> Line:
    return Line(
        id=f"e{number}",
        start=event.start,
        end=event.end,
        clock=clock(event.start),
        text=f"{EVENT_NAMES[tongue][event.kind]}, {event.duration:.1f} s",
        lang="",
        colour=palette.key(event.kind),
        language="",
        mood="",
        mood_colour="",
        event=True,
    )


def _facts(document: Document, words: Mapping[str, str]) -> Iterator[str]:
    media = document.media
    yield clock(media.duration)
    if media.video is None:
        yield words["sound_only"]
    else:
        rate = f"{float(media.video.frame_rate):.3f}".rstrip("0").rstrip(".")
        yield f"{media.video.width} × {media.video.height}, {rate} fps"


def _ticks(duration: float) -> Iterator[Tick]:
    step = step_of(duration, _MOST_TICKS)
    label = short_clock if step >= 1 else clock
    for number in range(int(duration / step) + 1):
        yield Tick(round(100 * number * step / duration, 4), label(number * step))


def _tiles(
    numbers: Statistics, words: Mapping[str, str], tongue: PageLanguage, document: Document
) -> Iterator[Tile]:
    total = clock(numbers.duration)
    yield Tile(
        f"{numbers.speech_share:.0%}",
        words["speech_share"],
        words["speech_detail"].format(time=clock(numbers.speech), total=total),
        "en",
    )
    laughs = numbers.events.get(EventKind.LAUGHTER)
    yield Tile(
        f"{laughs.per_minute if laughs else 0:.1f}",
        words["laughter_rate"],
        words["laughter_detail"].format(
            count=laughs.count if laughs else 0, time=clock(laughs.seconds if laughs else 0)
        ),
        "laughter",
    )
    claps = numbers.events.get(EventKind.APPLAUSE)
    yield Tile(
        str(claps.count if claps else 0),
        words["applause_count"],
        words["applause_detail"].format(time=clock(claps.seconds if claps else 0)),
        "applause",
    )
    pause = numbers.longest_pause
    if pause is None:
        yield Tile("–", words["pause"], words["pause_none"], "neutral")
    else:
        kinds = ", ".join(EVENT_NAMES[tongue][kind] for kind in pause.heard)
        what = words["pause_heard"].format(kinds=kinds) if kinds else words["pause_silent"]
        yield Tile(
            f"{pause.duration:.1f} s",
            words["pause"],
            words["pause_detail"].format(time=clock(pause.start), what=what),
            "neutral",
        )
    anger = numbers.emotions.get(Emotion.ANGRY)
    count = sum(segment.emotion is Emotion.ANGRY for segment in document.segments)
    detail = words["anger_detail_one" if count == 1 else "anger_detail"].format(count=count)
    yield Tile(f"{anger.share if anger else 0:.0%}", words["anger"], detail, "angry")


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


def _quality(check: CheckResult, words: Mapping[str, str]) -> Quality:
    good = not check.avoidable
    key = "quality_good" if good else "quality_bad"
    forced = len(check.violations) - len(check.avoidable)
    return Quality(
        good=good,
        verdict=words[key].format(
            cues=check.cues, profile=check.profile, count=len(check.avoidable)
        ),
        faults=tuple(_faults(check)),
        forced=words["quality_forced"].format(count=forced) if forced else "",
    )


def _faults(check: CheckResult) -> Iterable[Fault]:
    for found in check.violations:
        detail = found.detail + (f" ({found.forced})" if found.forced else "")
        yield Fault(
            found.number, clock(found.start), found.rule.value, detail, found.forced is not None
        )
