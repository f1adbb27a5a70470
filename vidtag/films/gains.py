"""Factors that bring clips to one loudness, measured while other work goes on."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Self

from vidtag.films.clip_info import ClipInfo
from vidtag.films.film_sound import gain_for, read_stereo


class Gains:
    """Measures clips one after the other in a thread, for as long as the block runs.

    Args:
        loudness: LUFS that every clip is brought to; None leaves them as they are.
    """

    def __init__(self, loudness: float | None) -> None:
        self._loudness = loudness
        self._pool = ThreadPoolExecutor(1)
        self._measured: dict[Path, Future[float]] = {}

    def measure(self, clip: ClipInfo) -> None:
        """Begin to measure a clip that has sound, after those before it."""
        loudness = self._loudness
        if loudness is not None and clip.path not in self._measured:
            self._measured[clip.path] = self._pool.submit(
                lambda: gain_for(loudness, read_stereo(clip.path, clip.tracks))
            )

    def of(self, clip: Path) -> float:
        """The factor for a clip, as soon as it is known; 1 for one that is left as it is.

        Raises:
            ToolError: it cannot be decoded.
        """
        return self._measured[clip].result() if clip in self._measured else 1.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
