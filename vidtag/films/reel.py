"""Joins clips into one reel: short cross-fades, optional title cards, evened in loudness.

MoviePy reads what is mixed, fades and cards; the stretches between them, most of a reel, are
encoded by ffmpeg straight from the clips. All of them are encoded alike and put behind each other
packet by packet; the sound is one piece.
"""

from __future__ import annotations

import itertools
import math
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import ffmpeg
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vidtag.core.errors import MediaError, OutputError, ToolError, UserError, VerificationError
from vidtag.core.records import OnProgress, Progress
from vidtag.files import replacing, scratch_folder
from vidtag.films.composition import (
    SOUND_RATE,
    Film,
    Part,
    Picture,
    Source,
    fit,
    fitted,
    load_moviepy,
)
from vidtag.films.loudness import SILENT, measure_loudness
from vidtag.media.container import frame_rate, open_media
from vidtag.media.ffmpeg import REPEATABLE, file_url, input_file, run
from vidtag.media.frames import decode_between
from vidtag.media.muxing import decoding_times, interleave

LOUDNESS = -16.0
"""Integrated loudness clips are brought to, in LUFS (ITU-R BS.1770): what video sites play at."""

MOST_GAIN = 18.0
"""Decibels by which a clip is made louder or softer at most, so that noise stays noise."""

CROSS_FADE = 0.25
"""Seconds two neighbours overlap."""

TITLE_SECONDS = 1.8
"""Seconds a title card is shown, fades included."""

_MOST_FRAMES = Fraction(60)

_FULL = 1 << 20
"""Bytes left on a disk below which a broken file means a full disk."""

_COLOURS = {"out_color_matrix": "bt709", "out_range": "tv"}
_TAGS = {"range": "tv", "color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709"}
_ENCODING = {**REPEATABLE, "preset": "veryfast", "crf": 18}

_READ_ALIKE = 14.0
"""Mean difference in grey levels up to which a frame of the reel is the clip's."""


@dataclass(frozen=True, slots=True)
class Reel:
    """A written and verified reel.

    Attributes:
        path: the file.
        duration: in seconds.
        starts: second of the reel at which each clip begins (its title card, if it has one, comes
            before that).
    """

    path: Path
    duration: float
    starts: tuple[float, ...]


def make_reel(
    clips: Sequence[Path],
    target: Path,
    *,
    cards: Sequence[Picture] | None = None,
    cross_fade: float = CROSS_FADE,
    loudness: float | None = LOUDNESS,
    on_progress: OnProgress | None = None,
) -> Reel:
    """Join clips, in the order given, into one video; or, if they are sound alone, into one M4A.

    The reel has the size of the first clip, into which others are fitted between black bars, and
    the highest frame rate among them.

    Args:
        clips: files to join; one is enough.
        target: the file to write, ``.mp4`` (or ``.m4a`` for sound alone).
        cards: a picture to show before each clip, RGB in the size of :func:`reel_size`; None shows
            none.
        cross_fade: seconds that neighbours overlap; shortened where a clip is shorter than twice
            that.
        loudness: LUFS every clip is brought to; None leaves them as they are.
        on_progress: receives progress of the stage ``reel``, in seconds of the reel.

    Raises:
        UserError: no clips, or clips with and without picture.
        OutputError: the target cannot be written, or the disk is full.
        ToolError: ffmpeg failed.
        VerificationError: what was written is not what was planned; nothing is left of it.
    """
    if not clips:
        raise UserError("there are no clips to join into a reel", path=target)
    if cards is not None and len(cards) != len(clips):
        raise ValueError(f"{len(cards)} cards for {len(clips)} clips")
    sources = [_inspect(path) for path in clips]
    mute = [source.path for source in sources if source.size is None]
    if mute and len(mute) < len(sources):
        raise UserError(
            "has no picture, unlike other clips of the reel",
            path=mute[0],
            remedy="join clips with picture, or clips of sound alone",
        )
    fade = Fraction(cross_fade).limit_denominator(1000)
    parts = _arrange(sources, None if mute else cards, fade, loudness)
    size, rate = sources[0].size, _common_rate(sources)
    film = Film(parts, size)
    told = _teller(on_progress, parts, target)
    with replacing(target) as partial, scratch_folder() as scratch:
        try:
            _write(film, partial, scratch, rate, told)
        except OSError as error:
            # MoviePy raises plain ones, without a number, that hold what ffmpeg said.
            if error.errno is not None:
                raise
            raise _failure(error, target) from error
        finally:
            film.close()
        try:
            _verify(film, partial, rate, target)
        except MediaError as error:
            raise _unfinished(target) from error
        told(float(parts[-1].end))
    starts = tuple(float(part.start) for part in parts if part.card is None)
    return Reel(target, float(parts[-1].end), starts)


