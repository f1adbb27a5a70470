"""Encodes the sound of a film: stereo AAC whose true peak stays at or below -1 dBTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import ffmpeg
import numpy as np

from vidtag.films.loudness import MOST_GAIN, SILENCE, loudness_of, measure_true_peak
from vidtag.films.true_peak import MARGIN, Sound, limit
from vidtag.media.ffmpeg import file_url, input_file, run

SOUND_RATE = 48_000
"""Samples of sound per second."""

TRUE_PEAK = -1.0
"""dBTP that no film exceeds (EBU R 128; what video sites ask for)."""

_ROOM = 0.5
"""Decibels that the first try leaves for what the encoder adds: up to 0.32 in talk, laughs and
applause at -16 LUFS. What has more is encoded twice."""

_TRIES = 4
_GAIN_TRIES = 2
_BLOCK = 10 * SOUND_RATE
"""Samples that are limited at a time."""


def read_stereo(path: Path, tracks: Sequence[int] = (0,)) -> Sound:
    """Audio tracks of a file from its zero on, as :func:`read_sound` reads them: samples x 2."""
    return read_sound(path, tracks, channels=2, rate=SOUND_RATE)


def read_sound(path: Path, tracks: Sequence[int], *, channels: int, rate: int) -> Sound:
    """Audio tracks of a file from its zero on, those of several together: samples x channels.

    More channels are mixed down by FFmpeg's matrix, in which the centre is heard on both sides.

    Args:
        rate: samples per second.

    Raises:
        ToolError: it cannot be decoded.
    """
    sounds = [_track(path, track, channels, rate) for track in tracks]
    longest = max(map(len, sounds))
    together: Sound = np.sum(
        [np.pad(one, ((0, longest - len(one)), (0, 0))) for one in sounds], axis=0
    )
    return together


def _track(path: Path, track: int, channels: int, rate: int) -> Sound:
    source = input_file(path)[f"a:{track}"]
    sound = source.filter("aresample", **{"async": 1, "first_pts": 0})
    data = run(ffmpeg.output(sound, "pipe:1", format="f32le", ac=channels, ar=rate), path=path)
    return np.frombuffer(data, "<f4").reshape(-1, channels).astype(np.float64)


def gain_for(loudness: float, samples: Sound) -> float:
    """Factor that brings stereo sound to a loudness in LUFS, after its peaks were limited.

    Within ``MOST_GAIN``; 1 for silence.
    """
    heard = loudness_of(samples, SOUND_RATE)
    if heard <= SILENCE:
        return 1.0
    gain = 10 ** (min(max(loudness - heard, -MOST_GAIN), MOST_GAIN) / 20)
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
