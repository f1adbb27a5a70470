"""The version is in one place, and vidtag runs where it is not installed."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import vidtag


def test_the_package_that_is_installed_says_the_same() -> None:
    assert importlib.metadata.version("vidtag") == vidtag.__version__


def test_it_runs_from_the_tree_without_being_installed(tmp_path: Path) -> None:
    hidden = (
        "import importlib.metadata as metadata, runpy, sys\n"
        "def version(name):\n"
        "    raise metadata.PackageNotFoundError(name)\n"
        "metadata.version = version\n"
        "sys.argv = ['vidtag', '--version']\n"
        "runpy.run_module('vidtag', run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", hidden], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"vidtag {vidtag.__version__}\n"), done.stderr
