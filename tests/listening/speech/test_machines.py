"""The same is heard on other processors: in float32, text, tags and times do not depend on them.

Libraries choose how they calculate by what the processor can do. Here they are told that it can do
less; sums then come out in another order, and scores differ in their last digits.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import DATA

PROCESSORS = {
    "AVX2, without AVX-512 and bfloat16": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "OPENBLAS_CORETYPE": "Haswell",
        "NUMBA_CPU_NAME": "haswell",
        "NUMBA_CPU_FEATURES": "",
    },
    "nothing beyond SSE": {
        "ATEN_CPU_CAPABILITY": "default",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
        "OPENBLAS_CORETYPE": "Nehalem",
        "NUMBA_CPU_NAME": "generic",
        "NUMBA_CPU_FEATURES": "",
    },
}
"""What PyTorch, oneDNN, MKL, OpenBLAS (NumPy) and Numba are told. onnxruntime, which runs the VAD,
cannot be told."""


def heard(folder: Path, recording: Path, told: dict[str, str]) -> dict[str, Any]:
    """The document of a run in a process of its own."""
    command = [
        *(sys.executable, "-m", "vidtag", "run", str(recording), "-m", "pocket", "-o", str(folder)),
        *("--device", "cpu", "--set", "model.number_type=float32", "--no-clips", "--no-report"),
    ]
    done = subprocess.run(
        command, env={**os.environ, **told}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (document,) = folder.rglob("*.vidtag.json")
    found: dict[str, Any] = json.loads(document.read_text(encoding="utf-8"))
    return found


def certain(document: dict[str, Any]) -> list[Any]:
    """Text, tags and times, to the tenth of a millisecond that they are stored with."""
    return [
        [
            tuple(one[key] for key in ("text", "language", "emotion"))
            for one in document["segments"]
        ],
        [(word["text"], *edges(word)) for one in document["segments"] for word in one["words"]],
        [(one["text"], *edges(one)) for one in document["segments"]],
        [(one["kind"], *edges(one)) for one in document["events"]],
    ]


def edges(thing: dict[str, Any]) -> tuple[float, float]:
    return thing["start"], thing["end"]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All clips in a row, a pause after each: run together, two of different languages are one
    stretch of speech that no reading is right for, and what is heard in it hangs on little.
    """
    import av
    import numpy as np

    pause = np.zeros((1, 9_600), np.int16)
    path = tmp_path_factory.mktemp("machines") / "row.wav"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=16_000, layout="mono")
        resampler = av.AudioResampler("s16", "mono", 16_000)
        for clip in sorted(DATA.glob("*.opus")):
            with av.open(str(clip)) as source:
                for frame in source.decode(audio=0):
                    for part in resampler.resample(frame):
                        part.pts = None
                        out.mux(stream.encode(part))
            silence = av.AudioFrame.from_ndarray(pause, format="s16", layout="mono")
            silence.sample_rate = 16_000
            out.mux(stream.encode(silence))
        out.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def here(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return heard(tmp_path_factory.mktemp("here"), recording, {})


@pytest.mark.long
@pytest.mark.parametrize("processor", PROCESSORS)
def test_another_processor_hears_the_same(
    processor: str, here: dict[str, Any], recording: Path, tmp_path: Path
) -> None:
    told = {**PROCESSORS[processor], "NUMBA_CACHE_DIR": str(tmp_path / "compiled")}
    there = heard(tmp_path / "out", recording, told)
    assert certain(there) == certain(here)
    assert sum(len(one["words"]) for one in here["segments"]) > 40
    for one, other in zip(here["segments"], there["segments"], strict=True):
        for word, same in zip(one["words"], other["words"], strict=True):
            assert same["probability"] == pytest.approx(word["probability"], abs=1e-3)
