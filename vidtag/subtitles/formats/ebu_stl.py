"""EBU-STL (EBU Tech 3264): what European broadcasters archive and exchange.

A block of 1024 bytes says what the file is, blocks of 128 bytes hold the text. Subtitles are for
teletext, in colours, where all lines fit its rows, else "open", as for pictures. Letters are those
of ISO 6937, Latin alone: another becomes ``?``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from types import MappingProxyType

from vidtag.core.records import Cue, Language
from vidtag.core.timecode import frame_named, to_timecode
from vidtag.subtitles.formats.format_types import BinaryFormat, RenderOptions
from vidtag.subtitles.formats.languages import seconds_by_language
from vidtag.subtitles.formats.tints import tints_of
from vidtag.subtitles.layout.frame_grid import FrameGrid

_LANGUAGES: Mapping[Language, bytes] = {
    Language.EN: b"09",
    Language.ZH: b"75",
    Language.YUE: b"75",
    Language.JA: b"69",
    Language.KO: b"65",
}
_TELETEXT_COLUMNS = 40
_START_BOX, _END_BOX = b"\x0b\x0b", b"\x0a\x0a"
_DOUBLE_HEIGHT = b"\x0d"
_NEW_LINE = b"\x8a"
_UNUSED = b"\x8f"
_COLOURS: Mapping[str, bytes] = {"lime": b"\x02", "yellow": b"\x03", "cyan": b"\x06"}
_TEXT_BYTES = 112
_LAST_ROW = 22
"""The lowest row that teletext shows in double height."""
_CENTRED = 2

_ACCENTS: Mapping[str, int] = MappingProxyType(
    dict(
        zip(
            "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u0327\u030b\u0328\u030c",
            (0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF),
            strict=True,
        )
    )
)
"""Sent before the letter that they stand over."""
_LETTERS: Mapping[str, int] = MappingProxyType(
    {
        **{chr(code): code for code in range(0x20, 0x7F) if chr(code) != "$"},
        **{letter: 0xA1 + n for n, letter in enumerate("¡¢£$¥")},
        **{letter: 0xA7 + n for n, letter in enumerate("§¤‘“«←↑→↓°±²³×µ¶·÷’”»¼½¾¿")},
        **{letter: 0xD0 + n for n, letter in enumerate("—¹®©™♪¬¦")},
        **dict(zip("ΩÆÐªĦ", range(0xE0, 0xE5), strict=True)),
        **dict(zip("ĲĿŁØŒºÞŦŊŉ", range(0xE6, 0xF0), strict=True)),
        **dict(zip("ĸæđðħıĳŀłøœßþŧŋ", range(0xF0, 0xFF), strict=True)),
    }
)
_ALIKE = str.maketrans(
    {"―": "—", "–": "-", "Đ": "Ð", "…": "...", "♫": "♪", "„": '"', "\u00a0": " "}
)


def render(cues: Sequence[Cue], options: RenderOptions) -> bytes:
    """An EBU-STL file; times count from the start of the programme that settings name."""
    rate, code = _rate(FrameGrid.of(options.video).rate)
    programme = frame_named(options.config.programme_start, rate, drop=_drops(rate))
    tints = tints_of(cues, options.config.colours, options.speakers)
    lines = [
        [
            (_encoded(line), _COLOURS.get(tint or "", b""))
            for line, tint in zip(cue.lines, own, strict=True)
        ]
        for cue, own in zip(cues, tints, strict=True)
    ]
    overhead = len(_DOUBLE_HEIGHT + _START_BOX)
    teletext = all(
        _columns(text) + len(colour) + overhead <= _TELETEXT_COLUMNS
        for cue in lines
        for text, colour in cue
    )
    blocks = []
    for number, (cue, texts) in enumerate(zip(cues, lines, strict=True)):
        field = _field(texts, teletext)
        start = programme + round(cue.start * rate)
        end = programme + max(round(cue.end * rate), 1)
        row = _LAST_ROW - 2 * (len(texts) - 1) if teletext else 11 - len(texts)
        blocks += _blocks(number, _time(start, rate), _time(end, rate), max(1, row), field)
    began = _time(programme, rate)
    first = _time(programme + round(cues[0].start * rate), rate) if cues else began
    head = _header(code, cues, teletext, len(blocks), began, first)
    return head + b"".join(blocks)


def _rate(rate: Fraction) -> tuple[Fraction, str]:
    """The rate that times count at, and its name: the standard has 25 and 30 alone."""
    for known in (Fraction(30), Fraction(30000, 1001)):
        if rate in (known, 2 * known):
            return known, "STL30.01"
    return Fraction(25), "STL25.01"


def _time(frame: int, rate: Fraction) -> bytes:
    """A timecode, drop-frame at 29.97, so that it keeps to the clock."""
    code = to_timecode(frame, rate, drop=_drops(rate))
    return bytes(map(int, code.replace(";", ":").split(":")))


def _drops(rate: Fraction) -> bool:
    return rate.denominator != 1


def _encoded(line: str) -> bytes:
    """A line in ISO 6937."""
    out = bytearray()
    for letter in unicodedata.normalize("NFC", line.translate(_ALIKE)):
        if letter in _LETTERS:
            out.append(_LETTERS[letter])
            continue
        parts = unicodedata.normalize("NFD", letter)
        if len(parts) == 2 and parts[0] in _LETTERS and parts[1] in _ACCENTS:
            out += bytes((_ACCENTS[parts[1]], _LETTERS[parts[0]]))
        else:
            plain = unicodedata.normalize("NFKD", letter)[:1]
            out.append(_LETTERS.get(plain, ord("?")))
    return bytes(out)


def _columns(text: bytes) -> int:
    return sum(not 0xC0 < byte < 0xD0 for byte in text)


def _field(lines: Sequence[tuple[bytes, bytes]], teletext: bool) -> bytes:
    """The text of a subtitle with its control codes."""
    if not teletext:
        return _NEW_LINE.join(text for text, _ in lines)
    rows = (
        _DOUBLE_HEIGHT + colour + _START_BOX + text + (_END_BOX if _room(text, colour) else b"")
        for text, colour in lines
    )
    return (_NEW_LINE * 2).join(rows)


def _room(text: bytes, colour: bytes) -> bool:
    """Whether a row has space for the end of its box; the row's own end will do as well."""
    used = len(_DOUBLE_HEIGHT + colour + _START_BOX) + _columns(text)
    return used + len(_END_BOX) <= _TELETEXT_COLUMNS


