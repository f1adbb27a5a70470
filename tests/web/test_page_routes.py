"""What the controls of the page say, as settings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("fastapi")

from vidtag.core.errors import UserError
from vidtag.core.settings import HighlightsConfig
from vidtag.web.fragments import EMOTIONS, EVENTS, POINTS
from vidtag.web.page_routes import Selection

KNOWN = [*(kind.value for kind in EVENTS), *(mood.value for mood in EMOTIONS), *POINTS]
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
    style = Selection(reasons=reasons, **wanted).over(before)
    assert (style.min_score, style.setup, style.max_duration) == (score, setup, longest)
    assert style.top == (top or None)
    chosen = {*style.kinds, *style.emotions, *style.points}
    assert chosen == set(reasons) & set(KNOWN)
    same = {"mode", "reel", "emotion_probability", "min_duration", "phrases"}
    assert style.model_dump(include=same) == before.model_dump(include=same)


def test_what_cannot_be_is_said():
    with pytest.raises(UserError, match=r"min_score: .*Choose another value"):
        Selection(reasons=[], **{**ZEROS, "min_score": 2}).over(HighlightsConfig())
