"""A real server, started as a user starts it, and a real Chromium that looks at its page.

In CI (the environment variable CI) a missing browser is a failure; elsewhere the tests that need
one are skipped, and say so.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import SAMPLES
from vidtag.media.ffmpeg import file_url, find_ffmpeg

PATIENCE = 120_000
"""Milliseconds that anything may take on a machine that is busy with other things."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Server:
    url: str
    process: subprocess.Popen[str]
    temporary: Path
    allowed: Path

    def stop(self, number: int = signal.SIGINT) -> str:
        self.process.send_signal(number)
        return self.process.communicate(timeout=180)[1]

    @property
    def files(self) -> list[Path]:
        return [path for path in self.temporary.rglob("*") if path.is_file()]


def start_server(folder: Path, *options: str) -> Server:
    temporary, allowed = folder / "tmp", folder / "allowed"
    temporary.mkdir()
    allowed.mkdir()
    command = [sys.executable, "-m", "vidtag", "web", "-m", "pocket", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--allow", str(allowed), *options],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    line = process.stdout.readline()
    found = re.search(r"http://\S+", line)
    assert found, process.communicate(timeout=30)[1]
    return Server(found[0], process, temporary, allowed)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = start_server(tmp_path_factory.mktemp("server"), "--max-upload", "30")
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
def browser():
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        message = f"no browser: none of {', '.join(NAMES)} is on PATH (apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@dataclass
class Seen:
    """What a page did that it should not."""

    outside: list[str]
    errors: list[str]


@pytest.fixture
def visit(browser, server):
    """``visit()`` opens the page as a new user; ``visit.seen`` tells what went wrong in it."""
    contexts = []

    def open_page(path="/", locale="en-US", scheme="light", size=(1280, 900)):
        context = browser.new_context(
            locale=locale,
            color_scheme=scheme,
            viewport={"width": size[0], "height": size[1]},
            accept_downloads=True,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.seen = Seen([], [])
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((server.url, "data:", "blob:", "file:", "about:"))
                else page.seen.outside.append(request.url)
            ),
        )
        page.on("pageerror", lambda error: page.seen.errors.append(str(error)))
        page.on("dialog", lambda dialog: (page.seen.errors.append(dialog.message), dialog.accept()))
        page.goto(path if path.startswith("file:") else server.url + path)
        return page

    yield open_page
    for context in contexts:
        for page in context.pages:
            assert page.seen.outside == []
            assert page.seen.errors == []
        context.close()


def violations(page):
    """What axe-core finds serious or critical on a page, shortly."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        (rule["id"], node["html"][:150], node.get("failureSummary", ""))
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


def listen(page, file):
    """Upload a file, and wait for what was heard in it."""
    page.set_input_files("#vt-upload input[type=file]", str(file))
    page.locator("#vt-upload").get_by_text(Path(file).stem).first.wait_for()
    page.click("#vt-listen")
    page.wait_for_selector(".vt-progress[data-state=done]")
    page.wait_for_selector(".vt-cues tbody tr")
