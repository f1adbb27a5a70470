"""The pure parts of the probe."""

from __future__ import annotations

import pytest

from vidtag.media.input_checks import is_text
from vidtag.media.picture_probe import _uneven


@pytest.mark.parametrize(
    ("times", "uneven"),
    [
        ([], False),
        ([0, 40], False),
        ([0, 33, 67, 100, 133], False),  # 30 fps in whole milliseconds
        ([0, 3003, 6006, 9009], False),
        ([0, 80, 40, 120], False),  # in decoding order
        ([0, 40, 80, 160], True),
        ([0, 33, 66, 116, 150], True),
    ],
)
def test_uneven(times: list[int], uneven: bool) -> None:
    assert _uneven(times) is uneven


def test_text_may_be_cut_in_the_middle_of_a_character() -> None:
    text = "笑" * 10
    for cut in range(1, 31):
        assert is_text(text.encode()[:cut])
    assert not is_text(b"\xff\xfe\x00")
    assert not is_text(b"RIFF\x00\x00")
    assert not is_text(b"ID3\xff\xfb\x90")
