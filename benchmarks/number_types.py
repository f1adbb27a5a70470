"""How much bfloat16 or int8 changes of what float32 hears: tokens, languages, emotions, events.

    python benchmarks/number_types.py [--number-type int8] [--model pocket] [--seconds 1500]

On the held-out recordings of the pocket model, again and again at random volumes and beginnings,
which rounds other numbers each time. Errors are insertions, deletions and replacements by token.
For a folder of random weights the figure is far higher: its pieces are nearly all alike.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import av
import numpy as np
from rapidfuzz.distance import Levenshtein

from vidtag.core.settings import ModelConfig
from vidtag.listening.speech.sensevoice import SenseVoice
from vidtag.media.samples import SAMPLE_RATE

HELD_OUT = Path(__file__).parent.parent / "tests" / "tools" / "pocket"


def recordings(seconds: float) -> list[np.ndarray]:
    """Held-out recordings, varied, of so many seconds together."""
    resampler = av.AudioResampler("flt", "mono", SAMPLE_RATE)
    with av.open(str(HELD_OUT / "heldout.opus")) as file:
        pieces = [p for frame in file.decode(audio=0) for p in resampler.resample(frame)]
    audio = np.concatenate([piece.to_ndarray()[0] for piece in pieces])
    labels = json.loads((HELD_OUT / "labels.json").read_text(encoding="utf-8"))
    rng = np.random.default_rng(0)
    found: list[np.ndarray] = []
    while sum(map(len, found)) < seconds * SAMPLE_RATE:
        for label in labels:
            clip = audio[label["first"] : label["first"] + label["samples"]]
            padded = np.pad(clip, (int(rng.integers(0, 960)), 0))
            found.append((padded * rng.uniform(0.4, 1.0)).astype(np.float32))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="pocket", help="pocket, or a folder")
    parser.add_argument("--seconds", type=float, default=1500, help="of audio")
    parser.add_argument(
        "--number-type", default="bfloat16", choices=["bfloat16", "float16", "int8"]
    )
    options = parser.parse_args()
    audio = recordings(options.seconds)
    config = ModelConfig(name=options.model)
    exact = SenseVoice.load(config, number_type="float32").recognise(audio)
    quick = SenseVoice.load(config, number_type=options.number_type).recognise(audio)
    wrong = total = 0
    for one, other in zip(exact, quick, strict=True):
        pieces = [token.piece for token in one.tokens]
        wrong += Levenshtein.distance(pieces, [token.piece for token in other.tokens])
        total += len(pieces)
    pairs = list(zip(exact, quick, strict=True))
    print(f"{options.model}, {options.number_type} against float32, {len(audio)} recordings:")
    print(f"  tokens     {wrong} of {total} differ: {wrong / max(total, 1):.2%}")
    for name in ("language", "emotion"):
        differ = sum(getattr(a, name) != getattr(b, name) for a, b in pairs)
        print(f"  {name:<10} {differ} of {len(pairs)} differ")
    event = max(abs(a.events[k] - b.events[k]) for a, b in pairs for k in a.events)
    print(f"  event probabilities differ by at most {event:.3f}")


if __name__ == "__main__":
    main()
