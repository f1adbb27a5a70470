"""Who may come in, asked of the real application without a network."""

import base64
from pathlib import Path

import pytest

gradio = pytest.importorskip("gradio")

from fastapi.testclient import TestClient  # noqa: E402

from vidtag.web.jobs import Jobs  # noqa: E402
from vidtag.web.limits import ServerLimits  # noqa: E402
from vidtag.web.server import build  # noqa: E402

HOME = {"host": "127.0.0.1:6006"}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("allowed")
    (folder / "note.txt").write_text("not a video")
    jobs = Jobs(allowed=(folder,), limits=ServerLimits(max_upload_bytes=1000))
    yield build(jobs, hosts=frozenset({"127.0.0.1"}), auth="ann:pass:word"), jobs, folder
    jobs.close()


@pytest.fixture
def ask(app):
    client = TestClient(app[0], raise_server_exceptions=False)
    token = base64.b64encode(b"ann:pass:word").decode()
    client.headers |= {**HOME, "authorization": f"Basic {token}"}
    return client


def test_without_the_password_nothing_is_shown(app):
    client = TestClient(app[0])
    for path in ("/", "/config", "/gradio_api/info", "/api/jobs/x", "/api/openapi.json"):
        answer = client.get(path, headers=HOME)
        assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"].startswith("Basic")
    wrong = {**HOME, "authorization": "Basic " + base64.b64encode(b"ann:pass").decode()}
    assert client.get("/", headers=wrong).status_code == 401


def test_the_page_and_the_description_of_the_api_are_there(ask):
    page = ask.get("/")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "/api/jobs/{identity}/cues" in ask.get("/api/openapi.json").json()["paths"]


def test_other_names_and_other_sites_are_refused(ask):
    assert ask.get("/", headers={"host": "evil.example"}).status_code == 421
    assert ask.get("/", headers={"host": "127.0.0.1.evil.example:6006"}).status_code == 421
    answer = ask.post("/api/jobs?name=x.mp4", headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert ask.post("/api/jobs", headers={"origin": "null"}).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=http://example.com/",
        "/gradio_api/proxy=http://example.com/",
        "/gradio_api/stream/a/b/1/playlist-file",
        "/gradio_api//file=/etc/passwd",
        "/gradio_api/../gradio_api/file=/etc/passwd",
        "/file=/etc/passwd",
        "/file/etc/passwd",
        "/static/../../../../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%2f..%2f..%2fetc/passwd",
        "/custom_component/x/client/component/../../../../etc/passwd",
        "/monitoring",
        "/gradio_api/queue/data?session_hash=x",
        "/gradio_api/component_server",
    ],
)
def test_no_file_and_no_address_is_read_through_gradio(ask, path):
    answer = ask.get(path)
    assert "root:" not in answer.text
    assert answer.status_code in (400, 403, 404, 422)


@pytest.mark.parametrize(
    ("query", "body", "code", "says"),
    [
        ("path=/etc/passwd", b"", 400, "no such file in the folders"),
        ("path=../../etc/passwd", b"", 400, "no such file in the folders"),
        ("name=a.mp4", b"", 400, "empty"),
        ("name=a.mp4", b"x" * 1001, 413, "larger than"),
        ("name=a.mp4&language=xx", b"x", 422, "language"),
        ("name=a.mp4&model=/etc", b"x", 400, "not offered"),
    ],
)
def test_bad_requests_get_a_reason_and_leave_nothing(ask, app, query, body, code, says):
    answer = ask.post(f"/api/jobs?{query}", content=body)
    assert answer.status_code == code
    assert says in answer.json()["error"]
    assert not [path for path in app[1].root.rglob("*") if path.is_file()]


def test_a_body_that_says_nothing_of_its_length_is_stopped_when_it_is_too_long(ask, app):
    answer = ask.post("/api/jobs?name=a.mp4", content=(b"x" * 600 for _ in range(10)))
    assert answer.status_code == 413
    assert not [path for path in app[1].root.rglob("*") if path.is_file()]


def test_a_full_disk_is_said_to_whoever_uploads(ask, app, monkeypatch):
    def reserve(name):
        return "full", Path("/dev/full")

    monkeypatch.setattr(app[1], "reserve", reserve)
    real = Path.open
    monkeypatch.setattr(
        Path, "open", lambda path, mode="r": real(path, mode.replace("x", "w"), buffering=0)
    )
    answer = ask.post("/api/jobs?name=a.mp4", content=b"x" * 600)
    assert answer.status_code == 503
    assert answer.json() == {"error": "the disk is full. Free some space there"}


def test_an_unknown_job_is_not_found_whatever_is_asked(ask):
    for path in ("", "/document", "/cues", "/media", "/everything.zip", "/subtitles.srt"):
        answer = ask.get(f"/api/jobs/unknown{path}")
        assert answer.status_code == 404
        assert "no such job" in answer.json()["error"]
    assert ask.delete("/api/jobs/unknown").status_code == 404
    assert ask.get("/page/unknown").status_code == 404
    assert ask.get("/api/jobs/unknown/clips/1").status_code == 404
    assert ask.put("/page/unknown/profile", json={"profile": "bbc"}).status_code == 404
    assert ask.put("/page/unknown/profile", json={"profile": "mine"}).status_code == 422
    assert ask.get("/api/jobs/..%2f..%2fetc/document").status_code == 404
