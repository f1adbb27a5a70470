"""A transcript without times, placed by what was recognised; pure.

Words that were recognised as the transcript has them keep their times; those between are placed by
characters where something else was recognised.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz.distance import Levenshtein

from vidtag.core.errors import InputError
from vidtag.core.given_transcript import Transcript, parts_words
from vidtag.core.records import Segment, Word, join_words
from vidtag.listening.speech.given_words import part, spread
from vidtag.listening.speech.richtext import TimedWord

_LEAST_ALIKE = 0.3
"""Share of the transcript's words that must be recognised: with less it is of something else."""

_SECONDS_A_CHARACTER = 0.08
"""How long words last that nobody heard, where there is room."""

_Placed = tuple[int, float, float, float]
"""Number of a segment; start, end and probability of a word in it."""


def place_text(transcript: Transcript, segments: Sequence[Segment]) -> list[Segment]:
    """The recognised segments with the transcript's words instead of their own.

    Raises:
        InputError: too few of its words were recognised.
    """
    heard = [(number, word) for number, one in enumerate(segments) for word in one.words]
    words = _words(transcript)
    keys = [_key(word.text) for word in words]
    ops = Levenshtein.opcodes(keys, [_key(word.text) for _, word in heard])
    alike = sum(op.src_end - op.src_start for op in ops if op.tag == "equal")
    if alike < _LEAST_ALIKE * len(words):
        raise InputError(
            f"only {alike} of its {len(words)} words were heard in the video",
            path=transcript.source.name,
            remedy="give the transcript of this video, in a language that the model knows, or one "
            "with times",
        )
    placed: list[_Placed] = []
    block = [0, 0, 0, 0]
    for op in ops:
        if op.tag == "equal":
            placed += _unlike(words, heard, block, placed)
            pairs = heard[op.dest_start : op.dest_end]
            placed += [(number, w.start, w.end, w.probability) for number, w in pairs]
            block = [op.src_end, op.src_end, op.dest_end, op.dest_end]
        else:
            block = [block[0], op.src_end, block[2], op.dest_end]
    placed += _unlike(words, heard, block, placed)
    return _segments(segments, words, placed)


def _unlike(
    words: Sequence[TimedWord],
    heard: Sequence[tuple[int, Word]],
    block: Sequence[int],
    before: Sequence[_Placed],
) -> list[_Placed]:
    """Places of words that were recognised as others, or not at all.

    Args:
        block: first and last of the words, and of what was recognised there.
    """
    wanted = words[block[0] : block[1]]
    if not wanted:
        return []
    there = heard[block[2] : block[3]]
    if there:
        times = spread(wanted, 0.0, 1.0)
        return [
            (_at(there, first)[0], _at(there, first)[1], _at(there, last)[1], 0.0)
            for first, last in times
        ]
    after = heard[block[3]] if block[3] < len(heard) else None
    number, start = (before[-1][0], before[-1][2]) if before else (after[0] if after else 0, 0.0)
    length = _SECONDS_A_CHARACTER * sum(len(word.text) for word in wanted)
    end = start + length
    if after is not None:
        end = min(end, max(after[1].start, start))
        if not before:
            start = max(0.0, after[1].start - length)
    return [(number, first, last, 0.0) for first, last in spread(wanted, start, end)]


def _at(heard: Sequence[tuple[int, Word]], share: float) -> tuple[int, float]:
    """Segment and time at a share of the characters of recognised words."""
    lengths = [max(len(word.text), 1) for _, word in heard]
    left = share * sum(lengths)
    for (number, word), length in zip(heard, lengths, strict=True):
        if left < length:
            return number, word.start + (word.end - word.start) * left / length
        left -= length
    return heard[-1][0], heard[-1][1].end


def _segments(
    segments: Sequence[Segment], words: Sequence[TimedWord], placed: Sequence[_Placed]
) -> list[Segment]:
    own: list[list[Word]] = [[] for _ in segments]
    reached, current = 0.0, 0
    for word, (number, start, end, probability) in zip(words, placed, strict=True):
        current, reached = max(current, number), max(reached, start)
        text, spaced = word.text, word.space_before and bool(own[current])
        own[current].append(Word(text, reached, max(end, reached), probability, spaced))
    return [
        replace(
            segment,
            start=min(segment.start, mine[0].start),
            end=max(segment.end, mine[-1].end),
            words=tuple(mine),
            text=join_words(mine),
        )
        for segment, mine in zip(segments, own, strict=True)
        if mine
    ]


def _words(transcript: Transcript) -> list[TimedWord]:
    """All words; the first of each line stands after a space, where words are parted."""
    result: list[TimedWord] = []
    for passage in transcript.passages:
        for number, word in enumerate(part(passage.text)):
            first = number == 0 and bool(result)
            spaced = word.space_before or (first and parts_words(result[-1].text, word.text))
            result.append(replace(word, space_before=spaced))
    return result


def _key(text: str) -> str:
    """A word without case, width and signs."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if unicodedata.category(c)[0] in "LMN") or folded
