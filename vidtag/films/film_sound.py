"""Encodes the sound of a film: stereo AAC whose true peak stays at or below -1 dBTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import ffmpeg
import numpy as np

from vidtag.films.loudness import MOST_GAIN, gain_to, loudness_of, measure_true_peak
from vidtag.films.true_peak import MARGIN, Sound, limit
from vidtag.media.ffmpeg import file_url, input_file, run

SOUND_RATE = 48_000
"""Samples of sound per second."""

TRUE_PEAK = -1.0
"""dBTP that no film exceeds (EBU R 128; what video sites ask for)."""

_ROOM = 0.3
"""Decibels that the first try leaves for what the encoder adds."""

_TRIES = 4
_GAIN_TRIES = 2
_BLOCK = 10 * SOUND_RATE
"""Samples that are limited at a time."""


def read_stereo(path: Path) -> Sound:
    """The first audio track of a file from its zero on: samples x 2.

    More channels are mixed down by FFmpeg's matrix, in which the centre is heard on both sides.

    Raises:
        ToolError: it cannot be decoded.
    """
    sound = input_file(path).audio.filter("aresample", **{"async": 1, "first_pts": 0})
    data = run(ffmpeg.output(sound, "pipe:1", format="f32le", ac=2, ar=SOUND_RATE), path=path)
    return np.frombuffer(data, "<f4").reshape(-1, 2).astype(np.float64)


def gain_for(loudness: float, path: Path) -> float:
    """Factor that brings a file to a loudness in LUFS, after its peaks were limited.

    Within ``MOST_GAIN``; 1 for silence.
    """
    gain = gain_to(loudness, path)
    samples = read_stereo(path)
    for _ in range(_GAIN_TRIES):
        louder = samples * gain
        limited = limit(louder, 10 ** ((TRUE_PEAK - _ROOM) / 20))
        if limited is louder:
            break
        missing = max(loudness - loudness_of(limited, SOUND_RATE), 0.0)
        gain = min(gain * 10 ** (missing / 20), 10 ** (MOST_GAIN / 20))
    return gain


def encode_sound(
    read: Callable[[int, int], Sound],
    length: int,
    target: Path,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Encode sound, limited so that what is written has no true peak above ``TRUE_PEAK``.

    Args:
        read: gives the samples from one number up to another, samples x 2.
        length: number of samples.
        target: an MP4 or M4A that may be written over.
        stop: called twice a second; true ends the work, and leaves nothing that is of use.

    Raises:
        ToolError: ffmpeg failed.
    """
    ceiling = TRUE_PEAK - _ROOM
    for _ in range(_TRIES):
        target.unlink(missing_ok=True)
        source = ffmpeg.input("pipe:0", format="f32le", ar=SOUND_RATE, ac=2)
        encoding = {"c:a": "aac", "b:a": "192k", "format": "mp4"}
        output = ffmpeg.output(source.audio, file_url(target), **encoding)
        run(output, stdin=_limited(read, length, 10 ** (ceiling / 20)), path=target, stop=stop)
        if stop():
            return
        # The encoder changes the shape of waves: what it made is measured, not what it was given.
        excess = measure_true_peak(target) - TRUE_PEAK
        if excess <= 0:
            return
        ceiling -= excess + _ROOM


def _limited(read: Callable[[int, int], Sound], length: int, ceiling: float) -> Iterator[bytes]:
    for first in range(0, length, _BLOCK):
        end = min(first + _BLOCK, length)
        begin = max(first - MARGIN, 0)
        limited = limit(read(begin, min(end + MARGIN, length)), ceiling)
        yield limited[first - begin : end - begin].astype("<f4").tobytes()
