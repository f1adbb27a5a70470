"""At which setting each encoder makes pictures as good as x264's at the quality that films have.

    python benchmarks/encoders.py [--video FILE] [--seconds 6] [--crf 18]

Encodes some seconds with x264 at that constant rate factor, then with every hardware encoder that
works here at several settings, and prints the setting with the same SSIM (interpolated), the one
that vidtag uses, and how large the file is against x264's. Two software encoders with a constant
quantiser stand for those that have one (``vaapi``), so that something is measured everywhere.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np

from vidtag.files import PARTIAL_PREFIX
from vidtag.media.encoders import BY_NAME, HARDWARE, SOFTWARE, FilmEncoder, why_not
from vidtag.media.ffmpeg import file_url, input_file, run

MADE = "mandelbrot=size=1280x720:rate=25:end_scale=0.1,noise=alls=6:allf=t,format=yuv420p"
"""Fine and coarse, moving, with grain."""

STAND_INS: Mapping[str, Callable[[int], dict[str, Any]]] = {
    "x264, constant quantiser": lambda value: {
        "c:v": "libx264", "preset": "veryfast", "qp": value, "bf": 2,
    },
    "OpenH264, constant quantiser": lambda value: {
        "c:v": "libopenh264", "rc_mode": "quality", "qmin": value, "qmax": value,
    },
}  # fmt: skip


def similarity(source: Path, made: Path) -> float:
    """SSIM in decibels, of all planes."""
    judged = ffmpeg.filter([input_file(made).video, input_file(source).video], "ssim", "-")
    said = run(ffmpeg.output(judged, "-", format="null")).decode()
    values = [float(found) for found in re.findall(r"All:([0-9.]+)", said)]
    return float(-10 * np.log10(1 - np.mean(values)))


def encoded(
    source: Path, target: Path, options: Mapping[str, Any], encoder: FilmEncoder
) -> tuple[float, int]:
    """Similarity and bytes of what an encoder makes."""
    picture = encoder.prepared(input_file(source).video.filter("format", "yuv420p"))
    run(encoder.opened(ffmpeg.output(picture, file_url(target), **options)))
    return similarity(source, target), target.stat().st_size


def way_of(encoder: FilmEncoder) -> Callable[[int], dict[str, Any]]:
    """The options of an encoder by the value of its quality."""
    option, _ = encoder.quality
    return lambda value: {**encoder.fixed, option: value}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--video", type=Path, help="pictures to encode; made up by default")
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--crf", type=int, default=18, choices=(10, 18))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        source = folder / f"{PARTIAL_PREFIX}source.mkv"
        given = input_file(options.video) if options.video else ffmpeg.input(MADE, f="lavfi")
        kept = {"c:v": "ffv1", "pix_fmt": "yuv420p", "t": options.seconds}
        run(ffmpeg.output(given.video, file_url(source), **kept))
        target = folder / f"{PARTIAL_PREFIX}made.mp4"
        for preset in ("veryfast", "fast"):
            coding = SOFTWARE.options(options.crf, preset)
            wanted, size = encoded(source, target, coding, SOFTWARE)
            print(f"x264 {preset}, CRF {options.crf}: SSIM {wanted:.2f} dB, {size / 1e6:.2f} MB")
        ways = {name: (SOFTWARE, way) for name, way in STAND_INS.items()}
        used: dict[str, int] = {}
        for hardware in HARDWARE:
            if (cause := why_not(hardware)) is not None:
                print(f"{hardware}: {cause}")
                continue
            used[hardware] = BY_NAME[hardware].quality[1][options.crf]
            ways[hardware] = BY_NAME[hardware], way_of(BY_NAME[hardware])
        for name, (encoder, way) in ways.items():
            middle = used.get(name, options.crf + 2)
            settings = range(middle - 6, middle + 8, 3)
            found = [encoded(source, target, way(value), encoder) for value in settings]
            falling = sorted(zip([one for one, _ in found], settings, found, strict=True))
            matched = np.interp(wanted, [s for s, *_ in falling], [v for _, v, _ in falling])
            bytes_ = np.interp(wanted, [s for s, *_ in falling], [b for *_, (_, b) in falling])
            said = f"vidtag uses {used[name]}" if name in used else "a stand-in"
            ratio = bytes_ / size
            print(f"{name}: as good at {matched:.1f} ({said}), with {ratio:.2f} times the bytes")


if __name__ == "__main__":
    main()
