"""Compares what was heard in the demo with what is known to be in it.

Everything here takes a document and ``samples/demo.truth.json`` and returns what differs, in words
a person can act on; nothing asserts. Times are seconds on the video's clock.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vidtag.core.records import Document, Emotion, EventKind, EventSpan, Language, Segment

NEVER_BY_CHANCE = (EventKind.LAUGHTER, EventKind.APPLAUSE)
"""Kinds that make highlights: one too many is as bad as one too few."""


@dataclass(frozen=True)
class Spoken:
    """A sentence of the truth; ``words`` are (text, start, end) where times are known."""

    start: float
    end: float
    speaker: str
    language: Language
    emotion: Emotion
    text: str
    plain: str
    words: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class Sounded:
    """An event of the truth; ``setup`` is the start of the sentence that led to a reaction."""

    kind: EventKind
    start: float
    end: float
    setup: float | None
    over_speech: bool


@dataclass(frozen=True)
class Truth:
    """What is in the demo."""

    duration: float
    frames: int
    rate: int
    width: int
    height: int
    audio_start: float
    segments: tuple[Spoken, ...]
    events: tuple[Sounded, ...]


def load(path: Path) -> Truth:
    """The truth as the demo's maker wrote it."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return Truth(
        duration=data["duration"],
        frames=data["picture"]["frames"],
        rate=data["picture"]["rate"],
        width=data["picture"]["width"],
        height=data["picture"]["height"],
        audio_start=data["audio"]["start"],
        segments=tuple(
            Spoken(
                start=s["start"],
                end=s["end"],
                speaker=s["speaker"],
                language=Language(s["language"]),
                emotion=Emotion(s["emotion"]),
                text=s["text"],
                plain=s["plain"],
                words=tuple((w["text"], w["start"], w["end"]) for w in s["words"] or ()),
            )
            for s in data["segments"]
        ),
        events=tuple(
            Sounded(EventKind(e["kind"]), e["start"], e["end"], e["setup"], e["over_speech"])
            for e in data["events"]
        ),
    )


# ------------------------------------------------------------------------------------- text
@dataclass(frozen=True)
class Token:
    """What errors are counted in: a Latin word or a number, or one other letter."""

    text: str
    start: float | None
    language: Language | None = None


@dataclass(frozen=True)
class TextScore:
    """Errors of one language, and how many tokens it has."""

    errors: int
    tokens: int

    @property
    def rate(self) -> float:
        return self.errors / self.tokens


def tokens(text: str, start: float | None, language: Language | None = None) -> list[Token]:
    """Tokens of a text, without case, width and punctuation; only the first has a time."""
    folded = unicodedata.normalize("NFKC", text).lower()
    found = re.findall(r"[a-z']+|[0-9]+|[^\W\d_]", folded)
    return [Token(t, start if i == 0 else None, language) for i, t in enumerate(found)]


def align(
    expected: Sequence[Token], heard: Sequence[Token]
) -> list[tuple[Token | None, Token | None]]:
    """The cheapest way to pair two rows of tokens; None stands for one that has no partner."""
    rows, columns = len(expected) + 1, len(heard) + 1
    cost = [[0] * columns for _ in range(rows)]
    for i in range(rows):
        for j in range(columns):
            if i == 0 or j == 0:
                cost[i][j] = i + j
                continue
            same = expected[i - 1].text == heard[j - 1].text
            cost[i][j] = min(
                cost[i - 1][j - 1] + (not same), cost[i - 1][j] + 1, cost[i][j - 1] + 1
            )
    pairs: list[tuple[Token | None, Token | None]] = []
    i, j = len(expected), len(heard)
    while i or j:
        same = i > 0 and j > 0 and expected[i - 1].text == heard[j - 1].text
        if i and j and cost[i][j] == cost[i - 1][j - 1] + (not same):
            i, j = i - 1, j - 1
            pairs.append((expected[i], heard[j]))
        elif i and cost[i][j] == cost[i - 1][j] + 1:
            i -= 1
            pairs.append((expected[i], None))
        else:
            j -= 1
            pairs.append((None, heard[j]))
    return pairs[::-1]


def pair_text(truth: Truth, document: Document) -> list[tuple[Token | None, Token | None]]:
    """All that was said beside all that was heard.

    Order pairs them, not time, so that a text error is one whatever the word's time; times are
    judged by :func:`word_time_errors`.
    """
    expected = []
    for segment in truth.segments:
        if segment.words:
            for text, start, _ in segment.words:
                expected += tokens(text, start, segment.language)
        else:
            expected += tokens(segment.text, None, segment.language)
    heard = [token for word in document.words for token in tokens(word.text, word.start)]
    return align(expected, heard)


