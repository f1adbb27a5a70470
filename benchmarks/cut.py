"""How fast a 20-second highlight is cut out of a long video, against MoviePy.

    python benchmarks/cut.py [--minutes 120] [--rounds 3] [--folder FOLDER]

Makes a 1080p video once (ten seconds of moving pictures, repeated without encoding them again),
then cuts the same 20 seconds with vidtag and with MoviePy's ``subclipped`` and ``write_videofile``,
in turns, and prints the medians and their ratio; and how long vidtag takes at the beginning, the
middle and the end of the video. MoviePy is run twice: as it is, and with the encoder, preset and
quality of vidtag's mode ``exact``. The times of vidtag include checking the clip.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import ffmpeg

from vidtag.core.media_streams import Media
from vidtag.core.names import CutMode
from vidtag.core.records import Clip
from vidtag.cutting.cut import cut_clip
from vidtag.cutting.exact import CRF
from vidtag.films.composition import load_moviepy
from vidtag.media.ffmpeg import run
from vidtag.media.probe import probe

LENGTH = 20.0
PIECE = 10
RATE = 25


def make_video(folder: Path, minutes: int) -> Path:
    """A video of 1920 x 1080 at 25 frames a second with a keyframe every two seconds."""
    piece, whole = folder / ".vidtag-partial-piece.mp4", folder / ".vidtag-partial-long.mp4"
    if whole.exists():
        return whole
    picture = ffmpeg.input(f"testsrc2=size=1920x1080:rate={RATE}:duration={PIECE}", f="lavfi")
    sound = ffmpeg.input(f"anoisesrc=amplitude=0.1:duration={PIECE}:seed=1", f="lavfi")
    options = {"c:v": "libx264", "preset": "veryfast", "g": 2 * RATE, "pix_fmt": "yuv420p"}
    run(ffmpeg.output(picture, sound, f"file:{piece}", acodec="aac", **options))
    source = ffmpeg.input(f"file:{piece}", stream_loop=minutes * 60 // PIECE - 1)
    run(ffmpeg.output(source, f"file:{whole}", c="copy"))
    return whole


@dataclass(frozen=True)
class Cost:
    """Wall time, and processor time of this process and its children, in seconds."""

    wall: float
    cpu: float


def cost(work: Callable[[], object]) -> Cost:
    """What one call takes."""
    start, before = time.perf_counter(), _cpu()
    work()
    return Cost(time.perf_counter() - start, _cpu() - before)


def median(costs: list[Cost]) -> Cost:
    """Medians of both."""
    return Cost(statistics.median(c.wall for c in costs), statistics.median(c.cpu for c in costs))


def _cpu() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def with_vidtag(media: Media, start: float, target: Path) -> None:
    result = cut_clip(media, Clip(start, start + LENGTH, (), 1.0, "highlight"), target)
    assert result.mode is CutMode.SMART, result.mode_reason


def with_moviepy(path: Path, start: float, target: Path, **options: object) -> None:
    with load_moviepy().VideoFileClip(str(path)) as video:
        video.subclipped(start, start + LENGTH).write_videofile(
            str(target), temp_audiofile_path=str(target.parent), logger=None, **options
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=int, default=120, help="length of the video")
    parser.add_argument("--rounds", type=int, default=3, help="times each is measured")
    parser.add_argument("--folder", type=Path, help="keep the video there, and use it again")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        path = make_video(folder, options.minutes)
        media = probe(path)
        end = media.duration - LENGTH - 5.3
        places = {"beginning": 3.3, "middle": end / 2, "end": end}
        with_vidtag(media, 0.0, folder / "vidtag.mp4")  # looks for ffmpeg, once per process
        ours: dict[str, list[Cost]] = {place: [] for place in places}
        alike = {"audio_codec": "aac", "preset": "fast", "ffmpeg_params": ["-crf", str(CRF)]}
        theirs: dict[str, list[Cost]] = {"by its defaults": [], "as our mode exact": []}
        for _ in range(options.rounds):
            for place, start in places.items():
                ours[place].append(cost(partial(with_vidtag, media, start, folder / "vidtag.mp4")))
            for costs, given in zip(theirs.values(), ({}, alike), strict=True):
                costs.append(
                    cost(
                        partial(
                            with_moviepy, path, places["middle"], folder / "moviepy.mp4", **given
                        )
                    )
                )
    print(f"{LENGTH:.0f} s out of {media.duration / 60:.0f} min of 1080p, medians of each:")
    rows = {f"vidtag, at the {place}": median(costs) for place, costs in ours.items()}
    rows |= {f"MoviePy, {name}": median(costs) for name, costs in theirs.items()}
    for name, found in rows.items():
        print(f"  {name:<26} {found.wall:7.2f} s, {found.cpu:7.2f} s of processor time")
    ours_there = rows["vidtag, at the middle"]
    for name in theirs:
        found = rows[f"MoviePy, {name}"]
        print(
            f"  {found.wall / ours_there.wall:.1f} times as fast as MoviePy {name}, with "
            f"1/{found.cpu / ours_there.cpu:.1f} of the processor time"
        )


if __name__ == "__main__":
    main()
