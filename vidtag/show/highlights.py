"""Highlights as files: clips with their subtitles, versions for phones, a reel, a list of all."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vidtag import files
from vidtag.core.clock import file_clock
from vidtag.core.errors import OutputError, VidtagError
from vidtag.core.records import (
    Clip,
    Cue,
    Document,
    Language,
    Media,
    OnProgress,
    Progress,
    VideoStream,
)
from vidtag.core.settings import Config, SubtitlesConfig
from vidtag.cutting.cut import CutMode, CutResult, clip_suffix, cut_clip
from vidtag.files import scratch_folder
from vidtag.films.reel import make_reel, reel_size
from vidtag.films.social import Fit, Shape, make_social, social_size
from vidtag.films.title_cards import title_card
from vidtag.media.steady import steady
from vidtag.select.clips import select_clips
from vidtag.subtitles import fonts
from vidtag.subtitles.characters import script_language
from vidtag.subtitles.formats.registry import SUFFIXES, made_of_cues, render_cues
from vidtag.subtitles.layout.cues import lay_out
from vidtag.subtitles.layout.rebase import rebase
from vidtag.subtitles.layout.rules import displayed_size


@dataclass(frozen=True, slots=True)
class Made:
    """Files that were written, what the user should know, and what could not be made, and why."""

    written: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Done:
    """A finished clip."""

    clip: Clip
    cut: CutResult
    social: Path | None = None


def make_highlights(
    document: Document, media: Media, config: Config, folder: Path, *, on_progress: OnProgress
) -> Made:
    """Cut the highlights of a document, and join them into a reel, as ``config`` asks.

    A clip that cannot be made does not keep the others from being made.

    Args:
        media: the video, which is known to be the one that was listened to; it may lie elsewhere
            than the document says.

    Raises:
        OutputError: the folder cannot be written, or the disk is full; what was finished stays.
    """
    stem = Path(document.media.path).stem
    manifest = _Manifest(folder / f"{stem}.highlights.json", document)
    clips = select_clips(document, config.highlights)
    if not clips:
        wanted = " or ".join(config.highlights.weights)
        return Made((), (f"no clips: no {wanted} was found that makes a highlight",))
    written: list[Path] = []
    notes: list[str] = []
    failed: list[str] = []
    done: list[_Done] = []
    with steady(media) as source:
        workshop = _Workshop(document, source, config, folder, manifest)
        for number, clip in enumerate(clips):
            try:
                one, files = workshop.make(number, len(clips), clip, on_progress)
            except OutputError:
                raise
            except VidtagError as error:
                if error.path in (media.path, source.path):
                    error.path = document.media.path
                failed.append(f"clip {number + 1} ({file_clock(clip.start)}): {error}")
                continue
            done.append(one)
            written += files
            if one.cut.note:
                notes.append(f"{one.cut.path.name}: {one.cut.note}")
    on_progress(Progress("clips", len(clips), len(clips)))
    notes += _reasons([one.cut for one in done])
    if config.highlights.reel and done:
        written.append(workshop.reel(done, on_progress))
    if done:
        written.append(manifest.path)
    return Made(tuple(written), tuple(notes), tuple(failed))


def clear_highlights(document: Document, folder: Path) -> None:
    """Remove the clips and the reel of an earlier run."""
    _Manifest(folder / f"{Path(document.media.path).stem}.highlights.json", document).clear()


class _Workshop:
    """Makes the files of one video's highlights."""

    def __init__(
        self, document: Document, media: Media, config: Config, folder: Path, manifest: _Manifest
    ) -> None:
        self.document = document
        self.media = media
        self.config = config
        self.folder = folder
        self.manifest = manifest
        self.stem = Path(document.media.path).stem
        self.cues = _cues(document, config.subtitles)
        self.social = _Social.of(document, config) if config.highlights.social else None

    def make(
        self, number: int, count: int, clip: Clip, on_progress: OnProgress
    ) -> tuple[_Done, list[Path]]:
        """Cut one clip of ``count``, with everything that goes with it."""
        told = _part_of(on_progress, number, count, ("cut", "social") if self.social else ("cut",))
        name = f"{number + 1:02d}-{_kinds(clip)}-{file_clock(clip.start)}"
        target = self.folder / f"{self.stem}.clips" / (name + clip_suffix(self.media))
        cut = cut_clip(
            self.media,
            clip,
            target,
            mode=CutMode(self.config.highlights.mode),
            audio_track=self.config.audio.track,
            on_progress=told,
        )
        subtitles = self._subtitles(cut)
        upright = None
        if self.social is not None and cut.has_picture:
            upright = self.folder / f"{self.stem}.social" / target.name
            self.social.make(cut, upright, told)
        done = _Done(clip, cut, upright)
        self.manifest.add(done, subtitles)
        return done, [target, *subtitles, *([upright] if upright else [])]

    def reel(self, done: Sequence[_Done], on_progress: OnProgress) -> Path:
        """Join clips: those with a picture, if any has one."""
        wanted = self.config.highlights
        joined = [one for one in done if one.cut.has_picture] or list(done)
        if wanted.reel_order == "score":
            joined.sort(key=lambda one: -one.clip.score)
        else:
            joined.sort(key=lambda one: one.cut.start)
        files = [one.cut.path for one in joined]
        if wanted.reel_from == "social" and all(one.social for one in joined):
            files = [one.social for one in joined if one.social]
        target = self.folder / f"{self.stem}.reel{files[0].suffix}"
        on_progress(Progress("reel", 0, 1))
        size = reel_size(files[0])
        cards = None
        if wanted.reel_titles and size is not None:
            cards = [title_card(one.clip.title, self._language(one.clip), size) for one in joined]
        made = make_reel(files, target, cards=cards, on_progress=on_progress)
        on_progress(Progress("reel", 1, 1))
        self.manifest.add_reel(target, list(zip(files, made.starts, strict=True)))
        return target

    def _language(self, clip: Clip) -> Language:
        spoken = [s.language for s in self.document.segments if s.end > clip.start]
        return script_language(clip.title, spoken[0] if spoken else None)

    def _subtitles(self, cut: CutResult) -> list[Path]:
        """Subtitles of a clip beside it, on the clip's own clock."""
        config = self.config.subtitles
        inside = rebase(self.cues, cut.start, cut.end)
        written = []
        for name in config.formats:
            if not made_of_cues(name):  # nothing but cues is known of a clip
                continue
            path = cut.path.with_suffix(SUFFIXES[name])
            text = render_cues(inside, name, video=self.document.media.video, config=config)
            files.write_text(path, text)
            written.append(path)
        return written


