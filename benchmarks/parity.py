"""Whether a full-size network of random weights gives FunASR's text, to the letter, in float32.

    python benchmarks/parity.py [--folder FOLDER] [--seconds 60]

All languages, with and without ITN, lengths from 0.3 s to 30 s, recordings in batches here and one
by one there.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import torch

from benchmarks import full_size, random_model
from vidtag.core.settings import ModelConfig
from vidtag.listening.speech.network_inputs import LANGUAGES
from vidtag.listening.speech.sensevoice import SenseVoice
from vidtag.media.samples import SAMPLE_RATE


class Compared(NamedTuple):
    """How many readings were compared, and how many of them are the same."""

    recordings: int
    same: int


def reference(folder: Path) -> Any:
    """FunASR's own way through a folder, without the noise that it adds by default."""
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            from funasr import AutoModel

            return AutoModel(
                model=str(folder),
                device="cpu",
                ncpu=torch.get_num_threads(),
                disable_update=True,
                disable_pbar=True,
                log_level="ERROR",
                frontend_conf={"dither": 0.0},
            )
    finally:
        logging.disable(logging.NOTSET)


def compare(folder: Path, audio: list[np.ndarray], languages: list[str]) -> Compared:
    """Read everything both ways."""
    full_size.make(folder)
    ours = SenseVoice.load(ModelConfig(name=str(folder), device="cpu"), number_type="float32")
    theirs = reference(folder)
    total = same = 0
    for language in languages:
        for itn in (True, False):
            found = ours.recognise(audio, language=language, itn=itn)
            for one, recording in zip(found, audio, strict=True):
                (theirs_result,) = theirs.generate(input=recording, language=language, use_itn=itn)
                total += 1
                same += theirs_result["text"] == one.rich_text
    return Compared(total, same)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="keep the network here")
    parser.add_argument("--seconds", type=float, default=60, help="of audio")
    options = parser.parse_args()
    sound = random_model.talk(options.seconds)
    lengths = [0.3, 1.1, 4.7, 9.0, 15.0, 30.0]
    audio = [sound[: round(length * SAMPLE_RATE)] for length in lengths]
    with tempfile.TemporaryDirectory() as name:
        found = compare(options.folder or Path(name), audio, list(LANGUAGES))
    print(f"{found.same} of {found.recordings} readings are FunASR's to the letter")


if __name__ == "__main__":
    main()
