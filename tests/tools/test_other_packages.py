"""What is held at the oldest version that is admitted."""

from __future__ import annotations

import re
import tomllib

from tools.other_packages import ROOT, differences, oldest, pinned


def test_the_oldest_of_each_package_is_its_bound() -> None:
    lines = ["a>=1.2,<3", "b[x,y]>=2", "torch>=2.6", "c", "ruamel.yaml>=0.18"]
    assert oldest(lines) == ["a==1.2", "b==2", "ruamel.yaml==0.18"]


def test_every_package_has_a_lower_bound_not_above_its_pin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    bounds = pinned("\n".join(oldest(project["dependencies"])))
    assert len(bounds) == len(project["dependencies"]) - 1  # torch, see _HELD_BY_EXTRAS
    pins = pinned((ROOT / "constraints.txt").read_text("utf-8"))
    assert all(_numbers(bound) <= _numbers(pins[name]) for name, bound in bounds.items())


def test_what_is_there_in_another_version_is_told() -> None:
    assert differences({"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "1"}) == ["b: 2 -> 3"]


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]
