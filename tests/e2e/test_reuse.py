"""Whether an earlier document is used, from end to end with the pocket model."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.listening.events import tiny_onnx
from vidtag.core import document as documents
from vidtag.core.settings import Config, ModelConfig
from vidtag.listening.models.locate import local_path
from vidtag.pipeline import Result, Session

SHOWN: dict[str, object] = {
    "report.enabled": False,
    "highlights.enabled": False,
    "subtitles.formats": ("srt",),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the pocket model that may be changed."""
    pocket = local_path(ModelConfig(name="pocket"))
    assert pocket is not None
    shutil.copytree(pocket, tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = Path(__file__).parents[1] / "listening" / "speech" / "data" / "en1.opus"
    return Path(shutil.copy(source, tmp_path_factory.mktemp("sound") / "talk.opus"))


@pytest.fixture
def listened(sound: Path, tmp_path: Path) -> Any:
    """Runs vidtag on a sound with some settings; tells whether it listened, and why."""

    def run(settings: Mapping[str, object] | None = None, model: str = "pocket") -> Result:
        chosen = {**SHOWN, "model.name": model, "output.folder": str(tmp_path / "out")}
        return Session(Config().with_values({**chosen, **(settings or {})})).run(sound)

    return run


def reason(result: Result) -> str:
    assert result.listen_seconds is not None, "it did not listen"
    (note,) = [note for note in result.notes if note.startswith("listened again")]
    return note


def test_a_document_is_kept_as_long_as_nothing_that_made_it_changes(listened: Any) -> None:
    first = listened()
    assert first.listen_seconds is not None
    assert not [note for note in first.notes if "listened again" in note]
    acted: Any = first.document.settings
    laughter = acted["events"]["kinds"]["Laughter"]
    assert laughter["on"] == 0.97
    for same in (
        {},
        {"model.device": "cpu"},
        {"recognition.batch_size_s": 7},
        {"highlights.tail": 2},
        {"events.kinds.Laughter.on": laughter["on"]},
        {"model.number_type": acted["model"]["number_type"]},
        {"audio.track": 0},
    ):
        again = listened(same)
        assert again.listen_seconds is None, same
        assert again.document == first.document


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("events.kinds.Laughter.on", 0.6, "events.kinds.Laughter.on 0.97 -> 0.6"),
        ("events.kinds.Cough", None, "events.kinds.Cough {...} -> null"),
        ("vad.min_silence", 0.5, "vad.min_silence 0.3 -> 0.5"),
        ("model.number_type", "float16", "-> float16"),
    ],
)
def test_another_setting_makes_it_anew_and_is_named(
    listened: Any, setting: str, value: object, told: str
) -> None:
    listened()
    again = listened({setting: value})
    assert told in reason(again)
    assert listened({setting: value}).listen_seconds is None
    back = listened()
    if setting == "model.number_type":  # `auto` leaves it to the machine, so any is right
        assert back.listen_seconds is None
    else:
        assert "settings: " in reason(back)


def test_a_model_changed_in_its_place_is_noticed(listened: Any, folder: Path) -> None:
    listened(model=str(folder))
    assert listened(model=str(folder)).listen_seconds is None
    weights = folder / "model.pt"
    weights.write_bytes(weights.read_bytes() + b"\0")
    assert reason(listened(model=str(folder))).endswith("(model: weights changed)")
    calibration = folder / "calibration.json"
    measured = json.loads(calibration.read_text())
    measured["events"]["Laughter"]["on"] = 0.5
    calibration.write_text(json.dumps(measured))
    told = reason(listened(model=str(folder)))
    assert "events.kinds.Laughter.on 0.97 -> 0.5" in told
    assert "model: calibration changed" in told
    calibration.unlink()
    assert "model: calibration changed" in reason(listened(model=str(folder)))


def test_a_tagger_changed_in_its_place_is_noticed(listened: Any, tmp_path: Path) -> None:
    pytest.importorskip("sherpa_onnx")
    names = ["Speech", "Laughter", "Applause", "Music", "Cough"]
    slopes, offsets = [0.0] * 5, [0.0] * 5
    (tmp_path / "tagger.onnx").write_bytes(tiny_onnx.tagger(slopes, offsets))
    labels = tmp_path / "class_labels_indices.csv"
    rows = [f'{number},/m/{number},"{name}"' for number, name in enumerate(names)]
    labels.write_text("\n".join(["index,mid,display_name", *rows]) + "\n")
    tagger = {"events.tagger.model": str(tmp_path / "tagger.onnx")}
    listened()
    assert "events.tagger.model null -> " in reason(listened(tagger))
    assert listened(tagger).listen_seconds is None
    assert listened({**tagger, "events.tagger.labels": str(labels)}).listen_seconds is None
    (tmp_path / "tagger.onnx").write_bytes(tiny_onnx.tagger(slopes, [1.0] * 5))
    assert reason(listened(tagger)).endswith("(tagger: model changed)")


