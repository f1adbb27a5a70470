"""Writes subtitles: of the whole video, and of a clip beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vidtag import files
from vidtag.core.errors import ConfigError
from vidtag.core.names import SubtitleFormat
from vidtag.core.records import Cue, OnProgress, Progress, ignore_progress
from vidtag.core.settings import SubtitlesConfig
from vidtag.cutting.cut import CutResult
from vidtag.show.hand_edits import write_unless_edited
from vidtag.show.views import Views
from vidtag.show.written import Written
from vidtag.subtitles.formats.languages import main_language_code
from vidtag.subtitles.formats.registry import (
    SUFFIXES,
    cue_file,
    document_file,
    is_text,
    lacking_notes,
    made_of_cues,
    render,
    render_cues,
)
from vidtag.subtitles.layout.rebase import rebase


def subtitle_text(views: Views, format_: SubtitleFormat) -> str:
    """Text of a subtitle file.

    Raises:
        ConfigError: files of the format are no text.
    """
    document, style = views.document, views.config.subtitles
    if not is_text(format_):
        raise ConfigError(f"{format_} files are no text", remedy="let them be written to a folder")
    if made_of_cues(format_):
        return render_cues(views.cues, format_, video=document.media.video, config=style)
    return render(views.shown, views.timed, format_, style)


def subtitle_file(views: Views, format_: SubtitleFormat) -> bytes:
    """A subtitle file, in the encoding that the settings ask for."""
    document, style = views.document, views.config.subtitles
    if made_of_cues(format_):
        return cue_file(views.cues, format_, video=document.media.video, config=style)
    return document_file(views.shown, views.timed, format_, style)


def file_suffix(format_: SubtitleFormat, cues: Sequence[Cue], style: SubtitlesConfig) -> str:
    """What follows a video's name in that of its subtitles: ``.en.sdh.srt``."""
    named = style.name_language != "off"
    tag = main_language_code(cues) if style.name_language == "auto" else style.name_language
    language = f".{tag}" if named else ""
    sounds = ".sdh" if style.event_markers and (named or style.clean) else ""
    return f"{language}{sounds}{SUFFIXES[format_]}"


def write_subtitles(
    views: Views, base: Path, *, on_progress: OnProgress = ignore_progress
) -> Written:
    """Write subtitles in all formats of the settings, each to ``base`` with the format's suffix;
    without sounds too, if the settings want that.

    Files that were edited by hand since they were written are left as they are, and noted.
    """
    wanted = [(each, name) for each in views.editions for name in views.config.subtitles.formats]
    on_progress(Progress("subtitles", 0, len(wanted)))
    written, notes = [], []
    for number, (edition, name) in enumerate(wanted, 1):
        suffix = file_suffix(name, edition.cues, edition.config.subtitles)
        path = base.with_name(base.name + suffix)
        data = subtitle_file(edition, name)
        if write_unless_edited(path, data, overwrite=views.config.output.overwrite):
            written.append(path)
            notes += lacking_notes(path, edition.cues, name, edition.config.subtitles)
        else:
            notes.append(
                f"{path.name}: edited by hand, so it was left as it is (--overwrite writes over it)"
            )
        on_progress(Progress("subtitles", number, len(wanted)))
    return Written(tuple(written), tuple(notes))


def write_clip_subtitles(views: Views, cut: CutResult) -> tuple[Path, ...]:
    """Write the subtitles of a clip beside it, on the clip's own clock."""
    video = views.document.media.video
    written = []
    for edition in views.editions:
        style = edition.config.subtitles
        inside = rebase(edition.cues, cut.start, cut.end)
        for name in style.formats:
            if not made_of_cues(name):  # nothing but cues is known of a clip
                continue
            path = cut.path.with_name(cut.path.stem + file_suffix(name, edition.cues, style))
            data = cue_file(inside, name, video=video, config=style, speakers=views.by_talk)
            files.write_bytes(path, data)
            written.append(path)
    return tuple(written)
