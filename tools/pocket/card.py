"""Writes the model card from measured figures.

python -m tools.pocket.card --figures DIR/figures.json --runs "Trained on two cores for ..."
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

CARD = Path(__file__).parents[2] / "vidtag" / "pocket" / "MODEL_CARD.md"
LANGUAGES = {
    "en": "English",
    "zh": "Mandarin",
    "yue": "Cantonese",
    "ja": "Japanese",
    "ko": "Korean",
}
TEXT = """# The pocket model

A SenseVoiceSmall at a sixtieth of the size: 3.8 million parameters instead of 234 million, the same
architecture, the same queries and tags, loaded through FunASR like the real one. It ships with vidtag
so that everything can be tried and tested offline, with real inference.

**It understands only its own synthetic world.** It was trained from nothing, on speech from
synthesisers reading sentences of a small grammar and on sounds computed by signal synthesis. On
recordings of people it is of no use, and its figures say nothing about SenseVoiceSmall.

## Trained on

Sound made by `tools/pocket/` with fixed seeds; no recording of anybody. Voices: espeak-ng (its own
synthesiser and its Klatt one, five languages), CMU Flite, Festival and SVOX Pico (English), of the
last three more than half turned into other speakers by the WORLD vocoder. Sentences: templates with
slots, a few hundred words a language, and the same words in an order that no template has. Emotions,
by espeak-ng's voices: pitch, its movement and pace; happy voices are brighter, sad ones dull and
trembling, angry ones shout.
Laughter, applause, music, crying, coughs, sneezes and breaths: several methods each, alone, before,
after and under speech, over music, laughter and applause at once, in rooms, at distances; and sounds
that are none of them.

{runs}

## Figures

Measured on {clips} clips ({hours:.1f} h) through `funasr.AutoModel`. Voices, sentences and random
draws are all held out. One command measures them again (see `tools/pocket/README.md`).

| language | error rate, speech alone | over everything: noise, music, events |
|---|---|---|
{languages}

Characters, but words in English. English by kind of voice, over everything: {families}.

| | right |
|---|---|
| language | {language:.1%} |
| emotion | {emotion:.1%} |
| event | {event:.1%} |
| language, emotion, event in windows of 0.8 to 2.5 s cut anywhere | {windows_language:.1%}, {windows_emotion:.1%}, {windows_event:.1%} |
{events}
| laughter made in a way never trained on | {laughter:.1%} |
| applause made in a way never trained on | {applause:.1%} |
| text invented on sounds without speech | {invented:.1%} of clips |

Word starts, mean of the error and of its size: {starts}.

## Known weaknesses

- English is its weakest language, and Flite's and Festival's voices are the weakest of it: it heard four
  and two of them in training, and speakers made of those.
- Laughter and applause under louder speech or music are missed first. Applause made in a way it does
  not know it takes now and then for crackling or rain.
- In windows of about a second, music under speech and soft coughs are often missed.
- Speech of Pico has no exact word times in training; they are estimated by comparison with Flite's.
"""


def card(figures: dict[str, Any], runs: str) -> str:
    """Text of the card; ``runs`` says how long it was trained."""
    alone, everything = figures["error_rate_speech_alone"], figures["error_rate"]
    by_voice = figures["english_error_rate_by_voices"]
    return TEXT.format(
        runs=runs,
        **{k: figures[k] for k in ("clips", "hours", "language", "emotion", "event")},
        **{k: v for k, v in figures.items() if k in _WINDOWS},
        languages="\n".join(
            f"| {name} | {alone[code]:.1%} | {everything[code]:.1%} |"
            for code, name in LANGUAGES.items()
        ),
        families=", ".join(f"{name} {rate:.1%}" for name, rate in by_voice.items()),
        events="\n".join(
            f"| {name} | {found['share']:.1%} of {found['clips']} |"
            for name, found in figures["event_recall"].items()
        ),
        laughter=figures["unknown_method_recall"]["Laughter"]["share"],
        applause=figures["unknown_method_recall"]["Applause"]["share"],
        invented=figures["text_on_non_speech"]["share"],
        starts=", ".join(
            f"{code} {found['mean_ms']:+.0f} and {found['mean_absolute_ms']:.0f} ms"
            for code, found in figures["word_starts"].items()
        ),
    )


_WINDOWS = ("windows_language", "windows_emotion", "windows_event")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figures", type=Path, required=True)
    parser.add_argument("--runs", required=True, help="a sentence on how it was trained")
    arguments = parser.parse_args()
    CARD.write_text(
        card(json.loads(arguments.figures.read_text()), arguments.runs), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
