"""Events labelled by ear through the API: real questions, one file for page and terminal."""

import json
import time

import pytest

pytest.importorskip("fastapi")

import typer
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from tests.builders.documents import make_document, make_sentence
from tests.e2e.conftest import SAMPLES
from vidtag.cli.label_command import label
from vidtag.core import document as documents
from vidtag.core.settings import load_config
from vidtag.listening.events.labelled import read_answers
from vidtag.media.ffmpeg import file_url, run
from vidtag.web.jobs import Jobs
from vidtag.web.listen_task import prepare
from vidtag.web.server import api

START, LENGTH = 10.0, 18.0
"""A part of the demo that holds applause and a laugh."""


def serving(folder):
    jobs = Jobs(projects=folder, prepare=prepare)
    return jobs, TestClient(api(jobs))


def ended(client, address, task):
    """The answer of an address once its task has ended."""
    while task(answer := client.get(address).json())["state"] in ("waiting", "running"):
        time.sleep(0.1)
    return answer


def heard(client, name, sound):
    """The address of a job that has listened to a file."""
    job = client.post("/api/jobs", params={"name": name}, content=sound).json()
    address = f"/api/jobs/{job['id']}"
    assert ended(client, address, lambda job: job)["state"] == "done"
    return address


def found(client, job, **query):
    """The questions about a job, looked for."""
    assert client.post(f"{job}/labels", params=query).status_code == 202
    return ended(client, f"{job}/labels", lambda labels: labels["task"])


@pytest.fixture(scope="module")
def show(tmp_path_factory):
    """A folder of projects, what asks its server, and a show that was listened to."""
    folder = tmp_path_factory.mktemp("projects")
    sound = tmp_path_factory.mktemp("sound") / "show.wav"
    picked = ("-ss", str(START), "-t", str(LENGTH), "-i", file_url(SAMPLES / "demo.mp4"))
    run([*picked, "-vn", file_url(sound)], path=sound)
    jobs, client = serving(folder)
    yield folder, client, heard(client, "show.wav", sound.read_bytes())
    jobs.close()


def test_every_answer_is_saved_and_page_and_terminal_go_on_with_each_others(show, monkeypatch):
    folder, client, job = show
    before = client.get(f"{job}/labels").json()
    assert (before["task"], before["questions"], before["learnt"]) == (None, [], [])
    assert client.get(f"{job}/events.json").status_code == 404
    early = {"fingerprint": before["fingerprint"], "number": 0, "answer": "yes"}
    assert client.patch(f"{job}/labels", json=early).status_code == 409

    labels = found(client, job, count=4)
    assert labels["task"]["state"] == "done", labels["task"]["error"]
    assert [stage["share"] for stage in labels["task"]["stages"] if stage["stage"] == "events"]
    assert len(labels["questions"]) == min(4, labels["candidates"]) >= 3
    assert [one["about"] for one in labels["remarks"]] == ["nothing_answered"]
    file = folder / "show.events.json"
    for number, answer in ((0, "no"), (1, "skip"), (2, "no")):
        patch = {"fingerprint": labels["fingerprint"], "number": number, "answer": answer}
        labels = client.patch(f"{job}/labels", json=patch).json()
        video = read_answers(file).video(labels["fingerprint"])
        assert video is not None
        assert video.asked[number].answer == labels["questions"][number]["answer"] == answer
    assert sum(one["no"] for one in labels["learnt"]) == 2
    assert all(on[1] > on[0] for one in labels["learnt"] if (on := one["on"]) and one["no"] == 2)

    # The terminal, in the folder, has the same questions, takes these answers, and one more.
    rows = [
        row if row["answer"] == "no" else row | {"answer": "yes"} for row in labels["questions"]
    ]
    given = {"fingerprint": labels["fingerprint"], "asked": rows}
    (folder / "answers.json").write_text(json.dumps(given), "utf-8")
    options = ("show.wav", "-m", "pocket", "--count", "4", "--answers", "answers.json")
    monkeypatch.chdir(folder)
    command = typer.Typer(add_completion=False)
    command.command()(label)
    done = CliRunner().invoke(command, options)
    assert done.exit_code == 0, done.output
    labels = client.get(f"{job}/labels").json()
    assert labels["questions"] == rows
    assert sum(one["yes"] for one in labels["learnt"]) == 2
    assert labels["setting"] == "events: {tuned: show.events.json}"
    assert labels["setting"] in done.stdout

    # What is handed out acts in a run.
    download = client.get(f"{job}/events.json")
    assert download.content == file.read_bytes()
    assert "show.events.json" in download.headers["content-disposition"]
    tuned = load_config(None, {"events.tuned": file}).events.tuned
    assert tuned is not None
    assert {kind.value for kind in tuned.kinds} == {one["kind"] for one in labels["learnt"]}

    # Taken back; and more questions come beside those that are answered.
    patch = {"fingerprint": labels["fingerprint"], "number": 1, "answer": None}
    labels = client.patch(f"{job}/labels", json=patch).json()
    assert labels["questions"][1]["answer"] is None
    assert sum(one["yes"] for one in labels["learnt"]) == 1
    more = found(client, job, count=labels["candidates"])
    assert more["questions"][: len(labels["questions"])] == labels["questions"]
    assert len(more["questions"]) == labels["candidates"]

    # A server that is started again goes on, and listens to nothing.
    jobs, other = serving(folder)
    try:
        again = found(other, job)
        assert again["questions"] == more["questions"]
        assert "events" not in [stage["stage"] for stage in again["task"]["stages"]]
    finally:
        jobs.close()


