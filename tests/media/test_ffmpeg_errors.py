"""The causes named for failures of ffmpeg."""

from __future__ import annotations

import pytest

from vidtag.media.child_process import End
from vidtag.media.ffmpeg_errors import explain, has_failed


@pytest.mark.parametrize(
    ("printed", "failed"),
    [
        ("Error writing trailer of file:/a.mp4: No space left on device", True),  # 4.4
        ("Error closing file file:/a.mp4: No space left on device", True),  # 5.1
        ("File 'file:/a.mp4' already exists. Exiting.", True),
        ("[h264 @ 0x55aa] error while decoding MB 3 4", False),
    ],
)
def test_a_file_that_lacks_its_end_is_a_failure_whatever_the_exit_status(
    printed: str, failed: bool
) -> None:
    assert has_failed(End(0, (printed,), None)) is failed


def test_explain_falls_back_to_the_last_telling_line() -> None:
    lines = ["first", "[out#0 @ 0x55aa] Something odd", "Conversion failed!"]
    assert explain(lines) == "Something odd"
    assert explain([]) == "it said nothing about why"
