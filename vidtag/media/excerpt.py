"""A few seconds of a recording's sound, as a file that anything plays; and playing it aloud."""

from __future__ import annotations

import shutil
from pathlib import Path

from vidtag.core.media_streams import Media
from vidtag.media.child_process import answer
from vidtag.media.ffmpeg import file_url, run
from vidtag.media.tracks import choose_audio

_PLAYERS: tuple[tuple[str, ...], ...] = (
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("afplay",),
    ("pw-play",),
    ("paplay",),
    ("aplay", "-q"),
)
"""Programs that play a WAV file and end: FFmpeg's on any system, and those of macOS and Linux."""


def write_excerpt(media: Media, start: float, end: float, path: Path, track: int | None) -> None:
    """Write a part of the sound as WAV, over the one that is there.

    Args:
        start, end: seconds on the clock of the container's presentation.
        track: the audio track; None takes the container's default.

    Raises:
        ToolError: it cannot be decoded.
    """
    stream = choose_audio(media, track)
    at = max(0.0, start)
    path.unlink(missing_ok=True)  # ffmpeg writes over nothing
    run(
        [
            *("-ss", f"{at:.3f}", "-i", file_url(media.path)),
            *("-map", f"0:{stream.index}", "-t", f"{end - at:.3f}"),
            *("-ac", "2", "-ar", "48000", "-c:a", "pcm_s16le", "-f", "wav", file_url(path)),
        ],
        path=media.path,
    )


def play(path: Path) -> bool:
    """Play a WAV file to its end; false if nothing here can."""
    for name, *options in _PLAYERS:
        program = shutil.which(name)
        if program is not None:
            try:
                return answer([program, *options, str(path)]).code == 0
            except (OSError, TimeoutError):
                return False
    return False
