"""Every reader of text on damaged files; ``tests.torture.fuzz`` goes on from there."""

from __future__ import annotations

import random

import pytest

from tests.torture.parsers import PARSERS, judge, mutated

DAMAGED = 80


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
