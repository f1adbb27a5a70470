"""How loud a file is."""

from __future__ import annotations

import math
import re
from pathlib import Path

import ffmpeg

from vidtag.media.ffmpeg import input_file, run

SILENT = -70.0
"""Loudness, in LUFS, below which BS.1770 hears nothing."""


def measure_loudness(path: Path) -> float:
    """Integrated loudness of a file's first audio track in LUFS, gated as in BS.1770-4.

    -70, the gate itself, for silence and for less than 0.4 s of sound.
    """
    heard = (
        input_file(path)
        .audio.filter("ebur128", metadata=1)
        .filter("ametadata", mode="print", key="lavfi.r128.I", file="-", direct=1)
    )
    printed = run(ffmpeg.output(heard, "-", format="null"), path=path).decode()
    values = re.findall(r"^lavfi\.r128\.I=(\S+)", printed, re.MULTILINE)
    loudness = float(values[-1]) if values else SILENT
    return loudness if math.isfinite(loudness) else SILENT
