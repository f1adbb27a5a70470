"""The manifest, ``NAME.highlights.json``: the list of clips and of everything made of them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vidtag import files
from vidtag.core.names import CLIPS_SUFFIX, MANIFEST_SUFFIX, SOCIAL_SUFFIX, result_stem
from vidtag.core.records import Clip, Document, EventSpan
from vidtag.core.whole_file import read_whole
from vidtag.cutting.cut import CutResult

_LARGEST_FILE = 1 << 26
"""Bytes of a manifest that is read."""


@dataclass(frozen=True, slots=True)
class FinishedClip:
    """A clip that was cut, and what goes with it."""

    clip: Clip
    cut: CutResult
    subtitles: tuple[Path, ...] = ()
    social: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """Everything that was written for it."""
        return (self.cut.path, *self.subtitles, *([self.social] if self.social else []))


class Manifest:
    """Kept up to date clip by clip, so that a later run with other thresholds can remove exactly
    what this one made.
    """

    def __init__(self, document: Document, folder: Path) -> None:
        stem = result_stem(document.media.path)
        self.path = folder / f"{stem}{MANIFEST_SUFFIX}"
        self._heading = {
            "video": document.media.path,
            "fingerprint": document.media.fingerprint,
            "model": document.model.name,
        }
        self._folders = (folder, *(folder / f"{stem}{of}" for of in (CLIPS_SUFFIX, SOCIAL_SUFFIX)))
        self._clips: list[dict[str, object]] = []
        self._reel: str | None = None
        self._reel_starts: dict[str, float] = {}

    def remove_listed(self) -> None:
        """Remove the files of an earlier run, and its manifest."""
        try:
            data = json.loads(read_whole(self.path, _LARGEST_FILE))
            names = [name for clip in data["clips"] for name in (clip["file"], *clip["subtitles"])]
            names += [clip["social"] for clip in data["clips"] if clip.get("social")]
            names += [data["reel"]] if data["reel"] else []
        except FileNotFoundError:
            return
        except (ValueError, KeyError, TypeError, RecursionError):
            names = []  # not a manifest of vidtag, or damaged: remove nothing it may name
        for name in names:
            path = self.path.parent / str(name)
            in_place = path.parent in self._folders and ".." not in path.parts
            if in_place and os.path.isfile(path):  # unlike Path.is_file, never raises, for any name
                path.unlink()
        self.path.unlink(missing_ok=True)

    def add(self, finished: FinishedClip) -> None:
        """List a finished clip."""
        clip, cut = finished.clip, finished.cut
        self._clips.append(
            {
                "file": self._name(cut.path),
                "subtitles": [self._name(path) for path in finished.subtitles],
                "social": self._name(finished.social) if finished.social else None,
                "title": clip.title,
                "speaker": clip.speaker,
                "score": round(clip.score, 4),
                "start": round(cut.start, 6),
                "end": round(cut.end, 6),
                "planned_start": round(cut.planned_start, 6),
                "planned_end": round(cut.planned_end, 6),
                "mode": cut.mode.value,
                "mode_reason": cut.mode_reason or None,
                "reason": [
                    {
                        "kind": reason.label,
                        "start": reason.start,
                        "end": reason.end,
                        "peak": reason.peak,
                        "size": reason.size if isinstance(reason, EventSpan) else None,
                        "recording": reason.recording if isinstance(reason, EventSpan) else None,
                    }
                    for reason in clip.reason
                ],
            }
        )
        self._write()

    def add_reel(self, path: Path, starts: Sequence[tuple[Path, float]]) -> None:
        """List the finished reel, and the second at which each clip begins in it."""
        self._reel = self._name(path)
        self._reel_starts = {self._name(file): round(start, 6) for file, start in starts}
        self._write()

    def _name(self, path: Path) -> str:
        return path.relative_to(self.path.parent).as_posix()

    def _write(self) -> None:
        data = {
            **self._heading,
            "reel": self._reel,
            "reel_starts": self._reel_starts,
            "clips": self._clips,
        }
        files.write_text(self.path, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
