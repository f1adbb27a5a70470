"""Commands for older ffmpegs: vidtag writes them for today's; pure."""

from __future__ import annotations

from collections.abc import Sequence

LAST_LENGTH = "setts=pts=PTS:dts=DTS:duration="
"""How a bitstream filter that gives packets a length begins."""

_TODAYS_LIBAVCODEC = (59, 37)
"""The libavcodec of FFmpeg 5.1 (its RELEASE_NOTES), the first that knows ``-fps_mode``, and a
``duration`` of the bitstream filter ``setts``."""


def spelled_for(words: Sequence[str], libavcodec: tuple[int, int]) -> list[str]:
    """The arguments as an ffmpeg with that libavcodec (major, minor) understands them.

    Before 5.1, ``-fps_mode`` was ``-vsync``, for all of an output's streams. There the lengths that
    :data:`LAST_LENGTH` gives to packets are left out: its muxers find them by themselves.
    """
    if libavcodec >= _TODAYS_LIBAVCODEC:
        return list(words)
    spelled: list[str] = []
    for word in words:
        if spelled and spelled[-1].startswith("-bsf") and word.startswith(LAST_LENGTH):
            spelled.pop()
        elif word.partition(":")[0] == "-fps_mode":
            spelled.append("-vsync")
        else:
            spelled.append(word)
    return spelled
