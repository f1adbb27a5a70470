"""The quality of the subtitles, as the report shows it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vidtag.core.clock import clock
from vidtag.subtitles.check.check_result import CheckResult


@dataclass(frozen=True, slots=True)
class Fault:
    """A broken rule of subtitling."""

    number: int
    clock: str
    rule: str
    detail: str
    forced: bool


@dataclass(frozen=True, slots=True)
class QualityView:
    """How the subtitles do by their profile."""

    good: bool
    verdict: str
    faults: tuple[Fault, ...]
    forced: str


def quality_view(check: CheckResult, words: Mapping[str, str]) -> QualityView:
    """The result of a check, in the words of the report's language."""
    good = not check.avoidable
    key = "quality_good" if good else "quality_bad"
    forced = len(check.violations) - len(check.avoidable)
    return QualityView(
        good=good,
        verdict=words[key].format(
            cues=check.cues, profile=check.profile, count=len(check.avoidable)
        ),
        faults=tuple(_faults(check)),
        forced=words["quality_forced"].format(count=forced) if forced else "",
    )


def _faults(check: CheckResult) -> Iterable[Fault]:
    for found in check.violations:
        detail = found.detail + (f" ({found.forced})" if found.forced else "")
        yield Fault(
            found.number, clock(found.start), found.rule.value, detail, found.forced is not None
        )
