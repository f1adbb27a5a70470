"""CMX 3600 edit decision lists: the cuts, with markers as comments that Avid and Resolve read."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from vidtag.core.errors import UserError
from vidtag.core.timecode import to_timecode
from vidtag.timelines.model import Cut, MediaReference, Timeline, one_line

_REEL = "AX"
"""Name of the reel of what does not lie on tape: programs then look for the name of the clip."""

_CHANNELS = 4
"""Audio channels that have a name in a list."""


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
    mode = "DROP FRAME" if timeline.drop else "NON-DROP FRAME"
    lines = [f"TITLE: {one_line(timeline.name)}", f"FCM: {mode}", ""]
    numbers = itertools.count(1)
    for first, frames, cut in timeline.placed():
        reference = cut.reference
        begin = reference.start + cut.first
        source = (
            to_timecode(t, reference.rate, drop=reference.drop) for t in (begin, begin + cut.frames)
        )
        at = timeline.start + first
        record = (to_timecode(t, timeline.rate, drop=timeline.drop) for t in (at, at + frames))
        times = " ".join([*source, *record])
        for place, channel in enumerate(_channels(reference)):
            event = f"{next(numbers):03d}  {_REEL:<8} {channel:<5} C        "
            lines += [event + times, f"* FROM CLIP NAME: {one_line(reference.name)}"]
            if not place:
                lines += _remarks(timeline, first, cut)
        lines.append("")
    return "\n".join(lines)


def _remarks(timeline: Timeline, first: int, cut: Cut) -> Iterator[str]:
    """What a cut is called, and its markers."""
    yield f"* COMMENT: {one_line(', '.join(filter(None, (cut.name, cut.comment))))}"
    for mark in cut.markers:
        at = timeline.start + first + mark.first - cut.first
        code = to_timecode(at, timeline.rate, drop=timeline.drop)
        yield f"* LOC: {code} {mark.color.name:<7} {one_line(mark.name)}"


def _channels(reference: MediaReference) -> list[str]:
    """What of a file is on the timeline: picture, and the channels that were listened to.

    Each has an event of its own, because some programs read no others.
    """
    found = [] if reference.size is None else ["V"]
    if reference.sound is not None:
        first = reference.sound.first_channel
        numbers = range(first + 1, first + reference.sound.channels + 1)
        heard = [number for number in numbers if number <= _CHANNELS] or [1]
        found += ["A" if number == 1 else f"A{number}" for number in heard]
    return found
