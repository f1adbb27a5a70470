"""What somebody made of the highlights: own clips, others renamed or dropped, an order of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vidtag.core.edits import KeptClip
from vidtag.core.records import Clip, Passage

CHOSEN = "chosen"
"""Label of the reason of a clip that somebody made."""
_SAME = 0.5
"""Share of the shorter one that a highlight has in common with one that was changed or dropped."""


@dataclass(frozen=True, slots=True)
class ChosenClip:
    """A clip that is shown, with its name.

    Attributes:
        kept: what somebody made of it; None if it is as it was selected.
    """

    id: str
    clip: Clip
    kept: KeptClip | None = None


@dataclass(frozen=True, slots=True)
class ClipChoice:
    """What was changed of the clips.

    Attributes:
        clips: those that were made, changed or dropped, by id.
        order: ids in the order they were put into; None where that is the order of time.
    """

    clips: Mapping[str, KeptClip]
    order: tuple[str, ...] | None = None

    def of(self, selected: Sequence[Clip]) -> tuple[ChosenClip, ...]:
        """What is shown: what was made or changed, and the selected that these did not replace."""
        found = {clip_id(clip.start, clip.end): clip for clip in selected}
        shown = [
            ChosenClip(kept.id, _clip(kept, found.get(kept.id)), kept)
            for kept in self.clips.values()
            if not kept.dropped
        ]
        shown += [
            ChosenClip(name, clip)
            for name, clip in found.items()
            if not any(_is_of(kept, name, clip) for kept in self.clips.values())
        ]
        place = {name: number for number, name in enumerate(self.order or ())}
        shown.sort(key=lambda one: (place.get(one.id, len(place)), one.clip.start, one.clip.end))
        return tuple(shown)

    def goes_into(self, clip: Clip) -> tuple[bool, bool]:
        """Whether a clip goes into the reel, and whether it becomes a social clip."""
        kept = self._kept(clip.start, clip.end)
        return (True, True) if kept is None else (kept.reel, kept.social)

    def crop_of(self, start: float, end: float) -> float | None:
        """Where the crop of a clip shall stay; None where nobody said."""
        kept = self._kept(start, end)
        return None if kept is None else kept.crop

    def _kept(self, start: float, end: float) -> KeptClip | None:
        """What was made or changed of the clip that is shown with these times."""
        shown = (kept for kept in self.clips.values() if not kept.dropped)
        return next((kept for kept in shown if (kept.start, kept.end) == (start, end)), None)


def clip_id(start: float, end: float) -> str:
    """The name of a highlight that nobody changed."""
    return f"h{round(start * 1000)}-{round(end * 1000)}"


def own_clip(start: float, end: float, title: str = "") -> Clip:
    """A clip that somebody made."""
    return Clip(start, end, (Passage(CHOSEN, start, end, 1.0, 1.0),), 1.0, title)


def _is_of(kept: KeptClip, name: str, clip: Clip) -> bool:
    """Whether a highlight is the one that was changed or dropped, or much the same."""
    if kept.id == name:
        return True
    if not kept.id.startswith("h"):  # made by somebody, from words: it stands beside the others
        return False
    shared = min(kept.end, clip.end) - max(kept.start, clip.start)
    return shared > _SAME * min(kept.end - kept.start, clip.duration)


def _clip(kept: KeptClip, was: Clip | None) -> Clip:
    if was is None:
        return own_clip(kept.start, kept.end, kept.title)
    return Clip(kept.start, kept.end, was.reason, was.score, kept.title, was.speaker)
