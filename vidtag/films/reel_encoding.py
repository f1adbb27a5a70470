"""Makes the file of a reel: its sound in one piece, its picture in pieces that are joined.

What the clips hold already is copied, whole groups of pictures (GOPs) at a time. What is mixed,
fades and cards, MoviePy composes and ffmpeg encodes, like what is copied. A clip that cannot be
copied is encoded by ffmpeg straight from its file.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import ffmpeg

from vidtag.cutting.cut import set_on_exit
from vidtag.films.composition import Composition, fitted_size
from vidtag.films.film_sound import SOUND_RATE, encode_sound
from vidtag.films.piece_encoding import PieceEncoding, ratio
from vidtag.films.reel_joining import PieceFile, join_pieces, read_piece
from vidtag.films.reel_layout import FrameRange
from vidtag.films.reel_pieces import EncodedPiece
from vidtag.films.reel_plan import ReelPlan
from vidtag.media.ffmpeg import input_file, run


def encode_reel(
    composition: Composition,
    plan: ReelPlan | None,
    target: Path,
    scratch: Path,
    on_seconds: Callable[[float], None],
) -> None:
    """Write a reel.

    Args:
        plan: of its picture; None where there is none.
        target: the file to write.
        scratch: a folder for pieces.
        on_seconds: receives the seconds of the reel that are finished.

    Raises:
        ToolError: ffmpeg failed.
        OSError: MoviePy failed, or the disk is full.
        CopyError: the pieces do not fit together.
        VerificationError: a piece does not hold what it should.
    """
    length = round(composition.duration * SOUND_RATE)
    if plan is None:
        encode_sound(composition.sound, length, target)
        return
    with ThreadPoolExecutor(1) as pool, set_on_exit() as left:
        sound = scratch / "sound.m4a"
        # ffmpeg encodes the sound while the pieces of the picture are made.
        sounding = (
            pool.submit(encode_sound, composition.sound, length, sound, stop=left.is_set)
            if composition.has_sound
            else None
        )
        files = _encode_pieces(composition, plan, scratch, on_seconds)
        if sounding is not None:
            sounding.result()
        join_pieces(
            plan.pieces,
            files,
            plan.encoding,
            None if sounding is None else sound,
            target,
            composition.rate,
        )


def _encode_pieces(
    composition: Composition,
    plan: ReelPlan,
    scratch: Path,
    on_seconds: Callable[[float], None],
) -> dict[int, PieceFile]:
    """Encode what is not copied; the files, by the tick at which they begin."""
    files: dict[int, PieceFile] = {}
    for number, piece in enumerate(plan.pieces):
        if not isinstance(piece, EncodedPiece):
            continue
        on_seconds(float(piece.frames.first / composition.rate))
        path = scratch / f"piece-{number}.mp4"
        part = piece.frames.part
        if part is None or part.clip is None:
            _encode_composed(composition, piece.frames, plan.encoding, path)
        else:
            _encode_clip(composition, piece.frames, plan.encoding, path, on_seconds)
        files[piece.begin] = read_piece(path, piece, composition.rate, plan.encoding)
    return files


def _encode_composed(
    composition: Composition, frames: FrameRange, encoding: PieceEncoding, target: Path
) -> None:
    """Encode frames that are composed."""
    rate = composition.rate
    # The picture in the middle of each frame's time: there is no doubt what is shown then.
    times = ((number + Fraction(1, 2)) / rate for number in range(frames.first, frames.end))
    pictures = (composition.picture(float(time)).tobytes() for time in times)
    raw = {"format": "rawvideo", "pix_fmt": "rgb24", "framerate": ratio(rate)}
    source = ffmpeg.input("pipe:0", video_size=composition.size, **raw)
    picture = source.video.filter("scale", **encoding.colours)
    run(encoding.output(picture, target, rate), stdin=pictures, path=target)


def _encode_clip(
    composition: Composition,
    frames: FrameRange,
    encoding: PieceEncoding,
    target: Path,
    on_seconds: Callable[[float], None],
) -> None:
    """Encode frames of one clip, fitted into the reel."""
    rate, size, part = composition.rate, composition.size, frames.part
    assert size is not None
    assert part is not None
    assert part.clip is not None
    begin = round(part.start * rate)
    picture = (
        input_file(part.clip.path)
        .video.filter("fps", fps=ratio(rate), start_time=0, round="near")
        .filter("tpad", stop=2, stop_mode="clone")
        .filter("trim", start_frame=frames.first - begin, end_frame=frames.end - begin)
        .filter("setpts", "PTS-STARTPTS")
        .filter("scale", *fitted_size(part.clip, size), **encoding.colours)
        .filter("pad", *size, "(ow-iw)/2", "(oh-ih)/2")
    )
    before = float(frames.first / rate)
    run(
        encoding.output(picture, target, rate),
        path=part.clip.path,
        on_seconds=lambda done: on_seconds(before + done),
    )
