"""Projects and edits over the HTTP API: there again after a restart, and nobody loses a word."""

import json
from dataclasses import replace

import pytest

pytest.importorskip("fastapi")

from fastapi.testclient import TestClient

from tests.builders.documents import laugh, make_document, make_phrase
from tests.media.conftest import pips, write_wav
from vidtag import files
from vidtag.cli import app as command_line
from vidtag.core import document as documents
from vidtag.core.records import Language
from vidtag.media.probe import probe
from vidtag.web.jobs import Jobs
from vidtag.web.server import api

TALK = make_document(
    [
        make_phrase(Language.EN, "Good evening and welcome to the first of our two talks.", 1.0),
        make_phrase(Language.EN, "Nobody here has seen the cake that we baked on Sunday.", 9.0),
        make_phrase(Language.EN, "Thank you very much, and good night to all of you.", 22.0),
    ],
    [laugh(15.0, 18.0)],
    rate=25,
)


@pytest.fixture
def folder(tmp_path):
    """A folder as ``vidtag run`` leaves it, its video gone since."""
    files.write_text(tmp_path / "talk.vidtag" / "talk.vidtag.json", documents.to_json(TALK))
    return tmp_path


@pytest.fixture
def serve(folder):
    running: list[Jobs] = []

    def start():
        for jobs in running:
            jobs.close()
        jobs = Jobs(projects=folder)
        running.append(jobs)
        return TestClient(api(jobs, hosts=frozenset({"testserver"})))

    yield start
    running[-1].close()


def first(ask):
    return f"/api/jobs/{ask.get('/api/projects').json()['projects'][0]['id']}"


def cues(ask, job, since=-1):
    return ask.get(f"{job}/edits?since={since}").json()


def put(cue, *lines, **more):
    return {"id": cue["id"], "start": cue["start"], "end": cue["end"], "lines": lines, **more}


def test_work_goes_on_after_a_restart_and_every_command_has_it(serve, folder):
    ask = serve()
    job = first(ask)
    assert ask.get(f"{job}/work").json()["kept"]
    before = cues(ask, job)
    patch = {"revision": 0, "put": [put(before["cues"][0], "Written on the page.")]}
    answer = ask.patch(f"{job}/cues", json=patch).json()
    assert [cue["lines"] for cue in answer["cues"]] == [["Written on the page."]]
    assert answer["revision"] == 1

    ask = serve()
    assert first(ask) == job, "the address is the same tomorrow"
    after = cues(ask, job)
    assert after["cues"][0]["lines"] == ["Written on the page."]
    path = folder / "talk.vidtag" / "talk.vidtag.json"
    command_line(["subtitles", str(path), "--formats", "srt"], standalone_mode=False)
    assert "Written on the page." in path.with_name("talk.srt").read_text()
    ask.post(f"{job}/undo")
    assert cues(ask, job)["cues"] == before["cues"]
    assert ask.post(f"{job}/redo").json()["can_undo"]
    assert cues(ask, job)["cues"] == after["cues"]


def test_a_video_that_was_renamed_is_said_and_one_that_moved_along_is_found(serve, folder):
    """And what was edited stays, whatever became of the video."""
    video = write_wav(folder / "talk.wav", pips([1.5], 3))
    place = folder / "talk.vidtag" / "talk.vidtag.json"
    files.write_text(place, documents.to_json(replace(TALK, media=probe(video))))
    ask = serve()
    job = first(ask)
    assert ask.get(f"{job}/work").json()["note"] == ""
    first_cue = cues(ask, job)["cues"][0]
    patch = {"revision": 0, "put": [put(first_cue, "Written on the page.")]}
    assert ask.patch(f"{job}/cues", json=patch).status_code == 200

    def opened():
        ask = serve()
        assert cues(ask, first(ask))["cues"][0]["lines"] == ["Written on the page."]
        return ask.get(f"{first(ask)}/work").json()["note"]

    renamed = video.rename(folder / "lecture.wav")
    assert opened().startswith("talk.wav: the video is not there any more. Bring it back, or")
    renamed.write_bytes(renamed.read_bytes()[:-2])
    renamed.rename(video)
    assert "the video is not the one that was listened to" in opened()
    write_wav(place.with_name("talk.wav"), pips([1.5], 3))
    assert opened() == "", "the right one lies beside the document"


