"""Two witnesses, one strength: worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidtag.core.records import EventKind
from vidtag.core.settings import TaggerConfig, TaggerKindConfig
from vidtag.listening.events.pooling import paired, pooled, undecided

KINDS = tuple(EventKind)
LAUGHTER, APPLAUSE, CRY, COUGH = (
    EventKind.LAUGHTER,
    EventKind.APPLAUSE,
    EventKind.CRY,
    EventKind.COUGH,
)
PLAIN = TaggerConfig(kinds={kind: TaggerKindConfig(shift=0, weight=0.5) for kind in KINDS})


def row(**kinds: float) -> np.ndarray:
    return np.array([[kinds.get(kind.value, 0.02) for kind in KINDS]], np.float32)


def strength(own: np.ndarray, tagger: np.ndarray, config: TaggerConfig = PLAIN) -> dict:
    return dict(zip(KINDS, pooled(KINDS, own, tagger, KINDS, config)[0], strict=True))


def test_a_strong_laugh_raises_no_applause() -> None:
    """The tagger is sure of a laugh; the model shares its own between the two."""
    both = strength(row(Laughter=0.62, Applause=0.3), row(Laughter=0.9, Applause=0.02))
    assert both[LAUGHTER] > 0.85
    assert both[APPLAUSE] < 0.5


def test_laughter_and_applause_at_once_are_both_there() -> None:
    both = strength(row(Laughter=0.48, Applause=0.48), row(Laughter=0.7, Applause=0.7))
    assert min(both[LAUGHTER], both[APPLAUSE]) > 0.8


def test_log_odds_are_pooled() -> None:
    # Odds of 9 and of 1/4: their geometric mean is 1.5, a probability of 0.6.
    assert strength(row(Cry=0.9), row(Cry=0.2))[EventKind.CRY] == pytest.approx(0.6)


def test_a_shift_brings_a_tagger_onto_the_models_scale() -> None:
    # Odds of 0.15 / 0.85, times 17 / 3, are even odds.
    shift = float(np.log(17 / 3))
    config = PLAIN.model_copy(update={"kinds": {COUGH: TaggerKindConfig(shift=shift, weight=1)}})
    assert strength(row(Cough=0.9), row(Cough=0.15), config)[COUGH] == pytest.approx(0.5)


@pytest.mark.parametrize(("weight", "expected"), [(0.0, 0.9), (1.0, 0.3)])
def test_a_kind_can_be_left_to_one_witness(weight: float, expected: float) -> None:
    config = TaggerConfig(weight=weight, kinds={CRY: TaggerKindConfig(shift=0)})
    assert strength(row(Cry=0.9), row(Cry=0.3), config)[CRY] == pytest.approx(expected)


def test_no_cough_where_the_tagger_is_sure_that_there_is_none() -> None:
    """The model's own F1 on real coughs is 0.3, so its word does not do alone."""
    assert strength(row(Cough=0.99), row(Cough=0.0001), TaggerConfig())[COUGH] < 0.3


BOTH_HEARD = [kind for kind in KINDS if TaggerConfig().settings_of(kind).weight < 1]


@given(st.sampled_from(BOTH_HEARD), st.floats(0, 1), st.floats(0, 0.99))
def test_where_the_tagger_has_decided_no_word_of_the_model_makes_a_kind_likely(
    kind: EventKind, said: float, own: float
) -> None:
    config, tagger = TaggerConfig(), row(**{kind.value: said})
    if not undecided([kind], tagger, KINDS, config)[0]:
        heard = np.array([[own]], np.float32)
        assert pooled([kind], heard, tagger, KINDS, config)[0, 0] <= 0.5 + 1e-6


def test_music_is_the_taggers_alone() -> None:
    music = EventKind.BGM
    said = row(BGM=0.9)
    assert not undecided([music], said, KINDS, TaggerConfig())[0]
    heard = [strength(row(BGM=own), said, TaggerConfig())[music] for own in (0.01, 0.99)]
    assert heard[0] == heard[1] > 0.8


def test_a_trace_of_a_laugh_leaves_it_to_the_model() -> None:
    quiet = {"Cry": 0.0, "Cough": 0.0, "Sneeze": 0.0}
    assert undecided([LAUGHTER], row(Laughter=0.01, **quiet), KINDS, TaggerConfig())[0]
    assert not undecided([LAUGHTER], row(Laughter=0.0001, **quiet), KINDS, TaggerConfig())[0]


@pytest.mark.parametrize(
    ("kind", "said"),
    [(LAUGHTER, row(Laughter=0.1, Cough=0.2)), (APPLAUSE, row(Laughter=0.2, Applause=0.1))],
)
def test_what_has_to_yield_is_not_asked_about(kind: EventKind, said: np.ndarray) -> None:
    assert not undecided([kind], said, KINDS, TaggerConfig())[0]
    assert undecided([kind], said, (kind,), TaggerConfig())[0]  # of the other it knows nothing
    assert pooled([kind], np.ones((1, 1)), said, KINDS, TaggerConfig())[0, 0] < 0.5


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_nothing_is_left_open_where_one_witness_has_no_say(weight: float) -> None:
    config = TaggerConfig(weight=weight)
    assert not undecided(KINDS, row(Laughter=0.3, Cough=0.3), KINDS, config).any()


