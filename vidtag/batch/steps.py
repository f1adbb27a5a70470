"""What workers do with a video: decode, listen, show. Each step runs in a process of its own.

Decoded sound goes from one process to the next as a file of 16 kHz float32 samples, so that a
recording of ten hours takes no more memory than one of ten minutes.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vidtag import files
from vidtag.batch import storage
from vidtag.batch.contract import VideoJob
from vidtag.core import document as documents
from vidtag.core.addresses import is_address, without_passwords
from vidtag.core.errors import DocumentError, VidtagError
from vidtag.core.given_transcript import Transcript
from vidtag.core.machine import check_memory
from vidtag.core.media_streams import Media
from vidtag.core.names import DOCUMENT_SUFFIX, result_stem
from vidtag.core.settings import ModelConfig
from vidtag.files import scratch_folder
from vidtag.listening.picture import PictureResult, searching_picture
from vidtag.listening.reuse import EarlierDocument, find_earlier, refresh_picture
from vidtag.media.channels import own_sounds, stream_heard
from vidtag.media.fingerprint import check_unchanged
from vidtag.media.full_disk import naming_full_disk
from vidtag.media.probe import probe
from vidtag.media.samples import CHUNK_SECONDS, SAMPLE_RATE, Samples
from vidtag.media.tracks import choose_audio
from vidtag.show.edited_views import edited_views
from vidtag.show.everything import show
from vidtag.show.taken_along import take_along
from vidtag.transcripts.of_media import transcript_of, transcript_path

if TYPE_CHECKING:
    from vidtag.listening.speech.sensevoice import SenseVoice

CHUNK = round(CHUNK_SECONDS * SAMPLE_RATE)
"""Samples read at a time."""


@dataclass(slots=True)
class WorkerContext:
    """What a worker keeps between its tasks.

    Attributes:
        on_length: called with the length of the video in seconds, on which its time limit depends.
        model: None until it is loaded.
    """

    on_length: Callable[[float], None]
    model: SenseVoice | None = None


@dataclass(frozen=True, slots=True)
class ModelReady:
    """A model is ready.

    Attributes:
        device: where it runs.
        devices: how many of these this machine has.
    """

    device: str
    devices: int


@dataclass(frozen=True, slots=True)
class DecodedAudio:
    """Decoded sound of a video, in a file, and what was found in the picture meanwhile.

    Attributes:
        notes: why an earlier document was not right any more.
        sound_notes: what is to be known about the sound.
        transcript: what the words are taken from; None if they are to be recognised.
    """

    media: Media
    file: Path
    picture: PictureResult = field(default_factory=PictureResult)
    notes: tuple[str, ...] = ()
    transcript: Transcript | None = None
    sound_notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredAudio:
    """Decoded sound whose samples are in an object store, in parts."""

    sound: DecodedAudio
    references: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A stage is done; see ``contract.StageEnded``.

    Attributes:
        unchanged: what an earlier run made was left as it is.
    """

    fingerprint: str
    duration: float
    files: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    reused: bool = False
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class LoadTask:
    """Load the model.

    Attributes:
        threads: processor threads it may use; None leaves torch's default.
    """

    config: ModelConfig
    threads: int | None = None

    def run(self, context: WorkerContext) -> ModelReady:
        """Run the task; the model stays in ``context`` for the tasks to come."""
        check_memory()
        import torch

        from vidtag.listening.speech.sensevoice import SenseVoice

        if self.threads is not None:
            torch.set_num_threads(self.threads)
        context.model = SenseVoice.load(self.config)
        kind = context.model.device.type
        return ModelReady(
            str(context.model.device), torch.cuda.device_count() if kind == "cuda" else 1
        )


@dataclass(frozen=True, slots=True)
class DecodeTask:
    """Decode a video's sound into a file, unless an earlier document is still right."""

    job: VideoJob
    file: Path

    def run(self, context: WorkerContext) -> DecodedAudio | Outcome:
        """Run the task."""
        job = self.job
        with storage.fetched(job.source) as video:
            media = probe(video)
            context.on_length(media.duration)
            choose_audio(media, job.config.audio.track)
            known = replace(media, path=_name(job, media))
            transcript = _transcript(job, known)
            with _results(job) as folder:
                target = folder / _document_name(job)
                earlier = _earlier(target, known, job, transcript)
                if earlier.document is not None:
                    document = refresh_picture(earlier, media, job.config)
                    names = job.config.cast.names
                    moved = document.media.path != known.path or not target.exists()
                    new = document is not earlier.document or document.names != names
                    if changed := new or moved:
                        document = replace(document, media=known, names=names)
                        files.write_text(target, documents.to_json(document))
                    notes = (*earlier.notes, *document.notes)
                    outcome = _outcome(known, folder, [target], notes, reused=True)
                    return replace(outcome, unchanged=not changed)
                files.check_writable(target)
            with searching_picture(media, job.config.video) as found:
                sound_notes: list[str] = []
                chunks = stream_heard(media, job.config, on_note=sound_notes.append)
                with naming_full_disk(self.file):
                    write_chunks(chunks, self.file)
                picture = found()
            check_unchanged(media)
        heard = tuple(sound_notes)
        return DecodedAudio(known, self.file, picture, earlier.notes, transcript, heard)


