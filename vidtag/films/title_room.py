"""Raises subtitles above the titles that stand in the picture already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pysubs2

from vidtag.films.burnt_titles import find_titles
from vidtag.films.clip_info import ClipInfo
from vidtag.films.reframing import Reframing

_GAP = 0.012
"""Share of the picture's height between a title and the subtitle above it."""

_LINE = 1.35
"""Height of a line of subtitles, in sizes of its letters."""

_HIGHEST = 0.6
"""Share of the picture's height that subtitles are raised by at most."""


_EASE = 1.0
"""Seconds by which a crop may come earlier or later than its hold says."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A band of the picture that is taken: seconds, and shares of the picture's height."""

    start: float
    end: float
    top: float
    bottom: float


def titles_in(clip: ClipInfo, plan: Reframing) -> list[Taken]:
    """Where the titles of a clip are in its crop.

    Two crops beside each other, that are closer to the faces, are taken to hold none.

    Raises:
        ToolError: the clip cannot be read.
    """
    assert clip.size is not None
    wide, high = plan.size[0] / clip.size[0], plan.size[1] / clip.size[1]
    taken = []
    ends = [*(hold.start for hold in plan.holds[1:]), float("inf")]
    for title in find_titles(clip.path, clip.size):
        for hold, end in zip(plan.holds, ends, strict=True):
            start, stop = max(title.start, hold.start - _EASE), min(title.end, end + _EASE)
            left = min(max(hold.x - wide / 2, 0.0), 1 - wide)
            top = min(max(hold.y - high / 2, 0.0), 1 - high)
            if start < stop and title.left < left + wide and title.right > left:
                rows = ((title.top - top) / high, (title.bottom - top) / high)
                taken.append(Taken(start, stop, *rows))
    return taken


def raised(script: str, taken: Sequence[Taken]) -> str:
    """An ASS file whose subtitles at the bottom stand above what is taken while it is.

    Args:
        script: the text of the file, with all columns of a style.
        taken: bands of the picture.
    """
    if not taken:
        return script
    file = pysubs2.SSAFile.from_string(script, format_="ass")
    height = int(file.info["PlayResY"])
    for event in file.events:
        style = file.styles[event.style]
        if style.alignment not in (1, 2, 3):
            continue
        margin = (event.marginv or style.marginv) / height
        lines = event.text.count(r"\N") + 1
        tall = lines * style.fontsize * _LINE / height
        # From the lowest up: what was raised above one may stand on the next.
        for band in sorted(taken, key=lambda band: -band.bottom):
            during = band.start < event.end / 1000 and band.end > event.start / 1000
            bottom = 1 - margin
            if during and band.top < bottom + _GAP and band.bottom > bottom - tall - _GAP:
                margin = min(1 - band.top + _GAP, _HIGHEST)
        if margin > (event.marginv or style.marginv) / height:
            event.marginv = round(margin * height)
    return str(file.to_string("ass"))
