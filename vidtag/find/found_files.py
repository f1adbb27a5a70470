"""Writes what was found: as clips, and as a timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from vidtag import files
from vidtag.core import document as documents
from vidtag.core.clock import file_clock
from vidtag.core.errors import UserError, VidtagError
from vidtag.core.media_streams import Media
from vidtag.core.names import result_stem
from vidtag.core.records import Clip, OnProgress, Progress, ignore_progress
from vidtag.core.settings import Config
from vidtag.cutting.cut import CutResult
from vidtag.find.search import Match
from vidtag.media.tracks import listened_track
from vidtag.select.clips import clips_around
from vidtag.show.clip_cutting import clip_path, cut_by_settings
from vidtag.show.edited_views import edited_views
from vidtag.show.media_of import media_of
from vidtag.timelines.build import highlights_timeline
from vidtag.timelines.formats import program_format_of
from vidtag.timelines.model import MediaReference, media_reference

OnError = Callable[[VidtagError], None]
"""Called with what is wrong with one video; the others go on."""


def cut_found(
    matches: Sequence[Match],
    folder: Path,
    config: Config,
    on_error: OnError,
    *,
    on_progress: OnProgress = ignore_progress,
) -> Iterator[CutResult]:
    """Cut a clip around each match, with what led to it; matches near each other share one.

    Files are numbered in the order of ``matches``. Yields each as it is finished.
    """
    clips = list(_clips(matches, config, on_error))
    for number, (media, track, clip) in enumerate(clips):
        label = clip.reason[0].label.replace(" ", "_")
        name = f"{number + 1:04d}-{result_stem(media.path)}-{label}-{file_clock(clip.start)}"
        base = folder / name
        on_progress(Progress("clips", number, len(clips), clip_path(media, base).name))
        try:
            yield cut_by_settings(media, clip, base, config, audio_track=track)
        except VidtagError as error:
            on_error(error)
    on_progress(Progress("clips", len(clips), len(clips)))


def write_found(matches: Sequence[Match], target: Path, config: Config, on_error: OnError) -> None:
    """Write a timeline of everything that was found, one clip after another.

    Raises:
        UserError: there is nothing to write, or the format cannot hold it.
    """
    format_ = program_format_of(target)
    references: dict[str, MediaReference] = {}
    chosen = []
    for media, track, clip in _clips(matches, config, on_error):
        if media.path not in references:
            references[media.path] = media_reference(media, track)
        chosen.append((references[media.path], clip))
    if not chosen:
        raise UserError("nothing was found that could be put on a timeline", path=target)
    for name, text in format_.parts(highlights_timeline(target.stem, chosen)).items():
        files.write_text(target.parent / (target.name + name), text)


def _clips(
    matches: Sequence[Match], config: Config, on_error: OnError
) -> Iterator[tuple[Media, int, Clip]]:
    """Each clip with its video and the audio track that was listened to."""
    for path, group in groupby(matches, key=lambda match: match.document):
        try:
            document = edited_views(documents.read(path), config, path).document
            media = media_of(document, beside=path)
        except VidtagError as error:
            on_error(error)
            continue
        for clip in clips_around(document, [match.span for match in group], config.highlights):
            yield media, listened_track(document), clip
