"""Which violations the words force, found from the times of words and the profile alone.

Around a violation, the words from the start of one of the cues before to the end of one of those
after are divided anew in every way. If one way breaks no rule, the violation is avoidable. Cues
begin on the onsets of their words; where no such way is found, those inside the stretch may also
begin up to two frames of a film before or after, as the guides allow. Nothing here is shared with
the layout that makes subtitles.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from math import ceil, floor, inf

from vidtag.core.records import Cue, Document, Language
from vidtag.core.timestamps import timestamp
from vidtag.subtitles.characters import (
    clean,
    full_width,
    script_language,
    spaced,
    width,
    without_labels,
)
from vidtag.subtitles.check.check_result import Rule, Violation
from vidtag.subtitles.check.line_breaks import is_label, parts_words, split_word
from vidtag.subtitles.layout.frame_grid import FrameGrid
from vidtag.subtitles.layout.style_profiles import StyleProfile

_NEIGHBOURS = 3
"""Cues before and after a violation that may be divided anew with it."""

_MOST_WORDS = 64
"""Words that a cue is tried with: more fill no two lines of any profile."""

_OFF_ONSET = Fraction(1, 12)
"""Seconds that an in-time may lie off the onset: two frames of a film."""

_FORCEABLE = {
    *(Rule.GAP, Rule.LINES, Rule.LINE_LENGTH, Rule.LINE_BREAK, Rule.MIN_DURATION),
    *(Rule.MAX_DURATION, Rule.READING_SPEED, Rule.SHOT_CHANGE),
}
"""Rules that words can force to be broken; the others are the file's own fault."""

