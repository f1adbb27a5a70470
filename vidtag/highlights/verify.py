"""Checks that a written clip holds what was planned, by opening it again and comparing it.

Only the clip, and the source around the frames compared, are read; a clip that differs is refused.
"""

from __future__ import annotations

import bisect
from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from vidtag.errors import VerificationError
from vidtag.highlights.frames import (
    FramePlan,
    decode_between,
    open_media,
    picture_stream,
    sound_stream,
)

if TYPE_CHECKING:
    import numpy as np
    from av import VideoFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

_LONG_SIDE, _SHORT_SIDE = 96, 54
"""Pixels to which pictures are reduced to compare them: coding noise averages out there, a wrong
frame does not."""

_ALIKE = 14.0
"""Mean difference in grey levels (of 255) up to which two pictures can be the same frame."""

_SAME = 0.05
"""Mean difference up to which a copied picture is the source's own: none, but for rounding."""

_BEFORE_JOINT, _AFTER_JOINT = 3, 12
"""Frames compared around a joint: a decoder that starts wrong there shows it in the frames that are
predicted from the first."""

_NEAR = 30
"""Frames between two stretches up to which they are decoded as one, because a decoder would have to
start over in the same place."""

_CLOSER = 0.5
"""Grey levels by which a neighbour must resemble the written frame better to be taken for it."""

_LISTEN = 20.0
"""Seconds of sound that are compared, at most."""

_COMPARABLE = 0.5
"""Seconds of sound from which on a comparison means something."""

_LISTEN_RATE = 8000
"""Samples per second at which sound is compared."""

_LAG = 0.25
"""Seconds by which sound is tried against itself."""

_HOLE = 0.05
"""Seconds by which a timestamp must be off to mean that sound is missing there."""

_SILENCE = 1e-3
"""Root mean square below which there is nothing to compare."""

_LOUD = 1e-2
"""Root mean square above which one sound cannot be the other, which is silent."""

_AAC_FRAME = 1024 / 44_100
"""Seconds of an AAC frame: what containers may round the length of a sound to."""


def verify_clip(
    written: Path,
    source: Path,
    *,
    picture: FramePlan | None,
    picture_index: int | None,
    sound: tuple[float, float] | None,
    sound_index: int | None,
    joints: Sequence[int] = (),
    copied: Collection[int] = (),
    name: Path,
) -> None:
    """Open a clip again and compare it with the plan and the source.

    Args:
        written: the clip, under its temporary name.
        source: the file it was cut from.
        picture: its planned frames, or None for sound alone.
        sound: first and last second of its sound on the source's timestamps, or None.
        picture_index, sound_index: streams of the source that were cut.
        joints: pts of frames at which a part begins that was not made like the one before it: the
            frames around them are decoded in one go and compared one by one.
        copied: pts of frames that have to be the source's own, to the bit.
        name: the name the clip is to have, for errors.

    Raises:
        VerificationError: a frame is missing, doubled, late or another one than planned, or sound
            and picture are more than a frame apart.
    """
    with open_media(written) as clip, open_media(source) as origin:
        slack = _AAC_FRAME
        if picture is not None:
            assert picture_index is not None
            slack = max(slack, float(picture.longest_gap))
            _check_times(clip, picture, name)
            for first, last in _windows(picture, joints):
                _check_pictures(clip, origin, picture_index, picture, first, last, copied, name)
        elif clip.streams.video:
            raise VerificationError("the clip has a picture that was not planned", path=name)
        if sound is not None:
            assert sound_index is not None
            _check_length(clip, sound[1] - sound[0], slack, name)
            _check_sound(clip, origin, sound_index, sound, slack, name)
        elif clip.streams.audio:
            raise VerificationError("the clip has sound that was not planned", path=name)


