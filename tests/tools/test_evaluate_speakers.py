"""The error rate of the evaluation, against a published example and by hand."""

import pytest

from tools.evaluate_speakers.der import Turn, errors
from tools.evaluate_speakers.words import words_right
from vidtag.core.records import SpeakerTurn

TRUTH = [Turn("A", 0, 10), Turn("B", 12, 20), Turn("A", 24, 27), Turn("C", 30, 40)]
FOUND = [
    Turn("a", 2, 13),
    Turn("d", 13, 14),
    Turn("b", 14, 20),
    Turn("c", 22, 38),
    Turn("d", 38, 40),
]


def test_pyannotes_own_example():
    # The first example in the documentation of pyannote.metrics: 0.516.
    assert errors(TRUTH, FOUND).rate == pytest.approx(0.516, abs=5e-4)


def test_each_kind_of_error_counts_once():
    found = errors([Turn("A", 0, 10)], [Turn("x", 0, 6), Turn("y", 6, 8), Turn("y", 10, 11)])
    assert (found.total, found.missed) == pytest.approx((10, 2))
    assert (found.false_alarm, found.confusion) == pytest.approx((1, 2))
    assert errors([Turn("A", 0, 10)], [Turn("x", 0.2, 9.8)], collar=0.25).rate == 0
    assert errors([Turn("A", 0, 10)], []).rate == 1


def test_words_count_by_whom_they_are_given_to():
    truth = [Turn("A", 0, 3), Turn("B", 4, 7)]  # ten words each
    halves = [SpeakerTurn("x", 0, 3.2, 1), SpeakerTurn("y", 3.9, 5.5, 1)]
    assert words_right(truth, [*halves, SpeakerTurn("x", 5.5, 7, 1)]) == pytest.approx(15 / 20)
    assert words_right(truth, [*halves, SpeakerTurn("y", 5.5, 7, 1)]) == 1
    assert words_right(truth, []) == 0
