"""The samples of a stream that are still needed, by sample number."""

from __future__ import annotations

import numpy as np

from vidtag.media.samples import Samples


class AudioBuffer:
    """The end of a stream, and spans before it that are held back.

    Attributes:
        end: number of samples that were appended so far.
    """

    def __init__(self) -> None:
        self.end = 0
        self._chunks: list[Samples] = []
        self._start = 0
        self._held: list[tuple[int, Samples]] = []

    def __len__(self) -> int:
        """Samples in memory."""
        held = sum(len(samples) for _, samples in self._held)
        return held + sum(len(chunk) for chunk in self._chunks)

    def append(self, chunk: Samples) -> None:
        """Take the next samples."""
        # A copy: the caller may fill the same buffer again.
        self._chunks.append(chunk.copy())
        self.end += len(chunk)

    def hold(self, start: int, end: int) -> None:
        """Keep a span, whatever is forgotten, until it is released. Spans are held in order."""
        self._held.append((start, self.cut(start, end)))

    def release(self, before: int) -> None:
        """Drop the held spans that begin before a sample."""
        self._held = [(start, samples) for start, samples in self._held if start >= before]

    def forget(self, before: int) -> None:
        """Drop chunks that end before a sample."""
        while self._chunks and self._start + len(self._chunks[0]) <= before:
            self._start += len(self._chunks.pop(0))

    def cut(self, start: int, end: int) -> Samples:
        """The samples of a span that is held, or not yet forgotten."""
        for first, samples in self._held:
            if first <= start and end <= first + len(samples):
                return samples[start - first : end - first]
        pieces, at = [], self._start
        for chunk in self._chunks:
            if at < end and at + len(chunk) > start:
                pieces.append(chunk[max(start - at, 0) : end - at])
            at += len(chunk)
        return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