def _check_times(clip: InputContainer, plan: FramePlan, name: Path) -> None:
    """Every planned frame is there once, at its time; the last one ends when it should."""
    if not clip.streams.video:
        raise VerificationError("the clip has no picture", path=name)
    stream = clip.streams.video[0]
    assert stream.time_base is not None
    shown = sorted(
        (packet.pts * stream.time_base, (packet.duration or 0) * stream.time_base)
        for packet in clip.demux(stream)
        if packet.size and not packet.is_discard and packet.pts is not None
    )
    if len(shown) != len(plan.times):
        raise VerificationError(
            f"the clip holds {len(shown)} frames instead of {len(plan.times)}", path=name
        )
    slack = min(stream.time_base + plan.time_base, plan.shortest_gap / 2)
    for number, ((time, _), pts) in enumerate(zip(shown, plan.times, strict=True)):
        expected = pts * plan.time_base - plan.start_time
        if abs(time - expected) > slack:
            raise VerificationError(
                f"frame {number} of the clip is shown at {float(time):.4f} s instead of "
                f"{float(expected):.4f} s",
                path=name,
            )
    length = plan.end_time - plan.start_time
    if abs(sum(shown[-1]) - length) > plan.longest_gap:
        raise VerificationError(
            f"the clip lasts {float(sum(shown[-1])):.3f} s instead of {float(length):.3f} s",
            path=name,
        )


def _windows(plan: FramePlan, joints: Sequence[int]) -> list[tuple[int, int]]:
    """First and last number of the frames to compare, of one stretch after another."""
    last = len(plan.times) - 1
    spans = [(0, 0), (last, last)]
    for joint in joints:
        at = bisect.bisect_left(plan.times, joint)
        spans.append((max(at - _BEFORE_JOINT, 0), min(at + _AFTER_JOINT, last)))
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first - merged[-1][1] <= _NEAR:
            merged[-1] = merged[-1][0], max(last, merged[-1][1])
        else:
            merged.append((first, last))
    return merged


def _check_pictures(
    clip: InputContainer,
    origin: InputContainer,
    index: int,
    plan: FramePlan,
    first: int,
    last: int,
    copied: Collection[int],
    name: Path,
) -> None:
    """Frames number ``first`` to ``last`` of the clip are the source's, each once and in order."""
    times = plan.times[first : last + 1]
    start, length = times[0] * plan.time_base, (times[-1] - times[0]) * plan.time_base
    slack = min(plan.time_base, plan.shortest_gap / 4)
    written = list(
        _pictures(clip, clip.streams.video[0], start - plan.start_time - slack, length + 2 * slack)
    )
    if len(written) != len(times):
        raise VerificationError(
            f"{len(written)} frames can be decoded instead of {len(times)} from frame {first} of "
            "the clip on",
            path=name,
        )
    around = plan.times[max(first - 1, 0) : last + 2]
    low, high = around[0] * plan.time_base, around[-1] * plan.time_base
    looks = dict(_pictures(origin, picture_stream(origin, index), low, high - low))
    at = {round(time / plan.time_base): look for time, look in looks.items()}
    for number, (pts, (_, picture)) in enumerate(zip(times, written, strict=True), first):
        when = float(pts * plan.time_base)
        if pts not in at:
            raise VerificationError(
                f"the source's frame at {when:.3f} s cannot be decoded", path=name
            )
        own = _difference(picture, at[pts])
        near = plan.times[max(number - 1, 0) : number + 2]
        others = min(_difference(picture, at[other]) for other in near if other in at)
        if own > (_SAME if pts in copied else _ALIKE) or own > others + _CLOSER:
            raise VerificationError(
                f"frame {number} of the clip is not the source's frame at {when:.3f} s", path=name
            )


def _pictures(
    container: InputContainer, stream: VideoStream, start: Fraction, length: Fraction | int
) -> Iterator[tuple[Fraction, NDArray[np.uint8]]]:
    """Times and small grey pictures, upright, from ``start`` for ``length`` seconds inclusive."""
    assert stream.time_base is not None
    low = round(start / stream.time_base) - 1
    high = round((start + length) / stream.time_base) + 1
    for frame in decode_between(container, stream, low, high):
        assert frame.pts is not None
        if not frame.is_corrupt:
            yield frame.pts * stream.time_base, _look(frame)


def _look(frame: VideoFrame) -> NDArray[np.uint8]:
    import numpy as np

    wide = frame.width >= frame.height
    width, height = (_LONG_SIDE, _SHORT_SIDE) if wide else (_SHORT_SIDE, _LONG_SIDE)
    gray = frame.reformat(width=width, height=height, format="gray", interpolation="AREA")
    # FFmpeg's angle is counter-clockwise, as rot90's.
    return np.rot90(gray.to_ndarray(), round(frame.rotation / 90))


