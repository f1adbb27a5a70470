"""Who may come in, asked of the real application without a network."""

import base64
from pathlib import Path

import pytest

gradio = pytest.importorskip("gradio")

from fastapi.testclient import TestClient  # noqa: E402

from vidtag.web.jobs import Jobs  # noqa: E402
from vidtag.web.limits import MAX_BODY_BYTES, ServerLimits  # noqa: E402
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
    assert ask.get("/api/jobs/unknown/clips/1").status_code == 404
    for part in ("/work", "/edits", "/clips", "/words", "/changes", "/timeline.otio"):
        assert ask.get(f"/api/jobs/unknown{part}").status_code == 404, part
    settings = "/api/jobs/unknown/settings"
    assert ask.patch(settings, json={"profile": "bbc"}).status_code == 404
    assert ask.patch(settings, json={"profile": 3}).status_code == 422
    assert ask.get("/api/jobs/..%2f..%2fetc/document").status_code == 404


def listening(ask, number, sent):
    """What the page answers to a click on Listen that sends these files."""
    files = {"one": sent, "many": [sent]}
    tab = ("one", "many")[number]
    data = [files[tab], *([None] if tab == "one" else []), "auto", "pocket", "netflix"]
    body = {"fn_index": number, "data": data, "session_hash": "x"}
    return ask.post("/gradio_api/run/predict", json=body)


def upload(ask, name, data):
    return ask.post("/gradio_api/upload", files={"files": (name, data)}).json()[0]


@pytest.fixture
def secret(tmp_path):
    """A video that the server's user can read, and that nobody uploaded."""
    path = tmp_path / "secret.mp4"
    path.write_bytes(b"secret" * 100)
    return path


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("way", ["path", "above", "link", "url", "allowed"])
def test_no_file_is_taken_that_was_not_uploaded(ask, app, secret, number, stream, way):
    """The attack: a made-up upload with a path of the server's."""
    uploads = app[1].uploads.folder
    uploads.mkdir(exist_ok=True)
    link = uploads / ("0" * 8)
    link.mkdir(exist_ok=True)
    (link / "link.mp4").unlink(missing_ok=True)
    (link / "link.mp4").symlink_to(secret)
    path = {
        "path": str(secret),
        "above": f"{link}/../../../../{secret.relative_to('/')}",
        "link": str(link / "link.mp4"),
        "url": f"http://127.0.0.1:9/{secret.name}",
        "allowed": str(app[2] / "note.txt"),
    }[way]
    before = {file for file in app[1].root.rglob("*") if file.is_file() and not file.is_symlink()}
    sent = {"path": path, "is_stream": stream, "meta": {"_type": "gradio.FileData"}}
    answer = listening(ask, number, sent)
    assert answer.status_code == 200
    assert "this file is not here" in answer.text
    assert {
        file for file in app[1].root.rglob("*") if file.is_file() and not file.is_symlink()
    } == before


@pytest.mark.parametrize("number", [0, 1])
def test_what_was_uploaded_is_taken(ask, number):
    path = upload(ask, "talk.mp4", b"no video" * 10)
    answer = listening(ask, number, {"path": path, "meta": {"_type": "gradio.FileData"}})
    assert answer.status_code == 200
    assert "talk.mp4" in answer.text
    assert "is not here" not in answer.text


ROUTES = [
    ("PUT", "/api/jobs/x/cues"),
    ("PATCH", "/api/jobs/x/cues"),
    ("PATCH", "/api/jobs/x/clips"),
    ("POST", "/gradio_api/run/predict"),
    ("POST", "/gradio_api/reset"),
    ("DELETE", "/api/jobs/x"),
    ("GET", "/"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_route_takes_more_than_it_can_use(ask, method, path):
    headers = {"content-type": "application/json"}
    answer = ask.request(method, path, content=b"[" * (MAX_BODY_BYTES + 1), headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize(("method", "path"), ROUTES[:5])
def test_nor_where_its_length_is_not_said(ask, method, path):
    body = (b" " * 1_000_000 for _ in range(200))
    headers = {"content-type": "application/json"}
    answer = ask.request(method, path, content=body, headers=headers)
    assert answer.status_code == 413


def test_what_another_browser_uploaded_is_not_taken(ask, app):
    path = upload(ask, "mine.mp4", b"no video but mine" * 10)
    token = ask.headers["authorization"]
    other = TestClient(app[0], raise_server_exceptions=False)
    other.headers |= {**HOME, "authorization": token}
    answer = listening(other, 0, {"path": path, "meta": {"_type": "gradio.FileData"}})
    assert "this file is not here" in answer.text
    assert other.get("/").cookies["vidtag-session"] != ask.get("/").cookies["vidtag-session"]
    answer = listening(other, 0, {"path": path, "meta": {"_type": "gradio.FileData"}})
    assert "this file is not here" in answer.text


def test_head_says_what_get_would_and_sends_nothing(ask):
    for path in ("/api/openapi.json", "/api/projects", "/work/x", "/page-assets/main.js", "/"):
        head, get = ask.head(path), ask.get(path)
        assert (head.status_code, head.content) == (get.status_code, b""), path
        assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize(
    "address",
    ["/api/jobs/x/edits?sinc=1", "/api/jobs/x?language=en", "/api/projects?sort=name",
     "/api/jobs/x/thumbnail.jpg?at=1&width=2", "/api/jobs/x/peaks?start=0&end=1&cuont=3"],
)  # fmt: skip
def test_a_misspelt_parameter_is_refused(ask, address):
    answer = ask.get(address)
    assert answer.status_code == 422, answer.text
    name = address.split("?")[1].split("&")[-1].split("=")[0]
    assert name in answer.json()["error"]


def test_the_description_of_the_api_has_bodies_and_answers(ask):
    described = ask.get("/api/openapi.json").json()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if method in ("put", "patch") or path in ("/api/jobs", "/api/projects"):
                assert method == "get" or operation["requestBody"]["content"], path
            good = next(code for code in operation["responses"] if code.startswith("2"))
            assert good == "204" or "content" in operation["responses"][good], path
    answer = described["paths"]["/api/jobs/{identity}/edits"]["get"]["responses"]["200"]
    assert answer["content"]["application/json"]["schema"]["$ref"].endswith("/NewsAnswer")


def test_text_is_sent_compressed_and_media_is_not(ask):
    assert ask.get("/api/openapi.json").headers["content-encoding"] == "gzip"
    assert ask.get("/page-assets/main.js").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in ask.get("/api/jobs/x/media").headers


def test_no_file_but_the_pages_own_is_an_asset(ask):
    for name in ("../guard.py", "..%2fguard.py", "%2e%2e/server.py", "nothing.js", ""):
        assert ask.get(f"/page-assets/{name}").status_code == 404
