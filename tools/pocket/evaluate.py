"""Measure a pocket model on material it was never trained on, through ``funasr.AutoModel``.

    python -m tools.pocket.evaluate --model vidtag/pocket --data DIR/corpus --output figures.json

Voices, sentences and random draws of the ``test`` split are all held out; in the ``method`` split
laughter and applause are besides made in ways that no training clip was.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz.distance import Levenshtein

from tools.pocket import corpus, grammar
from tools.pocket.mix import BOTH, text_of
from tools.pocket.sounds import RATE, Audio

Figures = dict[str, Any]


@dataclass(frozen=True)
class Clip:
    """A test recording. ``text`` is None where unknown; ``starts`` holds the start of each unit
    in seconds where the synthesiser told them; None as a label means that it is ambiguous.
    """

    audio: Audio
    split: str
    kind: str
    family: str
    lang: str | None
    emotion: str | None
    event: str | None
    text: str | None
    units: tuple[str, ...] = ()
    starts: tuple[float, ...] = ()


@dataclass(frozen=True)
class Heard:
    """What the model made of a recording; ``words`` with their starts in seconds."""

    lang: str
    emotion: str
    event: str
    text: str
    words: tuple[tuple[str, float], ...]


def clips(folder: Path) -> list[Clip]:
    """The test items of a corpus."""
    out = []
    for split in ("test", "method"):
        for item in corpus.load(folder, f"{split}_*.pkl"):
            assert item.audio is not None
            units = item.units
            shown = tuple(u.shown for u in units or ())
            exact = bool(units) and all(u.exact for u in units or ())
            out.append(
                Clip(
                    item.audio.astype(np.float32) / np.float32(32768),
                    split,
                    item.kind,
                    item.family,
                    item.lang,
                    item.emotion,
                    None if item.event == BOTH else item.event,
                    None if units is None else text_of(item.lang, shown),
                    shown,
                    tuple(float(u.earliest) for u in units or ()) if exact else (),
                )
            )
    return out


def load_model(folder: Path) -> Any:
    """The model as any user of funasr would load it, on one thread."""
    from funasr import AutoModel

    return AutoModel(
        model=str(folder), device="cpu", ncpu=1, disable_update=True, disable_pbar=True
    )


_TAGS = re.compile(r"^<\|(\w+)\|><\|(\w+)\|><\|(\w+)\|><\|\w+\|>")


def hear(model: Any, audio: Audio) -> Heard:
    """Recognise one recording, language left to the model."""
    (result,) = model.generate(
        input=audio, language="auto", use_itn=True, output_timestamp=True, ban_emo_unk=False
    )
    found = _TAGS.match(result["text"])
    if not found:  # a query answered with something that is no tag
        return Heard("", "", "", result["text"], ())
    times = zip(result.get("words", ()), result.get("timestamp", ()), strict=True)
    words = tuple((word, start / 1000) for word, (start, _) in times)
    language, emotion, event = found.groups()
    return Heard(language, emotion, event, result["text"][found.end() :], words)


# ------------------------------------------------------------------------------- scoring
def _tokens(text: str, lang: str | None) -> list[str]:
    """Words in English, characters elsewhere; without case, punctuation and spaces."""
    bare = "".join(c for c in text.lower() if c not in grammar.PUNCTUATION)
    return bare.split() if lang == "en" else list(bare.replace(" ", ""))


def error_rate(pairs: Iterable[tuple[Clip, Heard]]) -> float | None:
    """Errors by token of the reference, over all pairs; None without any."""
    edits = total = 0
    for clip, heard in pairs:
        reference = _tokens(clip.text or "", clip.lang)
        edits += Levenshtein.distance(_tokens(heard.text, clip.lang), reference)
        total += len(reference)
    return round(edits / total, 4) if total else None


def _accuracy(pairs: Iterable[tuple[str | None, str]]) -> float | None:
    right = [label == heard for label, heard in pairs if label is not None]
    return round(sum(right) / len(right), 4) if right else None


def _recall(pairs: Iterable[tuple[str | None, str]]) -> Figures:
    """Share found of each label, with the number of clips."""
    found: dict[str, list[bool]] = defaultdict(list)
    for label, heard in pairs:
        if label is not None:
            found[label].append(label == heard)
    return {
        k: {"share": round(sum(v) / len(v), 4), "clips": len(v)} for k, v in sorted(found.items())
    }


def start_errors(clip: Clip, heard: Heard) -> list[float]:
    """Heard start less true start of each unit, where the text came out right."""
    said = [_letters(unit) for unit in clip.units]
    words = [(_letters(word), start) for word, start in heard.words]
    words = [(word, start) for word, start in words if word]
    if not clip.starts or "".join(said) != "".join(word for word, _ in words):
        return []
    at, begins = 0, {}
    for word, start in words:
        begins[at] = start
        at += len(word)
    out, at = [], 0
    for unit, start in zip(said, clip.starts, strict=True):
        if at in begins:
            out.append(begins[at] - start)
        at += len(unit)
    return out


def _letters(text: str) -> str:
    return "".join(_tokens(text, None))


def figures(pairs: list[tuple[Clip, Heard]]) -> Figures:
    """All figures of a test run, ready for JSON."""
    spoken = [(c, h) for c, h in pairs if c.text and c.lang != "nospeech" and c.split == "test"]
    plain = [(c, h) for c, h in spoken if c.kind == "speech"]
    whole = [(c, h) for c, h in pairs if c.kind != "windows" and c.split == "test"]
    windows = [(c, h) for c, h in pairs if c.kind == "windows" and c.split == "test"]
    method = [
        (c, h) for c, h in pairs if c.split == "method" and c.event in ("Laughter", "Applause")
    ]
    silent = [(c, h) for c, h in pairs if c.lang == "nospeech"]
    noises = [(c, h) for c, h in whole if c.event == "Event_UNK"]

    def of(lang: str) -> list[tuple[Clip, Heard]]:
        return [(c, h) for c, h in spoken if c.lang == lang]

    starts = {}
    for lang in grammar.LANGUAGES:
        errors = [e for c, h in of(lang) for e in start_errors(c, h)]
        if errors:
            starts[lang] = {
                "units": len(errors),
                "mean_ms": round(1000 * statistics.fmean(errors)),
                "mean_absolute_ms": round(1000 * statistics.fmean(map(abs, errors))),
            }
    return {
        "clips": len(pairs),
        "hours": round(sum(len(c.audio) for c, _ in pairs) / RATE / 3600, 3),
        "error_rate": {lang: error_rate(of(lang)) for lang in grammar.LANGUAGES},
        "error_rate_speech_alone": {
            lang: error_rate((c, h) for c, h in plain if c.lang == lang)
            for lang in grammar.LANGUAGES
        },
        "english_error_rate_by_voices": {
            family: error_rate((c, h) for c, h in of("en") if c.family == family)
            for family in ("espeak", "klatt", "flite", "festival")
        },
        "error_rate_by_scene": {
            kind: error_rate((c, h) for c, h in spoken if c.kind == kind)
            for kind in sorted({c.kind for c, _ in spoken})
        },
        "language": _accuracy((c.lang, h.lang) for c, h in whole),
        "emotion": _accuracy((c.emotion, h.emotion) for c, h in whole),
        "event": _accuracy((c.event, h.event) for c, h in whole),
        "event_recall": _recall((c.event, h.event) for c, h in whole),
        "windows_language": _accuracy((c.lang, h.lang) for c, h in windows),
        "windows_emotion": _accuracy((c.emotion, h.emotion) for c, h in windows),
        "windows_event": _accuracy((c.event, h.event) for c, h in windows),
        "windows_event_recall": _recall((c.event, h.event) for c, h in windows),
        "unknown_method_recall": _recall((c.event, h.event) for c, h in method),
        "noise_taken_for_an_event": {
            "clips": len(noises),
            "share": round(
                sum(h.event in ("Laughter", "Applause") for _, h in noises) / max(1, len(noises)), 4
            ),
        },
        "text_on_non_speech": {
            "clips": len(silent),
            "share": round(sum(bool(h.text) for _, h in silent) / max(1, len(silent)), 4),
        },
        "word_starts": starts,
    }


def run(model: Path, tests: list[Clip]) -> list[tuple[Clip, Heard]]:
    """Recognise every clip."""
    loaded = load_model(model)
    return [(clip, hear(loaded, clip.audio)) for clip in tests]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder of test shards")
    parser.add_argument("--output", type=Path, required=True, help="JSON file of the figures")
    args = parser.parse_args()
    found = figures(run(args.model, clips(args.data)))
    text = json.dumps(found, indent=1, ensure_ascii=False)
    args.output.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
