"""Shot changes on their way from the picture into the document."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.builders.documents import make_document
from tools.film import make_film
from vidtag.core.settings import Config, VideoConfig
from vidtag.listening.picture import SHOTS_UNKNOWN, searching_picture, with_picture
from vidtag.media.probe import probe
from vidtag.pipeline import Session

TONE = ("-f", "lavfi", "-i", "sine=duration=60", "-shortest", "-c:a", "aac")


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return make_film(tmp_path_factory.mktemp("film") / "film.mp4", 4, 4, options=TONE)


def test_a_run_finds_them_and_changing_that_needs_no_second_listening(film, tmp_path):
    def run(shots: str):
        config = Config().with_values(
            {
                "model.name": "pocket",
                "highlights.enabled": False,
                "video.shots": shots,
                "output.folder": tmp_path,
            }
        )
        return Session(config).run(film.path)

    truth = [float(frame / film.rate) for frame in film.cuts]
    assert truth
    first = run("on")
    assert first.listen_seconds is not None
    assert first.document.shots == pytest.approx(truth, abs=1e-3)
    without = run("off")
    assert without.listen_seconds is None
    assert without.document.shots == ()
    again = run("on")
    assert again.listen_seconds is None
    assert again.document.shots == first.document.shots
    written = json.loads((tmp_path / "film.vidtag.json").read_text(encoding="utf-8"))
    assert written["shots"] == pytest.approx(truth, abs=1e-3)
    assert written["settings"]["video"] == {"shots": "on"}


def test_a_picture_that_cannot_be_decoded_costs_only_the_shots(film, monkeypatch):
    media = probe(film.path)
    heard = make_document(media=media)
    heard = replace(heard, notes=("no speech was found", f"{SHOTS_UNKNOWN}: an old reason"))
    with monkeypatch.context() as broken:
        broken.setenv("VIDTAG_FFMPEG", "/nowhere/ffmpeg")
        with searching_picture(media, VideoConfig(shots="on")) as found:
            document = with_picture(heard, found())
    assert document.shots == ()
    kept, note = document.notes
    assert kept == "no speech was found"
    assert note.startswith(SHOTS_UNKNOWN)
    assert "old reason" not in note


def test_a_search_ends_when_listening_fails(film):
    with (
        pytest.raises(ZeroDivisionError),
        searching_picture(probe(film.path), VideoConfig(shots="on")),
    ):
        raise ZeroDivisionError