@dataclass(frozen=True, slots=True)
class ListenTask:
    """Hear everything in decoded sound, and write the document."""

    job: VideoJob
    sound: DecodedAudio

    def run(self, context: WorkerContext) -> Outcome:
        """Run the task."""
        from vidtag.listening.run import DecodedMedia, listen

        assert context.model is not None
        job, sound, media = self.job, self.sound, self.sound.media
        context.on_length(media.duration)
        streams = len(own_sounds(media, job.config)) or 1
        decoded = DecodedMedia(
            read_chunks(sound.file, CHUNK * streams), sound.picture, sound.sound_notes
        )
        document = listen(
            media, job.config, context.model, decoded=decoded, transcript=sound.transcript
        )
        with _results(job, fetch=False) as folder:
            target = folder / _document_name(job)
            named = replace(document, names=job.config.cast.names)
            files.write_text(target, documents.to_json(named))
            return _outcome(media, folder, [target], (*sound.notes, *document.notes))


@dataclass(frozen=True, slots=True)
class ShowTask:
    """Make subtitles, clips and a reel of a document."""

    job: VideoJob

    def run(self, context: WorkerContext) -> Outcome:
        """Run the task."""
        job = self.job
        if job.shown is not None:  # listening found that nothing but the file's looks changed
            return Outcome(job.shown.fingerprint, job.duration or 0.0, job.shown.files, reused=True)
        with storage.fetched(job.source) as video, _results(job) as folder:
            document = documents.read(folder / _document_name(job))
            media = document.media
            context.on_length(media.duration)
            path = folder / _document_name(job)
            shown = show(edited_views(document, job.config, path, video=video), folder)
            outcome = _outcome(media, folder, list(shown.files), shown.notes)
        if shown.failures:  # the others are worth having, wherever they belong
            raise VidtagError("; ".join(shown.failures), path=job.source)
        return outcome


Task = LoadTask | DecodeTask | ListenTask | ShowTask
Result = ModelReady | DecodedAudio | StoredAudio | Outcome


def write_chunks(chunks: Iterator[Samples], file: Path) -> None:
    """Write decoded sound into a file; what is silent takes no room where files may have holes."""
    with file.open("wb") as out:
        for chunk in chunks:
            if chunk.any():
                out.write(chunk.tobytes())
            else:
                out.seek(chunk.nbytes, os.SEEK_CUR)
        out.truncate()


def read_chunks(file: Path, samples: int = CHUNK) -> Iterator[Samples]:
    """Decoded sound, so many samples at a time."""
    with file.open("rb") as sound:
        while len(chunk := np.fromfile(sound, np.float32, samples)):
            yield chunk


def _transcript(job: VideoJob, media: Media) -> Transcript | None:
    pattern = job.config.recognition.transcript
    if pattern is None:
        return None
    with storage.fetched(transcript_path(pattern, job.source)) as file:
        return transcript_of(media, job.config, file)


def _earlier(
    target: Path, media: Media, job: VideoJob, transcript: Transcript | None
) -> EarlierDocument:
    """The document of an earlier run, perhaps from before the video was renamed."""
    place = target
    if job.earlier_document is not None and not target.exists():
        place = Path(job.earlier_document)
    try:
        earlier = find_earlier(place, media, job.config, transcript)
    except DocumentError:
        return EarlierDocument(None, {})  # no document of ours: it is written over
    if earlier.document is not None and place != target:
        take_along(place, target)
    return earlier


def _document_name(job: VideoJob) -> str:
    return result_stem(storage.name_of(job.source)) + DOCUMENT_SUFFIX


def _name(job: VideoJob, media: Media) -> str:
    """The video's path as documents give it: they are passed on, so no password stands in them."""
    return without_passwords(job.source) if is_address(job.source) else media.path


@contextlib.contextmanager
def _results(job: VideoJob, *, fetch: bool = True) -> Iterator[Path]:
    """The folder of a job's results: itself, or a copy that is put back if all went well.

    A ``vidtag run`` that began there before the batch did is waited for.

    Args:
        fetch: begin with what is there already, videos excepted.
    """
    if not is_address(job.folder):
        folder = Path(job.folder)
        with files.alone_with(folder / _document_name(job)):
            yield folder
        return
    with scratch_folder() as folder:
        if fetch:
            storage.fetch_folder(job.folder, folder)
        before = _states(folder)
        yield folder
        after = _states(folder)
        storage.publish(
            folder,
            job.folder,
            changed=[name for name, state in after.items() if before.get(name) != state],
            gone=[name for name in before if name not in after],
        )


def _states(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and inode of every file; files are written anew, never changed in place."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_size, path.stat().st_ino)
        for path in folder.rglob("*")
        if path.is_file()
    }


def _outcome(
    media: Media,
    folder: Path,
    written: list[Path],
    notes: tuple[str, ...],
    reused: bool = False,
) -> Outcome:
    files = {path.relative_to(folder).as_posix(): path.stat().st_size for path in written}
    return Outcome(media.fingerprint, media.duration, files, notes, reused)
