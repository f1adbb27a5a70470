"""The JSON of other recognisers: whisper, faster-whisper, whisper.cpp, whisperX, FunASR.

What they have in common is read: segments with text and seconds, and words with seconds where there
are some. whisper.cpp and FunASR count milliseconds. A vidtag document is read as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vidtag.core.document import LARGEST
from vidtag.core.given_transcript import TimedText, parts_words


@dataclass(frozen=True, slots=True)
class JsonPassage:
    """A segment of a file: its text, seconds, and the words that have times."""

    text: str
    start: float
    end: float
    pieces: tuple[TimedText, ...] = ()


@dataclass(frozen=True, slots=True)
class SpeechJson:
    """What a file holds.

    Attributes:
        format: what wrote it.
        language: as it says.
    """

    format: str
    language: str | None
    passages: tuple[JsonPassage, ...]


def parse(data: Any) -> SpeechJson:
    """What is in the JSON of a recogniser.

    Raises:
        ValueError: it is of none that is known, in words for the user.
        KeyError, TypeError: it is damaged.
    """
    if isinstance(data, Mapping) and isinstance(data.get("transcription"), Sequence):
        language = _language(data.get("result"))
        return SpeechJson("whisper.cpp", language, tuple(_whisper_cpp(data["transcription"])))
    if _is_funasr(data):
        rows = [data] if isinstance(data, Mapping) else data
        return SpeechJson("FunASR", None, tuple(p for row in rows for p in _funasr(row)))
    language = _language(data)
    segments = data.get("segments") if isinstance(data, Mapping) else data
    if not isinstance(segments, Sequence) or not all(isinstance(row, Mapping) for row in segments):
        raise ValueError("is not JSON of whisper, whisperX, whisper.cpp or FunASR")
    passages = tuple(map(_segment, segments))
    by_whisperx = any("score" in word for row in segments for word in row.get("words") or ())
    return SpeechJson("whisperX" if by_whisperx else "whisper", language, passages)


def _language(data: Any) -> str | None:
    said = data.get("language") if isinstance(data, Mapping) else None
    return said if isinstance(said, str) else None


def _number(value: Any) -> float:
    """A number that the JSON has as such, or as text.

    Raises:
        ValueError, TypeError: it is none, not finite, or beyond 30 years in seconds.
    """
    number = float(value)
    if isinstance(value, bool) or not abs(number) <= LARGEST:  # false for NaN too
        raise ValueError(f"no time or probability: {str(value)[:20]}")
    return number


def _segment(row: Mapping[str, Any]) -> JsonPassage:
    """A segment of whisper, whisperX, or of a vidtag document."""
    words = row.get("words") or ()
    texts = [_word(word) for word in words]
    if not any(text.startswith(" ") for text in texts[1:]):  # whisperX leaves the spaces out
        before = ["", *texts]
        texts = [f" {b}" if parts_words(a, b) else b for a, b in zip(before, texts, strict=False)]
    timed = [_times(word) for word in words]
    text = str(row["text"]) if row.get("text") else "".join(texts)
    start, end = _number(row["start"]), _number(row["end"])
    if not any(timed):
        return JsonPassage(text, start, end)
    sure = [_number(word.get("probability", word.get("score", 1.0)) or 0.0) for word in words]
    return JsonPassage(text, start, end, tuple(_filled(texts, timed, sure, (start, end))))


def _word(word: Mapping[str, Any]) -> str:
    text = str(word["word"] if "word" in word else word["text"])
    return f" {text}" if word.get("space_before") else text


def _times(word: Mapping[str, Any]) -> tuple[float, float] | None:
    if word.get("start") is None or word.get("end") is None:
        return None  # whisperX cannot time figures
    return _number(word["start"]), _number(word["end"])


def _filled(
    texts: Sequence[str],
    timed: Sequence[tuple[float, float] | None],
    sure: Sequence[float],
    within: tuple[float, float],
) -> Iterator[TimedText]:
    """Words with times; neighbours without any are one piece between those that have some."""
    waiting, reached = "", within[0]
    for text, times, probability in zip(texts, timed, sure, strict=True):
        if times is None:
            waiting += text
            continue
        if waiting:
            yield TimedText(waiting, min(reached, times[0]), times[0], 0.0)
        yield TimedText(text, *times, probability)
        waiting, reached = "", times[1]
    if waiting:
        yield TimedText(waiting, reached, max(within[1], reached), 0.0)


def _whisper_cpp(rows: Sequence[Mapping[str, Any]]) -> Iterator[JsonPassage]:
    for row in rows:
        start, end = _milliseconds(row["offsets"])
        pieces = tuple(
            TimedText(str(token["text"]), *_milliseconds(token["offsets"]), _number(token["p"]))
            for token in row.get("tokens") or ()
            if not str(token["text"]).startswith("[_")
        )
        yield JsonPassage(str(row["text"]), start, end, pieces)


def _milliseconds(offsets: Mapping[str, Any]) -> tuple[float, float]:
    return _number(offsets["from"]) / 1000, _number(offsets["to"]) / 1000


def _is_funasr(data: Any) -> bool:
    row = data[0] if isinstance(data, list) and data else data
    return isinstance(row, Mapping) and ("timestamp" in row or "sentence_info" in row)


def _funasr(row: Mapping[str, Any]) -> Iterator[JsonPassage]:
    """The sentences of a recording; each has a time per word, and a word per ideograph."""
    for part in row.get("sentence_info") or (row,):
        text = str(part.get("text") or part.get("sentence") or "")
        times = [(_number(a) / 1000, _number(b) / 1000) for a, b in part.get("timestamp") or ()]
        if not text.strip():
            continue
        if not times:
            yield JsonPassage(text, _number(part["start"]) / 1000, _number(part["end"]) / 1000)
            continue
        spoken = _funasr_words(text)
        pieces: tuple[TimedText, ...] = ()
        if len(spoken) == len(times):
            pieces = tuple(TimedText(word, *span) for word, span in zip(spoken, times, strict=True))
        yield JsonPassage(text, times[0][0], times[-1][1], pieces)


def _funasr_words(text: str) -> list[str]:
    """Pieces of a text, one for each of FunASR's times: an ideograph, or what spaces part."""
    found: list[str] = []
    spaced = True
    for character in text:
        if character.isspace():
            spaced = True
            continue
        ideograph = _is_ideograph(character)
        last = found[-1].strip()[-1:] if found else ""
        begins = character.isalnum() and (
            spaced or ideograph or not last or _is_ideograph(last) or not _joins(last)
        )
        if begins or not found:
            found.append(f" {character}" if spaced and found else character)
        else:
            found[-1] += f" {character}" if spaced else character
        spaced = False
    return found


def _is_ideograph(character: str) -> bool:
    return "\u3040" <= character <= "\u30ff" or "\u3400" <= character <= "\u9fff"


def _joins(character: str) -> bool:
    """Whether letters after it go on with the same word, as in it's, e-mail and 3.5."""
    return character.isalnum() or character in "'’-."
