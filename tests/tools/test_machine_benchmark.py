"""``benchmarks/machine.py`` on a network made small, so that the test is quick."""

from __future__ import annotations

from types import ModuleType

import pytest


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    from benchmarks import machine, random_model

    small = {"output_size": 512, "linear_units": 256, "num_blocks": 3, "tp_blocks": 1}
    monkeypatch.setattr(random_model, "ENCODER", small)
    return machine


def test_it_tells_the_speed_and_what_limits_it(
    machine: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.main(["--seconds", "10", "--device", "cpu"])
    output = capsys.readouterr().out
    for part in ("listening", "recognition", "encoder", "voice activity", "events", "limits"):
        assert part in output


def test_a_device_that_is_not_there(machine: ModuleType) -> None:
    with pytest.raises(SystemExit) as stopped:
        machine.main(["--device", "cuda:9"])
    assert "no CUDA device" in str(stopped.value)
