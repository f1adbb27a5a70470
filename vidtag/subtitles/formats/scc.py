"""Scenarist SCC: CEA-608 closed captions, pop-on, as broadcasters in North America want them.

A caption's bytes, two a frame, are sent before it is shown, so that the command to show it falls on
its first frame; commands are sent twice, and decoders obey the first. CEA-608 has 15 rows of 32
columns, and Western letters alone: another becomes ``?``. Codes follow CEA-608-E; text that is
wider than 32 columns is broken anew.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence
from fractions import Fraction

from vidtag.core.records import Cue
from vidtag.core.timecode import frame_named, to_timecode
from vidtag.subtitles.formats.format_types import CueFormat, RenderOptions

_RATE = Fraction(30000, 1001)
_COLUMNS = 32
_ROWS = (15, 14, 13, 12)
_ROW_CODES = {12: 0x1340, 13: 0x1360, 14: 0x1440, 15: 0x1460}
_FIRST_COMMAND, _FIRST_TEXT = 0x1000, 0x2000
"""Words from the one to the other are commands, or letters of two bytes, and are sent twice."""
_LOAD, _CLEAR, _SHOW, _ERASE = 0x1420, 0x142E, 0x142F, 0x142C
"""Resume caption loading; erase non-displayed memory; end of caption; erase displayed memory."""

_UNLIKE_ASCII = {0x2A: "á", 0x5C: "é", 0x5E: "í", 0x5F: "ó", 0x60: "ú"} | {
    0x7B: "ç", 0x7C: "÷", 0x7D: "Ñ", 0x7E: "ñ", 0x7F: "█"
}  # fmt: skip
_BASIC = {chr(c): c for c in range(0x20, 0x7F) if c not in _UNLIKE_ASCII} | {
    letter: code for code, letter in _UNLIKE_ASCII.items()
}
_SPECIAL = {letter: 0x1130 + n for n, letter in enumerate("®°½¿™¢£♪à\0èâêîôû")}
_EXTENDED = {
    letter: first + n
    for first, letters in (
        (0x1220, "ÁÉÓÚÜü‘¡*'—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»"),
        (0x1320, "ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤¦ÅåØø┌┐└┘"),
    )
    for n, letter in enumerate(letters)
}
"""Sent after a plain letter, which decoders that know them take back."""

_ALIKE = str.maketrans(
    {"’": "'", "–": "—", "…": "...", "♫": "♪", "„": '"', "`": "'", "\u00a0": " "}
    | {"Œ": "OE", "œ": "oe", "Æ": "AE", "æ": "ae", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d"}
    | {"Ð": "D", "ð": "d", "Þ": "Th", "þ": "th", "ı": "i"}
)
"""Letters and signs that CEA-608 lacks, as they are written without them."""


def render(cues: Sequence[Cue], options: RenderOptions) -> str:
    """Text of an SCC file; drop-frame unless the video's own timecode is not."""
    video = options.video
    drop = video is None or video.timecode is None or ";" in video.timecode
    programme = frame_named(options.config.programme_start, _RATE, drop=drop)
    lines = ["Scenarist_SCC V1.0"]
    shown_until, reached = None, programme
    for cue in sorted(cues, key=lambda one: one.start):
        words = [*_twice(_LOAD), *_twice(_CLEAR), *_text(cue.lines), *_twice(_SHOW)]
        start, end = (programme + round(time * _RATE) for time in (cue.start, cue.end))
        begin = max(start - len(words) + 2, reached)
        if shown_until is not None and shown_until < begin - 2:
            lines.append(_line(max(shown_until, reached), _twice(_ERASE), drop))
        elif shown_until is not None and shown_until <= start - 2:
            at = _between_commands(words, shown_until - begin + 2)
            words[at:at] = _twice(_ERASE)
            begin = max(begin - 2, reached)
        lines.append(_line(begin, words, drop))
        shown_until, reached = end, begin + len(words)
    if shown_until is not None:
        lines.append(_line(max(shown_until, reached), _twice(_ERASE), drop))
    return "\n\n".join(lines) + "\n"


def _between_commands(words: Sequence[int], wanted: int) -> int:
    """The first place from a wanted one on that parts no command from its repetition, before the
    one that shows the caption.
    """
    at = 0
    while at < min(wanted, len(words) - 2):
        at += 2 if _FIRST_COMMAND <= words[at] < _FIRST_TEXT else 1
    return at


def _line(frame: int, words: Sequence[int], drop: bool) -> str:
    code = to_timecode(frame, _RATE, drop=drop)
    return f"{code}\t{' '.join(f'{_odd(word):04x}' for word in words)}"


def _text(lines: Sequence[str]) -> list[int]:
    """Codes of text, at the bottom of the picture and in the middle of its rows."""
    rows = [row for line in lines for row in _fitting(line)][: len(_ROWS)]
    words: list[int] = []
    for number, row in zip(reversed(_ROWS[: len(rows)]), rows, strict=True):
        column = (_COLUMNS - len(row)) // 2
        words += _twice(_ROW_CODES[number] | 0x10 | column // 4 << 1)
        if column % 4:
            words += _twice(0x1720 | column % 4)
        words += _letters(row)
    return words


def _fitting(line: str) -> list[str]:
    """A line as rows that are not too wide, all of its letters known."""
    known = _known_all(line)
    return textwrap.wrap(known, _COLUMNS) or [known]


def _known_all(text: str) -> str:
    return "".join(_known(c) for c in unicodedata.normalize("NFC", text).translate(_ALIKE))


def _known(character: str) -> str:
    if character in _BASIC or character in _SPECIAL or character in _EXTENDED:
        return character
    plain = unicodedata.normalize("NFKD", character)[:1]
    return plain if plain in _BASIC else "?"


def _letters(row: str) -> list[int]:
    words: list[int] = []
    half: int | None = None  # the first of two letters that travel together
    for letter in row:
        code = _BASIC.get(letter)
        if code is None:
            if letter in _EXTENDED:  # a plain letter before it, for older decoders
                plain = unicodedata.normalize("NFKD", letter)[:1]
                fallback = _BASIC.get(plain, 0x20)
                words.append(half << 8 | fallback if half is not None else fallback << 8)
                half = None
            elif half is not None:
                words.append(half << 8)
                half = None
            words += _twice(_SPECIAL.get(letter) or _EXTENDED[letter])
        elif half is None:
            half = code
        else:
            words.append(half << 8 | code)
            half = None
    return words if half is None else [*words, half << 8]


def _twice(word: int) -> list[int]:
    """A command, sent twice as all are, so that a damaged one is not missed."""
    return [word, word]


def _odd(word: int) -> int:
    """Both bytes with the bit of parity, which makes their ones odd."""
    high, low = word >> 8, word & 0xFF
    return sum(
        (byte | (0 if byte.bit_count() % 2 else 0x80)) << shift
        for byte, shift in ((high, 8), (low, 0))
    )


def lacking(text: str, options: RenderOptions) -> str:
    """The characters of a text that CEA-608 lacks."""
    return "".join(one for one in text if "?" in _known_all(one))


FORMAT = CueFormat("scc", ".scc", render, lacking=lacking)
