"""What a hub sends is compared with what was published."""

import hashlib

import pytest

from vidtag.core.errors import ModelError
from vidtag.listening.models import hubs, published


def test_each_changed_or_missing_file_is_named(tmp_path):
    contents = {name: name.encode() for name in published.SHA256}
    wanted = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    assert published.differing(tmp_path, wanted) == ()
    (tmp_path / "model.pt").write_bytes(b"another")
    (tmp_path / "am.mvn").unlink()
    assert published.differing(tmp_path, wanted) == ("am.mvn", "model.pt")


@pytest.mark.parametrize(("hub", "name"), [("ms", "iic"), ("hf", "FunAudioLLM")])
def test_a_hub_that_sends_something_else_is_not_believed(monkeypatch, tmp_path, hub, name):
    def snapshot(hub):
        def fetch(model, revision, local_files_only=False):
            if local_files_only:
                raise ValueError("not there")
            (tmp_path / "model.pt").write_bytes(b"something else")
            return str(tmp_path)

        return fetch

    monkeypatch.setattr(hubs, "_snapshot", snapshot)
    monkeypatch.setattr(hubs, "_unreachable", lambda address: None)
    with pytest.raises(ModelError, match=r"model\.pt.*--revision"):
        hubs.find_folder(f"{name}/SenseVoiceSmall", hub)
    assert hubs.find_folder(f"{name}/SenseVoiceSmall", hub, "v2") == tmp_path
    assert hubs.find_folder("somebody/fine-tuned", hub) == tmp_path
