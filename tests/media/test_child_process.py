"""Children are started beside other threads, and die with the process that started them."""

import contextlib
import os
import subprocess
import sys
import threading
import time

import psutil
import pytest

from vidtag.media.child_process import answer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="another system's children")

PARENT = """
import os, sys
from vidtag.media.child_process import Limits, running
for program in sys.argv[1:-1]:
    child = running([program, "0"], stdin=None, environment=os.environ, limits=Limits())
    with child as ended: ended.output.read()
command = ["sh", "-c", "sleep 600 & echo $!; wait"]
with running(command, stdin=None, environment=os.environ, limits=Limits()) as child:
    print(int(child.output.readline()), flush=True)
    if sys.argv[-1] == "exit":
        os._exit(3)
    child.output.read()
"""


@contextlib.contextmanager
def parent(how):
    """A process that waits for a child, and that child's own child."""
    command = [sys.executable, "-c", PARENT, "sleep", how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, psutil.Process(int(process.stdout.readline()))
        finally:
            process.kill()


def gone(process, seconds=10.0):
    end = time.monotonic() + seconds
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("how", ["kill", "terminate", "exit"])
def test_children_and_theirs_die_with_their_parent_however_it_ends(how):
    with parent(how) as (process, grandchild):
        if how != "exit":
            getattr(process, how)()
        assert process.wait(20) != 0
        assert gone(grandchild)


def test_whoever_watches_is_gone_too():
    with parent("kill") as (process, grandchild):
        watchers = [
            one
            for one in psutil.Process(process.pid).children()
            if one.cmdline()[:2] == ["/bin/sh", "-c"] and "leader" in one.cmdline()[2]
        ]
        assert len(watchers) == 1
        assert watchers[0].cwd() == "/"
        process.kill()
        process.wait(20)
    assert gone(grandchild)
    assert gone(watchers[0])


class Foreign:
    """Kept by a thread, and destroyed only where that runs, as a scaler of PyAV 19."""

    def __init__(self):
        self.process = os.getpid()

    def __del__(self):
        while os.getpid() != self.process:
            time.sleep(1)


def test_what_other_threads_keep_does_not_hold_up_the_start_of_a_child():
    own, ready, done = threading.local(), threading.Event(), threading.Event()

    def keep():
        own.kept = Foreign()
        ready.set()
        done.wait()

    def start():
        answers.append(answer(["true"]).code)

    answers: list[int] = []
    keeper = threading.Thread(target=keep, daemon=True)
    starter = threading.Thread(target=start, daemon=True)
    keeper.start()
    assert ready.wait(10)
    starter.start()
    starter.join(20)
    done.set()
    assert answers == [0]
