"""Finding models, and what is said when they are not there or not what they should be."""

from __future__ import annotations

import contextlib
import json
import math
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vidtag.core.errors import ModelError, ModelUnavailableError
from vidtag.core.names import Hub, NumberType
from vidtag.core.records import EventKind, Language
from vidtag.core.settings import ModelConfig
from vidtag.listening.models import hubs, locate, model_folder
from vidtag.listening.speech import examples as verify
from vidtag.listening.speech.sensevoice import SenseVoice

from .conftest import DATA, Clip, decode

POCKET = locate.resolve(ModelConfig(name="pocket")).path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the pocket model that may be spoilt."""
    target = tmp_path / "model"
    shutil.copytree(POCKET, target)
    return target


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every connection is refused at once, and the hubs' caches are empty."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setattr(hubs, "_cached_by", lambda *_: None)


def load(path: Path, number_type: NumberType = "float32") -> SenseVoice:
    return SenseVoice.load(ModelConfig(name=str(path), device="cpu"), number_type=number_type)


def test_a_local_folder(folder: Path) -> None:
    info = load(folder).info
    assert (info.name, info.origin, info.revision) == (str(folder), "folder", None)
    assert info.digest == load(POCKET).info.digest


def named_files() -> list[str]:
    files = json.loads((POCKET / "configuration.json").read_text())["file_path_metas"]
    return [
        "config.yaml",
        "configuration.json",
        files["init_param"],
        files["tokenizer_conf"]["bpemodel"],
        files["frontend_conf"]["cmvn_file"],
    ]


@pytest.mark.parametrize("name", named_files())
def test_each_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"lacks {name}") as caught:
        load(folder)
    assert str(folder) in str(caught.value)


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100_000])


def garbage(file: Path) -> None:
    file.write_bytes(b"this is no checkpoint" * 1000)


def empty(file: Path) -> None:
    file.write_bytes(b"")


class Evil:
    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("touch evil-was-here",)


def code(file: Path) -> None:
    import torch

    torch.save({"state_dict": Evil()}, file)


def no_weights(file: Path) -> None:
    import torch

    torch.save([1, 2, 3], file)


@pytest.mark.parametrize("spoil", [truncate, garbage, empty, code, no_weights])
def test_a_damaged_checkpoint(
    folder: Path, spoil: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    spoil(folder / "model.pt")
    with pytest.raises(ModelError, match=r"model\.pt: the checkpoint cannot be read"):
        load(folder)
    assert not (folder / "evil-was-here").exists()


def test_code_that_comes_with_a_model_is_neither_run_nor_installed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FunASR would, were it told to trust the folder."""
    monkeypatch.chdir(folder)
    (folder / "model.py").write_text("from pathlib import Path\nPath('evil-was-here').touch()\n")
    (folder / "evil").mkdir()
    (folder / "evil" / "setup.py").write_text((folder / "model.py").read_text())
    (folder / "requirements.txt").write_text(f"{folder / 'evil'}\n")
    with (folder / "config.yaml").open("a") as config:
        config.write("\ntrust_remote_code: true\nremote_code: ./model.py\n")
    load(folder)
    assert not list(folder.rglob("evil-was-here"))


@contextlib.contextmanager
def rewritten(folder: Path) -> Iterator[dict[str, Any]]:
    """The checkpoint's weights, to be changed; what has become of them is the checkpoint then."""
    import torch

    state = torch.load(folder / "model.pt", weights_only=True)
    state = state.get("state_dict", state)
    yield state
    torch.save(state, folder / "model.pt")


def test_a_checkpoint_that_lacks_a_weight(folder: Path) -> None:
    with rewritten(folder) as state:
        del state["encoder.tp_norm.weight"]
    with pytest.raises(ModelError, match=r"1 of \d+ weights are missing.*tp_norm\.weight"):
        load(folder)


def test_a_checkpoint_with_nan(folder: Path) -> None:
    with rewritten(folder) as state:
        state["encoder.tp_norm.weight"][3] = math.nan
    with pytest.raises(ModelError, match=r"model\.pt: .* NaN .*tp_norm\.weight"):
        load(folder)


