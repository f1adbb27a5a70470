"""The part of LISTEN that looks at the picture: shot changes, found while the sound is heard."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWorking
from contextlib import contextmanager
from dataclasses import dataclass, replace

from vidtag.core.errors import ToolError
from vidtag.core.media_streams import Media
from vidtag.core.records import Document, OnProgress, Progress, ignore_progress
from vidtag.core.settings import VideoConfig
from vidtag.listening.stop import Stop, never_stop
from vidtag.media.shots import shot_changes

SHOTS_UNKNOWN = "shot changes are unknown"
"""How the note begins that says why nothing was found."""

_POLL = 0.2
"""Seconds between two reports while only the picture is waited for."""


@dataclass(frozen=True, slots=True)
class PictureResult:
    """What was found in the picture.

    Attributes:
        shots: times of the first frames of new shots, in order.
        notes: why nothing is known, if so.
    """

    shots: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()


@contextmanager
def searching_picture(
    media: Media,
    config: VideoConfig,
    *,
    on_progress: OnProgress = ignore_progress,
    stop: Stop = never_stop,
) -> Iterator[Callable[[], PictureResult]]:
    """Look for shot changes in a thread while the block runs.

    Gives a function that waits for the result. A picture that cannot be decoded costs the shot
    changes only: a note says so. When the block is left early, the search ends.
    """
    if config.shots == "off" or media.video is None:
        yield PictureResult
        return
    stopped = threading.Event()
    seconds_seen = [0.0]

    def search() -> tuple[float, ...]:
        def progress(seconds: float) -> None:
            seconds_seen[0] = seconds

        return shot_changes(media, on_seconds=progress, stop=stopped.is_set)

    def result() -> PictureResult:
        total = max(media.duration, 1e-3)
        while True:
            stop()
            try:
                shots = found.result(_POLL)
                break
            except StillWorking:
                on_progress(Progress("shots", min(seconds_seen[0], 0.999 * total), total))
            except ToolError as error:
                return PictureResult(notes=(f"{SHOTS_UNKNOWN}: {error.cause}",))
        on_progress(Progress("shots", total, total, f"{len(shots)} changes"))
        return PictureResult(shots)

    with ThreadPoolExecutor(1, thread_name_prefix="vidtag-shots") as pool:
        found: Future[tuple[float, ...]] = pool.submit(search)
        try:
            yield result
        finally:
            stopped.set()


def with_picture(document: Document, picture: PictureResult) -> Document:
    """The same document with another result of the picture."""
    kept = tuple(note for note in document.notes if not note.startswith(SHOTS_UNKNOWN))
    return replace(document, shots=picture.shots, notes=(*kept, *picture.notes))
