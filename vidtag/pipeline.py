"""The main job: LISTEN makes a document of a video, SHOW makes files of the document.

``vidtag.listening`` is slow and runs once per video and settings; ``vidtag.show`` is fast
and runs as often as a style or a threshold changes. ``Session`` does both for any number of videos.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vidtag import files
from vidtag.core import document as documents
from vidtag.core.edits import edits_path
from vidtag.core.errors import OutputError
from vidtag.core.machine import check_memory
from vidtag.core.media_streams import Media
from vidtag.core.names import (
    CLIPS_SUFFIX,
    DOCUMENT_SUFFIX,
    REEL_SUFFIX,
    SOCIAL_SUFFIX,
    result_stem,
)
from vidtag.core.records import Document, OnProgress, Progress, ignore_progress
from vidtag.core.settings import Config
from vidtag.listening.heard_before import DocumentsNear, HeardBefore
from vidtag.listening.ready import check_ready
from vidtag.listening.reuse import find_earlier, refresh_picture
from vidtag.media.channels import own_sounds
from vidtag.media.probe import probe
from vidtag.media.tracks import choose_audio
from vidtag.owners import check_free
from vidtag.show.edited_views import edited_views
from vidtag.show.everything import show
from vidtag.show.taken_along import take_along
from vidtag.show.views import Views
from vidtag.transcripts.of_media import check_one_each, transcript_of

if TYPE_CHECKING:
    from vidtag.listening.speech.sensevoice import SenseVoice


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one video.

    Attributes:
        document: what LISTEN gave.
        written: all files, in the order they were made.
        listen_seconds: wall time of listening without loading the model; None if the document
            of an earlier run was still right.
        load_seconds: wall time of loading the model, if this video was the first to need it.
        show_seconds: wall time of everything after listening.
        notes: what the user should know besides the document's own notes.
        failed: clips that could not be made, and why.
    """

    document: Document
    written: tuple[Path, ...]
    listen_seconds: float | None
    load_seconds: float
    show_seconds: float
    notes: tuple[str, ...]
    failed: tuple[str, ...] = ()


class Session:
    """Runs videos one after another; loads the model when the first of them needs it."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._model: SenseVoice | None = None
        self._near = DocumentsNear()

    def check_outputs(self, videos: Sequence[Path]) -> None:
        """Refuse, before any work, inputs that would overwrite each other's results.

        Raises:
            OutputError: two inputs have one and the same output, or one lies where another's is.
            ConfigError: all are to take their words from one transcript.
        """
        check_one_each(self.config, len(videos))
        targets = Counter(self._document_path(video).resolve() for video in videos)
        for target, count in targets.items():
            if count > 1:
                raise OutputError(
                    f"{count} inputs would write here",
                    path=target,
                    remedy="rename one, or run them with different --output folders",
                )
        results: set[Path] = set()
        for video in videos:
            results |= self._films_of(video)
        for video in videos:
            place = video.resolve()
            if not results.isdisjoint((place.parent, place.with_suffix(""))):
                raise OutputError(
                    "this input has a name of another's results, and would be written over",
                    path=video,
                    remedy="leave it out, or choose another folder with --output",
                )

    def run(self, video: Path, *, on_progress: OnProgress = ignore_progress) -> Result:
        """Listen to a video, or take the earlier document, and write its files.

        Raises:
            OutputError: a batch works in the folder of the results.
            VidtagError: see ``listen`` and ``show``.
        """
        media = probe(video)
        choose_audio(media, self.config.audio.track)
        own_sounds(media, self.config)
        target = self._document_path(video)
        files.check_writable(target)
        with files.alone_with(target):  # another run would take clips for its own
            check_free(target.parent)  # only now: a batch that begins later waits for this run
            return self._run(media, target, on_progress)

    def _run(self, media: Media, target: Path, on_progress: OnProgress) -> Result:
        transcript = transcript_of(media, self.config)
        earlier = find_earlier(target, media, self.config, transcript)
        before: HeardBefore | None = None
        if not target.exists():
            before = self._near.find(target, media, self.config, transcript)
        if before is not None:
            earlier = before.earlier
        known, listen_seconds, load_seconds = earlier.document, None, 0.0
        if known is None:
            check_ready(self.config)
            from vidtag.listening.run import listen  # torch

            began = time.monotonic()
            model = self._load(on_progress)
            loaded = time.monotonic()
            document = listen(
                media, self.config, model, transcript=transcript, on_progress=on_progress
            )
            listen_seconds, load_seconds = time.monotonic() - loaded, loaded - began
        else:
            document = refresh_picture(earlier, media, self.config, on_progress=on_progress)
        taken = take_along(before.place, target) if before is not None and before.renamed else []
        names = self.config.cast.names
        told = (document.names, document.media.path) == (names, media.path)
        if document is not known or not told or before is not None:
            # The video may have moved, and its speakers may be called otherwise.
            document = replace(document, media=media, names=names)
            files.write_text(target, documents.to_json(document))
            self._near.add(target, media.fingerprint)
            document = documents.read(target)  # rounded: a second run shall show the same
        began = time.monotonic()
        views = edited_views(document, self.config, target)
        shown = show(views, target.parent, on_progress=on_progress)
        return Result(
            document=document,
            written=(target, *shown.files),
            listen_seconds=listen_seconds,
            load_seconds=load_seconds,
            show_seconds=time.monotonic() - began,
            notes=(
                *_before_note(before, taken),
                *earlier.notes,
                *_edits_note(views, target),
                *shown.notes,
            ),
            failed=shown.failures,
        )

    def _document_path(self, video: Path) -> Path:
        return self.config.output_folder(video) / f"{result_stem(str(video))}{DOCUMENT_SUFFIX}"

    def _films_of(self, video: Path) -> set[Path]:
        """Folders of the clips that are made of a video, and its reel without suffix."""
        target = self._document_path(video).resolve()
        reel = (REEL_SUFFIX,) if self.config.highlights.reel else ()
        stem = result_stem(str(video))
        return {target.with_name(stem + end) for end in (CLIPS_SUFFIX, SOCIAL_SUFFIX, *reel)}

    def _load(self, on_progress: OnProgress) -> SenseVoice:
        if self._model is None:
            check_memory()
            from vidtag.listening.speech.sensevoice import SenseVoice

            on_progress(Progress("model", 0, 1, self.config.model.name))
            self._model = SenseVoice.load(self.config.model)
            on_progress(Progress("model", 1, 1, self.config.model.name))
        return self._model


def _before_note(before: HeardBefore | None, taken: Sequence[Path]) -> tuple[str, ...]:
    """Says what was taken from where; what was made under the old name may be linked to."""
    if before is None:
        return ()
    found = f"already listened to as {before.name}: taken from {before.place}"
    if taken:
        found += f", with what was edited by hand ({', '.join(path.name for path in taken)})"
    if before.renamed:
        found += ". What was made under the old name stays there; remove it when nothing needs it"
    return (found,)


def _edits_note(views: Views, document: Path) -> tuple[str, ...]:
    """Says that what is written holds edits, so that nobody wonders where other words come from."""
    edited = views.edited_cues is not None or views.choice is not None
    return (f"with the edits in {edits_path(document).name}",) if edited else ()
