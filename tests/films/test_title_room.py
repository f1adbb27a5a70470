"""Subtitles of social clips keep clear of titles that stand in the picture already."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from tests.builders.faces import RATE, Person, write_people
from vidtag.films.social import SocialLook, make_social

HEAD = """[Script Info]
ScriptType: v4.00+
PlayResX: 202
PlayResY: 360
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, \
Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, \
Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Noto Sans CJK SC,24,&H0000FFFF,&H0,&H0,&H0,0,0,0,0,100,100,0,0,1,0,0,2,0,0,{margin},1
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.00,0:00:02.00,Default,,0,0,0,,WWW
Dialogue: 0,0:00:04.00,0:00:05.00,Default,,0,0,0,,WWW
"""
TOP, BOTTOM = 300, 334
"""Rows, of 360, of the title that stands for the first three seconds."""


def yellow_rows(path: Path) -> list[tuple[float, float]]:
    """First and last row, of 360, of the subtitle in each frame."""
    rows = []
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            red, green, blue = frame.to_ndarray(format="rgb24").astype(int).transpose(2, 0, 1)
            found = np.flatnonzero(((red > 150) & (green > 150) & (blue < 90)).any(axis=1))
            first, last = (found[0], found[-1]) if found.size else (0, 0)
            rows.append((first * 360 / len(red), last * 360 / len(red)))
    return rows


@pytest.mark.parametrize(("margin", "moves"), [(40, True), (150, False)])
def test_only_a_subtitle_on_a_title_is_raised_and_only_while_it_stands(
    tmp_path: Path, margin: int, moves: bool
) -> None:
    clip = write_people(
        tmp_path / "titled.mp4", 5.0, lambda _: [Person(320, (40, 50, 150), lambda _: 0.0)], title=3
    )
    script = tmp_path / "subtitles.ass"
    script.write_text(HEAD.format(margin=margin), encoding="utf-8")
    make_social(clip, tmp_path / "up.mp4", look=SocialLook(crop=0.5), subtitles=script)
    rows = yellow_rows(tmp_path / "up.mp4")
    on_title, later = rows[RATE], rows[round(4.5 * RATE)]
    assert later[1] == pytest.approx(360 - margin, abs=8)
    if moves:
        assert TOP < later[1] < BOTTOM
        assert TOP - 30 < on_title[1] < TOP
    else:
        assert on_title == later
