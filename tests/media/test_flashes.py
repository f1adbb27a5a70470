"""Pips and flashes at known times, in pictures whose frames come when they like."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.media.conftest import found_pips, pips, write_wav
from vidtag.media.audio import stream_audio
from vidtag.media.probe import probe
from vidtag.media.shots import shot_changes

WHEN = (1.6, 4.0, 7.2)
"""Seconds at which a pip begins, and a second of white picture with it."""
LATE = (0.0, 0.52)


@pytest.mark.parametrize("late", LATE)
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
def test_variable_frame_rate(
    suffix: str, late: float, tmp_path: Path, ffmpeg_cli: Callable[..., None]
) -> None:
    """Of 50 frames a second two of three are left out, in every second second; and B-frames."""
    sound, file = tmp_path / "pips.wav", tmp_path / f"flashes.{suffix}"
    write_wav(sound, pips([time - late for time in WHEN], 10.0 - late))
    white = "+".join(f"between(t,{time - 0.001},{time + 0.999})" for time in WHEN)
    turns = [turn for time in WHEN for turn in (time, time + 1.0)]
    kept = "+".join(f"between(t,{turn - 0.021},{turn + 0.001})" for turn in turns)
    picture = f"color=black:s=64x48:r=50:d=10,drawbox=color=white:t=fill:enable='{white}'"
    picture += f",select='not(mod(n,3))+mod(trunc(t),2)+{kept}'"
    ffmpeg_cli(
        *("-f", "lavfi", "-i", picture, "-itsoffset", str(late), "-i", sound),
        *("-map", "0:v", "-map", "1:a", "-fps_mode", "vfr", "-c:v", "libx264", "-bf", "2"),
        *("-c:a", "aac", file),
    )
    media = probe(file)
    assert media.video is not None
    assert media.video.variable_frame_rate
    samples = np.concatenate(list(stream_audio(media)))
    assert found_pips(samples) == pytest.approx(WHEN, abs=0.01)
    assert shot_changes(media) == pytest.approx(turns, abs=0.01)
