"""Megabytes that vidtag and each of its extras take, by the packages of this environment.

    python -m tools.installed_sizes

An extra counts what it needs and the base does not.
"""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterable

from packaging.requirements import Requirement

EXTRAS = ("web", "plot", "ray", "s3", "tagger", "faces")


def needed(names: Iterable[tuple[str, str]]) -> set[str]:
    """Names of all packages that some need, each given with an extra of it or an empty text."""
    waiting, found = list(names), set[tuple[str, str]]()
    while waiting:
        name, extra = one = waiting.pop()
        if one in found:
            continue
        try:
            requires = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        found.add(one)
        for requirement in map(Requirement, requires):
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                plain = re.sub(r"[-_.]+", "-", requirement.name).lower()
                waiting += [(plain, ""), *((plain, more) for more in requirement.extras)]
    return {name for name, _ in found}


def megabytes(names: Iterable[str]) -> float:
    total = 0
    for name in names:
        for file in importlib.metadata.files(name) or ():
            path = file.locate()
            total += path.stat().st_size if path.is_file() else 0  # type: ignore[attr-defined]
    return total / 1e6


def main() -> None:
    base = needed([("vidtag", "")])
    rows = [("the main job", megabytes(base)), ("of that torch, for CPUs", megabytes(["torch"]))]
    for extra in EXTRAS:
        rows.append((f"the extra `{extra}`", megabytes(needed([("vidtag", extra)]) - base)))
    for what, size in rows:
        print(f"| {what} | {size:.0f} |")


if __name__ == "__main__":
    main()
