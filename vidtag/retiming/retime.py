"""Subtitles of a video, moved to a new cut of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from vidtag import files
from vidtag.core import document as documents
from vidtag.core.errors import InputError, UserError
from vidtag.core.media_streams import Media
from vidtag.core.names import SubtitleFormat
from vidtag.core.records import Cue
from vidtag.core.settings import SubtitlesConfig
from vidtag.core.timecode import from_timecode
from vidtag.retiming.edit_model import Edit, Kept
from vidtag.retiming.moved_cues import move_cues, move_document, stretches_of
from vidtag.subtitles.formats.registry import (
    cue_file,
    document_file,
    format_of,
    lacking_notes,
    made_of_cues,
)
from vidtag.subtitles.layout.cues import cues_of, lay_out
from vidtag.subtitles.reading.subtitle_file import read_subtitles
from vidtag.subtitles.shown_words import in_script, worded, words_stay_notes

_DOCUMENT = ".json"


@dataclass(frozen=True, slots=True)
class Retimed:
    """What became of subtitles.

    Attributes:
        cues: how many there are now.
        stretches: of the source, that are in the new cut.
        notes: what the user should know.
    """

    cues: int
    stretches: tuple[Kept, ...]
    notes: tuple[str, ...]


def source_start(media: Media | None) -> Fraction:
    """Timecode of a file's first frame, in seconds; 0 if it has none."""
    video = media.video if media else None
    if video is None or video.timecode is None:
        return Fraction(0)
    rate = video.timecode_rate or video.frame_rate
    return from_timecode(video.timecode, rate)[0] / rate


def retime(
    subtitles: Path,
    edit: Edit,
    output: Path,
    *,
    source: str | None = None,
    config: SubtitlesConfig | None = None,
) -> Retimed:
    """Write subtitles as they are in a new cut.

    Args:
        subtitles: any subtitle file, which is moved cue by cue; or a vidtag document, whose words
            are moved and then laid out anew.
        output: its name says the format.
        source: name of the file in the cut that the subtitles are of.

    Raises:
        UserError: a file cannot be read, or nothing of the source is in the cut.
    """
    style = config or SubtitlesConfig()
    target = format_of(output)
    files.keep_inputs(output, subtitles)
    kept, notes = stretches_of(edit, source, subtitles.name)
    if subtitles.suffix.lower() == _DOCUMENT and not subtitles.name.endswith(".cues.json"):
        data, cues = _from_document(subtitles, kept, edit.rate, target, style)
    else:
        if not made_of_cues(target):
            raise UserError(
                f"{target} needs the times of words",
                path=output,
                remedy="give the .vidtag.json of the video instead of its subtitles",
            )
        read = read_subtitles(subtitles)
        notes += [f"line {x.line} was not read: {x.detail}" for x in read.unreadable[:3]]
        notes += words_stay_notes(subtitles.name, style)
        cues = move_cues(in_script(read.cues, style), kept, edit.rate)
        data = cue_file(cues, target, video=None, config=style)
    if not cues:
        raise InputError("none of these subtitles is in the new cut", path=subtitles)
    files.write_bytes(output, data)
    notes += lacking_notes(output, cues, target, style)
    return Retimed(len(cues), tuple(kept), tuple(notes))


def _from_document(
    path: Path, kept: Sequence[Kept], rate: Fraction, target: SubtitleFormat, style: SubtitlesConfig
) -> tuple[bytes, Sequence[Cue]]:
    moved = move_document(worded(documents.read(path), style), kept)
    if moved.media.video is not None:
        video = replace(moved.media.video, frame_rate=rate, start=0.0)
        moved = replace(moved, media=replace(moved.media, video=video))
    laid_out = lay_out(moved, style)
    return document_file(moved, laid_out, target, style), cues_of(laid_out)
