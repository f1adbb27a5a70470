"""Containers and affinity bound how many workers and threads there are."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from vidtag.core.errors import UserError, machine_error
from vidtag.core.machine import check_memory, usable_cores

DEMO = Path(__file__).parent.parent.parent / "samples" / "demo.mp4"


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "100000 100000\n"}, 1),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu.max": "nonsense"}, None),
        ({"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({}, None),
    ],
)
def test_the_limit_of_a_container_is_kept(tmp_path, files, cores):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert usable_cores(tmp_path) == (cores or len(os.sched_getaffinity(0)))


def test_affinity_is_kept():
    code = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
    code += "from vidtag.core.machine import usable_cores; print(usable_cores())"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "1"


def test_too_little_memory_is_one_line(tmp_path):
    """With two gigabytes and less of address space, some library's allocation failed: a crash."""
    limit = 2_000_000_000
    done = subprocess.run(
        [sys.executable, "-m", "vidtag", "run", str(DEMO), "--model", "pocket", "-o", tmp_path],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines()[-1].startswith("vidtag: not memory enough")
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("files", "enough"),
    [
        ({"memory.max": "400000000\n"}, False),
        ({"memory.max": "600000000\n"}, True),
        ({"memory.max": "max\n"}, True),
        ({"memory/memory.limit_in_bytes": "400000000\n"}, False),
        ({}, True),
    ],
)
def test_the_memory_of_a_container_is_known_before_it_runs_out(tmp_path, files, enough):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    if enough:
        check_memory(0, tmp_path)
    else:
        with pytest.raises(UserError, match=r"this container may have 0\.40 GB, and 0\.50 GB are"):
            check_memory(0, tmp_path)


def test_what_libraries_say_without_memory_is_no_bug():
    said = ImportError("libtorch_cpu.so: failed to map segment from shared object")
    assert "out of memory" in str(machine_error(said))
    assert machine_error(RuntimeError("something else")) is None
