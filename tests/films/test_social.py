"""Clips for phones, made of real clips: every frame, the right part of it, subtitles in it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from vidtag.core.errors import UserError
from vidtag.core.names import AspectRatio, Framing
from vidtag.films.social import SocialLook, make_social

ASS = """[Script Info]
PlayResX: 180
PlayResY: 320
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Alignment, MarginV
Style: Default,Noto Sans CJK SC,40,&H00FFFFFF,2,20
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,WWW
"""


@pytest.fixture(scope="module")
def two_shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bright block that moves: in the first second at the left, in the next at the right."""
    path = tmp_path_factory.mktemp("shots") / "shots.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"preset": "ultrafast", "bf": "2"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(50):
            picture = np.full((180, 320, 3), 60, np.uint8)
            left = (20 if number < 25 else 240) + number % 5
            picture[40:120, left : left + 40] = 230
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def grays(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="gray") for frame in file.decode(video=0)]


def test_each_shot_shows_what_moves_from_its_first_frame_on(
    two_shots: Path, tmp_path: Path
) -> None:
    make_social(two_shots, tmp_path / "up.mp4", shots=[1.0])
    pictures = grays(tmp_path / "up.mp4")
    assert len(pictures) == 50
    assert {picture.shape for picture in pictures} == {(320, 180)}
    # The block, 40 x 80 of 101 x 180 pixels, is whole in every frame.
    bright = [(picture > 160).mean() for picture in pictures]
    assert bright == pytest.approx([40 * 80 / (101 * 180)] * 50, abs=0.03)


def test_all_of_the_picture_before_a_blurred_ground(two_shots: Path, tmp_path: Path) -> None:
    make_social(two_shots, tmp_path / "up.mp4", look=SocialLook(framing=Framing.BLUR))
    pictures = grays(tmp_path / "up.mp4")
    assert {picture.shape for picture in pictures} == {(320, 180)}
    middle = pictures[0][110:210]
    # 180 wide, it is 101 high: the block is 22 x 45 there, at the left.
    assert (middle > 160).sum() == pytest.approx(22 * 45, rel=0.15)
    assert middle[:, :60].max() > 200
    ground = pictures[0][:100].astype(int)
    assert abs(np.diff(ground, axis=1)).max() < 25


def test_a_square_and_the_shape_of_the_source(two_shots: Path, tmp_path: Path) -> None:
    for aspect_ratio, size in ((AspectRatio.SQUARE, (180, 180)), (AspectRatio.SOURCE, (180, 320))):
        make_social(two_shots, tmp_path / "out.mp4", look=SocialLook(aspect_ratio))
        assert grays(tmp_path / "out.mp4")[0].shape == size


def test_subtitles_are_in_the_picture_while_they_last(two_shots: Path, tmp_path: Path) -> None:
    script = tmp_path / "it's [笑], 50%;.ass"
    script.write_text(ASS, encoding="utf-8")
    make_social(two_shots, tmp_path / "up.mp4", shots=[1.0], subtitles=script)
    pictures = grays(tmp_path / "up.mp4")
    lower = [picture[250:].max() for picture in pictures]
    assert min(lower[:25]) > 200
    assert max(lower[26:]) < 100


def test_sound_and_uneven_frames_stay_as_they_are(lab: Any, tmp_path: Path) -> None:
    source = lab.video("uneven.mp4", rate=30, uneven=True, count=80)
    make_social(source, tmp_path / "up.mp4", look=SocialLook(framing=Framing.BLUR))
    times = [seen.time for seen in lab.frames(source)]
    with av.open(str(tmp_path / "up.mp4")) as file:
        shown = [frame.time for frame in file.decode(video=0)]
    assert shown == pytest.approx(times, abs=0.001)
    assert lab.clicks(tmp_path / "up.mp4") == pytest.approx(lab.clicks(source), abs=0.001)


def test_sound_alone_has_no_picture_to_turn_upright(lab: Any, tmp_path: Path) -> None:
    source = lab.video("sound.m4a", picture=False)
    with pytest.raises(UserError, match="no picture"):
        make_social(source, tmp_path / "up.mp4")
    assert not list(tmp_path.iterdir())
