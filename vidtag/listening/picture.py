"""The part of LISTEN that looks at the picture: shot changes, found while the sound is heard."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWorking
from contextlib import contextmanager
from dataclasses import replace

from vidtag.core.errors import ToolError
from vidtag.core.records import Document, Media, OnProgress, Progress, ignore_progress
from vidtag.core.settings import VideoConfig
from vidtag.media.shots import shot_changes

SHOTS_UNKNOWN = "shot changes are unknown"
"""How the note begins that says why nothing was found."""

_POLL = 0.2
"""Seconds between two reports while only the picture is waited for."""


@contextmanager
def watching(
    media: Media, config: VideoConfig, *, on_progress: OnProgress = ignore_progress
) -> Iterator[Callable[[Document], Document]]:
    """Look for shot changes in a thread while the block runs.

    Gives a function that waits for the result and adds it to a document. A picture that cannot be
    decoded costs the shot changes, not the document: a note says so. When the block is left early,
    the search ends.
    """
    if config.shots == "off" or media.video is None:
        yield lambda document: _with_shots(document, ())
        return
    stopped = threading.Event()
    seen = [0.0]

    def look() -> tuple[float, ...]:
        def progress(seconds: float) -> None:
            seen[0] = seconds

        return shot_changes(media, on_progress=progress, stop=stopped.is_set)

    def add(document: Document) -> Document:
        total = max(media.duration, 1e-3)
        while True:
            try:
                shots = found.result(_POLL)
                break
            except StillWorking:
                on_progress(Progress("shots", min(seen[0], 0.999 * total), total))
            except ToolError as error:
                return _with_shots(document, (), f"{SHOTS_UNKNOWN}: {error.cause}")
        on_progress(Progress("shots", total, total, f"{len(shots)} changes"))
        return _with_shots(document, shots)

    with ThreadPoolExecutor(1, thread_name_prefix="vidtag-shots") as pool:
        found: Future[tuple[float, ...]] = pool.submit(look)
        try:
            yield add
        finally:
            stopped.set()


def _with_shots(document: Document, shots: tuple[float, ...], *notes: str) -> Document:
    kept = tuple(note for note in document.notes if not note.startswith(SHOTS_UNKNOWN))
    return replace(document, shots=shots, notes=(*kept, *notes))
