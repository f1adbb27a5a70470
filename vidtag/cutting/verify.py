"""Checks that a written clip holds what was planned, by opening it again and comparing it.

Only the clip, and the source around the frames compared, are read; a clip that differs is refused.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from zlib import crc32

import numpy as np
from av import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from vidtag.core.errors import VerificationError
from vidtag.cutting.frame_signature import AFTER_JOINT, Look, difference, look_of
from vidtag.media.container import frames_of, open_media, packets, picture_stream, sound_stream
from vidtag.media.frame_plan import FramePlan
from vidtag.media.frames import decode_between

_ALIKE = 14.0
"""Mean difference in grey levels (of 255) up to which two pictures can be the same frame."""

_SAME = 0.05
"""Mean difference up to which a copied picture is the source's own: none, but for rounding."""

_BEFORE_JOINT = 3
"""Frames compared before a joint, to see that none is missing or repeated there."""

_NEAR = 30
"""Frames between two stretches up to which they are decoded as one, because a decoder would have to
start over in the same place."""

_CLOSER = 0.5
"""Grey levels by which a neighbour must resemble the written frame better to be taken for it."""

_LISTEN = 5.0
"""Seconds of sound that are compared at the beginning and at the end of a clip."""

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


@dataclass(frozen=True, slots=True)
class Copied:
    """What is known of a clip whose picture was copied in part.

    Attributes:
        joints: pts of frames at which a part begins that was not made like the one before it.
        digests: CRC-32 of the samples that were copied, by pts.
        looks: what frames of the source look like that were decoded for encoding, by pts.
    """

    joints: tuple[int, ...]
    digests: Mapping[int, int]
    looks: Mapping[int, Look]


def verify_clip(
    written: Path,
    origin: InputContainer,
    *,
    picture: FramePlan | None,
    picture_index: int | None,
    sound: tuple[float, float] | None,
    sound_index: int | None,
    copied: Copied | None = None,
    name: Path,
) -> None:
    """Open a clip again and compare it with the plan and the source.

    Args:
        written: the clip, under its temporary name.
        origin: the file it was cut from, open; its reading position is moved.
        picture: its planned frames, or None for sound alone.
        sound: first and last second of its sound on the source's timestamps, or None.
        picture_index, sound_index: streams of the source that were cut.
        copied: what was copied. Copied samples have to be the source's own, and the frames around
            joints are decoded in one go and compared one by one.
        name: the name the clip is to have, for errors.

    Raises:
        VerificationError: a frame is missing, doubled, late or another one than planned, or sound
            and picture are more than a frame apart.
    """
    copied = copied or Copied((), {}, {})
    with open_media(written) as clip:
        slack = _AAC_FRAME
        if picture is not None:
            assert picture_index is not None
            slack = max(slack, float(picture.longest_gap))
            _check_packets(clip, picture, copied.digests, name)
            for first, last in _windows(picture, copied):
                _check_pictures(clip, origin, picture_index, picture, (first, last), copied, name)
        elif clip.streams.video:
            raise VerificationError("the clip has a picture that was not planned", path=name)
        if sound is not None:
            assert sound_index is not None
            _check_length(clip, sound[1] - sound[0], slack, name)
            _check_sound(clip, origin, sound_index, sound, slack, name)
        elif clip.streams.audio:
            raise VerificationError("the clip has sound that was not planned", path=name)


def _check_packets(
    clip: InputContainer, plan: FramePlan, digests: Mapping[int, int], name: Path
) -> None:
    """Every planned frame is there once, at its time; the last one ends when it should."""
    if not clip.streams.video:
        raise VerificationError("the clip has no picture", path=name)
    stream = clip.streams.video[0]
    assert stream.time_base is not None
    shown = sorted(
        (packet.pts, packet.duration or 0, crc32(packet) if digests else 0)
        for packet in packets(clip, stream)
        if packet.size and not packet.is_discard and packet.pts is not None
    )
    if len(shown) != len(plan.times):
        raise VerificationError(
            f"the clip holds {len(shown)} frames instead of {len(plan.times)}", path=name
        )
    slack = min(stream.time_base + plan.time_base, plan.shortest_gap / 2)
    for number, ((shown_at, _, digest), pts) in enumerate(zip(shown, plan.times, strict=True)):
        time, expected = shown_at * stream.time_base, pts * plan.time_base - plan.start_time
        if abs(time - expected) > slack:
            raise VerificationError(
                f"frame {number} of the clip is shown at {float(time):.4f} s instead of "
                f"{float(expected):.4f} s",
                path=name,
            )
        if digests.get(pts, digest) != digest:
            raise VerificationError(
                f"frame {number} of the clip is not as it was copied", path=name
            )
    lasts = (shown[-1][0] + shown[-1][1]) * stream.time_base
    length = plan.end_time - plan.start_time
    if abs(lasts - length) > plan.longest_gap:
        raise VerificationError(
            f"the clip lasts {float(lasts):.3f} s instead of {float(length):.3f} s", path=name
        )


