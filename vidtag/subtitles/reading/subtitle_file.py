"""A subtitle file of any common format as cues, with all that could not be read."""

from __future__ import annotations

import errno
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from vidtag.core.document import LARGEST
from vidtag.core.errors import InputError
from vidtag.core.records import Cue, Language
from vidtag.core.whole_file import read_whole
from vidtag.subtitles.formats import json_cues
from vidtag.subtitles.reading import line_readers
from vidtag.subtitles.reading.ass_reader import read_ass
from vidtag.subtitles.reading.broadcast_readers import is_stl, read_scc, read_stl
from vidtag.subtitles.reading.encodings import decoded
from vidtag.subtitles.reading.file_language import file_language, line_language
from vidtag.subtitles.reading.found import LONGEST_LINE, Found, FoundCue, Unreadable
from vidtag.subtitles.reading.sami_reader import read_sami
from vidtag.subtitles.reading.srt_reader import is_timing, read_srt
from vidtag.subtitles.reading.ttml_reader import read_ttml
from vidtag.subtitles.reading.vtt_reader import read_vtt
from vidtag.subtitles.reading.xml_tree import TooDeepError

LARGEST_BYTES = 64 << 20
"""Bytes beyond which a file is no subtitle file: a film's have fewer than a million."""

_READABLE = "SRT, ASS, SSA, WebVTT, TTML, EBU-STL, SCC, SAMI, SBV, LRC, MicroDVD or vidtag's JSON"
_XML_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?tt[\s>]")
_PARAGRAPH = re.compile(r"<(?:[\w.-]{1,40}:)?p[\s>]")
_ASS_START = re.compile(
    r"(?:[;!].*\s+)*(?:\[(?:script info|events|v4\+? styles)\]|dialogue:)", re.I
)
_SAMI_START = re.compile(r"<sami\b|<sync\s", re.I)
_VOBSUB, _MATROSKA = b"\x00\x00\x01\xba", b"\x1aE\xdf\xa3"
_PGS_SEGMENTS = (b"\x14", b"\x15", b"\x16", b"\x17", b"\x80")
"""Kinds of what a Blu-ray's subtitles are made of."""


@dataclass(frozen=True, slots=True)
class SubtitleFile:
    """What a subtitle file holds.

    Attributes:
        cues: in the file's order, without markup.
        places: where in the picture each cue is shown; those of different places may overlap.
        vertical: which cues have text that runs from top to bottom, counted from 0.
        unreadable: what gave no cue although it should.
        frame_rate: the one the file names.
        ordered: whether the format wants cues in order of time.
        has_ends: whether the format says when a cue ends.
    """

    cues: tuple[Cue, ...]
    places: tuple[str, ...] = ()
    vertical: frozenset[int] = frozenset()
    unreadable: tuple[Unreadable, ...] = ()
    frame_rate: Fraction | None = None
    ordered: bool = True
    has_ends: bool = True


def read_cues(path: str | Path) -> tuple[Cue, ...]:
    """Cues of a subtitle file; see ``read_subtitles``."""
    return read_subtitles(path).cues


def read_subtitles(
    path: str | Path,
    *,
    encoding: str | None = None,
    language: Language | None = None,
    frame_rate: Fraction | None = None,
) -> SubtitleFile:
    """What a subtitle file holds, in the file's order.

    Args:
        encoding: what it was saved in; found out if not given.
        language: what it is in, where its text cannot tell.
        frame_rate: what its times count in, for formats that count frames and do not say it.

    Raises:
        InputError: there is no such file, it is not a subtitle file, or it counts frames of an
            unknown rate.
    """
    file = Path(path)
    data = bounded_bytes(file, "a subtitle file", f"give a file in {_READABLE}")
    _refuse_what_holds_no_text(data, file)
    if is_stl(data):
        found = read_stl(data)
    else:
        text = decoded(data, file, encoding)
        if not text.strip():
            return SubtitleFile(())  # an SRT file without cues
        if file.suffix.lower() == ".json":
            return SubtitleFile(_limited(_parsed_json(text, file), file))
        found = _found(text, file, frame_rate)
        if not found.cues and not found.unreadable and not _is_bare(text):
            found = replace(found, unreadable=(Unreadable(1, "no subtitle in it"),))
    return _subtitle_file(found, file, language)


def _refuse_what_holds_no_text(data: bytes, file: Path) -> None:
    if data.startswith(_VOBSUB) or (data.startswith(b"PG") and data[10:11] in _PGS_SEGMENTS):
        remedy = "make text of them with a program that reads pictures (OCR), such as Subtitle Edit"
        raise InputError("holds subtitles as pictures, not as text", path=file, remedy=remedy)
    if data.startswith(_MATROSKA) or data[4:8] == b"ftyp":
        remedy = f"take its subtitles out first: ffmpeg -i {file.name} {file.stem}.srt"
        raise InputError("is a video, not a subtitle file", path=file, remedy=remedy)


def _no_subtitles(problem: str, file: Path) -> InputError:
    return InputError(problem, path=file, remedy=f"give a file in {_READABLE}")


