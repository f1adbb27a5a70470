"""Joins the pieces of a reel, sample by sample, beside its sound."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av import Packet

from vidtag.core.errors import VerificationError
from vidtag.cutting.edge_encoding import parameter_sets, without_sets
from vidtag.cutting.joined_track import add_joined_track, stored_sample
from vidtag.cutting.nal import Codec, CopyError, ParameterSets, read_configuration
from vidtag.films.piece_encoding import PieceEncoding
from vidtag.films.reel_pieces import CopiedPiece, EncodedPiece, Piece
from vidtag.films.stored_clip import STEPS, copied_samples
from vidtag.media.container import open_media, packets
from vidtag.media.muxing import decoding_times, interleave
from vidtag.media.rational import base_of


@dataclass(frozen=True, slots=True)
class PieceFile:
    """A piece that was encoded.

    Attributes:
        path: an MP4.
        shown: ticks of the reel at which frames are shown, in the order they are stored.
        sets: its parameter sets.
        length_size: bytes of the lengths in its samples.
    """

    path: Path
    shown: tuple[int, ...]
    sets: ParameterSets
    length_size: int


def read_piece(
    path: Path, piece: EncodedPiece, rate: Fraction, encoding: PieceEncoding
) -> PieceFile:
    """What an encoded piece holds.

    Raises:
        VerificationError: not every frame once.
    """
    with open_media(path) as container:
        stream = container.streams.video[0]
        found = read_configuration(encoding.codec, stream.codec_context.extradata)
        times = [
            packet.pts * base_of(packet)
            for packet in packets(container, stream)
            if packet.size and packet.pts is not None
        ]
    numbers = [piece.frames.first + round(time * rate) for time in times]
    if sorted(numbers) != list(range(piece.frames.first, piece.frames.end)):
        raise VerificationError("the reel's parts do not hold every frame once")
    sets, length_size = found
    units = parameter_sets(encoding.codec, sets.units.values(), encoding.renumbering)
    ours = ParameterSets(encoding.codec).with_units(units)
    return PieceFile(path, tuple(number * STEPS for number in numbers), ours, length_size)


def join_pieces(
    pieces: Sequence[Piece],
    files: Mapping[int, PieceFile],
    encoding: PieceEncoding,
    sound: Path | None,
    target: Path,
    rate: Fraction,
) -> None:
    """Write a reel of its pieces.

    Args:
        files: the encoded pieces, by the tick at which they begin.
        encoding: how they were encoded.
        sound: the file with the sound; None where there is none.
        target: the MP4 to write.
        rate: frames per second.

    Raises:
        CopyError: the pieces do not fit together.
    """
    shown = [tick for piece in pieces for tick in _shown(piece, files)]
    if len(set(shown)) != len(shown):
        raise CopyError("two frames of the reel are shown at the same time")
    sets = ParameterSets(encoding.codec)
    for piece in pieces:
        own = piece.clip.sets if isinstance(piece, CopiedPiece) else files[piece.begin].sets
        sets = sets.with_units(own.units.values())
    first = next((p.clip.path for p in pieces if isinstance(p, CopiedPiece)), None)
    with (
        open_media(first or files[pieces[0].begin].path) as template,
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as out,
    ):
        track = add_joined_track(out, template.streams.video[0], sets, "yuv420p")
        samples = _samples(pieces, files, encoding)
        track.time_base, timed = _timed(samples, shown, pieces[-1].end, rate)
        interleave(out, timed, track, sound)


def _shown(piece: Piece, files: Mapping[int, PieceFile]) -> Sequence[int]:
    return piece.shown if isinstance(piece, CopiedPiece) else files[piece.begin].shown


def _timed(
    samples: Iterator[tuple[bytes, bool]], shown: Sequence[int], end: int, rate: Fraction
) -> tuple[Fraction, Iterator[Any]]:
    """Time base and packets of samples, in whole frames if all of them come evenly.

    Args:
        shown: ticks at which the samples are shown.
        end: when the last of them ceases to be.
    """
    unit = math.gcd(STEPS, end, *shown)
    time_base = unit / (rate * STEPS)
    ordered = sorted(shown)
    lasting = {t: u - t for t, u in zip(ordered, [*ordered[1:], end], strict=True)}
    decoded_at = decoding_times([tick // unit for tick in shown])

    def packets_of() -> Iterator[Any]:
        for (data, is_keyframe), tick, dts in zip(samples, shown, decoded_at, strict=True):
            packet = Packet(data)
            packet.time_base, packet.is_keyframe = time_base, is_keyframe
            packet.pts, packet.dts = tick // unit, dts
            packet.duration = lasting[tick] // unit
            yield packet

    return time_base, packets_of()


def _samples(
    pieces: Sequence[Piece], files: Mapping[int, PieceFile], encoding: PieceEncoding
) -> Iterator[tuple[bytes, bool]]:
    """Samples of all pieces as an MP4 stores them, and whether each is a keyframe."""
    for piece in pieces:
        if isinstance(piece, CopiedPiece):
            yield from _copied_samples(piece, encoding.codec)
        else:
            yield from _encoded_samples(files[piece.begin], encoding)


def _copied_samples(piece: CopiedPiece, codec: Codec) -> Iterator[tuple[bytes, bool]]:
    found = copied_samples(piece.clip, piece.wanted)
    for number, (data, is_keyframe) in enumerate(found):
        size = piece.clip.length_size
        yield stored_sample(codec, data, size, after_joint=number == 0), is_keyframe


def _encoded_samples(file: PieceFile, encoding: PieceEncoding) -> Iterator[tuple[bytes, bool]]:
    with contextlib.closing(open_media(file.path)) as container:
        for packet in packets(container, container.streams.video[0]):
            if packet.size:
                data = bytes(packet)
                sample, sets = without_sets(
                    encoding.codec, data, file.length_size, encoding.renumbering
                )
                file.sets.with_units(sets)
                yield sample, packet.is_keyframe
