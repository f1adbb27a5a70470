"""Gives files to workers, with a time limit, and says which verdicts are faults of vidtag."""

from __future__ import annotations

import json
import os
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIMIT_SECONDS = 60.0
"""A case takes a fraction of a second; this tells hanging from a busy machine."""
PEAK_MIB = 700
"""Resident memory of a worker that decodes tiny files, libraries included."""


@dataclass(frozen=True)
class Fault:
    """A file that vidtag did not stand up to."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What came of one file."""

    path: Path
    kind: str
    answer: dict[str, Any]

    def fault(self) -> Fault | None:
        """Why this verdict is a fault; None if the file was heard, or refused in words."""
        if self.kind not in ("heard", "refused"):
            return Fault(self.path, f"{self.kind}: {self.answer.get('error', '')}")
        if self.kind == "refused":
            error = self.answer["error"]
            if "\n" in error and "\n" not in self.path.name:
                return Fault(self.path, f"an error of several lines: {error!r}")
            if not self.answer["named"]:
                return Fault(self.path, f"an error that does not name the file: {error!r}")
        return None


class Worker:
    """A worker process; ``ask`` kills and replaces it when it hangs or dies."""

    def __init__(self, *, whole: bool = False) -> None:
        self._whole = whole
        self._process: subprocess.Popen[str] | None = None

    def ask(self, path: Path, out: Path | None = None) -> Verdict:
        """Have a file heard."""
        process = self._process or self._start()
        job = {"path": os.fsencode(path).hex(), "out": None if out is None else str(out)}
        assert process.stdin
        try:
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
            line = self._lines.get(timeout=LIMIT_SECONDS)
        except BrokenPipeError:
            line = ""
        except queue.Empty:
            self.close()
            return Verdict(path, "hang", {"error": f"no answer in {LIMIT_SECONDS:g} s"})
        if not line:
            code = process.wait()
            self.close()
            return Verdict(path, "crash", {"error": f"the process ended with {code}"})
        answer = json.loads(line)
        if not self._whole and answer["peak_mib"] > PEAK_MIB:
            self.close()
            return Verdict(path, "memory", {"error": f"{answer['peak_mib']} MiB resident"})
        return Verdict(path, answer["kind"], answer)

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.worker", *([] if self._whole else ["--media"])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._process = process
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, args=(process, self._lines), daemon=True).start()
        return process

    @staticmethod
    def _read(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            lines.put(line)
        lines.put("")

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def judged(paths: Iterable[Path], worker: Worker) -> Iterator[Verdict]:
    """Verdicts, in order."""
    for path in paths:
        yield worker.ask(path)


class Trap:
    """A port of this machine that nobody has any business with."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self.port: int = self._socket.getsockname()[1]

    def sprung(self) -> bool:
        """Whether anybody has called."""
        try:
            self._socket.accept()[0].close()
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()
