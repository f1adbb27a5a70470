"""What the event pass costs, beside recognition: seconds of sound that each puts through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tools.evaluate_events.tracks import SECONDS, Track
from vidtag.core.settings import Config
from vidtag.listening.events.scan import EventScanner
from vidtag.listening.speech.recognise import recognise_array
from vidtag.media.samples import SAMPLE_RATE


@dataclass
class _Counting:
    """A model that adds up the sound it is asked about, padding and windows' overlap included."""

    model: Any
    recognised: float = 0.0
    scanned: float = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def recognise(self, waveforms: Sequence[Any], **options: Any) -> Any:
        self.recognised += sum(len(w) for w in waveforms) / SAMPLE_RATE
        return self.model.recognise(waveforms, **options)

    def classify_windows(self, windows: Any) -> Any:
        self.scanned += windows.size / SAMPLE_RATE
        return self.model.classify_windows(windows)


def cost(
    tracks: Sequence[Track], model: Any, config: Config, tagger: Any = None
) -> dict[str, float | None]:
    """Seconds put through the model for each second of sound, by recognition and by the scan, and
    those put through a tagger, if there is one.
    """
    counting = _Counting(model)
    tagging = None if tagger is None else _Counting(tagger)
    for track in tracks:
        audio = track.audio.astype(np.float32) / np.float32(32768)
        recognise_array(counting, audio, config)  # type: ignore[arg-type]
        scanner = EventScanner(counting, config.events, tagging)
        scanner.feed(audio)
        scanner.finish()
    total = len(tracks) * SECONDS
    return {
        "recognised": round(counting.recognised / total, 3),
        "scanned": round(counting.scanned / total, 3),
        "tagged": None if tagging is None else round(tagging.scanned / total, 3),
        "ratio": round(counting.scanned / counting.recognised, 3) if counting.recognised else None,
    }
