"""Commands for older ffmpegs: vidtag writes them for today's; pure."""

from __future__ import annotations

from collections.abc import Sequence

LAST_LENGTH = "setts=pts=PTS:dts=DTS:duration="
"""How a bitstream filter that gives packets a length begins."""

_WITH_FPS_MODE = (59, 37)
"""The libavcodec of FFmpeg 5.1 (its RELEASE_NOTES), the first that knows ``-fps_mode``."""

_WITH_LENGTHS = (60, 0)
"""The libavcodec of FFmpeg 6.0, the first whose muxers heed a length that ``setts`` gives. With 5.1
the last frame then lasts a single tick (``tests/e2e/test_other_ffmpegs.py``)."""


def spelled_for(words: Sequence[str], libavcodec: tuple[int, int]) -> list[str]:
    """The arguments as an ffmpeg with that libavcodec (major, minor) understands them.

    Before 5.1, ``-fps_mode`` was ``-vsync``, for all of an output's streams. Before 6.0, the
    lengths that :data:`LAST_LENGTH` gives to packets are left out: muxers find them by themselves.
    """
    spelled: list[str] = []
    for word in words:
        lengths = spelled and spelled[-1].startswith("-bsf") and word.startswith(LAST_LENGTH)
        if lengths and libavcodec < _WITH_LENGTHS:
            spelled.pop()
        elif word.partition(":")[0] == "-fps_mode" and libavcodec < _WITH_FPS_MODE:
            spelled.append("-vsync")
        else:
            spelled.append(word)
    return spelled
