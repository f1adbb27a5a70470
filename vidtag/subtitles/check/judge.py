"""Checks subtitles, ours or another's, against a profile."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from vidtag.core.media_streams import VideoStream
from vidtag.core.records import Cue, Document, Language
from vidtag.core.settings import HouseStyleConfig
from vidtag.subtitles.check.check_result import CheckResult, Rule, Violation
from vidtag.subtitles.check.cue_rules import violations_of
from vidtag.subtitles.check.forced import with_reasons
from vidtag.subtitles.check.frame_rates import MOST_FRAMES, shown_rate
from vidtag.subtitles.layout.frame_grid import FrameGrid
from vidtag.subtitles.layout.style_profiles import profile_for
from vidtag.subtitles.reading.subtitle_file import SubtitleFile, read_subtitles


def check_file(
    path: str | Path,
    profile: str | HouseStyleConfig,
    *,
    video: VideoStream | None = None,
    document: Document | None = None,
    shots: Sequence[float] | None = None,
    frame_rate: Fraction | None = None,
    encoding: str | None = None,
    language: Language | None = None,
) -> CheckResult:
    """Check a subtitle file against a profile.

    Args:
        profile: name of a built-in house style, or its figures.
        video: picture whose frames and shape count.
        document: what was said, if known: it tells which violations the words force.
        shots: times of shot changes; by default those of the document.
        frame_rate: frames a second; by default the video's, else what the file says, else the rate
            on whose frames its times lie, else 25.
        encoding: what the file was saved in; found out if not given.
        language: what it is in, where its text cannot tell.

    Raises:
        InputError: there is no such file, or it is not a subtitle file.
    """
    counted_in = frame_rate or (video.frame_rate if video else None)
    file = read_subtitles(path, encoding=encoding, language=language, frame_rate=counted_in)
    grid, source = _grid(file, video, frame_rate)
    return _check(file, profile, grid, source, video=video, document=document, shots=shots)


def check_cues(
    cues: Sequence[Cue],
    profile: str | HouseStyleConfig,
    *,
    video: VideoStream | None = None,
    document: Document | None = None,
    shots: Sequence[float] | None = None,
) -> CheckResult:
    """Check cues against a profile; arguments are those of ``check_file``.

    Args:
        video: picture whose frames count; without it, 25 frames a second.
    """
    file, grid = SubtitleFile(tuple(cues)), FrameGrid.of(video)
    return _check(file, profile, grid, None, video=video, document=document, shots=shots)


def _grid(
    file: SubtitleFile, video: VideoStream | None, frame_rate: Fraction | None
) -> tuple[FrameGrid, str | None]:
    """The frames that times are judged by, and whence they are known."""
    if frame_rate is not None:
        return FrameGrid(frame_rate, video.start if video else 0.0), "given"
    if video is not None and video.frame_rate > 0:
        return FrameGrid.of(video), "video"
    if file.frame_rate is not None and 1 <= file.frame_rate <= MOST_FRAMES:
        return FrameGrid(file.frame_rate), "file"
    shown = shown_rate(time for cue in file.cues for time in (cue.start, cue.end))
    return (FrameGrid(shown), "times") if shown else (FrameGrid.of(None), None)


def _check(
    file: SubtitleFile,
    profile: str | HouseStyleConfig,
    grid: FrameGrid,
    rate_source: str | None,
    *,
    video: VideoStream | None,
    document: Document | None,
    shots: Sequence[float] | None,
) -> CheckResult:
    style, cues = profile_for(profile, video), file.cues
    if shots is None:
        shots = document.shots if document else ()
    found = tuple(violations_of(file, style, grid, shots))
    if document is not None and found:
        found = tuple(with_reasons(found, cues, document, style, shots))
    lost = (
        Violation(0, 0.0, Rule.UNREADABLE, each.detail, line=each.line) for each in file.unreadable
    )
    return CheckResult(style.name, len(cues), (*lost, *found), grid.rate, rate_source)
