"""The causes named for failures of ffmpeg."""

from __future__ import annotations

from vidtag.media.ffmpeg_errors import explain


def test_explain_falls_back_to_the_last_telling_line() -> None:
    lines = ["first", "[out#0 @ 0x55aa] Something odd", "Conversion failed!"]
    assert explain(lines) == "Something odd"
    assert explain([]) == "it said nothing about why"
