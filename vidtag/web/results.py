"""What is shown of a finished job: its views, its clips, its timelines."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from vidtag import files
from vidtag.core.errors import UserError
from vidtag.core.names import TimelineFormat
from vidtag.core.records import Clip, ignore_progress
from vidtag.core.settings import Config
from vidtag.cutting.sound_copy import FOR_BROWSERS
from vidtag.media.probe import probe
from vidtag.media.tracks import listened_track
from vidtag.show.clip_cutting import clip_path, cut_by_settings
from vidtag.show.edited_views import views_of
from vidtag.show.social_clips import SocialClips
from vidtag.show.views import Views
from vidtag.subtitles.burn import burn_in
from vidtag.subtitles.layout.rebase import rebase
from vidtag.timelines.formats import TimelineFile, timeline_files
from vidtag.web.jobs import WebJob


def job_views(job: WebJob, config: Config | None = None) -> Views:
    """The views of a job as it is now, without where its file lies on the server.

    Args:
        job: a finished job.
        config: other settings than the job's.

    Raises:
        UserError: the job has no result (yet).
    """
    desk = job.require_desk()
    if config is not None and config != desk.now.config:
        return views_of(desk.now, config=config, video=desk.video)
    return desk.views


def cut(job: WebJob, clip: Clip) -> Path:
    """A clip as a file of its own, with sound that browsers play, which is cut once.

    Raises:
        VidtagError: the video is gone, or the clip cannot be cut.
    """
    views = job_views(job)
    base = job.folder / "clips" / f"{clip.start:.3f}-{clip.end:.3f}"
    media = views.media
    target = clip_path(media, base)
    if not target.exists():
        target.parent.mkdir(exist_ok=True)
        track = listened_track(views.document)
        cut_by_settings(media, clip, base, views.config, audio_track=track, copied=FOR_BROWSERS)
    return target


def cut_social(job: WebJob, clip: Clip) -> Path:
    """A clip as it is for phones: upright, with its subtitles in the picture as they are now.

    Raises:
        UserError: there is no picture.
        VidtagError: the video is gone, or the clip cannot be made.
    """
    desk = job.require_desk()
    views = job_views(job, desk.now.config.with_values({"highlights": {"social": True}}))
    social = SocialClips.of(views)
    if social is None:
        raise UserError("there is no picture that could be upright")
    target = job.folder / "clips" / f"{clip.start:.3f}-{clip.end:.3f}.{desk.revision}.social.mp4"
    if not target.exists():
        with files.scratch_folder() as folder:
            track = listened_track(views.document)
            made = cut_by_settings(
                views.media, clip, folder / "clip", views.config, audio_track=track
            )
            social.write(made, target, ignore_progress)
    return target


def cut_burnt(job: WebJob, clip: Clip) -> Path:
    """A clip with its subtitles in the picture, as they are now and as ``vidtag burn`` draws them.

    Raises:
        VidtagError: the video is gone, there is no picture, or the clip cannot be made.
    """
    desk = job.require_desk()
    views = job_views(job)
    target = job.folder / "clips" / f"{clip.start:.3f}-{clip.end:.3f}.{desk.revision}.burnt.mp4"
    if not target.exists():
        target.parent.mkdir(exist_ok=True)
        with files.scratch_folder() as folder:
            track = listened_track(views.document)
            made = cut_by_settings(
                *(views.media, clip, folder / "clip", views.config),
                audio_track=track,
                copied=FOR_BROWSERS,
            )
            inside = rebase(views.cues, made.start, made.end)
            burn_in(probe(made.path), inside, target, views.config.subtitles)
    return target


def timelines(job: WebJob, format_: TimelineFormat) -> list[TimelineFile]:
    """The files of one timeline format.

    Raises:
        UserError: there is nothing to put into them; the message says why.
    """
    found, notes = timeline_files(job_views(job).timelines, (format_,))
    written = [file for file in found if file.text is not None]
    if not written:
        raise UserError("; ".join(notes) or "there is nothing to put into it")
    return written


def one_file(stem: str, files: Sequence[TimelineFile]) -> tuple[str, bytes]:
    """Name and content of a timeline as it is downloaded: a folder's files are packed into a ZIP.

    Args:
        stem: what the names of the files begin with.
    """
    name = stem + files[0].suffix
    folder, is_folder, _ = name.partition("/")
    if not is_folder:
        return name, (files[0].text or "").encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.writestr(stem + file.suffix, file.text or "")
    return f"{folder}.zip", packed.getvalue()
