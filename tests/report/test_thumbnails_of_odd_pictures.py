"""Thumbnails of pictures that are stretched, mirrored, or of high dynamic range."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vidtag.media.ffmpeg_program import find_ffmpeg
from vidtag.media.probe import probe
from vidtag.report.thumbnails import picture


def made(path: Path, *arguments: str) -> Path:
    command = [find_ffmpeg().path, "-nostdin", "-v", "error", "-y", *arguments, str(path)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return path


def thumbnail(path: Path) -> Image.Image:
    data = picture(probe(path), 0.5)
    assert data is not None
    return Image.open(io.BytesIO(data))


def test_pixels_become_square(tmp_path: Path) -> None:
    file = made(
        tmp_path / "v.mp4", "-f", "lavfi", "-i", "testsrc=s=480x360:d=1", "-vf", "setsar=4/3",
        "-c:v", "libx264", "-pix_fmt", "yuv420p",
    )  # fmt: skip
    assert thumbnail(file).size == (320, 180)


def test_mirrored_pictures(tmp_path: Path) -> None:
    left = "color=black:s=320x180:d=1,drawbox=x=0:y=0:w=160:h=180:color=white:t=fill"
    plain = made(
        tmp_path / "p.mp4", "-f", "lavfi", "-i", left, "-c:v", "libx264", "-pix_fmt", "yuv420p"
    )
    file = made(
        tmp_path / "v.mp4", "-display_rotation", "0", "-display_hflip", "-i", str(plain),
        "-c", "copy",
    )  # fmt: skip
    shown = np.asarray(thumbnail(file).convert("L"))
    assert shown[:, 200:].mean() > 200
    assert shown[:, :120].mean() < 40


def test_high_dynamic_range(tmp_path: Path) -> None:
    """18 % grey, at 38 % of PQ: 26 of 203 cd/m2, which is 255 * (26 / 203) ** (1 / 2.4)."""
    file = made(
        tmp_path / "v.mp4", "-f", "lavfi", "-i", "color=0x616161:s=320x180:d=1",
        "-vf", "scale=out_color_matrix=bt2020:out_range=tv", "-pix_fmt", "yuv420p10le",
        "-c:v", "libx264", "-x264-params",
        "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc", "-color_range", "tv",
    )  # fmt: skip
    assert np.asarray(thumbnail(file)).mean() == pytest.approx(108.3, abs=6)


@pytest.mark.parametrize("first", ["tff", "bff"])
def test_interlaced_pictures_have_no_combs(first: str, tmp_path: Path) -> None:
    """A bar that runs 20 pixels from one field to the next: its two places would make combs."""
    file = made(
        tmp_path / "v.mp4", "-f", "lavfi", "-i", "color=black:s=320x180:r=50:d=1",
        "-f", "lavfi", "-i", "color=white:s=20x180:r=50:d=1", "-filter_complex",
        f"[0][1]overlay=x='mod(n*20,300)':y=0,format=yuv420p,tinterlace=interleave_"
        f"{'top' if first == 'tff' else 'bottom'},fieldorder={first}",
        "-c:v", "libx264", "-x264-params", f"{first}=1", "-crf", "10",
    )  # fmt: skip
    grey = np.asarray(thumbnail(file).convert("L")).astype(int)
    # In a comb, lines differ from both neighbours; one field's lines are all alike.
    combs = np.abs(grey[1:-1] - (grey[:-2] + grey[2:]) / 2)[10:-10]
    assert grey.max() > 200
    assert combs.max() < 40
