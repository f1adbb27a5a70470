"""What it costs to look for other emotions within joined segments, on calm talk and on mixed talk.

    python benchmarks/emotions.py [--rounds 3]

The encoder's time, with the look (``recognition.emotion_split``) against without, in turns, over
held-out sentences of the pocket model in a row, with pauses of 0.35 to 0.9 s. Calm talk holds
neutral sentences alone, in one language after the other; mixed talk all that were said.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

from benchmarks import sound
from vidtag.core.media_streams import Media
from vidtag.core.settings import Config, ModelConfig, RecognitionConfig
from vidtag.listening.run import DecodedMedia, listen
from vidtag.listening.speech.sensevoice import SenseVoice
from vidtag.media.audio import stream_audio
from vidtag.media.probe import probe
from vidtag.media.samples import SAMPLE_RATE

WITHOUT = 1.0
"""``emotion_split`` that leaves joined segments whole."""


def talk(emotions: Sequence[str]) -> np.ndarray:
    """The held-out sentences said in these emotions, by language, with pauses between them."""
    everything = np.concatenate([*stream_audio(probe(sound.HELD_OUT))])
    labels = json.loads(sound.HELD_OUT.with_name("labels.json").read_text(encoding="utf-8"))
    rng = np.random.default_rng(0)
    pieces = []
    for label in sorted(labels, key=lambda label: label["lang"] or ""):
        if label["kind"] == "speech" and label["emotion"] in emotions:
            pieces.append(np.zeros(round(rng.uniform(0.35, 0.9) * SAMPLE_RATE), np.float32))
            pieces.append(everything[label["first"] : label["first"] + label["samples"]])
    return np.concatenate(pieces)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    model = SenseVoice.load(ModelConfig(name="pocket"))
    for name, emotions in (
        ("calm", ["NEUTRAL"]),
        ("mixed", ["NEUTRAL", "HAPPY", "ANGRY", "SAD"]),
    ):
        audio = talk(emotions)
        media = Media(name, "wav", len(audio) / SAMPLE_RATE, None, (), "")
        turns: list[tuple[float, float]] = []
        moods: list[str] = []
        for _ in range(rounds + 1):
            marks = [model.spent["encoder"]]
            for split in (WITHOUT, RecognitionConfig().emotion_split):
                config = Config(
                    model=ModelConfig(name="pocket"),
                    recognition=RecognitionConfig(emotion_split=split),
                )
                document = listen(media, config, model, decoded=DecodedMedia(iter([audio])))
                moods.append("".join(segment.emotion[0] for segment in document.segments))
                marks.append(model.spent["encoder"])
            turns.append((marks[1] - marks[0], marks[2] - marks[1]))
        cost = median(with_it / without for without, with_it in turns[1:])  # the first warms up
        print(
            f"{name} talk, {media.duration:.0f} s: encoder {cost:.2f} times as long; "
            f"emotions of its segments {moods[0]} without, {moods[1]} with"
        )


if __name__ == "__main__":
    main()
