"""How a cluster's resources are shared out: there is always room to decode beside listening."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("ray")

from vidtag.batch.ray_cluster import ClusterShares, share_out


@given(
    st.integers(1, 500),
    st.integers(1, 64),
    st.one_of(st.none(), st.integers(1, 64)),
    st.one_of(st.none(), st.integers(1, 16)),
)
def test_without_gpus_a_core_is_left_for_decoding(cpus, largest, models, threads):
    got = share_out(cpus, 0, min(largest, cpus), models=models, threads=threads)
    assert got.listeners >= 1
    assert got.tasks >= 1
    if cpus >= 2:
        assert got.listeners * got.listener_cpus + got.task_cpus <= cpus
        assert got.listener_cpus <= min(largest, cpus)


def test_one_listener_per_gpu():
    assert share_out(64, 8, 8) == ClusterShares(8, 1.0, 1.0, 56, 1.0)
    assert share_out(64, 8, 8, models=16).listener_gpus == 0.5


def test_four_cores_per_listener_on_three_quarters_of_the_cores():
    assert share_out(64, 0, 16) == ClusterShares(12, 0.0, 4.0, 16, 1.0)
    assert share_out(64, 0, 2).listener_cpus == 2.0


def test_a_single_core_is_shared():
    assert share_out(1, 0, 1) == ClusterShares(1, 0.0, 0.5, 1, 0.5)


def refused(home: Path, **env: str) -> str:
    """What is said by a process of its own that cannot begin a cluster."""
    code = """
from vidtag.batch.ray_cluster import connect
from vidtag.core.errors import UserError
try:
    connect("local")
except UserError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "RAY_AUTH_MODE": "token", "HOME": str(home), **env},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_token_file_that_is_not_there_is_named(tmp_path):
    said = refused(tmp_path, RAY_AUTH_TOKEN_PATH=str(tmp_path / "none"))
    assert said.startswith(
        "Ray cannot use a token for 'local' (RAY_AUTH_TOKEN_PATH is set but file"
    )
    assert str(tmp_path / "none") in said
    assert said.endswith("RAY_AUTH_MODE=disabled does without tokens\n")
    assert len(said) < 400


def test_a_home_where_no_token_can_be_kept_is_named(tmp_path):
    (tmp_path / ".ray").write_text("a file in its place")
    said = refused(tmp_path)
    assert said.startswith(f"{tmp_path / '.ray'}")
    assert "Ray cannot keep its token" in said
