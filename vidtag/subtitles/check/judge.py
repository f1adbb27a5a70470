"""Checks subtitles, ours or another's, against a profile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vidtag.core.media_streams import VideoStream
from vidtag.core.names import SubtitleProfile
from vidtag.core.records import Cue, Document
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.check.check_result import CheckResult
from vidtag.subtitles.check.cue_rules import violations_of
from vidtag.subtitles.check.forced import with_reasons
from vidtag.subtitles.formats.read import read_cues
from vidtag.subtitles.layout.cues import LaidOutCue, lay_out
from vidtag.subtitles.layout.frame_grid import FrameGrid
from vidtag.subtitles.layout.style_profiles import profile_for


def check_file(
    path: str | Path,
    profile: SubtitleProfile,
    *,
    video: VideoStream | None = None,
    document: Document | None = None,
    shots: Sequence[float] | None = None,
) -> CheckResult:
    """Check a subtitle file against a profile.

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
    """Check cues against a profile; arguments are those of ``check_file``.

    Args:
        best: what ``lay_out`` makes of the document by the profile and otherwise default settings;
            laid out here if not given.
    """
    style, grid = profile_for(profile, video), FrameGrid.of(video)
    if shots is None:
        shots = document.shots if document else ()
    found = tuple(violations_of(cues, style, grid, shots))
    if document is not None and found:
        if best is None:
            markers = any(cue.markers or cue.text.startswith(("[", "（", "♪")) for cue in cues)
            best = lay_out(document, SubtitlesConfig(profile=profile, event_markers=markers))
        found = tuple(with_reasons(found, cues, best, document, style))
    return CheckResult(profile, len(cues), found)