def _blocks(number: int, start: bytes, end: bytes, row: int, field: bytes) -> list[bytes]:
    """The blocks of one subtitle: what fits no block goes on in the next."""
    pieces = [field[at : at + _TEXT_BYTES] for at in range(0, len(field), _TEXT_BYTES)] or [b""]
    made = []
    for extension, piece in enumerate(pieces):
        last = extension == len(pieces) - 1
        head = bytes([0]) + number.to_bytes(2, "little") + bytes([0xFF if last else extension, 0])
        place = bytes([row, _CENTRED, 0])
        made.append(head + start + end + place + piece.ljust(_TEXT_BYTES, _UNUSED))
    return made


def _header(
    code: str, cues: Sequence[Cue], teletext: bool, blocks: int, began: bytes, first: bytes
) -> bytes:
    """The General Subtitle Information block.

    Args:
        began, first: timecodes of the programme's first frame, and of the first subtitle.
    """
    shown = seconds_by_language(cues)
    language = _LANGUAGES[max(shown, key=shown.__getitem__)] if shown else b"00"
    today = datetime.now(UTC).strftime("%y%m%d").encode()
    columns, rows = (b"40", b"23") if teletext else (b"42", b"11")
    fields = (
        (b"850", 3),
        (code.encode(), 8),
        (b"1" if teletext else b"0", 1),
        (b"00", 2),  # Latin letters
        (language, 2),
        *[(b"", 32)] * 6,  # titles and translator
        (b"", 16),
        (today, 6),
        (today, 6),
        (b"00", 2),
        (b"%05d" % blocks, 5),
        (b"%05d" % len(cues), 5),
        (b"001", 3),
        (columns, 2),
        (rows, 2),
        (b"1", 1),
        (b"%02d%02d%02d%02d" % tuple(began), 8),
        (b"%02d%02d%02d%02d" % tuple(first), 8),
        (b"1", 1),
        (b"1", 1),
        (b"", 3),
        *[(b"", 32)] * 3,
        (b"", 75),
        (b"", 576),
    )
    return b"".join(data.ljust(size) for data, size in fields)


def lacking(text: str, options: RenderOptions) -> str:
    """The characters of a text that ISO 6937 lacks."""
    return "".join(one for one in text if b"?" in _encoded(one))


FORMAT = BinaryFormat("stl", ".stl", render, lacking)