_UNSPACED = (Language.ZH, Language.YUE, Language.JA)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as it would stand in a line.

    Attributes:
        space: whether a space parts it from the one before.
        sticks: whether no line may end before it.
        turn: number of the turn it belongs to; one more where another speaker begins.
    """

    text: str
    start: float
    end: float
    language: Language
    space: bool
    sticks: bool
    turn: int


def with_reasons(
    found: Sequence[Violation],
    cues: Sequence[Cue],
    document: Document,
    profile: StyleProfile,
    shots: Sequence[float],
) -> Iterator[Violation]:
    """Violations of ``cues``, those that the words force with the reason."""
    judge = _Divisions(_words(document), profile, FrameGrid.of(document.media.video), shots)
    edges = judge.edges(cues)
    for violation in found:
        reason = None
        if violation.rule in _FORCEABLE:
            reason = judge.reason(violation, edges)
        yield replace(violation, forced=reason)


def _words(document: Document) -> list[_Word]:
    words: list[_Word] = []
    turn, speaker = 0, None
    for segment in document.segments:
        if segment.speaker and segment.speaker != speaker:
            turn, speaker = turn + (speaker is not None), segment.speaker
        texts = [text for word in segment.words if (text := clean(word.text))]
        timed = [word for word in segment.words if clean(word.text)]
        language = script_language("".join(texts), segment.language)
        if language in _UNSPACED:
            texts = [full_width(text) for text in texts]
        before = words[-1].text if words else ""
        for index, (text, word) in enumerate(zip(texts, timed, strict=True)):
            left = texts[index - 1] if index else before
            space = word.space_before or index == 0
            if language in _UNSPACED:
                space = spaced(left, text, language, space)
            sticks = index > 0 and _sticks(texts, index, space, language)
            start = max(word.start, words[-1].start if words else 0.0)
            end = max(start, word.end)
            words.append(_Word(text, start, end, language, space, sticks, turn))
    return words


def _sticks(texts: Sequence[str], index: int, space: bool, language: Language) -> bool:
    if language in _UNSPACED:
        left = "".join(texts[max(0, index - 12) : index])
        right = "".join(texts[index : index + 12])
        return not space and split_word(left, right, language) is not None
    return not space or parts_words(
        " ".join(texts[max(0, index - 4) : index]), texts[index], language
    )


def _spoken(cue: Cue) -> str:
    """Text of a cue without its markers."""
    lines = enumerate(cue.lines)
    return "".join(
        without_labels(line)
        for number, line in lines
        if number not in cue.markers and not is_label(line)
    )


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


class _Divisions:
    """All divisions of words into cues that break no rule."""

    def __init__(
        self, words: list[_Word], profile: StyleProfile, grid: FrameGrid, shots: Sequence[float]
    ) -> None:
        self.words, self.profile, self.grid = words, profile, grid
        self.changes = sorted({grid.nearest(shot) for shot in shots})
        self.onsets = [word.start for word in words]
        self.frames = [grid.showing(word.start) for word in words]
        # Width up to each word as a share of a full line, and seconds it takes to read.
        shares, seconds, self.spaces = [0.0], [0.0], []
        for word in words:
            rules = profile.rules(word.language)
            own = width(word.text, rules)
            space = width(" ", rules) if word.space else 0.0
            self.spaces.append((space / rules.line_length, space / rules.cps))
            shares.append((own + space) / rules.line_length)
            seconds.append((own + space) / rules.cps)
        self.shares, self.seconds = list(accumulate(shares)), list(accumulate(seconds))
        self.saved = lru_cache(maxsize=1_000_000)(self._saved)
        self.conforms = lru_cache(maxsize=1_000_000)(self._conforms)
        most = floor(_OFF_ONSET * grid.rate)
        self.shifts = sorted({most * part // 2 for part in range(-2, 3)})

    def edges(self, cues: Sequence[Cue]) -> list[int]:
        """The first word of each cue, and the end of all: by their texts if these are the same as
        the words, else by their times.
        """
        texts = [_letters(_spoken(cue)) for cue in cues]
        lengths = list(accumulate((len(_letters(word.text)) for word in self.words), initial=0))
        if "".join(texts) == "".join(_letters(word.text) for word in self.words):
            ends = accumulate(map(len, texts), initial=0)
            return [bisect_left(lengths, end) for end in ends]
        frame = 1 / float(self.grid.rate)
        starts = [bisect_left(self.onsets, cue.start - frame / 2) for cue in cues]
        return [*starts, len(self.words)]

    def reason(self, violation: Violation, edges: Sequence[int]) -> str | None:
        """Why no division around a violation breaks no rule; None if one does."""
        here = violation.number - 1
        first, last = edges[here], edges[here + 1]
        if first >= last:
            return None
        before = {edges[max(0, here - back)] for back in range(_NEIGHBOURS + 1)}
        # A gap lies between two cues, so the next belongs to what is looked at.
        ahead = 1 if violation.rule is Rule.GAP else 0
        ends = {
            edges[min(len(edges) - 1, here + 1 + ahead + more)] for more in range(_NEIGHBOURS + 1)
        }
        starts = {edge for edge in before if edge <= first}
        if any(self._divides(starts, last, ends, shifts) for shifts in ([0], self.shifts)):
            return None
        return self._said(first, last)

    def _divides(self, starts: set[int], last: int, ends: set[int], shifts: Sequence[int]) -> bool:
        """Whether some division that conforms begins and ends where cues do, over the word before
        ``last``.

        Args:
            starts, ends: words that cues begin with, which keep their in-times.
            shifts: frames by which in-times between them may lie off the onset.
        """
        # Frames off the onset at which a cue may begin with a word, what lies before it conforming.
        reached: dict[int, set[int]] = {start: {0} for start in starts}
        for start in range(min(starts), max(ends)):
            if start not in reached:
                continue
            for stop in range(start + 1, min(start + _MOST_WORDS, max(ends)) + 1):
                if self._width(start, stop) > self.profile.max_lines:
                    break
                done = stop >= last and stop in ends
                for off in reached[start]:
                    if done and self.conforms(start, stop, off, 0):
                        return True
                    known = reached.get(stop, set())
                    for then in shifts:
                        if then not in known and self.conforms(start, stop, off, then):
                            reached.setdefault(stop, set()).add(then)
        return False

    def _width(self, start: int, stop: int) -> float:
        """Lines that words fill, without the space before them."""
        return self.shares[stop] - self.shares[start] - self.spaces[start][0]

    def _conforms(self, start: int, stop: int, off: int, then: int) -> bool:
        """Whether words make a cue that breaks no rule.

        Args:
            off: frames from the onset of the first to the in-time.
            then: frames from the onset of the word after the last to the next in-time.
        """
        saved = self.saved(start, stop)
        return saved is not None and self._has_time(start, stop, saved, off, then)

    def _saved(self, start: int, stop: int) -> float | None:
        """Seconds of reading that a line break saves, as the space there is not read; None if the
        words fill more than the lines there are.
        """
        words = self.words
        turns = words[stop - 1].turn - words[start].turn
        if turns:
            return self._saved_by_two(start, stop) if turns == 1 else None
        saved = [0.0] if self._width(start, stop) <= 1 + 1e-9 else []
        if self.profile.max_lines > 1:
            saved += [
                self.spaces[middle][1]
                for middle in range(start + 1, stop)
                if not words[middle].sticks
                and self._width(start, middle) <= 1 + 1e-9
                and self._width(middle, stop) <= 1 + 1e-9
            ]
        return max(saved, default=None)

    def _saved_by_two(self, start: int, stop: int) -> float | None:
        """The same where two speak, who have a line and a dash each."""
        last = self.words[stop - 1].turn
        second = next(n for n in range(start, stop) if self.words[n].turn == last)
        dashes = []
        for first, end in ((start, second), (second, stop)):
            rules = self.profile.rules(self.words[first].language)
            dash = width(rules.dash, rules)
            if self._width(first, end) + dash / rules.line_length > 1 + 1e-9:
                return None
            dashes.append(dash / rules.cps)
        return self.spaces[second][1] - sum(dashes) if self.profile.max_lines > 1 else None

    def _has_time(self, start: int, stop: int, saved: float, off: int, then: int) -> bool:
        """Whether some out-time lets the words be heard and read and keeps the gap."""
        profile, grid = self.profile, self.grid
        shown = self.frames[start] + off
        if shown < 0:
            return False
        rules = profile.rules(self.words[stop - 1].language)
        shortest = shown + grid.frames(rules.min_duration)
        read = self.seconds[stop] - self.seconds[start] - self.spaces[start][1] - saved
        read *= float(grid.rate)
        earliest = max(shown + ceil(read - 1e-6), shortest)
        heard = ceil((self.words[stop - 1].end - grid.start) * float(grid.rate) - 1e-6)
        linger = floor(profile.linger * grid.rate)
        latest = min(max(heard + linger, shortest), shown + grid.frames(profile.max_duration))
        following = self.frames[stop] + then if stop < len(self.words) else inf
        closed = following - rules.gap
        # At the next in-time, what is still heard may be cut off by the gap.
        read_by = earliest
        earliest = max(earliest, int(min(heard, closed)) if closed < inf else heard)
        if earliest > closed or self._near_change(shown):
            return False
        longest = shown + grid.frames(profile.max_duration)
        outs = set(range(earliest, int(min(latest, closed)) + 1))
        # An out-time at a shot change may cost as many frames of sound as the gap has.
        for change in self.changes[bisect_left(self.changes, heard) :][:2]:
            for out in (change - profile.gap, change - rules.gap):
                if read_by <= out <= min(closed, longest) and change - heard <= linger:
                    outs.add(out)
        if closed <= longest and rules.close_gaps:
            close = following - grid.frames(profile.close_below)
            outs = {out for out in outs if out <= close or out == closed}
            if closed - earliest < grid.frames(profile.close_below):
                outs.add(int(closed))
        return any(self._may_end(out, rules.gap) for out in outs)

    def _may_end(self, out: int, gap: int) -> bool:
        """Whether an out-time keeps off shot changes, or lies before one as far as it must."""
        place = bisect_left(self.changes, out)
        if place == len(self.changes):
            return True
        left = self.changes[place] - out
        return left in (gap, self.profile.gap) or left >= self.grid.frames(self.profile.near_change)

    def _near_change(self, shown: int) -> bool:
        place = bisect_left(self.changes, shown) - 1
        near = self.grid.frames(self.profile.near_change)
        return place >= 0 and 0 < shown - self.changes[place] < near

    def _said(self, first: int, last: int) -> str:
        words = self.words[first:last]
        onset, end = words[0].start, words[-1].end
        text = f"'{words[0].text}'"
        if len(words) > 1:
            text += f" to '{words[-1].text}'"
        spoken = f"{text} is spoken in {end - onset:.2f} s from {timestamp(onset)}"
        if last < len(self.words):
            spoken += f", and what follows begins {self.onsets[last] - onset:.2f} s after its onset"
        return f"{spoken}; no division of the words around it keeps every rule"
