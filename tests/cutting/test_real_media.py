"""Clips of real files of phones, cameras and editors, where a folder of them lies beside this one.

The source is decoded from its beginning, every frame; the clip has to hold the frames of its
stretch, each close to its source in every pixel.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cutting.test_cut import clock_zero, cut
from vidtag.core.names import CutMode
from vidtag.media.container import open_media
from vidtag.media.probe import probe

FOLDER = Path(__file__).parents[3] / "shared" / "real" / "media"
SPANS = {
    "kodak_100_0306.avi": (0.5, 1.5),
    "trimmed_by_ffmpeg_copy.mp4": (0.5, 1.5),
    "ax_editlist.mp4": (0.5, 1.5),
    "ax_vvc.mp4": (0.6, 2.0),
    "sony_a7m3.mts": (0.1, 0.4),
    "ax_vp92_10.webm": (0.4, 1.4),
    "noaudio_segment.ts": (1.0, 4.0),
    "MOV00006.3gp": (3.0, 9.0),
    "hdr10_bt2020_pq.mp4": (0.5, 1.5),
    "mbaff.mts": (2.0, 5.0),
    "two_mics.mov": (2.0, 5.0),
    "ax_sample.flv": (0.3, 0.9),
    "edit_t2997.mp4": (2.0, 5.0),
}
LEAST = 38.0
"""Decibels (PSNR of grey levels) by which the worst frame of a clip has to resemble its source."""


def grey_frames(path: Path, low: float, high: float) -> list[tuple[float, np.ndarray]]:
    """Seconds from the file's zero and grey picture, turned upright, of the frames of a stretch."""
    zero, found = clock_zero(path), []
    with open_media(path) as container:
        stream = container.streams.video[0]
        for packet in container.demux(stream):
            decoded: Any = packet.decode()
            for frame in decoded:
                time = float(frame.pts * frame.time_base) - zero
                if low <= time < high:
                    turned = np.rot90(frame.to_ndarray(format="gray"), round(frame.rotation / 90))
                    found.append((time, turned))
                if time > high + 1:
                    return sorted(found, key=lambda row: row[0])
    return sorted(found, key=lambda row: row[0])


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    height, width = (min(sizes) for sizes in zip(one.shape, other.shape, strict=True))
    difference = one[:height, :width].astype(np.int16) - other[:height, :width]
    error = float((difference.astype(np.int32) ** 2).mean())
    return 99.0 if error == 0 else 10 * float(np.log10(255**2 / error))


@pytest.mark.skipif(not FOLDER.is_dir(), reason="real files are not here")
@pytest.mark.parametrize("mode", CutMode)
@pytest.mark.parametrize("name", SPANS)
def test_a_real_file_is_cut_frame_by_frame(name: str, mode: CutMode, tmp_path: Path) -> None:
    source, (start, end) = FOLDER / name, SPANS[name]
    result = cut(source, start, end, tmp_path, mode=mode)
    video = probe(source).video
    assert video is not None
    tolerance = min(0.002, float(1 / Fraction(video.frame_rate)) / 4)
    if result.mode is CutMode.COPY:
        assert result.start <= start + 0.05
        start, end = result.start, result.end
    meant = grey_frames(source, start - tolerance, end - tolerance)
    written = grey_frames(result.path, -1, 1e9)
    assert len(written) == len(meant) > 0
    assert min(psnr(a, b) for (_, a), (_, b) in zip(written, meant, strict=True)) > LEAST
    for (time, _), (other, _) in zip(written, meant, strict=True):
        assert time == pytest.approx(other - meant[0][0], abs=0.0012)
