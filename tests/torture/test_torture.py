"""A few hundred hostile files in CI; ``python -m tests.torture`` runs thousands.

Whatever the file: a valid result or one clear error that names it, in bounded time and memory, no
call to the network, nothing outside the output folder, and the worker still alive.
"""

import contextlib
import json
import os
import random
import shutil
from pathlib import Path

import pytest

from tests.torture import damage
from tests.torture.bases import QUICK, SECONDS, all_bases, call
from tests.torture.cases import damaged
from tests.torture.judge import Trap, Worker
from tests.torture.spliced import NAMES, SENTINEL, pointing, spliced
from vidtag.core import document as documents
from vidtag.core.names import DOCUMENT_SUFFIX
from vidtag.core.records import EventKind
from vidtag.listening.run import CLOCK_JUMPS
from vidtag.media.ffmpeg import file_url
from vidtag.media.probe import probe

DAMAGED = 220
CUTS = 26
CODEC_PADDING = 0.1
"""Seconds by which a codec's last block may go beyond the sound."""


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    """Every base this ffmpeg can make: {base: file}."""
    folder = tmp_path_factory.mktemp("bases")
    made = {base: base.make(folder) for base in all_bases()}
    return {base: path for base, path in made.items() if path is not None}


@pytest.fixture(scope="module")
def worker():
    worker = Worker()
    yield worker
    worker.close()


@pytest.fixture(scope="module")
def whole():
    worker = Worker(whole=True)
    yield worker
    worker.close()


def faults(paths, worker, out=None):
    verdicts = (worker.ask(path, out and out / str(n)) for n, path in enumerate(paths))
    return [fault for verdict in verdicts if (fault := verdict.fault())]


def test_every_container_and_codec_is_heard_whole(bases, worker):
    assert len(bases) > 200
    wrong = []
    for base, path in bases.items():
        verdict = worker.ask(path)
        if fault := verdict.fault():
            wrong.append(fault)
        elif base.seconds is not None:
            heard = verdict.answer.get("seconds")
            if heard is None or abs(heard - base.seconds) > CODEC_PADDING:
                wrong.append((base.name, verdict.answer))
    assert not wrong


def test_recordings_that_change_in_the_middle(tmp_path, worker):
    assert not faults(spliced(tmp_path), worker)


def test_files_that_point_elsewhere_reach_nothing(tmp_path, worker):
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    call("-f", "lavfi", "-i", "sine=d=1", file_url(tmp_path / SENTINEL))
    with contextlib.closing(Trap()) as trap:
        verdicts = [worker.ask(path) for path in pointing(inputs, trap.port)]
        assert [v for v in verdicts if v.fault() or v.kind != "refused"] == []
        assert not trap.sprung()


def test_damage_of_every_kind(bases, worker, tmp_path):
    rng = random.Random(8)
    sources = list(bases.values())
    paths = (damaged(rng.choice(sources), tmp_path, n, rng) for n in range(DAMAGED))
    assert not faults(paths, worker)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "avi", "wav", "mp3", "ogg", "flv"])
