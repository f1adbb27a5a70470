"""The words of a document, looked up by time: sentences, what led to a moment, where to cut."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

from vidtag.core.records import Word
from vidtag.core.sentence_ends import ends_clause, ends_sentence

PAUSE = 0.7
"""Seconds without a word after which a new sentence begins, whatever the punctuation."""

SILENCE = 3.0
"""Seconds without a word that separate what led to a moment from what did not."""

_PRE_ROLL = 0.12
"""Seconds kept before the first word of a clip."""
_SENTENCE_OVERRUN = 2.0
"""Seconds after a moment within which a sentence that goes on over its end may finish."""


def sentences(words: Sequence[Word]) -> list[list[Word]]:
    """Words, in order, split at the ends of sentences and at pauses."""
    found: list[list[Word]] = []
    sentence: list[Word] = []
    end = -math.inf
    over = True
    for word in words:
        if over or word.start - end >= PAUSE:
            sentence = []
            found.append(sentence)
        sentence.append(word)
        over = ends_sentence(word.text)
        end = max(end, word.end)
    return found


class WordIndex:
    """The words of a document by time. Words that overlap count as one span."""

    def __init__(self, words: Iterable[Word]) -> None:
        self._words = sorted(words, key=lambda word: (word.start, word.end))
        self._word_starts = [word.start for word in self._words]
        self._sentences = sentences(self._words)
        self._sentence_starts = [sentence[0].start for sentence in self._sentences]
        self._spans: list[tuple[float, float]] = []
        for word in self._words:
            if self._spans and word.start < self._spans[-1][1]:
                start, end = self._spans.pop()
                self._spans.append((start, max(end, word.end)))
            elif word.end > word.start:
                self._spans.append((word.start, word.end))
        self._span_starts = [start for start, _ in self._spans]

    def words_between(self, start: float, end: float) -> list[Word]:
        """Words that begin within ``[start, end)``."""
        first, last = bisect_left(self._word_starts, start), bisect_left(self._word_starts, end)
        return self._words[first:last]

    def before_word(self, time: float) -> float:
        """``time``, or the start of the word that is being said then."""
        span = self._span_at(time)
        return time if span is None else span[0]

    def after_word(self, time: float) -> float:
        """``time``, or the end of the word that is being said then."""
        span = self._span_at(time)
        return time if span is None else span[1]

    def silence_start(self, time: float) -> float:
        """End of the last word before ``time``, or ``time`` itself during a word."""
        number = bisect_left(self._span_starts, time) - 1
        return min(time, self._spans[number][1]) if number >= 0 else -math.inf

    def silence_end(self, time: float) -> float:
        """Start of the next word from ``time`` on, or ``time`` itself during a word."""
        if self._span_at(time) is not None:
            return time
        number = bisect_left(self._span_starts, time)
        return self._span_starts[number] if number < len(self._spans) else math.inf

    def setup_start(
        self, onset: float, earliest: float, last_moment_end: float, lead: float
    ) -> float:
        """Where the sentences begin that led to a moment.

        Args:
            onset: start of the moment.
            earliest: the result is no earlier than this, unless this is inside a word.
            last_moment_end: end of the moment before; sentences that began before it led to that
                moment, not to this one.
            lead: seconds to keep before the onset where no words led to it.
        """
        first: Word | None = None
        for sentence in reversed(self._sentences[: self._sentences_before(onset)]):
            if sentence[0].start < earliest:
                if first is None:
                    first = _entry_word([w for w in sentence if earliest <= w.start < onset])
                break
            if first is not None and (
                sentence[0].start < last_moment_end
                or first.start - max(word.end for word in sentence) > SILENCE
            ):
                break
            first = sentence[0]
        if first is None:
            return self.before_word(max(earliest, onset - lead))
        return self._with_pre_roll(first.start, earliest)

    def clip_end(self, moment_end: float, tail: float) -> float:
        """Where a clip ends whose moment ends at ``moment_end``: up to ``tail`` seconds later.

        It ends before the next sentence starts. Where somebody is speaking as the moment ends, it
        ends with the sentence if that ends soon, or else with the word.
        """
        if self._span_at(moment_end) is not None:
            sentence = self._sentences[self._sentences_before(moment_end) - 1]
            end = max(word.end for word in sentence)
            ends_soon = moment_end < end <= moment_end + _SENTENCE_OVERRUN
            return self.after_word(end if ends_soon else moment_end)
        following = bisect_left(self._word_starts, moment_end)
        if following < len(self._words):
            next_word = max(moment_end, self._words[following].start)
            return self.after_word(min(moment_end + tail, next_word))
        return moment_end + tail

    def _span_at(self, time: float) -> tuple[float, float] | None:
        """Start and end of the words that ``time`` is inside of, if it is."""
        number = bisect_left(self._span_starts, time) - 1
        if number >= 0 and self._spans[number][1] > time:
            return self._spans[number]
        return None

    def _sentences_before(self, time: float) -> int:
        """Number of sentences that begin before ``time``."""
        return bisect_left(self._sentence_starts, time)

    def _with_pre_roll(self, start: float, earliest: float) -> float:
        """A little earlier than ``start``, but not inside a word or before ``earliest``."""
        start = self.before_word(start)
        earlier = max(min(earliest, start), start - _PRE_ROLL)
        number = bisect_left(self._span_starts, start) - 1
        return max(earlier, self._spans[number][1]) if number >= 0 else earlier


def _entry_word(words: Sequence[Word]) -> Word | None:
    """Where a clip may enter a sentence that is too long: after a clause, else at its first word.

    Args:
        words: those of the sentence that may be kept.
    """
    for before, word in pairwise(words):
        if ends_clause(before.text):
            return word
    return words[0] if words else None
