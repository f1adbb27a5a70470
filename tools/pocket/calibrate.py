"""Measure how late a model is at word starts, and write that beside it.

    python -m tools.pocket.calibrate --model vidtag/pocket --data DIR/corpus

Takes the ``test`` split of the corpus where it is given, and tells what the correction is worth on
the held-out set in ``tests/tools/pocket``, a small part of it; without a corpus, measures one
half of that set and tells what it is worth on the other.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import numpy.typing as npt

from tools.pocket.sounds import RATE, Audio
from vidtag.core.records import Segment
from vidtag.core.settings import Config, ModelConfig, RecognitionConfig
from vidtag.listening.models.model_folder import CALIBRATION
from vidtag.listening.speech.recognise import recognise_array
from vidtag.listening.speech.sensevoice import SenseVoice

HELD_OUT = Path(__file__).parents[2] / "tests" / "tools" / "pocket"


class Spoken(NamedTuple):
    """A recording whose words' starts are known, in seconds."""

    audio: Audio
    lang: str
    units: tuple[str, ...]
    starts: tuple[float, ...]


def held_out() -> list[Spoken]:
    """The recordings of the held-out set whose words' starts are known."""
    resampler = av.AudioResampler("flt", "mono", RATE)
    with av.open(str(HELD_OUT / "heldout.opus")) as file:
        pieces = [p for frame in file.decode(audio=0) for p in resampler.resample(frame)]
    audio = np.concatenate([piece.to_ndarray()[0] for piece in pieces]).astype(np.float32)
    labels = json.loads((HELD_OUT / "labels.json").read_text(encoding="utf-8"))
    return [
        Spoken(
            audio[label["first"] : label["first"] + label["samples"]],
            label["lang"],
            tuple(label["units"]),
            tuple(label["starts"]),
        )
        for label in labels
        if label["starts"] and label["lang"] not in (None, "nospeech")
    ]


def from_corpus(folder: Path) -> list[Spoken]:
    """The recordings of a corpus' test split whose words' starts are known."""
    from tools.pocket.evaluate import clips

    return [
        Spoken(clip.audio, clip.lang, clip.units, clip.starts)
        for clip in clips(folder)
        if clip.starts and clip.split == "test" and clip.lang not in (None, "nospeech")
    ]


def _letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def start_errors(spoken: Spoken, segments: Sequence[Segment]) -> list[float]:
    """Found start less true start, in seconds, of each word; none where the text is wrong."""
    said = [_letters(unit) for unit in spoken.units]
    words = [(_letters(w.text), w.start) for segment in segments for w in segment.words]
    if "".join(said) != "".join(text for text, _ in words):
        return []
    at, begins = 0, {}
    for text, start in words:
        if text:
            begins[at] = start
        at += len(text)
    errors, at = [], 0
    for text, start in zip(said, spoken.starts, strict=True):
        if at in begins:
            errors.append(begins[at] - start)
        at += len(text)
    return errors


def measure(
    model: SenseVoice, recordings: Sequence[Spoken], *, drawn: bool
) -> dict[str, npt.NDArray[np.float64]]:
    """Errors at word starts by language, in seconds."""
    config = Config(
        model=ModelConfig(name="pocket"),
        recognition=RecognitionConfig(word_times="drawn" if drawn else "funasr"),
    )
    found: dict[str, list[float]] = defaultdict(list)
    for spoken in recordings:
        found[spoken.lang] += start_errors(spoken, recognise_array(model, spoken.audio, config))
    return {lang: np.array(errors) for lang, errors in sorted(found.items()) if errors}


def describe(title: str, errors: dict[str, npt.NDArray[np.float64]]) -> str:
    """A line for each language and for all words: bias and mean absolute error."""
    lines = [f"{title}:"]
    everything = np.concatenate(list(errors.values()))
    for name, values in (*errors.items(), ("all", everything)):
        bias, size = 1000 * values.mean(), 1000 * np.abs(values).mean()
        lines.append(
            f"  {name:<4} {len(values):5d} words  bias {bias:+4.0f} ms  MAE {size:3.0f} ms"
        )
    return "\n".join(lines)


def calibrate(folder: Path, measured: Sequence[Spoken]) -> SenseVoice:
    """Write the delays of the model in ``folder`` and return it with them."""
    config = ModelConfig(name=str(folder), number_type="float32")
    raw = measure(SenseVoice.load(config), measured, drawn=False)
    print(describe("FunASR's times", raw))
    delays = {lang: round(float(np.median(errors)), 3) for lang, errors in raw.items()}
    file = folder / CALIBRATION
    known = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    text = json.dumps({**known, "word_start_delay": delays}, indent=1)
    file.write_text(text + "\n", encoding="utf-8")
    return SenseVoice.load(config)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("vidtag/pocket"))
    parser.add_argument("--data", type=Path, help="folder of test shards")
    args = parser.parse_args()
    known = held_out()
    measured = from_corpus(args.data) if args.data else known[::2]
    corrected = calibrate(args.model, measured)
    rest = known if args.data else known[1::2]
    print(describe("FunASR's times, held-out", measure(corrected, rest, drawn=False)))
    print(describe("corrected and drawn, held-out", measure(corrected, rest, drawn=True)))


if __name__ == "__main__":
    main()