def reel_size(first: Path) -> tuple[int, int] | None:
    """Width and height of the reel whose first clip this is; None for sound alone."""
    return _inspect(first).size


def _inspect(path: Path) -> Source:
    with open_media(path) as container:
        sounds = bool(container.streams.audio)
        for stream in container.streams.video:
            frame = next(container.decode(stream), None)
            if frame is None or stream.time_base is None:
                break
            turned = round(frame.rotation / 90) % 2
            width, height = (frame.height, frame.width) if turned else (frame.width, frame.height)
            length = stream.duration * stream.time_base if stream.duration else None
            return Source(
                path,
                length or Fraction(container.duration or 0, 1_000_000),
                (width - width % 2, height - height % 2),
                frame_rate(stream),
                sounds,
            )
        if not sounds:
            raise UserError("holds neither picture nor sound", path=path)
        return Source(path, Fraction(container.duration or 0, 1_000_000), None, None, True)


def _common_rate(sources: Sequence[Source]) -> Fraction:
    """Frames per second of the reel; for sound alone a grid of milliseconds."""
    rates = [source.rate for source in sources if source.rate is not None]
    return min(max(rates), _MOST_FRAMES) if rates else Fraction(1000)


def _arrange(
    sources: Sequence[Source],
    shown: Sequence[Picture] | None,
    cross_fade: Fraction,
    loudness: float | None,
) -> tuple[Part, ...]:
    """Lay clips and cards out in time, on the frames of the reel, each overlapping the next."""
    rate = _common_rate(sources)
    card = Fraction(TITLE_SECONDS).limit_denominator(100)
    pieces: list[tuple[Source, Picture | None, Fraction, float]] = []
    for number, source in enumerate(sources):
        if shown is not None:
            pieces.append((source, shown[number], _whole(card, rate), 0.0))
        gain = _gain(source, loudness) if source.sounds else 0.0
        pieces.append((source, None, max(_whole(source.duration, rate), 1 / rate), gain))
    fades = [
        _whole(min(cross_fade, one[2] / 2, other[2] / 2), rate)
        for one, other in itertools.pairwise(pieces)
    ]
    parts: list[Part] = []
    start = Fraction(0)
    for (source, picture, duration, gain), before, after in zip(
        pieces, [Fraction(0), *fades], [*fades, Fraction(0)], strict=True
    ):
        start -= before
        parts.append(Part(source, picture, start, duration, before, after, gain))
        start += duration
    return tuple(parts)


def _whole(time: Fraction, rate: Fraction) -> Fraction:
    """Time shortened to whole frames."""
    return math.floor(time * rate) / rate


