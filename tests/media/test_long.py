"""Hours: pips are where they were put, to 10 ms, and the clock has not drifted by a frame.

One hour runs with the tests. Four of more kinds, with flashes in a picture, and the whole job on
them::

    VIDTAG_LONG=1 pytest tests/media/test_long.py

``VIDTAG_LONG_MINUTES=20`` makes them shorter.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.media.conftest import found_pips, pip_wave
from vidtag.media.audio import stream_audio
from vidtag.media.ffmpeg import file_url, run
from vidtag.media.probe import probe
from vidtag.media.samples import SAMPLE_RATE
from vidtag.media.shots import shot_changes

LONG = "VIDTAG_LONG" in os.environ
MINUTES = int(os.environ.get("VIDTAG_LONG_MINUTES", "240" if LONG else "60")) // 4 * 4
QUARTER = MINUTES * 15
WHEN = (1.25, QUARTER + 0.75, 2 * QUARTER + 1.125, 3 * QUARTER - 0.5, 4 * QUARTER - 2.0)
"""Seconds at which pips begin; two seconds before one, a picture flashes for a second."""
FLASHES = tuple(time - 2.0 for time in WHEN[1:])
SAID = tuple(place * QUARTER + 24 for place in range(4))
"""Seconds at which somebody says something funny; multiples of every step in which sound is looked
at, so that each time it is heard alike."""
EXACT = 0.01
FRAME = 1001 / 30000
pytestmark = pytest.mark.timeout(4 * 3600)

# Container, codec, samples a second, and whether there is a picture of 29.97 frames a second.
FILES = [("mkv", "flac", 22_050, False)]
if LONG:
    FILES += [
        ("mp4", "aac", 44_100, True),
        ("mkv", "aac", 44_100, True),
        ("ts", "aac", 48_000, True),
        ("mp4", "aac", 22_050, False),
        ("mp3", "libmp3lame", 44_100, False),
        ("flv", "libmp3lame", 44_100, False),
    ]


def minutes(rate: int, times: Sequence[float], shape: np.ndarray) -> Iterator[bytes]:
    """The sound, a minute at a time: silence, with a shape at these times."""
    silence = bytes(60 * rate * 2)
    for minute in range(MINUTES):
        here = [time - 60 * minute for time in times if 0 <= time - 60 * minute < 60]
        if not here:
            yield silence
            continue
        samples = np.zeros(60 * rate)
        for time in here:
            begin = round(time * rate)
            assert begin + len(shape) <= len(samples)
            samples[begin : begin + len(shape)] += shape
        yield (samples * 32767).round().astype("<i2").tobytes()


def flashing(size: str, rate: str, times: Sequence[float]) -> list[str]:
    """Arguments for a black picture that is white for a second at these times."""
    flashes = "+".join(f"between(t,{time},{time + 1})" for time in times)
    source = f"color=black:s={size}:r={rate}:d={MINUTES * 60}"
    source += f",drawbox=color=white:t=fill:enable='{flashes}'"
    return ["-f", "lavfi", "-i", source, "-c:v", "libx264", "-preset", "ultrafast"]


def write_long(path: Path, codec: str, rate: int, picture: bool) -> None:
    shown = [*flashing("64x48", "30000/1001", FLASHES), "-bf", "2"] if picture else []
    sound = ["-f", "s16le", "-ar", str(rate), "-ac", "1", "-i", "pipe:0"]
    fast = ["-compression_level", "0"] if codec == "flac" else []
    heard = minutes(rate, WHEN, pip_wave(rate))
    run([*sound, *shown, "-c:a", codec, *fast, file_url(path)], stdin=heard)


@pytest.mark.parametrize(("suffix", "codec", "rate", "picture"), FILES)
def test_nothing_drifts_in_hours(
    suffix: str, codec: str, rate: int, picture: bool, tmp_path: Path
) -> None:
    file = tmp_path / f"long.{suffix}"
    write_long(file, codec, rate, picture)
    media = probe(file)
    assert media.duration == pytest.approx(MINUTES * 60, abs=0.2)
    found, heard = [], 0
    for chunk in stream_audio(media):
        if chunk.max() > 0.1:
            found += [heard / SAMPLE_RATE + time for time in found_pips(chunk)]
        heard += len(chunk)
    # FLV and transport streams have no place for the delay of an encoder (MP3's and AAC's here):
    # what a player plays is late by it.
    late = {"flv": 1105, "ts": 1024}.get(suffix, 0) / rate
    errors = np.subtract(found, WHEN) - late
    assert np.abs(errors).max() < EXACT
    assert np.ptp(errors) < FRAME
    assert heard / SAMPLE_RATE == pytest.approx(MINUTES * 60, abs=0.1)
    if picture:
        # The delay comes before the picture as well: the clock begins with it.
        turns = [time + late for flash in FLASHES for time in (flash, flash + 1)]
        assert shot_changes(media) == pytest.approx(turns, abs=FRAME)
    file.unlink()


@pytest.mark.skipif(not LONG, reason="the whole job on four hours: set VIDTAG_LONG")
def test_the_whole_job_on_four_hours(tmp_path: Path) -> None:
    """A sentence and the laugh at it, hour by hour, are at the same place in each; so are the clips
    of them, in which the picture flashes when it did."""
    demo = Path(__file__).parent.parent.parent / "samples" / "demo.mp4"
    sound = np.concatenate(list(stream_audio(probe(demo))))
    begin, end = 22.3613, 28.2  # a sentence, and a laugh at it
    piece = sound[round(begin * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
    file = tmp_path / "long.mp4"
    run(
        [
            *("-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", "pipe:0"),
            *flashing("160x90", "5", [time + 3.0 for time in SAID]),
            *("-g", "50", "-ar", "44100", "-c:a", "aac", file_url(file)),
        ],
        stdin=minutes(SAMPLE_RATE, SAID, piece),
    )
    command = [
        sys.executable,
        "-m",
        "vidtag",
        "run",
        str(file),
        "-m",
        "pocket",
        "-o",
        str(tmp_path / "out"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (document,) = (tmp_path / "out").rglob("*.vidtag.json")
    data = json.loads(document.read_text(encoding="utf-8"))
    assert data["media"]["duration"] == pytest.approx(MINUTES * 60, abs=0.2)
    (listed,) = (tmp_path / "out").rglob("*.highlights.json")
    clips = json.loads(listed.read_text(encoding="utf-8"))["clips"]
    for things, least in (
        ([w["start"] for s in data["segments"] for w in s["words"]], FRAME),
        ([e["start"] for e in data["events"] if e["kind"] == "Laughter"], FRAME),
        ([clip["start"] for clip in clips], 0.2),  # a frame of this picture
    ):
        starts = [[thing for thing in things if -2 <= thing - time < 8] for time in SAID]
        assert all(starts)
        offsets = [min(found) - time for found, time in zip(starts, SAID, strict=True)]
        assert np.ptp(offsets) < least, offsets
    for clip in clips:
        (time,) = (time for time in SAID if clip["start"] < time + 3 < clip["end"])
        shots = shot_changes(probe(listed.parent / clip["file"]))
        assert shots[0] == pytest.approx(time + 3 - clip["start"], abs=0.2)
