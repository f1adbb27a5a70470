"""A server below a path of a reverse proxy, and uploads that stop half way."""

import contextlib
import socket
import struct
import time
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from tests.web.conftest import listen, start_server
from tests.web.reverse_proxy import PATH, reverse_proxy
from vidtag.web.client import Client


@pytest.fixture(scope="module")
def behind(tmp_path_factory):
    """A server that is shown below a path, and waits for no upload longer than two seconds."""
    folder = tmp_path_factory.mktemp("behind")
    running = start_server(folder, "--root-path", PATH, "--upload-patience", "2")
    # It names the address that the proxy shows; here it is asked at its own.
    port = urlsplit(running.url).netloc
    yield replace(running, url=f"http://{port}")
    running.stop()


def test_all_of_the_page_works_below_a_path(visit, behind, short):
    with reverse_proxy(behind.url) as shown:
        page = visit(at=replace(behind, url=shown))
        listen(page, short)
        box = page.locator(".cue textarea").nth(0)
        box.fill("Said below a path")
        box.blur()
        other = visit(page.url.removeprefix(shown), at=replace(behind, url=shown))
        other.wait_for_selector("#app[data-ready]")
        assert other.locator(".cue textarea").nth(0).input_value() == "Said below a path"
        # The server's own events come through, too.
        box.fill("And said anew")
        box.blur()
        other.locator(".saved").wait_for(state="attached")
        until(other, "document.querySelector('.cue textarea').value === 'And said anew'")
        page.get_by_role("tab", name="Files", exact=True).click()
        with page.expect_download() as download:
            page.locator('[data-format="srt"]').click()
        assert "And said anew" in download.value.path().read_text(encoding="utf-8")
        page.locator("header .home").click()
        page.locator("#vt-listen").wait_for()
        outside = [one for one in page.seen.requests if "http" in one and f"{shown}/" not in one]
        assert outside == []
        found = Client(shown).listen(short)
        assert found.segments


def until(page, condition):
    end = time.monotonic() + 60
    while not page.evaluate(condition):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(100)


MULTIPART = (
    "multipart/form-data; boundary=x",
    b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.mp4"\r\n\r\n',
)


ROUTES = (
    ("/api/jobs?name=a.mp4", "application/octet-stream", b""),
    ("/api/projects?name=a.vidtag.json", "application/octet-stream", b""),
    ("/gradio_api/upload", *MULTIPART),
    ("/gradio_api/run/predict", "application/json", b"["),
)


def half_sent(behind, path, kind, start):
    """A connection on which less was sent than announced."""
    address = urlsplit(behind.url)
    client = socket.create_connection((address.hostname, address.port))
    client.settimeout(30)
    head = f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: {kind}\r\n"
    client.sendall(head.encode() + b"Content-Length: 5000000\r\n\r\n" + start + b"x" * 200_000)
    return client


def test_uploads_that_stop_half_way_end_and_leave_nothing(behind):
    before = set(behind.files)
    for route in ROUTES:
        half_sent(behind, *route).close()
    waiting = [half_sent(behind, *route) for route in ROUTES]
    for client in waiting:
        assert b" 408 " in client.recv(4096).split(b"\r\n")[0]
        client.close()
    end = time.monotonic() + 20
    while left := set(behind.files) - before:
        assert time.monotonic() < end, left
        time.sleep(0.1)


@pytest.mark.parametrize("route", ROUTES, ids=[route[0] for route in ROUTES])
def test_a_client_that_goes_away_in_the_middle_is_no_fault_and_leaves_nothing(behind, route):
    before, said = set(behind.files), behind.said()
    client = half_sent(behind, *route)
    end = time.monotonic() + 20
    while "jobs" in route[0] and not set(behind.files) - before:
        assert time.monotonic() < end, "nothing of the upload has come"
        time.sleep(0.05)
    # Reset, as by a browser that is closed; well before the server itself gives up.
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    gone = time.monotonic() + 1.5
    while left := set(behind.files) - before:
        assert time.monotonic() < gone, left
        time.sleep(0.05)
    Client(behind.url)._ask("/api/projects")  # by now it would have said something
    assert behind.said() == said


def test_more_files_than_can_be_received_are_refused(behind):
    address = urlsplit(behind.url)
    clients = [socket.create_connection((address.hostname, address.port)) for _ in range(31)]
    head = f"POST /api/jobs?name=a.mp4 HTTP/1.1\r\nHost: {address.netloc}\r\n"
    for client in clients:
        client.settimeout(30)
        client.sendall(head.encode() + b"Content-Length: 100\r\n\r\nx")
    codes = sorted(int(client.recv(4096).split()[1]) for client in clients)
    assert codes == [408] * 30 + [503]
    for client in clients:
        client.close()


def test_a_header_that_never_ends_ends_the_connection(behind):
    where = urlsplit(behind.url)
    with socket.create_connection((where.hostname, where.port)) as one:
        one.settimeout(20)
        # The first request is answered as ever, and so is one that comes in pieces.
        one.sendall(b"GET /api/projects HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        time.sleep(0.5)
        one.sendall(b"\r\n")
        assert one.recv(12) == b"HTTP/1.1 200"
        while not one.recv(65536).endswith(b"}"):
            pass
        one.sendall(b"GET /api/projects HTTP/1.1\r\n")
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while time.monotonic() - began < 15:
                one.sendall(b"X-More: 1\r\n")  # a byte now and then must not keep it open
                one.settimeout(0.3)
                with contextlib.suppress(TimeoutError):
                    if one.recv(10) == b"":
                        break
        assert 1.5 < time.monotonic() - began < 12
