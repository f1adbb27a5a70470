"""``python -m tools.evaluate_minutes``: precision and recall of points in judged sentences."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vidtag.core.records import Language
from vidtag.core.settings import KNOWN_POINTS
from vidtag.select.points import makes_point

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence and the points that it makes."""

    language: Language
    points: frozenset[str]
    text: str


def read(path: Path) -> list[Judged]:
    """Sentences of a file: ``language | points | sentence`` a line."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            language, points, text = (part.strip() for part in line.split("|", 2))
            made = frozenset() if points == "-" else frozenset(points.split(", "))
            found.append(Judged(Language(language), made, text))
    return found


def found_points(one: Judged) -> frozenset[str]:
    """The points that the rules find in a sentence."""
    return frozenset(p for p in KNOWN_POINTS if makes_point(one.text, p, one.language))


def score(rows: Iterable[Judged]) -> dict[tuple[str, str], Counter[str]]:
    """Right, false and missed points, for each language and point, and of ``all``."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for one in rows:
        found = found_points(one)
        for point in KNOWN_POINTS:
            kind = {(1, 1): "right", (1, 0): "false", (0, 1): "missed", (0, 0): "none"}[
                (point in found, point in one.points)
            ]
            for key in ((one.language.value, point), (one.language.value, "all"), ("all", point)):
                counts.setdefault(key, Counter())[kind] += 1
            counts.setdefault(("all", "all"), Counter())[kind] += 1
    return counts


def _cell(count: Counter[str]) -> str:
    found, made = count["right"] + count["false"], count["right"] + count["missed"]
    precision = f"{count['right'] / found:.0%}" if found else "-"
    recall = f"{count['right'] / made:.0%}" if made else "-"
    return f"{precision}, {recall}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=_HERE / "judge.txt")
    parser.add_argument("--wrong", action="store_true", help="list what is found wrongly or missed")
    options = parser.parse_args()
    rows = read(options.file)
    counts = score(rows)
    columns = (*KNOWN_POINTS, "all")
    print("precision, recall")
    print("| language | sentences |" + "".join(f" {column} |" for column in columns))
    print("|---|---|" + "---|" * len(columns))
    for language in (*dict.fromkeys(row.language.value for row in rows), "all"):
        number = sum(language in ("all", row.language.value) for row in rows)
        cells = "".join(f" {_cell(counts[language, column])} |" for column in columns)
        print(f"| {language} | {number} |{cells}")
    if options.wrong:
        for row in rows:
            found = found_points(row)
            if found != row.points:
                false = ", ".join(sorted(found - row.points)) or "-"
                missed = ", ".join(sorted(row.points - found)) or "-"
                print(f"{row.language.value}  found wrongly: {false}  missed: {missed}  {row.text}")


if __name__ == "__main__":
    main()
