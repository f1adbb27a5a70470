"""CMX 3600 edit decision lists: the cuts, with markers as comments that Avid and Resolve read."""

from __future__ import annotations

import re

from vidtag.core.errors import UserError
from vidtag.timelines.model import Sequence, Source
from vidtag.timelines.otio import clean
from vidtag.timelines.timecode import to_timecode

_REEL = 8
"""Letters a reel name may have."""


def edl_text(sequence: Sequence) -> str:
    """The timeline as an edit decision list.

    Raises:
        UserError: its sources differ in frame rate, which a list cannot say.
    """
    rates = {source.rate for source in sequence.sources}
    if len(rates) > 1:
        found = ", ".join(f"{float(rate):g}" for rate in sorted(rates))
        raise UserError(
            f"an EDL has one frame rate, and the sources have several ({found})",
            remedy="choose otio, fcp7 or fcpxml",
        )
    reels = _reels(sequence.sources)
    mode = "DROP FRAME" if sequence.drop else "NON-DROP FRAME"
    lines = [f"TITLE: {clean(sequence.name)}", f"FCM: {mode}", ""]
    for number, (first, frames, cut) in enumerate(sequence.placed(), 1):
        source = cut.source
        begin = source.start + cut.first
        times = [
            *(to_timecode(t, source.rate, drop=source.drop) for t in (begin, begin + cut.frames)),
            *(
                to_timecode(sequence.start + t, sequence.rate, drop=sequence.drop)
                for t in (first, first + frames)
            ),
        ]
        lines += [
            f"{number:03d}  {reels[source]:<{_REEL}} {_channels(source):<5} C        "
            + " ".join(times),
            f"* FROM CLIP NAME: {clean(source.name)}",
            f"* COMMENT: {clean(', '.join(filter(None, (cut.name, cut.comment))))}",
        ]
        for mark in cut.markers:
            at = sequence.start + first + mark.first - cut.first
            code = to_timecode(at, sequence.rate, drop=sequence.drop)
            lines.append(f"* LOC: {code} {mark.color.name:<7} {clean(mark.name)}")
        lines.append("")
    return "\n".join(lines)


def _channels(source: Source) -> str:
    sound = "AA" if source.channels > 1 else "A" if source.channels else ""
    if source.size is None:
        return sound
    return {"AA": "AA/V", "A": "B", "": "V"}[sound]


def _reels(sources: tuple[Source, ...]) -> dict[Source, str]:
    """A reel name per source, each different: what it can hold of the name of its file."""
    names: dict[Source, str] = {}
    for number, source in enumerate(sources, 1):
        name = re.sub(r"[^A-Za-z0-9_]", "", source.stem)[:_REEL].upper()
        taken = not name or name in names.values() or name in ("AX", "BL")
        names[source] = f"R{number:03d}" if taken else name
    return names
