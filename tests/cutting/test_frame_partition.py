"""Splices of invented groups of pictures: every frame once, and nothing without what it needs."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from vidtag.cutting.frame_partition import Stored, find_copy, find_splice
from vidtag.cutting.nal import Entry
from vidtag.media.muxing import decoding_times


@st.composite
def streams(draw: st.DrawFn) -> list[Stored]:
    """Groups of pictures as encoders make them: anchors, each with B-frames stored behind it."""
    stored: list[Stored] = []
    shown = 0
    for group in range(draw(st.integers(1, 5))):
        entry = draw(st.sampled_from([Entry.CLOSED, Entry.OPEN])) if group else Entry.CLOSED
        leading = draw(st.integers(0, 2)) if entry is Entry.OPEN else 0
        stored.append(Stored(shown + leading, entry))
        stored += [Stored(shown + n, Entry.NONE) for n in range(leading)]
        shown += leading + 1
        for between in draw(st.lists(st.integers(0, 3), max_size=4)):
            stored.append(Stored(shown + between, Entry.NONE))
            stored += [Stored(shown + n, Entry.NONE) for n in range(between)]
            shown += between + 1
    return stored


@st.composite
def clips(draw: st.DrawFn) -> tuple[list[Stored], tuple[int, ...]]:
    stored = draw(streams())
    first = draw(st.integers(0, len(stored) - 1))
    last = draw(st.integers(first, len(stored) - 1))
    return stored, tuple(range(first, last + 1))


@given(clips())
def test_every_frame_is_in_one_part_and_the_copied_can_be_decoded(
    case: tuple[list[Stored], tuple[int, ...]],
) -> None:
    stored, times = case
    splice = find_splice(times, stored)
    entries = [f for f in stored if f.entry is not Entry.NONE and f.pts in times]
    if splice is None:
        # Nothing can be copied only where no group of pictures begins in the clip.
        assert not entries
        return
    assert (*splice.head, *sorted(splice.copied), *splice.tail) == times
    order = [frame.pts for frame in stored]
    begin = order.index(splice.copied[0])
    assert stored[begin].entry is splice.entry is not Entry.NONE
    # What was copied lies in one piece in the file, but for what an open group shows before it.
    passed = [pts for pts in order[begin:] if pts not in splice.copied]
    dropped = [pts for pts in passed if order.index(pts) < order.index(splice.copied[-1])]
    assert all(splice.entry is Entry.OPEN and pts < splice.copied[0] for pts in dropped)
    # Only frames that hang on later ones are encoded again at the end.
    assert len(splice.tail) <= 3


@given(streams(), st.data())
def test_a_copy_has_all_frames_up_to_its_end(stored: list[Stored], data: st.DataObject) -> None:
    end = data.draw(st.integers(1, len(stored)))
    copied = find_copy(end, stored)
    assert sorted(copied) == list(range(len(copied)))
    assert len(copied) >= end
    order = [frame.pts for frame in stored]
    assert list(copied) == order[: len(copied)]


@given(clips())
def test_frames_are_decoded_in_order_and_before_they_are_shown(
    case: tuple[list[Stored], tuple[int, ...]],
) -> None:
    splice = find_splice(case[1], case[0])
    if splice is not None:
        shown = [*splice.head, *splice.copied, *splice.tail]
        decoded = decoding_times(shown)
        assert all(a < b for a, b in itertools.pairwise(decoded))
        assert all(d <= s for d, s in zip(decoded, shown, strict=True))
