"""Bytes of a subtitle file as text, in whatever encoding it was saved."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

import charset_normalizer

from vidtag.core.errors import InputError

_SAMPLE_BYTES = 200_000
"""What an encoding is told from; more of the same says no more."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANDIDATES = [
    *("gb18030", "big5", "cp932", "euc_jp", "cp949", "cp1252", "cp1250", "cp1251"),
    *("cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "koi8_r", "cp874"),
]
_WIDER = {"big5": "big5hkscs", "euc_kr": "cp949", "gb2312": "gb18030", "shift_jis": "cp932"}
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']", re.I)
_WESTERN = "cp1252"


def decoded(data: bytes, file: Path, encoding: str | None = None) -> str:
    """Text of a file's bytes, line ends as line feeds.

    Args:
        encoding: what it was saved in; found out if not given.

    Raises:
        InputError: there is no such encoding, the file is not in it, or none fits.
    """
    if encoding is not None:
        try:
            codecs.lookup(encoding)
            text = data.decode(encoding)
        except LookupError as error:
            remedy = "give one such as utf-8, gbk, big5, shift_jis, euc-kr or utf-16-le"
            raise InputError(
                f"there is no encoding '{encoding}'", path=file, remedy=remedy
            ) from error
        except UnicodeError as error:
            remedy = "leave out --encoding, or give another"
            raise InputError(f"is not in {encoding} ({error})", path=file, remedy=remedy) from error
    else:
        text = _found_out(data, file)
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _found_out(data: bytes, file: Path) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    zeros = data[:_SAMPLE_BYTES]
    if b"\0" in zeros:
        # Digits, colons and line ends of times have a zero byte each in UTF-16.
        name = "utf-16-le" if zeros[1::2].count(0) > zeros[::2].count(0) else "utf-16-be"
        even = data[: len(data) // 2 * 2]
        if zeros.count(0) * 8 > len(zeros):
            return even.decode(name, "replace")
    if (declared := _DECLARED.match(data)) and (text := _strict(data, declared[1].decode())):
        return text
    if (text := _strict(data, "utf-8")) is not None:
        return text
    best = charset_normalizer.from_bytes(_sample(data), cp_isolation=_CANDIDATES).best()
    names = [_WIDER.get(best.encoding, best.encoding), best.encoding] if best else []
    for name in (*names, _WESTERN):
        if (text := _strict(data, name)) is not None:
            return text
    if best is not None:
        return data.decode(names[0], "replace")
    raise InputError("is not text in any encoding known here", path=file, remedy="save it as UTF-8")


def _strict(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, LookupError):
        return None


def _sample(data: bytes) -> bytes:
    """The beginning of a file up to a line's end."""
    if len(data) <= _SAMPLE_BYTES:
        return data
    end = data.rfind(b"\n", 0, _SAMPLE_BYTES)
    return data[: end if end > 0 else _SAMPLE_BYTES]
