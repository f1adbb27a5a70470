"""Films by hardware encoders: used where they work, and x264 where they do not.

There is no such hardware here: a program stands for an ffmpeg that has some
(``tests/builders/hardware_encoder.py``). What it encodes is real, and is judged by the numbers that
are drawn in every frame.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from tests.builders.hardware_encoder import Behaviour, ffmpeg_with_nvenc
from vidtag.core.names import AspectRatio, CutMode, EncoderName
from vidtag.core.records import Clip
from vidtag.cutting.coding import Coding
from vidtag.cutting.cut import cut_clip
from vidtag.films.reel import make_reel
from vidtag.films.social import SocialLook, make_social
from vidtag.media.encoders import HARDWARE, Encoders, why_not
from vidtag.media.ffmpeg_program import PROGRAM_VARIABLE
from vidtag.media.probe import probe

CLIP = Clip(0.4, 2.0, (), 1.0, "")
LOOK = SocialLook(AspectRatio.SOURCE)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Programs by what they do."""
    folder = tmp_path_factory.mktemp("programs")
    real = imageio_ffmpeg.get_ffmpeg_exe()
    made: dict[str, Path] = {}

    def program(behaviour: Behaviour) -> Path:
        if behaviour not in made:
            made[behaviour] = ffmpeg_with_nvenc(folder / behaviour, real, behaviour)
        return made[behaviour]

    return program


def films(source: Path, folder: Path, wanted: EncoderName) -> tuple[dict[str, Path], Encoders]:
    """An exact clip, a social clip, and a reel of which nothing is copied."""
    folder.mkdir()
    encoders = Encoders(wanted)
    made = {name: folder / f"{name}.mp4" for name in ("clip", "social", "reel")}
    coding = Coding(encoders=encoders)
    cut_clip(probe(source), CLIP, made["clip"], mode=CutMode.EXACT, coding=coding)
    make_social(made["clip"], made["social"], look=LOOK, encoders=encoders)
    make_reel([made["clip"]], made["reel"], copying=False, encoders=encoders)
    return made, encoders


@pytest.fixture(scope="module")
def by_x264(lab: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("x264") / "films"
    made, encoders = films(lab.video(), folder, "software")
    assert encoders.notes == []
    return {name: path.read_bytes() for name, path in made.items()}


def test_hardware_that_works_makes_all_films(
    lab: Any, programs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_x264: Any
) -> None:
    program = programs("works")
    monkeypatch.setenv(PROGRAM_VARIABLE, str(program))
    made, encoders = films(lab.video(), tmp_path / "films", "auto")
    assert encoders.notes == []
    for name, path in made.items():
        assert lab.numbers(path) == list(range(10, 50))
        assert path.read_bytes() != by_x264[name]
    asked = program.with_name("films").read_text().splitlines()
    assert len(asked) == 4  # one trial, for all films have one size, and each film


@pytest.mark.parametrize("behaviour", ["dies", "stops", "inverts"])
def test_where_hardware_fails_x264_takes_over(
    behaviour: Behaviour,
    lab: Any,
    programs: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    by_x264: Any,
) -> None:
    monkeypatch.setenv(PROGRAM_VARIABLE, str(programs(behaviour)))
    made, encoders = films(lab.video(), tmp_path / "films", "nvenc")
    assert {name: path.read_bytes() for name, path in made.items()} == by_x264
    assert sorted(os.listdir(tmp_path / "films")) == ["clip.mp4", "reel.mp4", "social.mp4"]
    (note,) = encoders.notes
    assert "\n" not in note
    assert {
        "dies": "the encoder nvenc failed (EncodePicture failed: device lost (8)): x264 took over",
        "stops": "the encoder nvenc failed (",
        "inverts": "films were encoded by x264, because no hardware encoder works here (nvenc: the "
        "encoder changed picture 1)",
    }[behaviour] in note


def test_a_film_that_hardware_spoils_is_made_again(
    lab: Any, programs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_x264: Any
) -> None:
    source = tmp_path / "clip.mp4"
    source.write_bytes(by_x264["clip"])
    monkeypatch.setenv(PROGRAM_VARIABLE, str(programs("stops")))
    encoders = Encoders("nvenc")
    make_social(source, tmp_path / "social.mp4", look=LOOK, encoders=encoders)
    assert (tmp_path / "social.mp4").read_bytes() == by_x264["social"]
    assert encoders.notes == [
        "the encoder nvenc failed (the encoder made 7 pictures of 40): x264 took over"
    ]


def test_what_hardware_does_not_make_is_left_to_software(
    lab: Any, programs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PROGRAM_VARIABLE, str(programs("works")))
    ten_bits = lab.video("ten.mp4", codec="libx265", pixel_format="yuv420p10le")
    encoders = Encoders("nvenc")
    target = tmp_path / "clip.mp4"
    coding = Coding(encoders=encoders)
    cut_clip(probe(ten_bits), CLIP, target, mode=CutMode.EXACT, coding=coding)
    assert probe(target).video.bit_depth == 10  # type: ignore[union-attr]
    assert encoders.notes == [
        "x264 or x265 encoded what no hardware encoder makes here: pictures of more than 8 bits"
    ]


@pytest.mark.parametrize("name", HARDWARE)
def test_every_encoder_is_asked_with_options_that_ffmpeg_knows(name: Any) -> None:
    """Where ffmpeg has the encoder it fails at the device, if at all, and not at an option."""
    cause = why_not(name)
    assert cause is None or "ption" not in cause
