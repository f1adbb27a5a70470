"""What jobs do: listen to a file, and make everything of what was heard."""

from __future__ import annotations

import functools
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import ffmpeg

from vidtag import files
from vidtag.core import document as documents
from vidtag.core.names import SubtitleFormat
from vidtag.core.records import Clip, Cue, Document, Media, OnProgress, Progress
from vidtag.core.settings import Config
from vidtag.files import replacing
from vidtag.media.ffmpeg import file_url, run
from vidtag.media.probe import probe
from vidtag.media.tracks import choose_audio
from vidtag.show.clip_cutting import clip_path, cut_by_settings
from vidtag.show.everything import show
from vidtag.show.subtitle_files import subtitle_text
from vidtag.show.views import Views
from vidtag.subtitles.layout.cues import make_cues
from vidtag.web.jobs import WebJob
from vidtag.web.tasks import Task

if TYPE_CHECKING:
    from vidtag.core.settings import ModelConfig
    from vidtag.listening.speech.sensevoice import SenseVoice

FORMATS: tuple[SubtitleFormat, ...] = get_args(SubtitleFormat)

_PLAYED = {
    "video": {"h264", "vp8", "vp9", "av1"},
    "audio": {"aac", "mp3", "opus", "vorbis", "flac"},
}
"""Codecs that every browser of today plays."""
_CONTAINERS = ("mp4", "webm", "mp3", "ogg", "flac", "wav")
_PREVIEW_HEIGHT = 480
NOT_MADE = "not-made.txt"
"""What the ZIP holds if some of the rest could not be made."""
_STORED = {".mp4", ".m4a", ".zip", ".jpg", ".png"}


def listen_to(job: WebJob, task: Task) -> None:
    """Hear everything in a job's file, and see to it that a browser can play it."""
    from vidtag.listening.run import listen  # torch

    on_progress = task.on_progress
    media = probe(job.source)
    choose_audio(media, job.config.audio.track)
    on_progress(Progress("model", 0, 1, job.config.model.name))
    model = _load_model(job.config.model)
    on_progress(Progress("model", 1, 1, job.config.model.name))
    document = listen(media, job.config, model, on_progress=on_progress, stop=task.check)
    job.playable = _playable(media, job.folder / "preview.mp4", on_progress)
    job.cues = make_cues(document, job.config.subtitles)
    job.document = document


@functools.lru_cache(maxsize=1)
def _load_model(config: ModelConfig) -> SenseVoice:
    from vidtag.listening.speech.sensevoice import SenseVoice

    return SenseVoice.load(config)


def bundle_up(job: WebJob, task: Task) -> None:
    """Write what ``vidtag run`` would, with the subtitles as they were edited, into one ZIP."""
    document, folder = job.require_document(), job.folder / "everything"
    shutil.rmtree(folder, ignore_errors=True)
    style = job.config.subtitles.model_copy(update={"formats": FORMATS})
    config = job.config.model_copy(update={"subtitles": style})
    stem = Path(document.media.path).stem
    shown = show(views_of(job, config), folder, on_progress=task.on_progress)
    if shown.failures:
        files.write_text(folder / NOT_MADE, "\n".join(shown.failures) + "\n")
    documents.write(public(document), folder / f"{stem}{documents.SUFFIX}")
    _pack(folder, job.bundle, task.on_progress)
    shutil.rmtree(folder, ignore_errors=True)


def views_of(job: WebJob, config: Config | None = None) -> Views:
    """What is shown of a job, without where its file lies on the server.

    Args:
        config: other settings than the job's.
    """
    document = job.require_document()
    return Views(
        public(document),
        config or job.config,
        video=Path(document.media.path),
        edited_cues=job.cues if job.edited else None,
    )


def subtitles(job: WebJob, format_: SubtitleFormat) -> str | None:
    """Text of a subtitle file with the cues as they are now; see ``subtitle_text``."""
    return subtitle_text(views_of(job), format_)


def public(document: Document) -> Document:
    """The document without where its file lies on the server."""
    name = Path(document.media.path).name
    return replace(document, media=replace(document.media, path=name))


def public_json(document: Document) -> str:
    """JSON of a document without where its file lies on the server."""
    return documents.to_json(public(document))


def highlights(job: WebJob, config: Config) -> tuple[Clip, ...]:
    """The clips by other settings, without listening again."""
    return views_of(job, config).clips


def cut(job: WebJob, clip: Clip) -> Path:
    """A clip as a file of its own, cut once."""
    views = views_of(job)
    base = job.folder / "clips" / f"{clip.start:.3f}-{clip.end:.3f}"
    target = clip_path(job.require_document().media, base)
    if not target.exists():
        target.parent.mkdir(exist_ok=True)
        cut_by_settings(views.media, clip, base, views.config)
    return target


def edited(job: WebJob, cues: Sequence[Cue]) -> None:
    """Take over cues that somebody changed."""
    with job.lock:
        job.cues = tuple(sorted(cues, key=lambda cue: (cue.start, cue.end)))
        job.edited = job.cues != make_cues(job.require_document(), job.config.subtitles)


def _playable(media: Media, preview: Path, on_progress: OnProgress) -> Path:
    """The file itself if browsers play it, else a small copy that they do."""
    codecs = [("audio", stream.codec) for stream in media.audio]
    codecs += [("video", media.video.codec)] if media.video else []
    fine = any(name in media.container.split(",") for name in _CONTAINERS)
    pixels = media.video.pixel_format in ("yuv420p", "yuvj420p") if media.video else True
    if fine and pixels and all(codec in _PLAYED[kind] for kind, codec in codecs):
        return Path(media.path)
    source = ffmpeg.input(file_url(media.path))
    options: dict[str, object] = {"c:a": "aac", "b:a": 128_000, "ac": 2}
    streams = [source["a:0"]] if media.audio else []
    if media.video is not None:
        height = min(_PREVIEW_HEIGHT, media.video.height // 2 * 2)
        picture = source[str(media.video.index)].filter("scale", -2, height)
        streams.insert(0, picture.filter("format", "yuv420p"))
        options |= {"c:v": "libx264", "preset": "ultrafast", "crf": 26}
    total = max(media.duration, 1e-3)
    with replacing(preview) as partial:
        run(
            ffmpeg.output(*streams, file_url(partial), movflags="+faststart", **options),
            path=media.path,
            on_seconds=lambda done: on_progress(Progress("preview", min(done, total), total)),
        )
    return preview


def _pack(folder: Path, target: Path, on_progress: OnProgress) -> None:
    """Everything in a folder as one ZIP; what is compressed already is only stored."""
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")
    )
    with replacing(target) as partial, zipfile.ZipFile(partial, "w") as archive:
        for number, path in enumerate(files):
            on_progress(Progress("zip", number, len(files), path.name))
            packed = zipfile.ZIP_STORED if path.suffix in _STORED else zipfile.ZIP_DEFLATED
            archive.write(path, path.relative_to(folder), compress_type=packed)
    on_progress(Progress("zip", len(files), len(files)))
