"""Pictures and sound into one MP4 whose audio starts after its video."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

AUDIO_RATE = 48_000
# A fine clock: with the default of milliseconds the start of the audio would be rounded.
_CONTAINER = {"movflags": "+faststart", "movie_timescale": str(AUDIO_RATE)}
_KEYFRAMES = 50
"""Frames from one keyframe to the next."""


def write(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    rate: int,
    sound: NDArray[np.float32],
    audio_start: Fraction,
) -> None:
    """H.264 (B-frames, a keyframe every two seconds at 25 frames) and AAC.

    Args:
        pictures: RGB, all of one shape (height, width, 3).
        rate: frames per second.
        sound: shape (channels, samples) at AUDIO_RATE, from -1 to 1.
        audio_start: presentation time of the first sample, in seconds after the first frame.
    """
    with av.open(str(path), "w", format="mp4", options=_CONTAINER) as out:
        video = out.add_stream("libx264", rate=rate)
        video.width = video.height = 0
        video.pix_fmt = "yuv420p"
        # One thread: the same bytes from any number of cores.
        video.options = {
            "preset": "slow", "crf": "28", "tune": "animation", "g": str(_KEYFRAMES), "bf": "3",
            "keyint_min": str(_KEYFRAMES // 2), "threads": "1",
        }  # fmt: skip
        context = video.codec_context
        context.time_base = Fraction(1, rate)
        context.colorspace = Colorspace.ITU709
        context.color_range = ColorRange.MPEG
        context.color_primaries = context.color_trc = 1  # ITU-R BT.709
        channels = len(sound)
        audio = out.add_stream("aac", rate=AUDIO_RATE, layout="stereo" if channels == 2 else "mono")
        audio.bit_rate = 96_000
        packets = _audio_packets(audio, sound, audio_start)
        pending = next(packets, None)
        for number, picture in enumerate(pictures):
            if not video.width:
                video.height, video.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(
                format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
            )
            frame.pts, frame.time_base = number, Fraction(1, rate)
            for packet in video.encode(frame):
                out.mux(packet)
            while pending is not None and _time(pending) < Fraction(number, rate):
                out.mux(pending)
                pending = next(packets, None)
        for packet in video.encode(None):
            out.mux(packet)
        while pending is not None:
            out.mux(pending)
            pending = next(packets, None)


def _time(packet: av.Packet[Any]) -> Fraction:
    return (packet.pts or 0) * Fraction(packet.time_base or 0)


def _audio_packets(
    stream: av.AudioStream, sound: NDArray[np.float32], start: Fraction
) -> Iterator[av.Packet[Any]]:
    offset = int(start * AUDIO_RATE)
    block = 1024  # the codec's frame
    for at in range(0, sound.shape[1], block):
        samples = np.ascontiguousarray(sound[:, at : at + block])
        frame = av.AudioFrame.from_ndarray(
            samples, format="fltp", layout="stereo" if len(sound) == 2 else "mono"
        )
        frame.sample_rate = AUDIO_RATE
        frame.time_base = Fraction(1, AUDIO_RATE)
        frame.pts = offset + at
        yield from stream.encode(frame)
    yield from stream.encode(None)
