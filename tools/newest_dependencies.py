"""What the newest packages change: a report, no gate.

    python -m tools.newest_dependencies FOLDER [--tests tests/core tests/media ...]

Makes a virtual environment in FOLDER, installs vidtag and its extras with no regard to
``constraints.txt``, says which packages are newer than those that are pinned there, and runs tests.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TESTS = ("tests/core", "tests/media", "tests/listening", "tests/subtitles", "tests/timelines")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.M)


def pinned(text: str) -> dict[str, str]:
    """Versions in a file of constraints, by name as package indexes spell it."""
    return {_plain(name): version for name, version in _PIN.findall(text)}


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
    parser.add_argument("--tests", nargs="+", default=list(TESTS))
    options = parser.parse_args()
    python = str(options.folder / "bin" / "python")
    subprocess.run([sys.executable, "-m", "venv", str(options.folder)], check=True)
    install = ("-m", "pip", "install", "--quiet", "--upgrade", "-e", ".[test]")
    subprocess.run([python, *install], cwd=ROOT, check=True)
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format", "json"], capture_output=True, check=True
    )
    installed = {_plain(row["name"]): row["version"] for row in json.loads(listed.stdout)}
    found = differences(pinned((ROOT / "constraints.txt").read_text()), installed)
    print(f"{len(found)} packages are not the pinned ones")
    print("\n".join(found), flush=True)
    tests = subprocess.run([python, "-m", "pytest", "-q", *options.tests], cwd=ROOT)
    print("the tests pass with them" if tests.returncode == 0 else "tests fail with them")


if __name__ == "__main__":
    main()
