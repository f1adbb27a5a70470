"""Events to clips that an editor would keep. Pure: a document in, clips out, nothing read or cut.

A reaction is worth little without what caused it, so a clip starts at the beginning of the
sentence, or sentences, that led to it, holds the reaction, and ends shortly after. What holds for
every clip, in this order of precedence: it lies within the recording and is no longer than
``max_duration``; no cut is inside a word; clips do not overlap, and reactions nearer to each other
than ``merge_gap`` share one clip if that one is not too long.
"""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from vidtag.config import HighlightsConfig
from vidtag.types import Clip, Document, EventKind, EventSpan, Word, join_words

PAUSE = 0.7
"""Seconds between two words from which on a new sentence begins, whatever the punctuation."""

SILENCE = 3.0
"""Seconds without a word that part what led to an event from what did not."""

_SENTENCE_ENDS = tuple(".?!…。？！")
_CLAUSE_ENDS = (*_SENTENCE_ENDS, *",;:，、；：")
_CLOSING = "\"'”’）)」』】"
_LEAD = 2.0
"""Seconds before an event that nobody's words led to."""
_BREATH = 0.12
"""Seconds of air before the first word."""
_LAST_WORDS = 2.0
"""A sentence that goes on over the end of an event may end within so many seconds."""
_FLASH = 0.5
"""A shot shorter than this at the edge of a clip would be seen as a flash."""
_LENGTH_SCALE = 3.0
"""Seconds at which an event earns 63 % of what length can earn."""
_TITLE_COLUMNS = 42
"""Width of a title; a Chinese character is two columns wide."""


def select(
    document: Document, config: HighlightsConfig, shots: Sequence[float] = ()
) -> tuple[Clip, ...]:
    """Choose the clips of a document.

    Args:
        document: what was heard.
        config: which kinds count, limits of length, and how many to keep.
        shots: times at which the picture changes, where known. A clip is not left with a flash of
            another shot at either end, where no word and no reaction would be lost by that.

    Returns:
        Clips in the order of time. They do not overlap.
    """
    duration = document.media.duration
    speech = _Speech(document.words)
    events = sorted(
        (event for event in document.events if event.kind in config.kinds),
        key=lambda event: (event.start, event.end, event.kind),
    )
    drafts = []
    heard = 0.0
    for event in events:
        draft = _draft(event, heard, speech, config, duration)
        heard = max(heard, event.end)
        if draft is not None:
            drafts.append(draft)
    clips = []
    for draft in _join(drafts, config):
        draft = _respect_shots(draft, speech, sorted(shots), config)
        strengths = [_strength(event, draft, config.kinds) for event in draft.events]
        best = draft.events[strengths.index(max(strengths))]
        clips.append(
            Clip(
                start=draft.start,
                end=draft.end,
                reason=draft.events,
                score=1.0 - math.prod(1.0 - strength for strength in strengths),
                title=_title(best, draft, speech),
            )
        )
    return _keep_best(clips, config)


@dataclass(frozen=True, slots=True)
class _Draft:
    start: float
    end: float
    events: tuple[EventSpan, ...]


