"""The words of a document, asked about by time: sentences, what led to a moment, where to cut."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

from vidtag.core.records import Word

PAUSE = 0.7
"""Seconds between two words from which on a new sentence begins, whatever the punctuation."""

SILENCE = 3.0
"""Seconds without a word that part what led to a moment from what did not."""

_SENTENCE_ENDS = tuple(".?!…。？！")
_CLAUSE_ENDS = (*_SENTENCE_ENDS, *",;:，、；：")
_CLOSING = "\"'”’）)」』】"
_BREATH = 0.12
"""Seconds of air before the first word."""
_LAST_WORDS = 2.0
"""A sentence that goes on over the end of a moment may end within so many seconds."""


def sentences(words: Sequence[Word]) -> list[list[Word]]:
    """Words parted at the ends of sentences and at pauses."""
    found: list[list[Word]] = []
    end = -math.inf
    for word in words:
        last = found[-1][-1].text.rstrip(_CLOSING) if found else ""
        if not found or last.endswith(_SENTENCE_ENDS) or word.start - end >= PAUSE:
            found.append([])
        found[-1].append(word)
        end = max(end, word.end)
    return found


class Speech:
    """The words of a document, in order."""

    def __init__(self, words: Iterable[Word]) -> None:
        self.words = sorted(words, key=lambda word: (word.start, word.end))
        self.sentences = sentences(self.words)
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

    def silent_since(self, time: float) -> float:
        """End of the last word before ``time``; ``time`` itself inside a word."""
        place = bisect_left(self._block_starts, time) - 1
        return min(time, self._blocks[place][1]) if place >= 0 else -math.inf

    def silent_until(self, time: float) -> float:
        """Start of the next word from ``time`` on; ``time`` itself inside a word."""
        if self.block(time) is not None:
            return time
        place = bisect_left(self._block_starts, time)
        return self._block_starts[place] if place < len(self._blocks) else math.inf

    def between(self, start: float, end: float) -> list[Word]:
        """Words that begin within ``[start, end)``."""
        a, b = bisect_left(self._word_starts, start), bisect_left(self._word_starts, end)
        return self.words[a:b]

    def before(self, time: float) -> int:
        """Number of sentences that begin before ``time``."""
        return bisect_left(self._starts, time)

    def setup(self, onset: float, limit: float, heard: float, lead: float) -> float:
        """Where the words begin that led to a moment.

        Args:
            onset: of the moment.
            limit: no earlier than this, unless that is inside a word.
            heard: end of the moment before; what was said before that led to that one.
            lead: seconds before the onset where no words led to it.
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
            return self.outward_start(max(limit, onset - lead))
        return self._breathe(first.start, limit)

    def finish(self, offset: float, tail: float) -> float:
        """Where a clip ends whose moment ends at ``offset``."""
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


def _resume(words: Sequence[Word]) -> Word | None:
    """Where a sentence that is too long may be entered: after a clause, or else at a word."""
    for before, word in pairwise(words):
        if before.text.rstrip(_CLOSING).endswith(_CLAUSE_ENDS):
            return word
    return words[0] if words else None
