"""All subtitle formats by name, and files rendered in them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from vidtag.core.errors import UserError
from vidtag.core.media_streams import VideoStream
from vidtag.core.names import SubtitleFormat
from vidtag.core.records import Cue, Document
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.formats import (
    ass,
    ebu_stl,
    ebu_tt_d,
    itt,
    json_cues,
    karaoke,
    scc,
    srt,
    transcript,
    ttml,
    txt,
    vtt,
)
from vidtag.subtitles.formats.format_types import (
    BinaryFormat,
    CueFormat,
    DocumentFormat,
    Format,
    RenderOptions,
    WordFormat,
)
from vidtag.subtitles.layout.cues import LaidOutCue, cues_of

_ALL: tuple[Format, ...] = (
    srt.FORMAT,
    vtt.FORMAT,
    ass.FORMAT,
    ttml.FORMAT,
    scc.FORMAT,
    itt.FORMAT,
    ebu_tt_d.FORMAT,
    ebu_stl.FORMAT,
    txt.FORMAT,
    json_cues.FORMAT,
    transcript.FORMAT,
    karaoke.FORMAT,
)

_NAMED = 8
"""Characters that a note names, at most."""
FORMATS: Mapping[SubtitleFormat, Format] = MappingProxyType({each.name: each for each in _ALL})
"""Every format by the name that settings have for it."""

SUFFIXES: Mapping[SubtitleFormat, str] = MappingProxyType({each.name: each.suffix for each in _ALL})
"""What is put after the video's name, by format."""


def format_of(output: Path) -> SubtitleFormat:
    """The format that a file's name asks for.

    Raises:
        UserError: none.
    """
    fitting = [
        (len(suffix), name) for name, suffix in SUFFIXES.items() if output.name.endswith(suffix)
    ]
    if not fitting:
        raise UserError(
            "is the name of no subtitle format",
            path=output,
            remedy=f"let it end in one of {', '.join(SUFFIXES.values())}",
        )
    return max(fitting)[1]


def made_of_cues(format_: SubtitleFormat) -> bool:
    """Whether a format needs nothing but cues."""
    return isinstance(FORMATS[format_], CueFormat | BinaryFormat)


def is_text(format_: SubtitleFormat) -> bool:
    """Whether files of a format are text."""
    return not isinstance(FORMATS[format_], BinaryFormat)


def render(
    document: Document,
    laid_out: Sequence[LaidOutCue],
    format_: SubtitleFormat,
    config: SubtitlesConfig,
) -> str:
    """Text of a subtitle file in any format that is text.

    Args:
        laid_out: the document's subtitles, as ``lay_out`` made them by ``config``.

    Raises:
        ValueError: files of the format are no text.
    """
    chosen = FORMATS[format_]
    options = RenderOptions(document.media.video, config)
    if isinstance(chosen, WordFormat):
        return chosen.render(laid_out, options)
    if isinstance(chosen, DocumentFormat):
        return chosen.render(document)
    return render_cues(cues_of(laid_out), format_, video=options.video, config=config)


def render_cues(
    cues: Sequence[Cue],
    format_: SubtitleFormat,
    *,
    video: VideoStream | None,
    config: SubtitlesConfig,
    speakers: tuple[str, ...] = (),
) -> str:
    """Text of a subtitle file with any cues, such as edited ones or those of a clip.

    Args:
        speakers: see ``RenderOptions``.

    Raises:
        ValueError: the format needs more than cues, or its files are no text.
    """
    chosen = FORMATS[format_]
    if not isinstance(chosen, CueFormat):
        raise ValueError(f"{format_} has no text that can be made of cues alone")
    return chosen.render(cues, RenderOptions(video, config, speakers))


def cue_file(
    cues: Sequence[Cue],
    format_: SubtitleFormat,
    *,
    video: VideoStream | None,
    config: SubtitlesConfig,
    speakers: tuple[str, ...] = (),
) -> bytes:
    """A subtitle file with any cues, in the encoding that the settings ask for.

    Args:
        speakers: see ``RenderOptions``.

    Raises:
        ValueError: the format needs more than cues; see ``made_of_cues``.
    """
    chosen = FORMATS[format_]
    options = RenderOptions(video, config, speakers)
    if isinstance(chosen, BinaryFormat):
        return chosen.render(cues, options)
    if isinstance(chosen, CueFormat):
        return chosen.encode(chosen.render(cues, options), options)
    raise ValueError(f"{format_} cannot be made of cues alone")


def lacking(cues: Sequence[Cue], format_: SubtitleFormat, config: SubtitlesConfig) -> str:
    """The characters of cues that files of a format show as ``?``, as often as they stand there."""
    chosen = FORMATS[format_]
    if not isinstance(chosen, CueFormat | BinaryFormat):
        return ""
    text = unicodedata.normalize("NFC", "".join(line for cue in cues for line in cue.lines))
    asked = "".join(one for one in text if unicodedata.normalize("NFKD", one) != "?")
    return chosen.lacking(asked, RenderOptions(None, config))


def lacking_notes(
    path: Path, cues: Sequence[Cue], format_: SubtitleFormat, config: SubtitlesConfig
) -> list[str]:
    """A note on what a file shows as ``?``; none if it holds all."""
    characters = lacking(cues, format_, config)
    if not characters:
        return []
    which = "".join(list(dict.fromkeys(characters))[:_NAMED])
    return [f"{path.name} cannot hold {which}; ? stands for these, {len(characters)} in all"]


def document_file(
    document: Document,
    laid_out: Sequence[LaidOutCue],
    format_: SubtitleFormat,
    config: SubtitlesConfig,
) -> bytes:
    """A subtitle file in any format. Arguments are those of ``render``."""
    if made_of_cues(format_):
        video = document.media.video
        return cue_file(cues_of(laid_out), format_, video=video, config=config)
    return render(document, laid_out, format_, config).encode()
