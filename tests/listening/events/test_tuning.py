"""What answers teach: few move little, order plays no part, a "no" never lowers a threshold."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders.documents import make_audio_stream, make_media
from vidtag.core.errors import ConfigError
from vidtag.core.records import EventKind
from vidtag.core.settings import (
    Config,
    EventsConfig,
    ListenerConfig,
    TunedEventsConfig,
    TunedKindConfig,
)
from vidtag.listening.events.tuning import Answered, check_tuned, fit, tuned, untuned
from vidtag.listening.identity import ModelFacts, resolve

LAUGHTER, APPLAUSE, COUGH = EventKind.LAUGHTER, EventKind.APPLAUSE, EventKind.COUGH
ALONE = EventsConfig(tagger={"model": None})
BESIDE = EventsConfig(tagger={"model": "yamnet"})
POCKET = ListenerConfig(name="pocket", digest="aa")
YAMNET = ListenerConfig(name="yamnet", digest="bb")

answers = st.lists(
    st.builds(
        Answered,
        st.sampled_from([LAUGHTER, APPLAUSE, COUGH]),
        st.sampled_from(["whole", "end"]),
        st.floats(0, 1),
        st.booleans(),
    ),
    max_size=80,
)
settings = st.sampled_from([ALONE, BESIDE])


def reached(
    config: EventsConfig, learnt: Mapping[EventKind, TunedKindConfig]
) -> tuple[float, float]:
    """A laugh's thresholds on the scale of before: a shift of the tagger moves both."""
    before = untuned(config)[LAUGHTER]
    row = learnt.get(LAUGHTER, before)
    moved = ((before.shift or 0.0) - (row.shift or 0.0)) * (before.weight or 0.0)
    return tuple(math.log(p / (1 - p)) + moved for p in (row.on, row.off))  # type: ignore[return-value]


@given(answers, settings)
def test_what_is_learnt_are_settings(given_answers, config):
    learnt = fit(given_answers, untuned(config))
    assert set(learnt) == {one.kind for one in given_answers}
    for row in learnt.values():
        assert 0 < row.off <= row.on < 1
        assert (row.shift is None) == (config is ALONE)


@given(answers, settings, st.randoms())
def test_the_order_of_answers_plays_no_part(given_answers, config, chance: random.Random):
    mixed = list(given_answers)
    chance.shuffle(mixed)
    assert fit(mixed, untuned(config)) == fit(given_answers, untuned(config))


@given(answers, settings, st.floats(0, 1), st.sampled_from(["whole", "end"]), st.integers(1, 20))
def test_more_of_no_never_lowers_a_threshold_and_more_of_yes_never_raises_one(
    given_answers, config, strength, part, times
):
    before = untuned(config)
    was = reached(config, fit(given_answers, before))
    for yes in (False, True):
        more = [*given_answers, *[Answered(LAUGHTER, part, strength, yes)] * times]
        now = reached(config, fit(more, before))
        for old, new in zip(was, now, strict=True):
            # Off follows on where on would fall below it; numbers are rounded to 4 digits.
            assert (old - new if not yes else new - old) <= 0.02


@given(answers, settings)
def test_kinds_do_not_learn_of_each_other(given_answers, config):
    own = [one for one in given_answers if one.kind is LAUGHTER]
    whole, alone = (fit(rows, untuned(config)) for rows in (given_answers, own))
    assert whole.get(LAUGHTER) == alone.get(LAUGHTER)


@pytest.mark.parametrize("config", [ALONE, BESIDE], ids=["alone", "beside a tagger"])
def test_five_answers_move_little_and_fifty_enough(config):
    """A show whose laughs are all heard with 0.4, and what sounds like them with 0.2."""

    def learnt(count: int) -> float:
        rows = [
            Answered(LAUGHTER, "whole", 0.4 if n % 2 else 0.2, bool(n % 2)) for n in range(count)
        ]
        return 1 / (1 + 2.718281828 ** -reached(config, fit(rows, untuned(config)))[0])

    assert 0.4 < learnt(5) < 0.6
    assert 0.2 < learnt(50) < 0.4


