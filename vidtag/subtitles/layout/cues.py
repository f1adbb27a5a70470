"""Words to subtitles: the cheapest way to cut the row of units, and when each cue is shown.

``docs/subtitles.md`` writes the cost down. It has three tiers, so far apart that a lower one hardly
ever outweighs a higher: broken rules (a cue too short, or read too fast), lines that end badly (an
article parted from its noun), and taste (balance, pauses, sentences). A cue depends only on its
first and last unit and the onset after it, so dynamic programming finds the best cut exactly; its
length is bounded by the line length, so the time is linear in the number of words.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from vidtag.core.records import Cue, CueKind, Document, Language
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.characters import script_language
from vidtag.subtitles.layout.breaks import Break
from vidtag.subtitles.layout.ruler import Ruler
from vidtag.subtitles.layout.rules import FrameGrid, StyleProfile, profile_for
from vidtag.subtitles.layout.units import Role, Unit, units_of

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Number = TypeVar("Number", np.int64, np.float64)

RULE = 1e6
"""Cost of a broken rule; more the further it is missed."""
UGLY = 1e3
"""Cost of a line or cue that ends badly."""

_CUE = 12.0
_SECOND_LINE = 4.0
_TOP_HEAVY = 4.0
_BALANCE = 24.0
_STUB = 15.0
_LONE_WORD = 40.0
_PAUSE = 30.0
_SENTENCE_INSIDE = 9.0
_SWITCH_INSIDE = 60.0
_SHORT = 15.0
_FAST = 30.0
_CUE_BREAK = {
    Break.SENTENCE: 0.0,
    Break.CLAUSE: 14.0,
    Break.PHRASE: 34.0,
    Break.PLAIN: 48.0,
    Break.POOR: 90.0,
    Break.BAD: UGLY,
}
_LINE_BREAK = {
    Break.SENTENCE: 0.0,
    Break.CLAUSE: 3.0,
    Break.PHRASE: 9.0,
    Break.PLAIN: 18.0,
    Break.POOR: 60.0,
    Break.BAD: UGLY,
}
_CUE_BREAKS = np.array([_CUE_BREAK[kind] for kind in Break])
_LINE_BREAKS = np.array([_LINE_BREAK[kind] for kind in Break])

_FREE_PAUSE = 0.25
"""Seconds between words that nobody takes for a pause."""
_CLEAR_PAUSE = 0.6
"""Seconds of pause at which a cue may end even in mid-sentence."""
_LONG_PAUSE = 1.6
"""Seconds of pause over which no cue may reach: what comes after would be given away."""
_MARKER_SECONDS = 1.5
"""Seconds a marker needs, if its sound lasts so long."""
_COMFORT = 0.8
"""Share of the reading speed at which a cue is comfortable."""
_COMFORTABLE_SECONDS = 1.3
_STUB_SHARE = 0.2
"""A line shorter than this share of a full one, beside a longer one, is a stub."""
_SHOT_INSIDE = 12.0
_ADRIFT = 0.3
"""Share of a broken rule that an edge of a cue costs that keeps off a shot change nearby."""
_TRIM = 2
"""Frames by which a cue may end before its sound does, to end before a shot change."""
_NEVER = 1 << 40
"""A frame after everything."""
_CHUNK = 16384
"""Units whose cues are priced at once; bounds memory."""


@dataclass(frozen=True, slots=True)
class LaidOutCue:
    """A cue while it still knows its words: lines of units, and the frames it is shown for."""

    lines: tuple[tuple[Unit, ...], ...]
    first_frame: int
    end_frame: int
    grid: FrameGrid

    def cue(self) -> Cue:
        """The cue, as text."""
        units = [unit for line in self.lines for unit in line]
        spoken = [unit for unit in units if unit.role is Role.SPEECH]
        emotions = Counter(unit.emotion for unit in spoken)
        labels = Counter(unit.label for unit in spoken or units)
        return Cue(
            start=self.grid.seconds(self.first_frame),
            end=self.grid.seconds(self.end_frame),
            lines=tuple(line_text(line) for line in self.lines),
            kind=CueKind.SPEECH if spoken else CueKind.EVENT,
            language=labels.most_common(1)[0][0],
            emotion=emotions.most_common(1)[0][0] if spoken else None,
            markers=tuple(
                number
                for number, line in enumerate(self.lines)
                if all(unit.role is Role.MARKER for unit in line)
            ),
        )


def line_text(line: Sequence[Unit]) -> str:
    """Text of the units of one line."""
    first, *rest = line
    return first.text + "".join((" " if unit.space else "") + unit.text for unit in rest)


def make_cues(document: Document, config: SubtitlesConfig) -> tuple[Cue, ...]:
    """Subtitles of a document: every word once and in order, no two cues at one time, edges near
    a shot change moved onto it.
    """
    return cues_of(lay_out(document, config))


def cues_of(laid_out: Iterable[LaidOutCue]) -> tuple[Cue, ...]:
    """The cues as text."""
    return tuple(cue.cue() for cue in laid_out)


def lay_out(document: Document, config: SubtitlesConfig) -> tuple[LaidOutCue, ...]:
    """Like ``make_cues``, with the words and their times still in the lines."""
    video = document.media.video
    profile = profile_for(config.profile, video)
    ruler = Ruler(profile)
    with _without_collector():
        units = units_of(document, config, ruler)
        if not units:
            return ()
        duration, grid = document.media.duration, FrameGrid.of(video)
        row = _Row.of(units, ruler, grid, duration, document.shots, config)
        return tuple(_timed(units, row, list(_cuts(row))))


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


@dataclass(frozen=True, slots=True)
class _Row:
    """Everything a cue's cost is made of, as one array per property over the units.

    Attributes with ``_before`` are running sums with one more element than there are units.

    Attributes:
        full: size of a full line.
        width_before: running sum of sizes, each with its leading space.
        line_begins: where in that sum a line begins that has the unit first.
        need_before: running sum of frames needed for reading.
        first: frame a cue appears at that begins with the unit; after them the frame at which the
            last cue must be gone, and the smallest gap.
        last: frame its sound ends at; ``wish`` is later for the sound of a marker.
        shots: frames of shot changes, with one after everything.
        unsnapped: whether its cue would appear shortly after a shot change.
        cue_break, line_break: cost of ending a cue or a line after the unit.
        inner_before: running sum of the cost of not ending a cue after the unit.
        joint_before: running count of places after which a line must end.
        closes: whether a short gap after the unit is closed.
        lone: whether the unit may stand alone in a cue.
    """

    profile: StyleProfile
    grid: FrameGrid
    full: int
    width_before: Ints
    line_begins: Ints
    need_before: Floats
    first: Ints
    last: Ints
    wish: Ints
    shots: Ints
    unsnapped: Bools
    cue_break: Floats
    line_break: Floats
    inner_before: Floats
    joint_before: Ints
    closes: Bools
    lone: Bools

    @property
    def count(self) -> int:
        return len(self.last)

    @classmethod
    def of(
        cls,
        units: Sequence[Unit],
        ruler: Ruler,
        grid: FrameGrid,
        duration: float,
        shots: Sequence[float],
        config: SubtitlesConfig,
    ) -> _Row:
        profile = ruler.profile
        tongues = list(Language)
        language = np.array([tongues.index(unit.language) for unit in units])
        spaced = np.array([unit.space for unit in units])
        gap_size, gap_need = np.array([ruler.measured(" ", name) for name in tongues]).T
        sizes, needs = np.array([ruler.measured(unit.text, unit.language) for unit in units]).T
        space = np.where(spaced, gap_size[language], 0).astype(np.int64)
        reading = needs + np.where(spaced, gap_need[language], 0.0)

        start = np.array([unit.words[0].start for unit in units])
        end = np.array([unit.words[-1].end for unit in units])
        marker = np.array([unit.role is Role.MARKER for unit in units])
        heard = np.where(marker, np.minimum(end, start + _MARKER_SECONDS), end)
        cuts = np.array([*sorted({grid.nearest(shot) for shot in shots}), _NEVER], np.int64)
        first = _onsets(start, end, grid, cuts, profile, config)
        last = np.maximum(grid.showing_all(heard) + 1, first + 1)
        # Words are shown even where a document has them after the end of its video.
        over = max(grid.showing(duration), int(first[-1] + 1 if marker[-1] else last[-1]))
        closes = [profile.rules(script_language(u.text, u.language)).close_gaps for u in units]
        prices = _boundaries(units, start, end, marker, language, first, cuts)
        strong = prices.cue <= _CUE_BREAK[Break.SENTENCE]
        width_before = _sums(sizes.astype(np.int64) + space)
        return cls(
            profile=profile,
            grid=grid,
            full=ruler.full,
            width_before=width_before,
            line_begins=width_before[:-1] + space,
            need_before=_sums(reading * float(grid.rate)),
            first=np.append(first, over + profile.gap),
            last=last,
            wish=np.maximum(grid.showing_all(end) + 1, last),
            shots=cuts,
            unsnapped=_shortly_after(first, cuts, grid.frames(profile.snap)),
            cue_break=prices.cue,
            line_break=prices.line,
            inner_before=_sums(prices.inner),
            joint_before=_sums(prices.joint),
            closes=np.array(closes),
            lone=strong & np.append(True, strong[:-1]),
        )


def _sums(values: NDArray[Number]) -> NDArray[Number]:
    return np.concatenate((np.zeros(1, values.dtype), np.cumsum(values)))


def _onsets(
    start: Floats,
    end: Floats,
    grid: FrameGrid,
    cuts: Ints,
    profile: StyleProfile,
    config: SubtitlesConfig,
) -> Ints:
    """Frame each unit would appear at: its onset, or a shot change just before; or, if settings
    ask for it, just after.
    """
    origin = grid.showing(0.0)
    frame = np.maximum(grid.showing_all(start), origin)
    before = np.searchsorted(cuts, frame, side="right") - 1
    cut = np.where(before >= 0, cuts[before], -_NEVER)
    ended = np.append(origin, grid.showing_all(end[:-1]) + 1)
    # What was said before keeps its sound, but for the frames nobody misses.
    free = (cut >= ended + profile.gap - _TRIM) | ((cut >= ended) & (np.arange(len(cut)) == 0))
    frame = np.where((frame - cut < grid.frames(profile.snap)) & free, cut, frame)
    if config.snap_before > 0:
        following = cuts[np.searchsorted(cuts, frame)]
        near = following - frame <= grid.frames(Fraction(config.snap_before))
        frame = np.where(near & (following <= grid.showing_all(end)), following, frame)
    return np.maximum.accumulate(frame)


def _shortly_after(frames: Ints, cuts: Ints, near: int) -> Bools:
    """Whether frames lie less than ``near`` after a cut, and not on it."""
    place = np.searchsorted(cuts, frames, side="right") - 1
    after = np.where(place >= 0, frames - cuts[place], _NEVER)
    return np.asarray((after > 0) & (after < near))


class _Boundaries(NamedTuple):
    """Costs at the place after each unit: of ending the cue, of ending the line, of doing neither;
    and 1 where a line must end.
    """

    cue: Floats
    line: Floats
    inner: Floats
    joint: Ints


def _boundaries(
    units: Sequence[Unit],
    start: Floats,
    end: Floats,
    marker: Bools,
    language: Ints,
    first: Ints,
    cuts: Ints,
) -> _Boundaries:
    after = np.array([unit.after for unit in units])
    tag = np.array([unit.role is Role.TAG for unit in units])
    pause = np.append(start[1:], 0.0) - np.where(marker, start, end)
    joint = np.append(language[1:] != language[:-1], False)
    marked = np.append(marker[1:], False)
    # A marker's line is its own; languages never share one.
    joint |= marker | marked
    switch = joint & ~marker & ~marked

    cue = _CUE_BREAKS[after]
    eased = 1 - 0.5 * (pause - _FREE_PAUSE) / (_CLEAR_PAUSE - _FREE_PAUSE)
    cue = np.where(pause > _FREE_PAUSE, cue * eased, cue)
    # A marker that falls into a sentence goes on top of its second half.
    cue = np.where(marked & ~marker, _CUE_BREAKS[after], cue)
    cue = np.where((pause >= _CLEAR_PAUSE) | marker | switch, 0.0, cue)
    line = np.where(joint, 0.0, _LINE_BREAKS[after])

    inner = _PAUSE * np.maximum(0.0, pause - _FREE_PAUSE)
    inner += RULE / 10 * (pause >= _LONG_PAUSE)
    inner += _SWITCH_INSIDE * (switch | marked)
    inner += _SENTENCE_INSIDE * ((after == Break.SENTENCE) & ~joint)
    following = np.append(first[1:], first[-1])
    inner += _SHOT_INSIDE * (
        np.searchsorted(cuts, first, "right") < np.searchsorted(cuts, following, "right")
    )
    # A tag is never parted from what it stands before.
    cue, line, joint = np.where(tag, RULE, cue), np.where(tag, RULE, line), joint & ~tag
    inner = np.where(tag, 0.0, inner)
    cue[-1], line[-1], inner[-1], joint[-1] = 0.0, 0.0, 0.0, False
    return _Boundaries(cue, line, inner, joint.astype(np.int64))


def _cuts(row: _Row) -> Iterator[tuple[int, int, int]]:
    """Cues as (first unit, first unit of the second line or the end, end), cheapest in sum.

    Works backwards: ``best[i]`` is the least cost of showing the units from ``i`` on.
    """
    count = row.count
    best = np.zeros(count + 1)
    length = np.ones(count, np.int32)
    split = np.zeros(count, np.int32)
    for begin in range((count - 1) // _CHUNK * _CHUNK, -1, -_CHUNK):
        end = min(begin + _CHUNK, count)
        price, splits = _prices(row, begin, end)
        longest = price.shape[1]
        padded = np.full(end - begin + longest + 1, np.inf)
        tail = best[end : end + longest + 1]
        padded[end - begin : end - begin + len(tail)] = tail
        chosen = []
        totals = np.empty(longest)
        for index in range(end - begin - 1, -1, -1):
            np.add(price[index], padded[index + 1 : index + 1 + longest], out=totals)
            choice = int(totals.argmin())
            padded[index] = totals[choice]
            chosen.append(choice)
        choices = np.array(chosen[::-1])
        length[begin:end] = choices + 1
        split[begin:end] = splits[np.arange(end - begin), choices]
        best[begin:end] = padded[: end - begin]
    index = 0
    while index < count:
        stop = index + int(length[index])
        yield index, index + int(split[index]) if split[index] else stop, stop
        index = stop


def _prices(row: _Row, begin: int, end: int) -> tuple[Floats, NDArray[np.int32]]:
    """Cost of every cue that begins with a unit in ``begin:end``, and where its line breaks.

    Returns:
        Arrays of shape (units, longest cue in units): costs, infinite for what does not fit; and
        units in the first line, 0 where there is but one line.
    """
    starts = np.arange(begin, end)
    widest = row.line_begins[begin:end] + 2 * row.full
    # A second line loses its leading space, so one more space fits than two lines hold.
    reach = np.searchsorted(row.width_before, widest + row.full // 8, side="right") - 1 - starts
    longest = max(1, int(reach.max()))
    price = np.full((end - begin, longest), np.inf)
    splits = np.zeros((end - begin, longest), np.int32)
    for units in range(1, longest + 1):
        here = starts[(reach >= units) | (units == 1)]
        here = here[here + units <= row.count]
        if not len(here):
            continue
        stop = here + units
        shape, where = _shape_cost(row, here, stop)
        fits = np.isfinite(shape)
        here, stop, shape, where = here[fits], stop[fits], shape[fits], where[fits]
        cost = shape + _time_cost(row, here, stop)
        cost += _CUE + row.cue_break[stop - 1] + row.inner_before[stop - 1] - row.inner_before[here]
        if units == 1:
            cost += np.where(row.lone[here], 0.0, _LONE_WORD)
        price[here - begin, units - 1] = cost
        splits[here - begin, units - 1] = where
    return price, splits


def _shape_cost(row: _Row, here: Ints, stop: Ints) -> tuple[Floats, NDArray[np.int32]]:
    """Cost of the best lines for the cues ``here:stop``, and units in the first of two lines."""
    width_before, begins, full = row.width_before, row.line_begins, row.full
    joints = row.joint_before[stop - 1] - row.joint_before[here]
    one = (width_before[stop] - begins[here] <= full) & (joints == 0)
    cost = np.where(one, 0.0, np.inf)
    where = np.zeros(len(here), np.int32)
    (two,) = np.nonzero(~one & (joints <= 1) & (stop - here > 1))
    if row.profile.lines < 2 or not len(two):
        return cost, where
    first, end, joint = here[two], stop[two], joints[two]
    # Second lines that leave both lines short enough begin with units from lowest to highest.
    lowest = np.maximum(np.searchsorted(begins, width_before[end] - full), first + 1)
    highest = np.searchsorted(width_before, begins[first] + full, side="right") - 1
    highest = np.minimum(highest, end - 1)
    for step in range(int((highest - lowest).max(initial=-1)) + 1):
        (some,) = np.nonzero(lowest + step <= highest)
        second = lowest[some] + step
        above = (width_before[second] - begins[first[some]]) / full
        below = (width_before[end[some]] - begins[second]) / full
        uneven = above - below
        stub = np.minimum(above, below) < _STUB_SHARE
        ugly = _BALANCE * uneven**2 + _STUB * stub + _TOP_HEAVY * (uneven > 0)
        total = row.line_break[second - 1] + (joint[some] == 0) * ugly + _SECOND_LINE
        # The line must break where a marker or another language begins.
        at = row.joint_before[second] - row.joint_before[second - 1]
        better = (at == joint[some]) & (total < cost[two[some]])
        chosen = two[some[better]]
        cost[chosen] = total[better]
        where[chosen] = second[better] - here[chosen]
    return cost, where


def _time_cost(row: _Row, here: Ints, stop: Ints) -> Floats:
    profile, grid = row.profile, row.grid
    start = row.first[here]
    need = row.need_before[stop] - row.need_before[here]
    out = _out_frame(row, here, stop, start)
    shown = out - start
    least, most = grid.frames(profile.min_duration), grid.frames(profile.max_duration)
    seconds = shown / float(grid.rate)
    short = np.maximum(0, least - shown) / least
    # A frame counts whole: what needs 20.3 frames is read too fast in 20.
    fast = np.maximum(0.0, need - 1e-6 - shown) / np.maximum(need, 1.0)
    long = (stop - here > 1) & (row.last[stop - 1] - start > most)
    cost = RULE * ((short > 0) * (0.5 + short) + (fast > 0) * (0.5 + fast) + long * 2.0)
    cost += _SHORT * np.maximum(0.0, _COMFORTABLE_SECONDS - seconds)
    cost += _FAST * np.maximum(0.0, need / np.maximum(shown, 1) - _COMFORT)
    if len(row.shots) > 1:
        left = row.shots[np.searchsorted(row.shots, out)] - out
        adrift = (left < grid.frames(profile.snap)) & (left != profile.gap)
        cost += _ADRIFT * RULE * (row.unsnapped[here] + adrift.astype(np.float64))
    return np.asarray(cost, np.float64)


def _out_frame(row: _Row, here: Ints, stop: Ints, start: Ints) -> Ints:
    """First frame without the cue of the units ``here:stop`` that appears at ``start``."""
    profile, grid = row.profile, row.grid
    least, most = grid.frames(profile.min_duration), grid.frames(profile.max_duration)
    last = row.last[stop - 1]
    need = np.ceil(row.need_before[stop] - row.need_before[here] - 1e-6).astype(np.int64)
    comfort = np.ceil(need / _COMFORT).astype(np.int64)
    lag = last + grid.frames(profile.lag)
    heard = np.maximum(row.wish[stop - 1], start + least)
    out = np.maximum(heard, np.minimum(start + comfort, lag))
    if len(row.shots) > 1:
        needed = np.maximum(least, np.minimum(need, lag - start))
        out = _kept_to_shots(row, start, last, out, needed)
    room = row.first[stop] - profile.gap
    out = np.minimum(np.minimum(out, room), start + most)
    silence = row.first[stop] - out
    close = (silence < grid.frames(profile.close)) & row.closes[stop - 1] & (room - start <= most)
    return np.maximum(np.where(close, room, out), start + 1)


def _kept_to_shots(row: _Row, start: Ints, last: Ints, out: Ints, needed: Ints) -> Ints:
    """Out-times near a shot change, moved to just before it; or, where the sound or the reading
    goes on after it, well past it.
    """
    profile = row.profile
    snap = row.grid.frames(profile.snap)
    place = np.searchsorted(row.shots, last + profile.gap - _TRIM)
    cut = row.shots[place]
    before = cut - profile.gap
    fits = (out > cut - snap) & (before - start >= needed)
    kept = np.where(fits, before, out)
    # The shot change before that out-time, if the cue hangs over it.
    crossed = row.shots[np.maximum(np.searchsorted(row.shots, kept) - 1, 0)]
    over = ~fits & (crossed > start) & (kept > crossed) & (kept < crossed + snap)
    return np.where(over, crossed + snap, kept)


def _timed(
    units: Sequence[Unit], row: _Row, cuts: Sequence[tuple[int, int, int]]
) -> Iterator[LaidOutCue]:
    """Cues with their frames. Where onsets crowd so much that there is no frame between two cues,
    the later one waits.
    """
    here = np.array([first for first, _, _ in cuts])
    stops = np.array([stop for _, _, stop in cuts])
    starts = row.first[here]
    outs = _out_frame(row, here, stops, starts)
    free = row.grid.showing(0.0)
    for number, (first, second, stop) in enumerate(cuts):
        start, out = int(starts[number]), int(outs[number])
        if start < free:
            start = free
            one = slice(number, number + 1)
            out = int(_out_frame(row, here[one], stops[one], np.array([start]))[0])
        lines = (tuple(units[first:second]), tuple(units[second:stop]))
        yield LaidOutCue(tuple(line for line in lines if line), start, out, row.grid)
        free = out + row.profile.gap


__all__ = ["RULE", "UGLY", "LaidOutCue", "cues_of", "lay_out", "line_text", "make_cues"]
