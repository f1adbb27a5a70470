"""A small held-out set that is shipped with the tests: one Opus file and its labels.

    python -m tools.pocket.clips --model vidtag/pocket --data DIR/corpus --output tests/tools/pocket

Besides the sound and the labels it records the figures that this model reaches on them; without
``--data``, those of a new model on the set that is there.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import av
import numpy as np

from tools.pocket import evaluate
from tools.pocket.evaluate import Clip
from tools.pocket.sounds import RATE, Audio

SOUND, LABELS, FIGURES = "heldout.opus", "labels.json", "figures.json"
BITS_PER_SECOND = 24_000
GAP_SECONDS = 0.1
LONGEST_SECONDS = 5.0
QUOTAS = {"speech": 12, "mixed": 5, "event": 6, "negative": 14, "windows": 3, "method": 8}
"""Clips of each language (speech, mixed), event (event, windows, method) or at all (negative).
English gets twice as many: it has four families of voices."""


def _drawer(clip: Clip) -> tuple[str, str, str] | None:
    """What a clip is counted as; None to leave it out."""
    if clip.split == "method":
        wanted = clip.kind == "event" and clip.event in ("Laughter", "Applause")
        return ("method", str(clip.event), "") if wanted else None
    if clip.kind == "windows":
        return None if clip.event is None else ("windows", clip.event, "")
    if clip.kind in ("event", "negative", "silence"):
        name = "event" if clip.kind == "event" else "negative"
        return name, str(clip.event), ""
    name = "speech" if clip.kind == "speech" else "mixed"
    return name, str(clip.lang), clip.family if clip.lang == "en" else ""


def choose(clips: list[Clip]) -> list[Clip]:
    """The first clips of every drawer, up to its quota."""
    counts: Counter[tuple[str, str, str]] = Counter()
    chosen = []
    for clip in clips:
        drawer = _drawer(clip)
        if drawer is None or len(clip.audio) > LONGEST_SECONDS * RATE:
            continue
        quota = QUOTAS[drawer[0]] // (2 if drawer[2] else 1)
        if counts[drawer] < quota:
            counts[drawer] += 1
            chosen.append(clip)
    return chosen


def write(folder: Path, clips: list[Clip]) -> None:
    """Write the sound, one clip after another, and the labels."""
    gap = np.zeros(int(GAP_SECONDS * RATE), np.float32)
    parts: list[Audio] = []
    labels = []
    at = 0
    for clip in clips:
        label = asdict(clip)
        del label["audio"]
        label["starts"] = [round(t, 3) for t in clip.starts]
        labels.append({"first": at, "samples": len(clip.audio), **label})
        parts += [clip.audio, gap]
        at += len(clip.audio) + len(gap)
    folder.mkdir(parents=True, exist_ok=True)
    _encode(folder / SOUND, np.concatenate(parts))
    lines = ",\n".join(json.dumps(label, ensure_ascii=False) for label in labels)
    (folder / LABELS).write_text(f"[\n{lines}\n]\n")


def read(folder: Path) -> list[Clip]:
    """What :func:`write` wrote, as the codec left it."""
    sound = _decode(folder / SOUND)
    clips = []
    for label in json.loads((folder / LABELS).read_text()):
        first, samples = label.pop("first"), label.pop("samples")
        label["units"], label["starts"] = tuple(label["units"]), tuple(label["starts"])
        clips.append(Clip(audio=sound[first : first + samples], **label))
    return clips


def _encode(path: Path, audio: Audio) -> None:
    with av.open(str(path), "w", format="ogg") as file:
        stream = file.add_stream("libopus", rate=48_000, layout="mono")
        stream.bit_rate = BITS_PER_SECOND
        samples = np.round(audio * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        to_codec = av.AudioResampler("s16", "mono", 48_000)
        for piece in (*to_codec.resample(frame), *to_codec.resample(None)):
            file.mux(stream.encode(piece))
        file.mux(stream.encode(None))


def _decode(path: Path) -> Audio:
    pieces = []
    with av.open(str(path)) as file:
        to_model = av.AudioResampler("flt", "mono", RATE)
        for frame in file.decode(audio=0):
            pieces += to_model.resample(frame)
        pieces += to_model.resample(None)
    return np.concatenate([p.to_ndarray()[0] for p in pieces]).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="folder of test shards to choose from")
    parser.add_argument("--output", type=Path, required=True, help="folder of the set")
    args = parser.parse_args()
    if args.data:
        write(args.output, choose(evaluate.clips(args.data)))
    found = evaluate.figures(evaluate.run(args.model, read(args.output)))
    text = json.dumps(found, indent=1, ensure_ascii=False)
    (args.output / FIGURES).write_text(text + "\n")


if __name__ == "__main__":
    main()
