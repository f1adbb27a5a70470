"""A pipe in place of a file is refused at once: nobody may ever write into it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vidtag.core.errors import InputError
from vidtag.retiming.cut_file import read_cut
from vidtag.subtitles.reading.subtitle_file import read_subtitles


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "talk.srt"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="not a regular file"):
        read_cut(pipe)
    with pytest.raises(InputError, match="not a regular file"):
        read_subtitles(pipe)
