"""How fast a reel of ten 20-second clips at 1080p is made, against encoding all of it again.

    python benchmarks/reel.py [--clips 10] [--rounds 3] [--keyframes 2] [--folder FOLDER]

Makes a 1080p video once, cuts the clips out of it, then makes the reel both ways in turns: copying
what the clips hold, and encoding everything, as reels were made before. Prints the medians, their
ratio, the shares of the reel's own length, the processors' time with that of all processes (which a
busy machine changes little), and the load of the machine. Both include checking every frame.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import tempfile
import time
from pathlib import Path

import ffmpeg

from vidtag.core.records import Clip
from vidtag.cutting.cut import cut_clip
from vidtag.films.reel import Reel, make_reel
from vidtag.media.ffmpeg import run
from vidtag.media.probe import probe

LENGTH = 20.0
SECONDS = 60
RATE = 25


def make_video(folder: Path, keyframes: float) -> Path:
    """A video of 1920 x 1080 with moving pictures and sound of uneven loudness."""
    path = folder / f".vidtag-partial-{keyframes:g}.mp4"
    if not path.exists():
        picture = ffmpeg.input(f"testsrc2=size=1920x1080:rate={RATE}:duration={SECONDS}", f="lavfi")
        noise = f"anoisesrc=amplitude=0.4:duration={SECONDS}:seed=1,tremolo=f=0.2"
        sound = ffmpeg.input(noise, f="lavfi")
        options = {"c:v": "libx264", "preset": "veryfast", "g": round(keyframes * RATE)}
        options |= {"pix_fmt": "yuv420p", "c:a": "aac"}
        run(ffmpeg.output(picture, sound, f"file:{path}", **options))
    return path


def cut_clips(source: Path, folder: Path, count: int) -> list[Path]:
    """Clips of 20 seconds that begin anywhere in the video."""
    media = probe(source)
    step = (SECONDS - LENGTH - 1) / max(count - 1, 1)
    clips = [folder / f"clip{number}.mp4" for number in range(count)]
    for number, clip in enumerate(clips):
        start = 0.3 + number * step
        cut_clip(media, Clip(start, start + LENGTH, (), 1.0, f"Clip {number}"), clip)
    return clips


def processor_seconds() -> float:
    """Time that this process and those it has waited for have had of all processors."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3, help="times each way is measured")
    parser.add_argument("--copied-only", action="store_true", help="do not encode all of it")
    parser.add_argument("--keyframes", type=float, default=2, help="seconds between two")
    parser.add_argument("--folder", type=Path, help="keep the video there, and use it again")
    options = parser.parse_args()
    taken: dict[bool, list[float]] = {True: [], **({} if options.copied_only else {False: []})}
    used: dict[bool, list[float]] = {True: [], False: []}
    made: dict[bool, Reel] = {}
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        clips = cut_clips(make_video(folder, options.keyframes), folder, options.clips)
        load = os.getloadavg()[0]
        make_reel(clips[:1], folder / "reel.mp4")  # loads what is loaded once
        for _ in range(options.rounds):
            for copying in taken:
                start, before = time.perf_counter(), processor_seconds()
                made[copying] = make_reel(clips, folder / "reel.mp4", copying=copying)
                taken[copying].append(time.perf_counter() - start)
                used[copying].append(processor_seconds() - before)
    length = made[True].duration
    print(
        f"a reel of {options.clips} clips, {length:.0f} s of 1080p, keyframes every "
        f"{options.keyframes:g} s; load {load:.1f} on {os.cpu_count()} cores before:"
    )
    for copying in taken:
        name = "copied" if copying else "encoded"
        median = statistics.median(taken[copying])
        processors = statistics.median(used[copying])
        print(
            f"  {name:<8} {median:7.1f} s, {median / length:.3f} of its length; "
            f"processors {processors:.1f} s, {processors / length:.3f}"
        )
    share = made[True].copied / round(length * RATE)
    print(f"  {share:.1%} of the frames were copied")
    if not options.copied_only:
        ratio = statistics.median(b / a for a, b in zip(taken[True], taken[False], strict=True))
        print(f"  copying is {ratio:.1f} times as fast")


if __name__ == "__main__":
    main()
