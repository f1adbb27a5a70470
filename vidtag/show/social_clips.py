"""Writes clips once more for phones, with their subtitles in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from vidtag.core.names import AspectRatio, Framing
from vidtag.core.records import OnProgress
from vidtag.cutting.cut import CutResult
from vidtag.files import scratch_folder
from vidtag.films.social import make_social
from vidtag.show.views import SocialView, Views
from vidtag.subtitles import fonts
from vidtag.subtitles.formats.registry import render_cues
from vidtag.subtitles.layout.rebase import rebase


@dataclass(frozen=True, slots=True)
class SocialClips:
    """Makes the social clips of one video."""

    view: SocialView
    shots: tuple[float, ...]
    aspect_ratio: AspectRatio
    framing: Framing
    loudness: float | None

    @classmethod
    def of(cls, views: Views) -> Self | None:
        """None where none are wanted, or there is no picture.

        Raises:
            ToolError: no font here has the letters of what was said.
        """
        wanted = views.config.highlights
        if not wanted.social or (view := views.social) is None:
            return None
        fonts.require({cue.language for cue in view.cues if cue.language})
        return cls(
            view, views.document.shots, wanted.social_shape, wanted.social_fit, wanted.loudness
        )

    def write(self, cut: CutResult, target: Path, on_progress: OnProgress) -> None:
        """Write the social clip of a clip."""
        inside = rebase(self.view.cues, cut.start, cut.end)
        with scratch_folder() as folder:
            script = folder / "subtitles.ass"
            text = render_cues(inside, "ass", video=self.view.video, config=self.view.style)
            script.write_text(text, encoding="utf-8")
            make_social(
                cut.path,
                target,
                aspect_ratio=self.aspect_ratio,
                framing=self.framing,
                subtitles=script if inside else None,
                shots=[shot - cut.start for shot in self.shots if cut.start < shot < cut.end],
                loudness=self.loudness,
                on_progress=on_progress,
            )
