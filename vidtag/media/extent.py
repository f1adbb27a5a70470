"""How far the packets of a file reach, for files that do not say so."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import av

from vidtag.core.media_streams import AudioStream, VideoStream
from vidtag.media.container import clock_zero, open_container, packet_end, packets
from vidtag.media.jumps import SteadyClock
from vidtag.media.rational import base_of

V = TypeVar("V", VideoStream, AudioStream)


@dataclass(frozen=True, slots=True)
class Extent:
    """How far the packets of a file reach.

    Attributes:
        ends: seconds from the clock's zero to the end of each stream's last packet, by its index.
        clock_jumps: whether the times in the file jump.
    """

    ends: Mapping[int, float]
    clock_jumps: bool

    @property
    def duration(self) -> float:
        """Seconds from the clock's zero to the end of the last packet of all."""
        return max(self.ends.values(), default=0.0)

    def with_duration(self, stream: V) -> V:
        """The stream with the duration that its packets give it."""
        end = self.ends.get(stream.index)
        return stream if end is None else replace(stream, duration=max(0.0, end - stream.start))


def measure(path: str | Path) -> Extent:
    """How far a file's sound and picture reach, by reading all packets.

    For files that declare no duration (live recordings), guess one from their bit rate, or have a
    clock that may jump. Nothing is decoded; this is about as fast as reading the file.
    """
    with open_container(path) as container:
        zero = clock_zero(container)
        streams = [*container.streams.audio, *container.streams.video]
        last: dict[int, tuple[int, Fraction]] = {}
        clock = SteadyClock()
        with contextlib.suppress(av.FFmpegError):
            for packet in packets(container, *streams, clock=clock):
                end = packet_end(packet)
                if end is None or packet.time_base is None:
                    continue
                if packet.stream_index not in last or end > last[packet.stream_index][0]:
                    last[packet.stream_index] = end, base_of(packet)
        ends = {index: float(end * base - zero) for index, (end, base) in last.items()}
        return Extent(ends, clock.jumps > 0)