def text_scores(pairs: Iterable[tuple[Token | None, Token | None]]) -> dict[Language, TextScore]:
    """Errors per language of the truth; what was invented counts for the language before it."""
    errors: Counter[Language] = Counter()
    total: Counter[Language] = Counter()
    language: Language | None = None
    early = 0
    for expected, heard in pairs:
        if expected is not None:
            if language is None and expected.language is not None:
                errors[expected.language] += early
            language = expected.language
            assert language is not None
            total[language] += 1
            errors[language] += heard is None or heard.text != expected.text
        elif language is None:
            early += 1
        else:
            errors[language] += 1
    return {language: TextScore(errors[language], total[language]) for language in total}


def word_time_errors(pairs: Iterable[tuple[Token | None, Token | None]]) -> list[float]:
    """Heard start minus true start, of words that were understood and whose times are known."""
    return [
        heard.start - expected.start
        for expected, heard in pairs
        if expected is not None
        and heard is not None
        and expected.text == heard.text
        and expected.start is not None
        and heard.start is not None
    ]


# -------------------------------------------------------------------- language and emotion
def _shared(a_start: float, a_end: float, b_start: float, b_end: float) -> float:
    return max(0.0, min(a_end, b_end) - max(a_start, b_start))


def language_share(spoken: Spoken, document: Document) -> float:
    """Share of a sentence's time, as far as speech was heard in it, that has its language."""
    right = total = 0.0
    for segment in document.segments:
        shared = _shared(spoken.start, spoken.end, segment.start, segment.end)
        total += shared
        right += shared if segment.language is spoken.language else 0.0
    return right / total if total else 0.0


def best_segment(spoken: Spoken, document: Document) -> Segment | None:
    """The segment that shares most time with a sentence."""
    best = max(
        document.segments,
        key=lambda s: _shared(spoken.start, spoken.end, s.start, s.end),
        default=None,
    )
    if best is None or not _shared(spoken.start, spoken.end, best.start, best.end):
        return None
    return best


def emotion_problems(truth: Truth, document: Document) -> list[str]:
    """Sentences of which another emotion was heard; of calm ones, any but neutral or unknown."""
    problems = []
    for spoken in truth.segments:
        segment = best_segment(spoken, document)
        heard = "nothing" if segment is None else segment.emotion.value
        if spoken.emotion is Emotion.NEUTRAL and heard == Emotion.UNKNOWN:
            continue
        if heard != spoken.emotion.value:
            problems.append(f"{spoken.text!r} is {spoken.emotion.value}, heard as {heard}")
    return problems


# ----------------------------------------------------------------------------------- events
def event_problems(
    truth: Truth, document: Document, kind: EventKind, tolerance: float
) -> list[str]:
    """Events of a kind that were missed, found off by more than the tolerance, or invented."""
    problems = []
    left = [event for event in document.events if event.kind is kind]
    for wanted in (event for event in truth.events if event.kind is kind):
        near = [
            event for event in left if _shared(wanted.start, wanted.end, event.start, event.end)
        ]
        if not near:
            problems.append(f"{kind.value} at {wanted.start:.2f}-{wanted.end:.2f} was missed")
            continue
        found = max(near, key=lambda e: _shared(wanted.start, wanted.end, e.start, e.end))
        left.remove(found)
        if not _within(wanted, found, tolerance):
            problems.append(
                f"{kind.value} at {wanted.start:.2f}-{wanted.end:.2f} was found at "
                f"{found.start:.2f}-{found.end:.2f}"
            )
    problems += [f"{kind.value} at {e.start:.2f}-{e.end:.2f} was invented" for e in left]
    return problems


def _within(wanted: Sounded, found: EventSpan, tolerance: float) -> bool:
    off = max(abs(wanted.start - found.start), abs(wanted.end - found.end))
    return off <= tolerance


def coverage(truth: Truth, document: Document, kind: EventKind) -> float:
    """Intersection over union of all time a kind was there and all time it was heard."""
    step = 0.05
    there = _grid([(e.start, e.end) for e in truth.events if e.kind is kind], step)
    heard = _grid([(e.start, e.end) for e in document.events if e.kind is kind], step)
    return len(there & heard) / len(there | heard) if there | heard else 1.0


def _grid(spans: Iterable[tuple[float, float]], step: float) -> set[int]:
    return {i for a, b in spans for i in range(round(a / step), round(b / step))}


def clip_problems(truth: Truth, clips: Sequence[tuple[float, float]], slack: float) -> list[str]:
    """Laughs and applause that no clip shows with the sentence before; clips that show neither.

    Args:
        clips: start and end of each.
        slack: seconds that may be missing at either end.
    """
    problems = []
    reactions = [e for e in truth.events if e.kind in NEVER_BY_CHANCE]
    for event in reactions:
        start = event.start if event.setup is None else min(event.setup, event.start)
        if not any(a <= start + slack and b >= event.end - slack for a, b in clips):
            problems.append(
                f"no clip holds {start:.2f}-{event.end:.2f} with the {event.kind.value}"
            )
    for a, b in clips:
        if not any(_shared(a, b, event.start, event.end) for event in reactions):
            problems.append(f"the clip {a:.2f}-{b:.2f} shows no reaction")
    return problems
