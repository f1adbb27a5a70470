"""CMX 3600 edit decision lists, read."""

from __future__ import annotations

import re
from fractions import Fraction

from vidtag.core.bounded_values import exact_number
from vidtag.core.errors import UserError
from vidtag.core.timecode import from_timecode
from vidtag.retiming.edit_model import Edit, Kept

_CODE = r"(\d\d:\d\d:\d\d[:;.,]\d\d)"
_EVENT = re.compile(
    rf"^\s*\d+\s+(\S+)\s+(\S+)\s+(C|D|W\d*|K\S*)\s+(?:\d+\s+)?{_CODE}\s+{_CODE}\s+{_CODE}\s+{_CODE}"
)
_CLIP = re.compile(r"^\*\s*(?:FROM CLIP NAME|SOURCE FILE):\s*(.+?)\s*$", re.I)
_SPEED = re.compile(rf"^M2\s+\S+\s+(-?\d+(?:\.\d+)?)\s+{_CODE}")


def read_edl(text: str, rate: Fraction, source_start: Fraction) -> Edit:
    """The events of a list.

    Args:
        rate: frames a second of sources and record; a list does not say it.
        source_start: timecode of the source's first frame, in seconds.

    Raises:
        UserError: a timecode is none at this rate.
    """
    kept: list[Kept] = []
    notes: list[str] = []
    hours = None
    for line in text.splitlines():
        event, clip, speed = _EVENT.match(line), _CLIP.match(line), _SPEED.match(line)
        if event:
            first, last, start, end = (_seconds(event[n], rate) for n in range(4, 8))
            if hours is None:  # a list begins at a whole hour of timecode
                code = event[6]
                hours = _seconds(f"{code[:2]}:00:00{code[8]}00", rate)
            if event[1].upper() in ("BL", "BLACK") or end <= start:
                continue
            pace = (last - first) / (end - start) if last > first else Fraction(1)
            heard = event[2].upper().startswith(("A", "NONE")) or "A" in event[2].upper()
            kept.append(
                Kept(event[1], first - source_start, start - hours, end - start, pace, heard)
            )
        elif clip and kept:
            old = kept[-1]
            kept[-1] = Kept(clip[1], old.first, old.at, old.length, old.speed, old.heard)
        elif speed and kept:
            pace = exact_number(speed[1]) / rate
            old = kept[-1]
            if pace <= 0:
                notes.append(f"a clip of {old.source} runs backwards; it has no subtitles")
                kept.pop()
            else:
                kept[-1] = Kept(old.source, old.first, old.at, old.length, pace, old.heard)
    if not kept:
        raise UserError("is no edit decision list, or an empty one")
    return Edit(rate, tuple(kept), tuple(notes))


def _seconds(code: str, rate: Fraction) -> Fraction:
    return from_timecode(code, rate)[0] / rate