def test_neither_raises_a_laugh_that_the_other_is_sure_is_none() -> None:
    for own, tagger in ((1.0, 0.0001), (0.0001, 0.02)):
        assert strength(row(Laughter=own), row(Laughter=tagger), TaggerConfig())[LAUGHTER] < 0.3


@pytest.mark.parametrize(
    ("rival", "less", "more"), [("Cry", 0.5, 0.7), ("Cough", 0.03, 0.1), ("Sneeze", 0.03, 0.1)]
)
def test_a_laugh_yields_to_what_the_tagger_hears_as_strongly(
    rival: str, less: float, more: float
) -> None:
    """Of a cough or a sneeze, which is short, it need not be so sure."""
    laugh = strength(row(Laughter=0.9), row(Laughter=0.6, **{rival: less}))[LAUGHTER]
    doubted = strength(row(Laughter=0.9), row(Laughter=0.6, **{rival: more}))[LAUGHTER]
    assert laugh > 0.6
    assert doubted == pytest.approx(0.4 * laugh)


def test_a_laugh_yields_around_a_cough_too() -> None:
    own = np.repeat(row(Laughter=0.9), 9, axis=0)
    tagger = np.repeat(row(Laughter=0.6), 9, axis=0)
    tagger[4, KINDS.index(EventKind.COUGH)] = 0.5
    laughs = pooled(KINDS, own, tagger, KINDS, PLAIN, near=2)[:, KINDS.index(LAUGHTER)]
    assert list(laughs < 0.5) == [False, False, True, True, True, True, True, False, False]


def test_applause_that_a_tagger_hears_in_moments_goes_on_between_them() -> None:
    """Under speech it gives a hundredth here and next to nothing an eighth of a second further."""
    said = np.full((20, len(KINDS)), 1e-6, np.float32)
    said[[4, 8, 16], KINDS.index(APPLAUSE)] = 0.01
    own, config = np.tile(row(Applause=0.9), (20, 1)), TaggerConfig()
    apart = pooled(KINDS, own, said, KINDS, config)[:, KINDS.index(APPLAUSE)]
    around = pooled(KINDS, own, said, KINDS, config, near=2)[:, KINDS.index(APPLAUSE)]
    assert set(np.flatnonzero(apart > 0.3)) == {4, 8, 16}
    assert set(np.flatnonzero(around > 0.3)) == {4, 5, 6, 7, 8, 16}


def test_a_trace_of_a_cough_takes_no_laugh_away() -> None:
    """Under speech a tagger hears next to nothing of a laugh, and as little of much else."""
    for cough, laughs in ((0.002, True), (0.003, False)):
        said = row(Laughter=0.005, Cough=cough, Cry=0.0, Sneeze=0.0, Applause=0.0)
        heard = strength(row(Laughter=0.99), said, TaggerConfig())[LAUGHTER]
        assert (heard > 0.6) == laughs


def test_a_laughing_crowd_does_not_clap() -> None:
    """SenseVoice takes it for applause; the tagger hears both, and laughter more strongly."""
    clap = row(Laughter=0.02, Applause=0.97)
    crowd = strength(clap, row(Laughter=0.3, Applause=0.1), TaggerConfig())[APPLAUSE]
    both = strength(clap, row(Laughter=0.1, Applause=0.3), TaggerConfig())[APPLAUSE]
    assert both > 0.9
    assert crowd < 0.4


def test_of_a_kind_without_a_label_the_model_alone_speaks() -> None:
    own = row(Breath=0.9)
    alone = pooled(KINDS, own, np.zeros((1, len(KINDS))), (LAUGHTER,), PLAIN)
    assert alone[0, KINDS.index(EventKind.BREATH)] == pytest.approx(0.9)


def test_silence_that_nobody_was_asked_about_is_nothing() -> None:
    nothing = np.zeros((1, len(KINDS)), np.float32)
    high = TaggerConfig(kinds={kind: TaggerKindConfig(shift=10, weight=0.5) for kind in KINDS})
    assert pooled(KINDS, nothing, nothing, KINDS, high).max() == 0


def test_pairing_needs_both_kinds() -> None:
    one = np.array([[0.4], [0.9]])
    assert paired((LAUGHTER,), one) == pytest.approx(np.minimum(one, 3 * one))
    assert paired((COUGH,), one) == pytest.approx(one)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(-3, 3))
def test_more_of_a_word_never_lowers_its_strength(
    own: float, less: float, more: float, weight: float, shift: float
) -> None:
    low, high = sorted((less, more))
    config = TaggerConfig(kinds={COUGH: TaggerKindConfig(shift=shift, weight=weight)})
    weaker, stronger = (strength(row(Cough=own), row(Cough=c), config)[COUGH] for c in (low, high))
    assert 0 <= weaker <= stronger + 1e-9 <= 1 + 1e-9
