"""Copies of files whose clock jumps, on a clock that does not, for all that has to seek in them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import av.container
import av.stream

from vidtag.core.errors import MediaError
from vidtag.core.media_streams import Media
from vidtag.files import scratch_folder
from vidtag.media.container import open_container, packets
from vidtag.media.ffmpeg import file_url
from vidtag.media.probe import probe


@dataclass(slots=True)
class _Copy:
    media: Media
    folder: contextlib.ExitStack
    users: int = 0


_copies: dict[str, _Copy] = {}  # by the fingerprint of the file
_lock = threading.Lock()


@contextlib.contextmanager
def steady(media: Media) -> Iterator[Media]:
    """The file itself, or a copy with a clock that does not jump, for as long as the block runs.

    Places in a file with a jumping clock cannot be found by their times. The copy holds the same
    packets, as many bytes, in the system's temporary folder. Blocks that run at the same time share
    it: a block around several steps saves each of them a copy of its own.

    Raises:
        InputError: the file is gone or no longer media.
        MediaError: it cannot be copied.
        OSError: there is no room for the copy.
    """
    if not media.clock_jumps:
        yield media
        return
    with _lock:  # also while the copy is made, or two would be
        copy = _copies.get(media.fingerprint) or _make_copy(media)
        _copies[media.fingerprint] = copy
        copy.users += 1
    try:
        yield copy.media
    finally:
        with _lock:
            copy.users -= 1
            if not copy.users:
                del _copies[media.fingerprint]
                copy.folder.close()


def _make_copy(media: Media) -> _Copy:
    with contextlib.ExitStack() as stack:
        target = stack.enter_context(scratch_folder()) / Path(media.path).name
        _write_copy(media, target)
        return _Copy(probe(target), stack.pop_all())


def _write_copy(media: Media, target: Path) -> None:
    with open_container(media.path) as source:
        streams = [
            stream
            for stream in (*source.streams.video, *source.streams.audio)
            if stream.codec_context is not None
        ]
        try:
            with av.open(file_url(target), "w", format="mpegts") as out:
                tracks = {
                    stream.index: out.add_stream_from_template(stream, opaque=True)
                    for stream in streams
                }
                _write_packets(source, streams, out, tracks)
        except av.FFmpegError as error:
            if isinstance(error, OSError) and error.errno:
                raise
            raise MediaError(
                f"its clock jumps, and it cannot be copied without that ({error})",
                path=media.path,
                remedy="convert it with ffmpeg first",
            ) from error


def _write_packets(
    source: av.container.InputContainer,
    streams: list[av.stream.Stream],
    out: av.container.OutputContainer,
    tracks: dict[int, av.stream.Stream],
) -> None:
    """Write packets with steady times; the decoding times of each stream rise."""
    last: dict[int, int] = {}
    for packet in packets(source, *streams):
        track = tracks.get(packet.stream_index)
        if track is None or packet.dts is None or not packet.size:
            continue
        # Where parts meet, the end of one may overlap the beginning of the next a little.
        packet.dts = max(packet.dts, last.get(track.index, packet.dts - 1) + 1)
        if packet.pts is not None:
            packet.pts = max(packet.pts, packet.dts)
        last[track.index] = packet.dts
        packet.stream = track
        out.mux(packet)
