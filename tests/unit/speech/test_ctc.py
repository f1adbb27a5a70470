from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidtag.speech import ctc


def test_times_of_frames() -> None:
    assert [ctc.seconds(n, 10) for n in range(4)] == [0.0, 0.03, 0.09, 0.15]
    assert ctc.seconds(10, 10) == ctc.seconds(12, 10) == 0.57


@given(st.lists(st.integers(0, 3), max_size=40), st.integers(0, 3))
def test_runs_spell_the_path_again(path: list[int], blank: int) -> None:
    certainty = np.linspace(0.1, 0.9, len(path), dtype=np.float32)
    decoded = ctc._runs(np.array(path, np.int64), certainty, blank)
    assert decoded.frames == len(path)
    spelled = np.full(len(path), blank)
    for token, start, end, probability in zip(
        decoded.ids, decoded.starts, decoded.ends, decoded.probabilities, strict=True
    ):
        assert (spelled[start:end] == blank).all()
        spelled[start:end] = token
        assert probability == certainty[end - 1]
    assert spelled.tolist() == path
    collapsed = [token for token, _ in itertools.groupby(path) if token != blank]
    assert decoded.ids.tolist() == collapsed


def test_padding_is_not_read() -> None:
    torch = pytest.importorskip("torch")
    scores = torch.full((2, 6, 3), -5.0)
    scores[0, :, 1] = 5.0
    scores[1, :, 2] = 5.0
    first, second = ctc.decode(scores, torch.tensor([4, 6]))
    assert (first.ids.tolist(), first.ends.tolist()) == ([1], [4])
    assert (second.ids.tolist(), second.ends.tolist()) == ([2], [6])
    assert first.probabilities[0] > 0.99
