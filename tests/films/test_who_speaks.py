"""Social clips show who speaks: judged by the shirts that are seen in them, frame by frame."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from tests.builders.faces import RATE, Person, syllables, write_people
from vidtag.core.names import AspectRatio
from vidtag.films.clip_info import inspect_clip
from vidtag.films.face_finder import face_finder
from vidtag.films.reframing import Reframing, plan_reframing
from vidtag.films.social import SocialLook, make_social
from vidtag.films.talking import Spoken

BLUE, GREEN = (40, 50, 150), (30, 120, 50)
EXCHANGE, CUT, END = 9.0, 15.0, 16.0
"""Seconds at which they begin to talk by turns, at which the camera changes, and of the end."""
SPOKEN = [Spoken(0.0, END)]


def silent(time: float) -> float:
    return 0.0


def scene(time: float) -> Sequence[Person]:
    """Left talks for 4.5 s, then right, then each for 1.5 s by turns; then right, elsewhere."""
    if time >= CUT:
        return [Person(200, GREEN, syllables)]
    turn = int(time / 4.5) if time < EXCHANGE else int((time - EXCHANGE) / 1.5)
    left, right = (syllables, silent) if turn % 2 == 0 else (silent, syllables)
    # Who listens sways: what moves most in the picture is not who talks.
    return [
        Person(100, BLUE, left, sway=0 if turn % 2 == 0 else 7),
        Person(545, GREEN, right, sway=0 if turn % 2 else 7),
    ]


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_people(tmp_path_factory.mktemp("talk") / "talk.mp4", END, scene)


@pytest.fixture(scope="module")
def both_talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Left talks, then right, and from the sixth second on both."""

    def people(time: float) -> Sequence[Person]:
        right = syllables if time >= 3 else silent
        left = syllables if time < 3 or time >= 6 else silent
        return [Person(100, BLUE, left), Person(545, GREEN, right)]

    return write_people(tmp_path_factory.mktemp("both") / "both.mp4", 12.0, people)


def shirts(path: Path) -> np.ndarray:
    """Share of each frame that is blue, and that is green: frames x 2."""
    seen = []
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            _, green, blue = frame.to_ndarray(format="rgb24").astype(int).transpose(2, 0, 1)
            seen.append(((blue - green > 50).mean(), (green - blue > 40).mean()))
    return np.array(seen)


def during(seen: np.ndarray, start: float, end: float) -> np.ndarray:
    return seen[round(start * RATE) : round(end * RATE)]


def test_who_talks_is_in_the_picture_and_who_listens_is_not(talk: Path, tmp_path: Path) -> None:
    make_social(talk, tmp_path / "up.mp4", shots=[CUT], spoken=SPOKEN)
    seen = shirts(tmp_path / "up.mp4")
    assert len(seen) == END * RATE
    first, second = during(seen, 0, 4.1), during(seen, 4.9, 8.5)
    assert first[:, 0].min() > 0.05
    assert first[:, 1].max() < 0.01
    assert second[:, 1].min() > 0.05
    assert second[:, 0].max() < 0.01
    # Between the two the camera moves once, and is there within a second.
    shown = during(seen, 0, 8.5)[:, 0] > 0.02
    assert np.abs(np.diff(shown.astype(int))).sum() == 1
    exchange = during(seen, EXCHANGE + 1, CUT - 0.1)
    assert exchange.min() > 0.02
    # The next shot is shown from its first frame on.
    after = during(seen, CUT, END)
    assert after[:, 1].min() > 0.05
    assert after[:, 1].std() < 0.01
    assert after[:, 0].max() < 0.01


def test_a_crop_that_was_told_its_place_stays_there(talk: Path, tmp_path: Path) -> None:
    make_social(talk, tmp_path / "up.mp4", look=SocialLook(crop=1.0), shots=[CUT], spoken=SPOKEN)
    seen = during(shirts(tmp_path / "up.mp4"), 0, CUT - 0.1)
    assert seen[:, 1].min() > 0.05
    assert seen[:, 0].max() < 0.01


def test_the_plan_is_the_same_on_one_core(talk: Path) -> None:
    info = inspect_clip(talk)

    def plan() -> Reframing:
        return plan_reframing(info, (202, 360), face_finder(), [CUT], SPOKEN)

    usual = plan()
    assert usual.pair is not None
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if len(cores) < 2:
        pytest.skip("needs two cores, and a system that can withhold one")
    os.sched_setaffinity(0, {min(cores)})
    try:
        assert plan() == usual
    finally:
        os.sched_setaffinity(0, cores)


def test_the_voice_tells_whose_movement_counts(both_talk: Path, tmp_path: Path) -> None:
    square = SocialLook(AspectRatio.SQUARE)
    make_social(both_talk, tmp_path / "both.mp4", look=square, spoken=[Spoken(0.0, 12.0)])
    assert during(shirts(tmp_path / "both.mp4"), 8, 12).min() > 0.02
    spoken = [Spoken(0.0, 3.0, "Ana"), Spoken(3.0, 12.0, "Ben")]
    make_social(both_talk, tmp_path / "ben.mp4", look=square, spoken=spoken)
    ben = during(shirts(tmp_path / "ben.mp4"), 8, 12)
    assert ben[:, 1].min() > 0.05
    assert ben[:, 0].max() < 0.01