def test_weights_that_overflow(folder: Path) -> None:
    """A document with NaN in it must never be written.

    The weights before the rectifier would not do: some processors cut off there what overflows.
    """
    name = "encoder.encoders.0.feed_forward.w_2.weight"
    with rewritten(folder) as state:
        state[name] = state[name].float() * 1e6
    model = load(folder, number_type="float16")
    for hear in (model.classify_windows, lambda sound: model.recognise(list(sound))):
        with pytest.raises(ModelError, match="overflow in float16"):
            hear(np.full((1, 16_000), 1 / 3, np.float32))
    assert load(folder).recognise([np.full(16_000, 1 / 3, np.float32)])


def test_a_checkpoint_of_another_size(folder: Path) -> None:
    config = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(config.replace("num_blocks: ", "num_blocks: 1"))
    with pytest.raises(ModelError, match=r"not of the network in config\.yaml"):
        load(folder)


def test_a_wrapped_checkpoint_in_half_precision(folder: Path) -> None:
    with rewritten(folder) as state:
        halves = {f"module.{k}": v.half() for k, v in state.items()}
        state.clear()
        state["model"] = halves
    assert load(folder).info.parameters == load(POCKET).info.parameters


def test_another_architecture(folder: Path) -> None:
    config = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(
        config.replace("model: SenseVoiceSmall", "model: Paraformer")
    )
    with pytest.raises(ModelError, match="kind Paraformer, not SenseVoiceSmall"):
        load(folder)


@pytest.mark.parametrize("text", ["- a list", "{", "model: [", "\udcff"])
def test_a_configuration_that_is_none(folder: Path, text: str) -> None:
    (folder / "config.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelError, match="not the configuration of a FunASR model"):
        load(folder)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"file_path_metas": {"init_param": "model.pt"}}']
)
def test_an_index_that_names_nothing(folder: Path, text: str) -> None:
    (folder / "configuration.json").write_text(text)
    with pytest.raises(ModelError, match="does not name"):
        load(folder)


def test_a_tokenizer_that_is_none(folder: Path) -> None:
    (folder / named_files()[3]).write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="cannot build a model"):
        load(folder)


@pytest.mark.parametrize("name", ["no-such-folder", "/no/such/folder", "./nothing", "a/b/c", "~/x"])
def test_a_name_that_is_neither_folder_nor_hub_id(name: str) -> None:
    with pytest.raises(ModelError, match="no such folder"):
        locate.resolve(ModelConfig(name=name))


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(("hub", "site"), [("ms", "ModelScope"), ("hf", "Hugging Face")])
def test_offline_the_error_names_three_ways_on_at_once(hub: Hub, site: str) -> None:
    began = time.monotonic()
    with pytest.raises(ModelUnavailableError) as caught:
        locate.resolve(ModelConfig(hub=hub))
    assert time.monotonic() - began < 5
    said = str(caught.value)
    assert f"{site} cannot be reached" in said
    for way in ("vidtag models fetch", "--model FOLDER", "--model pocket"):
        assert way in said
    assert ("--hub hf" in said) == (hub == "hf")
    assert ("FunAudioLLM/SenseVoiceSmall" in said) == (hub == "hf")


def test_a_hub_that_does_not_answer_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        monkeypatch.setattr(hubs, "_REACH_SECONDS", 0.3)
        began = time.monotonic()
        assert hubs._unreachable(f"http://127.0.0.1:{mute.getsockname()[1]}") is not None
        assert time.monotonic() - began < 3


IN_CACHE = """
import sys
from vidtag.core.settings import ModelConfig
from vidtag.listening.models import locate
for hub, revision in (("ms", None), ("ms", "v2.0.4"), ("hf", None)):
    found = locate.resolve(ModelConfig(hub=hub, revision=revision))
    print(found.path, found.origin, found.revision)
print(sum(known.path is not None for known in locate.list_models()))
"""


