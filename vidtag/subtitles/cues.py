"""Words to subtitles: the cheapest way to cut the row of units, and when each cue is shown.

``docs/subtitles.md`` writes the cost down. It has three tiers, so far apart that a lower one hardly
ever outweighs a higher: broken rules (a cue too short, or read too fast), lines that end badly (an
article parted from its noun), and taste (balance, pauses, sentences). A cue depends only on its
first and last unit and the onset after it, so dynamic programming finds the best cut exactly; its
length is bounded by the line length, so the time is linear in the number of words.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidtag.config import SubtitlesConfig
from vidtag.subtitles.breaks import Break
from vidtag.subtitles.ruler import Ruler
from vidtag.subtitles.rules import Clock, Profile, profile_for
from vidtag.subtitles.units import Role, Unit, units_of
from vidtag.types import Cue, CueKind, Document, Language

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

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
_NEVER = 1 << 40
"""A frame after everything."""
_CHUNK = 4096
"""Units whose cues are priced at once; bounds memory."""


@dataclass(frozen=True, slots=True)
class Block:
    """A cue while it still knows its words: lines of units, and the frames it is shown for."""

    lines: tuple[tuple[Unit, ...], ...]
    first_frame: int
    end_frame: int
    clock: Clock

    def cue(self) -> Cue:
        """The cue, as text."""
        units = [unit for line in self.lines for unit in line]
        spoken = [unit for unit in units if unit.role is Role.SPEECH]
        emotions = Counter(unit.emotion for unit in spoken)
        labels = Counter(unit.label for unit in spoken or units)
        return Cue(
            start=self.clock.seconds(self.first_frame),
            end=self.clock.seconds(self.end_frame),
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
    return tuple(block.cue() for block in lay_out(document, config))


def lay_out(document: Document, config: SubtitlesConfig) -> tuple[Block, ...]:
    """Like ``make_cues``, with the words and their times still in the lines."""
    video = document.media.video
    profile = profile_for(config.profile, video)
    ruler = Ruler(profile)
    units = units_of(document, config, ruler)
    if not units:
        return ()
    row = _Row.of(units, ruler, Clock.of(video), document.shots)
    return tuple(_timed(units, row, list(_cuts(row))))


@dataclass(frozen=True, slots=True)
class _Row:
    """Everything a cue's cost is made of, as one array per property over the units.

    Attributes with ``_before`` are running sums with one more element than there are units.

    Attributes:
        full: size of a full line.
        width_before: running sum of sizes, each with its leading space.
        space: size of the leading space.
        need_before: running sum of frames needed for reading.
        first: frame a cue appears at that begins with the unit.
        last: frame its sound ends at; ``wish`` is later for the sound of a marker.
        cut: frame of the first shot change that its sound does not cross.
        cue_break, line_break: cost of ending a cue or a line after the unit.
        inner_before: running sum of the cost of not ending a cue after the unit.
        joint_before: running count of places after which a line must end.
        closes: whether a short gap after the unit is closed.
        lone: whether the unit may stand alone in a cue.
    """

    profile: Profile
    clock: Clock
    full: int
    width_before: Ints
    space: Ints
    need_before: Floats
    first: Ints
    last: Ints
    wish: Ints
    cut: Ints
    cue_break: Floats
    line_break: Floats
    inner_before: Floats
    joint_before: Ints
    closes: NDArray[np.bool_]
    lone: NDArray[np.bool_]

    @property
    def count(self) -> int:
        return len(self.space)

    @classmethod
    def of(cls, units: Sequence[Unit], ruler: Ruler, clock: Clock, shots: Sequence[float]) -> _Row:
        profile = ruler.profile
        count = len(units)
        rate = float(clock.rate)
        spaces, widths, needs = [], [], []
        for unit in units:
            text = unit.text
            space = ruler.size(" ", unit.language) if unit.space else 0
            wait = ruler.seconds(" ", unit.language) if unit.space else 0.0
            spaces.append(space)
            widths.append(space + ruler.size(text, unit.language))
            needs.append(rate * (wait + ruler.seconds(text, unit.language)))
        cuts = sorted({clock.nearest(shot) for shot in shots})
        first = _onsets(units, clock, cuts, profile)
        last = [
            max(clock.showing(_heard_until(u)) + 1, start + 1)
            for u, start in zip(units, first, strict=True)
        ]
        wish = [max(clock.showing(u.end) + 1, end) for u, end in zip(units, last, strict=True)]
        cut = [_from(cuts, frame) for frame in last]
        cue_break, line_break, inner, joints = [], [], [], []
        for unit, following in zip(units, (*units[1:], None), strict=True):
            prices = _boundary(unit, following)
            cue_break.append(prices[0])
            line_break.append(prices[1])
            inner.append(prices[2])
            joints.append(prices[3])
        closing = {name: profile.rules(name).close_gaps for name in Language}
        strong = [price <= _CUE_BREAK[Break.SENTENCE] for price in cue_break]
        return cls(
            profile=profile,
            clock=clock,
            full=ruler.full,
            width_before=_sums(widths, np.int64),
            space=np.array(spaces, np.int64),
            need_before=_sums(needs, np.float64),
            first=np.array([*first, _NEVER], np.int64),
            last=np.array(last, np.int64),
            wish=np.array(wish, np.int64),
            cut=np.array(cut, np.int64),
            cue_break=np.array(cue_break),
            line_break=np.array(line_break),
            inner_before=_sums(inner, np.float64),
            joint_before=_sums(joints, np.int64),
            closes=np.array([closing[u.language] for u in units]),
            lone=np.array(
                [(i == 0 or strong[i - 1]) and strong[i] for i in range(count)], np.bool_
            ),
        )


def _sums(values: Sequence[float], kind: type) -> NDArray:  # type: ignore[type-arg]
    return np.concatenate(([0], np.cumsum(np.array(values, kind)))).astype(kind)


def _heard_until(unit: Unit) -> float:
    if unit.role is Role.MARKER:
        return min(unit.end, unit.start + _MARKER_SECONDS)
    return unit.end


def _onsets(
    units: Sequence[Unit], clock: Clock, cuts: Sequence[int], profile: Profile
) -> list[int]:
    """Frame each unit would appear at: its onset, or the shot change just before."""
    snap = clock.frames(profile.snap)
    frames: list[int] = []
    for index, unit in enumerate(units):
        frame = max(clock.showing(unit.start), clock.showing(0.0))
        if cuts:
            place = bisect_left(cuts, frame + 1) - 1
            ended = clock.showing(units[index - 1].end) + 1 if index else clock.showing(0.0)
            near = place >= 0 and frame - cuts[place] < snap
            if near and cuts[place] >= ended + profile.gap:
                frame = cuts[place]
        frames.append(max(frame, frames[-1]) if frames else frame)
    return frames


def _from(cuts: Sequence[int], frame: int) -> int:
    place = bisect_left(cuts, frame)
    return cuts[place] if place < len(cuts) else _NEVER


def _boundary(unit: Unit, following: Unit | None) -> tuple[float, float, float, int]:
    """Costs at the place after a unit: of ending the cue, of ending the line, of doing neither;
    and whether a line must end here.
    """
    if following is None:
        return 0.0, 0.0, 0.0, 0
    if unit.role is Role.TAG:
        return RULE, RULE, 0.0, 0
    marker = Role.MARKER in (unit.role, following.role)
    switch = unit.language is not following.language
    pause = following.start - (unit.start if unit.role is Role.MARKER else unit.end)
    inner = _PAUSE * max(0.0, pause - _FREE_PAUSE)
    if pause >= _LONG_PAUSE:
        inner += RULE / 10
    if switch and not marker:
        return 0.0, 0.0, inner + _SWITCH_INSIDE, 1
    if marker:
        # A marker that falls into a sentence goes on top of its second half.
        price = 0.0 if unit.role is Role.MARKER or pause >= _CLEAR_PAUSE else _CUE_BREAK[unit.after]
        return price, 0.0, inner + _SWITCH_INSIDE * (following.role is Role.MARKER), 1
    if unit.after is Break.SENTENCE:
        inner += _SENTENCE_INSIDE
    cue_break = _CUE_BREAK[unit.after]
    if pause >= _CLEAR_PAUSE:
        cue_break = 0.0
    elif pause > _FREE_PAUSE:
        cue_break *= 1 - 0.5 * (pause - _FREE_PAUSE) / (_CLEAR_PAUSE - _FREE_PAUSE)
    return cue_break, _LINE_BREAK[unit.after], inner, 0


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
        for index in range(end - begin - 1, -1, -1):
            totals = price[index] + padded[index + 1 : index + 1 + longest]
            choice = int(totals.argmin())
            padded[index] = totals[choice]
            length[begin + index] = choice + 1
            split[begin + index] = splits[index, choice]
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
    widest = row.width_before[begin:end] + 2 * row.full + row.space[begin:end]
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
        shape, where = _shape_cost(row, here, units)
        fits = np.isfinite(shape)
        here, stop, shape, where = here[fits], stop[fits], shape[fits], where[fits]
        cost = shape + _time_cost(row, here, stop)
        cost += _CUE + row.cue_break[stop - 1] + row.inner_before[stop - 1] - row.inner_before[here]
        if units == 1:
            cost += np.where(row.lone[here], 0.0, _LONE_WORD)
        price[here - begin, units - 1] = cost
        splits[here - begin, units - 1] = where
    return price, splits


def _shape_cost(row: _Row, here: Ints, units: int) -> tuple[Floats, NDArray[np.int32]]:
    """Cost of the best lines for cues of so many units from ``here`` on, and the best split."""
    width = row.width_before[here + units] - row.width_before[here] - row.space[here]
    joints = row.joint_before[here + units - 1] - row.joint_before[here]
    cost = np.where((width <= row.full) & (joints == 0), 0.0, np.inf)
    where = np.zeros(len(here), np.int32)
    if units == 1 or row.profile.lines < 2:
        return cost, where
    (two,) = np.nonzero(~np.isfinite(cost) & (joints <= 1))
    if not len(two):
        return cost, where
    first = here[two]
    begin = row.width_before[first] + row.space[first]
    until = row.width_before[first + units]
    lowest = np.full(len(two), np.inf)
    chosen = np.zeros(len(two), np.int32)
    for top in range(1, units):
        second = first + top
        above = row.width_before[second] - begin
        below = until - row.width_before[second] - row.space[second]
        possible = (above <= row.full) & (below <= row.full)
        # The line must break where a marker or another language begins.
        at = row.joint_before[second] - row.joint_before[second - 1]
        possible &= at == joints[two]
        if not possible.any():
            continue
        uneven = (above - below) / row.full
        stub = np.minimum(above, below) < _STUB_SHARE * row.full
        total = (
            row.line_break[second - 1]
            + (joints[two] == 0) * (_BALANCE * uneven**2 + _STUB * stub + _TOP_HEAVY * (uneven > 0))
            + _SECOND_LINE
        )
        better = possible & (total < lowest)
        lowest[better] = total[better]
        chosen[better] = top
    cost[two] = lowest
    where[two] = chosen
    return cost, where


def _time_cost(row: _Row, here: Ints, stop: Ints) -> Floats:
    profile, clock = row.profile, row.clock
    start = row.first[here]
    need = row.need_before[stop] - row.need_before[here]
    shown = _out_frame(row, here, stop, start) - start
    least, most = clock.frames(profile.min_duration), clock.frames(profile.max_duration)
    seconds = shown / float(clock.rate)
    short = np.maximum(0, least - shown) / least
    # A frame counts whole: what needs 20.3 frames is read too fast in 20.
    fast = np.maximum(0.0, need - 1e-6 - shown) / np.maximum(need, 1.0)
    long = (stop - here > 1) & (row.last[stop - 1] - start > most)
    cost = RULE * ((short > 0) * (0.5 + short) + (fast > 0) * (0.5 + fast) + long * 2.0)
    cost += _SHORT * np.maximum(0.0, _COMFORTABLE_SECONDS - seconds)
    cost += _FAST * np.maximum(0.0, need / np.maximum(shown, 1) - _COMFORT)
    return np.asarray(cost, np.float64)


def _out_frame(row: _Row, here: Ints, stop: Ints, start: Ints) -> Ints:
    """First frame without the cue of the units ``here:stop`` that appears at ``start``."""
    profile, clock = row.profile, row.clock
    least, most = clock.frames(profile.min_duration), clock.frames(profile.max_duration)
    last = row.last[stop - 1]
    need = np.ceil(row.need_before[stop] - row.need_before[here] - 1e-6).astype(np.int64)
    comfort = np.ceil(need / _COMFORT).astype(np.int64)
    lag = last + clock.frames(profile.lag)
    heard = np.maximum(row.wish[stop - 1], start + least)
    out = np.maximum(heard, np.minimum(start + comfort, lag))
    # Before a shot change, unless the time is needed.
    cut = row.cut[stop - 1]
    early = np.maximum(cut - max(profile.gap, 1), last)
    enough = early - start >= np.maximum(least, np.minimum(need, lag - start))
    out = np.where((out > cut - clock.frames(profile.snap)) & enough & (early < cut), early, out)
    room = row.first[stop] - profile.gap
    out = np.minimum(np.minimum(out, room), start + most)
    silence = row.first[stop] - out
    close = (silence < clock.frames(profile.close)) & row.closes[stop - 1] & (room - start <= most)
    return np.maximum(np.where(close, room, out), start + 1)


def _timed(
    units: Sequence[Unit], row: _Row, cuts: Sequence[tuple[int, int, int]]
) -> Iterator[Block]:
    """Cues with their frames. Where onsets crowd so much that there is no frame between two cues,
    the later one waits.
    """
    here = np.array([first for first, _, _ in cuts])
    stops = np.array([stop for _, _, stop in cuts])
    starts = row.first[here]
    outs = _out_frame(row, here, stops, starts)
    free = row.clock.showing(0.0)
    for number, (first, second, stop) in enumerate(cuts):
        start, out = int(starts[number]), int(outs[number])
        if start < free:
            start = free
            one = slice(number, number + 1)
            out = int(_out_frame(row, here[one], stops[one], np.array([start]))[0])
        lines = (tuple(units[first:second]), tuple(units[second:stop]))
        yield Block(tuple(line for line in lines if line), start, out, row.clock)
        free = out + row.profile.gap


__all__ = ["RULE", "UGLY", "Block", "lay_out", "line_text", "make_cues"]