def test_both_thresholds_moving_alike_is_the_taggers_shift():
    rows = [Answered(LAUGHTER, part, 0.1, True) for part in ("whole", "end") for _ in range(10)]
    before = untuned(BESIDE)[LAUGHTER]
    learnt = fit(rows, untuned(BESIDE))[LAUGHTER]
    assert (learnt.shift or 0) > (before.shift or 0)
    assert min(abs(learnt.on - before.on), abs(learnt.off - before.off)) < 0.001


def test_no_answers_teach_nothing():
    assert fit([], untuned(BESIDE)) == {}


def test_answers_about_a_kind_that_is_not_looked_for_teach_nothing():
    config = EventsConfig(kinds={LAUGHTER: None})
    assert fit([Answered(LAUGHTER, "whole", 0.5, False)], untuned(config)) == {}


def learnt_config(**values: object) -> TunedEventsConfig:
    row = {"on": 0.8, "off": 0.1, "shift": 1.5}
    return TunedEventsConfig(model=POCKET, tagger=YAMNET, kinds={LAUGHTER: row}, **values)


def test_what_was_learnt_acts_and_what_is_set_besides_holds():
    config = BESIDE.model_copy(update={"tuned": learnt_config()})
    acting = tuned(config)
    assert (acting.wanted[LAUGHTER].on, acting.wanted[LAUGHTER].off) == (0.8, 0.1)
    assert acting.tagger.settings_of(LAUGHTER).shift == 1.5
    assert acting.wanted[APPLAUSE] == BESIDE.wanted[APPLAUSE]
    own = config.model_copy(
        update={
            "kinds": EventsConfig(kinds={LAUGHTER: {"on": 0.5}}).kinds,
            "tagger": EventsConfig(
                tagger={"model": "yamnet", "kinds": {LAUGHTER: {"shift": 0}}}
            ).tagger,
        }
    )
    assert (tuned(own).wanted[LAUGHTER].on, tuned(own).wanted[LAUGHTER].off) == (0.5, 0.2)
    assert tuned(own).tagger.settings_of(LAUGHTER).shift == 0
    none = config.model_copy(update={"kinds": {LAUGHTER: None}})
    assert LAUGHTER not in tuned(none).wanted


def test_a_document_is_another_once_something_else_was_learnt_and_the_name_of_the_file_is_nothing():
    media = make_media("talk.mp4", 10.0, audio=[make_audio_stream()])
    facts = ModelFacts({}, "float32")

    def identity(learnt: TunedEventsConfig | None) -> tuple[object, object]:
        config = Config().with_values({"events.tuned": learnt})
        return config.listen_settings(), resolve(config, media, facts).listen_settings()

    plain, one, renamed = (
        identity(x) for x in (None, learnt_config(file="a"), learnt_config(file="b"))
    )
    other = identity(
        TunedEventsConfig(model=POCKET, kinds={LAUGHTER: {"on": 0.9, "off": 0.1}}, file="a")
    )
    assert one == renamed
    for part in (0, 1):
        assert len({str(x[part]) for x in (plain, one, other)}) == 3
    assert "tuned" not in str(plain), "documents from before would be made anew"


@pytest.mark.parametrize(
    ("digests", "absent", "said"),
    [
        ({"model.weights": "aa", "tagger.model": "bb"}, (), None),
        ({"model.weights": "aa"}, ("tagger",), None),
        ({"tagger.model": "bb"}, ("model",), None),
        ({"model.weights": "cc", "tagger.model": "bb"}, (), "with the model pocket, and another"),
        ({"model.weights": "aa", "tagger.model": "cc"}, (), "beside the sound tagger yamnet"),
        ({"model.weights": "aa"}, (), "no tagger listens now"),
    ],
)
def test_what_another_heard_is_refused(digests, absent, said):
    learnt = learnt_config(file="show.events.json")
    if said is None:
        check_tuned(learnt, digests, absent)
    else:
        with pytest.raises(ConfigError, match=said) as caught:
            check_tuned(learnt, digests, absent)
        assert "show.events.json" in str(caught.value)
        assert "events.tuned" in str(caught.value)
