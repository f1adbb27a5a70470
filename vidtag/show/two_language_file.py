"""Writes a subtitle file in two languages, of two documents or two subtitle files."""

from __future__ import annotations

from pathlib import Path

from vidtag import files
from vidtag.core import document as documents
from vidtag.core.errors import InputError, UserError
from vidtag.core.media_streams import VideoStream
from vidtag.core.names import DOCUMENT_SUFFIX
from vidtag.core.records import Cue
from vidtag.core.settings import Config
from vidtag.show.edited_views import edited_views
from vidtag.subtitles.formats.registry import cue_file, format_of, lacking_notes, made_of_cues
from vidtag.subtitles.reading.subtitle_file import read_subtitles
from vidtag.subtitles.shown_words import in_script, unlabelled, words_stay_notes
from vidtag.subtitles.two_languages import above


def write_two_languages(upper: Path, lower: Path, output: Path, config: Config) -> tuple[str, ...]:
    """Write the subtitles of one file above those of another; sounds are told once, above.

    Args:
        upper, lower: documents, or subtitle files of any format.
        output: its name says the format.

    Returns:
        What the user should know.

    Raises:
        UserError: a file cannot be read, or the format needs more than cues.
    """
    format_ = format_of(output)
    if not made_of_cues(format_):
        raise UserError(f"{format_} needs the times of words, which two languages share not")
    files.keep_inputs(output, upper, lower)
    first, video, notes = _cues(upper, config)
    second, other, more = _cues(lower, config)
    cues = above(first, tuple(unlabelled(second)))
    if not cues:
        raise InputError("neither file holds a subtitle", path=upper)
    style = config.subtitles
    files.write_bytes(output, cue_file(cues, format_, video=video or other, config=style))
    return (*notes, *more, *lacking_notes(output, cues, format_, style))


def _cues(path: Path, config: Config) -> tuple[tuple[Cue, ...], VideoStream | None, list[str]]:
    if path.name.endswith(DOCUMENT_SUFFIX):
        views = edited_views(documents.read(path), config, path)
        return views.cues, views.document.media.video, []
    read = read_subtitles(path)
    notes = [f"{path.name}: line {x.line} was not read: {x.detail}" for x in read.unreadable[:3]]
    notes += words_stay_notes(path.name, config.subtitles)
    return in_script(read.cues, config.subtitles), None, notes
