"""Which violations the words force: those that the best layout of the same words has as well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from vidtag.core.records import Cue, Document
from vidtag.subtitles.check.check_result import Rule, Violation
from vidtag.subtitles.check.cue_rules import violations_of
from vidtag.subtitles.formats.timestamps import timestamp
from vidtag.subtitles.layout.cues import LaidOutCue, cues_of
from vidtag.subtitles.layout.frame_grid import FrameGrid
from vidtag.subtitles.layout.style_profiles import StyleProfile
from vidtag.subtitles.reading.subtitle_file import SubtitleFile


def with_reasons(
    found: Sequence[Violation],
    cues: Sequence[Cue],
    best: Sequence[LaidOutCue],
    document: Document,
    profile: StyleProfile,
) -> Iterator[Violation]:
    """Violations, those that the words force with the reason.

    Args:
        found: violations of ``cues``.
        best: the layout of the document with the fewest and slightest violations. One of ``found``
            is forced if a cue of this layout breaks the same rule at the same time.
    """
    best_cues = cues_of(best)
    grid = FrameGrid.of(document.media.video)
    inevitable: dict[Rule, list[int]] = {}
    for violation in violations_of(SubtitleFile(best_cues), profile, grid, document.shots):
        inevitable.setdefault(violation.rule, []).append(violation.number - 1)
    for violation in found:
        cue = cues[violation.number - 1]
        number = next(
            (
                number
                for number in inevitable.get(violation.rule, ())
                if best_cues[number].start < cue.end and cue.start < best_cues[number].end
            ),
            None,
        )
        reason = None if number is None else _reason(violation.rule, best, number, profile)
        yield replace(violation, forced=reason)


def _reason(rule: Rule, best: Sequence[LaidOutCue], number: int, profile: StyleProfile) -> str:
    """Why cue ``number`` of the best layout breaks a rule."""
    words = [word for line in best[number].lines for unit in line for word in unit.words]
    onset, end = words[0].start, words[-1].end
    text = f"'{words[0].text}' to '{words[-1].text}'" if len(words) > 1 else f"'{words[0].text}'"
    if rule in (Rule.LINE_BREAK, Rule.LINE_LENGTH):
        return f"{text} leaves no better place for the line to break"
    if rule is Rule.SHOT_CHANGE:
        return (
            f"{text} is spoken from {timestamp(onset)} to {timestamp(end)}: without cutting off "
            "words or reading time, no edge can lie on the shot change"
        )
    spoken = f"{text} is spoken in {end - onset:.2f} s"
    if number + 1 < len(best):
        later = best[number + 1].lines[0][0].start
        spoken += f", and what follows begins {later - onset:.2f} s after its onset"
    return f"{spoken}; a cue may stay {float(profile.linger):g} s after its last word"
