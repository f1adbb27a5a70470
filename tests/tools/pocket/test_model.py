"""The bundled model still hears what it heard when its figures were recorded.

Everything in ``heldout.opus`` is held out: voices, sentences, seeds, and for a part of the
laughter and applause the way it was made. ``figures.json`` is what the model reached when it was
built; the floors say below which it is no longer worth shipping.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tools.pocket import clips, evaluate

FOLDER = Path(__file__).parent
MODEL = FOLDER.parents[2] / "vidtag" / "pocket"
LANGUAGES = ("en", "zh", "yue", "ja", "ko")


@pytest.fixture(scope="module")
def recorded() -> Any:
    return json.loads((FOLDER / clips.FIGURES).read_text())


@pytest.fixture(scope="module")
def reached() -> Any:
    return evaluate.figures(evaluate.run(MODEL, clips.read(FOLDER)))


def test_set_is_whole(recorded: Any, reached: Any) -> None:
    assert reached["clips"] == recorded["clips"] >= 150


@pytest.mark.parametrize("lang", LANGUAGES)
def test_text(recorded: Any, reached: Any, lang: str) -> None:
    rate = reached["error_rate"][lang]
    assert rate == pytest.approx(recorded["error_rate"][lang], abs=0.02)
    assert rate < (0.1 if lang == "en" else 0.08)


@pytest.mark.parametrize(
    ("label", "floor"),
    [
        ("language", 0.98),
        ("emotion", 0.95),
        ("event", 0.97),
        ("windows_language", 0.95),
        ("windows_emotion", 0.95),
        ("windows_event", 0.9),
    ],
)
def test_labels(recorded: Any, reached: Any, label: str, floor: float) -> None:
    assert reached[label] == pytest.approx(recorded[label], abs=0.03)
    assert reached[label] >= floor


@pytest.mark.parametrize(("event", "floor"), [("Laughter", 0.85), ("Applause", 0.6)])
def test_events_made_in_an_unknown_way(
    recorded: Any, reached: Any, event: str, floor: float
) -> None:
    share = reached["unknown_method_recall"][event]["share"]
    assert share == pytest.approx(recorded["unknown_method_recall"][event]["share"], abs=0.13)
    assert share >= floor


def test_invents_no_text(reached: Any) -> None:
    assert reached["text_on_non_speech"]["clips"] >= 50
    assert reached["text_on_non_speech"]["share"] <= 0.03


@pytest.mark.parametrize("lang", LANGUAGES)
def test_words_start_when_they_are_said(recorded: Any, reached: Any, lang: str) -> None:
    starts = reached["word_starts"][lang]
    assert starts["mean_ms"] == pytest.approx(recorded["word_starts"][lang]["mean_ms"], abs=10)
    assert starts["mean_absolute_ms"] <= 40


def test_fits_in_the_repository() -> None:
    assert sum(f.stat().st_size for f in MODEL.iterdir()) < 8_000_000
