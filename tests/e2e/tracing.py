"""What a command and all of its children asked the system for, seen by strace."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT

_CALLS = (
    "%network,open,openat,openat2,creat,truncate,mkdir,mkdirat,mknod,mknodat,rename,renameat,"
    "renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,chmod,fchmodat,utimensat"
)
_NETWORK = re.compile(r"(connect|sendto|sendmsg|sendmmsg)\(")
_RESOLVES = ("/etc/hosts", "/etc/resolv.conf")
_LOOPBACK = ('inet_addr("127.', '"::1"', '"::ffff:127.')
_OPENS = re.compile(r"(open|openat|openat2)\(")
_WRITES = re.compile(r"\bO_(WRONLY|RDWR|CREAT|TRUNC)\b")
_PATH = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Trace:
    """The calls of all processes, one a line."""

    lines: tuple[str, ...]

    @property
    def asked(self) -> list[str]:
        """Calls that reach, or would reach, another machine, and those that look up a name."""
        return [line for line in self.lines if _is_outside(line)]

    @property
    def reached(self) -> list[str]:
        """Calls that reach, or would reach, another machine, one that knows names among them."""
        return [line for line in self.asked if "AF_INET" in line]

    @property
    def opened_to_others(self) -> list[str]:
        """Calls that let other machines reach a process."""
        return [line for line in self.lines if line.startswith("bind(") and _is_not_here(line)]

    @property
    def written(self) -> set[Path]:
        """Files and folders that were made, changed, renamed or removed."""
        return {path for line in self.lines for path in _changed(line)}


def _is_outside(line: str) -> bool:
    if _OPENS.match(line):
        return any(f'"{name}"' in line for name in _RESOLVES)
    if not _NETWORK.match(line):
        return False
    return "nscd" in line or _is_not_here(line) or "sin_port=htons(53)" in line


def _is_not_here(line: str) -> bool:
    """Whether an address in a network is told that is not this machine's own loopback."""
    return "AF_INET" in line and not any(name in line for name in _LOOPBACK)


def _changed(line: str) -> Iterator[Path]:
    call = line.partition("(")[0]
    if " = -1 " in line or call not in _CALLS.split(","):
        return
    if _OPENS.match(line) and not _WRITES.search(line):
        return
    for base, name in _PATH.findall(line):
        if name:
            yield Path(os.path.normpath(os.path.join(base or "/not-known", name)))


def strace() -> str:
    """The program; where there is none, the test is skipped, but not in CI."""
    program = shutil.which("strace")
    if program is None:
        message = "no strace on PATH (apt-get install strace)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return program


def traced(folder: Path, command: Sequence[object], **env: str) -> subprocess.Popen[str]:
    """Start a command under strace in ``folder``, with a home and a place for scratch there."""
    for name in ("home", "tmp", "trace", "work"):
        (folder / name).mkdir()
    tracer = [strace(), "-ff", "--seccomp-bpf", "-y", "-s", "4096", "-e", f"trace={_CALLS}"]
    return subprocess.Popen(
        [*tracer, "-o", str(folder / "trace" / "of"), sys.executable, *map(str, command)],
        cwd=folder / "work",
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("XDG_")},
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "tmp"),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",  # compiled modules are Python's own affair
            **env,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def trace_of(folder: Path) -> Trace:
    """What was seen of the command that was started in ``folder`` and has ended."""
    files = sorted((folder / "trace").iterdir())
    return Trace(
        tuple(
            line
            for file in files
            for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
        )
    )
