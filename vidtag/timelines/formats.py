"""The timeline formats: what each is called, its suffix, and what writes it.

docs/adding-a-timeline-format.md says how to add one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from vidtag.core.errors import UserError
from vidtag.core.names import TimelineFormat
from vidtag.timelines.audacity import audacity_text
from vidtag.timelines.build import DocumentTimelines
from vidtag.timelines.capcut import CAPCUT, JIANYING, draft_files, draft_note
from vidtag.timelines.chapters import chapters_text, ffmetadata_text, webvtt_text
from vidtag.timelines.edl import edl_text
from vidtag.timelines.fcpxml import fcpxml_text
from vidtag.timelines.kdenlive import kdenlive_text
from vidtag.timelines.losslesscut import losslesscut_text
from vidtag.timelines.model import Row, Timeline

_EVENTS, _HIGHLIGHTS = ".events", ".highlights"


@dataclass(frozen=True, slots=True)
class TimelineFile:
    """A file to write.

    Attributes:
        suffix: what follows the video's name.
        text: what it holds; None where there is nothing to write, and an old file goes.
        note: what the user should know about it; empty if nothing.
    """

    suffix: str
    text: str | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ProgramFormat:
    """A format that editing programs open as a timeline, with cuts from any number of files."""

    suffix: str
    render: Callable[[Timeline], str]

    def files(self, timelines: DocumentTimelines) -> Iterator[TimelineFile]:
        """The whole video, and its highlights."""
        cut = timelines.highlights
        yield TimelineFile(_EVENTS + self.suffix, self.render(timelines.events))
        yield TimelineFile(_HIGHLIGHTS + self.suffix, None if cut is None else self.render(cut))

    def parts(self, timeline: Timeline) -> Mapping[str, str]:
        """What a timeline becomes: text by what follows the name with its suffix."""
        return {"": self.render(timeline)}


@dataclass(frozen=True, slots=True)
class FolderFormat:
    """A format of editing programs that is a folder of several files."""

    suffix: str
    render: Callable[[Timeline], Mapping[str, str]]
    note: Callable[[Timeline], str]

    def files(self, timelines: DocumentTimelines) -> Iterator[TimelineFile]:
        """The whole video, and its highlights."""
        note, cut = self.note(timelines.events), timelines.highlights
        events = self.parts(timelines.events)
        texts = {} if cut is None else self.parts(cut)
        for name, text in events.items():
            yield TimelineFile(_EVENTS + self.suffix + name, text, note)
            yield TimelineFile(_HIGHLIGHTS + self.suffix + name, texts.get(name))
            note = ""

    def parts(self, timeline: Timeline) -> Mapping[str, str]:
        """What a timeline becomes: text by what follows the name with its suffix."""
        return {f"/{name}": text for name, text in self.render(timeline).items()}


@dataclass(frozen=True, slots=True)
class ListFormat:
    """A plain list of times in one file."""

    suffix: str
    render: Callable[[Iterable[Row]], str]

    def files(self, timelines: DocumentTimelines) -> Iterator[TimelineFile]:
        """The events, and the highlights."""
        clips = timelines.highlight_rows
        yield TimelineFile(_EVENTS + self.suffix, self.render(timelines.event_rows))
        yield TimelineFile(_HIGHLIGHTS + self.suffix, self.render(clips) if clips else None)


@dataclass(frozen=True, slots=True)
class ChapterFormat:
    """Chapters of the whole video, or None and why there are none."""

    suffix: str
    render: Callable[[Sequence[tuple[float, str]], float, str], tuple[str | None, str]]

    def files(self, timelines: DocumentTimelines) -> Iterator[TimelineFile]:
        """The chapters."""
        text, note = self.render(timelines.chapters, timelines.duration, timelines.opening)
        yield TimelineFile(self.suffix, text, note)


def _otio(timeline: Timeline) -> str:
    from vidtag.timelines.otio import otio_text  # OpenTimelineIO takes 0.3 s to import

    return otio_text(timeline)


def _fcp7(timeline: Timeline) -> str:
    from vidtag.timelines.fcp7 import fcp7_text  # likewise

    return fcp7_text(timeline)


AnyFormat: TypeAlias = ProgramFormat | FolderFormat | ListFormat | ChapterFormat

FORMATS: Mapping[TimelineFormat, AnyFormat] = MappingProxyType(
    {
        "otio": ProgramFormat(".otio", _otio),
        "fcp7": ProgramFormat(".xml", _fcp7),
        "fcpxml": ProgramFormat(".fcpxml", fcpxml_text),
        "edl": ProgramFormat(".edl", edl_text),
        "kdenlive": ProgramFormat(".kdenlive", kdenlive_text),
        "capcut": FolderFormat(".capcut", lambda one: draft_files(one, CAPCUT), draft_note),
        "jianying": FolderFormat(".jianying", lambda one: draft_files(one, JIANYING), draft_note),
        "losslesscut": ListFormat(".csv", losslesscut_text),
        "audacity": ListFormat(".labels.txt", audacity_text),
        "chapters": ChapterFormat(".chapters.txt", chapters_text),
        "chapters-vtt": ChapterFormat(".chapters.vtt", webvtt_text),
        "chapters-ffmetadata": ChapterFormat(".chapters.ffmeta", ffmetadata_text),
    }
)
"""Every format by its name in the settings."""


def timeline_files(
    timelines: DocumentTimelines, formats: Iterable[TimelineFormat]
) -> tuple[tuple[TimelineFile, ...], tuple[str, ...]]:
    """The files of a document in some formats.

    Returns:
        The files, and what the user should know.
    """
    chosen = [FORMATS[name] for name in formats]
    files = [file for one in chosen for file in one.files(timelines)]
    notes = [timelines.reference.note, *(file.note for file in files)]
    if not timelines.clips and any(not isinstance(one, ChapterFormat) for one in chosen):
        notes.append("no highlights were found, so there is no timeline of them")
    return tuple(files), tuple(note for note in notes if note)


def program_format_of(target: Path) -> ProgramFormat | FolderFormat:
    """The format for editing programs that a file's name tells.

    Raises:
        UserError: none has its suffix.
    """
    programs = (ProgramFormat, FolderFormat)
    by_suffix = {one.suffix: one for one in FORMATS.values() if isinstance(one, programs)}
    found = by_suffix.get(target.suffix.lower())
    if found is None:
        known = ", ".join(by_suffix)
        raise UserError("is no timeline format", path=target, remedy=f"end its name in {known}")
    return found
