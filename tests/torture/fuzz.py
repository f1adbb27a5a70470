"""Readers of text under a fuzzer that sees the code's branches (atheris, libFuzzer).

``pip install atheris``, then ``python -m tests.torture.fuzz NAME [--seconds 60] [--corpus DIR]``
with a name of ``PARSERS``. It stops at the first fault, and leaves the file that shows it in the
corpus. It changes values of JSON and YAML as ``parsers.mutated`` does, and bytes as it likes.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["vidtag", "ruamel", "pysubs2"]):
    from tests.torture.parsers import PARSERS, judge, mutated


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("name", choices=PARSERS)
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--corpus", type=Path, help="kept from one run to the next")
    chosen = options.parse_args()
    parser = PARSERS[chosen.name]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = chosen.corpus or folder / "corpus"
        corpus.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(parser.seeds):
            (corpus / f"seed-{number}").write_bytes(seed)
        work = folder / "work"
        work.mkdir()

        def one(data: bytes) -> None:
            judge(parser, data, work)

        def mutate(data: bytes, largest: int, seed: int) -> bytes:
            rng = random.Random(seed)
            if rng.random() < 0.5:
                return mutated(data or b"x", rng)[:largest]
            return atheris.Mutate(data, largest)

        arguments = [
            *(sys.argv[0], str(corpus), f"-max_total_time={chosen.seconds}", "-timeout=20"),
            *(f"-seed={chosen.seed}", "-rss_limit_mb=2048", "-max_len=20000"),
            *("-print_final_stats=1", f"-artifact_prefix={corpus}/fault-"),
        ]
        atheris.Setup(arguments, one, custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
