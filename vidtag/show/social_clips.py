"""Writes clips once more for phones, with their subtitles in the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from vidtag.core.clock import from_file_clock
from vidtag.core.installing import install_command
from vidtag.core.names import AspectRatio, CropPlaceName, Framing
from vidtag.core.records import Document, OnProgress
from vidtag.cutting.cut import CutResult
from vidtag.files import scratch_folder
from vidtag.films.face_finder import face_finder
from vidtag.films.loudness import Heard
from vidtag.films.social import SocialLook, make_social
from vidtag.films.talking import Spoken
from vidtag.media.encoders import Encoders
from vidtag.media.tracks import heard_in_clip
from vidtag.show.clip_choice import ClipChoice
from vidtag.show.views import SocialView, Views
from vidtag.subtitles import fonts
from vidtag.subtitles.formats.registry import render_cues
from vidtag.subtitles.layout.rebase import rebase

_PLACES: Mapping[str, float] = {"left": 0.0, "centre": 0.5, "right": 1.0}
"""Middle of the crop where it stays at a place; the crop never leaves the picture."""


@dataclass(frozen=True, slots=True)
class SocialClips:
    """Makes the social clips of one video."""

    view: SocialView
    document: Document
    look: SocialLook
    speakers: tuple[str, ...]
    crops: Mapping[str, CropPlaceName | float]
    choice: ClipChoice
    encoders: Encoders

    @classmethod
    def of(cls, views: Views, encoders: Encoders | None = None) -> Self | None:
        """None where none are wanted, or there is no picture.

        Args:
            encoders: of all films of the run; None makes some.

        Raises:
            ToolError: no font here has the letters of what was said.
        """
        wanted = views.config.highlights
        if not wanted.social or (view := views.social) is None:
            return None
        fonts.require({cue.language for cue in view.cues if cue.language})
        look = SocialLook(
            wanted.social_shape,
            wanted.social_fit,
            Heard(wanted.loudness, heard_in_clip(views.document)),
            _place(wanted.social_crop),
        )
        choice = views.choice or ClipChoice({})
        encoders = encoders or Encoders(wanted.encoder)
        return cls(view, views.document, look, views.by_talk, wanted.social_crops, choice, encoders)

    @property
    def note(self) -> str:
        """What the user should know about the picture of all of them; empty if nothing."""
        follows = self.look.framing is Framing.CROP and self.look.crop is None
        if not follows or self.look.aspect_ratio is AspectRatio.SOURCE or face_finder():
            return ""
        return (
            "social clips show what moves, not who speaks: "
            f"faces need an extra (run: {install_command('vidtag[faces]')})"
        )

    def write(self, cut: CutResult, target: Path, on_progress: OnProgress) -> None:
        """Write the social clip of a clip."""
        shots = self.document.shots
        inside = rebase(self.view.cues, cut.start, cut.end)
        with scratch_folder() as folder:
            script = folder / "subtitles.ass"
            text = render_cues(
                inside, "ass", video=self.view.video, config=self.view.style, speakers=self.speakers
            )
            script.write_text(text, encoding="utf-8")
            make_social(
                cut.path,
                target,
                look=self._look_of(cut),
                subtitles=script if inside else None,
                shots=[shot - cut.start for shot in shots if cut.start < shot < cut.end],
                spoken=spoken_in(self.document, cut.start, cut.end),
                encoders=self.encoders,
                on_progress=on_progress,
            )

    def _look_of(self, cut: CutResult) -> SocialLook:
        """The look of one clip, whose crop may have been told its place."""
        start, end = cut.planned_start, cut.planned_end
        crop = self.choice.crop_of(start, end)
        for moment, place in self.crops.items():
            second = from_file_clock(moment)
            if crop is None and second is not None and start < second + 1 and end > second:
                crop = _place(place)
        return self.look if crop is None else replace(self.look, crop=crop)


def _place(crop: CropPlaceName | float | None) -> float | None:
    return _PLACES[crop] if isinstance(crop, str) else crop


def spoken_in(document: Document, start: float, end: float) -> list[Spoken]:
    """What is said from ``start`` to ``end``, in seconds from there; by turns where there are."""
    said = (
        [Spoken(turn.start, turn.end, turn.speaker) for turn in document.turns]
        or [Spoken(word.start, word.end) for one in document.segments for word in one.words]
        or [Spoken(one.start, one.end) for one in document.segments]
    )
    return [
        Spoken(max(one.start, start) - start, min(one.end, end) - start, one.speaker)
        for one in said
        if one.start < end and one.end > start
    ]
