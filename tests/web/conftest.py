"""A real server, started as a user starts it, and a real Chromium that looks at its page.

In CI (the environment variable CI) a missing browser is a failure; elsewhere the tests that need
one are skipped, and say so.

No test with a browser may hang: after ``LIMIT`` seconds a watchdog tells what pages and server said
and ends the browser, whereupon the test fails, and if that does not help, the server.
"""

import contextlib
import faulthandler
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests.builders.present import present
from tests.e2e.conftest import SAMPLES
from vidtag.media.ffmpeg import file_url
from vidtag.media.ffmpeg_program import find_ffmpeg
from vidtag.web.client import Client

PATIENCE = 100_000
"""Milliseconds that anything may take on a machine that is busy with other things."""

LIMIT = 115
"""Seconds for a test, and for what it sets up; more where it is marked with a longer timeout."""

QUIETLY = ["--no-sandbox", "--disable-gpu", "--mute-audio", "--disable-background-networking"]
"""A browser that keeps to the page: there may be no network to ask, and no one listens."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Server:
    url: str
    process: subprocess.Popen[str]
    temporary: Path
    allowed: Path
    log: Path

    def stop(self, number: int = signal.SIGINT) -> str:
        self.process.send_signal(number)
        self.process.communicate(timeout=60)
        return self.said()

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def files(self) -> list[Path]:
        # Folders that vanish meanwhile are passed over, as pathlib before Python 3.13 does not.
        walked = os.walk(self.temporary)
        return [Path(folder, name) for folder, _, names in walked for name in names]


SERVERS: list[Server] = []
PAGES: list["Seen"] = []


def start_server(folder: Path, *options: str) -> Server:
    temporary, allowed, log = folder / "tmp", folder / "allowed", folder / "server.log"
    temporary.mkdir()
    allowed.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "vidtag", "web", "-m", "pocket", "--port", "0"]
    with log.open("w") as errors:  # a pipe that nobody reads would stop it once it is full
        process = subprocess.Popen(
            [*command, *options],
            cwd=folder,
            env={**os.environ, "TMPDIR": str(temporary)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    line = present(process.stdout).readline()
    found = re.search(r"http://\S+", line)
    if not found:
        process.communicate(timeout=30)
        raise AssertionError(log.read_text())
    started = Server(found[0], process, temporary, allowed, log)
    SERVERS.append(started)
    return started


@contextlib.contextmanager
def _watched(item):
    if "browser" not in item.fixturenames:  # pytest-timeout is enough for the others
        yield
        return
    marked = item.get_closest_marker("timeout")
    limit = marked.args[0] if marked else LIMIT
    timers = [
        threading.Timer(limit, _end_browsers, [item.nodeid, limit]),
        threading.Timer(limit + 20, _end_servers),
    ]
    for timer in timers:
        timer.daemon = True
        timer.start()
    try:
        yield
    finally:
        for timer in timers:
            timer.cancel()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    PAGES.clear()
    with _watched(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    with _watched(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item):
    with _watched(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed and PAGES:
        report.sections.append(("pages and server", _said()))
    return report


def _said() -> str:
    pages = [f"page {number}: {seen}" for number, seen in enumerate(PAGES)]
    servers = [f"server {server.url} said: {server.said()[-3000:]}" for server in SERVERS]
    return "\n".join([*pages, *servers])


def _end_browsers(name, limit):
    print(f"{name} took more than {limit} s\n{_said()}", file=sys.stderr)
    faulthandler.dump_traceback(file=present(sys.__stderr__))
    _kill_browsers()


def _kill_browsers():
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "chrom" in child.name():
                child.kill()


def _end_servers():
    for server in SERVERS:
        server.process.kill()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    yield from _running(tmp_path_factory.mktemp("server"), "--max-upload", "30")


@pytest.fixture(scope="session")
def allowing(tmp_path_factory):
    """A server that also reads files in a folder of its own machine."""
    folder = tmp_path_factory.mktemp("allowing")
    (folder / "allowed").mkdir()
    yield from _running(folder, "--allow", str(folder / "allowed"))


def _running(folder, *options):
    running = start_server(folder, *options)
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.fixture(scope="session")
def short(tmp_path_factory):
    """Eighteen seconds of the demo: talk, applause, a joke and a laugh."""
    path = tmp_path_factory.mktemp("media") / "short.mp4"
    command = [find_ffmpeg().path, "-v", "error", "-ss", "10", "-t", "18"]
    command += ["-i", file_url(SAMPLES / "demo.mp4"), "-vf", "scale=320:-2", "-c:v", "libx264"]
    command += ["-preset", "ultrafast", "-c:a", "aac", file_url(path)]
    subprocess.run(command, check=True)
    return path


@pytest.fixture(scope="session")
def heard(server, short):
    """The address of a result that several tests look at, and leave as it was."""
    return f"/work/{post(server, short)}"


@pytest.fixture(scope="session")
def chromium():
    """What starts Chromium, and where it is."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        message = f"no browser: none of {', '.join(NAMES)} is on PATH (apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium, program


@pytest.fixture
def browser(chromium):
    """One for each test: what one does to it reaches no other."""
    started = Browser(*chromium)
    yield started
    started.end()


class Browser:
    """Chromium, started when it is first needed, and again if the watchdog has ended it."""

    def __init__(self, kind, program):
        self._kind, self._program, self._running = kind, program, None

    def new_context(self, **options):
        if self._running is None or not self._running.is_connected():
            self._running = self._kind.launch(
                executable_path=self._program, args=QUIETLY, timeout=PATIENCE
            )
        context = self._running.new_context(**options)
        context.set_default_timeout(PATIENCE)
        return context

    def end(self):
        """End it, whatever its pages are at."""
        _kill_browsers()


@dataclass
class Seen:
    """What a page asked for and said, and what it did that it should not."""

    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        asked = "\n  ".join(self.requests[-15:])
        return (
            f"{len(self.requests)} requests, the last:\n  {asked}\n"
            f"console: {self.console[-20:]}\nerrors: {self.errors}"
        )


@pytest.fixture
def visit(browser, server):
    """``visit()`` opens the page as a new user; ``page.seen`` tells what happened in it."""
    contexts = []

    def open_page(path="/", locale="en-US", scheme="light", size=(1280, 900), at=server):
        context = browser.new_context(
            locale=locale,
            color_scheme=scheme,
            viewport={"width": size[0], "height": size[1]},
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.seen = seen = Seen()
        PAGES.append(seen)

        def asked(request):
            seen.requests.append(f"{request.method} {request.url}")
            if not request.url.startswith((at.url, "data:", "blob:", "file:", "about:")):
                seen.outside.append(request.url)

        page.on("request", asked)
        page.on("console", lambda message: seen.console.append(message.text[:300]))
        page.on("pageerror", lambda error: seen.errors.append(str(error)))

        def dismiss(dialog):
            seen.errors.append(dialog.message)
            dialog.accept()

        page.on("dialog", dismiss)
        page.goto(path if path.startswith("file:") else at.url + path)
        return page

    yield open_page
    seen = [page.seen for context in contexts for page in context.pages]
    for one in seen:
        assert one.outside == []
        assert one.errors == []


def violations(page):
    """What axe-core finds serious or critical on a page, shortly."""
    from axe_playwright_python.sync_playwright import Axe

    # Of what is right, axe would send every element: many megabytes.
    options = {"resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [
        (rule["id"], node["html"][:150], node.get("failureSummary", ""))
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


def listen(page, file):
    """Upload a file, and wait for the page to work on what was heard in it."""
    page.set_input_files("#vt-upload input[type=file]", str(file))
    page.locator("#vt-upload").get_by_text(Path(file).stem).first.wait_for()
    page.click("#vt-listen")
    page.wait_for_url("**/work/*")
    page.wait_for_selector("#app[data-ready]")


def post(server, file):
    """Post a file, and wait until it was listened to; its id."""
    ask = Client(server.url)._ask
    job = ask(f"/api/jobs?name={file.name}", method="POST", body=file.read_bytes())
    while job["state"] in ("waiting", "running"):
        time.sleep(0.2)
        job = ask(f"/api/jobs/{job['id']}")
    assert job["state"] == "done", job
    return job["id"]
