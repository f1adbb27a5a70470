"""Where the server listens, by which names it answers, below which path, and who reaches it how."""

import http.server
import socket
import subprocess
import sys
import threading

import pytest

pytest.importorskip("fastapi")

from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.routing import Mount

from vidtag.core.errors import VidtagError
from vidtag.web.client import Client
from vidtag.web.jobs import Jobs
from vidtag.web.server import Address, api


def test_letting_everybody_in_must_be_said():
    command = [sys.executable, "-m", "vidtag", "web", "--host", "0.0.0.0", "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert "--auth USER:PASSWORD, or --anyone" in done.stderr
    assert done.stdout == ""


def test_an_address_can_be_opened_and_its_names_are_those_it_answers_to():
    everywhere = Address("0.0.0.0", 0, ("films.example",), "/vidtag")
    assert everywhere.url(6006) == "http://films.example:6006/vidtag"
    assert {"127.0.0.1", "films.example", socket.gethostname().lower()} <= everywhere.hosts
    assert "evil.example" not in everywhere.hosts
    assert "0.0.0.0" not in Address("0.0.0.0", 0).url(1)
    assert Address("::1", 0).url(1) == "http://[::1]:1"
    assert Address("127.0.0.1", 0).hosts == {"127.0.0.1", "::1", "localhost"}


def test_below_a_path_of_a_proxy_everything_is_reached(tmp_path):
    jobs = Jobs(projects=tmp_path)
    app = api(jobs, hosts=frozenset({"testserver"}))
    with TestClient(Starlette(routes=[Mount("/tools/vidtag", app)])) as ask:
        root = "/tools/vidtag"
        assert ask.get(f"{root}/api/projects").json() == {
            "folder": tmp_path.name,
            "projects": [],
        }
        page = ask.get(f"{root}/work/x")
        assert page.status_code == 200
        # Every address in the page goes up from where it is, and none starts at the root.
        assert 'src="../page-assets/main.js' in page.text
        assert not any(f'{name}="/' in page.text for name in ("src", "href"))
        assert ask.get(f"{root}/page-assets/main.js").headers["content-encoding"] == "gzip"
        large = ask.patch(f"{root}/api/jobs/x/cues", content=b"[" * 16_000_001)
        assert large.status_code == 413
    jobs.close()


class _Proxy(http.server.BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012

    def do_GET(self):
        self.asked.append(self.path)
        self.send_error(502)

    def log_message(self, format, *arguments):
        pass


def test_a_server_on_this_machine_is_never_asked_for_through_a_proxy(monkeypatch):
    proxy = http.server.HTTPServer(("127.0.0.1", 0), _Proxy)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.server_port}")
    monkeypatch.delenv("no_proxy", raising=False)
    for host in ("127.0.0.1", "localhost", "[::1]", "127.1.2.3"):
        with pytest.raises(VidtagError, match="cannot be reached"):
            Client(f"http://{host}:9")._ask("/api/projects")
    assert _Proxy.asked == []
    with pytest.raises(VidtagError):
        Client("http://films.example:9")._ask("/api/projects")
    assert _Proxy.asked == ["http://films.example:9/api/projects"], "others are"
    proxy.shutdown()
