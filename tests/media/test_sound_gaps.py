"""Gaps: time at which nothing is in a file is said, and silence that something explains is not."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.media.conftest import pips, write_wav
from vidtag.batch.steps import read_chunks, write_chunks
from vidtag.media.audio import stream_audio
from vidtag.media.probe import probe
from vidtag.media.samples import SAMPLE_RATE

Cli = Callable[..., None]
PICTURE = ("-f", "lavfi", "-i", "color=s=32x32:r=5:d=40")


def notes_of(file: Path) -> tuple[list[str], float]:
    """What is noted of a file's sound, and how long that lasts in seconds."""
    notes: list[str] = []
    samples = sum(len(chunk) for chunk in stream_audio(probe(file), on_note=notes.append))
    return notes, samples / SAMPLE_RATE


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "in.wav", pips([0.5, 1.5], 2))


def test_a_wrong_number_in_an_avi_that_makes_hours_of_seconds_is_said(
    sound: Path, tmp_path: Path, ffmpeg_cli: Cli
) -> None:
    file = tmp_path / "a.avi"
    ffmpeg_cli("-i", sound, *PICTURE, "-c:a", "libmp3lame", "-c:v", "mpeg4", "-t", "2", file)
    assert notes_of(file)[0] == []
    data = bytearray(file.read_bytes())
    scale_at = data.index(b"auds") + 20  # dwScale, dwRate, dwStart, dwLength of the stream header
    scale, _, _, length = struct.unpack_from("<4I", data, scale_at)
    struct.pack_into("<I", data, scale_at, scale * 6000)
    struct.pack_into("<I", data, scale_at + 12, length - 2)
    file.write_bytes(data)
    (note,), seconds = notes_of(file)
    assert seconds > 3 * 3600
    assert note.startswith("for 3:")
    assert "the file is damaged" in note
    assert "places, the longest from " in note


def test_a_recording_that_was_paused_says_so(sound: Path, tmp_path: Path, ffmpeg_cli: Cli) -> None:
    file = tmp_path / "paused.mkv"
    pause = "setts=ts='TS+20/TB*gte(TS*TB,1)'"
    ffmpeg_cli("-i", sound, *PICTURE, "-t", "2", "-bsf:a", pause, "-bsf:v", pause, file)
    (note,), seconds = notes_of(file)
    assert seconds == pytest.approx(22, abs=0.2)
    assert note.startswith("for 0:20.0 there is nothing in the file (from 0:0")


@pytest.mark.parametrize("gap", [5, 20])
def test_a_gap_is_explained_by_a_picture_that_goes_on_or_by_being_short(
    sound: Path, tmp_path: Path, ffmpeg_cli: Cli, gap: int
) -> None:
    file = tmp_path / "muted.mkv"
    picture = PICTURE if gap > 10 else ()
    ffmpeg_cli("-i", sound, *picture, "-bsf:a", f"setts=ts='TS+{gap}/TB*gte(TS*TB,1)'", file)
    notes, seconds = notes_of(file)
    assert seconds == pytest.approx(gap + 2, abs=0.2)
    assert notes == []


def test_decoded_silence_takes_no_room_between_processes(tmp_path: Path) -> None:
    minute = np.zeros(60 * SAMPLE_RATE, np.float32)
    said = np.linspace(-1, 1, SAMPLE_RATE, dtype=np.float32)
    file = tmp_path / "sound"
    write_chunks(iter([said, *[minute] * 60, said, minute]), file)
    assert file.stat().st_blocks * 512 < 1 << 20
    assert np.array_equal(
        np.concatenate(list(read_chunks(file))),
        np.concatenate([said, *[minute] * 60, said, minute]),
    )
