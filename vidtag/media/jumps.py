"""Clocks that jump, as those of transport and program streams do, made to go on.

Where recordings were joined or a broadcast was spliced, the times in the file jump, forward or
back, by seconds or by a day. Players count on, and so does vidtag: each part has a shift that puts
it behind everything before it, the same for sound and picture.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TypeVar

import av
import av.stream

from vidtag.media.rational import base_of

S = TypeVar("S", bound=av.stream.Stream)

JUMPING = frozenset({"mpegts", "mpeg"})
"""Demuxers of containers whose clock may jump (FFmpeg's AVFMT_TS_DISCONT)."""

MISSING = 10.0
"""Seconds that may be missing, in all streams at once, within one clock; where more are, a new one
began (as for FFmpeg's -dts_delta_threshold)."""

_BACK = 0.1
"""Seconds by which a stream's time may go back within one clock (as in FFmpeg)."""

_REMEMBERED = 8
"""How many of the last parts a stream may go on in: a damaged file may have as many parts as
packets."""


class SteadyClock:
    """By how much the times of a file's packets have to be shifted, given in stored order."""

    def __init__(self) -> None:
        self._shifts = [0.0]  # seconds that are added to the times of each part
        self._part: dict[int, int] = {}  # number of the part that each stream is in
        self._ends: dict[int, float] = {}  # when each stream's last packet ends, shifted

    @property
    def jumps(self) -> int:
        """How often the clock has jumped."""
        return len(self._shifts) - 1

    @property
    def latest_shift(self) -> float:
        """The shift of the part that began last."""
        return self._shifts[-1]

    def shift(self, stream: int, time: float, duration: float) -> float:
        """Seconds to add to the times of a stream's next packet.

        Args:
            stream: number of a stream of sound or picture.
            time: when its packet is decoded, in seconds.
            duration: how long that packet lasts, in seconds.
        """
        part = self._place(stream, time)
        self._part[stream] = part
        shift = self._shifts[part]
        self._ends[stream] = time + shift + duration
        return shift

    def _place(self, stream: int, time: float) -> int:
        """The part that a stream's next packet is in."""
        if stream not in self._ends:
            return self.jumps
        end, own = self._ends[stream], self._part[stream]
        # However late a stream goes on, nothing is missing if another one got there.
        latest = max(self._ends.values()) + MISSING
        recent = range(self.jumps, max(-1, self.jumps - _REMEMBERED), -1)
        # After a single wrong time it goes on in the part before.
        for part in itertools.chain((own,), recent):
            if abs(time + self._shifts[part] - end) <= _BACK:
                return part
        if end <= time + self._shifts[own] <= latest:
            return own
        # Another stream may have begun a part before this one; where a recording was cut, they do
        # not end together.
        for part in recent:
            if part > own and end - MISSING <= time + self._shifts[part] <= latest:
                return part
        self._shifts.append(max(self._ends.values()) - time)
        return self.jumps


def with_steady_times(
    packets: Iterator[av.Packet[S]], clock: SteadyClock | None = None
) -> Iterator[av.Packet[S]]:
    """The same packets, with times that never jump.

    Args:
        clock: to go on with; a new one begins with the first packet's times.
    """
    clock = clock or SteadyClock()
    for packet in packets:
        if packet.time_base is not None:
            base = base_of(packet)
            shift = clock.latest_shift
            if packet.dts is not None and packet.stream.type in ("audio", "video"):
                duration = float((packet.duration or 0) * base)
                shift = clock.shift(packet.stream_index, float(packet.dts * base), duration)
            if shift:
                _move(packet, round(shift / base))
            # At a joint FFmpeg may give a packet one time of either part.
            if _delay(packet) * base > MISSING:
                packet.pts = packet.dts
        yield packet


def _move(packet: av.Packet[S], ticks: int) -> None:
    if packet.dts is not None:
        packet.dts += ticks
    if packet.pts is not None:
        packet.pts += ticks


def _delay(packet: av.Packet[S]) -> int:
    """Ticks from a packet's decoding to its presentation."""
    if packet.pts is None or packet.dts is None:
        return 0
    return abs(packet.pts - packet.dts)
