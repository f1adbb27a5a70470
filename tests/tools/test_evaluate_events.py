"""The figures themselves: whether the scoring of ``tools/evaluate_events.py`` counts right."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("scipy")

from tools.evaluate_events.score import iou, matched, score
from tools.evaluate_events.tracks import SECONDS, Track, Truth, _audible, _joined
from vidtag.core.records import EventKind, EventSpan

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
