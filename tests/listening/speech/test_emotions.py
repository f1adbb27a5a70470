"""Emotions inside joined speech: windows, parts and segments together, on held-out sentences."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from tests.builders.documents import make_media
from tests.listening.events import tiny_onnx
from tools.pocket import clips as held_out
from vidtag.core.records import Emotion, Segment
from vidtag.core.settings import Config, EventsConfig, ModelConfig, RecognitionConfig, TaggerConfig
from vidtag.listening.events.labels import LABELS
from vidtag.listening.run import DecodedMedia, listen
from vidtag.listening.speech.recognise import recognise_array
from vidtag.listening.speech.sensevoice import SenseVoice

from .conftest import DATA, RATE, Audio, row

HELD_OUT = DATA.parents[2] / "tools" / "pocket"
LANGUAGES = ("en", "zh", "yue", "ja", "ko")
CALM = (Emotion.NEUTRAL, Emotion.UNKNOWN)
Sentences = dict[tuple[str, str], list[Audio]]


@pytest.fixture(scope="module")
def said() -> Sentences:
    """Sentences by language and emotion, a second and a half or longer."""
    found: Sentences = defaultdict(list)
    for clip in held_out.read(HELD_OUT):
        if clip.kind == "speech" and clip.emotion and len(clip.audio) >= 1.5 * RATE:
            found[str(clip.lang), clip.emotion].append(clip.audio)
    return found


def heard(
    model: SenseVoice, audio: Audio, chunk: int = 30 * RATE, **settings: float
) -> list[Segment]:
    """What LISTEN makes of a recording."""
    config = Config(
        model=ModelConfig(name="pocket"), recognition=RecognitionConfig.model_validate(settings)
    )
    media = make_media("talk", len(audio) / RATE)
    chunks = (audio[at : at + chunk] for at in range(0, len(audio), chunk))
    return list(listen(media, config, model, decoded=DecodedMedia(chunks)).segments)


def at(segments: list[Segment], time: float) -> Emotion | None:
    return next((s.emotion for s in segments if s.start <= time < s.end), None)


def between_calm(said: Sentences, lang: str, emotion: str) -> tuple[Audio, list[float]]:
    """A sentence between two calm ones, near enough to be joined; the middles of the three."""
    first, last = (said[lang, "NEUTRAL"] * 2)[:2]
    audio, spans = row([first, said[lang, emotion][0], last], 0.5)
    return audio, [(start + end) / 2 for start, end in spans]


def test_an_emotional_sentence_among_calm_ones(pocket: SenseVoice, said: Sentences) -> None:
    missed, invented, lost = [], [], []
    asked = [(lang, mood) for lang in LANGUAGES for mood in ("HAPPY", "ANGRY") if said[lang, mood]]
    for lang, mood in asked:
        audio, (before, middle, after) = between_calm(said, lang, mood)
        segments = heard(pocket, audio)
        missed += [(lang, mood)] * (at(segments, middle) != mood)
        invented += [(lang, mood)] * sum(at(segments, t) not in CALM for t in (before, after))
        whole = heard(pocket, audio, emotion_split=1)
        lost += [(lang, mood)] * (at(whole, middle) != mood)
    assert len(asked) >= 8
    assert len(missed) <= 1, missed
    assert len(invented) <= 1, invented
    assert len(lost) >= len(asked) // 3, "joined speech should be where this is needed"


def test_beside_a_tagger_windows_are_asked_where_emotions_may_change(
    pocket: SenseVoice, said: Sentences, tmp_path: Path
) -> None:
    """The event pass has no windows there: the tagger is sure that nothing happens."""
    path = tmp_path / "model.onnx"
    path.write_bytes(tiny_onnx.waveform_tagger((0.0,) * 7, (-20.0,) * 7, ("N", 15600)))
    names = [sorted(labels.own)[0] for labels in LABELS.values()]
    rows = [f'{i},/m/{i},"{name}"\n' for i, name in enumerate(names)]
    (tmp_path / "yamnet_class_map.csv").write_text("".join(["index,mid,name\n", *rows]))
    events = EventsConfig(tagger=TaggerConfig(model=str(path)))
    found = []
    for lang in ("en", "zh", "ko"):
        audio, (before, middle, after) = between_calm(said, lang, "ANGRY")
        config = Config(model=ModelConfig(name="pocket"), events=events)
        media = make_media("talk", len(audio) / RATE)
        document = listen(media, config, pocket, decoded=DecodedMedia(iter([audio])))
        moods = [at(list(document.segments), time) for time in (before, middle, after)]
        found.append(moods[1] is Emotion.ANGRY and moods[0] in CALM and moods[2] in CALM)
    assert sum(found) >= 2


def test_calm_talk_stays_as_it_is(pocket: SenseVoice, said: Sentences) -> None:
    same = []
    for lang in LANGUAGES:
        audio, _ = row((said[lang, "NEUTRAL"] * 4)[:5], 0.5)
        whole = recognise_array(pocket, audio, Config(model=ModelConfig(name="pocket")))
        assert heard(pocket, audio, emotion_split=1) == whole
        same.append(heard(pocket, audio) == whole)
    assert sum(same) >= len(LANGUAGES) - 1


@pytest.mark.parametrize("block", [9_999, RATE, 10**7])
def test_blocks_and_batches_do_not_matter(pocket: SenseVoice, said: Sentences, block: int) -> None:
    audio = np.concatenate([between_calm(said, lang, "ANGRY")[0] for lang in ("en", "zh", "ko")])
    segments = heard(pocket, audio)
    assert Emotion.ANGRY in {segment.emotion for segment in segments}
    assert heard(pocket, audio, block) == segments
    small = heard(pocket, audio, block, batch_size_s=5)
    assert [(s.start, s.end, s.text, s.emotion) for s in small] == [
        (s.start, s.end, s.text, s.emotion) for s in segments
    ]