def test_models_in_the_hubs_caches_need_no_network(tmp_path: Path) -> None:
    """In a process of its own: the hubs' libraries read the place of their cache on import."""
    modelscope = tmp_path / "models" / "iic--SenseVoiceSmall" / "snapshots"
    hugging_face = tmp_path / "models--FunAudioLLM--SenseVoiceSmall"
    folders = [
        modelscope / "master",
        modelscope / "v2.0.4",
        hugging_face / "snapshots" / "abc",
    ]
    for folder in folders:
        shutil.copytree(POCKET, folder)
    (hugging_face / "refs").mkdir()
    (hugging_face / "refs" / "main").write_text("abc")
    environment = {
        **os.environ,
        "MODELSCOPE_CACHE": str(tmp_path),
        "HF_HUB_CACHE": str(tmp_path),
        "https_proxy": "http://127.0.0.1:9",
    }
    done = subprocess.run(
        [sys.executable, "-c", IN_CACHE],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.splitlines() == [
        f"{folders[0]} modelscope None",
        f"{folders[1]} modelscope v2.0.4",
        f"{folders[2]} huggingface None",
        "3",
    ], done.stderr


def test_models_are_listed_with_their_places() -> None:
    known = {(model.name, model.origin): model for model in locate.list_models()}
    assert known["pocket", "bundled"].path == POCKET
    assert ("iic/SenseVoiceSmall", "modelscope") in known
    assert ("FunAudioLLM/SenseVoiceSmall", "huggingface") in known
    assert locate.local_path(ModelConfig(name="pocket")) == POCKET


def test_fetching_what_is_here_is_finding_it(folder: Path) -> None:
    assert locate.fetch(ModelConfig(name="pocket")).path == POCKET
    assert locate.fetch(ModelConfig(name=str(folder))).path == folder


def test_verify_tells_right_from_wrong(
    folder: Path, clips: dict[str, Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over our own clips in place of the recordings that the real model's folder has."""
    (folder / "example").mkdir()
    for language in Language:
        if language is not Language.NOSPEECH:
            shutil.copy(DATA / f"{language}1.opus", folder / "example" / f"{language}.mp3")
    expected = {language: clips[f"{language}1"].text for language in verify.EXAMPLES}
    expected[Language.KO] = "something else entirely"
    monkeypatch.setattr(verify, "EXAMPLES", expected)
    monkeypatch.setattr(verify, "LARGEST_ERROR", 0.5)
    results = list(verify.verify(ModelConfig(name=str(folder), device="cpu"), decode))
    assert [r.language for r in results] == [r.heard_language for r in results]
    assert [r.right for r in results] == [r.language is not Language.KO for r in results]
    assert all(r.speed > 1 and r.text for r in results)
    assert [r.duration for r in results] == [
        pytest.approx(len(clips[f"{r.language}1"].audio) / 16_000) for r in results
    ]


def test_a_model_without_example_recordings_cannot_be_verified() -> None:
    with pytest.raises(ModelError, match="no example recording"):
        list(verify.verify(ModelConfig(name="pocket"), decode))


@pytest.mark.parametrize(
    ("heard", "expected", "error"),
    [
        ("开饭时间早上9点", "开饭时间早上9点。", 0),
        ("The Boy", "the, boy!", 0),
        ("cat", "cut", 1 / 3),
        ("", "abcd", 1),
        ("ab", "", 2),
        ("조 금만", "조금만", 0),
    ],
)
def test_character_error(heard: str, expected: str, error: float) -> None:
    assert verify.character_error(heard, expected) == pytest.approx(error)


def test_a_model_may_carry_its_own_settings(folder: Path) -> None:
    own = locate.resolve(ModelConfig(name=str(folder)))
    file = folder / model_folder.CALIBRATION
    file.unlink(missing_ok=True)
    assert model_folder.read_event_settings(own) == {}
    file.write_text('{"events": {"Laughter": {"on": 0.9, "off": 0.2}}}')
    assert model_folder.read_event_settings(own) == {EventKind.LAUGHTER: {"on": 0.9, "off": 0.2}}
    assert model_folder.read_word_delays(own) == {}
    for wrong in ('{"Giggle": {"on": 1}}', '{"Laughter": {"on": 2}}', '{"Laughter": {"loud": 1}}'):
        file.write_text(f'{{"events": {wrong}}}')
        with pytest.raises(ModelError, match="settings for each EventKind"):
            model_folder.read_event_settings(own)
