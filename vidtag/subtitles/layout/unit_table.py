"""Units as a table: everything that the cost of a cue is made of, an array per property.

All of it adds up over the units of a cue, in whole numbers where it can be: widths, so that a line
that is exactly full is seen as such, and times in frames, so that every rule about frames is exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vidtag.core.records import Document, Language
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.characters import script_language
from vidtag.subtitles.layout.arrays import Bools, Floats, Ints, running_sum
from vidtag.subtitles.layout.boundary_costs import boundary_costs, speaker_changes
from vidtag.subtitles.layout.frame_grid import FrameGrid
from vidtag.subtitles.layout.in_times import (
    change_frames,
    in_frames,
    may_shift,
    shortly_after,
)
from vidtag.subtitles.layout.ruler import Ruler
from vidtag.subtitles.layout.style_profiles import StyleProfile
from vidtag.subtitles.layout.taste import Weights, WeightTable
from vidtag.subtitles.layout.unit import Role, Unit

_MARKER_SECONDS = 1.5
"""Seconds a marker needs, if its sound lasts so long."""


@dataclass(frozen=True, slots=True)
class UnitTable:
    """Properties of all units. Attributes ending in ``_before`` are running sums: they have one
    element more than there are units.

    Attributes:
        full_line: width of a full line.
        width_before: of widths, each with the space before it.
        line_start: where in that sum a line begins whose first unit this is.
        reading_before: of frames needed for reading, each with the space before it.
        reading_space: frames needed for reading the space before each unit.
        in_frame: in-time of a cue that begins with the unit; after all units the frame at which
            the last cue must be gone, and the smallest gap.
        heard_until: first frame after its sound, for a marker after what is needed of it.
        wanted_until: the same, for a marker after all of its sound.
        marker: whether the unit is a marker.
        changes: frames of shot changes, with one after every other.
        after_change: whether the in-time is shortly after a shot change.
        may_shift: whether a cue that begins with the unit may appear a moment earlier or later; one
            element more, for what comes after all units.
        cue_break, line_break: cost of ending a cue or a line after the unit.
        inner_before: of the cost of not ending a cue after the unit.
        must_end_before: of places where a line must end.
        speakers_before: of places where another speaker begins.
        dash_width, dash_reading: width of the dash before each unit's line, and frames to read it,
            where two speak in a cue.
        least: frames that a cue which ends with the unit is shown for at least.
        gap: frames between such a cue and the next, or a shot change.
        closes_gaps: whether a short gap after the unit is closed.
        may_be_alone: whether the unit may be a cue by itself.
        weights: of taste, for each unit's language.
    """

    profile: StyleProfile
    grid: FrameGrid
    full_line: int
    width_before: Ints
    line_start: Ints
    reading_before: Floats
    reading_space: Floats
    weights: WeightTable
    in_frame: Ints
    heard_until: Ints
    wanted_until: Ints
    marker: Bools
    changes: Ints
    after_change: Bools
    may_shift: Bools
    cue_break: Floats
    line_break: Floats
    inner_before: Floats
    must_end_before: Ints
    speakers_before: Ints
    dash_width: Ints
    dash_reading: Floats
    least: Ints
    gap: Ints
    closes_gaps: Bools
    may_be_alone: Bools

    @property
    def count(self) -> int:
        """Number of units."""
        return len(self.heard_until)

    def reading(self, here: Ints, second: Ints, stop: Ints) -> Floats:
        """Frames needed to read the units ``here:stop`` of cues, whose second lines begin with
        ``second`` (``stop`` where there is none). No line is read with the space before it.
        """
        before_second = np.append(self.reading_space, 0.0)[second] * (second < stop)
        spaces: Floats = self.reading_space[here] + before_second
        dashes: Floats = self.dash_reading[here] + np.append(self.dash_reading, 0.0)[second]
        read: Floats = self.reading_before[stop] - self.reading_before[here] - spaces
        read += dashes * self.two_speak(here, stop)
        return read

    def two_speak(self, here: Ints, stop: Ints) -> Bools:
        """Whether more than one speaks in the units ``here:stop`` of cues."""
        return np.asarray(self.speakers_before[stop - 1] > self.speakers_before[here])

    @classmethod
    def of(
        cls,
        units: Sequence[Unit],
        document: Document,
        ruler: Ruler,
        config: SubtitlesConfig,
        weights: Mapping[Language, Weights],
    ) -> UnitTable:
        """The table of a document's units; there must be at least one."""
        profile, grid = ruler.profile, FrameGrid.of(document.media.video)
        start = np.array([unit.start for unit in units])
        end = np.array([unit.end for unit in units])
        marker = np.array([unit.role is Role.MARKER for unit in units])
        needed_end = np.where(marker, np.minimum(end, start + _MARKER_SECONDS), end)
        changes = change_frames(document.shots, grid)
        scripts = [script_language(unit.text, unit.language) for unit in units]
        rules = {script: profile.rules(script) for script in set(scripts)}
        shortest = {script: grid.frames(each.min_duration) for script, each in rules.items()}
        gap = np.array([rules[script].gap for script in scripts], np.int64)
        near = grid.frames(profile.near_change)
        before = np.append(gap[:1], gap[:-1])
        in_frame = in_frames(start, end, changes, grid, before, near, config.snap_before)
        heard_until = np.maximum(grid.showing_all(needed_end) + 1, in_frame + 1)
        # Words are shown even where a document has them after the end of its video.
        last_end = int(in_frame[-1] + 1 if marker[-1] else heard_until[-1])
        over = max(grid.showing(document.media.duration), last_end)

        widths, spaces, reading, reading_space = _measured(units, ruler)
        dash_width, dash_reading = _dashes(units, ruler)
        table = WeightTable(weights, [unit.language for unit in units])
        width_before = running_sum(widths + spaces)
        other_speaker = speaker_changes(units)
        costs = boundary_costs(units, table, start, end, marker, in_frame, changes, other_speaker)
        free = costs.cue <= 0
        return cls(
            profile=profile,
            grid=grid,
            full_line=ruler.full_line,
            width_before=width_before,
            line_start=width_before[:-1] + spaces,
            reading_before=running_sum(reading * float(grid.rate)),
            reading_space=reading_space * float(grid.rate),
            weights=table,
            in_frame=np.append(in_frame, over + gap[-1]),
            heard_until=heard_until,
            wanted_until=np.maximum(grid.showing_all(end) + 1, heard_until),
            marker=marker,
            changes=changes,
            after_change=shortly_after(in_frame, changes, near),
            may_shift=np.append(~marker & may_shift(in_frame, changes, grid, gap, near), False),
            cue_break=costs.cue,
            line_break=costs.line,
            inner_before=running_sum(costs.inner),
            must_end_before=running_sum(costs.must_end),
            speakers_before=running_sum(other_speaker.astype(np.int64)),
            dash_width=dash_width,
            dash_reading=dash_reading * float(grid.rate),
            least=np.array([shortest[script] for script in scripts], np.int64),
            gap=gap,
            closes_gaps=np.array([rules[script].close_gaps for script in scripts]),
            may_be_alone=free & np.append(True, free[:-1]),
        )


def _dashes(units: Sequence[Unit], ruler: Ruler) -> tuple[Ints, Floats]:
    """Widths of the dashes before units, and seconds to read them."""
    dashes = {
        language: ruler.measure(ruler.profile.rules(language).dash, language)
        for language in Language
    }
    width, seconds = np.array([dashes[unit.language] for unit in units]).T
    return width.astype(np.int64), seconds


def _measured(units: Sequence[Unit], ruler: Ruler) -> tuple[Ints, Ints, Floats, Floats]:
    """Widths of units, of the spaces before them, and seconds to read both, and the spaces."""
    languages = list(Language)
    language = np.array([languages.index(unit.language) for unit in units])
    spaced = np.array([unit.space for unit in units])
    space_width, space_seconds = np.array([ruler.measure(" ", name) for name in languages]).T
    width, seconds = np.array([ruler.measure(unit.text, unit.language) for unit in units]).T
    spaces = np.where(spaced, space_width[language], 0).astype(np.int64)
    reading_space = np.where(spaced, space_seconds[language], 0.0)
    return width.astype(np.int64), spaces, seconds + reading_space, reading_space
