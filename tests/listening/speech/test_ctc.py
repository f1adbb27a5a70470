from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vidtag.listening.speech import ctc


def test_times_of_frames() -> None:
    assert [ctc.seconds(n, 10) for n in range(4)] == [0.0, 0.03, 0.09, 0.15]
    assert ctc.seconds(10, 10) == ctc.seconds(12, 10) == 0.57


@given(st.lists(st.integers(0, 3), max_size=40), st.integers(0, 3))
def test_runs_spell_the_path_again(path: list[int], blank: int) -> None:
    certainty = np.linspace(0.1, 0.9, len(path), dtype=np.float32)
    decoded = ctc.decode(np.array(path, np.int64), certainty, blank)
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
