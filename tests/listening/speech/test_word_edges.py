from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidtag.listening.speech.word_edges import Pauses, pauses, place
from vidtag.media.samples import SAMPLE_RATE


def sound(*parts: tuple[float, float]) -> np.ndarray:
    """Noise of so many seconds and such a level, part after part."""
    rng = np.random.default_rng(0)
    return np.concatenate(
        [rng.normal(0, level, round(length * SAMPLE_RATE)) for length, level in parts]
    ).astype(np.float32)


def test_pauses_are_where_it_is_quiet_for_a_while() -> None:
    found = pauses(sound((0.4, 1e-4), (0.6, 0.1), (0.05, 1e-4), (0.5, 0.1), (0.3, 1e-4)))
    assert found.begins == pytest.approx([0.0, 1.55], abs=0.01)
    assert found.ends == pytest.approx([0.4, 1.85], abs=0.01)


@pytest.mark.parametrize("length", [0.0, 0.03, 0.2, 2.0])
def test_even_sound_holds_no_pause_within(length: float) -> None:
    found = pauses(sound((length, 0.1)))
    assert len(found.begins) == 0
    assert len(pauses(np.zeros(round(length * SAMPLE_RATE), np.float32)).begins) == 0


def test_edges_are_drawn_to_pauses_that_are_near() -> None:
    quiet = Pauses(np.array([0.0, 1.0]), np.array([0.25, 1.5]))
    words = place([(0.29, 0.35), (0.6, 0.93), (1.46, 1.6)], 2.0, 0.3, quiet)
    assert words == [(0.25, 0.6), (0.6, 1.0), (1.5, pytest.approx(1.9))]


def test_times_are_left_alone_where_none_are_asked_for() -> None:
    assert place([(0.29, 0.35), (0.6, 0.93)], 2.0, 0.3, None) == [
        (0.29, 0.6),
        (0.6, pytest.approx(1.23)),
    ]


times = st.floats(-0.2, 5.2)


@given(
    st.lists(st.tuples(times, st.floats(0, 0.5)), max_size=12),
    st.lists(st.tuples(times, st.floats(0.1, 1)), max_size=6),
    st.booleans(),
)
def test_words_are_in_order_and_within_the_recording(
    words: list[tuple[float, float]], quiet: list[tuple[float, float]], draw: bool
) -> None:
    spans = sorted((start, start + length) for start, length in words)
    begins, ends = np.array(sorted((a, a + b) for a, b in quiet)).reshape(-1, 2).T
    placed = place(spans, 5.0, 0.3, Pauses(begins, ends) if draw else None)
    assert len(placed) == len(spans)
    edges = list(itertools.chain.from_iterable(placed))
    assert edges == sorted(edges)
    assert all(0 <= edge <= 5.0 for edge in edges)
