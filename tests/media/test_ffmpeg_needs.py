"""The table of what is asked of ffmpeg holds what vidtag uses; commands for older ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import vidtag
from vidtag.media.ffmpeg_needs import DRAWING, JOBS
from vidtag.media.ffmpeg_spelling import spelled_for

SOURCES = sorted(Path(vidtag.__file__).parent.rglob("*.py"))


def filters_in_use() -> Iterator[tuple[str, str]]:
    """Each filter that a graph of ffmpeg-python names, as filter and module."""
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in ("filter", "filter_multi_output") and node.args:
                name = node.args[0]
                if isinstance(name, ast.Constant) and isinstance(name.value, str):
                    yield name.value, source.name


def test_every_filter_in_use_is_tried() -> None:
    graphs = ",".join(f"{job.picture},{job.sound}" for job in JOBS)
    chains = graphs.replace("]", ",").replace("[", ",").replace(";", ",").split(",")
    # What brings pictures to a processor of its own is tried with that one's encoder.
    tried = {filter_.partition("=")[0] for filter_ in chains} | {DRAWING, "hwupload"}
    found = set(filters_in_use())
    assert {"settb", "tpad", "gblur", "ebur128"} <= {name for name, _ in found}
    assert not {(name, module) for name, module in found if name not in tried}


@pytest.mark.parametrize("libavcodec", [(58, 134), (59, 18)])
def test_before_5_1_frames_are_passed_on_by_vsync_and_have_no_length(
    libavcodec: tuple[int, int],
) -> None:
    words = ["-fps_mode:v", "passthrough", "-bsf:v", "setts=pts=PTS:dts=DTS:duration=1", "file:x"]
    assert spelled_for(words, libavcodec) == ["-vsync", "passthrough", "file:x"]
    without_lengths = ["-fps_mode:v", "passthrough", "file:x"]
    assert spelled_for(words, (59, 37)) == without_lengths
    assert spelled_for(words, (60, 3)) == words
    other = ["-bsf:v", "h264_mp4toannexb", "file:-fps_mode"]
    assert spelled_for(other, libavcodec) == other
