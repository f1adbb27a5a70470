"""The figures themselves: whether the scoring of ``tools/evaluate_events.py`` counts right."""

from __future__ import annotations

import json
import runpy
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")

from tools.evaluate_events.alarms import alarms
from tools.evaluate_events.recordings import (
    Recording,
    clip_figures,
    evaluate_recordings,
    recordings,
    track_figures,
)
from tools.evaluate_events.score import iou, matched, score
from tools.evaluate_events.tracks import SECONDS, Track, Truth, _audible, _joined
from tools.pocket import sounds
from vidtag.core.records import EventKind, EventSpan
from vidtag.core.settings import EventsConfig
from vidtag.listening.windows import WindowPosteriors

LAUGHTER = EventKind.LAUGHTER
SILENCE = np.zeros(0, np.int16)


def span(start: float, end: float, kind: EventKind = LAUGHTER) -> EventSpan:
    return EventSpan(kind, start, end, 0.9, 0.8)


def test_iou() -> None:
    assert iou(Truth(LAUGHTER, 0, 2), span(1, 3)) == pytest.approx(1 / 3)
    assert iou(Truth(LAUGHTER, 0, 2), span(2, 3)) == 0


def test_each_truth_and_each_span_counts_once() -> None:
    truths = [Truth(LAUGHTER, 0, 2), Truth(LAUGHTER, 5, 7)]
    spans = [span(0, 1.2), span(0.1, 2.1), span(5.5, 7)]
    pairs = matched(truths, spans, 0.5)
    assert pairs == [(truths[0], spans[1]), (truths[1], spans[2])]


def test_score_by_hand() -> None:
    mixed = Track("mixed", SILENCE, (Truth(LAUGHTER, 10, 12), Truth(LAUGHTER, 20, 22)))
    speech = Track("speech", SILENCE, ())
    row = score([mixed, speech], [[span(10.1, 12), span(40, 41)], [span(1, 2)]])["Laughter"]
    assert (row["truths"], row["found"]) == (2, 2)
    assert row["f1_50"] == row["precision_50"] == row["recall_50"] == 0.5
    assert row["onset"] == {"median": 0.1, "p90": 0.1, "bias": 0.1}
    assert row["made_of"] == {"only mixed": 1, "only speech": 1}
    assert row["false_alarms"] == {"speech": 1, "music": 0}
    assert row["false_alarms_per_hour"] == pytest.approx(3600 / SECONDS)


def test_truths_that_a_listener_hears_as_one_are_one() -> None:
    truths = [Truth(LAUGHTER, 5, 6), Truth(LAUGHTER, 6.3, 7), Truth(LAUGHTER, 9, 10)]
    assert [(t.start, t.end) for t in _joined(truths)] == [(5, 7), (9, 10)]


def test_a_sound_is_true_where_it_is_audible() -> None:
    sound = np.concatenate([np.full(1600, 1e-4), np.full(3200, 0.5), np.full(800, 1e-3)])
    assert _audible(sound.astype(np.float32)) == (pytest.approx(0.1), pytest.approx(0.3))


# ---------------------------------------------------------------- recordings of a folder


def write_sound(path: Path, loud: Sequence[tuple[float, float]], seconds: float) -> None:
    samples = np.random.default_rng(1).normal(0, 300, round(seconds * 16000))
    for start, end in loud:
        samples[round(start * 16000) : round(end * 16000)] = 20000
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(samples.astype("<i2").tobytes())


class LoudIsLaughter:
    """Takes the share of a window's samples that is loud for the probability of a laugh."""

    def __init__(self, loud: float = 0.3) -> None:
        self.loud = loud

    def classify_windows(self, windows: np.ndarray) -> WindowPosteriors:
        answer = np.zeros((len(windows), len(EventKind)), np.float32)
        answer[:, list(EventKind).index(LAUGHTER)] = (np.abs(windows) > self.loud).mean(axis=1)
        return WindowPosteriors(answer)


def test_a_folder_of_tracks_and_clips_is_measured(tmp_path: Path) -> None:
    write_sound(tmp_path / "show.wav", [(5, 8), (15, 17)], 30)
    truth = [{"kind": "Laughter", "start": 5.0, "end": 8.0}]
    (tmp_path / "show.truth.json").write_text(json.dumps(truth))
    for name, loud in (
        ("ha", [(1, 3)]),
        ("silent_ha", []),
        ("rain", [(1, 3)]),
        ("cough", [(1, 3)]),
    ):
        write_sound(tmp_path / "clips" / f"{name}.wav", loud, 4)
    rows = [
        {"file": f"{name}.wav", "label": label}
        for name, label in (
            ("ha", "laughter"),
            ("silent_ha", "laughter"),
            ("rain", "rain"),
            ("cough", "cough"),
        )
    ]
    (tmp_path / "clips" / "manifest.json").write_text(json.dumps(rows))
    report = evaluate_recordings(tmp_path, LoudIsLaughter(), EventsConfig(), None)
    track = report["tracks"]["Laughter"]
    assert (track["truths"], track["found"]) == (1, 2)
    assert track["f1_50"] == pytest.approx(2 / 3, abs=1e-3)
    assert track["false_alarms_per_hour"] == pytest.approx(120, abs=1)
    assert track["onset"] < 0.1
    clips = report["clips"]["Laughter"]
    assert (clips["clips"], clips["found"], clips["made_up"], clips["in_other_kinds"]) == (
        2,
        1,
        1,
        1,
    )
    assert clips["f1"] == 0.5
    assert clips["made_of"] == {"rain": 1, "cough": 1}


def test_applause_in_a_clip_of_cheering_is_no_mistake() -> None:
    def of(kind: EventKind):
        labels = (kind.label, "cheer", "rain")
        heard = [(Recording(Path(f"{n}.wav"), label=n), [span(0, 2, kind)], 2.0) for n in labels]
        row = clip_figures(heard)[kind.value]
        return row["found"], row["made_up"], row["in_other_kinds"]

    assert of(EventKind.APPLAUSE) == (1, 1, 1)
    assert of(LAUGHTER) == (1, 2, 0)


def test_alarms_are_counted_for_each_class_of_hard_negatives() -> None:
    config = EventsConfig().with_calibration({})
    loud = alarms(LoudIsLaughter(0.01), config, None, 2, 5)
    assert list(loud) == list(sounds.HARD)
    assert all(row["sounds"] == 2 and row["Applause"] == 0 for row in loud.values())
    assert sum(row["Laughter"] for row in loud.values()) > 0
    assert alarms(LoudIsLaughter(0.01), config, None, 2, 5) == loud


def test_figures_of_nothing_are_none() -> None:
    assert track_figures([]) == {}
    row = clip_figures([(Recording(Path("a"), label="laughter"), [], 1.0)])["Laughter"]
    assert (row["recall"], row["f1"]) == (0.0, 0.0)


def test_a_folder_without_truth_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"neither a NAME.truth.json nor a manifest.json"):
        recordings(tmp_path)
    (tmp_path / "lost.truth.json").write_text("[]")
    with pytest.raises(SystemExit, match="no sound file"):
        recordings(tmp_path)


def test_missing_weights_are_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["evaluate_events", "--folder", str(tmp_path), "--model", str(tmp_path / "none")]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(SystemExit, match=r"^error: .*there is no such folder"):
        runpy.run_module("tools.evaluate_events", run_name="__main__")
