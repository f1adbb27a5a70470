"""Writes packets that exist already into one file."""

from __future__ import annotations

import contextlib
import heapq
import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from av.container import InputContainer, OutputContainer

from vidtag.media.container import open_media
from vidtag.media.rational import base_of

Track: TypeAlias = tuple[Iterable[Any], Any]
"""Packets with their times, and the stream of an open file that they belong to."""


def decoding_times(shown: Sequence[int]) -> list[int]:
    """Decoding times of frames, rising, none after the frame's presentation time.

    They are the presentation times in ascending order, all earlier by the delay of reordering.

    Args:
        shown: presentation times of the frames in the order they are stored.
    """
    ordered = sorted(shown)
    delay = max(decoded - time for decoded, time in zip(ordered, shown, strict=True))
    return [decoded - delay for decoded in ordered]


def interleave(
    out: OutputContainer, picture: Iterable[Any], picture_stream: Any, sound: Path | None
) -> None:
    """Write packets of a picture, and those of a sound file's only track, in order of time.

    Args:
        out: an open file.
        picture: packets with their times.
        picture_stream: the stream of ``out`` that they belong to.
        sound: the sound file; None where there is no sound.
    """
    with contextlib.ExitStack() as stack:
        tracks: list[Track] = [(picture, picture_stream)]
        if sound is not None:
            source = stack.enter_context(open_media(sound))
            tracks.append(copied_track(out, source, source.streams.audio[0]))
        interleave_tracks(out, tracks)


def copied_track(out: OutputContainer, source: InputContainer, stream: Any) -> Track:
    """A track of a file whose packets are written as they are.

    Args:
        source: the file, opened for this track alone.
    """
    track = out.add_stream_from_template(stream, opaque=True)
    track.metadata.update(stream.metadata)
    return (packet for packet in source.demux(stream) if packet.size), track


def interleave_tracks(out: OutputContainer, tracks: Iterable[Track]) -> None:
    """Write packets of several tracks in order of time."""
    rows = [zip(packets, itertools.repeat(stream)) for packets, stream in tracks]
    for packet, stream in heapq.merge(*rows, key=_decoding_time):
        packet.stream = stream
        out.mux_one(packet)


def _decoding_time(packet_and_stream: tuple[Any, Any]) -> Any:
    packet, _ = packet_and_stream
    return packet.dts * base_of(packet)