@dataclass(frozen=True, slots=True)
class _Social:
    """Makes versions of clips for phones."""

    cues: tuple[Cue, ...]
    video: VideoStream
    shots: tuple[float, ...]
    subtitles: SubtitlesConfig
    shape: Shape
    fit: Fit

    @classmethod
    def of(cls, document: Document, config: Config) -> _Social | None:
        """None where there is no picture.

        Raises:
            ToolError: no font here has the letters of what was said.
        """
        video = document.media.video
        if video is None:
            return None
        shape = Shape(config.highlights.social_shape)
        width, height = social_size(*displayed_size(video), shape)
        upright = replace(video, width=width, height=height, rotation=0)
        subtitles = config.subtitles.model_copy(update={"profile": "social"})
        placed = replace(document, media=replace(document.media, video=upright))
        cues = _cues(placed, subtitles)
        fonts.require({cue.language for cue in cues if cue.language})
        fit = Fit(config.highlights.social_fit)
        return cls(cues, upright, document.shots, subtitles, shape, fit)

    def make(self, cut: CutResult, target: Path, on_progress: OnProgress) -> None:
        """Make one of a clip."""
        inside = rebase(self.cues, cut.start, cut.end)
        with scratch_folder() as place:
            script = place / "subtitles.ass"
            text = render_cues(inside, "ass", video=self.video, config=self.subtitles)
            script.write_text(text, encoding="utf-8")
            make_social(
                cut.path,
                target,
                shape=self.shape,
                fit=self.fit,
                subtitles=script if inside else None,
                shots=[shot - cut.start for shot in self.shots if cut.start < shot < cut.end],
                on_progress=on_progress,
            )


