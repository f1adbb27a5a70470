"""The sound of a media file as a stream of 16 kHz mono chunks on the video's clock.

Decoded frames go through steps, each a generator, so that memory does not grow with length:

1. ``_decoded``: PyAV frames become samples with the time their first sample is presented at.
2. ``placed``: what the timestamps say against what the samples add up to. Missing time becomes
   silence, doubled time is cut, jitter is left alone; so nothing drifts.
3. ``resampled``: mono at 16 kHz, a second at a time, each continuous run put where it belongs on
   the clock.
4. ``in_chunks``: chunks of one length.

Edit lists, encoder priming and codec delay are applied by FFmpeg's demuxers and decoders before
the first step; what is left to do is to believe the timestamps.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Stream

from vidtag.core.clock import clock
from vidtag.core.errors import InputError, MediaError
from vidtag.core.media_streams import AudioStream, Media
from vidtag.core.records import Channel
from vidtag.media.container import (
    DURATION_IS_GUESSED,
    UNKNOWN_CODEC,
    clock_zero,
    declared_duration,
    open_container,
    packet_end,
    packets,
)
from vidtag.media.jumps import JUMPING, SteadyClock
from vidtag.media.mixdown import Mixdown
from vidtag.media.rational import seconds_of
from vidtag.media.resample import in_chunks, resampled
from vidtag.media.samples import SAMPLE_RATE, Samples
from vidtag.media.sound_gaps import SoundGaps
from vidtag.media.timed_samples import TimedSamples, placed
from vidtag.media.tracks import choose_audio

_UNRELIABLE_DURATION = DURATION_IS_GUESSED | JUMPING | {"flv", "live_flv"}
_CUT_OFF = 1.0
"""Seconds a file must end before its declared end to count as cut off."""

_RIFF_UNKNOWN = 0x7FFF0000
"""RIFF sizes from here on are placeholders for a length that was not known."""

_MOST_FAILURES = 64
"""Failed reads without a packet between them after which nothing more is expected."""

_LOWEST_RATE, _HIGHEST_RATE = 1_000, 3_000_000
"""Samples a second of any recording; what damaged files claim would take all time or memory."""


@dataclass(slots=True)
class _Reading:
    """What was met on the way through the file.

    Attributes:
        end: seconds on the clock at which the last packet of any stream ends.
        sound_end: seconds on the clock at which the last decoded sample ends.
        failed_reads: places that could not be read.
        failed_packets: packets that could not be decoded.
        decoded: whether any sound was.
        gaps: where neither sound nor anything else is.
    """

    end: float = 0.0
    sound_end: float = 0.0
    failed_reads: int = 0
    failed_packets: int = 0
    decoded: bool = False
    gaps: SoundGaps = field(default_factory=SoundGaps)


def stream_audio(
    media: Media,
    *,
    track: int | None = None,
    channel: Channel = Channel.MIX,
    chunk_seconds: float = 30.0,
    on_note: Callable[[str], None] | None = None,
) -> Iterator[Samples]:
    """Decode one audio track, chunk by chunk.

    Args:
        media: from :func:`vidtag.media.probe.probe`.
        track: audio track counted from 0; None takes the container's default.
        channel: the mix of all channels, or the left or right one (a mono track is both).
        chunk_seconds: length of a chunk; only the last chunk is shorter.
        on_note: called behind the last chunk with what the user should know about the sound.

    Yields:
        float32 arrays of shape ``(samples,)`` within -1 to 1 at 16 kHz. Sample 0 of the first
        chunk is clock time 0: silence stands before a track that begins late and where sound is
        missing. Closing the iterator closes the file.

    Raises:
        InputError: no such track, or nothing in it can be decoded.
        MediaError: after the last chunk, when the file ends well before the end it declares.
    """
    chosen = choose_audio(media, track)
    size = max(1, round(chunk_seconds * SAMPLE_RATE))
    reading = _Reading()
    with open_container(media.path) as container:
        decoded = _decoded(container, chosen, channel, reading, media)
        yield from in_chunks(resampled(reading.gaps.watching(placed(decoded))), size)
        if not reading.decoded:
            raise _no_sound(media, chosen, reading)
        _check_end(container, media, chosen, reading)
    note = reading.gaps.note()
    if note is not None and on_note is not None:
        on_note(note)


def _decoded(
    container: InputContainer,
    chosen: AudioStream,
    channel: Channel,
    reading: _Reading,
    media: Media,
) -> Iterator[TimedSamples]:
    """The chosen track's frames as samples with their times; damaged packets are left out."""
    if chosen.codec == UNKNOWN_CODEC:
        raise _unknown_format(media, chosen)
    zero = float(clock_zero(container))
    # Raw streams carry no times: FFmpeg makes some up from the first frame's sample rate.
    mixdown = Mixdown(channel, None if media.container in DURATION_IS_GUESSED else zero)
    for packet in _packets(container, reading):
        end, base = packet_end(packet), packet.time_base
        until: float | None = None
        if packet.size and end is not None and base is not None:
            until = seconds_of(end, base) - zero
            reading.end = max(reading.end, until)
        # The empty packets at the end carry no index of their own.
        if packet.stream.index != chosen.index:
            if until is not None and packet.stream.type in ("audio", "video"):
                lasts = seconds_of(packet.duration or 0, base)
                reading.gaps.other(until - lasts, until)
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
                for part in mixdown.parts(frame):
                    reading.decoded = True
                    if part.time is not None:
                        reading.sound_end = max(reading.sound_end, part.time + part.duration)
                    yield part


def _packets(container: InputContainer, reading: _Reading) -> Iterator[av.Packet[Stream]]:
    """All packets of the file, reading on behind places that cannot be read."""
    failures = 0
    steady_clock = SteadyClock()
    while failures < _MOST_FAILURES:
        try:
            for packet in packets(container, *container.streams, clock=steady_clock):
                if packet.size:
                    failures = 0
                yield packet
            return
        except av.EOFError:
            return
        except av.FFmpegError:
            failures += 1
            reading.failed_reads += 1


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

    Other streams may go on after the sound: only the end of all of them shows that the file was
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
