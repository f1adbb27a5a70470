"""A file whose clock jumps, as one whose clock goes on: for what has to seek in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import av
import av.container
import av.stream

from vidtag.core.errors import MediaError
from vidtag.core.records import Media
from vidtag.files import scratch_folder
from vidtag.media.container import open_container, packets
from vidtag.media.ffmpeg import file_url
from vidtag.media.probe import probe


@contextlib.contextmanager
def steady(media: Media) -> Iterator[Media]:
    """The same on a clock that does not jump: itself, or a copy that is there for as long.

    Places in a file with a jumping clock cannot be found by their times. The copy holds the same
    packets, as many bytes, in the system's temporary folder.

    Raises:
        InputError: the file is gone or no longer media.
        MediaError: it cannot be copied.
        OSError: there is no room for the copy.
    """
    if not media.clock_jumps:
        yield media
        return
    with scratch_folder() as folder:
        copy = folder / Path(media.path).name
        _copy(media, copy)
        yield probe(copy)


def _copy(media: Media, target: Path) -> None:
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
                _put(source, streams, out, tracks)
        except av.FFmpegError as error:
            if isinstance(error, OSError) and error.errno:
                raise
            raise MediaError(
                f"its clock jumps, and it cannot be copied without that ({error})",
                path=media.path,
                remedy="convert it with ffmpeg first",
            ) from error


def _put(
    source: av.container.InputContainer,
    streams: list[av.stream.Stream],
    out: av.container.OutputContainer,
    tracks: dict[int, av.stream.Stream],
) -> None:
    """Write packets with steady times, none decoded before the one before it."""
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
