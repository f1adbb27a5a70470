"""Joins clips into one reel: in order, with short cross-fades, evened in loudness.

MoviePy reads and writes; at most two clips are open at a time, so that a reel of a hundred clips
takes no more memory than one of three.
"""

from __future__ import annotations

import functools
import itertools
import math
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidtag.atomic import replacing
from vidtag.errors import MediaError, OutputError, ToolError, UserError, VerificationError
from vidtag.highlights.frames import decode_between, open_media
from vidtag.highlights.titles import title_card
from vidtag.media.ffmpeg import find_ffmpeg, input_file, run
from vidtag.types import Progress, Reporter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]
    Sound = NDArray[np.float64]

LOUDNESS = -16.0
"""Integrated loudness clips are brought to, in LUFS (ITU-R BS.1770): what video sites play at."""

MOST_GAIN = 18.0
"""Decibels by which a clip is made louder or softer at most, so that noise stays noise."""

CROSS_FADE = 0.25
"""Seconds two neighbours overlap."""

TITLE_SECONDS = 1.8
"""Seconds a title card is shown, fades included."""

_SOUND_RATE = 48_000
_MOST_FRAMES = Fraction(60)
_SILENT = -70.0
"""Loudness, in LUFS, below which BS.1770 hears nothing."""

_CEILING = 0.8
"""Amplitude above which louder sound is rounded off instead of clipped."""

_FULL = 1 << 20
"""Bytes left on a disk below which a broken file means a full disk."""

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


