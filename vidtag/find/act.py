"""What was found, as clips and as a timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from vidtag import files
from vidtag.core import document as documents
from vidtag.core.clock import file_clock
from vidtag.core.errors import UserError, VidtagError
from vidtag.core.records import Clip, Media, OnProgress, Progress, ignore_progress
from vidtag.core.settings import Config
from vidtag.cutting.cut import CutMode, clip_suffix, cut_clip
from vidtag.find.search import Hit
from vidtag.select.clips import clips_around
from vidtag.show.run import source
from vidtag.timelines import build
from vidtag.timelines.files import PROGRAM_FORMATS, SUFFIXES
from vidtag.timelines.model import Source, source_of

Complain = Callable[[VidtagError], None]
"""Is told of a video that something was wrong with; the others go on."""


def cut_found(
    hits: Sequence[Hit],
    folder: Path,
    config: Config,
    complain: Complain,
    *,
    on_progress: OnProgress = ignore_progress,
) -> Iterator[Path]:
    """Cut a clip around everything that was found, with what led to it; near ones share one.

    Files are numbered in the order of ``hits``. Yields each as it is finished.
    """
    clips = list(_clips(hits, config, complain))
    for number, (media, clip) in enumerate(clips):
        label = clip.reason[0].label.replace(" ", "_")
        stem = Path(media.path).stem
        name = f"{number + 1:04d}-{stem}-{label}-{file_clock(clip.start)}"
        target = folder / (name + clip_suffix(media))
        on_progress(Progress("clips", number, len(clips), target.name))
        try:
            mode = CutMode(config.highlights.mode)
            cut_clip(media, clip, target, mode=mode, audio_track=config.audio.track)
        except VidtagError as error:
            complain(error)
            continue
        yield target
    on_progress(Progress("clips", len(clips), len(clips)))


def timeline_format(target: Path) -> str:
    """The format of a timeline file, by its name.

    Raises:
        UserError: no format for editing programs ends like that.
    """
    for name in PROGRAM_FORMATS:
        if target.suffix.lower() == SUFFIXES[name]:
            return name
    known = ", ".join(SUFFIXES[name] for name in PROGRAM_FORMATS)
    raise UserError("is no timeline format", path=target, remedy=f"end its name in {known}")


def write_found(hits: Sequence[Hit], target: Path, config: Config, complain: Complain) -> None:
    """Write a timeline of everything that was found, one clip after another.

    Raises:
        UserError: there is nothing to write, or the format cannot hold it.
    """
    render = PROGRAM_FORMATS[timeline_format(target)]
    sources: dict[str, Source] = {}
    chosen = []
    for media, clip in _clips(hits, config, complain):
        chosen.append((sources.setdefault(media.path, source_of(media)), clip))
    if not chosen:
        raise UserError("nothing was found that could be put on a timeline", path=target)
    files.write_text(target, render(build.highlights(target.stem, chosen)))


def _clips(hits: Sequence[Hit], config: Config, complain: Complain) -> Iterator[tuple[Media, Clip]]:
    for path, group in groupby(hits, key=lambda hit: hit.document):
        try:
            heard = documents.read(path)
            media = source(replace(heard, media=_where_it_is(heard.media, path)))
        except VidtagError as error:
            complain(error)
            continue
        for clip in clips_around(heard, [hit.why for hit in group], config.highlights):
            yield media, clip


def _where_it_is(media: Media, document: Path) -> Media:
    """The video, looked for beside the document and a folder up if it is not where it was."""
    was = Path(media.path)
    places = (was, document.parent / was.name, document.parent.parent / was.name)
    return replace(media, path=str(next((place for place in places if place.exists()), was)))
