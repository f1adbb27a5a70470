"""Splices of invented groups of pictures: every frame once, and nothing without what it needs."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from vidtag.cutting.frame_partition import StoredFrame, frames_to_copy, partition_frames
from vidtag.cutting.nal import RandomAccess
from vidtag.media.muxing import decoding_times


@st.composite
def streams(draw: st.DrawFn) -> list[StoredFrame]:
    """Groups of pictures as encoders make them: anchors, each with B-frames stored behind it."""
    stored: list[StoredFrame] = []
    shown = 0
    for group in range(draw(st.integers(1, 5))):
        access = (
            draw(st.sampled_from([RandomAccess.CLOSED_GOP, RandomAccess.OPEN_GOP]))
            if group
            else RandomAccess.CLOSED_GOP
        )
        leading = draw(st.integers(0, 2)) if access is RandomAccess.OPEN_GOP else 0
        stored.append(StoredFrame(shown + leading, access))
        stored += [StoredFrame(shown + n, RandomAccess.NONE) for n in range(leading)]
        shown += leading + 1
        for between in draw(st.lists(st.integers(0, 3), max_size=4)):
            stored.append(StoredFrame(shown + between, RandomAccess.NONE))
            stored += [StoredFrame(shown + n, RandomAccess.NONE) for n in range(between)]
            shown += between + 1
    return stored


@st.composite
def clips(draw: st.DrawFn) -> tuple[list[StoredFrame], tuple[int, ...]]:
    stored = draw(streams())
    first = draw(st.integers(0, len(stored) - 1))
    last = draw(st.integers(first, len(stored) - 1))
    return stored, tuple(range(first, last + 1))


@given(clips())
def test_every_frame_is_in_one_part_and_the_copied_can_be_decoded(
    case: tuple[list[StoredFrame], tuple[int, ...]],
) -> None:
    stored, times = case
    partition = partition_frames(times, stored)
    entries = [f for f in stored if f.access is not RandomAccess.NONE and f.pts in times]
    if partition is None:
        # Nothing can be copied only where no group of pictures begins in the clip.
        assert not entries
        return
    assert (*partition.head, *sorted(partition.copied), *partition.tail) == times
    order = [frame.pts for frame in stored]
    begin = order.index(partition.copied[0])
    assert stored[begin].access is partition.access is not RandomAccess.NONE
    # What was copied lies in one piece in the file, but for what an open group shows before it.
    passed = [pts for pts in order[begin:] if pts not in partition.copied]
    dropped = [pts for pts in passed if order.index(pts) < order.index(partition.copied[-1])]
    assert all(
        partition.access is RandomAccess.OPEN_GOP and pts < partition.copied[0] for pts in dropped
    )
    # Only frames that hang on later ones are encoded again at the end.
    assert len(partition.tail) <= 3


@given(streams(), st.data())
def test_a_copy_has_all_frames_up_to_its_end(
    stored: list[StoredFrame], data: st.DataObject
) -> None:
    end = data.draw(st.integers(1, len(stored)))
    copied = frames_to_copy(end, stored)
    assert sorted(copied) == list(range(len(copied)))
    assert len(copied) >= end
    order = [frame.pts for frame in stored]
    assert list(copied) == order[: len(copied)]


@given(clips())
def test_frames_are_decoded_in_order_and_before_they_are_shown(
    case: tuple[list[StoredFrame], tuple[int, ...]],
) -> None:
    partition = partition_frames(case[1], case[0])
    if partition is not None:
        shown = [*partition.head, *partition.copied, *partition.tail]
        decoded = decoding_times(shown)
        assert all(a < b for a, b in itertools.pairwise(decoded))
        assert all(d <= s for d, s in zip(decoded, shown, strict=True))
