"""Edited cues that know when their words are said, for subtitles that light up word by word. Pure.

A word that was heard keeps its time; what was written in its place shares the time between.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from vidtag.core.records import Cue, Document, Language, Word
from vidtag.show.masking import words_of_lines
from vidtag.subtitles.layout.cues import LaidOutCue
from vidtag.subtitles.layout.frame_grid import FrameGrid
from vidtag.subtitles.layout.unit import Role, Unit

_AROUND = 0.3
"""Seconds before and after a cue in which its words may still be said."""


def timed(cues: Sequence[Cue], document: Document) -> tuple[LaidOutCue, ...]:
    """The cues with their words, whose times are in seconds.

    Args:
        cues: by start.
        document: with the words as they were edited.
    """
    words = sorted((w for s in document.segments for w in s.words), key=lambda word: word.start)
    grid = FrameGrid.of(document.media.video)
    return tuple(_timed(cues, words, grid))


def _timed(cues: Sequence[Cue], words: Sequence[Word], grid: FrameGrid) -> Iterator[LaidOutCue]:
    starts = [word.start for word in words]
    for number, cue in enumerate(cues):
        before = cues[number - 1].end if number else 0.0
        after = cues[number + 1].start if number + 1 < len(cues) else cue.end + _AROUND
        first = bisect_left(starts, max(min(before, cue.start), cue.start - _AROUND))
        last = bisect_left(starts, min(max(after, cue.end), cue.end + _AROUND))
        in_frame = grid.nearest(cue.start)
        out_frame = max(in_frame + 1, grid.nearest(cue.end))
        yield LaidOutCue(tuple(_lines(cue, words[first:last])), in_frame, out_frame, grid)


def _lines(cue: Cue, said: Sequence[Word]) -> Iterator[tuple[Unit, ...]]:
    language = cue.language or Language.EN
    spoken = iter(words_of_lines(cue, said))
    for number, line in enumerate(cue.lines):
        if number in cue.markers:
            marker = Word(line, cue.start, cue.end, 1.0)
            yield (Unit((marker,), line, language, language, Role.MARKER),)
            continue
        yield tuple(
            Unit(
                *((word,), word.text, language, language),
                emotion=cue.emotion,
                space=word.space_before,
                speaker=cue.speaker_of(number),
            )
            for word in next(spoken)
        )