def test_what_everybody_is_handed_holds_the_edits(serve):
    ask = serve()
    job = first(ask)
    place = next(c for c in cues(ask, job)["cues"] if "cake" in " ".join(c["lines"]))
    lines = [line.replace("cake", "loaf") for line in place["lines"]]
    ask.patch(f"{job}/cues", json={"revision": 0, "put": [put(place, *lines)]})
    for part in ("document", "subtitles.srt", "subtitles.txt", "timeline.otio", "words"):
        text = ask.get(f"{job}/{part}").text
        assert "cake" not in text, part
        assert part == "timeline.otio" or "loaf" in text, part


def test_a_cue_is_split_joined_and_its_words_stay_where_they_were_said(serve):
    ask = serve()
    job = first(ask)
    cue = cues(ask, job)["cues"][0]
    middle = round((cue["start"] + cue["end"]) / 2, 2)
    text = " ".join(cue["lines"]).split()
    halves = [
        {**put(cue, " ".join(text[:5])), "of": [cue["id"]], "end": middle},
        {"of": [cue["id"]], "start": middle, "end": cue["end"], "lines": [" ".join(text[5:])]},
    ]
    said = ask.get(f"{job}/words").json()
    news = ask.patch(f"{job}/cues", json={"revision": 0, "put": halves}).json()
    assert len(news["cues"]) >= 2
    assert ask.get(f"{job}/words").json()["texts"] == said["texts"]
    one, two = cues(ask, job)["cues"][:2]
    joined = {**put(one, *cue["lines"]), "of": [one["id"], two["id"]], "end": two["end"]}
    patch = {"revision": news["revision"], "remove": [two["id"]], "put": [joined]}
    assert two["id"] in ask.patch(f"{job}/cues", json=patch).json()["removed"]
    assert ask.get(f"{job}/words").json() == said


def test_who_comes_second_to_a_cue_is_told_and_others_are_not_in_the_way(serve):
    ask = serve()
    job = first(ask)
    one, two = cues(ask, job)["cues"][:2]
    assert ask.patch(f"{job}/cues", json={"revision": 0, "put": [put(one, "A")]}).is_success
    late = ask.patch(f"{job}/cues", json={"revision": 0, "put": [put(one, "B")]})
    assert late.status_code == 409
    assert [cue["lines"] for cue in late.json()["cues"]][:1] == [["A"]]
    assert "another window" in late.json()["note"]
    other = ask.patch(f"{job}/cues", json={"revision": 0, "put": [put(two, "C")]})
    assert other.is_success
    assert {cue["lines"][0] for cue in other.json()["cues"]} >= {"A", "C"}, "and sees the edit"
    gone = ask.patch(f"{job}/cues", json={"revision": 2, "remove": ["no such cue"]})
    assert gone.status_code == 409


def test_the_whole_list_may_be_put_and_keeps_what_is_the_same(serve):
    ask = serve()
    job = first(ask)
    known = {cue["id"] for cue in cues(ask, job)["cues"]}
    plain = ask.get(f"{job}/cues").json()["cues"]
    assert ask.put(f"{job}/cues", json=plain).json()["edited"] is False
    changed = [{**plain[0], "lines": ["New."]}, *plain[1:]]
    assert ask.put(f"{job}/cues", json=changed).json()["edited"]
    assert {cue["id"] for cue in cues(ask, job)["cues"]} == known
    ask.post(f"{job}/reset")
    assert ask.get(f"{job}/cues").json()["cues"] == plain
    ask.post(f"{job}/undo")
    assert ask.get(f"{job}/cues").json()["cues"][0]["lines"] == ["New."], "even this"


