"""The corpus, file by file: whole bases first, then damaged ones without end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from tests.torture import damage
from tests.torture.bases import all_bases
from tests.torture.spliced import SENTINEL, pointing, spliced


def cases(folder: Path, seed: int, count: int, port: int) -> Iterator[Path]:
    """``count`` files, each there until the next is asked for; bases are made in ``folder``."""
    inputs = folder / "inputs"
    inputs.mkdir()
    (folder / SENTINEL).write_bytes(b"RIFF")
    bases = [path for base in all_bases() if (path := base.make(inputs)) is not None]
    whole = [*bases, *spliced(inputs), *pointing(inputs, port)]
    yield from whole[:count]
    rng = random.Random(seed)
    for number in range(count - len(whole)):
        path = damaged(rng.choice(bases), inputs, number, rng)
        yield path
        path.unlink()


def damaged(base: Path, folder: Path, number: int, rng: random.Random) -> Path:
    """A damaged copy, named by what was done to it."""
    mutation = rng.choice(damage.ALL)
    path = folder / f"{number}-{mutation.__name__}-{base.name}"
    path.write_bytes(mutation(base.read_bytes(), rng))
    return path
