"""CMX 3600 edit decision lists: the cuts, with markers as comments that Avid and Resolve read."""

from __future__ import annotations

import re

from vidtag.core.errors import UserError
from vidtag.core.timecode import to_timecode
from vidtag.timelines.model import MediaReference, Timeline, one_line

_REEL = 8
"""Letters a reel name may have."""


def edl_text(timeline: Timeline) -> str:
    """The timeline as an edit decision list.

    Raises:
        UserError: its media differ in frame rate, which a list cannot say.
    """
    rates = {reference.rate for reference in timeline.references}
    if len(rates) > 1:
        found = ", ".join(f"{float(rate):g}" for rate in sorted(rates))
        raise UserError(
            f"an EDL has one frame rate, and the sources have several ({found})",
            remedy="choose otio, fcp7 or fcpxml",
        )
    reels = _reels(timeline.references)
    mode = "DROP FRAME" if timeline.drop else "NON-DROP FRAME"
    lines = [f"TITLE: {one_line(timeline.name)}", f"FCM: {mode}", ""]
    for number, (first, frames, cut) in enumerate(timeline.placed(), 1):
        reference = cut.reference
        begin = reference.start + cut.first
        times = [
            *(
                to_timecode(t, reference.rate, drop=reference.drop)
                for t in (begin, begin + cut.frames)
            ),
            *(
                to_timecode(timeline.start + t, timeline.rate, drop=timeline.drop)
                for t in (first, first + frames)
            ),
        ]
        lines += [
            f"{number:03d}  {reels[reference]:<{_REEL}} {_channels(reference):<5} C        "
            + " ".join(times),
            f"* FROM CLIP NAME: {one_line(reference.name)}",
            f"* COMMENT: {one_line(', '.join(filter(None, (cut.name, cut.comment))))}",
        ]
        for mark in cut.markers:
            at = timeline.start + first + mark.first - cut.first
            code = to_timecode(at, timeline.rate, drop=timeline.drop)
            lines.append(f"* LOC: {code} {mark.color.name:<7} {one_line(mark.name)}")
        lines.append("")
    return "\n".join(lines)


def _channels(reference: MediaReference) -> str:
    sound = "AA" if reference.channels > 1 else "A" if reference.channels else ""
    if reference.size is None:
        return sound
    return {"AA": "AA/V", "A": "B", "": "V"}[sound]


def _reels(references: tuple[MediaReference, ...]) -> dict[MediaReference, str]:
    """A reel name per file, each different: what it can hold of the file's name."""
    names: dict[MediaReference, str] = {}
    for number, reference in enumerate(references, 1):
        name = re.sub(r"[^A-Za-z0-9_]", "", reference.stem)[:_REEL].upper()
        taken = not name or name in names.values() or name in ("AX", "BL")
        names[reference] = f"R{number:03d}" if taken else name
    return names
