"""What the check of subtitles found, as text for people and data for programs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

from vidtag.core.timestamps import timestamp
from vidtag.subtitles.layout.frame_grid import AUDIO_ONLY_FRAME_RATE


class Rule(StrEnum):
    """What can be wrong with a subtitle."""

    UNREADABLE = "unreadable"
    EMPTY = "empty"
    ORDER = "order"
    OVERLAP = "overlap"
    GAP = "gap"
    LINES = "lines"
    LINE_LENGTH = "line-length"
    LINE_BREAK = "line-break"
    SPEAKER_DASH = "speaker-dash"
    MIN_DURATION = "min-duration"
    MAX_DURATION = "max-duration"
    READING_SPEED = "reading-speed"
    SHOT_CHANGE = "shot-change"
    CHARACTERS = "characters"


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that one cue breaks, or a place in a file that gives no cue.

    Attributes:
        number: of the cue, counted from 1; 0 where there is none.
        start: of the cue, in seconds.
        detail: what was found and what the profile requires.
        forced: why no layout of the words avoids it; None where one does.
        line: of the file, counted from 1, where that cannot be read.
    """

    number: int
    start: float
    rule: Rule
    detail: str
    forced: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How subtitles keep to a profile.

    Attributes:
        profile: name of what they were checked against.
        cues: how many there are.
        violations: what cannot be read, then the cues' in their order.
        frame_rate: frames a second that times were judged by.
        rate_source: whence that is known: "given", "video", "file" (it says so), "times" (they lie
            on its frames); None where it is assumed.
    """

    profile: str
    cues: int
    violations: tuple[Violation, ...]
    frame_rate: Fraction = AUDIO_ONLY_FRAME_RATE
    rate_source: str | None = None

    @property
    def avoidable(self) -> tuple[Violation, ...]:
        """Violations that the words do not force: a delivery has none."""
        return tuple(v for v in self.violations if v.forced is None)

    def as_text(self, file: str | Path) -> str:
        """A line per violation, as compilers write them, and a summary."""
        lines = []
        for found in self.violations:
            forced = f" (forced: {found.forced})" if found.forced else ""
            place = f"{file}: cue {found.number} at {_clock(found.start)}"
            if found.line is not None:
                place = f"{file}: line {found.line}"
            lines.append(f"{place}: {found.rule.value}: {found.detail}{forced}")
        counts = Counter(found.rule.value for found in self.avoidable)
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
            "frame_rate": str(self.frame_rate),
            "frame_rate_source": self.rate_source,
            "avoidable": len(self.avoidable),
            "forced": len(self.violations) - len(self.avoidable),
            "violations": [
                {
                    "cue": found.number or None,
                    "line": found.line,
                    "start": round(found.start, 3),
                    "rule": found.rule.value,
                    "detail": found.detail,
                    "forced": found.forced,
                }
                for found in self.violations
            ],
        }


def _clock(seconds: float) -> str:
    return f"-{timestamp(-seconds)}" if seconds < 0 else timestamp(seconds)
