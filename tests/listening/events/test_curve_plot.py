"""The picture for tuning: what is in it, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vidtag.core.errors import UserError
from vidtag.core.records import EventKind, EventSpan
from vidtag.core.settings import EventsConfig
from vidtag.listening.events.curve_plot import draw
from vidtag.listening.events.scan import Curves

pytest.importorskip("matplotlib")

LAUGHTER_INK = (0xD9, 0x48, 0x0F)


def curves(seconds: float = 10.0) -> Curves:
    times = np.arange(0, seconds, 0.0625)
    kinds = (EventKind.LAUGHTER, EventKind.COUGH)
    rows = np.zeros((len(times), 2), np.float32)
    rows[(times >= 4) & (times < 7), 0] = 0.9
    level = np.full(round(seconds * 100), -40, np.float32)
    return Curves(kinds, rows, 0.0625, (1.0, 1.0), level, seconds, len(rows))


SPAN = EventSpan(EventKind.LAUGHTER, 4.0, 7.0, 0.9, 0.9)


def test_a_span_lies_where_it_sounds(tmp_path: Path) -> None:
    draw(tmp_path / "a.png", curves(), [SPAN], EventsConfig())
    with Image.open(tmp_path / "a.png") as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    ink = (np.abs(pixels - LAUGHTER_INK).max(axis=2) < 12).sum(axis=0)
    bar = np.flatnonzero(ink >= 4)  # the bar is several pixels high, lines are not
    left, right = 0.08 * pixels.shape[1], 0.98 * pixels.shape[1]
    inside = bar[(bar > left + 5) & (bar < right)]
    start, end = ((edge - left) / (right - left) * 10 for edge in (inside.min(), inside.max()))
    assert (start, end) == (pytest.approx(4, abs=0.1), pytest.approx(7, abs=0.1))


def test_only_kinds_that_were_heard_have_a_lane(tmp_path: Path) -> None:
    target = tmp_path / "a.svg"
    draw(target, curves(), [SPAN], EventsConfig(), title="talk_$1.mp4, pocket")
    text = target.read_text(encoding="utf-8")
    assert "Laughter" in text
    assert "Cough" not in text
    assert "talk_$1.mp4, pocket" in text
    again = tmp_path / "b.svg"
    draw(again, curves(), [SPAN], EventsConfig(), start=0, end=3)
    assert "Laughter" not in again.read_text(encoding="utf-8")


def test_a_long_recording_is_still_one_page(tmp_path: Path) -> None:
    draw(tmp_path / "a.png", curves(2 * 3600), [SPAN], EventsConfig())
    with Image.open(tmp_path / "a.png") as picture:
        width, height = picture.size
    assert width < 2000
    assert height < 4000


@pytest.mark.parametrize(
    ("name", "start", "end", "words"),
    [
        ("a.bmp", 0, None, "cannot be a .bmp"),
        ("a.png", 11, None, "no sound from 11 s on"),
        ("a.png", 5, 5, "no sound from 5 s to 5 s"),
    ],
)
def test_what_cannot_be_drawn(
    tmp_path: Path, name: str, start: float, end: float | None, words: str
) -> None:
    with pytest.raises(UserError, match=words):
        draw(tmp_path / name, curves(), [], EventsConfig(), start=start, end=end)
    assert not list(tmp_path.iterdir())
