"""Writes the highlights: clips with their subtitles, social clips, the reel and the manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vidtag.core.clock import file_clock
from vidtag.core.errors import OutputError, UserError, VidtagError
from vidtag.core.media_streams import Media
from vidtag.core.names import CLIPS_SUFFIX, SOCIAL_SUFFIX
from vidtag.core.records import Clip, Document, OnProgress, Progress, ignore_progress
from vidtag.cutting.cut import CutResult
from vidtag.media.encoders import Encoders
from vidtag.media.steady import steady
from vidtag.media.tracks import listened_track
from vidtag.media.viewable import viewing_note
from vidtag.show.clip_cutting import cut_by_settings
from vidtag.show.manifest import FinishedClip, Manifest
from vidtag.show.name_notes import strangers
from vidtag.show.reel_file import write_reel
from vidtag.show.social_clips import SocialClips
from vidtag.show.subtitle_files import write_clip_subtitles
from vidtag.show.views import Views
from vidtag.show.written import Written


def write_highlights(
    views: Views, folder: Path, *, on_progress: OnProgress = ignore_progress
) -> Written:
    """Cut the highlights, and remove those of an earlier run.

    A clip that cannot be made does not keep the others from being made.

    Raises:
        InputError: the video is gone, or is not the one that was listened to.
        OutputError: the folder cannot be written, or the disk is full; what was finished stays.
    """
    wanted = views.config.highlights
    if not wanted.enabled:
        remove_highlights(views.document, folder)
        return Written()
    media = views.media  # raises before anything of an earlier run is removed
    remove_highlights(views.document, folder)
    if not views.clips:
        return Written(notes=tuple(_none_notes(views)))
    manifest = Manifest(views.document, folder)
    encoders = Encoders(wanted.encoder)
    with steady(media) as source:
        clips = _ClipWriter(views, source, SocialClips.of(views, encoders), folder, encoders)
        finished, failures = _write_clips(clips, manifest, on_progress)
    on_progress(Progress("clips", len(views.clips), len(views.clips)))
    cuts = [one.cut for one in finished]
    files = [file for one in finished for file in one.files]
    notes = [f"{cut.path.name}: {cut.note}" for cut in cuts if cut.note]
    if clips.social is not None and clips.social.note:
        notes.append(clips.social.note)
    if wanted.reel and finished:
        try:
            reel, note = write_reel(
                views, finished, folder, manifest, encoders, on_progress=on_progress
            )
            files.append(reel)
            notes += [note] if note else []
        except UserError:
            raise
        except VidtagError as error:
            failures = (*failures, f"reel: {error}")
    if finished:
        files.append(manifest.path)
    if media.video is not None and (note := viewing_note(media.video)):
        notes.append(note)
    notes += encoders.notes
    return Written(tuple(files), (*notes, *_mode_notes(cuts)), failures)


def _none_notes(views: Views) -> Iterator[str]:
    """Why there are no clips; nothing where ``name_notes`` says that all of whom are strangers."""
    wanted, missing = views.config.highlights, strangers(views)
    there = [name for name in wanted.speakers if name not in missing]
    if there or not missing:
        of = f" of {', '.join(there)}" if there else ""
        why = f"no {' or '.join(wanted.weights)}{of} was found that makes a highlight"
        played = [one for one in views.document.events if one.kind in wanted.kinds and one.canned]
        if wanted.canned == "leave-out" and played:
            why += f"; {len(played)} left out, which are recordings that are played several times "
            why += "(highlights.canned)"
        yield f"no clips: {why}"


def remove_highlights(document: Document, folder: Path) -> None:
    """Remove the clips and the reel of an earlier run."""
    Manifest(document, folder).remove_listed()


@dataclass(frozen=True, slots=True)
class _ClipWriter:
    """Writes single clips of one video.

    Attributes:
        media: the video, on a clock that does not jump.
        social: makes social clips; None if none are wanted.
        encoders: of all films of the run.
    """

    views: Views
    media: Media
    social: SocialClips | None
    folder: Path
    encoders: Encoders

    def write(self, number: int, on_progress: OnProgress) -> FinishedClip:
        """Cut clip ``number``, from 0, with everything that goes with it."""
        clip, stem = self.views.clips[number], self.views.stem
        stages = ("cut", "social") if self.social else ("cut",)
        on_stage = _progress_of_clip(on_progress, number, len(self.views.clips), stages)
        name = f"{number + 1:02d}-{_labels(clip)}-{file_clock(clip.start)}"
        base = self.folder / f"{stem}{CLIPS_SUFFIX}" / name
        cut = cut_by_settings(
            self.media,
            clip,
            base,
            self.views.config,
            audio_track=listened_track(self.views.document),
            encoders=self.encoders,
            on_progress=on_stage,
        )
        subtitles = write_clip_subtitles(self.views, cut)
        social = None
        wanted = self.views.goes_into(clip)[1]
        if self.social is not None and cut.has_picture and wanted:
            social = self.folder / f"{stem}{SOCIAL_SUFFIX}" / cut.path.name
            self.social.write(cut, social, on_stage)
        return FinishedClip(clip, cut, subtitles, social)


def _write_clips(
    writer: _ClipWriter, manifest: Manifest, on_progress: OnProgress
) -> tuple[list[FinishedClip], tuple[str, ...]]:
    """All clips, and which could not be made and why."""
    views = writer.views
    finished, failures = [], []
    for number, clip in enumerate(views.clips):
        try:
            one = writer.write(number, on_progress)
        except OutputError:
            raise
        except VidtagError as error:
            if error.path in (views.media.path, writer.media.path):
                error.path = views.document.media.path
            failures.append(f"clip {number + 1} ({file_clock(clip.start)}): {error}")
            continue
        finished.append(one)
        manifest.add(one)
    return finished, tuple(failures)


def _progress_of_clip(
    on_progress: OnProgress, number: int, count: int, stages: Sequence[str]
) -> OnProgress:
    """Passes on the progress of one clip, which has its own stages, as that of all clips."""
    on_progress(Progress("clips", number, count))
    furthest = 0.0

    def on_stage(progress: Progress) -> None:
        nonlocal furthest
        within = stages.index(progress.stage) + progress.done / max(progress.total, 1e-9)
        # A clip may be cut once more, in another mode.
        furthest = max(furthest, within / len(stages))
        on_progress(Progress("clips", number + 0.99 * furthest, count, progress.detail))

    return on_stage


def _mode_notes(cuts: Sequence[CutResult]) -> Iterable[str]:
    """Why clips were not cut in the mode that was asked for: a line per reason."""
    by_reason = Counter((cut.mode_reason, cut.mode.value) for cut in cuts if cut.mode_reason)
    for (reason, mode), count in by_reason.items():
        yield f"{count} of {len(cuts)} clips cut in the mode {mode}: {reason}"


def _labels(clip: Clip) -> str:
    return "-".join(dict.fromkeys(reason.label.replace(" ", "_") for reason in clip.reason))
