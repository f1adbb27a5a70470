"""Writes packets that exist already into one file."""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from av.container import OutputContainer

from vidtag.media.container import open_media


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
        tracks: list[Iterator[tuple[Any, Any]]] = [((packet, picture_stream) for packet in picture)]
        if sound is not None:
            source = stack.enter_context(open_media(sound))
            template = source.streams.audio[0]
            track = out.add_stream_from_template(template, opaque=True)
            track.metadata.update(template.metadata)
            tracks.append((packet, track) for packet in source.demux(template) if packet.size)
        for packet, stream in heapq.merge(*tracks, key=_decoding_time):
            packet.stream = stream
            out.mux_one(packet)


def _decoding_time(packet_and_stream: tuple[Any, Any]) -> Any:
    packet, _ = packet_and_stream
    return packet.dts * packet.time_base