def _difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Mean absolute difference in grey levels; infinite where the shapes differ."""
    if one.shape != other.shape:
        return float("inf")
    return float(abs(one.astype("int16") - other).mean())


def _check_length(clip: InputContainer, length: float, slack: float, name: Path) -> None:
    """The sound starts with the clip and lasts as long."""
    if not clip.streams.audio:
        raise VerificationError("the clip has no sound", path=name)
    stream = clip.streams.audio[0]
    assert stream.time_base is not None
    start = float((stream.start_time or 0) * stream.time_base)
    lasts = float((stream.duration or 0) * stream.time_base)
    if abs(start) > slack or abs(start + lasts - length) > slack:
        raise VerificationError(
            f"the clip's sound runs from {start:.3f} to {start + lasts:.3f} s instead of "
            f"0 to {length:.3f} s",
            path=name,
        )


def _check_sound(
    clip: InputContainer,
    origin: InputContainer,
    index: int,
    sound: tuple[float, float],
    slack: float,
    name: Path,
) -> None:
    """The clip's sound is the source's, not shifted by more than ``slack`` seconds."""
    import numpy as np

    length = min(sound[1] - sound[0], _LISTEN)
    if length < _COMPARABLE:
        return
    mine = _samples(clip, clip.streams.audio[0], 0.0, length)
    theirs = _samples(origin, sound_stream(origin, index), sound[0], length)
    loudness = [float(np.sqrt(np.mean(part**2))) for part in (mine, theirs)]
    if min(loudness) < _SILENCE:
        # What is heard of sound above the range compared, when it is encoded, is faint noise.
        if max(loudness) > _LOUD:
            raise VerificationError(
                "the clip is silent where the source is not, or the reverse", path=name
            )
        return
    # Only the part of the correlation within the lags tried is meant: zeros keep it from wrapping.
    reach = round(_LAG * _LISTEN_RATE)
    size = 1 << (mine.size + reach).bit_length()
    spectrum = np.fft.rfft(mine, size) * np.conj(np.fft.rfft(theirs, size))
    circular = np.fft.irfft(spectrum, size)
    likeness = np.concatenate([circular[-reach:], circular[: reach + 1]])
    likeness /= np.sqrt(np.sum(mine**2) * np.sum(theirs**2)) + 1e-12
    within = round(slack * _LISTEN_RATE)
    middle = float(likeness[reach - within : reach + within + 1].max())
    best = int(likeness.argmax())
    if middle < 0.3 or middle < 0.8 * float(likeness[best]):
        raise VerificationError(
            "the clip's sound is not the source's, or is shifted against the picture by "
            f"{(best - reach) / _LISTEN_RATE:+.3f} s",
            path=name,
        )


def _samples(
    container: InputContainer, stream: AudioStream, start: float, length: float
) -> NDArray[np.float32]:
    """Mono samples of a stretch, silence where there are none.

    They follow each other as they come; timestamps place the first, and tell of holes only:
    Matroska's are rounded to milliseconds.
    """
    import numpy as np
    from av import AudioResampler

    assert stream.time_base is not None
    result = np.zeros(round(length * _LISTEN_RATE), np.float32)
    resampler = AudioResampler(format="flt", layout="mono", rate=_LISTEN_RATE)
    # A decoder needs the packet before the first it is to give right.
    at = max(round((start - 0.5) / stream.time_base), stream.start_time or 0)
    container.seek(at, stream=stream, backward=True)
    offset: int | None = None
    for frame in container.decode(stream):
        if frame.pts is None:
            continue
        if frame.pts * stream.time_base >= start + length:
            break
        for block in resampler.resample(frame):
            assert block.pts is not None
            assert block.time_base is not None
            samples = block.to_ndarray()[0]
            told = round((float(block.pts * block.time_base) - start) * _LISTEN_RATE)
            if offset is None or abs(told - offset) > _HOLE * _LISTEN_RATE:
                offset = told
            low, high = max(offset, 0), min(offset + samples.size, result.size)
            if low < high:
                result[low:high] = samples[low - offset : high - offset]
            offset += samples.size
    return result