def _cues(document: Document, config: SubtitlesConfig) -> tuple[Cue, ...]:
    return tuple(block.cue() for block in lay_out(document, config))


def _part_of(on_progress: OnProgress, number: int, count: int, stages: Sequence[str]) -> OnProgress:
    """Passes on the progress of one clip, which has some stages of its own, as that of all."""
    on_progress(Progress("clips", number, count))
    furthest = 0.0

    def tell(progress: Progress) -> None:
        nonlocal furthest
        within = stages.index(progress.stage) + progress.done / max(progress.total, 1e-9)
        # A clip may be cut once more, in another mode.
        furthest = max(furthest, within / len(stages))
        on_progress(Progress("clips", number + 0.99 * furthest, count, progress.detail))

    return tell


def _reasons(cuts: Sequence[CutResult]) -> list[str]:
    """Why clips were not cut in the mode that was asked for: a line per reason."""
    by_reason = Counter((cut.reason, cut.mode.value) for cut in cuts if cut.reason)
    return [
        f"{count} of {len(cuts)} clips cut in the mode {mode}: {reason}"
        for (reason, mode), count in by_reason.items()
    ]


class _Manifest:
    """The list of highlights, kept up to date clip by clip, so that a later run with other
    thresholds can take away exactly what this one made.
    """

    def __init__(self, path: Path, document: Document) -> None:
        self.path = path
        self._data: dict[str, object] = {
            "video": document.media.path,
            "fingerprint": document.media.fingerprint,
            "model": document.model.name,
        }
        stem = Path(document.media.path).stem
        self._folders = (path.parent, *(path.parent / f"{stem}.{of}" for of in ("clips", "social")))
        self._clips: list[dict[str, object]] = []
        self._reel: str | None = None
        self._starts: dict[str, float] = {}

    def clear(self) -> None:
        """Remove the files of an earlier run, and its list."""
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
            names = [name for clip in data["clips"] for name in (clip["file"], *clip["subtitles"])]
            names += [clip["social"] for clip in data["clips"] if clip.get("social")]
            names += [data["reel"]] if data["reel"] else []
        except FileNotFoundError:
            return
        except (ValueError, KeyError, TypeError, RecursionError):
            names = []  # not a list of ours, or damaged: touch nothing it may name
        for name in names:
            path = self.path.parent / str(name)
            ours = path.parent in self._folders and ".." not in path.parts
            if ours and os.path.isfile(path):  # which raises for no name, whatever is in it
                path.unlink()
        self.path.unlink(missing_ok=True)

    def add(self, done: _Done, subtitles: Sequence[Path]) -> None:
        """Note a finished clip."""
        clip, cut = done.clip, done.cut
        self._clips.append(
            {
                "file": self._name(cut.path),
                "subtitles": [self._name(path) for path in subtitles],
                "social": self._name(done.social) if done.social else None,
                "title": clip.title,
                "score": round(clip.score, 4),
                "start": round(cut.start, 6),
                "end": round(cut.end, 6),
                "planned_start": round(cut.planned_start, 6),
                "planned_end": round(cut.planned_end, 6),
                "mode": cut.mode.value,
                "mode_reason": cut.reason or None,
                "reason": [
                    {"kind": why.label, "start": why.start, "end": why.end, "peak": why.peak}
                    for why in clip.reason
                ],
            }
        )
        self._write()

    def add_reel(self, path: Path, starts: Sequence[tuple[Path, float]]) -> None:
        """Note the finished reel, and the second at which each clip begins in it."""
        self._reel = self._name(path)
        self._starts = {self._name(file): round(start, 6) for file, start in starts}
        self._write()

    def _name(self, path: Path) -> str:
        return path.relative_to(self.path.parent).as_posix()

    def _write(self) -> None:
        data = {**self._data, "reel": self._reel, "reel_starts": self._starts, "clips": self._clips}
        files.write_text(self.path, json.dumps(data, ensure_ascii=False, indent=1) + "\n")


def _kinds(clip: Clip) -> str:
    return "-".join(dict.fromkeys(why.label.replace(" ", "_") for why in clip.reason))
