"""What holds for all tests: no test is a timed test, and none leaves the process in real time."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings

from tests.builders.videos import Lab
from vidtag.media.ffmpeg_program import find_ffmpeg

settings.register_profile(
    "vidtag", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("vidtag")


def pytest_configure() -> None:
    """Workers share the cores: with as many threads each as there are cores they mostly wait for
    one another (training took four times as long). Commands that tests start take what users' do.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        torch.set_num_threads(max(1, torch.get_num_threads() // 2))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What takes long runs only where somebody asks for it."""
    if item.get_closest_marker("long") and os.environ.get("VIDTAG_LONG") != "1":
        pytest.skip("takes long; VIDTAG_LONG=1 runs it")


def pytest_runtest_teardown():
    """Real-time priority passes to all that is started later: a browser with it took every core
    from all else for an hour, and from the watchdogs."""
    if sys.platform == "linux" and os.sched_getscheduler(0) in (os.SCHED_FIFO, os.SCHED_RR):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        pytest.fail("the test gave the process real-time priority")


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Videos that carry the number of every frame, and what reads it back."""
    return Lab(tmp_path_factory.mktemp("videos"))


@pytest.fixture
def ffmpeg_cli() -> Callable[..., None]:
    """Run the ffmpeg program with arguments that vidtag itself would refuse, to make odd files."""
    program = find_ffmpeg().path

    def call(*arguments: str | Path) -> None:
        command = [program, "-nostdin", "-v", "error", "-y", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr

    return call
