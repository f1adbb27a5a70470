"""Every reader of text on damaged files; ``tests.torture.fuzz`` goes on from there."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from tests.torture.parsers import PARSERS, judge, mutated
from vidtag.core import document
from vidtag.core.errors import ConfigError, DocumentError, InputError
from vidtag.core.settings import load_config
from vidtag.subtitles.reading.subtitle_file import read_cues

DAMAGED = 80

TINY = {
    "subtitles": b"1\n00:00:01,000 --> 00:00:03,000\n",
    "settings": b"subtitles: ",
    "document": b'{"version": 1, "media": ',
    "clips": b'{"clips": ',
    "query": b"",
}
"""What a file begins with before it goes on for long."""
LONG = (
    *(b"<i>" * 20_000, b"<i>" * 20_000 + b"a" + b"</i>" * 20_000, b"{\\i1}" * 20_000),
    *(b"<font " * 20_000, b"00:" * 20_000, b"- " * 20_000, b"[" * 5_000, b"{a: " * 5_000),
    *(b"(" * 5_000, b'"' * 20_000, b" " * 100_000, b"x " * 50_000, b"*a " * 5_000),
    b"[" + b"&a 1, " * 5_000 + b"]",
)


@pytest.mark.parametrize("name", TINY)
def test_long_and_deep_text_takes_time_in_proportion(name, tmp_path):
    for number, more in enumerate(LONG):
        began = time.process_time()
        judge(PARSERS[name], TINY[name] + more, tmp_path)
        taken = time.process_time() - began
        assert taken < 4, f"number {number}, {more[:20]!r}: {taken:.1f} s"


def test_what_never_ends_is_not_read(tmp_path):
    pipe = tmp_path / "pipe.vidtag.json"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        with pytest.raises(DocumentError, match="not a regular file"):
            document.read(path)
    with pytest.raises(ConfigError, match="larger than 8 MB"):
        load_config(Path("/dev/zero"))
    with pytest.raises(InputError, match="not a regular file"):
        read_cues("/dev/zero")


@pytest.mark.parametrize("name", PARSERS)
def test_damaged_text_gives_a_result_or_one_error(name, tmp_path):
    parser = PARSERS[name]
    assert "read" in [judge(parser, seed, tmp_path) for seed in parser.seeds]
    rng = random.Random(name)
    for number in range(DAMAGED):
        data = mutated(rng.choice(parser.seeds), rng)
        try:
            judge(parser, data, tmp_path)
        except Exception as error:
            (tmp_path / "fault").write_bytes(data)
            raise AssertionError(f"number {number}: {data[:300]!r}") from error
