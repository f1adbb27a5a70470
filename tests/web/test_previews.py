"""A piece of the video as it will be: what the page shows is what the commands write."""

import shutil

import av
import numpy as np
import pytest

pytest.importorskip("gradio")

from fastapi.testclient import TestClient

from tests.builders.documents import make_document, make_sentence
from vidtag.cli import app as command_line
from vidtag.core import document as documents
from vidtag.media.probe import probe
from vidtag.web.jobs import Jobs
from vidtag.web.server import api

START, END = 1.0, 3.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory, lab):
    place = tmp_path_factory.mktemp("projects")
    shutil.copy(lab.video(), place / "plain.mp4")
    media = probe(place / "plain.mp4")
    document = make_document([make_sentence(0.5, 4.5, "Everybody waits.")], media=media)
    (place / "plain.vidtag").mkdir()
    path = place / "plain.vidtag" / "plain.vidtag.json"
    path.write_text(documents.to_json(document), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def ask(folder):
    jobs = Jobs(projects=folder)
    client = TestClient(api(jobs))
    job = client.get("/api/projects").json()["projects"][0]["id"]
    client.base_url = client.base_url.join(f"/api/jobs/{job}/")
    write(client, "MMM WWW")
    yield client
    jobs.close()


def write(client, text):
    """Every cue with another text."""
    news = client.get("edits").json()
    times = ("id", "start", "end")
    put = [{**{key: cue[key] for key in times}, "lines": [text]} for cue in news["cues"]]
    assert client.patch("cues", json={"revision": news["revision"], "put": put}).is_success


def fetched(ask, path, **query):
    answer = ask.get("cut", params={"start": START, "end": END, **query})
    assert answer.status_code == 200, answer.text
    path.write_bytes(answer.content)
    return path


def apart(one, other):
    """How much two pictures differ: mean of the squares, of 255 levels."""
    return float(np.mean((one.astype(float) - other.astype(float)) ** 2))


def test_burnt_in_it_is_what_the_command_burns(ask, folder, tmp_path, lab):
    plain = {seen.number: seen.gray for seen in lab.frames(fetched(ask, tmp_path / "plain.mp4"))}
    shown = lab.frames(fetched(ask, tmp_path / "burnt.mp4", burnt=True))
    document = folder / "plain.vidtag" / "plain.vidtag.json"
    whole = tmp_path / "whole.mp4"
    command_line(["burn", str(document), "-o", str(whole)], standalone_mode=False)
    burnt = {seen.number: seen.gray for seen in lab.frames(whole)}
    assert [seen.number for seen in shown] == list(plain)
    for seen in shown:
        assert apart(seen.gray, burnt[seen.number]) < 10
        assert apart(seen.gray, plain[seen.number]) > 40, "the subtitle is in the picture"


def test_upright_it_has_the_subtitles_as_they_are_edited(ask, tmp_path):
    def pictures(name):
        with av.open(str(fetched(ask, tmp_path / name, social=True))) as file:
            return [frame.to_ndarray(format="gray") for frame in file.decode(video=0)]

    before = pictures("before.mp4")
    assert before[0].shape[0] / before[0].shape[1] == pytest.approx(16 / 9, abs=0.02)
    assert len(before) == (END - START) * 25
    # Social clips have cues of their own shape: a word that is changed is changed there, too.
    write(ask, "iii")
    after = pictures("after.mp4")
    assert apart(before[25], after[25]) > 50
    ask.post("undo")


def test_its_crop_stays_where_the_clip_says(ask, tmp_path):
    def picture(crop):
        known = ask.get("clips").json()["revision"]
        clip = {"id": "own", "start": START, "end": END, "crop": crop}
        answer = ask.patch("clips", json={"revision": known, "put": [clip]})
        assert answer.is_success, answer.text
        with av.open(str(fetched(ask, tmp_path / f"{crop}.mp4", social=True))) as file:
            return next(file.decode(video=0)).to_ndarray(format="gray")

    assert apart(picture(0.0), picture(1.0)) > 50


def test_it_is_one_or_the_other(ask):
    answer = ask.get("cut", params={"start": 1, "end": 2, "social": True, "burnt": True})
    assert answer.status_code == 422
    assert "not both" in answer.json()["error"]
