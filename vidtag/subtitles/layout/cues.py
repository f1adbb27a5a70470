"""Subtitles of a document, laid out by a style profile."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from vidtag.core.records import Cue, CueKind, Document, Language
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.layout.dividing import CueUnits, divide
from vidtag.subtitles.layout.frame_grid import FrameGrid
from vidtag.subtitles.layout.in_times import moment
from vidtag.subtitles.layout.out_times import out_frames
from vidtag.subtitles.layout.ruler import Ruler
from vidtag.subtitles.layout.style_profiles import StyleProfile, profile_for
from vidtag.subtitles.layout.taste import WEIGHTS, Weights
from vidtag.subtitles.layout.unit import Role, Unit, line_text
from vidtag.subtitles.layout.unit_table import UnitTable
from vidtag.subtitles.layout.units import units_of


@dataclass(frozen=True, slots=True)
class LaidOutCue:
    """A cue that still knows its words: lines of units, and the frames it is shown for.

    Attributes:
        in_frame: first frame it is shown with.
        out_frame: first frame after that without it.
        dashes: before each line, where two speak; else none.
    """

    lines: tuple[tuple[Unit, ...], ...]
    in_frame: int
    out_frame: int
    grid: FrameGrid
    dashes: tuple[str, ...] = ()

    def as_cue(self) -> Cue:
        """The cue as text, under the language and emotion that most of its units have."""
        units = [unit for line in self.lines for unit in line]
        speech = [unit for unit in units if unit.role is Role.SPEECH]
        emotions = Counter(unit.emotion for unit in speech)
        languages = Counter(unit.label for unit in speech or units)
        by_line = [_first_speaker(line) for line in self.lines]
        speakers = {unit.speaker for unit in speech if unit.speaker}
        two_speak = len(speakers) > 1
        if two_speak and len(emotions) > 1:
            emotions = Counter([None])
        texts = [line_text(line) for line in self.lines]
        if self.dashes:
            texts = [dash + text for dash, text in zip(self.dashes, texts, strict=True)]
        return Cue(
            start=self.grid.seconds(self.in_frame),
            end=self.grid.seconds(self.out_frame),
            lines=tuple(texts),
            kind=CueKind.SPEECH if speech else CueKind.EVENT,
            language=languages.most_common(1)[0][0],
            emotion=emotions.most_common(1)[0][0] if speech else None,
            markers=tuple(
                number
                for number, line in enumerate(self.lines)
                if not any(unit.role is Role.SPEECH for unit in line)
            ),
            speaker=speakers.pop() if len(speakers) == 1 else None,
            speakers=tuple(by_line) if two_speak else (),
        )


def lay_out(
    document: Document, config: SubtitlesConfig, weights: Mapping[Language, Weights] = WEIGHTS
) -> tuple[LaidOutCue, ...]:
    """Subtitles of a document: every word once and in order, no two cues at one time, edges near
    a shot change moved onto it.

    Args:
        weights: what makes a good division, by language.
    """
    ruler = Ruler(profile_for(config.profile, document.media.video))
    with _without_collector():
        units = units_of(document, config, ruler)
        if not units:
            return ()
        table = UnitTable.of(units, document, ruler, config, weights)
        return tuple(timed(units, table, list(divide(table))))


def cues_of(laid_out: Iterable[LaidOutCue]) -> tuple[Cue, ...]:
    """The cues as text."""
    return tuple(cue.as_cue() for cue in laid_out)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Python's collector of reference cycles off: there are none here, and it would go through all
    units again and again, which takes more than linear time.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _first_speaker(line: Sequence[Unit]) -> str:
    """Who says a line; empty where nobody knows."""
    return next((unit.speaker for unit in line if unit.speaker), "")


def _dashes(lines: Sequence[Sequence[Unit]], profile: StyleProfile) -> tuple[str, ...]:
    """What stands before the lines of a cue: a dash each, where two speak."""
    if len({_first_speaker(line) for line in lines} - {""}) < 2:
        return ()
    return tuple(profile.rules(line[0].language).dash for line in lines)


def timed(
    units: Sequence[Unit], table: UnitTable, division: Sequence[CueUnits]
) -> Iterator[LaidOutCue]:
    """Cues with their frames. Where onsets crowd so much that there is no frame between two cues,
    the later one waits.
    """
    here = np.array([cue.first for cue in division])
    stop = np.array([cue.stop for cue in division])
    shift = np.array([cue.shift for cue in division]) * moment(table.grid)
    starts = table.in_frame[here] + shift
    next_shift = np.append(shift[1:], 0)
    reading = table.reading(here, np.array([cue.second_line for cue in division]), stop)
    outs = out_frames(table, here, stop, starts, reading, next_shift)
    free = table.grid.showing(0.0)
    for number, cue in enumerate(division):
        start, out = int(starts[number]), int(outs[number])
        if start < free:
            start = free
            one = slice(number, number + 1)
            late = np.array([start])
            out = int(
                out_frames(table, here[one], stop[one], late, reading[one], next_shift[one])[0]
            )
        lines = units[cue.first : cue.second_line], units[cue.second_line : cue.stop]
        shown = tuple(tuple(line) for line in lines if line)
        yield LaidOutCue(shown, start, out, table.grid, _dashes(shown, table.profile))
        free = out + int(table.gap[cue.stop - 1])
