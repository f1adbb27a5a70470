"""Hears one file after another, and tells what came of each: a process that may be killed.

Reads lines of JSON ``{"path": hex of the name's bytes, "out": folder or null}``; writes a line of
JSON each. Without ``out`` the file is probed and all its sound decoded; with it the whole job
runs, clips and all.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import warnings
from pathlib import Path
from typing import Any

MEDIA_BYTES = 3 << 30
"""Address space of a worker that only decodes: what asks for more fails."""


def hear(path: Path) -> dict[str, Any]:
    """Probe and decode; the verdict as plain data."""
    from vidtag.media.audio import stream_audio
    from vidtag.media.probe import probe
    from vidtag.media.samples import SAMPLE_RATE

    media = probe(path)
    samples, loudest = 0, 0.0
    for chunk in stream_audio(media):
        samples += len(chunk)
        loudest = max(loudest, float(abs(chunk).max()))
        assert loudest <= 1.0, "louder than full scale, or not a number"
    return {"seconds": samples / SAMPLE_RATE, "duration": media.duration}


class Whole:
    """The whole job with the pocket model, loaded once."""

    def __init__(self) -> None:
        from vidtag.core.settings import load_config
        from vidtag.pipeline import Session

        self._load, self._session = load_config, Session
        self._model: Any = None

    def __call__(self, path: Path, out: str) -> dict[str, Any]:
        import vidtag.core.document as documents

        config = self._load(None, {"model.name": "pocket", "output.folder": out})
        session = self._session(config)
        session._model = self._model
        result = session.run(path)
        self._model = session._model
        documents.read(result.written[0])
        assert all(file.is_file() for file in result.written)
        assert not result.failed, result.failed
        return {"written": len(result.written), "duration": result.document.media.duration}


def peak_mib() -> int:
    """The most this process has had resident; getrusage would count its parent's before exec."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def main() -> None:
    from vidtag.core.errors import VidtagError

    warnings.simplefilter("ignore")
    whole: Whole | None = None
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever a library prints is not an answer
    for line in sys.stdin:
        job = json.loads(line)
        path = Path(os.fsdecode(bytes.fromhex(job["path"])))
        try:
            if job["out"] is None:
                verdict = {"kind": "heard", **hear(path)}
            else:
                whole = whole or Whole()
                verdict = {"kind": "heard", **whole(path, job["out"])}
        except VidtagError as error:
            message = str(error)
            verdict = {"kind": "refused", "error": message, "named": path.stem in message}
        except BaseException as error:
            import traceback

            verdict = {"kind": "bug", "error": "".join(traceback.format_exception(error))[-2000:]}
        verdict["peak_mib"] = peak_mib()
        answers.write(json.dumps(verdict) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--media"]:
        resource.setrlimit(resource.RLIMIT_AS, (MEDIA_BYTES, MEDIA_BYTES))
    main()