class _Speech:
    """The words of a document, asked about by time."""

    def __init__(self, words: Iterable[Word]) -> None:
        self.words = sorted(words, key=lambda word: (word.start, word.end))
        self.sentences = _sentences(self.words)
        self._starts = [sentence[0].start for sentence in self.sentences]
        self._word_starts = [word.start for word in self.words]
        self._blocks: list[tuple[float, float]] = []  # words, those that overlap made one
        for word in self.words:
            if self._blocks and word.start < self._blocks[-1][1]:
                start, end = self._blocks.pop()
                self._blocks.append((start, max(end, word.end)))
            elif word.end > word.start:
                self._blocks.append((word.start, word.end))
        self._block_starts = [start for start, _ in self._blocks]

    def block(self, time: float) -> tuple[float, float] | None:
        """Start and end of the word that ``time`` is inside of, if it is."""
        place = bisect_left(self._block_starts, time) - 1
        if place >= 0 and self._blocks[place][1] > time:
            return self._blocks[place]
        return None

    def outward_start(self, time: float) -> float:
        """``time``, or the start of the word it is inside of."""
        block = self.block(time)
        return time if block is None else block[0]

    def outward_end(self, time: float) -> float:
        """``time``, or the end of the word it is inside of."""
        block = self.block(time)
        return time if block is None else block[1]

    def between(self, start: float, end: float) -> list[Word]:
        """Words that begin within ``[start, end)``."""
        a, b = bisect_left(self._word_starts, start), bisect_left(self._word_starts, end)
        return self.words[a:b]

    def before(self, time: float) -> int:
        """Number of sentences that begin before ``time``."""
        return bisect_left(self._starts, time)

    def setup(self, onset: float, limit: float, heard: float) -> float:
        """Where the words begin that led to an event.

        Args:
            onset: of the event.
            limit: no earlier than this, unless that is inside a word.
            heard: end of the reaction before; what was said before that led to that one.
        """
        first: Word | None = None
        for sentence in reversed(self.sentences[: self.before(onset)]):
            if sentence[0].start < limit:
                if first is None:
                    first = _resume([w for w in sentence if limit <= w.start < onset])
                break
            if first is not None and (
                sentence[0].start < heard
                or first.start - max(word.end for word in sentence) > SILENCE
            ):
                break
            first = sentence[0]
        if first is None:
            return self.outward_start(max(limit, onset - _LEAD))
        return self._breathe(first.start, limit)

    def finish(self, offset: float, tail: float) -> float:
        """Where a clip ends whose event ends at ``offset``."""
        if self.block(offset) is not None:  # somebody speaks on: let them end, if it is soon
            sentence = self.sentences[self.before(offset) - 1]
            end = max(word.end for word in sentence)
            wanted = end if offset < end <= offset + _LAST_WORDS else offset
            return self.outward_end(wanted)
        later = bisect_left(self._word_starts, offset)
        if later < len(self.words):
            return self.outward_end(min(offset + tail, max(offset, self.words[later].start)))
        return offset + tail

    def _breathe(self, start: float, limit: float) -> float:
        """A little earlier than ``start``, but not into a word or before ``limit``."""
        start = self.outward_start(start)
        earlier = max(min(limit, start), start - _BREATH)
        place = bisect_left(self._block_starts, start) - 1
        return max(earlier, self._blocks[place][1]) if place >= 0 else earlier


def _sentences(words: Sequence[Word]) -> list[list[Word]]:
    """Words parted at the ends of sentences and at pauses."""
    sentences: list[list[Word]] = []
    end = -math.inf
    for word in words:
        last = sentences[-1][-1].text.rstrip(_CLOSING) if sentences else ""
        if not sentences or last.endswith(_SENTENCE_ENDS) or word.start - end >= PAUSE:
            sentences.append([])
        sentences[-1].append(word)
        end = max(end, word.end)
    return sentences


def _resume(words: Sequence[Word]) -> Word | None:
    """Where a sentence that is too long may be entered: after a clause, or else at a word."""
    for before, word in pairwise(words):
        if before.text.rstrip(_CLOSING).endswith(_CLAUSE_ENDS):
            return word
    return words[0] if words else None


def _draft(
    event: EventSpan, heard: float, speech: _Speech, config: HighlightsConfig, duration: float
) -> _Draft | None:
    """The clip of one event, or None where none can be made."""
    longest = min(config.max_duration, duration)
    limit = max(0.0, event.start - min(config.setup, longest / 2))
    start = max(0.0, speech.setup(event.start, limit, heard))
    end = min(duration, speech.finish(event.end, config.tail))
    missing = min(config.min_duration, longest) - (end - start)
    if missing > 0:
        end = min(duration, speech.outward_end(end + missing / 2))
        missing = min(config.min_duration, longest) - (end - start)
        start = max(0.0, speech.outward_start(start - max(0.0, missing)))
        missing = min(config.min_duration, longest) - (end - start)
        end = min(duration, speech.outward_end(end + max(0.0, missing)))
    if end - start > longest:
        end = speech.outward_start(start + longest)
    if not (start < event.end and event.start < end):
        return None
    return _Draft(start, end, (event,))


