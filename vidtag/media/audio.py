"""The sound of a media file as a stream of 16 kHz mono blocks on the video's clock.

Decoded frames go through three steps, each a generator, so that memory does not grow with length:

1. ``_decoded``: PyAV frames become mono samples with the time their first sample is presented at.
2. ``_placed``: what the timestamps say against what the samples add up to. Missing time becomes
   silence, doubled time is cut, jitter is left alone; so nothing drifts.
3. ``_resampled``: 16 kHz, each continuous run put where it belongs on the clock.

Edit lists, encoder priming and codec delay are applied by FFmpeg's demuxers and decoders before
the first step; what is left to do is to believe the timestamps.
"""

from __future__ import annotations

import functools
import os
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vidtag.core.clock import clock
from vidtag.core.errors import InputError, MediaError
from vidtag.core.records import SAMPLE_RATE, AudioStream, Channel, Media
from vidtag.media.jumps import JUMPING, SteadyClock
from vidtag.media.probe import (
    DURATION_IS_GUESSED,
    UNKNOWN_CODEC,
    choose_audio,
    clock_zero,
    declared_duration,
    open_container,
    packets,
)

if TYPE_CHECKING:
    import av.stream
    from av import AudioFrame, Packet
    from av.audio.resampler import AudioResampler
    from av.container import InputContainer
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

_TOLERANCE = 0.004
"""Seconds timestamps may be off before they are believed: containers round to a millisecond."""

_LOOKAHEAD = 0.25
"""Seconds of audio that must agree that time is missing (or doubled), so jitter is not a gap."""

_UNRELIABLE_DURATION = DURATION_IS_GUESSED | JUMPING | {"flv", "live_flv"}
_CUT_OFF = 1.0
"""Seconds a file must end before its declared end to count as cut off."""

_RIFF_UNKNOWN = 0x7FFF0000
"""RIFF sizes from here on are placeholders for a length that was not known."""

_MOST_FAILURES = 64
"""Failed reads without a packet between them after which nothing more is expected."""

_LOWEST_RATE, _HIGHEST_RATE = 1_000, 3_000_000
"""Samples a second of any recording; what damaged files claim would take all time or memory."""

_MOST_PLANES = 8
"""Pointers to planes in FFmpeg's AVFrame (AV_NUM_DATA_POINTERS)."""

_BATCH = 1.0
"""Seconds resampled at a time."""

_WEIGHTS = {"FL": 0.5**0.5, "FR": 0.5**0.5, "FC": 1.0, "LFE": 0.0, "LFE2": 0.0}
"""Share of each channel in the mix, before they are made to add up to 1 (ITU-R BS.775); all
others are surrounds."""

