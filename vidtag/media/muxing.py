"""Puts packets made elsewhere into one file."""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from av.container import OutputContainer

from vidtag.media.container import open_media


def decoding_times(shown: Sequence[int]) -> list[int]:
    """Decoding times for frames in the order they are stored: rising, none after its own showing.

    The frames are decoded at the times at which frames are shown, all earlier by what it takes.
    """
    ordered = sorted(shown)
    delay = max(due - time for due, time in zip(ordered, shown, strict=True))
    return [due - delay for due in ordered]


def interleave(
    out: OutputContainer, picture: tuple[Iterable[Any], Any], sound: Path | None
) -> None:
    """Write packets of a picture, and those of a sound file's only track, in order of time.

    Args:
        out: an open file, to which the picture's stream was added.
        picture: packets with their times, and that stream.
    """
    packets, track = picture
    with contextlib.ExitStack() as stack:
        tracks: list[Iterator[tuple[Any, Any]]] = [((packet, track) for packet in packets)]
        if sound is not None:
            heard = stack.enter_context(open_media(sound))
            given = heard.streams.audio[0]
            spoken = out.add_stream_from_template(given, opaque=True)
            spoken.metadata.update(given.metadata)
            tracks.append((packet, spoken) for packet in heard.demux(given) if packet.size)
        for packet, destination in heapq.merge(
            *tracks, key=lambda item: item[0].dts * item[0].time_base
        ):
            packet.stream = destination
            out.mux_one(packet)
