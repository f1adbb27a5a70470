"""Small media, batch files, and the command line in a process of its own."""

import json
import os
import subprocess
import sys
import wave
from dataclasses import dataclass, field
from pathlib import Path

import ffmpeg
import fsspec
import numpy as np
import pytest

from vidtag.batch.plan import STATE_FOLDER
from vidtag.media.audio import stream_audio
from vidtag.media.ffmpeg import run
from vidtag.media.probe import probe
from vidtag.media.samples import SAMPLE_RATE

ROOT = Path(__file__).parent.parent.parent
SAMPLES = ROOT / "samples"

SETTINGS = """
model: {name: pocket, device: cpu}
video: {shots: "off"}
report: {enabled: false}
workers: {cpu: 1, models: 1, threads: 1}
"""
"""As light as can be: what is tested here is the batch, not what it works on."""


@pytest.fixture(params=["memory", "file"])
def store(request, tmp_path):
    """The address of an empty store: of objects, and of folders."""
    if request.param == "file":
        yield f"file://{tmp_path}/store"
        return
    objects = fsspec.filesystem("memory").store
    objects.clear()
    yield "memory://store"
    objects.clear()


@pytest.fixture(scope="session")
def truth():
    return json.loads((SAMPLES / "demo.truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def media(tmp_path_factory, truth):
    """A folder of pieces of the demo: ``say0.wav`` to ``say3.wav``, and ``clap.mp4`` to be cut."""
    folder = tmp_path_factory.mktemp("media")
    sound = np.concatenate(list(stream_audio(probe(SAMPLES / "demo.mp4"))))

    def cut(start: float, end: float, path: Path) -> Path:
        samples = sound[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
            file.writeframes((samples * 32767).astype("<i2").tobytes())
        return path

    for number, segment in enumerate(truth["segments"][:4]):
        cut(
            segment["start"],
            min(segment["start"] + 1.5, segment["end"]),
            folder / f"say{number}.wav",
        )
    claps = next(e for e in truth["events"] if e["kind"] == "Applause")
    track = cut(claps["start"] - 1.0, claps["end"] + 1.0, folder / "clap.wav")
    length = claps["end"] - claps["start"] + 2
    picture = ffmpeg.input(f"testsrc2=size=160x90:rate=25:duration={length}", f="lavfi")
    partial = folder / ".vidtag-partial-clap.mp4"
    options = {"c:v": "libx264", "preset": "ultrafast", "g": 12, "pix_fmt": "yuv420p"}
    run(
        ffmpeg.output(
            picture, ffmpeg.input(f"file:{track}"), f"file:{partial}", acodec="aac", **options
        )
    )
    partial.rename(folder / "clap.mp4")
    track.unlink()
    return folder


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict]:
        """What was printed with ``--log-format json``."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Batch:
    """A batch in a folder: ``in/``, ``batch.yaml`` and, in time, ``out/``."""

    folder: Path
    settings: str = SETTINGS
    env: dict[str, str] = field(default_factory=dict)
    inputs: Path | str = "in"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def state(self) -> Path:
        return self.out / STATE_FOLDER

    def write(self, more: str = "") -> "Batch":
        text = f"inputs: [{self.inputs}]\noutput: {{folder: out}}\n{self.settings}{more}"
        (self.folder / "batch.yaml").write_text(text)
        return self

    def add(self, *files: Path, name: str = "") -> "Batch":
        (self.folder / "in").mkdir(exist_ok=True)
        for file in files:
            os.link(file, self.folder / "in" / (name or file.name))
        return self

    def command(self, command: str = "batch", *arguments: object) -> list[str]:
        target = {"batch": "batch.yaml", "status": "out", "watch": "in"}[command]
        return [sys.executable, "-m", "vidtag", command, target, *map(str, arguments)]

    def start(self, command: str = "batch", *arguments: object) -> subprocess.Popen:
        return subprocess.Popen(
            self.command(command, *arguments),
            cwd=self.folder,
            env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1", **self.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __call__(self, command: str = "batch", *arguments: object) -> Done:
        process = self.start(command, *arguments)
        out, err = process.communicate(timeout=280)
        return Done(process.returncode, out, err)

    def tree(self) -> dict[str, bytes]:
        """All results, byte for byte; what tells times and the ledger excepted."""
        return {
            path.relative_to(self.out).as_posix(): path.read_bytes()
            for path in sorted(self.out.rglob("*"))
            if path.is_file()
            and STATE_FOLDER not in path.parts
            and path.name not in ("summary.json", "failures.csv")
        }


@pytest.fixture
def batch(tmp_path):
    return Batch(tmp_path)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, media):
    """A batch that nothing happened to."""
    made = Batch(tmp_path_factory.mktemp("undisturbed")).write()
    made.add(*sorted(media.glob("*.wav")), media / "clap.mp4")
    done = made("batch", "--log-format", "json")
    assert done.code == 0, done.err
    return made, done
