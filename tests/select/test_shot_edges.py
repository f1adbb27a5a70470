"""Edges on shot changes."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from vidtag.select.shot_edges import FLASH, NEAR, snap_to_shots

ANY = (-math.inf, math.inf)
times = st.floats(0, 30)


def test_a_flash_at_either_end_is_left_out() -> None:
    assert snap_to_shots(8.0, 12.6, [8.3, 12.4], keep=(9, 12), room=ANY) == (8.3, 12.4)


def test_a_shot_change_just_outside_is_taken_along() -> None:
    assert snap_to_shots(8.0, 12.6, [7.9, 12.7], keep=(9, 12), room=ANY) == (7.9, 12.7)


def test_where_words_begin_in_a_flash_the_shot_is_shown_longer() -> None:
    assert snap_to_shots(8.0, 12.6, [8.2], keep=(8.1, 12), room=ANY) == (8.2 - FLASH, 12.6)
    assert snap_to_shots(8.0, 12.6, [12.5], keep=(9, 12.55), room=ANY) == (8.0, 12.5 + FLASH)


def test_but_not_into_the_shot_before_or_a_word() -> None:
    assert snap_to_shots(8.0, 12.6, [7.9, 8.2], keep=(8.1, 12), room=ANY)[0] == 7.9
    assert snap_to_shots(8.0, 12.6, [8.2], keep=(8.1, 12), room=(7.95, 13))[0] == 8.0


@given(times, st.floats(1, 20), st.lists(times, max_size=12), st.floats(0, 1), st.floats(0, 1))
def test_edges_stay_within_what_is_allowed(
    start: float, length: float, shots: list[float], inner: float, outer: float
) -> None:
    end = start + length
    keep = (start + inner * length / 2, end - inner * length / 2)
    room = (start - outer, end + outer)
    first, last = snap_to_shots(start, end, sorted(shots), keep=keep, room=room)
    assert room[0] <= first <= keep[0]
    assert keep[1] <= last <= room[1]
    assert first == start or abs(first - start) <= FLASH
    if first not in (start, *shots):  # then it shows a shot from the middle, long enough
        assert any(abs(shot - first - FLASH) < 1e-9 for shot in shots)
    if not any(abs(shot - start) <= FLASH + NEAR for shot in shots):
        assert first == start


@given(times, st.floats(2, 20), st.lists(times, max_size=12))
def test_with_all_the_room_there_is_no_flash(
    start: float, length: float, shots: list[float]
) -> None:
    end = start + length
    middle = start + length / 2
    first, last = snap_to_shots(start, end, sorted(shots), keep=(middle, middle), room=ANY)
    assert not any(first < shot < first + FLASH - 1e-9 for shot in shots)
    assert not any(last - FLASH + 1e-9 < shot < last for shot in shots)


def test_no_flash_is_left_where_shots_change_twice_in_a_row() -> None:
    assert snap_to_shots(8.0, 12.6, [8.25, 8.5], keep=(9, 12), room=ANY)[0] == 8.5
    assert snap_to_shots(8.0, 12.6, [8.25, 8.7], keep=(9, 12), room=ANY)[0] == 7.75
