"""``vidtag bench`` on a network made small, so that the test is quick."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from vidtag import bench
from vidtag.cli import app


def test_bench_tells_the_speed_and_what_limits_it(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"output_size": 512, "linear_units": 256, "num_blocks": 3, "tp_blocks": 1}
    monkeypatch.setattr(bench, "ENCODER", small)
    done = CliRunner().invoke(app, ["bench", "--seconds", "10", "--device", "cpu"])
    assert done.exit_code == 0, done.output
    for part in ("listening", "recognition", "encoder", "voice activity", "events", "limits"):
        assert part in done.output


def test_bench_on_a_device_that_is_not_there() -> None:
    done = CliRunner().invoke(app, ["bench", "--device", "cuda:9"])
    assert done.exit_code != 0
    assert "no CUDA device" in done.output
