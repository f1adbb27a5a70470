"""Judges subtitles, ours or another's, against a house style."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

from vidtag.core.names import SubtitleProfile
from vidtag.core.records import Cue, Document, Language, VideoStream
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.characters import NON_STARTERS, OPENING, clean, script_language, width
from vidtag.subtitles.formats.read import read_cues
from vidtag.subtitles.layout import breaks
from vidtag.subtitles.layout.breaks import Break
from vidtag.subtitles.layout.cues import LaidOutCue, lay_out
from vidtag.subtitles.layout.frame_grid import FrameGrid
from vidtag.subtitles.layout.rules import StyleProfile, profile_for


class Rule(StrEnum):
    """What can be wrong with a subtitle."""

    EMPTY = "empty"
    ORDER = "order"
    OVERLAP = "overlap"
    GAP = "gap"
    LINES = "lines"
    LINE_LENGTH = "line-length"
    LINE_BREAK = "line-break"
    MIN_DURATION = "min-duration"
    MAX_DURATION = "max-duration"
    READING_SPEED = "reading-speed"
    SHOT_CHANGE = "shot-change"
    CHARACTERS = "characters"


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that one cue breaks.

    Attributes:
        number: of the cue, counted from 1.
        start: of the cue, in seconds.
        detail: what was found and what is asked for.
        forced: why the words leave no choice, where they do.
    """

    number: int
    start: float
    rule: Rule
    detail: str
    forced: str | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How subtitles did.

    Attributes:
        profile: the house style they were judged by.
        cues: how many there are.
        violations: in order of time.
    """

    profile: SubtitleProfile
    cues: int
    violations: tuple[Violation, ...]

    @property
    def avoidable(self) -> tuple[Violation, ...]:
        """Violations that the words do not force: none is what a delivery asks for."""
        return tuple(v for v in self.violations if v.forced is None)

    def as_text(self, file: str | Path) -> str:
        """A line per violation, as compilers write them, and a summary."""
        lines = []
        for fault in self.violations:
            forced = f" (forced: {fault.forced})" if fault.forced else ""
            place = f"{file}: cue {fault.number} at {timecode(fault.start)}"
            lines.append(f"{place}: {fault.rule.value}: {fault.detail}{forced}")
        counts = Counter(fault.rule.value for fault in self.avoidable)
        summary = f"{self.cues} {'cue' if self.cues == 1 else 'cues'} by {self.profile}: "
        summary += (
            "1 violation" if len(self.avoidable) == 1 else f"{len(self.avoidable)} violations"
        )
        if counts:
            listed = (f"{count} {name}" for name, count in counts.most_common())
            summary += f" ({', '.join(listed)})"
        if forced_count := len(self.violations) - len(self.avoidable):
            summary += f", and {forced_count} that the words force"
        return "\n".join([*lines, summary])

    def as_dict(self, file: str | Path) -> dict[str, object]:
        """Plain data for programs: everything ``as_text`` says."""
        return {
            "file": str(file),
            "profile": self.profile,
            "cues": self.cues,
            "avoidable": len(self.avoidable),
            "forced": len(self.violations) - len(self.avoidable),
            "violations": [
                {
                    "cue": fault.number,
                    "start": round(fault.start, 3),
                    "rule": fault.rule.value,
                    "detail": fault.detail,
                    "forced": fault.forced,
                }
                for fault in self.violations
            ],
        }


def timecode(seconds: float) -> str:
    """``HH:MM:SS,mmm``, as SRT files have it, so that it can be searched for."""
    thousandths = round(seconds * 1000)
    hours, rest = divmod(thousandths, 3_600_000)
    return f"{hours:02d}:{rest // 60_000:02d}:{rest // 1000 % 60:02d},{rest % 1000:03d}"


def check_file(
    path: str | Path,
    profile: SubtitleProfile,
    *,
    video: VideoStream | None = None,
    document: Document | None = None,
    shots: Sequence[float] | None = None,
) -> CheckResult:
    """Judge a subtitle file.

    Args:
        video: picture whose frames count; without it, 25 frames a second.
        document: what was said, if known: it tells which violations the words force.
        shots: times of shot changes; by default those of the document.

    Raises:
        InputError: there is no such file, or it is not a subtitle file.
    """
    return check_cues(read_cues(path), profile, video=video, document=document, shots=shots)


def check_cues(
    cues: Sequence[Cue],
    profile: SubtitleProfile,
    *,
    video: VideoStream | None = None,
    document: Document | None = None,
    shots: Sequence[float] | None = None,
    best: Sequence[LaidOutCue] | None = None,
) -> CheckResult:
    """Judge cues; see ``check_file``. ``best``: what ``lay_out`` gives by the profile, if made."""
    style, grid = profile_for(profile, video), FrameGrid.of(video)
    if shots is None:
        shots = document.shots if document else ()
    found = tuple(_violations(cues, style, grid, shots))
    if document is not None and found:
        if best is None:
            markers = any(cue.markers or cue.text.startswith(("[", "（", "♪")) for cue in cues)
            best = lay_out(document, SubtitlesConfig(profile=profile, event_markers=markers))
        found = tuple(_explained(found, cues, best, document, style))
    return CheckResult(profile, len(cues), found)


def _violations(
    cues: Sequence[Cue], profile: StyleProfile, grid: FrameGrid, shots: Sequence[float]
) -> Iterator[Violation]:
    changes = sorted({grid.nearest(shot) for shot in shots})
    following: list[Cue | None] = [*cues, None]
    for number, (cue, after) in enumerate(zip(cues, following[1:], strict=True), 1):
        for rule, detail in (
            *_text_faults(cue, profile),
            *_time_faults(cue, profile, grid),
            *(_neighbour_faults(cue, after, profile, grid) if after else ()),
            *_shot_faults(cue, profile, grid, changes),
        ):
            yield Violation(number, cue.start, rule, detail)


_RAW_TAG = re.compile(r"<\|[^|<>]*\|>")


def _text_faults(cue: Cue, profile: StyleProfile) -> Iterator[tuple[Rule, str]]:
    if not "".join(cue.lines).strip():
        yield Rule.EMPTY, "there is no text"
        return
    if len(cue.lines) > profile.lines:
        yield Rule.LINES, f"{len(cue.lines)} lines, {profile.lines} are allowed"
    for line in cue.lines:
        rules = profile.rules(script_language(line, cue.language))
        wide = width(line, rules)
        if wide > rules.line:
            yield Rule.LINE_LENGTH, f"{wide:g} characters, {rules.line:g} are allowed: {line}"
        if _RAW_TAG.search(line):
            yield Rule.CHARACTERS, f"a recogniser's tag is left in: {line}"
        elif clean(line) != " ".join(line.split()):
            yield Rule.CHARACTERS, "characters that no screen shows"
    for index, (line, below) in enumerate(pairwise(cue.lines)):
        marked = {index, index + 1} & set(cue.markers) or _is_label(line) or _is_label(below)
        if not marked and (fault := _bad_break(line, below, cue)):
            yield Rule.LINE_BREAK, fault


def _is_label(line: str) -> bool:
    """Whether a line is a sound label; formats such as SRT do not say so."""
    text = line.strip()
    brackets = {("[", "]"), ("(", ")"), ("（", "）"), ("【", "】"), ("♪", "♪")}
    return text == "♪" or (len(text) > 1 and (text[0], text[-1]) in brackets)


def _bad_break(line: str, below: str, cue: Cue) -> str | None:
    if not line.strip() or not below.strip():
        return None
    if below[0] in NON_STARTERS:
        return f"a line begins with {below[0]}"
    if line[-1] in OPENING:
        return f"a line ends with {line[-1]}"
    languages = {script_language(text, cue.language) for text in (line, below)}
    if len(languages) > 1 or not languages & {Language.EN, Language.KO}:
        return None
    before, after = line.split()[-1], below.split()[0]
    if breaks.quality(before, after, languages.pop()) is Break.BAD:
        return f"the line breaks between '{before}' and '{after}'"
    return None


def _time_faults(cue: Cue, profile: StyleProfile, grid: FrameGrid) -> Iterator[tuple[Rule, str]]:
    frames = grid.nearest(cue.end) - grid.nearest(cue.start)
    least, most = grid.frames(profile.min_duration), grid.frames(profile.max_duration)
    if frames <= 0:
        yield Rule.ORDER, f"it ends at {cue.end:.3f} s, not after its start"
        return
    seconds = frames / float(grid.rate)
    if frames < least:
        asked = float(profile.min_duration)
        yield Rule.MIN_DURATION, f"{seconds:.2f} s, at least {asked:.2f} s are asked for"
    if frames > most:
        asked = float(profile.max_duration)
        yield Rule.MAX_DURATION, f"{seconds:.2f} s, at most {asked:g} s are allowed"
    need = reading_time(cue, profile)
    if need * float(grid.rate) > frames + 1e-6:
        found = f"shown for {seconds:.2f} s, takes {need:.2f} s to read"
        speeds = {profile.rules(script_language(x, cue.language)).speed for x in cue.lines}
        if len(speeds) == 1:
            (speed,) = speeds
            found = f"{need * speed / seconds:.1f} characters a second, {speed:g} allowed: {found}"
        yield Rule.READING_SPEED, found


def reading_time(cue: Cue, profile: StyleProfile) -> float:
    """Seconds a viewer needs for a cue, each line by the rules of its script."""
    total = 0.0
    for line in cue.lines:
        rules = profile.rules(script_language(line, cue.language))
        total += width(line, rules) / rules.speed
    return total


def _neighbour_faults(
    cue: Cue, after: Cue, profile: StyleProfile, grid: FrameGrid
) -> Iterator[tuple[Rule, str]]:
    if after.start < cue.start:
        yield Rule.ORDER, f"the next begins earlier, at {after.start:.3f} s"
        return
    gap = grid.nearest(after.start) - grid.nearest(cue.end)
    if gap < 0:
        yield Rule.OVERLAP, f"the next begins {-gap} frames before its end"
    elif gap < profile.gap:
        yield Rule.GAP, f"{gap} frames to the next, at least {profile.gap} are asked for"
    elif gap > profile.gap and gap < grid.frames(profile.close):
        language = script_language("".join(cue.lines), cue.language)
        closed = grid.nearest(after.start) - profile.gap - grid.nearest(cue.start)
        if profile.rules(language).close_gaps and closed <= grid.frames(profile.max_duration):
            yield Rule.GAP, f"{gap} frames to the next: close the gap to {profile.gap}"


def _shot_faults(
    cue: Cue, profile: StyleProfile, grid: FrameGrid, changes: Sequence[int]
) -> Iterator[tuple[Rule, str]]:
    """An edge near a shot change lies on it: an in-time on its first frame, an out-time as many
    frames before as two subtitles are apart.
    """
    near = grid.frames(profile.snap)
    start, end = grid.nearest(cue.start), grid.nearest(cue.end)
    place = bisect_right(changes, start) - 1
    if place >= 0 and 0 < start - changes[place] < near:
        late = start - changes[place]
        yield Rule.SHOT_CHANGE, f"it begins {late} frames after a shot change: begin on it"
    place = bisect_left(changes, end)
    if place < len(changes) and profile.gap != changes[place] - end < near:
        left = changes[place] - end
        where = f"{left} frames before a shot change" if left else "on a shot change"
        asked = f"{profile.gap} frames before it" if profile.gap else "on it"
        yield Rule.SHOT_CHANGE, f"it ends {where}: end {asked}"


def _explained(
    found: Sequence[Violation],
    cues: Sequence[Cue],
    laid_out: Sequence[LaidOutCue],
    document: Document,
    style: StyleProfile,
) -> Iterator[Violation]:
    """Violations, those forced that even the best layout of the same words has there.

    ``lay_out`` finds the layout with the fewest and slightest violations.
    """
    best, grid = [cue.as_cue() for cue in laid_out], FrameGrid.of(document.media.video)
    inevitable: dict[Rule, list[int]] = {}
    for violation in _violations(best, style, grid, document.shots):
        inevitable.setdefault(violation.rule, []).append(violation.number - 1)
    for violation in found:
        cue = cues[violation.number - 1]
        number = next(
            (
                n
                for n in inevitable.get(violation.rule, ())
                if best[n].start < cue.end and cue.start < best[n].end
            ),
            None,
        )
        reason = None if number is None else _reason(violation.rule, laid_out, number, style)
        yield replace(violation, forced=reason)


def _reason(rule: Rule, laid_out: Sequence[LaidOutCue], number: int, profile: StyleProfile) -> str:
    block = laid_out[number]
    words = [word for line in block.lines for unit in line for word in unit.words]
    onset, end = words[0].start, words[-1].end
    text = f"'{words[0].text}' to '{words[-1].text}'" if len(words) > 1 else f"'{words[0].text}'"
    if rule is Rule.SHOT_CHANGE:
        return (
            f"{text} is spoken from {timecode(onset)} to {timecode(end)}: without cutting off "
            "words or reading time, no edge can lie on the shot change"
        )
    spoken = f"{text} is spoken in {end - onset:.2f} s"
    if number + 1 < len(laid_out):
        later = laid_out[number + 1].lines[0][0].start
        spoken += f", and what follows begins {later - onset:.2f} s after its onset"
    if rule in (Rule.LINE_BREAK, Rule.LINE_LENGTH):
        return f"{text} leaves no better place for the line to break"
    return f"{spoken}; a cue may stay {float(profile.lag):g} s after its last word"


__all__ = ["CheckResult", "Rule", "Violation", "check_cues", "check_file"]
