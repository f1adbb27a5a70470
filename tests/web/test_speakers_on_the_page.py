"""What speakers are called is changed once, and holds everywhere."""

import json
from dataclasses import replace

import pytest

pytest.importorskip("gradio")

from fastapi.testclient import TestClient

from tests.builders.documents import make_document, make_sentence
from vidtag.core import document as documents
from vidtag.core.records import SpeakerTurn
from vidtag.core.settings import Config
from vidtag.show.edited_views import edited_views
from vidtag.web.client import Client
from vidtag.web.jobs import Jobs
from vidtag.web.server import api

LINES = (("Speaker 1", "Are you sure?"), ("Speaker 2", "Yes, I am."), ("Speaker 1", "Good then."))


def talk():
    """Two people who take turns."""
    segments, turns = [], []
    for number, (speaker, text) in enumerate(LINES):
        segment = make_sentence(1 + 4 * number, 3 + 4 * number, text)
        segments.append(replace(segment, speaker=speaker))
        turns.append(
            SpeakerTurn(speaker=speaker, start=segment.start, end=segment.end, probability=0.9)
        )
    return documents.to_json(replace(make_document(segments, duration=14), turns=tuple(turns)))


@pytest.fixture
def ask_about(tmp_path):
    folder = tmp_path / "projects"
    folder.mkdir()
    jobs = Jobs(projects=folder)
    client = TestClient(api(jobs))

    def opened(document):
        name = {"name": "talk.vidtag.json"}
        job = client.post("/api/projects", params=name, content=document).json()
        client.base_url = client.base_url.join(f"/api/jobs/{job['id']}/")
        return client

    yield opened
    jobs.close()


@pytest.fixture
def ask(ask_about):
    return ask_about(talk())


def shown(ask):
    return ask.get("edits").json()


def test_a_new_name_is_in_everything_that_is_handed_out_and_can_be_undone(ask):
    before = shown(ask)
    assert before["speakers"] == ["Speaker 1", "Speaker 2"]
    assert [cue["speakers"] for cue in before["cues"]] == [[0], [1], [0]]
    # One cue is written anew first: what was edited has the name as well.
    first = before["cues"][0]
    put = {**{key: first[key] for key in ("id", "start", "end")}, "lines": ["Are you sure, Ben?"]}
    assert ask.patch("cues", json={"revision": before["revision"], "put": [put]}).is_success
    news = ask.patch("settings", json={"speakers": ["Ana  Lee", "Speaker 2"]}).json()
    assert news["speakers"] == ["Ana Lee", "Speaker 2"]
    lanes = ask.get("work").json()["lanes"]
    assert [lane["name"] for lane in lanes if lane["kind"] == "speaker"] == news["speakers"]
    assert ask.get("words").json()["speakers"] == ["Ana Lee", "Speaker 2", "Ana Lee"]
    subtitles = ask.get("subtitles.vtt").text
    assert subtitles.count("<v Ana Lee>") == 2
    assert "Speaker 1" not in subtitles
    assert "Ana Lee: Are you sure, Ben?" in ask.get("subtitles.rich").text
    assert "Ana Lee" in ask.get("report.html").text
    document = json.loads(ask.get("document").text)
    assert {turn["speaker"] for turn in document["turns"]} == {"Ana Lee", "Speaker 2"}
    assert ask.post("undo").json()["speakers"] == ["Speaker 1", "Speaker 2"]
    assert "Are you sure, Ben?" in ask.get("subtitles.srt").text


def test_a_name_is_typed_once_and_shown_beside_every_cue(visit, server):
    ask = Client(server.url)._ask
    job = ask("/api/projects?name=talk.vidtag.json", method="POST", body=talk().encode())
    page = visit(f"/work/{job['id']}")
    page.wait_for_selector("#app[data-ready]")

    def names():
        return page.locator(".cue .who option:checked").all_text_contents()

    assert names() == ["Speaker 1", "Speaker 2", "Speaker 1"]
    page.get_by_label("Name of speaker 2").fill("Ben")
    page.get_by_label("Name of speaker 2").press("Tab")
    page.locator(".lanes button", has_text="Ben").wait_for()
    assert names() == ["Speaker 1", "Ben", "Speaker 1"]
    # One cue is given to the other, by the keyboard as well as by the mouse.
    page.locator(".cue .who").nth(2).select_option("Ben")
    page.locator(".cue.edited").wait_for()
    assert names() == ["Speaker 1", "Ben", "Ben"]
    page.locator(".saved", has_text="Saved").wait_for()
    page.get_by_role("tab", name="Transcript", exact=True).click()
    page.locator(".spoken b", has_text="Ben").nth(1).wait_for()
    page.get_by_role("tab", name="Subtitles", exact=True).click()
    page.locator(".tool-undo").click()
    page.locator(".cue.edited").wait_for(state="detached")
    assert names() == ["Speaker 1", "Ben", "Speaker 1"]
    page.locator(".tool-undo").click()
    page.locator(".lanes button", has_text="Speaker 2").wait_for()
    assert page.get_by_label("Name of speaker 2").input_value() == "Speaker 2"


