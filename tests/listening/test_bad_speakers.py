"""Sound in which there is nobody to tell apart, and files that hold no voice."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import vidtag
from tests.listening.speech.conftest import RATE
from tests.listening.test_channel_speakers import written
from vidtag.cli.speakers_commands import app
from vidtag.core.errors import InputError, UserError
from vidtag.core.settings import Config
from vidtag.pipeline import Session

VOICE = {"name": "Ana", "model": "cam++zh-en", "voiceprint": [0.07] * 192}


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    """Ten seconds of chords that swell and fade."""
    t = np.arange(10 * RATE) / RATE
    sound = np.zeros(len(t))
    for number, chord in enumerate(((262, 330, 392), (294, 370, 440), (247, 311, 370)) * 2):
        on = np.clip(1 - np.abs(t - 1.6 * number - 0.8) / 0.8, 0, 1)
        sound += on * sum(np.sin(2 * np.pi * hertz * t) for hertz in chord)
    return written(tmp_path_factory.mktemp("music"), "music.wav", 0.1 * sound)


def enrolled(clip, file):
    return CliRunner().invoke(app, ["enrol", "Ana", str(clip), "--voices", str(file)])


def test_music_has_no_speakers(music):
    document = vidtag.listen(music, model="pocket", speakers={"count": "2-4"})
    assert document.turns == ()
    assert {segment.speaker for segment in document.segments} <= {None}


@pytest.mark.parametrize("what", ["music", "text", "nothing"])
def test_a_voice_is_not_learnt_from_what_is_none(what, music, tmp_path):
    (tmp_path / "text.wav").write_text("this is no sound", encoding="utf-8")
    clip = {"music": music, "text": tmp_path / "text.wav", "nothing": tmp_path / "gone.wav"}[what]
    result = enrolled(clip, tmp_path / "voices.json")
    assert isinstance(result.exception, InputError)
    assert "\n" not in str(result.exception)
    assert clip.name in str(result.exception)
    assert not (tmp_path / "voices.json").exists()


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ("{", "no file of known voices"),
        (f"[{json.dumps(VOICE | {'voiceprint': [0.1] * 256})}]", "no file of known voices"),
        (f"[{json.dumps(VOICE | {'model': 'cam++'})}]", r"learnt with cam\+\+, and cam\+\+zh-en"),
        ("[]", "holds no voice"),
        (None, "cannot be read"),
    ],
    ids=["broken", "too long", "another model", "empty", "gone"],
)
def test_voices_of_no_use_are_refused_before_the_model_is_loaded(
    content, cause, music, tmp_path, monkeypatch
):
    file = tmp_path / "voices.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    config = Config().with_values(
        {
            "speakers.count": "auto",
            "speakers.voices": str(file),
            "model.name": str(tmp_path / "no model is here"),
            "output.folder": str(tmp_path / "out"),
        }
    )
    with pytest.raises(UserError, match=cause) as raised:
        Session(config).run(music)
    assert "\n" not in str(raised.value)
    assert "vidtag speakers enrol" in str(raised.value)


def test_a_file_of_voices_that_is_none_is_left_as_it_is(music, tmp_path):
    file = tmp_path / "voices.json"
    file.write_text('{"Ana": "a voice"}', encoding="utf-8")
    with pytest.raises(UserError, match="no file of known voices"):
        vidtag.listen(music, model="pocket", speakers={"count": "auto", "voices": file})
    assert isinstance(enrolled(music, file).exception, UserError)
    assert file.read_text(encoding="utf-8") == '{"Ana": "a voice"}'