def bounded_bytes(file: Path, what: str, readable: str) -> bytes:
    """What a file holds, if it can be read and is no larger than ``LARGEST_BYTES``.

    Args:
        what: what the file should be, such as "a subtitle file".
        readable: what to do about one that is too large.

    Raises:
        InputError: it is not so.
    """
    try:
        data = read_whole(file, LARGEST_BYTES)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise InputError(
                f"is larger than {LARGEST_BYTES >> 20} MB", path=file, remedy=readable
            ) from error
        raise InputError(
            f"cannot be read ({error.strerror or error})",
            path=file,
            remedy=f"give the path of {what}",
        ) from error
    return data


def _parsed_json(text: str, file: Path) -> tuple[Cue, ...]:
    try:
        return json_cues.parse(text)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _no_subtitles("is not a subtitle file of vidtag", file) from error


def _found(text: str, file: Path, frame_rate: Fraction | None) -> Found:
    lines = text.split("\n")
    start = text.lstrip()[:2000]
    first = lines[0] if lines else ""
    if start.startswith("WEBVTT"):
        return read_vtt(text.lstrip().split("\n"))
    if start.startswith("Scenarist_SCC"):
        return read_scc(text.lstrip())
    if start.startswith("<") and _XML_ROOT.search(start):
        return _ttml(text.lstrip(), file)
    if start.startswith("<") and _SAMI_START.search(start):
        return read_sami(text)
    if _ASS_START.match(start):
        return read_ass(lines)
    content = [line for line in lines if line.strip()][:50]
    if line_readers.MICRODVD.match(content[0]):
        return _microdvd(lines, file, frame_rate)
    if line_readers.MPL2.match(content[0]):
        return line_readers.read_mpl2(lines)
    if any(line_readers.SBV.match(line) for line in content):
        return line_readers.read_sbv(lines)
    if any(is_timing(line) for line in lines):
        if file.suffix.lower() == ".vtt":
            found = read_vtt(["WEBVTT", "", *lines])
            moved = (Unreadable(max(1, x.line - 2), x.detail) for x in found.unreadable)
            lacks = Unreadable(
                1, f"the first line is not WEBVTT, so no browser shows it: {first[:40]}"
            )
            return Found(found.cues, (lacks, *moved), language=found.language)
        return read_srt(lines)
    if any(line_readers.LRC.match(line) for line in content):
        return line_readers.read_lrc(lines)
    raise _no_subtitles("is not a subtitle file, or its beginning is damaged", file)


def _is_bare(text: str) -> bool:
    """Whether a file is one that its format has for no subtitles: no more than what goes around."""
    start = text.lstrip()
    if start.startswith("WEBVTT"):
        return not start.partition("\n\n")[2].strip()
    if start.startswith("Scenarist_SCC"):
        return not start.partition("\n")[2].strip()
    if start.startswith("<"):
        return bool(_XML_ROOT.search(start[:2000])) and not _PARAGRAPH.search(start)
    return bool(_ASS_START.match(start[:2000])) and "dialogue:" not in start.lower()


def _ttml(text: str, file: Path) -> Found:
    try:
        return read_ttml(text)
    except TooDeepError as error:
        raise _no_subtitles("has elements too deep within each other", file) from error


def _microdvd(lines: Sequence[str], file: Path, frame_rate: Fraction | None) -> Found:
    rate = line_readers.microdvd_rate(lines) or frame_rate
    if rate is None:
        remedy = "give the rate with --frame-rate, or the --video"
        raise InputError("counts frames and does not say of what rate", path=file, remedy=remedy)
    return line_readers.read_microdvd(lines, rate)


def _subtitle_file(found: Found, file: Path, language: Language | None) -> SubtitleFile:
    unreadable = list(found.unreadable)
    kept: list[FoundCue] = []
    for cue in found.cues:
        if max(map(len, cue.text.split("\n"))) > LONGEST_LINE:
            detail = f"a line of more than {LONGEST_LINE} characters at {cue.start:.3f} s"
            unreadable.append(Unreadable(1, detail))
        else:
            kept.append(cue)
    hint = language or file_language((cue.text for cue in kept), found.language, file)
    cues = tuple(_cue(cue, hint) for cue in kept)
    return SubtitleFile(
        _limited(cues, file),
        tuple(cue.place for cue in kept),
        frozenset(number for number, cue in enumerate(kept) if cue.vertical),
        tuple(unreadable),
        found.frame_rate,
        found.ordered,
        found.has_ends,
    )


def _cue(found: FoundCue, hint: Language | None) -> Cue:
    lines = tuple(line for raw in found.text.split("\n") if (line := raw.strip()))
    return Cue(found.start, found.end, lines, language=line_language("".join(lines), hint))


def _limited(cues: tuple[Cue, ...], file: Path) -> tuple[Cue, ...]:
    for cue in cues:
        # Written so that NaN is refused as well.
        if not (abs(cue.start) <= LARGEST and abs(cue.end) <= LARGEST):
            raise _no_subtitles("has times beyond 30 years", file)
    return cues
