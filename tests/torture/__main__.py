"""The full run: ``python -m tests.torture [--cases 2000] [--seed 0] [--keep FOLDER]``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.torture.cases import cases
from tests.torture.judge import Trap, Worker


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="where files that are faults are kept")
    arguments = parser.parse_args()
    kinds: Counter[str] = Counter()
    faults = []
    begun = time.monotonic()
    worker, trap = Worker(), Trap()
    with tempfile.TemporaryDirectory() as folder:
        for path in cases(Path(folder), arguments.seed, arguments.cases, trap.port):
            verdict = worker.ask(path)
            kinds[verdict.kind] += 1
            if fault := verdict.fault():
                faults.append(fault)
                print(f"FAULT {fault.path.name!r}: {fault.reason}", flush=True)
                if arguments.keep:
                    arguments.keep.mkdir(parents=True, exist_ok=True)
                    (arguments.keep / path.name).write_bytes(path.read_bytes())
    worker.close()
    reached = trap.sprung()
    took = time.monotonic() - begun
    total = sum(kinds.values())
    print(f"{total} files in {took:.0f} s: {dict(kinds)}; {len(faults)} faults; network {reached}")
    sys.exit(bool(faults) or reached)


if __name__ == "__main__":
    main()
