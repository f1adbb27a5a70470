"""What becomes of a task in a worker process: what the machine lacks is said as plainly as to a
user at the command line.
"""

import os
import resource
from dataclasses import dataclass

import pytest

from vidtag.batch.batch_settings import BatchConfig
from vidtag.batch.local_runner import LocalRunner
from vidtag.batch.worker import Allowance, Worker
from vidtag.core.errors import MachineError, OutputError, VidtagError


@dataclass(frozen=True)
class OpenFiles:
    """A task that opens more files than it may."""

    def run(self, context):
        most = 200
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        while True:
            os.open("/dev/null", os.O_RDONLY)


@dataclass(frozen=True)
class FillDisk:
    """A task that writes to a disk without room, and meets the error in another one's stead."""

    def run(self, context):
        try:
            with open("/dev/full", "wb", buffering=0) as disk:
                disk.write(b"x")
        except OSError as error:
            raise RuntimeError("a library in between") from error


@dataclass(frozen=True)
class Stumble:
    """A task with a bug."""

    def run(self, context):
        raise ZeroDivisionError("oops")


@pytest.fixture
def worker(tmp_path):
    made = Worker("test", tmp_path / "workers.log")
    yield made
    made.kill()


def test_what_the_machine_lacks_is_said(worker, tmp_path):
    full = worker.run(FillDisk(), Allowance(60)).error
    assert isinstance(full, MachineError)
    assert str(full) == "the disk is full. Free some space there"
    files = worker.run(OpenFiles(), Allowance(60)).error
    assert isinstance(files, MachineError)
    assert "too many files are open. Raise the limit" in str(files)
    assert (tmp_path / "workers.log").read_text() == ""


def test_what_is_a_bug_is_called_one(worker, tmp_path):
    finished = worker.run(Stumble(), Allowance(60))
    assert type(finished.error) is VidtagError
    assert "unexpected ZeroDivisionError: oops. This is a bug" in str(finished.error)
    assert not finished.gone
    assert "Traceback" in (tmp_path / "workers.log").read_text()


@pytest.mark.skipif(os.name != "posix", reason="no such files")
@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_what_is_planted_as_the_workers_log_is_refused(tmp_path, kind):
    log, other = tmp_path / "workers.log", tmp_path / "precious"
    other.write_text("kept")
    os.mkfifo(log) if kind == "pipe" else log.symlink_to(other)
    with pytest.raises(OutputError, match=r"workers\.log: .* log here \(not a regular file\)"):
        LocalRunner(BatchConfig(), tmp_path)
    assert other.read_text() == "kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["precious", "workers.log"]
