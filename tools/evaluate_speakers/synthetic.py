"""Talks of known turns, spoken by the synthesisers of ``tools/pocket`` that are installed."""

from __future__ import annotations

import ctypes.util
import random
import re
import shutil
import subprocess
from collections.abc import Mapping

import numpy as np

from tools.evaluate_speakers.material import Case, joined
from tools.pocket import grammar, sounds, voices
from vidtag.media.samples import SAMPLE_RATE, Samples

PEOPLE: Mapping[str, voices.Voice] = {
    "awb": voices.Voice("flite", "awb"),
    "rms": voices.Voice("flite", "rms"),
    "slt": voices.Voice("flite", "slt"),
    "kal": voices.Voice("flite", "kal16"),
    "ked": voices.Voice("festival", "ked_diphone"),
    "m3": voices.Voice("espeak", "m3"),
    "f4": voices.Voice("espeak", "f4"),
    "klatt": voices.Voice("klatt", "klatt4"),
}
"""One voice for each recorded person, and three that rules alone make."""

_DIRECT = (0.0, 12.0)
"""Direct sound against that of the walls, in dB, for those who sit away from the microphone."""


def people_here() -> dict[str, voices.Voice]:
    """Those whose synthesiser is installed, and that it has."""
    there = {
        "flite": bool(ctypes.util.find_library("flite")) or _loads("libflite.so.1"),
        "espeak": bool(ctypes.util.find_library("espeak-ng")),
    }
    there["klatt"] = there["espeak"]
    festival = _festival_voices()
    return {
        name: voice
        for name, voice in PEOPLE.items()
        if there.get(voice.family, voice.name in festival)
    }


def _festival_voices() -> list[str]:
    """What Festival can speak with; one that it lacks, it would speak with another."""
    if shutil.which("festival") is None:
        return []
    asked = ["festival", "-b", '(format t "%l" (voice.list))']
    return re.findall(r"\w+", subprocess.run(asked, capture_output=True, text=True).stdout)


def talk(count: int, seed: int) -> Case:
    """A talk of ``count`` people; half of them sit some way off.

    Raises:
        SystemExit: there are not so many voices on this machine.
    """
    dice = random.Random(seed)
    here = people_here()
    if len(here) < count:
        raise SystemExit(f"{len(here)} synthetic voices are installed; see tools/pocket/README.md")
    chosen = dice.sample(sorted(here), count)
    said = {name: [_sentences(here[name], dice) for _ in range(24)] for name in chosen}
    for number, name in enumerate(chosen):
        if number % 2:
            rng, direct = np.random.default_rng([seed, number]), dice.uniform(*_DIRECT)
            said[name] = [sounds.room(one, rng, direct).astype(np.float32) for one in said[name]]
    return joined(f"{count} synthetic, seed {seed}", said, chosen, dice)


def _sentences(voice: voices.Voice, dice: random.Random) -> Samples:
    """A turn: one to three sentences."""
    spoken = []
    for _ in range(dice.randint(1, 3)):
        sentence = grammar.sample(dice, "en", "train")
        spoken += [
            voices.speak(sentence, voice, voices.prosody(dice, "NEUTRAL")).audio,
            np.zeros(round(dice.uniform(0.1, 0.4) * SAMPLE_RATE), np.float32),
        ]
    return np.concatenate(spoken[:-1])


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
