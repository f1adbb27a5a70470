"""What is compiled for a machine's first run is what later runs find on disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import hashlib, types
import numpy as np
import torch
from vidtag.listening.speech import kernels

torch.manual_seed(0)
seen = hashlib.sha256()
for kind in (torch.float32, torch.bfloat16):
    norm = types.SimpleNamespace(weight=torch.randn(160), bias=torch.randn(160), eps=1e-5)
    x, taps = torch.randn(200, 160), torch.randn(11, 160)
    more, qkv = torch.randn(200, 160).to(kind), torch.randn(200, 480).to(kind)
    bounds = np.array([0, 90, 170, 200])
    for rows in (kernels.remember(x, more, qkv, taps, bounds, norm), kernels.add(x, more, norm), x):
        seen.update(rows.view(torch.uint8).numpy().tobytes())
print(seen.hexdigest())
"""


def test_the_first_run_on_a_machine_computes_what_later_ones_do(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}

    def run() -> str:
        return subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=300,
        ).stdout

    compiled = run()
    assert any(tmp_path.rglob("*.nbi"))
    assert run() == compiled