def test_a_cue_that_another_says_is_theirs_in_everything_that_is_handed_out(ask):
    before = shown(ask)
    first = before["cues"][0]
    put = {key: first[key] for key in ("id", "start", "end", "lines")} | {"speaker": 1}
    news = ask.patch("cues", json={"revision": before["revision"], "put": [put]}).json()
    assert [cue["speakers"] for cue in news["cues"] if cue["id"] == first["id"]] == [[1]]
    # A name goes to whom it was given before: that the second now speaks first changes nothing.
    ask.patch("settings", json={"speakers": ["Ana", "Ben"]})
    assert ask.get("words").json()["speakers"] == ["Ben", "Ben", "Ana"]
    subtitles = ask.get("subtitles.vtt").text
    assert (subtitles.count("<v Ben>"), subtitles.count("<v Ana>")) == (2, 1)
    assert "Ben: Are you sure?" in ask.get("subtitles.rich").text
    lanes = {one["name"]: one["spans"] for one in ask.get("work").json()["lanes"]}
    assert lanes["Ben"] == [[1.0, 3.0], [5.0, 7.0]]
    assert lanes["Ana"] == [[9.0, 11.0]]
    document = json.loads(ask.get("document").text)
    assert [segment["speaker"] for segment in document["segments"]] == ["Ben", "Ben", "Ana"]
    # What is typed later stays theirs, and all of it can be undone.
    put = {key: first[key] for key in ("id", "start", "end")} | {"lines": ["Are we sure?"]}
    revision = shown(ask)["revision"]
    assert ask.patch("cues", json={"revision": revision, "put": [put]}).is_success
    assert "Ben: Are we sure?" in ask.get("subtitles.rich").text
    for _ in range(3):
        ask.post("undo")
    assert [cue["speakers"] for cue in shown(ask)["cues"]] == [[0], [1], [0]]
    refused = ask.patch("cues", json={"revision": 9, "put": [put | {"speaker": 2}]})
    assert refused.status_code == 400
    assert "there is no speaker 2" in refused.json()["error"]


def put_of(cue, **more):
    return {key: cue[key] for key in ("id", "start", "end", "lines")} | more


def test_a_speaker_who_was_not_heard_apart_is_added_with_the_cues_they_say_in_one_step(ask):
    before = shown(ask)
    first, second, _ = before["cues"]
    put = [put_of(first, new_speaker=" Cleo  Ray "), put_of(second, new_speaker="Cleo Ray")]
    news = ask.patch("cues", json={"revision": before["revision"], "put": put}).json()
    assert news["speakers"] == ["Speaker 1", "Speaker 2", "Cleo Ray"]
    assert [cue["speakers"] for cue in shown(ask)["cues"]] == [[2], [2], [0]]
    everywhere(ask, "Cleo Ray", 2)
    # Who is called so already is the one; a new name for her goes the way of the others.
    third = shown(ask)["cues"][2]
    put = [put_of(third, new_speaker="Cleo Ray")]
    news = ask.patch("cues", json={"revision": news["revision"], "put": put}).json()
    assert len(news["speakers"]) == 3
    ask.patch("settings", json={"speakers": ["Ana", "Ben", "Cleo"]})
    everywhere(ask, "Cleo", 3)
    assert ask.patch("settings", json={"speakers": ["Ann"]}).json()["speakers"][2] == "Cleo"
    for _ in range(4):
        news = ask.post("undo").json()
    assert news["speakers"] == ["Speaker 1", "Speaker 2"]
    assert [cue["speakers"] for cue in shown(ask)["cues"]] == [[0], [1], [0]]
    assert not news["can_undo"]
    assert "Cleo" not in ask.get("subtitles.vtt").text
    assert ask.post("redo").json()["speakers"] == ["Speaker 1", "Speaker 2", "Cleo Ray"]