def test_clips_over_the_api(serve):
    ask = serve()
    job = first(ask)
    found = ask.get(f"{job}/clips").json()
    assert len(found["clips"]) == 1
    new = {"start": 22.0, "end": 24.0, "title": "Good  night"}
    after = ask.patch(f"{job}/clips", json={"revision": 0, "put": [new]}).json()
    own = next(clip for clip in after["clips"] if clip["own"])
    assert (own["title"], own["start"]) == ("Good night", 22.0)
    order = [clip["id"] for clip in reversed(after["clips"])]
    patch = {"revision": after["revision"], "order": order}
    ordered = ask.patch(f"{job}/clips", json=patch).json()
    assert [clip["id"] for clip in ordered["clips"]] == order
    stale = ask.patch(f"{job}/clips", json={"revision": 0, "remove": [own["id"]]})
    assert stale.status_code == 409
    assert ask.get(f"{job}/highlights").json() == ordered["clips"]
    assert ask.get(f"{job}/cut?start=5&end=4").status_code == 422
    assert ask.get(f"{job}/cut?start=500&end=501").status_code == 422


def test_a_project_is_put_away_and_brought_back(serve, folder):
    ask = serve()
    job = first(ask)
    assert ask.delete(job).status_code == 204
    assert ask.get("/api/projects").json()["projects"] == []
    assert ask.get(job).status_code == 404
    identity = job.rsplit("/", 1)[1]
    assert ask.post(f"/api/projects/{identity}/restore").json()["state"] == "done"
    assert first(ask) == job
    assert (folder / "talk.vidtag" / "talk.vidtag.json").is_file()
    assert ask.post("/api/projects/unknown/restore").status_code == 404


@pytest.mark.parametrize("kept", [True, False])
def test_a_document_that_is_opened_shows_no_file_of_the_servers(tmp_path, kept):
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"secret")
    folder = tmp_path / "projects"
    folder.mkdir()
    jobs = Jobs(projects=folder if kept else None)
    ask = TestClient(api(jobs, hosts=frozenset({"testserver"})))
    for path in (str(secret), "../secret.mp4", "/etc/passwd", f"{folder}/../secret.mp4"):
        document = replace(TALK, media=replace(TALK.media, path=path))
        answer = ask.post("/api/projects?name=a.vidtag.json", content=documents.to_json(document))
        assert answer.status_code == 201
        job = f"/api/jobs/{answer.json()['id']}"
        assert cues(ask, job)["cues"]
        assert not ask.get(f"{job}/work").json()["playable"]
        for part in ("media", "thumbnail.jpg?at=1", "cut?start=1&end=2"):
            answer = ask.get(f"{job}/{part}")
            assert not answer.is_success
            assert str(tmp_path) not in answer.text
    assert ask.post("/api/projects", content=b"no document").status_code in (400, 500)
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert all(path.is_relative_to(folder) for path in written)
    jobs.close()


def test_damaged_edits_are_said_and_not_written_over(serve, folder):
    edits = folder / "talk.vidtag" / "talk.vidtag-edits.json"
    edits.write_text("{")
    ask = serve()
    answer = ask.get(f"{first(ask)}/work")
    assert "talk.vidtag-edits.json" in answer.json()["error"]
    assert edits.read_text() == "{"


def test_a_full_disk_loses_nothing_and_says_so(serve, monkeypatch):
    ask = serve()
    job = first(ask)
    before = cues(ask, job)
    from vidtag.core.errors import OutputError

    def full(path, text):
        raise OutputError("cannot write here (No space left on device)", path=path)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_text", full)
        change = {"revision": 0, "put": [put(before["cues"][0], "x")]}
        answer = ask.patch(f"{job}/cues", json=change)
    assert not answer.is_success
    assert "No space left" in answer.json()["error"]
    assert cues(ask, job) == before


def test_edits_are_lines_of_a_history(serve, folder):
    ask = serve()
    job = first(ask)
    for number, cue in enumerate(cues(ask, job)["cues"][:3]):
        ask.patch(f"{job}/cues", json={"revision": number, "put": [put(cue, f"{number}")]})
    saved = json.loads((folder / "talk.vidtag" / "talk.vidtag-edits.json").read_text())
    assert (saved["done"], len(saved["changes"])) == (3, 3)
