"""How loud a file is, and how to make it as loud as another."""

from __future__ import annotations

import math
import re
from pathlib import Path

import ffmpeg

from vidtag.media.ffmpeg import input_file, run

MOST_GAIN = 18.0
"""Decibels by which a clip is made louder or softer at most, so that noise stays noise."""

_SILENCE = -70.0
"""The gate of BS.1770, in LUFS: what is softer does not count as sound."""


def measure_loudness(path: Path) -> float:
    """Integrated loudness of a file's first audio track in LUFS, gated as in BS.1770-4.

    -70, the gate itself, for silence and for less than 0.4 s of sound.

    Raises:
        ToolError: the file cannot be read.
    """
    metered = (
        input_file(path)
        .audio.filter("ebur128", metadata=1)
        .filter("ametadata", mode="print", key="lavfi.r128.I", file="-", direct=1)
    )
    printed = run(ffmpeg.output(metered, "-", format="null"), path=path).decode()
    values = re.findall(r"^lavfi\.r128\.I=(\S+)", printed, re.MULTILINE)
    loudness = float(values[-1]) if values else _SILENCE
    return loudness if math.isfinite(loudness) else _SILENCE


def gain_to(loudness: float, path: Path) -> float:
    """Factor that brings a file to a loudness in LUFS, within ``MOST_GAIN``; 1 for silence."""
    measured = measure_loudness(path)
    if measured <= _SILENCE:
        return 1.0
    return float(10 ** (min(max(loudness - measured, -MOST_GAIN), MOST_GAIN) / 20))
