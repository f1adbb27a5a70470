"""Timelines as files: which formats there are, and what each is called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vidtag.core.records import Clip, Document
from vidtag.core.settings import TimelineFormat
from vidtag.timelines import build, lists
from vidtag.timelines.edl import edl_text
from vidtag.timelines.fcpxml import fcpxml_text
from vidtag.timelines.model import Sequence as Timeline
from vidtag.timelines.model import source_of
from vidtag.timelines.otio import fcp7_text, otio_text

PROGRAM_FORMATS = {"otio": otio_text, "fcp7": fcp7_text, "fcpxml": fcpxml_text, "edl": edl_text}
"""Writers of the formats that editing programs open as timelines."""

SUFFIXES = {
    "otio": ".otio",
    "fcp7": ".xml",
    "fcpxml": ".fcpxml",
    "edl": ".edl",
    "losslesscut": ".csv",
    "audacity": ".labels.txt",
    "chapters": ".chapters.txt",
}
_EVENTS, _HIGHLIGHTS = ".events", ".highlights"


@dataclass(frozen=True, slots=True)
class TimelineFile:
    """A file to write: what follows the video's name, and the text; None removes an old one."""

    suffix: str
    text: str | None


def timeline_files(
    document: Document,
    clips: Sequence[Clip],
    formats: Sequence[TimelineFormat],
    opening: str = "Start",
) -> tuple[tuple[TimelineFile, ...], tuple[str, ...]]:
    """Both views of a document, the whole source and its highlights, in each format.

    Args:
        opening: title of the first chapter, unless a highlight begins with the video.

    Returns:
        The files, and what the user should know.
    """
    source = source_of(document.media)
    whole = build.whole(source, document.events, clips)
    name = f"{source.stem} highlights"
    cut = build.highlights(name, [(source, clip) for clip in clips]) if clips else None
    files, notes = [], [source.note] if source.note else []
    for fmt in formats:
        if fmt == "chapters":
            text, note = lists.chapters_text(clips, document.media.duration, opening)
            files.append(TimelineFile(SUFFIXES[fmt], text))
            notes += [note] if note else []
            continue
        files += _views(fmt, document, clips, whole, cut)
    if cut is None and any(fmt != "chapters" for fmt in formats):
        notes.append("no highlights were found, so there is no timeline of them")
    return tuple(files), tuple(notes)


def _views(
    fmt: TimelineFormat,
    document: Document,
    clips: Sequence[Clip],
    whole: Timeline,
    cut: Timeline | None,
) -> Iterator[TimelineFile]:
    suffix = SUFFIXES[fmt]
    if fmt in PROGRAM_FORMATS:
        render = PROGRAM_FORMATS[fmt]
        yield TimelineFile(_EVENTS + suffix, render(whole))
        yield TimelineFile(_HIGHLIGHTS + suffix, None if cut is None else render(cut))
        return
    listed = lists.losslesscut_text if fmt == "losslesscut" else lists.audacity_text
    yield TimelineFile(_EVENTS + suffix, listed(lists.rows(document.events)))
    yield TimelineFile(_HIGHLIGHTS + suffix, listed(lists.rows(clips)) if clips else None)
