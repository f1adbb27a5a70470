"""The rules for subtitles, each checked on the cues themselves, however they were made."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from vidtag.core.records import Cue
from vidtag.subtitles.characters import clean, width
from vidtag.subtitles.check.check_result import Rule, Violation
from vidtag.subtitles.check.line_breaks import fault, is_label, said_in, stray_dash
from vidtag.subtitles.layout.frame_grid import FrameGrid
from vidtag.subtitles.layout.style_profiles import LanguageRules, StyleProfile
from vidtag.subtitles.reading.subtitle_file import SubtitleFile


def violations_of(
    file: SubtitleFile, profile: StyleProfile, grid: FrameGrid, shots: Sequence[float]
) -> Iterator[Violation]:
    """Violations of all rules, cue by cue in the file's order.

    Args:
        shots: times of shot changes, in seconds.
    """
    changes = sorted({grid.nearest(shot) for shot in shots})
    cues = file.cues
    following = _following(file)
    for index, cue in enumerate(cues):
        after = following[index]
        next_in_file = cues[index + 1] if file.ordered and index + 1 < len(cues) else None
        for rule, detail in (
            *_text_violations(cue, profile, index in file.vertical),
            *_time_violations(cue, profile, grid, file.has_ends),
            *(_order_violations(cue, next_in_file) if next_in_file else ()),
            *(_gap_violations(cue, after, profile, grid) if after and file.has_ends else ()),
            *_shot_change_violations(cue, profile, grid, changes),
        ):
            yield Violation(index + 1, cue.start, rule, detail)


def _following(file: SubtitleFile) -> list[Cue | None]:
    """For each cue the next in the same place of the picture: in the file's order where the format
    wants that to be the order of time, else by time.
    """
    numbers: Sequence[int] = range(len(file.cues))
    if not file.ordered:
        numbers = sorted(numbers, key=lambda number: file.cues[number].start)
    following: list[Cue | None] = [None] * len(file.cues)
    later: dict[str, Cue] = {}
    for number in reversed(numbers):
        place = file.places[number] if file.places else ""
        following[number] = later.get(place)
        later[place] = file.cues[number]
    return following


_RAW_TAG = re.compile(r"<\|[^|<>]*\|>")


def _text_violations(cue: Cue, profile: StyleProfile, vertical: bool) -> Iterator[tuple[Rule, str]]:
    if not "".join(cue.lines).strip():
        yield Rule.EMPTY, "no text"
        return
    if len(cue.lines) > profile.max_lines:
        yield Rule.LINES, f"{len(cue.lines)} lines, {profile.max_lines} allowed"
    for line in cue.lines:
        rules = profile.rules(said_in(line, cue.language))
        length = width(_without_furigana(line), rules)
        most = rules.vertical_length if vertical else rules.line_length
        if length > most:
            yield Rule.LINE_LENGTH, f"{length:g} characters, {most:g} allowed: {line}"
        if _RAW_TAG.search(line):
            yield Rule.CHARACTERS, f"a recogniser's tag is left in: {line}"
        elif clean(line) != _without_direction_marks(line):
            yield Rule.CHARACTERS, "characters that cannot be displayed"
    if problem := stray_dash(cue):
        yield Rule.SPEAKER_DASH, problem
    for index, (line, below) in enumerate(pairwise(cue.lines)):
        marked = {index, index + 1} & set(cue.markers) or is_label(line) or is_label(below)
        if not marked and (problem := fault(line, below, cue)):
            yield Rule.LINE_BREAK, problem


# Marks, embeddings, overrides and isolates of direction.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def _without_direction_marks(line: str) -> str:
    """A line without the marks that right-to-left text needs; elsewhere they stay."""
    if any(unicodedata.bidirectional(char) in ("R", "AL") for char in _DIRECTION.sub("", line)):
        line = _DIRECTION.sub("", line)
    return " ".join(line.split())


_FURIGANA = re.compile("(?<=[々\u3400-\u9fff])[(（][ぁ-ゖァ-ヺー]{1,20}[)）]")


def _without_furigana(line: str) -> str:
    """A line without the readings that stand in brackets after their kanji."""
    return _FURIGANA.sub("", line)


def _time_violations(
    cue: Cue, profile: StyleProfile, grid: FrameGrid, has_end: bool
) -> Iterator[tuple[Rule, str]]:
    frames = grid.nearest(cue.end) - grid.nearest(cue.start)
    required = _rules(cue, profile).min_duration
    least, most = grid.frames(required), grid.frames(profile.max_duration)
    if frames <= 0:
        yield Rule.ORDER, f"it ends at {cue.end:.3f} s, not after its start"
        return
    if cue.start < 0:
        yield Rule.ORDER, "it begins before the video does"
    seconds = frames / float(grid.rate)
    if frames < least:
        yield Rule.MIN_DURATION, f"{seconds:.2f} s, at least {float(required):.2f} s required"
    if frames > most and has_end:
        allowed = float(profile.max_duration)
        yield Rule.MAX_DURATION, f"{seconds:.2f} s, at most {allowed:g} s allowed"
    need = _reading_time(cue, profile)
    if need * float(grid.rate) > frames + 1e-6:
        detail = f"shown for {seconds:.2f} s, takes {need:.2f} s to read"
        speeds = {profile.rules(said_in(x, cue.language)).cps for x in cue.lines}
        if len(speeds) == 1:
            (speed,) = speeds
            cps = need * speed / seconds
            detail = f"{cps:.1f} characters a second, {speed:g} allowed: {detail}"
        yield Rule.READING_SPEED, detail


def _rules(cue: Cue, profile: StyleProfile) -> LanguageRules:
    """Rules of the language that a whole cue is in."""
    return profile.rules(said_in("".join(cue.lines), cue.language))


def _reading_time(cue: Cue, profile: StyleProfile) -> float:
    """Seconds a viewer needs to read a cue, each line by the rules of its script."""
    total = 0.0
    for line in cue.lines:
        rules = profile.rules(said_in(line, cue.language))
        total += width(_without_furigana(line), rules) / rules.cps
    return total


def _order_violations(cue: Cue, after: Cue) -> Iterator[tuple[Rule, str]]:
    if after.start < cue.start:
        yield Rule.ORDER, f"the next begins earlier, at {after.start:.3f} s"


def _gap_violations(
    cue: Cue, after: Cue, profile: StyleProfile, grid: FrameGrid
) -> Iterator[tuple[Rule, str]]:
    if after.start < cue.start:
        return
    rules = _rules(cue, profile)
    gap = grid.nearest(after.start) - grid.nearest(cue.end)
    if gap < 0:
        yield Rule.OVERLAP, f"the next begins {_frames(-gap)} before its end"
    elif gap < rules.gap:
        yield Rule.GAP, f"{_frames(gap)} to the next, at least {rules.gap} required"
    elif rules.gap < gap < grid.frames(profile.close_below):
        closed = grid.nearest(after.start) - rules.gap - grid.nearest(cue.start)
        if rules.close_gaps and closed <= grid.frames(profile.max_duration):
            yield Rule.GAP, f"{_frames(gap)} to the next: close the gap to {rules.gap}"


def _shot_change_violations(
    cue: Cue, profile: StyleProfile, grid: FrameGrid, changes: Sequence[int]
) -> Iterator[tuple[Rule, str]]:
    """An edge near a shot change lies on it: an in-time on its first frame, an out-time as many
    frames before as two subtitles are apart.
    """
    near = grid.frames(profile.near_change)
    start, end = grid.nearest(cue.start), grid.nearest(cue.end)
    place = bisect_right(changes, start) - 1
    if place >= 0 and 0 < start - changes[place] < near:
        late = start - changes[place]
        yield Rule.SHOT_CHANGE, f"it begins {_frames(late)} after a shot change: begin on it"
    place = bisect_left(changes, end)
    allowed = {profile.gap, _rules(cue, profile).gap}
    if place < len(changes) and (left := changes[place] - end) < near and left not in allowed:
        where = f"{_frames(left)} before a shot change" if left else "on a shot change"
        right = f"{_frames(profile.gap)} before it" if profile.gap else "on it"
        yield Rule.SHOT_CHANGE, f"it ends {where}: end {right}"


def _frames(count: int) -> str:
    return "1 frame" if count == 1 else f"{count} frames"