def _windows(plan: FramePlan, copied: Copied) -> list[tuple[int, int]]:
    """First and last number of the frames to compare, of one stretch after another."""
    last = len(plan.times) - 1
    spans = [(0, 0)]
    if plan.times[-1] not in copied.digests:
        spans.append((last, last))
    for joint in copied.joints:
        at = bisect.bisect_left(plan.times, joint)
        spans.append((max(at - _BEFORE_JOINT, 0), min(at + AFTER_JOINT, last)))
    merged: list[tuple[int, int]] = []
    for first, end in sorted(spans):
        if merged and first - merged[-1][1] <= _NEAR:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((first, end))
    return merged


def _check_pictures(
    clip: InputContainer,
    origin: InputContainer,
    index: int,
    plan: FramePlan,
    window: tuple[int, int],
    copied: Copied,
    name: Path,
) -> None:
    """The frames of a window of the clip are the source's, each once and in order."""
    first, last = window
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
    looks = dict(copied.looks) | _looks_of_source(origin, index, plan, window, copied)
    for number, (pts, (_, picture)) in enumerate(zip(times, written, strict=True), first):
        if pts not in looks:
            if _follows_a_copy(pts, plan, copied):
                continue
            when = float(pts * plan.time_base)
            raise VerificationError(
                f"the source's frame at {when:.3f} s cannot be decoded", path=name
            )
        own = difference(picture, looks[pts])
        near = plan.times[max(number - 1, 0) : number + 2]
        others = min(difference(picture, looks[other]) for other in near if other in looks)
        if own > (_SAME if pts in copied.digests else _ALIKE) or own > others + _CLOSER:
            raise VerificationError(
                f"frame {number} of the clip is not the source's frame at "
                f"{float(pts * plan.time_base):.3f} s",
                path=name,
            )


def _looks_of_source(
    origin: InputContainer, index: int, plan: FramePlan, window: tuple[int, int], copied: Copied
) -> dict[int, Look]:
    """What the source's frames of a window and around it look like, but for what is known."""
    around = plan.times[max(window[0] - 1, 0) : window[1] + 2]
    wanted = [
        pts for pts in around if pts not in copied.looks and not _follows_a_copy(pts, plan, copied)
    ]
    if not wanted:
        return {}
    stream = picture_stream(origin, index)
    # To the tick: before a keyframe, a decoder would have to start at the one before.
    frames = decode_between(origin, stream, wanted[0], wanted[-1])
    return {f.pts: look_of(f) for f in frames if f.pts is not None and not f.is_corrupt}


def _follows_a_copy(pts: int, plan: FramePlan, copied: Copied) -> bool:
    """Whether a frame was copied, and hangs on frames that were found right or copied as well."""
    if pts not in copied.digests:
        return False
    at = bisect.bisect_left(plan.times, pts)
    starts = [bisect.bisect_left(plan.times, joint) for joint in copied.joints]
    return not any(start <= at <= start + AFTER_JOINT for start in (0, *starts))


def _pictures(
    container: InputContainer, stream: VideoStream, start: Fraction, length: Fraction | int
) -> Iterator[tuple[Fraction, Look]]:
    """Times and small grey pictures, upright, from ``start`` for ``length`` seconds inclusive."""
    assert stream.time_base is not None
    low = round(start / stream.time_base) - 1
    high = round((start + length) / stream.time_base) + 1
    for frame in decode_between(container, stream, low, high):
        assert frame.pts is not None
        if not frame.is_corrupt:
            yield frame.pts * stream.time_base, look_of(frame)


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
    """At both ends the clip's sound is the source's, shifted by at most ``slack`` seconds."""
    length = sound[1] - sound[0]
    if length < _COMPARABLE:
        return
    part = min(length, _LISTEN)
    for offset in {0.0, length - part}:
        mine = _samples(clip, clip.streams.audio[0], offset, part)
        theirs = _samples(origin, sound_stream(origin, index), sound[0] + offset, part)
        _compare_sound(mine, theirs, slack, name)


def _compare_sound(
    mine: NDArray[np.float32], theirs: NDArray[np.float32], slack: float, name: Path
) -> None:
    """Two stretches of sound are one, shifted by at most ``slack`` seconds."""
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
    within = min(reach, round(slack * _LISTEN_RATE))
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
    assert stream.time_base is not None
    result = np.zeros(round(length * _LISTEN_RATE), np.float32)
    resampler = AudioResampler(format="flt", layout="mono", rate=_LISTEN_RATE)
    # A decoder needs the packet before the first it is to give right.
    at = max(round((start - 0.5) / stream.time_base), stream.start_time or 0)
    container.seek(at, stream=stream, backward=True)
    offset: int | None = None
    frames = itertools.chain.from_iterable(map(frames_of, packets(container, stream)))
    for frame in frames:
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
