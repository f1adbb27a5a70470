"""Whatever happens to a run: what is there is whole, the rest is absent, and a new run completes.

The program is the real one, on a real video. Kills are few here, because many of them load a model.
Many more::

    VIDTAG_KILLS=40 pytest tests/faults
"""

from __future__ import annotations

import os
import random
import resource
import shlex
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.faults.conftest import Job, Undisturbed, grows, tree
from vidtag.files import SCRATCH_PREFIX

KILLS = int(os.environ.get("VIDTAG_KILLS", "4"))


def check_whole(found: dict[str, bytes], undisturbed: Undisturbed) -> None:
    """What is there under its final name is what an undisturbed run has there."""
    for name, content in found.items():
        assert name in undisturbed.tree
        if not grows(name):
            assert content == undisturbed.tree[name], name


def check_completes(job: Job, undisturbed: Undisturbed) -> None:
    """A new run makes everything, and leaves nothing else."""
    job.env = {}
    done = job()
    assert done.code == 0, done.err
    assert job.tree() == undisturbed.tree
    assert not job.partials()


# ------------------------------------------------------------------------------------ disk
FULL = """
mount -t tmpfs -o size={kib}k none {out} || exit 99
cp -a {before}/. {out}
{command}; code=$?
cp -a {out}/. {after}
mount -o remount,size=64m {out} || exit 99
{command} 2>/dev/null || exit 98
cp -a {out}/. {again}
exit $code
"""


