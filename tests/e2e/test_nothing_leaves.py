"""vidtag asks no other machine for anything and writes only where it says: seen by strace.

SECURITY.md and docs/web.md promise it. The processes run as a user starts them, with an environment
that asks for telemetry wherever a library can be asked for it.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from tests.builders.present import present
from tests.e2e.conftest import ROOT, SAMPLES
from tests.e2e.tracing import trace_of, traced
from vidtag.media.ffmpeg import file_url
from vidtag.media.ffmpeg_program import find_ffmpeg
from vidtag.web.client import Client

pytestmark = pytest.mark.timeout(900)

TALKATIVE = {
    "ORT_DISABLE_TELEMETRY": "0",
    "GRADIO_ANALYTICS_ENABLED": "True",
    "HF_HUB_DISABLE_TELEMETRY": "0",
    "RAY_USAGE_STATS_ENABLED": "1",
    "DO_NOT_TRACK": "0",
}
SYSTEM = (Path("/dev/null"), Path("/dev/shm"), Path("/dev/tty"), Path("/proc/self"))
"""Where nothing stays: semaphores and such."""


@pytest.fixture(scope="module")
def piece(tmp_path_factory):
    """Five seconds of the demo, with a laugh."""
    path = tmp_path_factory.mktemp("piece") / "piece.mp4"
    command = [find_ffmpeg().path, "-v", "error", "-ss", "22", "-t", "5"]
    command += ["-i", file_url(SAMPLES / "demo.mp4"), "-c:v", "libx264", "-preset", "ultrafast"]
    subprocess.run([*command, file_url(path)], check=True)
    return path


def ended(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=800)
    assert process.returncode == 0, err
    return out


def kept_to(folder: Path, *outputs: Path, with_ray: bool = False) -> None:
    """Hold what was seen of a command against the promise.

    Args:
        with_ray: whether it may look up names that this machine knows by itself, and keep a token.
    """
    trace = trace_of(folder)
    assert trace.lines, "nothing was traced"
    assert (trace.reached if with_ray else trace.asked) == []
    assert trace.opened_to_others == []
    token = folder / "home/.ray"
    if with_ray:
        outputs = (*outputs, token)
        shutil.rmtree(token)
    own = (folder / "tmp", folder / "home/.cache/vidtag", *outputs, *SYSTEM)
    compiled = ROOT / "vidtag/listening/speech/__pycache__"
    elsewhere = {
        path
        for path in trace.written
        if not any(path.is_relative_to(place) for place in (*own, compiled))
        and path != folder / "home/.cache"
        and not re.fullmatch(r"/proc/\d+/.*", str(path))
    }
    assert elsewhere == set()
    assert list((folder / "tmp").iterdir()) == [], "scratch is gone at the end"
    assert {path.name for path in (folder / "home").rglob("*")} <= {
        ".cache",
        "vidtag",
        "jieba.cache",
    }


def test_the_main_job(tmp_path):
    out = tmp_path / "work" / "out"
    ended(
        traced(
            tmp_path,
            ["-m", "vidtag", "run", SAMPLES / "demo.mp4", "-m", "pocket", "-o", out],
            **TALKATIVE,
        )
    )
    assert (out / "demo.reel.mp4").exists()
    kept_to(tmp_path, out)


def test_the_tracer_sees_what_is_forbidden(tmp_path):
    """Were vidtag to do it, the test above would fail."""
    code = (
        "import contextlib, pathlib, socket\n"
        "with contextlib.suppress(OSError): socket.getaddrinfo('vidtag.invalid', 80)\n"
        "pathlib.Path.home().joinpath('id').write_text('7')\n"
    )
    ended(traced(tmp_path, ["-c", code]))
    trace = trace_of(tmp_path)
    assert trace.asked
    assert tmp_path / "home/id" in trace.written


@pytest.mark.long
def test_python(tmp_path, piece):
    code = f"import vidtag; print(len(vidtag.listen({str(piece)!r}, model='pocket').to_srt()))"
    assert int(ended(traced(tmp_path, ["-c", code], **TALKATIVE))) > 20
    kept_to(tmp_path)


@pytest.mark.long
def test_the_page(tmp_path, piece):
    pytest.importorskip("gradio")
    command = ["-m", "vidtag", "web", "-m", "pocket", "--port", "0"]
    process = traced(tmp_path, command, **TALKATIVE)
    try:
        address = re.search(r"http://\S+", present(process.stdout).readline())
        assert address
        Client(address[0]).listen(piece)
    finally:
        # The tracer's child is what a user would stop.
        psutil.Process(process.pid).children()[0].send_signal(signal.SIGINT)
    ended(process)
    kept_to(tmp_path)


@pytest.mark.long
def test_a_batch(tmp_path, piece):
    settings = {
        "inputs": [str(piece)],
        "output": {"folder": str(tmp_path / "work" / "out")},
        "model": {"name": "pocket"},
        "report": {"enabled": False},
    }
    (tmp_path / "batch.yaml").write_text(json.dumps(settings))
    command = ["-m", "vidtag", "batch", tmp_path / "batch.yaml"]
    ended(traced(tmp_path, command, **TALKATIVE))
    kept_to(tmp_path, tmp_path / "work" / "out")


@pytest.mark.long
def test_a_batch_with_ray(tmp_path, piece):
    """Ray keeps logs and sockets in a folder of its own; its processes talk to each other alone."""
    pytest.importorskip("ray")
    settings = {
        "inputs": [str(piece)],
        "output": {"folder": str(tmp_path / "work" / "out")},
        "model": {"name": "pocket"},
        "report": {"enabled": False},
        "runner": "ray",
        "address": "local",
    }
    (tmp_path / "batch.yaml").write_text(json.dumps(settings))
    command = ["-m", "vidtag", "batch", tmp_path / "batch.yaml"]
    with tempfile.TemporaryDirectory(prefix="ray") as ray:  # sockets' names are short
        ended(traced(tmp_path, command, **TALKATIVE, RAY_TMPDIR=ray))
        assert (tmp_path / "work" / "out" / "piece" / "piece.srt").exists()
        kept_to(tmp_path, tmp_path / "work" / "out", Path(ray), with_ray=True)


def test_workers_on_other_machines_are_told_too():
    """They inherit no environment from here, but load vidtag before all that it uses."""
    code = "import vidtag, os, json; print(json.dumps(dict(os.environ)))"
    command = [sys.executable, "-c", code]
    said = subprocess.run(
        command, env={**os.environ, **TALKATIVE}, check=True, capture_output=True, text=True
    )
    told = json.loads(said.stdout)
    assert {name for name, value in TALKATIVE.items() if told[name] == value} == set()
