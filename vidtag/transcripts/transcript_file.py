"""A transcript file of any kind, as the words of one recording."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from vidtag.core import document as documents
from vidtag.core.clock import fine_clock
from vidtag.core.errors import InputError
from vidtag.core.given_transcript import GivenPassage, TimedText, Transcript, parts_words
from vidtag.core.media_streams import Media
from vidtag.core.origins import WordsFrom
from vidtag.core.records import Language
from vidtag.subtitles.characters import clean
from vidtag.subtitles.reading.encodings import decoded
from vidtag.subtitles.reading.file_language import file_language, line_language
from vidtag.subtitles.reading.subtitle_file import bounded_bytes, read_subtitles
from vidtag.transcripts import speech_json

_SUBTITLES = frozenset(
    {".srt", ".vtt", ".ass", ".ssa", ".ttml", ".dfxp", ".xml", ".itt", ".stl", ".scc", ".smi"}
) | {".sami", ".sbv", ".lrc", ".sub"}
_OVERLAP = 0.3
"""Seconds by which one passage may begin before the last one ends; they then part in the middle."""

_TOLD = 3
"""Places that could not be read, at most, that a note tells of."""

_PAST_END = 2.0
"""Seconds by which a transcript may be longer than the video: a cue may be held on black."""

_READABLE = "give SRT, WebVTT, ASS, JSON of whisper, whisperX or FunASR, or plain text"
_SOUND_MARK = re.compile(r"\[[^\]\n]*\]|^\s*[(（][^)）\n]*[)）]\s*$|[♪♫♬]", re.M)
_DASH = re.compile(r"^\s*[-‐–—]\s*(?=\S)", re.M)
_TAGGED = re.compile(r"(?:^|\.)([a-z]{2,3})(?:-[A-Za-z]{2,4})?$")
_FOREIGN = re.compile(
    "[^\\W\\d_A-Za-zÀ-ɏ\u1100-\u11ff\u3005-\u30ff\u3130-\u318f\u3400-\u9fff"
    "\uac00-\ud7ff\uf900-\uffdc\U00020000-\U0003ffff]"
)
"""Letters of scripts that no language of the model is written in."""

_KNOWN = {
    "en": Language.EN,
    "eng": Language.EN,
    "english": Language.EN,
    "zh": Language.ZH,
    "zho": Language.ZH,
    "chi": Language.ZH,
    "cmn": Language.ZH,
    "chinese": Language.ZH,
    "yue": Language.YUE,
    "cantonese": Language.YUE,
    "ja": Language.JA,
    "jpn": Language.JA,
    "japanese": Language.JA,
    "ko": Language.KO,
    "kor": Language.KO,
    "korean": Language.KO,
}


def read_transcript(path: str | Path, *, language: str = "auto") -> Transcript:
    """The words in a file, with what times it has.

    Args:
        language: what it is in, where it need not be found out.

    Raises:
        InputError: it cannot be read, holds no words, or its times overlap.
    """
    file = Path(path)
    data = _bytes(file)
    form, times, said, passages, notes = _read(file, data)
    said = said or _name_tag(file)
    passages = [passage for passage in map(_cleaned, passages) if passage.text]
    if not passages:
        raise InputError("holds no words", path=file, remedy=_READABLE)
    if times != "none":
        passages = _in_order(passages, file)
    known = _KNOWN.get((said or "").lower().split("-")[0])
    hint = known or file_language((p.text for p in passages), None, file)
    whole = Language(language) if language != "auto" else None
    foreign = whole is None and known is None and bool(said)
    placed = tuple(
        replace(p, language=None if foreign else whole or _language(p.text, hint)) for p in passages
    )
    digest = hashlib.sha256(data).hexdigest()[:16]
    return Transcript(WordsFrom(file.name, digest, form, times, said), placed, notes)


def check_fits(transcript: Transcript, media: Media, path: str | Path) -> None:
    """Refuse a transcript that cannot be of a recording.

    Raises:
        InputError: it is longer, or has neither times nor a language that the model knows.
    """
    last = max(passage.end for passage in transcript.passages)
    if last > media.duration + _PAST_END:
        raise InputError(
            f"goes on to {fine_clock(last)}, but the video ends at {fine_clock(media.duration)}",
            path=path,
            remedy="give the transcript of this cut; vidtag retime moves subtitles to another one",
        )
    if transcript.source.times == "none":
        unknown = [passage for passage in transcript.passages if passage.language is None]
        if len(unknown) * 2 > len(transcript.passages):
            raise InputError(
                "has no times, and the model does not know its language, so it cannot find them",
                path=path,
                remedy="give subtitles, or JSON with the times of words",
            )


_Read = tuple[str, str, str | None, list[GivenPassage], tuple[str, ...]]
"""Format, what times it has, the language it names, its passages, and what could not be read."""


def _read(file: Path, data: bytes) -> _Read:
    suffix = file.suffix.lower()
    if suffix in _SUBTITLES:
        return "subtitles", "cues", None, *_cues(file)
    text = decoded(data, file)
    if suffix == ".json":
        return _json(text, file)
    if suffix == ".txt" and not _looks_like_subtitles(text):
        lines = [GivenPassage(line, 0.0, 0.0, None) for line in text.split("\n")]
        return "text", "none", None, lines, ()
    if suffix == ".txt":
        return "subtitles", "cues", None, *_cues(file)
    raise InputError(f"is no transcript (its name ends in '{suffix}')", path=file, remedy=_READABLE)


def _looks_like_subtitles(text: str) -> bool:
    return text.startswith("WEBVTT") or bool(re.search(r"^\d\d?:\d\d.{1,12}-->", text, re.M))


def _cues(file: Path) -> tuple[list[GivenPassage], tuple[str, ...]]:
    """What cues say, and a note on what gave none."""
    read = read_subtitles(file)
    lost = [f"line {place.line}: {place.detail}" for place in read.unreadable]
    if not read.cues and lost:
        raise InputError(lost[0], path=file, remedy=_READABLE)
    passages = [
        GivenPassage(_said(cue.text), cue.start, cue.end, cue.language, said=_by_dashes(cue.text))
        for cue in read.cues
    ]
    more = f"; {len(lost) - _TOLD} more" if len(lost) > _TOLD else ""
    told = "; ".join(lost[:_TOLD]) + more
    return passages, (f"{file.name} was not read whole: {told}",) if lost else ()


def _said(text: str) -> str:
    """What is said in a cue: without descriptions of sounds, notes and the dashes of speakers."""
    spoken = _DASH.sub("", _SOUND_MARK.sub("", text))
    lines = [line for line in spoken.split("\n") if line.strip()]
    joined = lines[0] if lines else ""
    for before, after in itertools.pairwise(lines):
        joined += f" {after}" if parts_words(before.strip(), after.strip()) else after
    return joined


def _by_dashes(text: str) -> tuple[str, ...]:
    """What each of several people says in a cue, where a dash stands before each."""
    places = [found.start() for found in _DASH.finditer(text)]
    if len(places) < 2:
        return ()
    edges = [0, *places[1:], len(text)]
    said = (_said(text[start:end]) for start, end in itertools.pairwise(edges))
    return tuple(one for one in said if one)


def _json(text: str, file: Path) -> _Read:
    try:
        found = speech_json.parse(documents.parse_json(text))
    except ValueError as error:
        raise InputError(f"{_reason(error)}", path=file, remedy=_READABLE) from error
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"is damaged: a segment or a word lacks {error}", path=file, remedy=_READABLE
        ) from error
    passages = [GivenPassage(p.text, p.start, p.end, None, p.pieces) for p in found.passages]
    timed = any(passage.pieces for passage in passages)
    return found.format, "words" if timed else "cues", found.language, passages, ()


def _reason(error: ValueError) -> str:
    text = str(error)
    return text if text.startswith("is ") else f"is not JSON of a transcript ({text})"


def _cleaned(passage: GivenPassage) -> GivenPassage:
    pieces = tuple(piece for piece in passage.pieces if piece.text.strip())
    said = tuple(map(clean, passage.said))
    return replace(passage, text=clean(passage.text), pieces=pieces, said=said)


def _in_order(passages: Iterable[GivenPassage], file: Path) -> list[GivenPassage]:
    """Passages by time, parted where two overlap a little.

    Raises:
        InputError: two overlap by more, or one ends before it begins.
    """
    result: list[GivenPassage] = []
    for passage in sorted(passages, key=lambda p: (p.start, p.end)):
        if passage.end < passage.start or passage.start < 0:
            raise InputError(
                f"{_quoted(passage)} ends before it begins, or begins before the video",
                path=file,
                remedy="correct its times",
            )
        before = result[-1] if result else None
        if before is not None and before.end - passage.start > _OVERLAP:
            raise InputError(
                f"{_quoted(before)} and {_quoted(passage)} overlap",
                path=file,
                remedy="give one with times that follow each other",
            )
        if before is not None and before.end > passage.start:
            middle = (before.end + passage.start) / 2
            result[-1] = replace(before, end=middle)
            passage = replace(passage, start=middle)
        result.append(replace(passage, pieces=tuple(_rising(passage.pieces))))
    return result


def _rising(pieces: Sequence[TimedText]) -> Iterable[TimedText]:
    """Words in order: one that begins before the last one ends is moved there."""
    reached = 0.0
    for piece in pieces:
        start = max(piece.start, reached)
        end = max(piece.end, start)
        yield replace(piece, start=start, end=end)
        reached = end


def _quoted(passage: GivenPassage) -> str:
    return f"'{passage.text[:20]}' ({fine_clock(passage.start)} to {fine_clock(passage.end)})"


def _language(text: str, hint: Language | None) -> Language | None:
    letters = [character for character in text if character.isalpha()]
    foreign = len(_FOREIGN.findall(text))
    return None if foreign * 2 > len(letters) else line_language(text, hint)


def _name_tag(file: Path) -> str | None:
    """The language in a name such as ``talk.fr.srt``."""
    found = _TAGGED.search(file.stem) if "." in file.stem else None
    return found[1] if found else None


def _bytes(file: Path) -> bytes:
    data = bounded_bytes(file, "a transcript", _READABLE)
    if not data.strip():
        raise InputError("is empty", path=file, remedy=_READABLE)
    return data
