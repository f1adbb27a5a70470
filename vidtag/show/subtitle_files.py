"""Writes subtitles: of the whole video, and of a clip beside it."""

from __future__ import annotations

from pathlib import Path

from vidtag import files
from vidtag.core.names import SubtitleFormat
from vidtag.core.records import OnProgress, Progress, ignore_progress
from vidtag.cutting.cut import CutResult
from vidtag.show.hand_edits import write_unless_edited
from vidtag.show.views import Views
from vidtag.show.written import Written
from vidtag.subtitles.formats.registry import SUFFIXES, made_of_cues, render, render_cues
from vidtag.subtitles.layout.rebase import rebase


def subtitle_text(views: Views, format_: SubtitleFormat) -> str:
    """Text of a subtitle file."""
    document, style = views.document, views.config.subtitles
    if made_of_cues(format_):
        return render_cues(views.cues, format_, video=document.media.video, config=style)
    return render(views.shown, views.timed, format_, style)


def write_subtitles(
    views: Views, base: Path, *, on_progress: OnProgress = ignore_progress
) -> Written:
    """Write subtitles in all formats of the settings, each to ``base`` with the format's suffix.

    Files that were edited by hand since they were written are left as they are, and noted.
    """
    formats = views.config.subtitles.formats
    on_progress(Progress("subtitles", 0, len(formats)))
    written, notes = [], []
    for number, name in enumerate(formats, 1):
        path = base.with_name(base.name + SUFFIXES[name])
        text = subtitle_text(views, name)
        if write_unless_edited(path, text, overwrite=views.config.output.overwrite):
            written.append(path)
        else:
            notes.append(
                f"{path.name}: edited by hand, so it was left as it is (--overwrite writes over it)"
            )
        on_progress(Progress("subtitles", number, len(formats)))
    return Written(tuple(written), tuple(notes))


def write_clip_subtitles(views: Views, cut: CutResult) -> tuple[Path, ...]:
    """Write the subtitles of a clip beside it, on the clip's own clock."""
    style = views.config.subtitles
    inside = rebase(views.cues, cut.start, cut.end)
    written = []
    for name in style.formats:
        if not made_of_cues(name):  # nothing but cues is known of a clip
            continue
        path = cut.path.with_suffix(SUFFIXES[name])
        video = views.document.media.video
        files.write_text(path, render_cues(inside, name, video=video, config=style))
        written.append(path)
    return tuple(written)
