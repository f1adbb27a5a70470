from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidtag.core.records import Cue
from vidtag.subtitles.layout.rebase import rebase

CUES = (Cue(0.0, 2.0, ("a",)), Cue(2.5, 4.0, ("b",)), Cue(4.0, 9.0, ("c",)))


def test_cues_are_counted_from_the_beginning_of_the_clip():
    assert [(c.start, c.end, c.text) for c in rebase(CUES, 2.5, 9.0)] == [
        (0.0, 1.5, "b"),
        (1.5, 6.5, "c"),
    ]


def test_cues_that_reach_over_an_edge_are_cut_there():
    assert [(c.start, c.end) for c in rebase(CUES, 1.0, 5.0)] == [(0, 1), (1.5, 3), (3, 4)]


def test_what_would_only_flash_is_dropped():
    assert [c.text for c in rebase(CUES, 1.95, 4.05)] == ["b"]


@given(st.floats(0, 12), st.floats(0, 12))
def test_nothing_lies_outside_or_overlaps(one, other):
    start, end = sorted((one, other))
    kept = rebase(CUES, start, end)
    assert all(0 <= cue.start < cue.end <= end - start + 1e-9 for cue in kept)
    assert all(a.end <= b.start + 1e-9 for a, b in itertools.pairwise(kept))


@pytest.mark.parametrize("clip", [(20.0, 30.0), (5.0, 5.0)])
def test_a_clip_without_cues_has_none(clip):
    assert rebase(CUES, *clip) == ()
