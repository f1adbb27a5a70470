"""Fetching the sound tagger, over real HTTP from a server of our own; and which tagger listens."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.listening.events import tiny_litert
from tests.listening.events.test_tagger import write_labels
from tests.listening.test_identity import MEDIA
from vidtag.cli import app, doctor
from vidtag.core.errors import ModelError, ModelUnavailableError
from vidtag.core.settings import Config
from vidtag.listening.identity import ModelFacts, resolve
from vidtag.listening.models import yamnet
from vidtag.listening.models.digests import witness_digests
from vidtag.listening.models.locate import list_models
from vidtag.listening.models.tagger_files import default_tagger
from vidtag.listening.models.yamnet import LABELS, MODEL, Published, fetch_yamnet, local_yamnet

REAL = Config().with_values({"model.name": "iic/SenseVoiceSmall"})


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "vidtag" / "yamnet"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    folder = tmp_path / "site"
    folder.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", folder
        server.shutdown()


def published(site: tuple[str, Path], name: str, data: bytes) -> Published:
    address, folder = site
    (folder / name).write_bytes(data)
    return Published(name, f"{address}/{name}", hashlib.sha256(data).hexdigest())


def here(cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / MODEL.name).write_bytes(tiny_litert.waveform_tagger((0,) * 5, (0,) * 5))
    write_labels(cache / LABELS.name)


def test_it_is_fetched_once_and_whole(site: tuple[str, Path], cache: Path) -> None:
    wanted = (published(site, MODEL.name, b"network"), published(site, LABELS.name, b"labels"))
    assert local_yamnet() is None
    assert fetch_yamnet(wanted) == cache
    assert local_yamnet() == cache / MODEL.name
    assert [(cache / one.name).read_bytes() for one in wanted] == [b"network", b"labels"]
    for file in site[1].iterdir():
        file.unlink()
    assert fetch_yamnet(wanted) == cache


def test_something_else_is_thrown_away(site: tuple[str, Path], cache: Path) -> None:
    good = published(site, MODEL.name, b"network")
    (site[1] / MODEL.name).write_bytes(b"another network")
    with pytest.raises(ModelError, match=r"not yamnet\.tflite as it was published"):
        fetch_yamnet((good,))
    assert list(cache.iterdir()) == []


def test_what_is_damaged_is_fetched_anew(site: tuple[str, Path], cache: Path) -> None:
    wanted = (published(site, MODEL.name, b"network"), published(site, LABELS.name, b"labels"))
    fetch_yamnet(wanted)
    (cache / MODEL.name).write_bytes(b"netw")
    assert fetch_yamnet(wanted) == cache
    assert (cache / MODEL.name).read_bytes() == b"network"
    (cache / MODEL.name).write_bytes(b"netw")
    (site[1] / MODEL.name).unlink()
    with pytest.raises(ModelUnavailableError) as failure:
        fetch_yamnet(wanted)
    assert f"its {MODEL.name} is not as it was published" in str(failure.value)
    assert f"copy the folder that it names to {cache}" in str(failure.value)


def test_the_list_and_the_doctor_tell_a_damaged_one(
    site: tuple[str, Path], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [published(site, MODEL.name, b"network"), published(site, LABELS.name, b"labels")]
    monkeypatch.setattr(yamnet, "MODEL", wanted[0])
    monkeypatch.setattr(yamnet, "LABELS", wanted[1])
    fetch_yamnet(tuple(wanted))

    def told() -> tuple[str, str]:
        shown = CliRunner().invoke(app, ["models", "list"]).stdout.splitlines()[-1]
        (found,) = [one for one in doctor.examine_models() if one.name == "model yamnet"]
        return shown.strip(), f"{found.state}: {found.remedy}"

    whole = str(cache / MODEL.name)
    assert told() == (whole, "ok: ")
    (cache / LABELS.name).write_bytes(b"lab")
    again = "fetch it again: vidtag models fetch yamnet"
    assert told() == (f"{whole}: damaged; {again}", f"missing: {again}")
    (cache / LABELS.name).unlink()
    assert told() == (f"{whole}: damaged; {again}", f"missing: {again}")


def test_what_cannot_be_fetched_says_what_to_do(site: tuple[str, Path], cache: Path) -> None:
    gone = Published(MODEL.name, f"{site[0]}/nothing", "0" * 64)
    with pytest.raises(ModelUnavailableError, match=r"cannot be fetched.*vidtag models fetch"):
        fetch_yamnet((gone,))
    nobody = Published(MODEL.name, "http://127.0.0.1:9/x", "0" * 64)
    with pytest.raises(ModelUnavailableError, match="cannot be fetched"):
        fetch_yamnet((nobody,))
    assert list(cache.iterdir()) == []


def test_the_published_labels_are_those_that_we_know(cache: Path) -> None:
    labels = Path(__file__).parents[4] / "shared" / "models" / "yamnet_class_map.csv"
    if not labels.is_file():
        pytest.skip("not on this machine")
    assert hashlib.sha256(labels.read_bytes()).hexdigest() == LABELS.sha256


def test_auto_is_what_is_here_and_nothing_beside_the_pocket_model(cache: Path) -> None:
    assert default_tagger(REAL) is None
    here(cache)
    assert default_tagger(REAL) == "yamnet"
    assert default_tagger(Config().with_values({"model.name": "pocket"})) is None
    digests = witness_digests(REAL)
    assert {"tagger.model", "tagger.labels"} <= set(digests)


def test_what_acted_is_written_down_by_name_not_by_place(cache: Path) -> None:
    here(cache)
    acted = resolve(REAL, MEDIA, ModelFacts({}, "float32", "yamnet"))
    assert acted.events.tagger.model == "yamnet"
    assert acted.events.tagger.labels is None
    assert acted.events.wanted != Config().events.wanted  # a tagger's own thresholds
    without = resolve(REAL, MEDIA, ModelFacts({}, "float32"))
    assert without.events.tagger.model is None


def test_the_commands_know_it(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = CliRunner()
    assert run.invoke(app, ["models", "path", "yamnet"]).exit_code == 1
    here(cache)
    wanted = [
        Published(one.name, "", hashlib.sha256((cache / one.name).read_bytes()).hexdigest())
        for one in (MODEL, LABELS)
    ]
    monkeypatch.setattr(yamnet, "fetch_yamnet", partial(fetch_yamnet, tuple(wanted)))
    assert run.invoke(app, ["models", "path", "yamnet"]).output.strip() == str(cache)
    fetched = run.invoke(app, ["models", "fetch", "yamnet"])
    assert fetched.stdout.strip() == str(cache)
    assert fetched.stderr.strip() == "yamnet: Apache-2.0, Google"
    assert any(known.name == "yamnet" and known.path for known in list_models())
    assert "Apache-2.0" in run.invoke(app, ["models", "list"]).output


def test_a_named_tagger_that_is_not_here_is_an_error(cache: Path) -> None:
    from vidtag.listening.events.tagger import make_tagger

    asked = REAL.with_values({"events.tagger.model": "yamnet"}).events.tagger
    with pytest.raises(ModelError, match="vidtag models fetch yamnet"):
        make_tagger(asked)
    here(cache)
    assert make_tagger(asked) is not None
    (cache / MODEL.name).write_bytes((cache / MODEL.name).read_bytes()[:700])
    with pytest.raises(ModelError, match=r"cannot run it .*Fetch it: vidtag models fetch yamnet"):
        make_tagger(asked)
    here_again = tiny_litert.waveform_tagger((0,) * 5, (0,) * 5)
    (cache / MODEL.name).write_bytes(here_again)
    assert yamnet.local_yamnet() is not None