def test_what_is_not_here_is_not_compared_and_a_note_says_so(listened: Any, folder: Path) -> None:
    listened(model=str(folder))
    elsewhere = folder.rename(folder.with_name("elsewhere"))
    again = listened(model=str(folder))
    assert again.listen_seconds is None
    (note,) = again.notes
    assert str(folder) in note
    assert "not checked" in note
    elsewhere.rename(folder)
    assert listened(model=str(folder)).notes == ()


def test_names_of_speakers_are_those_of_the_last_run_and_nothing_is_heard_again(
    listened: Any, tmp_path: Path
) -> None:
    assert listened({"cast.names": ["Ana"]}).document.names == ("Ana",)
    for names in (["Eva", "Ben"], []):
        again = listened({"cast.names": names})
        assert again.listen_seconds is None
        written = documents.read(tmp_path / "out" / "talk.vidtag.json")
        assert written.names == again.document.names == tuple(names)


def test_a_document_of_an_older_version_is_made_anew(listened: Any, tmp_path: Path) -> None:
    listened()
    path = tmp_path / "out" / "talk.vidtag.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    del data["digests"], data["listening_version"], data["media"]["default_track"]
    path.write_text(json.dumps(data), encoding="utf-8")
    assert documents.read(path).segments
    assert "older vidtag" in reason(listened())


def test_the_check_imports_no_torch(listened: Any, sound: Path, tmp_path: Path) -> None:
    listened()
    code = f"""
import sys
from pathlib import Path
from vidtag.core.settings import Config
from vidtag.pipeline import Session
chosen = {dict(SHOWN, **{"model.name": "pocket", "output.folder": str(tmp_path / "out")})!r}
result = Session(Config().with_values(chosen)).run(Path({str(sound)!r}))
assert result.listen_seconds is None
print("torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr


def test_the_place_of_a_hub_model_is_found_without_torch() -> None:
    code = f"""
import sys
from vidtag.core.settings import {ModelConfig.__name__}
from vidtag.listening.models.locate import local_path
for hub in ("ms", "hf"):
    local_path(ModelConfig(name={Config().model.name!r}, hub=hub))
print("torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr


@pytest.mark.parametrize("layout", ["{}.vidtag", "{}", "all"])
def test_a_renamed_video_is_not_listened_to_again(sound: Path, tmp_path: Path, layout: str) -> None:
    def run(video: Path, **more: object) -> Result:
        out = tmp_path / layout.format(video.stem)
        settings = {**SHOWN, "model.name": "pocket", "output.folder": str(out), **more}
        return Session(Config().with_values(settings)).run(video)

    talk = Path(shutil.copy(sound, tmp_path / "talk.opus"))
    first = run(talk)
    old = first.written[0].parent
    subtitles = old / "talk.srt"
    subtitles.write_text(subtitles.read_text().replace("chair", "CHAIR"))
    left = {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}
    renamed = run(talk.rename(tmp_path / "lecture.opus"))
    assert renamed.listen_seconds is None
    assert (note := renamed.notes[0]).startswith("already listened to as talk.opus: ")
    assert str(old / "talk.vidtag.json") in note
    assert "stays there" in note
    assert renamed.document.segments == first.document.segments
    assert Path(renamed.document.media.path).name == "lecture.opus"
    edited = renamed.written[0].with_name("lecture.srt")
    assert "CHAIR" in edited.read_text(), "the work of somebody's hands"
    assert {path: path.read_bytes() for path in left} == left, "nothing of the old is touched"
    again = run(tmp_path / "lecture.opus")
    assert again.listen_seconds is None
    assert not [note for note in again.notes if "already listened" in note]

    copy = run(Path(shutil.copy(tmp_path / "lecture.opus", tmp_path / "copy.opus")))
    assert copy.listen_seconds is None
    assert copy.notes[0].startswith("already listened to as lecture.opus: ")
    assert "stays there" not in copy.notes[0]
    assert "CHAIR" not in copy.written[0].with_name("copy.srt").read_text()


def test_another_content_or_setting_is_heard_under_another_name_too(
    sound: Path, tmp_path: Path
) -> None:
    settings = {**SHOWN, "model.name": "pocket", "output.folder": str(tmp_path / "out")}
    Session(Config().with_values(settings)).run(Path(shutil.copy(sound, tmp_path / "talk.opus")))
    other = (tmp_path / "talk.opus").rename(tmp_path / "other.opus")
    settings["vad.min_silence"] = 0.5
    assert Session(Config().with_values(settings)).run(other).listen_seconds is not None
    del settings["vad.min_silence"]
    (tmp_path / "out" / "other.vidtag.json").unlink()
    with other.open("ab") as file:
        file.write(bytes(1))
    assert Session(Config().with_values(settings)).run(other).listen_seconds is not None


def test_what_a_session_has_just_heard_it_knows_under_another_name(
    sound: Path, tmp_path: Path
) -> None:
    settings = {**SHOWN, "model.name": "pocket", "output.folder": str(tmp_path / "out")}
    session = Session(Config().with_values(settings))
    first = session.run(Path(shutil.copy(sound, tmp_path / "talk.opus")))
    again = session.run(Path(shutil.copy(sound, tmp_path / "copy.opus")))
    assert first.listen_seconds is not None
    assert again.listen_seconds is None
    assert again.document.segments == first.document.segments
