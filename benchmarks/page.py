"""What the page to work on, and the report, cost with three hours of speech, in Chromium.

python benchmarks/page.py

A made document of 25,000 words and 400 events is put into a folder, and ``vidtag web`` opens it.
Processor time is what Chromium's main thread counts as tasks, and what the server's process uses.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.builders.documents import make_document, make_event, make_sentence
from vidtag import files
from vidtag.core import document as documents
from vidtag.core.records import Document, EventKind

WORDS, EVENTS, HOURS = 25_000, 400, 3
LETTERS, SAVES, ROUNDS = 40, 20, 5
LIMITS = {
    "kB at first": 1000,
    "browser's CPU to load, s": 0.5,
    "ms a letter": 16,
    "server's CPU a save, ms": 50,
    "report, CPU to load, s": 0.5,
}


def made_document() -> Document:
    """Sentences of 4 to 20 words over three hours, and events between them."""
    chance = random.Random(1)
    names = ("bread", "cake", "evening", "house", "because", "nobody", "remembers", "a", "the")
    segments, words, now = [], 0, 1.0
    each = HOURS * 3600 / WORDS
    while words < WORDS:
        count = min(chance.randint(4, 20), WORDS - words)
        text = " ".join(chance.choice(names) for _ in range(count)).capitalize() + "."
        segments.append(make_sentence(now, now + 0.8 * count * each, text))
        now += count * each
        words += count
    kinds = (EventKind.LAUGHTER, EventKind.APPLAUSE)
    starts = [chance.uniform(0, HOURS * 3600 - 10) for _ in range(EVENTS)]
    events = [make_event(chance.choice(kinds), start, start + 2.5) for start in sorted(starts)]
    return make_document(segments, events, duration=HOURS * 3600 + 5, rate=25)


def measured(page: Page, session: CDPSession, server: psutil.Process, url: str) -> dict[str, float]:
    received = 0

    def finished(event: dict[str, Any]) -> None:
        nonlocal received
        received += event["encodedDataLength"]

    session.send("Network.enable")
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    session.on("Network.loadingFinished", finished)
    page.goto(url)
    page.wait_for_selector("#app[data-ready]", timeout=60_000)
    found = {"kB at first": received / 1000, "browser's CPU to load, s": _busy(session)}
    page.wait_for_timeout(3000)
    found["elements"] = page.evaluate("document.querySelectorAll('*').length")
    found["cues"] = page.evaluate("Number(document.querySelector('.cues').ariaRowCount)")
    box = page.locator(".cue textarea").nth(2)
    box.click()
    page.wait_for_timeout(500)
    before = _busy(session)
    for _ in range(LETTERS):
        page.keyboard.press("x")
    page.wait_for_timeout(100)
    found["ms a letter"] = 1000 * (_busy(session) - before) / LETTERS
    box.blur()
    page.wait_for_timeout(1000)
    found["  that another window follows"] = _save(url, server, "Edited while somebody looks on.")
    page.goto("about:blank")
    found["server's CPU a save, ms"] = _save(url, server, "Edited.")
    return found


def report(page: Page, url: str) -> dict[str, float]:
    """What the report of the same costs."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    answer = page.goto(url.replace("/work/", "/api/jobs/") + "/report.html")
    assert answer
    return {"report, kB": len(answer.body()) / 1000, "report, CPU to load, s": _busy(session)}


def _busy(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(one["value"] for one in metrics if one["name"] == "TaskDuration")


def _save(url: str, server: psutil.Process, line: str) -> float:
    """Milliseconds of the server's CPU for one cue that is sent, by the median of some rounds."""
    return statistics.median(_saves(url, server, f"{line} {n}") for n in range(ROUNDS))


def _saves(url: str, server: psutil.Process, line: str) -> float:
    api = url.replace("/work/", "/api/jobs/")
    news = json.loads(urllib.request.urlopen(f"{api}/edits?since=-1").read())
    cues, revision = news["cues"][100 : 100 + SAVES], news["revision"]
    before = sum(server.cpu_times()[:2])
    for cue in cues:
        put = {key: cue[key] for key in ("id", "start", "end")} | {"lines": [line]}
        body = json.dumps({"revision": revision, "put": [put]}).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{api}/cues", body, headers, method="PATCH")
        revision = json.loads(urllib.request.urlopen(request).read())["revision"]
    return 1000 * (sum(server.cpu_times()[:2]) - before) / SAVES


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "long.vidtag" / "long.vidtag.json"
        files.write_text(path, documents.to_json(made_document()))
        command = [sys.executable, "-m", "vidtag", "web", name, "--port", "0", "-m", "pocket"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        try:
            projects = json.loads(urllib.request.urlopen(f"{found[0]}/api/projects").read())
            url = f"{found[0]}/work/{projects['projects'][0]['id']}"
            urllib.request.urlopen(url.replace("/work/", "/api/jobs/") + "/clips").read()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=shutil.which("chromium"),
                    args=["--no-sandbox", "--disable-gpu", "--mute-audio"],
                )
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                session = page.context.new_cdp_session(page)
                figures = measured(page, session, psutil.Process(process.pid), url)
                figures |= report(browser.new_page(viewport={"width": 1440, "height": 900}), url)
                browser.close()
        finally:
            process.terminate()
            process.wait(30)
    for label, value in figures.items():
        limit = f"  (to be below {LIMITS[label]})" if label in LIMITS else ""
        print(f"{label:28} {value:9.2f}{limit}")


if __name__ == "__main__":
    main()
