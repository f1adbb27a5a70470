"""Times of words put right, so that subtitles can be timed by them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vidtag.core.records import Word


def mended_times(words: Sequence[tuple[str, Word]]) -> list[tuple[float, float]]:
    """Start and end of each word: finite, never backward, words one after another.

    Words that all begin at one moment share the time until the next one that begins later (or
    until the last of them ends), by their length.

    Args:
        words: words with their texts as shown.
    """
    starts = np.array([word.start for _, word in words])
    ends = np.array([word.end for _, word in words])
    starts = np.maximum.accumulate(np.where(np.isfinite(starts), starts, 0.0).clip(0.0))
    ends = np.where(np.isfinite(ends), ends, 0.0)
    later = np.append(starts[1:], np.inf)
    # Words that begin with the next one, and of these the first of each run.
    together = np.flatnonzero(starts == later)
    for first in together[np.diff(together, prepend=-2) > 1]:
        last = first + 1
        while last < len(words) and starts[last] == starts[first]:
            last += 1
        begin = starts[first]
        until = max(begin, ends[first:last].max())
        if last < len(words) and (until == begin or until > starts[last]):
            until = starts[last]
        lengths = np.cumsum([0, *(len(text) for text, _ in words[first:last])])
        edges = begin + (until - begin) * lengths / lengths[-1]
        starts[first:last], ends[first:last] = edges[:-1], edges[1:]
    later = np.append(starts[1:], np.inf)
    ends = np.minimum(np.maximum(starts, ends), later)
    return list(zip(starts.tolist(), ends.tolist(), strict=True))