@dataclass(frozen=True, slots=True)
class _Source:
    """What a clip to join is like; a clip of sound alone has no size and no rate."""

    path: Path
    duration: Fraction
    size: tuple[int, int] | None
    rate: Fraction | None
    sounds: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of the reel: a clip or, if ``title`` is set, a card. Times are in seconds."""

    source: _Source
    title: str | None
    start: Fraction
    duration: Fraction
    fade_in: Fraction
    fade_out: Fraction
    gain: float

    @property
    def end(self) -> Fraction:
        return self.start + self.duration

    def weight(self, time: float) -> float:
        """How much of the part is seen at a moment of the reel: 0 to 1."""
        within = time - float(self.start)
        left = float(self.duration) - within
        rising = within / float(self.fade_in) if self.fade_in else 1.0
        falling = left / float(self.fade_out) if self.fade_out else 1.0
        return min(max(min(rising, falling), 0.0), 1.0)


def make_reel(
    clips: Sequence[Path],
    target: Path,
    *,
    titles: Sequence[str] | None = None,
    font: Path | None = None,
    cross_fade: float = CROSS_FADE,
    loudness: float | None = LOUDNESS,
    report: Reporter | None = None,
) -> Reel:
    """Join clips, in the order given, into one video; or, if they are sound alone, into one M4A.

    The reel has the size of the first clip, into which others are fitted between black bars, and
    the highest frame rate among them.

    Args:
        clips: files to join; one is enough.
        target: the file to write, ``.mp4`` (or ``.m4a`` for sound alone).
        titles: shows each clip's title on a card before it; None shows none.
        font: font file for the titles; needed if they hold more than Latin letters.
        cross_fade: seconds that neighbours overlap; shortened where a clip is shorter than twice
            that.
        loudness: LUFS every clip is brought to; None leaves them as they are.
        report: receives progress of the stage ``reel``, in seconds of the reel.

    Raises:
        UserError: no clips, clips with and without picture, or titles that cannot be shown.
        OutputError: the target cannot be written, or the disk is full.
        ToolError: ffmpeg failed.
        VerificationError: what was written is not what was planned; nothing is left of it.
    """
    if not clips:
        raise UserError("there are no clips to join into a reel", path=target)
    if titles is not None and len(titles) != len(clips):
        raise ValueError(f"{len(titles)} titles for {len(clips)} clips")
    sources = [_inspect(path) for path in clips]
    mute = [source.path for source in sources if source.size is None]
    if mute and len(mute) < len(sources):
        raise UserError(
            "has no picture, unlike other clips of the reel",
            path=mute[0],
            remedy="join clips with picture, or clips of sound alone",
        )
    shown = None if mute else titles
    parts = _arrange(sources, shown, Fraction(cross_fade).limit_denominator(1000), loudness)
    size, rate = sources[0].size, _common_rate(sources)
    # Drawn before anything is written: a font that lacks letters is the user's to mend.
    cards = {} if shown is None or size is None else _cards(shown, size, font)
    film = _Film(parts, size, cards)
    with replacing(target) as partial, tempfile.TemporaryDirectory() as scratch:
        try:
            _write(film, partial, Path(scratch), rate, _bar(report, parts, target))
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
    starts = tuple(float(part.start) for part in parts if part.title is None)
    return Reel(target, float(parts[-1].end), starts)


def _inspect(path: Path) -> _Source:
    with open_media(path) as container:
        sounds = bool(container.streams.audio)
        for stream in container.streams.video:
            frame = next(container.decode(stream), None)
            if frame is None or stream.time_base is None:
                break
            turned = round(frame.rotation / 90) % 2
            width, height = (frame.height, frame.width) if turned else (frame.width, frame.height)
            length = stream.duration * stream.time_base if stream.duration else None
            return _Source(
                path,
                length or Fraction(container.duration or 0, 1_000_000),
                (width - width % 2, height - height % 2),
                stream.average_rate or stream.guessed_rate or Fraction(25),
                sounds,
            )
        if not sounds:
            raise UserError("holds neither picture nor sound", path=path)
        return _Source(path, Fraction(container.duration or 0, 1_000_000), None, None, True)


def _common_rate(sources: Sequence[_Source]) -> Fraction:
    """Frames per second of the reel; for sound alone a grid of milliseconds."""
    rates = [source.rate for source in sources if source.rate is not None]
    return min(max(rates), _MOST_FRAMES) if rates else Fraction(1000)


def _arrange(
    sources: Sequence[_Source],
    titles: Sequence[str] | None,
    cross_fade: Fraction,
    loudness: float | None,
) -> tuple[_Part, ...]:
    """Lay clips and cards out in time, on the frames of the reel, each overlapping the next."""
    rate = _common_rate(sources)
    card = Fraction(TITLE_SECONDS).limit_denominator(100)
    pieces: list[tuple[_Source, str | None, Fraction, float]] = []
    for number, source in enumerate(sources):
        if titles is not None:
            pieces.append((source, titles[number], _whole(card, rate), 0.0))
        gain = _gain(source, loudness) if source.sounds else 0.0
        pieces.append((source, None, max(_whole(source.duration, rate), 1 / rate), gain))
    fades = [
        _whole(min(cross_fade, one[2] / 2, other[2] / 2), rate)
        for one, other in itertools.pairwise(pieces)
    ]
    parts: list[_Part] = []
    start = Fraction(0)
    for (source, title, duration, gain), before, after in zip(
        pieces, [Fraction(0), *fades], [*fades, Fraction(0)], strict=True
    ):
        start -= before
        parts.append(_Part(source, title, start, duration, before, after, gain))
        start += duration
    return tuple(parts)


def _whole(time: Fraction, rate: Fraction) -> Fraction:
    """Time shortened to whole frames."""
    return math.floor(time * rate) / rate


def _gain(source: _Source, loudness: float | None) -> float:
    """Factor that brings a clip to a loudness, within ``MOST_GAIN``; 1 for what is silent."""
    if loudness is None:
        return 1.0
    measured = measure_loudness(source.path)
    if measured <= _SILENT:
        return 1.0
    return float(10 ** (min(max(loudness - measured, -MOST_GAIN), MOST_GAIN) / 20))


def measure_loudness(path: Path) -> float:
    """Integrated loudness of a file's first audio track in LUFS, gated as in BS.1770-4.

    -70, the gate itself, for silence and for less than 0.4 s of sound.
    """
    import ffmpeg

    heard = (
        input_file(path)
        .audio.filter("ebur128", metadata=1)
        .filter("ametadata", mode="print", key="lavfi.r128.I", file="-", direct=1)
    )
    printed = run(ffmpeg.output(heard, "-", format="null"), path=path).decode()
    values = re.findall(r"^lavfi\.r128\.I=(\S+)", printed, re.MULTILINE)
    loudness = float(values[-1]) if values else _SILENT
    return loudness if math.isfinite(loudness) else _SILENT


def _cards(titles: Sequence[str], size: tuple[int, int], font: Path | None) -> dict[str, Picture]:
    return {title: title_card(title, size, font) for title in titles}


class _Film:
    """What is seen and heard at each moment of the reel; opens clips when their time comes."""

    def __init__(
        self, parts: tuple[_Part, ...], size: tuple[int, int] | None, cards: dict[str, Picture]
    ) -> None:
        self.parts = parts
        self.size = size
        self.cards = cards
        self.duration = float(parts[-1].end)
        self._open: dict[int, Any] = {}
        self._sounds: dict[int, Sound] = {}

    def picture(self, time: float) -> Picture:
        """RGB picture at a second of the reel."""
        import numpy as np

        now = [n for n, part in enumerate(self.parts) if part.start <= time < part.end]
        now = now or [len(self.parts) - 1]
        for number in [n for n in self._open if n not in now]:
            _close_clip(self._open.pop(number))
        pictures = [self._part_picture(number, time) for number in now]
        if len(pictures) == 1:
            return pictures[0]
        share = round(256 * self.parts[now[-1]].weight(time))
        one, other = (picture.astype(np.uint16) for picture in (pictures[0], pictures[-1]))
        return ((one * (256 - share) + other * share) >> 8).astype(np.uint8)

    def sound(self, times: Any) -> Sound:
        """Stereo samples at seconds of the reel, within -1 and 1: times x 2; for one time, 2."""
        import numpy as np

        ticks = np.round(np.atleast_1d(times) * _SOUND_RATE).astype(np.int64)
        mixed = np.zeros((ticks.size, 2))
        for number, part in enumerate(self.parts):
            first, last = round(part.start * _SOUND_RATE), round(part.end * _SOUND_RATE)
            inside = (ticks >= first) & (ticks < last)
            if part.title is not None or not part.source.sounds:
                continue
            if not inside.any():
                self._sounds.pop(number, None)
                continue
            if number not in self._sounds:
                self._sounds[number] = _read_sound(part)
            sound = self._sounds[number]
            at = ticks[inside] - first
            heard = at < len(sound)
            mixed[np.flatnonzero(inside)[heard]] += sound[at[heard]]
        mixed = _round_off(mixed)
        return mixed if np.ndim(times) else mixed[0]

    def close(self) -> None:
        """Close every clip that is open."""
        for clip in self._open.values():
            _close_clip(clip)
        self._open.clear()

    def _part_picture(self, number: int, time: float) -> Picture:
        part = self.parts[number]
        if part.title is not None:
            return self.cards[part.title]
        assert self.size is not None
        assert part.source.rate is not None
        if number not in self._open:
            self._open[number] = _open_clip(part.source, self.size)
        # Never past the last frame: MoviePy warns about what is not there.
        last = float(part.source.duration - 1 / part.source.rate / 2)
        within = min(max(time - float(part.start), 0.0), max(last, 0.0))
        return _fit(self._open[number].get_frame(within), self.size)


def _open_clip(source: _Source, size: tuple[int, int]) -> Any:
    moviepy = _moviepy()
    # The rate FFmpeg itself evens frames out to when it hands them over.
    return moviepy.VideoFileClip(
        str(source.path.absolute()),
        audio=False,
        target_resolution=_fitted(source, size),
        fps_source="tbr",
    )


def _close_clip(clip: Any) -> None:
    """Close a clip and its pipes, which MoviePy leaves open once ffmpeg has ended by itself."""
    process = clip.reader.proc
    clip.close()
    for pipe in (process.stdout, process.stderr):
        pipe.close()


def _fitted(source: _Source, size: tuple[int, int]) -> tuple[int, int]:
    """Largest even size of the source's shape within the reel's."""
    assert source.size is not None
    scale = min(size[0] / source.size[0], size[1] / source.size[1])
    width, height = (max(2, round(side * scale / 2) * 2) for side in source.size)
    return min(width, size[0]), min(height, size[1])


def _fit(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture in the middle of a black one of the reel's size."""
    import numpy as np

    height, width = picture.shape[:2]
    if (width, height) == size:
        return picture
    framed = np.zeros((size[1], size[0], 3), np.uint8)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    framed[top : top + height, left : left + width] = picture
    return framed