def test_what_is_no_answer_is_said_and_changes_nothing(show):
    folder, client, job = show
    labels = found(client, job, count=2)
    file = folder / "show.events.json"
    before = file.read_bytes()
    right = {"fingerprint": labels["fingerprint"], "number": 0, "answer": "yes"}
    for change, status, said in (
        ({"fingerprint": "0" * 32}, 409, "about another video than show.wav"),
        ({"number": 999}, 400, "questions, counted from 0"),
        ({"number": -1}, 422, "number"),
        ({"answer": "perhaps"}, 422, "answer"),
        ({"more": 1}, 422, "more"),
    ):
        refused = client.patch(f"{job}/labels", json=right | change)
        assert refused.status_code == status, refused.text
        assert said in refused.json()["error"]
    assert client.post(f"{job}/labels", params={"count": 0}).status_code == 422
    assert client.post(f"{job}/labels", params={"kinds": "x"}).status_code == 422
    assert client.get("/api/jobs/none/labels").status_code == 404
    assert file.read_bytes() == before

    file.write_text("{}", "utf-8")
    damaged = client.get(f"{job}/labels")
    assert damaged.status_code == 400
    assert "show.events.json: not a file of labelled events, or damaged" in damaged.json()["error"]
    file.unlink()
    gone = client.patch(f"{job}/labels", json=right)
    assert gone.status_code == 409
    file.write_bytes(before)


def test_a_sound_without_events_a_video_that_is_gone_and_another_model_are_one_message(show):
    folder, client, _ = show
    tone = folder.parent / "tone.wav"
    run(
        [
            "-f",
            "lavfi",
            "-i",
            "sine=frequency=300:duration=2",
            "-af",
            "volume=-50dB",
            file_url(tone),
        ],
        path=tone,
    )
    job = heard(client, "tone.wav", tone.read_bytes())
    task = found(client, job)["task"]
    assert task["state"] == "failed"
    assert task["error"].startswith("tone.wav: nothing was heard that may be ")
    assert str(folder) not in task["error"]

    (folder / "tone.wav").unlink()
    task = found(client, job)["task"]
    assert task["state"] == "failed"
    assert "the video is not there any more" in task["error"]
    assert str(folder) not in task["error"]

    text = documents.to_json(make_document([make_sentence(1, 3, "Good.")], duration=5))
    plain = json.loads(text)
    plain["settings"]["model"] = {"name": "/etc/model"}
    named = {"name": "other.vidtag.json"}
    opened = client.post("/api/projects", params=named, content=json.dumps(plain)).json()
    task = found(client, f"/api/jobs/{opened['id']}")["task"]
    assert task["state"] == "failed"
    assert "'/etc/model', which this server does not offer" in task["error"]


def test_it_is_described_with_types(show):
    _, client, _ = show
    described = client.get("/api/openapi.json").json()
    routes = described["paths"]["/api/jobs/{identity}/labels"]
    for method, status in (("post", "202"), ("get", "200"), ("patch", "200")):
        content = routes[method]["responses"][status]["content"]["application/json"]
        assert content["schema"]["$ref"].endswith("/LabelsAnswer")
    question = described["components"]["schemas"]["QuestionAnswer"]["properties"]
    assert question["part"]["enum"] == ["whole", "end"]
    assert "application/json" in str(described["paths"]["/api/jobs/{identity}/events.json"])
