"""The second opinion, with real sherpa-onnx and an ONNX model small enough to write by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.listening.events import tiny_onnx
from vidtag.core.errors import ModelError
from vidtag.core.records import Emotion, EventKind
from vidtag.core.settings import EventsConfig, TaggerConfig
from vidtag.listening.events.scan import EventScanner
from vidtag.listening.events.tagger import LABELS, Fused, SherpaTagger, with_tagger
from vidtag.listening.windows import WindowPosteriors
from vidtag.media.samples import SAMPLE_RATE

pytest.importorskip("sherpa_onnx")

KINDS = tuple(EventKind)
NAMES = ("Speech", "Laughter", "Chuckle, chortle", "Applause", "Vehicle")
# The probability of a class is sigmoid(slope * mean log-mel level + offset): the louder, the more
# of a laugh. The level of the noise below is -10 or less when quiet, and over 2 when loud.
SLOPES, OFFSETS = (0, 1, 2, 0, 0), (-2, 2, 0, -4, 4)


def noise(amplitude: float, seconds: float = 1.0) -> np.ndarray:
    samples = np.random.default_rng(3).normal(size=round(seconds * SAMPLE_RATE))
    return (amplitude * np.clip(samples, -2, 2) / 2).astype(np.float32)


def write_labels(path: Path, names: tuple[str, ...] = NAMES) -> Path:
    rows = "".join(f'{i},/m/{i},"{name}"\n' for i, name in enumerate(names))
    path.write_text("index,mid,display_name\n" + rows, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tagger")
    (path / "model.onnx").write_bytes(tiny_onnx.tagger(SLOPES, OFFSETS))
    (path / "ced.onnx").write_bytes(tiny_onnx.tagger(SLOPES, OFFSETS, zipformer=False))
    write_labels(path / "class_labels_indices.csv")
    return path


@pytest.mark.parametrize("name", ["model.onnx", "ced.onnx"])
def test_labels_become_kinds(folder: Path, name: str) -> None:
    tagger = SherpaTagger(TaggerConfig(model=str(folder / name)))
    quiet, loud = tagger.classify_windows(np.stack([noise(0.001), noise(0.9)])).events
    column = KINDS.index(EventKind.LAUGHTER)
    assert quiet[column] < 0.1
    assert loud[column] > 0.9
    applause = KINDS.index(EventKind.APPLAUSE)
    assert quiet[applause] == loud[applause] == pytest.approx(1 / (1 + np.exp(4)), abs=1e-5)
    assert quiet[KINDS.index(EventKind.SNEEZE)] == 0


def test_a_scan_with_a_second_opinion(folder: Path) -> None:
    """The model hears no laugh at all; the tagger's half of the vote is in the curve."""

    class Deaf:
        def classify_windows(self, windows: np.ndarray) -> WindowPosteriors:
            return WindowPosteriors(np.zeros((len(windows), len(KINDS)), np.float32))

    audio = np.concatenate([noise(0.002, 4), noise(0.9, 3), noise(0.002, 4)])
    config = EventsConfig(tagger=TaggerConfig(model=str(folder / "model.onnx"), weight=0.5))
    scanner = EventScanner(with_tagger(Deaf(), config.tagger), config)
    scanner.feed(audio)
    curves = scanner.finish()
    heard = curves.curve(EventKind.LAUGHTER)
    assert heard[np.abs(curves.times - 5.5) < 0.5] == pytest.approx(0.5, abs=0.05)
    assert heard[curves.times < 3].max() < 0.1
    assert with_tagger(Deaf(), TaggerConfig(weight=1)).__class__ is Deaf


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_votes_are_weighed(weight: float) -> None:
    class Says:
        def __init__(self, value: float) -> None:
            self.value = value

        def classify_windows(self, windows: np.ndarray) -> WindowPosteriors:
            return WindowPosteriors(
                *(
                    np.full((len(windows), columns), self.value, np.float32)
                    for columns in (len(KINDS), 2, len(Emotion))
                )
            )

    fused = Fused(Says(0.8), Says(0.2), weight)
    answer = fused.classify_windows(np.zeros((3, 10), np.float32))
    assert answer.events == pytest.approx(0.8 * (1 - weight) + 0.2 * weight)
    assert answer.other == pytest.approx(0.8)  # Speech and unknown stay the model's
    assert answer.emotions == pytest.approx(0.8)


def test_every_kind_has_labels() -> None:
    assert set(LABELS) == set(EventKind)
    names = [name for kind in EventKind for name in LABELS[kind]]
    assert len(names) == len(set(names))


def test_wrong_files_are_named(folder: Path, tmp_path: Path) -> None:
    def refused(model: Path, labels: Path) -> str:
        with pytest.raises(ModelError) as caught:
            SherpaTagger(TaggerConfig(model=str(model), labels=str(labels)))
        return str(caught.value)

    good, labels = folder / "model.onnx", folder / "class_labels_indices.csv"
    assert "no such tagger" in refused(tmp_path / "none.onnx", labels)
    junk = tmp_path / "junk.onnx"
    junk.write_bytes(b"not a model")
    assert "not an ONNX model" in refused(junk, labels)
    assert "cannot be read" in refused(good, tmp_path / "none.csv")
    assert "not a label file" in refused(good, junk)
    few = write_labels(tmp_path / "few.csv", NAMES[:3])
    assert "3 labels for a model of 5 classes" in refused(good, few)
    foreign = write_labels(tmp_path / "foreign.csv", ("a", "b", "c", "d", "e"))
    assert "none of its labels" in refused(good, foreign)
