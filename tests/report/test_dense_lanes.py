import re

from hypothesis import given
from hypothesis import strategies as st

from tests.builders.documents import make_document, make_sentence
from vidtag.report.dense_lanes import is_dense, rows, shapes
from vidtag.report.lanes import timeline_view


def speech(count, text="Words\tand \n more"):
    segments = [make_sentence(2 * n, 2 * n + 1, f"{text} {n}") for n in range(count)]
    return timeline_view(make_document(segments, duration=2 * count)).lanes[0]


@given(st.integers(1, 900))
def test_every_block_is_drawn_once_in_its_place(count):
    lane = speech(count)
    drawn = re.findall(r"M([\d.]+) 0h([\d.]+)v1h-\2z", "".join(path for _, path in shapes(lane)))
    assert [tuple(map(float, one)) for one in drawn] == [(b.left, b.width) for b in lane.blocks]


@given(st.integers(1, 400), st.text(min_size=1))
def test_every_block_is_a_row_whatever_is_written_on_it(count, text):
    lane = speech(count, text)
    parted = [row.split("\t") for row in rows(lane).split("\n")]
    assert [row[3] for row in parted] == [block.target for block in lane.blocks]
    assert {len(row) for row in parted} == {7}, "what it quotes is told by its target"
    emotions = timeline_view(
        make_document([make_sentence(2 * n, 2 * n + 1, "A") for n in range(count)])
    ).lanes[1]
    assert all(row.count("\t") == 7 for row in rows(emotions).split("\n"))


def test_a_few_blocks_are_links_of_their_own():
    assert not is_dense(speech(300))
    assert is_dense(speech(301))