_SURROUND_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Mono samples in a row; ``time`` of the first on the clock, None where no timestamp was."""

    time: float | None
    rate: int
    samples: Samples

    @property
    def duration(self) -> float:
        return len(self.samples) / self.rate

    def without(self, count: int) -> _Chunk:
        """This chunk without its first ``count`` samples."""
        time = None if self.time is None else self.time + count / self.rate
        return _Chunk(time, self.rate, self.samples[count:])


@dataclass(slots=True)
class _Reading:
    """What was met on the way through the file."""

    end: float = 0.0  # of the last packet of any stream
    sound_end: float = 0.0  # of the last decoded sample
    failed_reads: int = 0
    failed_packets: int = 0
    decoded: bool = False


def stream_audio(
    media: Media,
    *,
    track: int | None = None,
    channel: Channel = Channel.MIX,
    block: float = 30.0,
) -> Iterator[Samples]:
    """Decode one audio track, block by block.

    Args:
        media: from :func:`vidtag.media.probe.probe`.
        track: audio track counted from 0; None takes the container's default.
        channel: the mix of all channels, or the left or right one (a mono track is both).
        block: seconds per block; only the last block is shorter.

    Yields:
        float32 arrays of shape ``(samples,)`` within -1 to 1 at 16 kHz. Sample 0 of the first
        block is clock time 0: silence stands before a track that begins late and where sound is
        missing. Closing the iterator closes the file.

    Raises:
        InputError: no such track, or nothing in it can be decoded.
        MediaError: after the last block, when the file ends well before the end it declares.
    """
    chosen = choose_audio(media, track)
    size = max(1, round(block * SAMPLE_RATE))
    reading = _Reading()
    with open_container(media.path) as container:
        chunks = _decoded(container, chosen, channel, reading, media)
        yield from _blocks(_resampled(_placed(chunks)), size)
        if not reading.decoded:
            raise _no_sound(media, chosen, reading)
        _check_end(container, media, chosen, reading)


def _decoded(
    container: InputContainer,
    chosen: AudioStream,
    channel: Channel,
    reading: _Reading,
    media: Media,
) -> Iterator[_Chunk]:
    """Frames of the chosen track as mono chunks; damaged packets are left out."""
    import av

    if chosen.codec == UNKNOWN_CODEC:
        raise _unknown_format(media, chosen)
    zero = float(clock_zero(container))
    interleaved = _Interleaver()
    # Raw streams carry no times: FFmpeg makes some up from the first frame's sample rate.
    timed = media.container not in DURATION_IS_GUESSED
    for packet in _packets(container, reading):
        if packet.size and packet.time_base is not None:
            begin = packet.pts if packet.pts is not None else packet.dts
            if begin is not None:
                end = float((begin + (packet.duration or 0)) * packet.time_base) - zero
                reading.end = max(reading.end, end)
        # The empty packets at the end carry no index of their own.
        if packet.stream.index != chosen.index:
            continue
        try:
            frames = packet.decode()
        except av.DecoderNotFoundError as error:
            raise _unknown_format(media, chosen) from error
        except av.FFmpegError:
            reading.failed_packets += 1
            continue
        for frame in frames:
            if isinstance(frame, av.AudioFrame) and frame.samples and frame.sample_rate:
                if not _LOWEST_RATE <= frame.sample_rate <= _HIGHEST_RATE:
                    raise InputError(
                        f"its sound claims {frame.sample_rate} samples a second",
                        path=media.path,
                        remedy="it is damaged: copy or download it again",
                    )
                for part in interleaved(frame):
                    chunk = _chunk(part, channel, zero if timed else None)
                    reading.decoded = True
                    if chunk.time is not None:
                        reading.sound_end = max(reading.sound_end, chunk.time + chunk.duration)
                    yield chunk


def _packets(container: InputContainer, reading: _Reading) -> Iterator[Packet[av.stream.Stream]]:
    """All packets of the file, reading on behind places that cannot be read."""
    import av

    failures = 0
    clock = SteadyClock()
    while failures < _MOST_FAILURES:
        try:
            for packet in packets(container, *container.streams, clock=clock):
                if packet.size:
                    failures = 0
                yield packet
            return
        except av.EOFError:
            return
        except av.FFmpegError:
            failures += 1
            reading.failed_reads += 1


class _Interleaver:
    """Interleaves frames of eight and more channels in planes of their own.

    PyAV counts the planes of a frame up to the first empty pointer, and there is none behind the
    eighth: reading such a frame ends the process.
    """

    def __init__(self) -> None:
        self._resampler: AudioResampler | None = None
        self._form: tuple[str, str, int] | None = None

    def __call__(self, frame: AudioFrame) -> list[AudioFrame]:
        if not frame.format.is_planar or frame.layout.nb_channels < _MOST_PLANES:
            return [frame]
        import av

        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or form != self._form:
            self._resampler = av.AudioResampler("flt", frame.layout, frame.sample_rate)
            self._form = form
        return self._resampler.resample(frame)


def _chunk(frame: AudioFrame, channel: Channel, zero: float | None) -> _Chunk:
    data = frame.to_ndarray()
    names = tuple(c.name for c in frame.layout.channels)
    if not frame.format.is_planar:
        data = data.reshape(-1, len(names)).T
    weights = _channel_weights(names, channel)
    if data.dtype.kind == "f":
        samples = weights @ data.astype(np.float32, copy=False)
        if not np.isfinite(samples).all():
            samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    else:
        width = data.dtype.itemsize * 8 - 1
        middle = 2.0**width if data.dtype.kind == "u" else 0.0
        samples = weights @ ((data.astype(np.float32) - middle) / 2.0**width)
    time = None
    if zero is not None and frame.pts is not None and frame.time_base is not None:
        time = float(frame.pts * frame.time_base) - zero
    return _Chunk(time, frame.sample_rate, np.clip(samples, -1.0, 1.0).astype(np.float32))


@functools.lru_cache(maxsize=64)
def _channel_weights(names: tuple[str, ...], channel: Channel) -> Samples:
    """Share of each channel in the result; they add up to 1, so nothing clips."""
    weights = np.zeros(len(names), dtype=np.float32)
    if channel is Channel.MIX or len(names) == 1:
        if set(names) <= {"FL", "FR"} or not set(names) & set(_WEIGHTS):
            weights[:] = 1.0
        else:
            weights[:] = [_WEIGHTS.get(name, _SURROUND_WEIGHT) for name in names]
        if not weights.any():
            weights[:] = 1.0
    else:
        name, position = ("FL", 0) if channel is Channel.LEFT else ("FR", 1)
        weights[names.index(name) if name in names else position] = 1.0
    share: Samples = weights / weights.sum()
    return share


def _placed(chunks: Iterable[_Chunk]) -> Iterator[_Chunk]:
    """Chunks with a time each, never going back, continuous but where sound is missing."""
    source = iter(chunks)
    ahead: deque[_Chunk] = deque()
    held = 0.0
    position: float | None = None
    while True:
        while held < _LOOKAHEAD or len(ahead) < 2:
            following = next(source, None)
            if following is None:
                break
            ahead.append(following)
            held += following.duration
        if not ahead:
            return
        if position is None:
            position = next((c.time for c in ahead if c.time is not None), 0.0)
        shift = _shift(ahead, position)
        chunk = ahead.popleft()
        held -= chunk.duration
        if shift > 0:
            position += shift
        elif shift < 0:
            chunk = chunk.without(min(len(chunk.samples), round(-shift * chunk.rate)))
        if len(chunk.samples):
            yield _Chunk(position, chunk.rate, chunk.samples)
            position += chunk.duration


def _shift(ahead: Iterable[_Chunk], position: float) -> float:
    """Seconds the coming chunks all lie after (or, negative, before) ``position``; pure.

    The smallest of their differences, or 0 if it is within the tolerance or they disagree.
    """
    smallest: float | None = None
    for chunk in ahead:
        if chunk.time is not None:
            late = chunk.time - position
            if abs(late) < _TOLERANCE or (smallest is not None and late * smallest < 0):
                return 0.0
            if smallest is None or abs(late) < abs(smallest):
                smallest = late
        position += chunk.duration
    return smallest or 0.0


def _resampled(pieces: Iterable[_Chunk]) -> Iterator[Samples]:
    """16 kHz samples from clock time 0 on, silence where there is nothing."""
    written = 0
    for start, rate, samples in _runs(pieces):
        # Where a run starts is rounded once, so the rest of it is off by half a sample at most.
        place = round(start * SAMPLE_RATE)
        while written < place:
            silence = min(place - written, SAMPLE_RATE)
            yield np.zeros(silence, np.float32)
            written += silence
        for part in _converted(samples, rate):
            begin = max(0, written - place)
            if begin < len(part):
                yield part[begin:]
            place += len(part)
            written = max(written, place)


def _runs(pieces: Iterable[_Chunk]) -> Iterator[tuple[float, int, Iterator[Samples]]]:
    """Group chunks that follow each other without a hole at one rate: start, rate, samples.

    Each run's samples have to be consumed before the next run is asked for.
    """
    source = iter(pieces)
    first = next(source, None)
    while first is not None:
        after: list[_Chunk] = []
        yield first.time or 0.0, first.rate, _run(first, source, after)
        first = after[0] if after else None


def _run(first: _Chunk, source: Iterator[_Chunk], after: list[_Chunk]) -> Iterator[Samples]:
    """One run, ``_BATCH`` seconds at a time; the chunk that ends it goes to ``after``."""
    batch = [first.samples]
    size = len(first.samples)
    end = (first.time or 0.0) + first.duration
    for chunk in source:
        time = end if chunk.time is None else chunk.time
        if chunk.rate != first.rate or abs(time - end) > 0.5 / first.rate:
            after.append(chunk)
            break
        batch.append(chunk.samples)
        size += len(chunk.samples)
        end = time + chunk.duration
        if size >= _BATCH * first.rate:
            yield np.concatenate(batch)
            batch, size = [], 0
    if batch:
        yield np.concatenate(batch)


def _converted(samples: Iterator[Samples], rate: int) -> Iterator[Samples]:
    """One run at 16 kHz: its first sample stays the first sample."""
    if rate == SAMPLE_RATE:
        yield from samples
        return
    import av

    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    given = made = 0
    for part in samples:
        frame = av.AudioFrame.from_ndarray(part[np.newaxis], format="flt", layout="mono")
        frame.sample_rate = rate
        given += len(part)
        for converted in _convert(resampler, frame):
            made += len(converted)
            yield converted
    # The resampler rounds its last sample up, or keeps it: a run is as long as its samples are.
    wanted = round(given * SAMPLE_RATE / rate)
    for converted in _convert(resampler, None):
        rest = converted[: max(0, wanted - made)]
        made += len(rest)
        yield rest


def _convert(resampler: AudioResampler, frame: AudioFrame | None) -> Iterator[Samples]:
    for converted in resampler.resample(frame):
        yield np.clip(converted.to_ndarray()[0], -1.0, 1.0)


def _blocks(parts: Iterable[Samples], size: int) -> Iterator[Samples]:
    """The same samples in blocks of ``size``; the last may be shorter, none is empty."""
    waiting: list[Samples] = []
    count = 0
    for part in parts:
        rest = part
        while count + len(rest) >= size:
            waiting.append(rest[: size - count])
            rest = rest[size - count :]
            yield np.concatenate(waiting)
            waiting, count = [], 0
        if len(rest):
            waiting.append(rest)
            count += len(rest)
    if waiting:
        yield np.concatenate(waiting)


def _unknown_format(media: Media, chosen: AudioStream) -> InputError:
    return InputError(
        f"its sound is in a format that cannot be decoded ({chosen.codec})",
        path=media.path,
        remedy="convert it with ffmpeg first, or choose another --audio-track",
    )


def _no_sound(media: Media, chosen: AudioStream, reading: _Reading) -> InputError:
    if reading.failed_packets or reading.failed_reads:
        return InputError(
            f"nothing of audio track {chosen.track} can be decoded ({chosen.codec})",
            path=media.path,
            remedy="copy or download it again; a protected file has to be unlocked first",
        )
    return InputError(
        f"audio track {chosen.track} is there but holds no sound (its length is zero)",
        path=media.path,
        remedy="choose another track with --audio-track, or another file",
    )


def _check_end(
    container: InputContainer, media: Media, chosen: AudioStream, reading: _Reading
) -> None:
    """Raise if the file ends before it says it does.

    Other streams may go on after the sound: only the end of all of them tells that the file was
    cut off, or the end of the sound together with a place that could not be read.
    """
    declared = declared_duration(container)
    if declared is None or media.container in _UNRELIABLE_DURATION:
        return
    if media.container == "wav":
        # FFmpeg makes the length of a WAV file fit what there is of it.
        declared *= _riff_excess(Path(media.path))
    found = reading.end
    if reading.failed_reads and chosen.duration is not None:
        declared, found = chosen.start + chosen.duration, reading.sound_end
    if found < declared - _CUT_OFF:
        raise MediaError(
            f"was cut off: it ends at {clock(max(0.0, found))}, "
            f"and should last until {clock(declared)}",
            path=media.path,
            remedy="copy or download it again, or cut it with ffmpeg -c copy to what is there",
        )


def _riff_excess(path: Path) -> float:
    """How many times larger a RIFF file says it is than it is; 1 where it says nothing.

    Programs that write to a pipe put 0 or a very large number there.
    """
    with path.open("rb") as file:
        head = file.read(8)
        size = file.seek(0, os.SEEK_END)
    said = int.from_bytes(head[4:8], "little") + 8
    return said / size if head[:4] == b"RIFF" and size < said < _RIFF_UNKNOWN else 1.0
