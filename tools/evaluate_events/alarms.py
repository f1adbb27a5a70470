"""What is made of sounds that are no event: of each class of hard negatives, how many alarms."""

from __future__ import annotations

from typing import Any

import numpy as np

from tools.evaluate_events.tracks import REACTIONS
from tools.pocket import sounds
from vidtag.core.settings import EventsConfig
from vidtag.listening.events.scan import EventScanner
from vidtag.listening.events.track import find_spans
from vidtag.listening.windows import Tagger, WindowModel
from vidtag.media.samples import SAMPLE_RATE

SECONDS = 5.0
"""Length of each sound, as of the clips of ESC-10, with a second of near silence around it."""
_ROOM_TONE = 10 ** (-66 / 20)


def alarms(
    model: WindowModel, config: EventsConfig, tagger: Tagger | None, count: int, seed: int
) -> dict[str, dict[str, Any]]:
    """Per class, of ``count`` sounds: in how many laughter, and applause, is made up.

    The sounds of a seed are those of every class together, so a seed that training did not use
    (they are drawn from 100 000 times its ``--seed`` on) gives sounds that it did not hear.
    """
    found: dict[str, dict[str, Any]] = {}
    for place, name in enumerate(sounds.HARD):
        rng = np.random.default_rng([seed, place])
        counts = dict.fromkeys((kind.value for kind in REACTIONS), 0)
        for _ in range(count):
            sound = sounds.hard_negative(rng, SECONDS, name)
            audio = _ROOM_TONE * rng.standard_normal(round((SECONDS + 2) * SAMPLE_RATE))
            audio[SAMPLE_RATE : SAMPLE_RATE + len(sound)] += sound[: len(audio) - SAMPLE_RATE]
            scanner = EventScanner(model, config, tagger)
            scanner.feed(audio.astype(np.float32))
            spans = find_spans(scanner.finish(), config)
            for kind in REACTIONS:
                counts[kind.value] += any(span.kind is kind for span in spans)
        found[name] = {"sounds": count, **counts}
    return found
