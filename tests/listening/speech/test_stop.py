"""LISTEN ends within one batch of the model when it is told to stop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vidtag.core.media_streams import Media
from vidtag.core.settings import Config
from vidtag.listening.run import DecodedMedia, listen
from vidtag.listening.speech.sensevoice import SenseVoice
from vidtag.media.samples import SAMPLE_RATE

from .conftest import Clip, row


class StoppedError(Exception):
    pass


@pytest.mark.parametrize("batches", [0, 1, 5])
def test_nothing_goes_through_the_model_after_a_stop(
    pocket: SenseVoice, clips: dict[str, Clip], batches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk, _ = row([clip.audio for clip in clips.values()] * 3, gap=0.5)
    started: list[str] = []
    for name in ("_classify", "_recognise"):
        original = getattr(pocket, name)

        def counted(*args: Any, name: str = name, compute: Any = original) -> Any:
            started.append(name)
            return compute(*args)

        monkeypatch.setattr(pocket, name, counted)

    def stop() -> None:
        if len(started) >= batches:
            raise StoppedError

    config = Config.model_validate(
        {"model": {"name": "pocket"}, "recognition": {"batch_size_s": 5}}
    )
    media = Media("talk.wav", "wav", len(talk) / SAMPLE_RATE, None, (), "")
    chunks = (np.array(part) for part in np.array_split(talk, 10))
    with pytest.raises(StoppedError):
        listen(media, config, pocket, decoded=DecodedMedia(chunks), stop=stop)
    # Those that every worker had already begun.
    assert len(started) <= batches + 2 * pocket.workers
