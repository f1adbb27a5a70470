"""The samples of a clip's picture as the file has them, for a reel that copies them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from av import Packet, VideoStream
from av.container import InputContainer

from vidtag.core.media_streams import Colour
from vidtag.cutting.frame_partition import StoredFrame
from vidtag.cutting.nal import (
    Codec,
    CopyError,
    ParameterSets,
    RandomAccess,
    is_nal_codec,
    is_parameter_set,
    random_access,
    read_configuration,
    split_units,
)
from vidtag.media.container import clock_zero, codec_of, frame_rate, frames_of, open_media, packets
from vidtag.media.picture_probe import colour_of, pixel_shape, turned
from vidtag.media.rational import base_of

MATRICES = {"bt709": "bt709", "smpte170m": "smpte170m", "bt470bg": "smpte170m"}
"""What the filter ``scale`` calls the matrices of pictures that are copied."""

STEPS = 512
"""Ticks of a reel's clock in each of its frames, for frames that come unevenly."""

_EVEN = STEPS // 10
"""Ticks by which frames may be off the reel's own if they are taken for even: containers round."""

_OTHER_RATE = Fraction(3, 100)
"""Difference from which on a clip's mean rate is another than the reel's."""

_RANGES = ("tv", "unknown")


@dataclass(frozen=True, slots=True)
class Look:
    """What samples must have in common to stand in one track.

    Attributes:
        codec, profile, level: FFmpeg's names and number. A track may hold several levels.
        size: width and height in pixels.
        pixel_format: FFmpeg's name.
        colour: what the numbers mean.
    """

    codec: Codec
    profile: str | None
    size: tuple[int, int]
    pixel_format: str
    colour: Colour
    level: int | None = field(compare=False)


@dataclass(frozen=True, slots=True)
class StoredClip:
    """The picture of a clip, in the order it is stored.

    Attributes:
        path: the file.
        look: of all of it.
        sets: its parameter sets.
        length_size: bytes of the lengths in its samples.
        frames: in the order they are stored; ``pts`` in ``STEPS`` ticks per frame of the reel, from
            the clip's zero on.
        originals: pts in the file, by those.
    """

    path: Path
    look: Look
    sets: ParameterSets
    length_size: int
    frames: tuple[StoredFrame, ...]
    originals: dict[int, int]

    @property
    def times(self) -> list[int]:
        """Ticks at which frames are shown, ascending."""
        return sorted(frame.pts for frame in self.frames if not frame.hidden)


def read_stored_clip(path: Path, rate: Fraction) -> StoredClip:
    """Read how the picture of a clip is stored.

    Args:
        rate: frames per second of the reel.

    Raises:
        CopyError: it cannot be copied into a reel; the message says why.
        MediaError: it cannot be opened.
    """
    with open_media(path) as container:
        stream = container.streams.video[0]
        if abs(frame_rate(stream) / rate - 1) > _OTHER_RATE:
            raise CopyError("it has another frame rate than the reel")
        look = _look(container, stream)
    # Opened anew: decoding has moved the reading position, and some containers seek poorly.
    with open_media(path) as container:
        stream = container.streams.video[0]
        sets, length_size = read_configuration(look.codec, stream.codec_context.extradata)
        zero = clock_zero(container)
        stored: list[tuple[Fraction, int, RandomAccess, bool]] = []
        for packet in _with_samples(container, stream):
            assert packet.pts is not None
            units = split_units(bytes(packet), length_size)
            access = random_access(look.codec, units)
            sets = sets.with_units(u for u in units if is_parameter_set(look.codec, u))
            place = (packet.pts * base_of(packet) - zero) * rate * STEPS
            stored.append((place, packet.pts, access, packet.is_discard))
    if not stored or stored[0][2] is RandomAccess.NONE:
        raise CopyError("it does not begin with a keyframe")
    even = all(abs(place - _nearest_frame(place)) <= _EVEN for place, *_ in stored)
    frames: list[StoredFrame] = []
    originals: dict[int, int] = {}
    for place, pts, access, hidden in stored:
        shown = _nearest_frame(place) if even else round(place)
        if originals.setdefault(shown, pts) != pts:
            raise CopyError("its frames come closer together than those of the reel")
        frames.append(StoredFrame(shown, access, hidden or shown < 0))
    return StoredClip(path, look, sets, length_size, tuple(frames), originals)


def _nearest_frame(place: Fraction) -> int:
    return round(place / STEPS) * STEPS


def copied_samples(clip: StoredClip, wanted: tuple[int, ...]) -> Iterator[tuple[bytes, bool]]:
    """Samples of some frames of a clip, as the file has them, and whether each is a keyframe.

    Args:
        wanted: ticks of the frames, in the order they are stored.

    Raises:
        CopyError: the file does not hold them in that order.
    """
    left = [clip.originals[tick] for tick in reversed(wanted)]
    with open_media(clip.path) as container:
        for packet in _with_samples(container, container.streams.video[0]):
            if left and packet.pts == left[-1]:
                left.pop()
                yield bytes(packet), packet.is_keyframe
    if left:
        raise CopyError("the file does not give the same frames twice")


def _with_samples(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    for packet in packets(container, stream):
        if packet.size:
            if packet.pts is None:
                raise CopyError("the file does not tell when frames are shown")
            yield packet


def _look(container: InputContainer, stream: VideoStream) -> Look:
    """What the picture of a clip is like.

    Raises:
        CopyError: pictures like that are not copied.
    """
    codec = codec_of(stream)
    if not is_nal_codec(codec):
        raise CopyError(f"{codec} is not copied")
    frame = next((f for p in packets(container, stream) for f in frames_of(p)), None)
    if frame is None:
        raise CopyError("it cannot be decoded")
    colour = colour_of(frame)
    if frame.format.name != "yuv420p" or colour.range not in _RANGES:
        raise CopyError(f"its picture is {frame.format.name}, of the range {colour.range}")
    if colour.matrix not in (*MATRICES, "unknown"):
        raise CopyError(f"its colours are {colour.matrix}")
    if turned(frame) != (0, False) or pixel_shape(stream) != 1:
        raise CopyError("it is turned or stretched")
    context = stream.codec_context
    size = (frame.width, frame.height)
    return Look(codec, context.profile, size, frame.format.name, colour, context.level)
