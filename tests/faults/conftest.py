"""The main job on a video of five seconds, in a process of its own, and ways to disturb it."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from vidtag.files import PARTIAL_PREFIX
from vidtag.media.ffmpeg_program import find_ffmpeg

SAMPLES = Path(__file__).parent.parent.parent / "samples"
APPLAUSE = 12.7
"""Where the demo has a short applause, in seconds; the clip that is cut is of it."""

LIGHT = ("-m", "pocket", "--device", "cpu", "--no-reel", "--no-report", "--set", "video.shots=on")
"""As light as can be; shots are looked for, which is what ffmpeg does beside listening."""
MARK = "VIDTAG_TEST_MARK"
"""An environment variable that tells the processes of one run from all others."""


@dataclass(frozen=True)
class Done:
    code: int
    err: str

    def complaint(self) -> str:
        """The one line that says what is wrong."""
        assert self.code not in (0, None), self.err
        assert "Traceback" not in self.err, self.err
        assert "bug in vidtag" not in self.err, self.err
        lines = [line for line in self.err.splitlines() if line.startswith("vidtag: ")]
        assert len(lines) == 1, self.err
        return lines[0]


@dataclass
class Job:
    """``vidtag run`` on a video, with results in ``out``."""

    video: Path
    out: Path
    env: dict[str, str] = field(default_factory=dict)
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def environment(self) -> dict[str, str]:
        told = {"COLUMNS": "300", "NO_COLOR": "1", MARK: self.mark}
        return {**os.environ, **told, **self.env}

    def command(self, *more: object) -> list[str]:
        where = ("-o", str(self.out))
        return [
            *(sys.executable, "-m", "vidtag", "run"),
            *(str(self.video), *LIGHT, *where, *map(str, more)),
        ]

    def start(
        self, *more: object, prepare: Callable[[], None] | None = None
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*more),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=prepare,
        )

    def __call__(self, *more: object, prepare: Callable[[], None] | None = None) -> Done:
        return self.end(self.start(*more, prepare=prepare))

    def by_shell(self, start: list[str], script: str) -> Done:
        """Run a script that runs it, by a command that begins as ``mounting`` says."""
        ran = subprocess.run(
            [*start, "sh", "-c", script],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        return Done(ran.returncode, ran.stderr)

    def end(self, process: subprocess.Popen[str]) -> Done:
        _, err = process.communicate(timeout=280)
        return Done(process.returncode, err)

    def tree(self) -> dict[str, bytes]:
        return tree(self.out)

    def partials(self) -> list[Path]:
        """Files that are half written, wherever they are."""
        return list(self.out.rglob(f"{PARTIAL_PREFIX}*"))

    def left_running(self) -> list[psutil.Process]:
        """Processes of the last run that are still there after a while."""
        for _ in range(50):
            found = []
            for process in psutil.process_iter():
                with contextlib.suppress(psutil.Error):
                    ours = process.environ().get(MARK) == self.mark
                    if ours and process.status() != psutil.STATUS_ZOMBIE:
                        found.append(process)
            if not found:
                break
            time.sleep(0.1)
        return found


def tree(folder: Path) -> dict[str, bytes]:
    """All finished files of a folder, byte for byte."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(PARTIAL_PREFIX)
    }


def grows(name: str) -> bool:
    """Whether a file is written anew, whole each time, as the work goes on."""
    return ".vidtag-wrote" in name or name.endswith(".highlights.json")


@pytest.fixture(scope="session")
def video(tmp_path_factory) -> Path:
    """An applause, with a second before and after it; its sound has to be encoded in a clip."""
    path = tmp_path_factory.mktemp("faults-in") / "clap.mp4"
    subprocess.run(
        [
            *(find_ffmpeg().path, "-nostdin", "-v", "error", "-ss", str(APPLAUSE - 1), "-t", "5"),
            *("-i", SAMPLES / "demo.mp4", "-vf", "scale=160:90", "-g", "12"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "mp2", path),
        ],
        check=True,
    )
    return path


@dataclass(frozen=True)
class Undisturbed:
    """What a run comes to that nothing happens to, and how many seconds it took."""

    tree: dict[str, bytes]
    seconds: float

    @property
    def document(self) -> str:
        return next(name for name in self.tree if name.endswith(".vidtag.json"))

    @property
    def clip(self) -> str:
        return next(name for name in self.tree if name.endswith(".mp4"))


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory, video) -> Undisturbed:
    job = Job(video, tmp_path_factory.mktemp("faults-undisturbed"))
    began = time.monotonic()
    done = job()
    assert done.code == 0, done.err
    assert not job.left_running()
    return Undisturbed(job.tree(), time.monotonic() - began)


@pytest.fixture
def job(tmp_path, video) -> Job:
    """Nothing is done yet."""
    return Job(video, tmp_path / "out")


@pytest.fixture
def heard(job, undisturbed) -> Job:
    """Listened to, so that no model has to be loaded; nothing is shown yet."""
    place = job.out / undisturbed.document
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(undisturbed.tree[undisturbed.document])
    return job


@pytest.fixture
def stand_in(tmp_path) -> Callable[[str], dict[str, str]]:
    """An ffmpeg program that does as a piece of shell says, and then as the real one does."""

    def make(script: str) -> dict[str, str]:
        path = tmp_path / "ffmpeg"
        real = shlex.quote(find_ffmpeg().path)
        path.write_text(f'#!/bin/sh\n{script}\nexec {real} "$@"\n')
        path.chmod(0o755)
        return {"VIDTAG_FFMPEG": str(path)}

    return make


@pytest.fixture(scope="session")
def mounting() -> list[str]:
    """The beginning of a command that may mount, unseen by anybody else."""
    for start in (["unshare", "-rm"], ["unshare", "-m"]):
        if shutil.which(start[0]) is None:
            continue
        trial = [*start, "mount", "-t", "tmpfs", "none", "/mnt"]
        if subprocess.run(trial, capture_output=True, check=False).returncode == 0:
            return start
    pytest.skip("no file system can be mounted here")