def _read_sound(part: _Part) -> Sound:
    """Sound of a clip, made as loud as the others and faded where it overlaps them."""
    import ffmpeg
    import numpy as np

    heard = input_file(part.source.path).audio.filter("aresample", **{"async": 1, "first_pts": 0})
    data = run(
        ffmpeg.output(heard, "pipe:1", format="f32le", ac=2, ar=_SOUND_RATE), path=part.source.path
    )
    sound = np.frombuffer(data, "<f4").reshape(-1, 2).astype(np.float64) * part.gain
    sound = sound[: round(part.duration * _SOUND_RATE)]
    # Sounds of two clips have nothing in common: their power adds up, so sines make even fades.
    for fade, where in ((part.fade_in, slice(None)), (part.fade_out, slice(None, None, -1))):
        length = round(fade * _SOUND_RATE)
        ramp = np.sin(np.arange(min(length, len(sound))) / max(length, 1) * math.pi / 2)
        view = sound[where]
        view[: ramp.size] *= ramp[:, None]
    return sound


def _round_off(sound: Sound) -> Sound:
    """Bend what is louder than ``_CEILING`` so that it stays below 1, and leave the rest."""
    import numpy as np

    room = 0.99 - _CEILING
    over = np.maximum(np.abs(sound) - _CEILING, 0.0)
    bent = _CEILING + room * np.tanh(over / room)
    return np.where(over > 0, np.sign(sound) * bent, sound)


