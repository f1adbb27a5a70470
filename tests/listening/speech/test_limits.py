"""Memory: it does not grow with the recording, and where it runs out, batches shrink."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import length, sound
from tests.builders.documents import make_media
from vidtag.core.errors import UserError
from vidtag.core.settings import Config
from vidtag.listening.run import DecodedMedia, listen
from vidtag.listening.speech.recognition import Recognition
from vidtag.listening.speech.sensevoice import MEMORY_RAN_OUT, SenseVoice
from vidtag.media.samples import SAMPLE_RATE, Samples

from .conftest import Audio, Clip


@pytest.mark.parametrize(
    ("kind", "events", "minutes"),
    [
        pytest.param("speech-then-silence", True, (4, 30), marks=pytest.mark.long),
        pytest.param("speech", True, (4, 12), marks=pytest.mark.long),
        pytest.param("speech", False, (4, 60), marks=pytest.mark.long),
        pytest.param("silence", True, (4, 60), marks=pytest.mark.long),
        pytest.param("music", True, (4, 60), marks=pytest.mark.long),
    ],
)
def test_memory_does_not_grow_with_the_recording(
    tmp_path: Path, kind: str, events: bool, minutes: tuple[int, int]
) -> None:
    """As ``benchmarks/length.py``, which goes up to ten hours; ``test_bounded_memory.py`` looks
    closer, at less sound.
    """
    peaks = []
    for lasts in minutes:
        path = sound.make(tmp_path, 60 * lasts, kind)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            _, memory, words = pool.apply(length.measure, (path, False, events))
        assert words > 50 * lasts or kind != "speech"
        peaks.append(memory)
    assert peaks[1] <= 1.25 * peaks[0]


class Short:
    """Runs out of memory if more than so many recordings come at once."""

    def __init__(self, model: SenseVoice, most: int) -> None:
        self.compute: Any = model._recognise
        self.most = most
        self.asked: list[int] = []

    def __call__(
        self, waveforms: Sequence[Samples], batch: list[int], *how: Any
    ) -> list[Recognition]:
        self.asked.append(len(batch))
        if len(batch) > self.most:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate")
        found: list[Recognition] = self.compute(waveforms, batch, *how)
        return found


def test_out_of_memory_halves_the_batch_and_says_so(
    pocket: SenseVoice, clips: dict[str, Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    audio: list[Audio] = [clip.audio for clip in clips.values()]
    expected = [one.rich_text for one in pocket.recognise(audio)]
    short = Short(pocket, 2)
    monkeypatch.setattr(pocket, "_recognise", short)
    monkeypatch.setattr(pocket, "notes", [])
    assert [one.rich_text for one in pocket.recognise(audio)] == expected
    assert max(short.asked) > 2
    assert pocket.notes
    assert all("memory ran out" in note for note in pocket.notes)


def test_one_videos_shortage_is_not_noted_of_the_next(
    pocket: SenseVoice, clips: dict[str, Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    pause = np.zeros(3 * SAMPLE_RATE, np.float32)
    audio = np.concatenate([part for clip in clips.values() for part in (clip.audio, pause)])
    media = make_media("talk.mp4", len(audio) / SAMPLE_RATE)
    notes = []
    for most in (1, 10_000):
        with monkeypatch.context() as patch:
            patch.setattr(pocket, "_recognise", Short(pocket, most))
            notes.append(listen(media, Config(), pocket, decoded=DecodedMedia(iter([audio]))).notes)
    assert [note for note in notes[0] if "memory ran out" in note] == [MEMORY_RAN_OUT]
    assert not [note for note in notes[1] if "memory ran out" in note]


def test_not_even_one_segment_fits(pocket: SenseVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pocket, "_recognise", Short(pocket, 0))
    with pytest.raises(UserError, match="not memory enough"):
        pocket.recognise([np.zeros(1600, np.float32)])


def test_other_errors_are_not_taken_for_it(
    pocket: SenseVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("something else")

    monkeypatch.setattr(pocket, "_recognise", broken)
    with pytest.raises(RuntimeError, match="something else"):
        pocket.recognise([np.zeros(1600, np.float32)] * 3)