def test_cut_off_anywhere(bases, worker, tmp_path, suffix):
    source = next(path for path in bases.values() if path.suffix == f".{suffix}")
    data = source.read_bytes()

    def cut_off():
        for n in range(1, CUTS):
            path = tmp_path / f"cut-{n}.{suffix}"
            path.write_bytes(data[: len(data) * n // CUTS])
            yield path

    assert not faults(cut_off(), worker)


def test_the_judge_sees_a_crash_and_goes_on(tmp_path, worker, bases):
    """The suite itself can fail: a worker that dies is a fault, and the next file is heard."""
    worker.ask(next(iter(bases.values())))
    worker._process.kill()
    sound = next(path for path in bases.values() if path.suffix == ".wav")
    assert worker.ask(sound).kind == "crash"
    assert worker.ask(sound).kind == "heard"


def test_mutations_change_something(bases):
    data = next(iter(bases.values())).read_bytes()
    for mutation in damage.ALL:
        assert any(mutation(data, random.Random(seed)) != data for seed in range(8)), mutation


@pytest.fixture(scope="module")
def laugh(tmp_path_factory):
    """A little video in which somebody speaks and people laugh, so that clips are cut too."""
    path = tmp_path_factory.mktemp("laugh") / "laugh.mp4"
    call("-ss", "9", "-t", "7", "-i", "samples/demo.mp4", "-vf", "scale=128:72,fps=12", *QUICK,
         "-c:a", "aac", file_url(path))  # fmt: skip
    return path


def tree(folder):
    return {os.fsencode(p) for p in folder.rglob("*") if p.is_file()}


def test_no_file_name_leads_astray(tmp_path, whole):
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    sound = tmp_path / "sound.wav"
    call("-f", "lavfi", "-i", f"sine=d={SECONDS}:r=16000", file_url(sound))
    out = tmp_path / "out"
    wrong = []
    for number, name in enumerate(NAMES):
        path = inputs / os.fsdecode(name)
        shutil.copy(sound, path)
        before = tree(tmp_path)
        verdict = whole.ask(path, out / str(number))
        refusable = isinstance(name, bytes) or len(name) > 240
        if (fault := verdict.fault()) or not (verdict.kind == "heard" or refusable):
            wrong.append(fault or verdict)
        strays = {p for p in tree(tmp_path) - before if not p.startswith(os.fsencode(out))}
        assert not strays, name
    assert not wrong


ODD = {
    "turned.mp4": ("-c", "copy"),
    "variable.mkv": ("-vf", "select='gt(random(0),0.5)'", "-fps_mode", "vfr", *QUICK),
    "surround.m4a": ("-vn", "-ac", "8", "-c:a", "aac"),
    "stills.mp4": ("-vf", "fps=0.4", *QUICK),
    "odd-size.mkv": ("-vf", "scale=127:71", "-c:v", "ffv1"),
    "short-sound.mp4": ("-af", "atrim=0:3", *QUICK),
    "late.mkv": ("-c", "copy", "-output_ts_offset", "7"),
    "hour.ts": ("-c", "copy", "-output_ts_offset", "3600"),
    "old.avi": ("-c:v", "mpeg4", "-bf", "2", "-c:a", "libmp3lame"),
    "short-picture.mp4": ("-vf", "trim=0:1.5", *QUICK),
}


@pytest.mark.parametrize("name", ODD)
def test_the_whole_job_on_odd_videos(tmp_path, whole, laugh, name):
    source = tmp_path / name
    first = ("-display_rotation", "90") if name == "turned.mp4" else ()
    call(*first, "-i", laugh, *ODD[name], file_url(source))
    out = tmp_path / "out"
    verdict = whole.ask(source, out)
    assert (verdict.kind, verdict.fault()) == ("heard", None), verdict
    strays = {p for p in tree(tmp_path) if not p.startswith(os.fsencode(out))}
    assert strays == {os.fsencode(source)}
    assert not [p for p in tree(out) if b"partial" in p]


def test_the_whole_job_on_joined_recordings(tmp_path, whole, laugh):
    """Their clock jumps back where they meet; what is heard twice is found, and cut, twice."""
    once = tmp_path / "once"
    assert whole.ask(laugh, once).kind == "heard"
    single = documents.read(once / f"laugh{DOCUMENT_SUFFIX}")
    assert single.segments
    parts = [tmp_path / "first.ts", tmp_path / "second.ts"]
    for part, start in zip(parts, ("7000", "20"), strict=True):
        call("-i", laugh, "-c", "copy", "-output_ts_offset", start, file_url(part))
    source, out = tmp_path / "joined.ts", tmp_path / "out"
    source.write_bytes(b"".join(part.read_bytes() for part in parts))
    length = sum(probe(part).duration for part in parts)
    verdict = whole.ask(source, out)
    assert (verdict.kind, verdict.fault()) == ("heard", None), verdict
    document = documents.read(out / f"joined{DOCUMENT_SUFFIX}")
    assert document.media.duration == pytest.approx(length, abs=0.2)
    assert CLOCK_JUMPS in document.notes
    marked = [e for e in single.events if e.kind in (EventKind.LAUGHTER, EventKind.APPLAUSE)]
    assert marked
    for event in marked:
        starts = [other.start for other in document.events if other.kind is event.kind]
        for later in (0.0, length / 2):
            assert min(abs(event.start + later - start) for start in starts) < 0.3, event
    said, again = (set(one.segments[-1].text.split()) for one in (single, document))
    assert len(said & again) > len(said) / 2
    listed = json.loads((out / "joined.highlights.json").read_text(encoding="utf-8"))["clips"]
    assert max(clip["end"] for clip in listed) > length / 2
    for clip in listed:
        made = probe(out / "joined.clips" / Path(clip["file"]).name)
        assert made.duration == pytest.approx(clip["end"] - clip["start"], abs=0.1)