def test_a_speaker_who_was_added_and_says_nothing_can_be_removed(ask):
    before = shown(ask)
    assert before["removable"] is None, "whoever was heard stays"
    first = before["cues"][0]
    put = [put_of(first, new_speaker="Cleo")]
    news = ask.patch("cues", json={"revision": before["revision"], "put": put}).json()
    assert news["removable"] is None, "she speaks"
    refused = ask.patch("settings", json={"remove_speaker": 2})
    assert refused.status_code == 400
    assert "added last" in refused.json()["error"]
    put = [put_of(shown(ask)["cues"][0], speaker=0)]
    news = ask.patch("cues", json={"revision": news["revision"], "put": put}).json()
    assert (news["speakers"][2], news["removable"]) == ("Cleo", 2)
    assert ask.patch("settings", json={"remove_speaker": 1}).status_code == 400
    news = ask.patch("settings", json={"remove_speaker": 2}).json()
    assert (news["speakers"], news["removable"]) == (["Speaker 1", "Speaker 2"], None)
    assert "Cleo" not in ask.get("report.html").text
    assert ask.post("undo").json()["speakers"][2] == "Cleo"


def test_words_are_described(ask):
    paths = ask.get("http://testserver/api/openapi.json").json()["paths"]
    answer = paths["/api/jobs/{identity}/words"]["get"]["responses"]["200"]["content"]
    assert answer["application/json"]["schema"] == {"$ref": "#/components/schemas/WordsAnswer"}
    assert ask.get("words").json()["texts"][:2] == ["Are", " you"]


def everywhere(ask, name, count):
    """A name is in everything that is handed out, as often as she speaks."""
    assert ask.get("subtitles.vtt").text.count(f"<v {name}>") == count
    assert ask.get("subtitles.rich").text.count(f"{name}: ") == count
    assert ask.get("words").json()["speakers"].count(name) == count
    lanes = {one["name"]: one["spans"] for one in ask.get("work").json()["lanes"]}
    assert len(lanes[name]) == count
    document = json.loads(ask.get("document").text)
    assert [turn["speaker"] for turn in document["turns"]].count(name) == count
    assert name in ask.get("report.html").text


def test_where_nobody_was_told_apart_speakers_are_added_as_well(tmp_path, ask_about):
    ask = ask_about(documents.to_json(make_document([make_sentence(1, 3, "Who is it?")])))
    before = shown(ask)
    assert before["speakers"] == []
    put = [put_of(before["cues"][0], new_speaker="Ana")]
    news = ask.patch("cues", json={"revision": before["revision"], "put": put}).json()
    assert news["speakers"] == ["Ana"]
    everywhere(ask, "Ana", 1)
    # Another command reads the edits as well, unless it is told other names.
    path = next(tmp_path.rglob("*.vidtag.json"))
    document = documents.read(path)
    assert edited_views(document, Config(), path).document.speakers == ("Ana",)
    other = Config().with_values({"cast": {"names": ["Bea"]}})
    assert edited_views(document, other, path).document.speakers == ("Bea",)


@pytest.mark.parametrize(
    ("said_by", "wrong"),
    [
        ({"new_speaker": " "}, "no name"),
        ({"new_speaker": "Ana", "speaker": 0}, "not both"),
        ({"new_speaker": "x" * 101}, "new_speaker"),
    ],
)
def test_a_new_speaker_that_is_none_is_refused(ask, said_by, wrong):
    before = shown(ask)
    put = [put_of(before["cues"][0], **said_by)]
    answer = ask.patch("cues", json={"revision": before["revision"], "put": put})
    assert answer.status_code in (400, 422)
    assert wrong in answer.json()["error"]
    assert shown(ask) == before


@pytest.mark.parametrize("names", [["Ana", "Ana"], ["", "Ben"]])
def test_names_that_are_none_are_refused(ask, names):
    answer = ask.patch("settings", json={"speakers": names})
    assert answer.status_code == 400
    assert "names" in answer.json()["error"]
    assert shown(ask)["speakers"] == ["Speaker 1", "Speaker 2"]
