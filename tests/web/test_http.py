"""The HTTP API of a running server, and what stays when it is stopped."""

import json
import socket
import time
import urllib.parse
import urllib.request

import pytest

import vidtag
from tests.web.conftest import start_server
from vidtag.core.errors import VidtagError
from vidtag.core.records import EventKind
from vidtag.media.probe import probe
from vidtag.web.client import Client


@pytest.fixture(scope="module")
def finished(server, short):
    """The address of a job that is done."""
    ask = Client(server.url)._ask
    job = ask("/api/jobs?name=a.mp4", method="POST", body=short.read_bytes())
    while ask(f"/api/jobs/{job['id']}")["state"] in ("waiting", "running"):
        time.sleep(0.1)
    return f"/api/jobs/{job['id']}"


def test_the_client_hears_what_this_machine_would(server, short):
    stages = []
    before = set(server.files)
    recording = Client(server.url).listen(
        short, on_progress=lambda progress: stages.append(progress)
    )
    assert {event.kind for event in recording.events} >= {EventKind.LAUGHTER, EventKind.APPLAUSE}
    assert recording.media.path == str(short)
    assert {"speech", "events"} <= {progress.stage for progress in stages}
    # It is the file here, so clips can be cut from it.
    assert recording.cut(recording.highlights()[0], short.parent / "clip.mp4").exists()
    here = vidtag.listen(short, model="pocket")
    assert [(s.text, s.language) for s in here.segments] == [
        (s.text, s.language) for s in recording.segments
    ]
    assert not [path for path in {*server.files} - before if "source" in path.parts]


def test_errors_come_with_their_reason(server, tmp_path):
    wrong = tmp_path / "letter.mp4"
    wrong.write_text("Dear Sir")
    with pytest.raises(VidtagError, match=r"letter\.mp4: is text, not media"):
        Client(server.url).listen(wrong)
    with pytest.raises(VidtagError, match="not offered here"):
        Client(server.url).listen(wrong, model="/etc")
    with pytest.raises(VidtagError, match="cannot be reached"):
        Client("http://127.0.0.1:9").listen(wrong)


def test_a_cancelled_job_makes_way_for_the_next(server, short, tmp_path):
    ask = Client(server.url)._ask
    body = short.read_bytes()
    first = ask("/api/jobs?name=a.mp4", method="POST", body=body)
    second = ask("/api/jobs?name=b.mp4", method="POST", body=body)
    assert ask(f"/api/jobs/{second['id']}")["state"] == "waiting"
    ask(f"/api/jobs/{first['id']}", method="DELETE")
    with pytest.raises(VidtagError, match="no such job"):
        ask(f"/api/jobs/{first['id']}")
    while (state := ask(f"/api/jobs/{second['id']}")["state"]) in ("waiting", "running"):
        time.sleep(0.1)
    assert state == "done"
    highlights = ask(f"/api/jobs/{second['id']}/highlights?min_score=0.99")
    assert len(highlights) < len(ask(f"/api/jobs/{second['id']}/highlights"))
    with pytest.raises(VidtagError, match="end after it starts"):
        cue = b'[{"start": 2, "end": 1, "lines": ["x"]}]'
        ask(
            f"/api/jobs/{second['id']}/cues",
            method="PUT",
            body=cue,
            headers={"Content-Type": "application/json"},
        )


@pytest.mark.parametrize("query", ["", "tail=2&setup=3", "min_score=0.5", "top=1&merge_gap=30"])
def test_a_clip_is_what_the_list_says(server, short, finished, tmp_path, query):
    """The same query, or none, means the same in the list of highlights and for a clip of it."""
    ask = Client(server.url)._ask
    listed = ask(f"{finished}/highlights?{query}")
    assert listed
    assert ask(f"{finished}/highlights") == ask(f"{finished}/highlights?")
    settings = {key: json.loads(value) for key, value in urllib.parse.parse_qsl(query)}
    here = vidtag.listen(short, model="pocket").highlights(**settings)
    assert [clip["start"] for clip in listed] == [round(clip.start, 3) for clip in here]
    for number, clip in enumerate(listed, 1):
        target = tmp_path / f"{number}.mp4"
        address = f"{server.url}{finished}/clips/{number}?{query}"
        with urllib.request.urlopen(f"{address}&start={clip['start']}") as answer:
            target.write_bytes(answer.read())
        assert probe(target).duration == pytest.approx(clip["end"] - clip["start"], abs=0.15)
    with pytest.raises(VidtagError, match=f"there are {len(listed)} highlights"):
        ask(f"{finished}/clips/{len(listed) + 1}?{query}")


def test_a_parameter_that_is_none_is_refused(server, finished):
    ask = Client(server.url)._ask
    for wrong, says in (("tial=2", "tial"), ("min_score=2", "min_score"), ("top=x", "top")):
        for place in ("highlights", "clips/1"):
            with pytest.raises(VidtagError, match=says):
                ask(f"{finished}/{place}?{wrong}")


def test_videos_can_be_played_from_the_middle(server, short):
    ask = Client(server.url)._ask
    job = ask("/api/jobs?name=a.mp4", method="POST", body=short.read_bytes())
    while ask(f"/api/jobs/{job['id']}")["state"] in ("waiting", "running"):
        time.sleep(0.1)
    request = urllib.request.Request(
        f"{server.url}/api/jobs/{job['id']}/media", headers={"Range": "bytes=100-199"}
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 206
        assert answer.read() == short.read_bytes()[100:200]
        assert answer.headers["content-type"] == "video/mp4"


def test_a_stopped_server_leaves_nothing(tmp_path, short):
    running = start_server(tmp_path)
    job = Client(running.url)._ask("/api/jobs?name=a.mp4", method="POST", body=short.read_bytes())
    assert job["state"] in ("waiting", "running")
    assert running.files
    said = running.stop()
    assert "Traceback" not in said
    assert running.process.returncode == 0
    assert list(running.temporary.iterdir()) == []


def test_a_port_that_is_taken_is_said_so(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(AssertionError, match=r"cannot listen here .*Choose another --port"):
            start_server(tmp_path, "--port", str(taken.getsockname()[1]))