@functools.cache
def _moviepy() -> Any:
    """MoviePy, made to use the ffmpeg that vidtag uses: it chooses one when it is imported."""
    before = os.environ.get("FFMPEG_BINARY")
    os.environ["FFMPEG_BINARY"] = find_ffmpeg().path
    try:
        import moviepy
    finally:
        if before is None:
            del os.environ["FFMPEG_BINARY"]
        else:
            os.environ["FFMPEG_BINARY"] = before
    return moviepy


def _write(film: _Film, partial: Path, scratch: Path, rate: Fraction, bar: Any) -> None:
    moviepy = _moviepy()
    sound = None
    if any(part.source.sounds for part in film.parts):
        sound = moviepy.AudioClip(film.sound, duration=film.duration, fps=_SOUND_RATE)
    if film.size is None:
        assert sound is not None
        sound.write_audiofile(
            str(partial), fps=_SOUND_RATE, codec="aac", bitrate="192k", logger=bar
        )
        return
    # MoviePy tells ffmpeg the rate with two decimals only: both sides then use those.
    frames = round(float(rate), 2)
    video = moviepy.VideoClip(
        lambda t: film.picture(t + 0.5 / frames), duration=film.duration
    ).with_audio(sound)
    video.write_videofile(
        str(partial),
        fps=frames,
        codec="libx264",
        preset="fast",
        audio=sound is not None,
        audio_codec="aac",
        audio_fps=_SOUND_RATE,
        audio_bitrate="192k",
        temp_audiofile=str(scratch / "sound.m4a"),
        pixel_format="yuv420p",
        ffmpeg_params=[
            *("-r", f"{rate.numerator}/{rate.denominator}", "-crf", "18"),
            *("-g", str(max(1, round(2 * rate))), "-movflags", "+faststart"),
            *("-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"),
            *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
        ],
        logger=bar,
    )


def _bar(report: Reporter | None, parts: Sequence[_Part], target: Path) -> Any:
    """MoviePy's progress, without its console bars, passed on in seconds of the reel."""
    import proglog

    total = float(parts[-1].end)
    # The sound goes first, and takes a small part of the time that pictures take.
    share = {"chunk": (0.0, 0.1), "frame_index": (0.1, 0.9)}
    if parts[0].source.size is None:
        share = {"chunk": (0.0, 1.0)}

    class Bar(proglog.ProgressBarLogger):  # type: ignore[misc]
        def bars_callback(self, bar: str, attr: str, value: Any, old_value: Any = None) -> None:
            if report is None or attr != "index" or bar not in share:
                return
            first, width = share[bar]
            done = first + width * min(value / max(self.bars[bar]["total"] or 1, 1), 1.0)
            report(Progress("reel", done * total, total, target.name))

    return Bar(min_time_interval=0.1)


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


def _verify(film: _Film, written: Path, rate: Fraction, name: Path) -> None:
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
            if part.title is None:
                _check_middle(reel, part, film.size, rate, name)


def _check_middle(
    reel: Any, part: _Part, size: tuple[int, int], rate: Fraction, name: Path
) -> None:
    middle = part.duration / 2
    shown = _grays(reel, part.start + middle, 1 / rate, size, size)
    with open_media(part.source.path) as clip:
        assert part.source.rate is not None
        around = 2 / min(rate, part.source.rate)
        meant = _grays(clip, middle, around, _fitted(part.source, size), size)
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
    import numpy as np
    from PIL import Image

    stream = container.streams.video[0]
    low, high = (round(t / stream.time_base) for t in (time - around, time + around))
    small = 96, max(2, round(96 * size[1] / size[0]))
    found = []
    for frame in decode_between(container, stream, max(low, 0), high):
        upright = np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90))
        whole = _fit(np.asarray(Image.fromarray(upright).resize(fitted)), size)
        image = Image.fromarray(whole).convert("L").resize(small, Image.Resampling.BOX)
        found.append(np.asarray(image).astype(np.int16))
    return found
