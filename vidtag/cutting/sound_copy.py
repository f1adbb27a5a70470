"""Audio tracks of a clip that are copied: which packets, and where in them the clip begins.

A packet holds some hundred samples, and to be decoded right it needs the one before. So a copy
begins a little before the clip, and an edit list says at which sample the clip does. The times of
all packets together are more exact than each of them, which a container rounds.

Source: ISO/IEC 14496-12, 8.6.6 (edit list).
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import av
from av.container import InputContainer

from vidtag.core.media_streams import AudioStream
from vidtag.cutting.cut_plan import CutPlan
from vidtag.media.container import packets, sound_stream
from vidtag.media.rational import base_of

_SAMPLES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "aac": (1024, 2048, 960, 1920),
        "ac3": (1536,),
        "eac3": (1536, 768, 512, 256),
        "mp3": (1152, 576),
    }
)
"""Samples that a packet may hold, by codec: what every player and editor takes in an MP4."""

COPIED: frozenset[str] = frozenset(_SAMPLES)
"""Codecs of sound that can be copied."""

FOR_BROWSERS = COPIED - {"ac3", "eac3"}
"""Those of them that browsers play."""

_PRE_ROLL = 0.25
"""Seconds of packets before a clip. AAC needs one packet, of 21 ms; MP3 what its bit reservoir
reaches back, of few bits 0.2 s."""

_SEEK = 1.0
"""Seconds before a clip that are aimed at, because containers land by the picture."""

_UNEVEN = 0.002
"""Seconds by which a packet's time may be off its place: Matroska rounds to milliseconds."""

_FEWEST = 6
"""Packets whose times tell how many samples each of them holds."""


@dataclass(frozen=True, slots=True)
class CopiedSound:
    """Packets of a track that a clip holds as they are.

    Attributes:
        index: of the stream in the source.
        first: pts of the first packet, in the source.
        count: number of packets.
        samples: that each of them holds.
        rate: samples per second.
        hidden: samples before the clip begins.
        length: samples from there to the clip's end.
    """

    index: int
    first: int
    count: int
    samples: int
    rate: int
    hidden: int
    length: int

    def packets(self, source: InputContainer) -> Iterator[Any]:
        """The packets with the times of the clip, those before it below zero.

        Args:
            source: the media file, opened for this alone.
        """
        stream, number = sound_stream(source, self.index), 0
        assert stream.time_base is not None
        _seek(source, stream, self.first * base_of(stream))
        for packet in packets(source, stream):
            if not packet.size or (number == 0 and packet.pts != self.first):
                continue
            packet.time_base = Fraction(1, self.rate)
            packet.pts = packet.dts = number * self.samples - self.hidden
            # What the last one holds beyond the clip's end is not shown.
            packet.duration = min(self.samples, self.length - packet.pts)
            yield packet
            number += 1
            if number == self.count:
                return


def copied_sounds(
    source: InputContainer, plan: CutPlan, codecs: Container[str] = COPIED
) -> dict[int, CopiedSound]:
    """Those of the planned tracks that can be copied, by the index of their streams.

    Args:
        source: the media file, open; its reading position is moved.
        codecs: that may be copied, of those that can be.
    """
    wanted = (sound for sound in plan.sounds if sound.codec in codecs)
    found = ((sound.index, _copied(source, plan, sound)) for sound in wanted)
    return {index: copied for index, copied in found if copied is not None}


def _copied(source: InputContainer, plan: CutPlan, sound: AudioStream) -> CopiedSound | None:
    """How a track is copied; None where it has to be encoded.

    It has to where its codec is not one of those that everything plays, and where samples are
    missing within the clip.
    """
    alone = plan.picture is None and sound.codec == "mp3"  # which M4A does not hold
    if sound.codec not in _SAMPLES or alone or plan.media.container == "avi":
        return None
    rate, stream = sound.sample_rate, sound_stream(source, sound.index)
    base = base_of(stream)
    try:
        times = _packet_times(source, stream, plan)
    except av.FFmpegError:
        return None
    samples = _samples_each([(time - times[0]) * base for time in times], sound)
    if samples is None:
        return None
    places = [time * base - Fraction(n * samples, rate) for n, time in enumerate(times)]
    begin = sum(places, Fraction(0)) / len(places)
    if max(abs(place - begin) for place in places) > _UNEVEN:
        return None
    hidden, length = round((plan.start - begin) * rate), round(plan.length * rate)
    missing = hidden + length - samples * len(times)
    if hidden < 0 or missing > samples:
        return None
    return CopiedSound(
        index=sound.index,
        first=times[0],
        count=min(len(times), -(-(hidden + length) // samples)),
        samples=samples,
        rate=rate,
        hidden=hidden,
        length=length - max(missing, 0),
    )


def _packet_times(source: InputContainer, stream: av.AudioStream, plan: CutPlan) -> list[int]:
    """pts of the packets from a little before the clip to its end."""
    base = base_of(stream)
    _seek(source, stream, plan.start)
    times: list[int] = []
    for packet in packets(source, stream):
        if not packet.size or packet.pts is None:
            continue
        if packet.pts * base >= plan.end:
            break
        if packet.pts * base >= plan.start - Fraction(_PRE_ROLL):
            times.append(packet.pts)
    return times


def _samples_each(since: Sequence[Fraction], sound: AudioStream) -> int | None:
    """Samples that each packet holds, by the seconds of them all since the first."""
    if len(since) < _FEWEST:
        return None
    mean = float(since[-1]) * sound.sample_rate / (len(since) - 1)
    nearest = min(_SAMPLES[sound.codec], key=lambda samples: abs(samples - mean))
    return nearest if abs(mean / nearest - 1) < 1 / 50 else None


def _seek(source: InputContainer, stream: av.AudioStream, time: Fraction) -> None:
    """Go to well before a time, so that the packets an encoder needed first are there too."""
    assert stream.time_base is not None
    at = int((time - Fraction(_PRE_ROLL + _SEEK)) / base_of(stream))
    try:
        source.seek(at, stream=stream, backward=True)
    except OSError:  # some containers refuse what is before their first packet
        source.seek(max(at, stream.start_time or 0), stream=stream, backward=True)