def _gain(source: Source, loudness: float | None) -> float:
    """Factor that brings a clip to a loudness, within ``MOST_GAIN``; 1 for what is silent."""
    if loudness is None:
        return 1.0
    measured = measure_loudness(source.path)
    if measured <= SILENT:
        return 1.0
    return float(10 ** (min(max(loudness - measured, -MOST_GAIN), MOST_GAIN) / 20))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Frames ``first`` to ``end`` of the reel: of one clip alone or, if ``part`` is None, mixed."""

    first: int
    end: int
    part: Part | None


def _stretches(parts: Sequence[Part], rate: Fraction) -> list[_Stretch]:
    """The reel, cut where something begins or ends to fade."""
    found: list[_Stretch] = []
    done = 0
    for part in parts:
        first, end = (
            round((part.start + part.fade_in) * rate),
            round((part.end - part.fade_out) * rate),
        )
        if part.card is None and first < end:
            if done < first:
                found.append(_Stretch(done, first, None))
            found.append(_Stretch(first, end, part))
            done = end
    last = round(parts[-1].end * rate)
    if done < last:
        found.append(_Stretch(done, last, None))
    return found


def _write(
    film: Film, target: Path, scratch: Path, rate: Fraction, told: Callable[[float], None]
) -> None:
    sound = None
    if any(part.source.sounds for part in film.parts):
        sound = target if film.size is None else scratch / "sound.m4a"
        _write_sound(film, sound)
    if film.size is None:
        return
    written = []
    for number, stretch in enumerate(_stretches(film.parts, rate)):
        told(float(stretch.first / rate))
        piece = scratch / f".vidtag-partial-{number}.mp4"
        if stretch.part is None:
            _compose(film, stretch, piece, rate)
        else:
            _encode(stretch, stretch.part, film.size, piece, rate, told)
        written.append((stretch, piece))
    _join(written, sound, target, rate)


def _write_sound(film: Film, target: Path) -> None:
    sound = load_moviepy().AudioClip(film.sound, duration=film.duration, fps=SOUND_RATE)
    sound.write_audiofile(str(target), fps=SOUND_RATE, codec="aac", bitrate="192k", logger=None)


def _compose(film: Film, stretch: _Stretch, target: Path, rate: Fraction) -> None:
    """Encode frames that are mixed from several parts."""
    assert film.size is not None
    # Each frame as it is in the middle of its time: there is no doubt what is shown then.
    times = ((number + Fraction(1, 2)) / rate for number in range(stretch.first, stretch.end))
    pictures = (film.picture(float(time)).tobytes() for time in times)
    raw = {"format": "rawvideo", "pix_fmt": "rgb24", "framerate": _ratio(rate)}
    picture = ffmpeg.input("pipe:0", video_size=film.size, **raw).video.filter("scale", **_COLOURS)
    run(_output(picture, target, rate), stdin=pictures, path=target)


def _encode(
    stretch: _Stretch,
    part: Part,
    size: tuple[int, int],
    target: Path,
    rate: Fraction,
    told: Callable[[float], None],
) -> None:
    """Encode frames of one clip, made to fit the reel."""
    begin = round(part.start * rate)
    picture = (
        input_file(part.source.path)
        .video.filter("fps", fps=_ratio(rate), start_time=0, round="near")
        .filter("tpad", stop=2, stop_mode="clone")
        .filter("trim", start_frame=stretch.first - begin, end_frame=stretch.end - begin)
        .filter("setpts", "PTS-STARTPTS")
        .filter("scale", *fitted(part.source, size), **_COLOURS)
        .filter("pad", *size, "(ow-iw)/2", "(oh-ih)/2")
    )
    before = float(stretch.first / rate)
    run(
        _output(picture, target, rate),
        path=part.source.path,
        on_seconds=lambda done: told(before + done),
    )


def _output(picture: Any, target: Path, rate: Fraction) -> Any:
    """Encode a stretch; all of them alike, so that they fit together."""
    return ffmpeg.output(
        picture.filter("setsar", 1)
        .filter("format", "yuv420p")
        # What frames say about themselves would go before what the encoder is told.
        .filter("setparams", field_mode="prog", chroma_location="left", **_TAGS),
        file_url(target),
        r=_ratio(rate),
        g=max(1, round(2 * rate)),
        **_ENCODING,
    )


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _join(
    written: Sequence[tuple[_Stretch, Path]], sound: Path | None, target: Path, rate: Fraction
) -> None:
    """Put stretches behind each other, packet by packet, beside the sound."""
    shown = [
        stretch.first + round(time * rate) for stretch, piece in written for time in _times(piece)
    ]
    if sorted(shown) != list(range(written[-1][0].end)):
        raise VerificationError("the reel's parts do not hold every frame once", path=target)
    decoded = decoding_times(shown)
    with (
        open_media(written[0][1]) as first,
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as out,
    ):
        track = out.add_stream_from_template(first.streams.video[0], opaque=True)
        track.time_base = 1 / rate
        extradata = first.streams.video[0].codec_context.extradata

        def packets() -> Iterator[Any]:
            numbers = iter(zip(shown, decoded, strict=True))
            for _, piece in written:
                with open_media(piece) as part:
                    stream = part.streams.video[0]
                    if stream.codec_context.extradata != extradata:
                        raise VerificationError("the reel's parts do not fit together", path=target)
                    for packet in part.demux(stream):
                        if packet.size:
                            packet.time_base = 1 / rate
                            packet.pts, packet.dts = next(numbers)
                            packet.duration = 1
                            yield packet

        interleave(out, packets(), track, sound)


def _times(piece: Path) -> list[Fraction]:
    """Seconds at which the frames of a file are shown, in the order they are stored."""
    with open_media(piece) as part:
        stream = part.streams.video[0]
        assert stream.time_base is not None
        return [
            packet.pts * stream.time_base
            for packet in part.demux(stream)
            if packet.size and packet.pts is not None
        ]


def _teller(
    on_progress: OnProgress | None, parts: Sequence[Part], target: Path
) -> Callable[[float], None]:
    total = float(parts[-1].end)

    def tell(done: float) -> None:
        if on_progress is not None:
            on_progress(Progress("reel", min(done, total), total, target.name))

    return tell


def _failure(error: OSError, target: Path) -> OutputError | ToolError:
    said = str(error)
    if "No space left on device" in said:
        return _disk_full(target)
    lines = [line for line in said.splitlines() if line.strip()]
    return ToolError(
        f"ffmpeg failed while the reel was written: {lines[-1] if lines else 'no reason given'}",
        path=target,
        stderr=said,
    )


def _unfinished(target: Path) -> OutputError | ToolError:
    """Why the reel has no end: MoviePy does not say when ffmpeg fails at the last."""
    if shutil.disk_usage(target.parent).free < _FULL:
        return _disk_full(target)
    return ToolError("ffmpeg could not finish the reel", path=target)


def _disk_full(target: Path) -> OutputError:
    return OutputError(
        "the disk is full", path=target, remedy="make room, or choose another folder"
    )


def _verify(film: Film, written: Path, rate: Fraction, name: Path) -> None:
    """The reel lasts as long as planned, and shows the middle of each clip where it should."""
    slack = float(2 / rate) if film.size else 0.03
    with open_media(written) as reel:
        kinds: list[tuple[str, Sequence[Any]]] = []
        if any(part.source.sounds for part in film.parts):
            kinds.append(("sound", reel.streams.audio))
        if film.size is not None:
            kinds.append(("picture", reel.streams.video))
        for kind, streams in kinds:
            lasts = [float(s.duration * s.time_base) for s in streams if s.duration and s.time_base]
            if not lasts or abs(lasts[0] - film.duration) > max(slack, 0.03):
                raise VerificationError(
                    f"the reel's {kind} lasts {lasts[0] if lasts else 0:.3f} s instead of "
                    f"{film.duration:.3f} s",
                    path=name,
                )
        if film.size is None:
            return
        for part in film.parts:
            if part.card is None:
                _check_middle(reel, part, film.size, rate, name)


def _check_middle(reel: Any, part: Part, size: tuple[int, int], rate: Fraction, name: Path) -> None:
    middle = part.duration / 2
    shown = _grays(reel, part.start + middle, 1 / rate, size, size)
    with open_media(part.source.path) as clip:
        assert part.source.rate is not None
        around = 2 / min(rate, part.source.rate)
        meant = _grays(clip, middle, around, fitted(part.source, size), size)
    nearest = min(
        (float(abs(one - other).mean()) for one in shown for other in meant), default=math.inf
    )
    if nearest > _READ_ALIKE:
        raise VerificationError(
            f"the reel does not show {part.source.path.name} at {float(part.start + middle):.3f} s",
            path=name,
        )


def _grays(
    container: Any, time: Fraction, around: Fraction, fitted: tuple[int, int], size: tuple[int, int]
) -> list[NDArray[np.int16]]:
    """Small grey pictures of the frames near a second of a file, fitted into a size."""
    stream = container.streams.video[0]
    low, high = (round(t / stream.time_base) for t in (time - around, time + around))
    small = 96, max(2, round(96 * size[1] / size[0]))
    found = []
    for frame in decode_between(container, stream, max(low, 0), high):
        upright = np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90))
        whole = fit(np.asarray(Image.fromarray(upright).resize(fitted)), size)
        image = Image.fromarray(whole).convert("L").resize(small, Image.Resampling.BOX)
        found.append(np.asarray(image).astype(np.int16))
    return found
