"""Makes the file of a reel: its sound in one piece, its picture in pieces that are joined.

What the clips hold already is copied, whole groups of pictures (GOPs) at a time. Fades and cards
are composed, and encoded by ffmpeg like what is copied. A clip that cannot be copied is encoded by
ffmpeg straight from its file.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import ffmpeg

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
    sound: Callable[[], Path | None],
    target: Path,
    scratch: Path,
    on_seconds: Callable[[float], None],
) -> None:
    """Write a reel.

    Args:
        plan: of its picture; None where there is none.
        sound: waits for the file with its sound, which is encoded beside the picture.
        target: the file to write.
        scratch: a folder for pieces.
        on_seconds: receives the seconds of the reel that are finished.

    Raises:
        ToolError: ffmpeg failed.
        OSError: the disk is full.
        CopyError: the pieces do not fit together.
        VerificationError: a piece does not hold what it should.
    """
    if plan is None:
        encode_sound(composition.sound, round(composition.duration * SOUND_RATE), target)
        return
    files = _encode_pieces(composition, plan, scratch, on_seconds)
    join_pieces(plan.pieces, files, plan.encoding, sound(), target, composition.rate)


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
            _encode_composed(composition, piece.frames, plan, path)
        else:
            _encode_clip(composition, piece.frames, plan.encoding, path, on_seconds)
        files[piece.begin] = read_piece(path, piece, composition.rate, plan.encoding)
    return files


def _encode_composed(
    composition: Composition, frames: FrameRange, plan: ReelPlan, target: Path
) -> None:
    """Encode frames that are composed."""
    rate, encoding = composition.rate, plan.encoding
    # The picture in the middle of each frame's time: there is no doubt what is shown then.
    times = [float((n + Fraction(1, 2)) / rate) for n in range(frames.first, frames.end)]
    shown = composition.shown(times[0], times[-1])
    # Where all that is shown is stored alike, what is stored is mixed: colours are not turned into
    # others and back, which takes longer than the fade itself.
    planar = all(part.clip is not None and part.clip.path in plan.alike for part in shown)
    compose = composition.planes if planar else composition.picture
    raw = {"format": "rawvideo", "pix_fmt": "yuv420p" if planar else "rgb24"}
    source = ffmpeg.input("pipe:0", video_size=composition.size, framerate=ratio(rate), **raw)
    picture = source.video if planar else source.video.filter("scale", **encoding.colours)
    pictures = (compose(time).tobytes() for time in times)
    run(encoding.output(picture, target, rate, brief=True), stdin=pictures, path=target)


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
