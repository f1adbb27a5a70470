"""What a new cut keeps of an old one, found by the sound of both.

Frames of the new sound whose fingerprint stands in the old one vote for the offset between the
two. Then the likeliest offset of each moment is chosen by dynamic programming, with a price on each
change: what is left are stretches with one offset each, and what is in the old one nowhere.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vidtag.core.errors import InputError
from vidtag.core.media_streams import Media
from vidtag.media.audio import stream_audio
from vidtag.media.flag_runs import equal_runs
from vidtag.media.samples import SAMPLE_RATE
from vidtag.retiming.edit_model import Edit, Kept
from vidtag.retiming.fingerprints import HOP, Prints, differing, fingerprints

FRAME = Fraction(HOP, SAMPLE_RATE)
"""Seconds from one fingerprint to the next."""

_COMMON = 40
"""A fingerprint that the old sound has more often says nothing."""

_QUIET = -65.0
"""Decibels below which a frame says nothing."""

_BLOCK = 125
"""Frames (2 s) that vote together."""

_BEST = 3
"""Offsets that a block may vote for."""

_VOTES = 3
"""Votes that an offset needs in a block."""

_MOST = 400
"""Offsets that are looked at; bounds memory."""

_ELSEWHERE = 0.36
"""Share of differing bits from which a frame is taken for another sound: one half by chance, less
than a quarter after lossy coding."""

_CHANGE = 12.0
"""Price of a change of the offset, in frames that differ by one."""

_SHORTEST = Fraction(1, 4)
"""Seconds below which a stretch is none."""

_AUDIO_ONLY_RATE = Fraction(25)


def edit_by_sound(new: Media, old: Media) -> Edit:
    """What a new cut keeps of an old one.

    Raises:
        InputError: one has no sound, or they have nothing in common.
    """
    for media in (new, old):
        if not media.audio:
            raise InputError("has no sound to find the cut by", path=media.path)
    sounds = [fingerprints(stream_audio(media)) for media in (new, old)]
    stretches = find_stretches(*sounds[0], sounds[1][0])
    if not stretches:
        raise InputError(
            f"nothing of its sound is in {Path(old.path).name}",
            path=new.path,
            remedy="give the video that the subtitles are of with --from",
        )
    rate = new.video.frame_rate if new.video else _AUDIO_ONLY_RATE
    name = Path(old.path).name
    kept = tuple(
        Kept(name, (first + offset) * FRAME, first * FRAME, (last - first) * FRAME, heard=True)
        for first, last, offset in stretches
    )
    found = float(sum(one.length for one in kept))
    rest = max(new.duration - found, 0.0)
    notes = (f"{rest:.1f} s of the new cut are not in {name}",) if rest > 1 else ()
    return Edit(rate, kept, notes)


def find_stretches(
    new: Prints, levels: npt.NDArray[np.float32], old: Prints
) -> list[tuple[int, int, int]]:
    """Stretches of the new sound that are in the old: first and last frame, and the offset.

    Args:
        levels: of the new sound's frames, in decibels.
    """
    loud = levels > _QUIET
    offsets = _offsets(new, loud, old)
    if not offsets:
        return []
    costs = np.full((len(new), len(offsets) + 1), _ELSEWHERE, np.float32)
    for column, offset in enumerate(offsets, 1):
        first, last = max(0, -offset), min(len(new), len(old) - offset)
        if last > first:
            mine = differing(new[first:last], old[first + offset : last + offset])
            # Silence is as good anywhere as where it is.
            costs[first:last, column] = np.where(loud[first:last], mine, _ELSEWHERE)
        costs[:first, column] = costs[last:, column] = 1.0
    chosen = _cheapest(costs)
    return [
        (first, last, offsets[chosen[first] - 1])
        for first, last in equal_runs(chosen)
        if chosen[first] and (last - first) * FRAME >= _SHORTEST
    ]


def _offsets(new: Prints, loud: npt.NDArray[np.bool_], old: Prints) -> list[int]:
    """Offsets that are voted for somewhere; neighbours of a better one left out."""
    order = np.argsort(old, kind="stable")
    sorted_old = old[order]
    low = np.searchsorted(sorted_old, new, "left")
    counts = np.searchsorted(sorted_old, new, "right") - low
    telling = np.flatnonzero((counts > 0) & (counts <= _COMMON) & loud)
    votes: Counter[int] = Counter()
    for block in np.split(telling, np.searchsorted(telling, range(_BLOCK, len(new), _BLOCK))):
        here: Counter[int] = Counter()
        for frame in block.tolist():
            here.update((order[low[frame] : low[frame] + counts[frame]] - frame).tolist())
        votes.update(dict(n for n in here.most_common(_BEST) if n[1] >= _VOTES))
    best: list[int] = []
    for offset, _ in votes.most_common(_MOST):
        if all(abs(offset - other) > 1 for other in best):
            best.append(offset)
    return best


def _cheapest(costs: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
    """The column of each row, such that costs and changes together are least."""
    frames, columns = costs.shape
    came = np.zeros((frames, columns), np.int32)
    total = costs[0].astype(np.float64)
    stay = np.arange(columns)
    for frame in range(1, frames):
        best = int(total.argmin())
        changes = total[best] + _CHANGE * _ELSEWHERE < total
        came[frame] = np.where(changes, best, stay)
        total = np.where(changes, total[best] + _CHANGE * _ELSEWHERE, total) + costs[frame]
    path = np.empty(frames, np.intp)
    column = int(total.argmin())
    for frame in range(frames - 1, -1, -1):
        path[frame] = column
        column = came[frame, column]
    return path
