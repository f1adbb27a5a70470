"""Encodes a reel: its sound in one piece, its picture in pieces that are joined.

MoviePy reads what is mixed, fades and cards; the frames between them, most of a reel, are encoded
by ffmpeg straight from the clips. All pieces are encoded alike and joined packet by packet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import ffmpeg

from vidtag.core.errors import VerificationError
from vidtag.films.clip_info import ClipInfo
from vidtag.films.composition import Composition, fitted_size
from vidtag.films.film_sound import SOUND_RATE, encode_sound
from vidtag.films.reel_layout import FrameRange, Part, frame_ranges
from vidtag.media.container import open_media
from vidtag.media.ffmpeg import REPEATABLE, file_url, input_file, run
from vidtag.media.muxing import decoding_times, interleave

_COLOURS = {"out_color_matrix": "bt709", "out_range": "tv"}
_TAGS = {"range": "tv", "color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709"}
_ENCODING = {
    **REPEATABLE,
    # Where colour is sampled: on the left, which FFmpeg before 7.1 has no filter to say.
    "x264-params": f"{REPEATABLE['x264-params']}:chromaloc=0",
    "preset": "veryfast",
    "crf": 18,
}


def encode_reel(
    composition: Composition,
    target: Path,
    scratch: Path,
    on_seconds: Callable[[float], None],
) -> None:
    """Write a reel.

    Args:
        target: the file to write.
        scratch: a folder for pieces.
        on_seconds: receives the seconds of the reel that are finished.

    Raises:
        ToolError: ffmpeg failed.
        OSError: MoviePy failed, or the disk is full.
        VerificationError: the pieces do not fit together.
    """
    sound = None
    if composition.has_sound:
        sound = target if composition.size is None else scratch / "sound.m4a"
        _encode_sound(composition, sound)
    if composition.size is None:
        return
    rate = composition.rate
    ranges = frame_ranges(composition.parts, rate)
    pieces = [scratch / f"piece-{number}.mp4" for number in range(len(ranges))]
    for frames, piece in zip(ranges, pieces, strict=True):
        on_seconds(float(frames.first / rate))
        if frames.part is None or frames.part.clip is None:
            _encode_mixed(composition, frames, piece)
        else:
            _encode_clip(composition, frames, frames.part, frames.part.clip, piece, on_seconds)
    _join(ranges, pieces, sound, target, rate)


def _encode_sound(composition: Composition, target: Path) -> None:
    encode_sound(composition.sound, round(composition.duration * SOUND_RATE), target)


def _encode_mixed(composition: Composition, frames: FrameRange, target: Path) -> None:
    """Encode frames that are mixed from several parts."""
    rate = composition.rate
    # The picture in the middle of each frame's time: there is no doubt what is shown then.
    times = ((number + Fraction(1, 2)) / rate for number in range(frames.first, frames.end))
    pictures = (composition.picture(float(time)).tobytes() for time in times)
    raw = {"format": "rawvideo", "pix_fmt": "rgb24", "framerate": _ratio(rate)}
    source = ffmpeg.input("pipe:0", video_size=composition.size, **raw)
    run(
        _output(source.video.filter("scale", **_COLOURS), target, rate), stdin=pictures, path=target
    )


def _encode_clip(
    composition: Composition,
    frames: FrameRange,
    part: Part,
    clip: ClipInfo,
    target: Path,
    on_seconds: Callable[[float], None],
) -> None:
    """Encode frames of one clip, fitted into the reel."""
    rate, size = composition.rate, composition.size
    assert size is not None
    begin = round(part.start * rate)
    picture = (
        input_file(clip.path)
        .video.filter("fps", fps=_ratio(rate), start_time=0, round="near")
        .filter("tpad", stop=2, stop_mode="clone")
        .filter("trim", start_frame=frames.first - begin, end_frame=frames.end - begin)
        .filter("setpts", "PTS-STARTPTS")
        .filter("scale", *fitted_size(clip, size), **_COLOURS)
        .filter("pad", *size, "(ow-iw)/2", "(oh-ih)/2")
    )
    before = float(frames.first / rate)
    run(
        _output(picture, target, rate),
        path=clip.path,
        on_seconds=lambda done: on_seconds(before + done),
    )


def _output(picture: Any, target: Path, rate: Fraction) -> Any:
    """The ffmpeg output of a piece, with the same encoding for all."""
    return ffmpeg.output(
        picture.filter("setsar", 1)
        .filter("format", "yuv420p")
        # Without this filter, the tags of frames would override those given to the encoder.
        .filter("setparams", field_mode="prog", **_TAGS),
        file_url(target),
        r=_ratio(rate),
        g=max(1, round(2 * rate)),
        **_ENCODING,
    )


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _join(
    ranges: Sequence[FrameRange],
    pieces: Sequence[Path],
    sound: Path | None,
    target: Path,
    rate: Fraction,
) -> None:
    """Join pieces, packet by packet, beside the sound."""
    shown = [
        frames.first + round(time * rate)
        for frames, piece in zip(ranges, pieces, strict=True)
        for time in _frame_times(piece)
    ]
    if sorted(shown) != list(range(ranges[-1].end)):
        raise VerificationError("the reel's parts do not hold every frame once")
    with (
        open_media(pieces[0]) as first,
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as out,
    ):
        template = first.streams.video[0]
        track = out.add_stream_from_template(template, opaque=True)
        track.time_base = 1 / rate
        packets = _packets(pieces, template.codec_context.extradata)
        interleave(out, _numbered(packets, shown, rate), track, sound)


def _packets(pieces: Sequence[Path], extradata: bytes | None) -> Iterator[Any]:
    """Packets of all pieces, which have to have the same extradata."""
    for piece in pieces:
        with open_media(piece) as container:
            stream = container.streams.video[0]
            if stream.codec_context.extradata != extradata:
                raise VerificationError("the reel's parts do not fit together")
            yield from (packet for packet in container.demux(stream) if packet.size)


def _numbered(packets: Iterator[Any], shown: Sequence[int], rate: Fraction) -> Iterator[Any]:
    """Packets with the times of the reel, one frame each."""
    for packet, number, decoded_at in zip(packets, shown, decoding_times(shown), strict=True):
        packet.time_base = 1 / rate
        packet.pts, packet.dts, packet.duration = number, decoded_at, 1
        yield packet


def _frame_times(piece: Path) -> list[Fraction]:
    """Seconds at which the frames of a file are shown, in the order they are stored."""
    with open_media(piece) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        return [
            packet.pts * stream.time_base
            for packet in container.demux(stream)
            if packet.size and packet.pts is not None
        ]
