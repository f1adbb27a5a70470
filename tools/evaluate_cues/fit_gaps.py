"""Fits how likely a professional ends a subtitle in each gap, one language at a time.

python -m tools.evaluate_cues.fit_gaps LANGUAGE FOLDER... [--held FOLDER...] [--gaps N]
"""

from __future__ import annotations

import argparse
import json
import random
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from tools.evaluate_cues.__main__ import READ
from tools.evaluate_cues.professional import PAUSE, Professional, read_professional
from vidtag.core.records import Language
from vidtag.subtitles.layout import gap_scores
from vidtag.subtitles.layout.gap_scores import Features, gap_features, joined

RARE = 10
"""What is found around fewer gaps has no weight."""
SMALL = 0.1
"""A smaller weight is left out."""
RIDGE = 0.3
"""Of half the sum of squared weights, beside the sum of log likelihoods."""
LONGEST = 400
"""Words at a time."""

Found = dict[tuple[int, str], int]


def gaps(pro: Professional) -> Iterator[tuple[Features, bool]]:
    """What is around each gap of a file's speech between pauses, and whether a cue ends there."""
    first = 0
    for number in range(len(pro.words)):
        if pro.pause_after(number) < PAUSE and number - first < LONGEST:
            continue
        texts = [word.text for word in pro.words[first : number + 1]]
        text, edges = joined(texts, pro.language)
        ends = {edge: place for place, edge in enumerate(edges, first)}
        for place, features in gap_features(text, pro.language):
            if place in ends and ends[place] != number:
                yield features, ends[place] in pro.cue_ends
        first = number + 1


def examples(
    folder: Path, language: Language, most: int, found: Found, *, new: bool
) -> tuple[csr_matrix, np.ndarray]:
    """Gaps of a folder's files: a row each with the numbers of what is found, and cue ends.

    Args:
        found: the number of each feature's value; ``new`` ones are added.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in READ)
    random.Random(1).shuffle(paths)
    columns, starts, ends = array("i"), array("i", [0]), array("b")
    for path in paths:
        pro = read_professional(path, language) if len(ends) < most else None
        for features, end in gaps(pro) if pro else ():
            for item in enumerate(features):
                number = found.setdefault(item, len(found)) if new else found.get(item, -1)
                if number >= 0:
                    columns.append(number)
            starts.append(len(columns))
            ends.append(end)
    ones = np.ones(len(columns), np.float32)
    rows = csr_matrix((ones, np.array(columns), np.array(starts)), (len(ends), len(found)))
    return rows, np.array(ends, np.float64)


def fit(rows: csr_matrix, ends: np.ndarray, steps: int) -> tuple[np.ndarray, float]:
    """Logistic regression; the weights, and the bias."""
    often = np.asarray(rows.sum(0))[0] >= RARE
    kept = rows[:, np.flatnonzero(often)]
    turned = kept.T.tocsr()

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        odds = kept @ point[1:] + point[0]
        wrong = 1 / (1 + np.exp(-odds)) - ends
        value = (
            np.logaddexp(0, odds).sum() - (odds * ends).sum() + RIDGE / 2 * (point[1:] @ point[1:])
        )
        return value, np.concatenate([[wrong.sum()], turned @ wrong + RIDGE * point[1:]])

    start = np.zeros(kept.shape[1] + 1)
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps}).x
    weights = np.zeros(rows.shape[1])
    weights[often] = np.where(abs(best[1:]) < SMALL, 0, best[1:])
    return weights, float(best[0])


def save(path: Path, found: Found, weights: np.ndarray, bias: float) -> None:
    """As the layout reads it, in hundredths."""
    tables: list[dict[str, int]] = [{} for _ in range(1 + max(feature for feature, _ in found))]
    for (feature, value), number in found.items():
        if weights[number]:
            tables[feature][value] = round(100 * weights[number])
    data = {"bias": round(100 * bias), "weights": tables}
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("language", type=Language)
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--held", type=Path, nargs="*", default=[], help="only scored")
    parser.add_argument("--gaps", type=int, default=400_000, help="of each folder, at most")
    parser.add_argument("--steps", type=int, default=80)
    given = parser.parse_args()
    found: Found = {}
    parts = [examples(each, given.language, given.gaps, found, new=True) for each in given.folder]
    rows = csr_matrix(
        (
            np.concatenate([part.data for part, _ in parts]),
            np.concatenate([part.indices for part, _ in parts]),
            np.concatenate([[0], *(np.diff(part.indptr) for part, _ in parts)]).cumsum(),
        ),
        (sum(len(ends) for _, ends in parts), len(found)),
    )
    weights, bias = fit(rows, np.concatenate([ends for _, ends in parts]), given.steps)
    path = Path(gap_scores.__file__).parent / "break_scores" / f"{given.language}.json"
    save(path, found, weights, bias)
    print(f"{rows.shape[0]} gaps, {np.count_nonzero(weights)} weights", flush=True)
    print(f"{path.stat().st_size / 1000:.0f} kB in {path}", flush=True)
    for folder in given.held:
        held, ends = examples(folder, given.language, given.gaps, found, new=False)
        odds = held @ weights + bias
        loss = (np.logaddexp(0, odds) - odds * ends).mean()
        chosen = np.argsort(-odds)[: int(ends.sum())]
        print(f"{folder.name}: loss {loss:.4f}, F1 {100 * ends[chosen].mean():.1f}", flush=True)


if __name__ == "__main__":
    main()
