"""What the controls of the page say, as settings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("fastapi")

from vidtag.core.errors import UserError
from vidtag.core.settings import Config, HighlightsConfig
from vidtag.web.offered_styles import OfferedStyles
from vidtag.web.request_models import (
    OFFERED_EMOTIONS,
    OFFERED_EVENTS,
    OFFERED_POINTS,
    ClipQuery,
    HighlightsQuery,
    ListenOptions,
    PageSelection,
)
from vidtag.web.work_page import SLIDERS

KNOWN = [
    *(kind.value for kind in OFFERED_EVENTS),
    *(emotion.value for emotion in OFFERED_EMOTIONS),
    *OFFERED_POINTS,
]
ZEROS = {"min_score": 0, "setup": 0, "tail": 0, "merge_gap": 0, "max_duration": 9, "top": 0}


@given(
    reasons=st.lists(st.sampled_from([*KNOWN, "<b>", "Speech"]), max_size=12),
    score=st.floats(0, 1),
    setup=st.floats(0, 60),
    longest=st.floats(5, 180),
    top=st.integers(0, 50),
)
def test_what_the_controls_offer_is_allowed_and_nothing_else_changes(
    reasons, score, setup, longest, top
):
    before = HighlightsConfig(mode="exact", reel=False, emotion_probability=0.5)
    wanted = {**ZEROS, "min_score": score, "setup": setup, "max_duration": longest, "top": top}
    values = PageSelection(reasons=reasons, **wanted).values_over(before)
    style = Config(highlights=before).with_values({"highlights": values}).highlights
    assert (style.min_score, style.setup, style.max_duration) == (score, setup, longest)
    assert style.top == (top or None)
    chosen = {*style.kinds, *style.emotions, *style.points}
    assert chosen == set(reasons) & set(KNOWN)
    same = {"mode", "reel", "emotion_probability", "min_duration", "phrases"}
    assert style.model_dump(include=same) == before.model_dump(include=same)


def test_what_cannot_be_is_said():
    values = PageSelection(reasons=[], **{**ZEROS, "min_score": 2}).values_over(HighlightsConfig())
    with pytest.raises(UserError, match=r"setting 'highlights\.min_score' is wrong: "):
        Config().with_values({"highlights": values})


def test_every_parameter_of_a_query_is_a_setting_and_none_has_a_default_of_its_own():
    assert HighlightsQuery.model_fields.keys() <= HighlightsConfig.model_fields.keys()
    assert all(field.default is None for field in HighlightsQuery.model_fields.values())
    assert HighlightsQuery().values() == {}
    assert (
        HighlightsQuery(tail=0.5).values() == ClipQuery(tail=0.5, start=2).values() == {"tail": 0.5}
    )


def test_a_job_without_choices_has_the_settings_of_the_command_line():
    chosen = ListenOptions().config(("pocket",), OfferedStyles.of(()))
    assert chosen == Config().with_values({"model.name": "pocket"})


def test_sliders_reach_every_default():
    for slider in SLIDERS:
        value = getattr(HighlightsConfig(), slider.name) or 0
        assert slider.lowest <= value <= slider.highest
        assert slider.name in PageSelection.model_fields
