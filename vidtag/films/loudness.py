"""How loud a file is, and how to make it as loud as another."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from vidtag.media.ffmpeg import input_file, run

LOUDNESS = -16.0
"""Integrated loudness films are brought to, in LUFS (ITU-R BS.1770): what video sites play at."""

MOST_GAIN = 18.0
"""Decibels by which a clip is made louder or softer at most, so that noise stays noise."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What is heard of a clip in a film, and how loud.

    Attributes:
        loudness: LUFS that it is brought to; None leaves it.
        tracks: numbers of its audio tracks that are heard together.
    """

    loudness: float | None = LOUDNESS
    tracks: tuple[int, ...] = (0,)


SILENCE = -70.0
"""The gate of BS.1770, in LUFS: what is softer does not count as sound."""


def loudness_of(samples: NDArray[np.float64], rate: int) -> float:
    """Integrated loudness of stereo samples, samples x 2, in LUFS, gated as in BS.1770-4.

    -70, the gate itself, for silence and for less than 0.4 s of sound.
    """
    source = ffmpeg.input("pipe:0", format="f32le", ar=rate, ac=2).audio
    metered = source.filter("ebur128", metadata=1).filter(
        "ametadata", mode="print", key="lavfi.r128.I", file="-", direct=1
    )
    stdin = samples.astype("<f4").tobytes()
    printed = run(ffmpeg.output(metered, "-", format="null"), stdin=stdin).decode()
    values = re.findall(r"^lavfi\.r128\.I=(\S+)", printed, re.MULTILINE)
    loudness = float(values[-1]) if values else SILENCE
    return loudness if math.isfinite(loudness) else SILENCE


def measure_true_peak(path: Path) -> float:
    """Highest true peak of a file's first audio track in dBTP (ITU-R BS.1770-4); -inf for silence.

    Raises:
        ToolError: the file cannot be read.
    """
    metered = (
        input_file(path)
        .audio.filter("ebur128", metadata=1, peak="true")
        .filter("ametadata", mode="print", file="-", direct=1)
    )
    printed = run(ffmpeg.output(metered, "-", format="null"), path=path).decode()
    values = re.findall(r"^lavfi\.r128\.true_peaks_ch\d+=(\S+)", printed, re.MULTILINE)
    highest = max((float(value) for value in values), default=0.0)
    return 20 * math.log10(highest) if highest > 0 else -math.inf