def _join(drafts: Iterable[_Draft], config: HighlightsConfig) -> list[_Draft]:
    """Make reactions near to each other one clip, and let no two clips overlap.

    What counts as near is the pause between the reactions: two jokes told in a row, each with its
    laugh, are two clips even where the second begins as the first ends.
    """
    joined: list[_Draft] = []
    for draft in sorted(drafts, key=lambda draft: (draft.events[0].start, draft.end)):
        if not joined:
            joined.append(draft)
            continue
        last = joined[-1]
        pause = draft.events[0].start - max(event.end for event in last.events)
        end = max(last.end, draft.end)
        fits = end - last.start <= max(config.max_duration, last.end - last.start)
        if fits and (pause < config.merge_gap or draft.events[0].start < last.end):
            joined[-1] = _Draft(last.start, end, last.events + draft.events)
        elif draft.end > last.end:
            joined.append(_Draft(max(draft.start, last.end), draft.end, draft.events))
        else:
            joined[-1] = _Draft(last.start, last.end, last.events + draft.events)
    return joined


def _respect_shots(
    draft: _Draft, speech: _Speech, shots: Sequence[float], config: HighlightsConfig
) -> _Draft:
    """Leave out a flash of another shot at either end."""
    start, end = draft.start, draft.end
    words = speech.between(start, end)
    needed_from = min([event.start for event in draft.events] + [word.start for word in words])
    needed_to = max([event.end for event in draft.events] + [word.end for word in words])
    place = bisect_right(shots, start + _FLASH) - 1
    if place >= 0 and start < shots[place] <= needed_from:
        start = shots[place]
    place = bisect_left(shots, end - _FLASH)
    if place < len(shots) and needed_to <= shots[place] < end:
        end = shots[place]
    if end - start < min(config.min_duration, draft.end - draft.start):
        return draft
    return _Draft(start, end, draft.events)


def _strength(event: EventSpan, draft: _Draft, weights: Mapping[EventKind, float]) -> float:
    """How good an event is, 0 to 1: how sure, how long within the clip, how much its kind counts.

    Length counts less and less: 3 s earn 63 % and 10 s 96 % of what an endless one would.
    """
    length = min(event.end, draft.end) - max(event.start, draft.start)
    weight = weights[event.kind] / max(weights.values())
    sure = min(1.0, max(0.0, math.sqrt(max(0.0, event.peak * event.mean))))
    return weight * sure * -math.expm1(-max(0.0, length) / _LENGTH_SCALE)


def _keep_best(clips: Sequence[Clip], config: HighlightsConfig) -> tuple[Clip, ...]:
    ranked = sorted(clips, key=lambda clip: (-clip.score, clip.start))
    kept: list[Clip] = []
    total = 0.0
    for clip in ranked:
        if clip.score < config.min_score or (config.top is not None and len(kept) == config.top):
            break
        if config.total_duration is None or total + clip.duration <= config.total_duration:
            kept.append(clip)
            total += clip.duration
    return tuple(sorted(kept, key=lambda clip: clip.start))


def _title(event: EventSpan, draft: _Draft, speech: _Speech) -> str:
    """The last words before an event, or its kind and time where nobody spoke."""
    said = speech.between(draft.start, event.start)
    last = _sentences(said)[-1] if said else []
    words = list(last)
    while len(words) > 1 and _columns(join_words(words)) > _TITLE_COLUMNS:
        words.pop(0)
    text = join_words(words).strip().rstrip(",;:，、；：.。 ")
    if not text:
        return f"{event.kind.value} at {_clock(event.start)}"
    return text if len(words) == len(last) else "…" + text


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _clock(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute:02d}:{second:02d}"