def kib(*sizes: int) -> int:
    """What files take on a disk of 4 KiB pages."""
    return sum(-(-size // 4096) * 4 for size in sizes)


@pytest.mark.parametrize(
    "until", [pytest.param("the document", marks=pytest.mark.long), "the clip"]
)
def test_a_full_disk(until, job, undisturbed, mounting, tmp_path):
    sizes = {name: len(content) for name, content in undisturbed.tree.items()}
    before, after, again = (tmp_path / name for name in ("before", "after", "again"))
    for folder in (before, after, again, job.out):
        folder.mkdir()
    if until == "the document":
        room = 4
        (before / "other").write_bytes(bytes(4096))
    else:
        (before / undisturbed.document).write_bytes(undisturbed.tree[undisturbed.document])
        small = [size for name, size in sizes.items() if "/" not in name]
        room = kib(*small) + kib(sizes[undisturbed.clip]) // 3
    places = {"out": job.out, "before": before, "after": after, "again": again}
    script = FULL.format(
        kib=room,
        command=shlex.join(job.command()),
        **{name: shlex.quote(str(path)) for name, path in places.items()},
    )
    done = job.by_shell(mounting, script)
    line = done.complaint()
    assert done.code == 2
    assert str(job.out) in line
    assert "disk is full" in line or "No space left" in line
    assert "room" in line or "Free some space" in line
    found, complete = tree(after), tree(again)
    for files in (found, complete):
        files.pop("other", None)
    check_whole(found, undisturbed)
    assert undisturbed.clip not in found
    assert (undisturbed.document in found) == (until == "the clip")
    assert not list(after.rglob(".vidtag-partial-*"))
    assert not job.left_running()
    assert complete == undisturbed.tree


def test_a_disk_without_room_for_the_video_with_subtitles(heard, undisturbed, mounting, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    document = heard.out / undisturbed.document
    command = [sys.executable, "-m", "vidtag", "mux", str(document), "-o", str(small / "x.mkv")]
    mount = f"mount -t tmpfs -o size=100k none {shlex.quote(str(small))} || exit 99; "
    done = heard.by_shell(mounting, f"{mount}{shlex.join(command)}")
    assert done.code == 2
    assert done.complaint().startswith(f"vidtag: {small / 'x.mkv'}: the disk is full")


def test_a_disk_that_takes_no_large_files(heard, undisturbed):
    """As some do; and what can be tried wherever nothing may be mounted."""
    most = len(undisturbed.tree[undisturbed.clip]) // 2
    assert most > max(len(c) for n, c in undisturbed.tree.items() if "/" not in n)
    done = heard(prepare=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
    line = done.complaint()
    assert Path(undisturbed.clip).name in line or heard.video.name in line
    check_whole(heard.tree(), undisturbed)
    assert undisturbed.clip not in heard.tree()
    assert not heard.partials()
    check_completes(heard, undisturbed)


def test_an_output_folder_on_a_disk_that_is_only_read(job, mounting, tmp_path):
    job.out.mkdir()
    script = f"mount -t tmpfs -o ro none {shlex.quote(str(job.out))} && exec "
    done = job.by_shell(mounting, script + shlex.join(job.command()))
    line = done.complaint()
    assert done.code == 2
    assert str(job.out) in line
    assert "Read-only file system" in line
    assert "--output" in line


def test_an_output_folder_that_nobody_can_make(job):
    job.out = Path("/proc/vidtag")
    line = job().complaint()
    assert "/proc/vidtag" in line
    assert "--output" in line


# ---------------------------------------------------------------------------------- ffmpeg
FFMPEG = {
    "dies": ('case "$*" in *"-i "*) kill -SEGV $$ ;; esac', "ffmpeg crashed (signal 11)"),
    "hangs": ('case "$*" in *"-i "*) sleep 1000 ;; esac', "ffmpeg hung: it did nothing for 2 sec"),
    "lacks an encoder": (
        'case "$*" in *"-i "*) echo "Unknown encoder \'aac\'" >&2; exit 8 ;; esac',
        "this ffmpeg lacks an encoder",
    ),
}


@pytest.mark.parametrize("how", FFMPEG)
def test_an_ffmpeg_that_fails(how, heard, undisturbed, stand_in):
    script, said = FFMPEG[how]
    heard.env = {**stand_in(script), "VIDTAG_FFMPEG_PATIENCE": "2"}
    done = heard()
    assert done.code == 1
    line = done.complaint()
    assert said in line
    assert heard.video.name in line
    check_whole(heard.tree(), undisturbed)
    assert undisturbed.clip not in heard.tree()
    assert any(name.endswith(".srt") for name in heard.tree())
    assert not heard.partials()
    assert not heard.left_running()
    check_completes(heard, undisturbed)


@pytest.mark.long
@pytest.mark.parametrize("where", ["while it listens", "while it cuts"])
def test_ctrl_c_does_not_wait_for_an_ffmpeg_that_hangs(where, request, stand_in, tmp_path):
    job = request.getfixturevalue("job" if where == "while it listens" else "heard")
    sign = tmp_path / "hangs"
    script = f'case "$*" in *"-i "*) touch {sign}; sleep 1000 ;; esac'
    job.env = {**stand_in(script), "VIDTAG_FFMPEG_PATIENCE": "1000"}
    process = job.start()
    while not sign.exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    done = job.end(process)
    assert done.code == 130, done.err
    assert "interrupted" in done.complaint()
    assert not job.partials()
    assert not job.left_running()


# ----------------------------------------------------------------------------------- video
def test_videos_that_change_while_they_are_read(undisturbed, video, stand_in, tmp_path):
    """One goes, one becomes another, and a third, after them, is none the worse for it."""
    folder = tmp_path / "in"
    folder.mkdir()
    gone, changed = folder / "gone.mp4", folder / "changed.mp4"
    for path in (gone, changed):
        shutil.copyfile(video, path)
    job = Job(gone, tmp_path / "out")
    job.env = stand_in(
        f'case "$*" in\n'
        f'  *"file:{gone}"*) rm {gone} ;;\n'
        f'  *"file:{changed}"*) printf "something else" >> {changed} ;;\n'
        f"esac"
    )
    done = job(changed, video)
    assert done.code in (1, 2)
    assert "Traceback" not in done.err
    lines = [line for line in done.err.splitlines() if line.startswith("vidtag: ")]
    assert len(lines) == 3, done.err
    assert str(gone) in lines[0]
    assert str(changed) in lines[1]
    assert "changed while it was listened to" in lines[1]
    assert "2 of 3 videos failed" in lines[2]
    assert job.tree() == undisturbed.tree


# ----------------------------------------------------------------------------------- limits
@pytest.mark.parametrize("files", [9, 11])
def test_too_few_files_may_be_open(files, heard, undisturbed):
    done = heard(prepare=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)))
    if done.code or files < 10:
        line = done.complaint()
        assert "too many" in line.lower()
        assert "ulimit -n" in line
    check_whole(heard.tree(), undisturbed)
    assert not heard.left_running()
    check_completes(heard, undisturbed)


# ------------------------------------------------------------------------------------ kills
def test_what_a_killed_run_left_in_the_temporary_folder_is_swept(heard, stand_in, tmp_path):
    """By the next run, whatever it is about."""
    place, sign = tmp_path / "tmp", tmp_path / "hangs"
    place.mkdir()
    told = {"TMPDIR": str(place)}
    upright = ("--set", "highlights.social=true")
    hang = f'case "$*" in *"subtitles="*) touch {sign}; exec sleep 1000 ;; esac'
    heard.env = {**told, **stand_in(hang), "VIDTAG_FFMPEG_PATIENCE": "1000"}
    process = heard.start(*upright)
    while not sign.exists() and process.poll() is None:
        time.sleep(0.05)
    process.kill()
    heard.end(process)
    assert not heard.left_running()
    assert [path.name for path in place.glob(f"{SCRATCH_PREFIX}*")], "it was at work there"
    heard.env = told
    done = heard("--no-clips")
    assert done.code == 0, done.err
    assert not list(place.glob("vidtag*"))


@pytest.mark.long
def test_killed_at_any_moment(job, undisturbed):
    chance = random.Random(os.environ.get("VIDTAG_SEED", "vidtag"))
    numbers = [signal.SIGKILL, signal.SIGINT, signal.SIGTERM]
    show = 1.5
    for kill in range(KILLS):
        number = numbers[kill % 3]
        known = (job.out / undisturbed.document).exists()
        left = set(job.partials())
        process = job.start()
        time.sleep(chance.uniform(0.2, show if known else undisturbed.seconds))
        process.send_signal(number)
        done = job.end(process)
        assert "Traceback" not in done.err, done.err
        if number == signal.SIGKILL:
            assert done.code in (0, -signal.SIGKILL)
        else:
            # Before Python has begun to run vidtag, a signal ends it at once.
            assert done.code in (0, 130, -number), done.err
            assert set(job.partials()) <= left, "it cleared up, all but what was killed before"
        assert not job.left_running()
        check_whole(job.tree(), undisturbed)
        if done.code == 0 or chance.random() < 0.3:
            shutil.rmtree(job.out, ignore_errors=True)
    check_completes(job, undisturbed)
