import errno
import os
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidtag.core.errors import InputError, UserError
from vidtag.core.records import Progress
from vidtag.core.settings import Config
from vidtag.web.jobs import Jobs
from vidtag.web.limits import ServerLimits
from vidtag.web.tasks import TaskState, public_message
from vidtag.web.user_files import local_file, safe_name
from vidtag.web.wording import WORDS, preferred_language
from vidtag.web.work_wording import WORK_WORDS


@pytest.fixture
def jobs(tmp_path):
    made = Jobs(allowed=(tmp_path,), limits=ServerLimits(max_jobs=5))
    yield made
    made.close()
    assert not made.root.exists()


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.01)


class Work:
    """Work that reports until it is told to end, and remembers whether it was let finish."""

    def __init__(self):
        self.began, self.go, self.ended = threading.Event(), threading.Event(), False

    def __call__(self, on_progress):
        self.began.set()
        while not self.go.is_set():
            on_progress(Progress("speech", 1, 2))
            time.sleep(0.005)
        self.ended = True


def queue(jobs, work):
    """A job that does other work than listening."""
    identity, source = jobs.reserve("talk.mp4")
    source.write_bytes(b"x")
    return jobs.submit(identity, source, Config(), lambda job, task: work(task.on_progress))


def test_jobs_are_done_one_after_another(jobs):
    first, second = Work(), Work()
    one, two = queue(jobs, first), queue(jobs, second)
    until(first.began.is_set)
    assert not second.began.is_set()
    assert jobs.position(two.listen_task) >= 1
    first.go.set()
    until(second.began.is_set)
    assert one.listen_task.state is TaskState.DONE
    assert one.listen_task.stages["speech"] == Progress("speech", 1, 2)
    second.go.set()
    until(lambda: two.listen_task.state is TaskState.DONE)


def test_cancelling_ends_the_work_that_is_running(jobs):
    work = Work()
    job = queue(jobs, work)
    until(work.began.is_set)
    job.listen_task.cancel()
    until(lambda: job.listen_task.state is TaskState.CANCELLED)
    assert not work.ended
    after = Work()
    after.go.set()
    later = queue(jobs, after)
    until(lambda: later.listen_task.state is TaskState.DONE)


def test_what_waits_is_cancelled_at_once(jobs):
    blocking, waiting = Work(), Work()
    queue(jobs, blocking)
    job = queue(jobs, waiting)
    until(blocking.began.is_set)
    job.listen_task.cancel()
    assert job.listen_task.state is TaskState.CANCELLED
    blocking.go.set()
    until(lambda: not jobs._queue._waiting)
    assert not waiting.began.is_set()


def test_a_removed_job_leaves_no_file_and_is_forgotten(jobs):
    work = Work()
    job = queue(jobs, work)
    until(work.began.is_set)
    assert job.folder.exists()
    jobs.remove(job.id)
    assert not job.folder.exists()
    assert jobs.get(job.id) is None
    jobs.remove(job.id)


def test_an_error_of_ours_is_told_and_another_is_not(jobs):
    def ours(on_progress):
        raise InputError("is no media file", path=jobs.root / "secret" / "a.mp4", remedy="try b")

    def other(on_progress):
        raise RuntimeError("/home/somebody/secret")

    told_job, other_job = queue(jobs, ours), queue(jobs, other)
    until(lambda: other_job.listen_task.state.ended)
    assert told_job.listen_task.error == "a.mp4: is no media file. Try b"
    assert other_job.listen_task.error == "unexpected RuntimeError"


def test_jobs_that_nobody_asks_about_are_swept(tmp_path, monkeypatch):
    monkeypatch.setattr("vidtag.web.jobs._SWEEP_SECONDS", 0.02)
    jobs = Jobs(limits=ServerLimits(keep_seconds=0.2))
    work = Work()
    work.go.set()
    job = queue(jobs, work)
    until(lambda: not job.folder.exists())
    assert jobs.get(job.id) is None
    jobs.close()


def test_too_many_jobs_are_refused(jobs):
    for _ in range(4):
        queue(jobs, Work())
    jobs.reserve("half open.mp4")  # an upload that has begun counts
    with pytest.raises(UserError, match="already keeps 5"):
        jobs.reserve("x.mp4")


def test_ids_cannot_be_guessed(jobs):
    ids = set()
    for _ in range(50):
        identity, _ = jobs.reserve("x.mp4")
        ids.add(identity)
        jobs.discard(identity)
    assert len(ids) == 50
    assert all(len(identity) == 32 for identity in ids)


def test_only_files_in_allowed_folders_are_read(jobs, tmp_path):
    inside = tmp_path / "talk.mp4"
    inside.write_bytes(b"x")
    assert local_file(jobs.allowed, str(inside)) == inside.resolve()
    (tmp_path / "link.mp4").symlink_to("/etc/passwd")
    (tmp_path / "folder").mkdir()
    outside = tmp_path.parent / "beside.mp4"
    outside.write_bytes(b"x")
    for path in (
        outside, tmp_path / "link.mp4", tmp_path / "folder", tmp_path / "../beside.mp4",
        "/etc/passwd", "", "\0", "x" * 5000, f"{tmp_path}/absent.mp4",
    ):  # fmt: skip
        with pytest.raises(UserError, match="no such file in the folders"):
            local_file(jobs.allowed, str(path))


@given(st.text())
def test_any_name_becomes_the_name_of_a_file(name):
    safe = safe_name(name)
    assert safe
    assert "/" not in safe
    assert "\\" not in safe
    assert "\0" not in safe
    assert not safe.startswith(".")
    assert len(os.fsencode(safe)) <= 255
    assert safe_name(safe) == safe


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("talk.mp4", "talk.mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\videos\\姐姐 说.mov", "姐姐 说.mov"),
        ("<img src=x onerror=alert(1)>.mp4", "img src=x onerror=alert(1).mp4"),
        ("..", "upload"),
        ("", "upload"),
    ],
)
def test_names_keep_what_is_harmless(name, safe):
    assert safe_name(name) == safe


def test_what_the_server_lacks_is_said_without_where(jobs):
    def fill(on_progress):
        raise OSError(errno.ENOSPC, "No space left on device", "/srv/secret/talk.mp4")

    job = queue(jobs, fill)
    until(lambda: job.listen_task.state is TaskState.FAILED)
    assert job.listen_task.error == "talk.mp4: the disk is full. Free some space there"


def test_errors_without_a_path_are_told_as_they_are():
    assert public_message(UserError("no", remedy="yes")) == "no. Yes"


def test_the_page_says_the_same_in_both_languages():
    for table in (WORDS, WORK_WORDS):
        assert table["en"].keys() == table["zh"].keys()
        for key, english in table["en"].items():
            fields = sorted(part.split("}")[0] for part in english.split("{")[1:])
            assert fields == sorted(p.split("}")[0] for p in table["zh"][key].split("{")[1:]), key


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh;q=0.1", "en"),
        ("de, zh-TW;q=0.7, en;q=0.3", "zh"),
        ("fr", "en"),
        ("zh;q=x,,;", "en"),
        (None, "en"),
    ],
)
def test_the_language_follows_the_browser(header, language):
    assert preferred_language(header) == language
