"""How long ``vidtag --help`` takes, against Python that does nothing, in alternation.

python benchmarks/startup.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 15
HELP = [sys.executable, "-m", "vidtag", "--help"]
NOTHING = [sys.executable, "-c", "pass"]


def seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    pairs = [(seconds(HELP), seconds(NOTHING)) for _ in range(ROUNDS)]
    helps, nothings = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"vidtag --help {helps:.3f} s, python {nothings:.3f} s, ratio {helps / nothings:.1f}")


if __name__ == "__main__":
    main()
