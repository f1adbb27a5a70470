"""What a subtitle format is: a name, a suffix, and a function that makes the text of a file.

The kinds differ in what that function needs: cues, laid out cues (which still know their words), or
the whole document; and one makes bytes, not text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vidtag.core.media_streams import VideoStream
from vidtag.core.names import SubtitleFormat
from vidtag.core.records import Cue, Document
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.layout.cues import LaidOutCue


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What a format may need besides the cues.

    Attributes:
        video: the picture the subtitles are for; None where there is none.
        speakers: of the whole video, whoever says most first, where the cues are a part of it, so
            that each has the same colour everywhere.
    """

    video: VideoStream | None
    config: SubtitlesConfig
    speakers: tuple[str, ...] = ()


def as_utf8(text: str, options: RenderOptions) -> bytes:
    """A file in UTF-8, as all formats but SRT want it."""
    return text.encode()


def all_held(text: str, options: RenderOptions) -> str:
    """The characters of a text that a format lacks: those of Unicode lack none."""
    return ""


@dataclass(frozen=True, slots=True)
class CueFormat:
    """A format made of cues alone, so that edited or cut cues can be written in it as well.

    Attributes:
        name: as settings name it.
        suffix: what is put after the video's name.
        render: makes the text of a file.
        encode: makes the file of its text.
        lacking: the characters of a text that files of the format show as ``?``.
    """

    name: SubtitleFormat
    suffix: str
    render: Callable[[Sequence[Cue], RenderOptions], str]
    encode: Callable[[str, RenderOptions], bytes] = as_utf8
    lacking: Callable[[str, RenderOptions], str] = all_held


@dataclass(frozen=True, slots=True)
class BinaryFormat:
    """A format made of cues whose files are no text. Attributes are those of ``CueFormat``."""

    name: SubtitleFormat
    suffix: str
    render: Callable[[Sequence[Cue], RenderOptions], bytes]
    lacking: Callable[[str, RenderOptions], str] = all_held


@dataclass(frozen=True, slots=True)
class WordFormat:
    """A format that needs the time of every word. Attributes are those of ``CueFormat``."""

    name: SubtitleFormat
    suffix: str
    render: Callable[[Sequence[LaidOutCue], RenderOptions], str]


@dataclass(frozen=True, slots=True)
class DocumentFormat:
    """A format that needs the whole document. Attributes are those of ``CueFormat``."""

    name: SubtitleFormat
    suffix: str
    render: Callable[[Document], str]


Format = CueFormat | BinaryFormat | WordFormat | DocumentFormat
