"""The document, ``NAME.vidtag.json``: what LISTEN writes and SHOW reads.

The JSON is the records of ``vidtag.core.records`` field by field; ``json_schema()`` publishes its
form. Numbers are rounded (times to 0.1 ms, probabilities to 4 digits) so that the file stays
readable and the same input gives the same bytes.
"""

from __future__ import annotations

import functools
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from vidtag.core.bounded_values import check_depth
from vidtag.core.errors import DocumentError
from vidtag.core.records import DOCUMENT_VERSION, Document, Segment
from vidtag.core.whole_file import read_whole

_DECIMALS = 4
LARGEST_FILE = 1 << 29
"""Bytes of a file that is read: a week of speech."""
LARGEST = 1e9
"""Largest number with a fraction that is read: as seconds, about 30 years."""
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
_LONGEST_PATH, _LONGEST_NAME = 4096, 255
"""Bytes of a path and of a name in it, by PATH_MAX and NAME_MAX of Linux."""
_LARGEST_INT = 2**53
"""Larger ones are not exact in every program that reads JSON."""


def to_json(document: Document) -> str:
    """JSON text of a document, ending in a newline; its numbers are those of ``rounded``."""
    without = rounded(replace(document, segments=()))
    # Segments become plain one at a time: all at once they take ten times the room of the text.
    data = _adapter().dump_python(without, mode="json") | {"segments": document.segments}
    ordered = {"version": data.pop("version"), **data}
    encoder = json.JSONEncoder(ensure_ascii=False, indent=1, default=_plain)
    text = io.StringIO()
    for part in encoder.iterencode(ordered):
        text.write(part)
    text.write("\n")
    return text.getvalue()


def rounded(document: Document) -> Document:
    """The document as it is written and read again: times to 0.1 ms, probabilities to 4 digits.

    What is made of a document is the same before and after it was saved only if it is rounded as
    soon as it is made. Settings stay exact: they decide whether the document is still right.
    """
    result: Document = replace(_rounded(document), settings=document.settings)
    return result


def from_json(text: str | bytes, *, path: str | Path | None = None) -> Document:
    """Document from JSON text.

    Raises:
        DocumentError: not JSON, not a document, or made by a newer vidtag.
    """
    try:
        data = parse_json(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"not a vidtag document (broken JSON: {error})", path=path) from error
    version = data.get("version") if isinstance(data, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise DocumentError(
            "not a vidtag document (it has no version)",
            path=path,
            remedy="give a .vidtag.json file that vidtag run has written",
        )
    if version > DOCUMENT_VERSION:
        raise DocumentError(
            f"document version {version} is newer than this vidtag knows ({DOCUMENT_VERSION})",
            path=path,
            remedy="upgrade vidtag, or listen to the video again",
        )
    try:
        check_depth(data.get("settings"))
        document = _adapter().validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _invalid(f"{place}: {first['msg']}", path) from error
    except ValueError as error:
        raise _invalid(f"settings: {error}", path) from error
    video = document.media.video
    rates = (video.frame_rate, video.timecode_rate, video.sample_aspect_ratio) if video else ()
    if any(rate is not None and not _can_be_a_rate(rate) for rate in rates):
        raise _invalid("media.video has a rate that no video has", path)
    if not _can_be_a_path(document.media.path):
        raise _invalid("media.path cannot be the path of a file", path)
    return document


def _invalid(cause: str, path: str | Path | None) -> DocumentError:
    return DocumentError(
        f"not a valid vidtag document ({cause})", path=path, remedy="listen to the video again"
    )


def _can_be_a_rate(rate: Fraction) -> bool:
    """As FFmpeg has them: of two numbers of 32 bits."""
    return max(abs(rate.numerator), rate.denominator) < 2**31


def _can_be_a_path(text: str) -> bool:
    names = text.encode().split(b"/")
    short = len(text.encode()) <= _LONGEST_PATH and max(map(len, names)) <= _LONGEST_NAME
    return bool(text.strip()) and "\0" not in text and short


def parse_json(text: str | bytes) -> Any:
    """Plain data from JSON, its numbers finite and not above the limits, its text valid Unicode.

    Raises:
        ValueError: it is not that.
        RecursionError: it is nested too deeply.
    """
    whole = text.decode("utf-8-sig") if isinstance(text, bytes) else text
    fraction = functools.partial(_limited, float, LARGEST)
    count = functools.partial(_limited, int, _LARGEST_INT)
    data = json.loads(whole, parse_float=fraction, parse_int=count, parse_constant=fraction)
    if _SURROGATE.search(whole):
        json.dumps(data, ensure_ascii=False).encode()  # fails at half a character
    return data


def read(path: str | Path) -> Document:
    """Document from a file.

    Raises:
        DocumentError: the file cannot be read or is no document.
    """
    try:
        data = read_whole(path, LARGEST_FILE)
    except OSError as error:
        raise DocumentError(f"cannot be read ({error.strerror})", path=path) from error
    return from_json(data, path=path)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the document format."""
    schema = _adapter().json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "vidtag document",
    }


def _limited(kind: Callable[[str], float], largest: float, text: str) -> float:
    value = kind(text)
    if not abs(value) <= largest:  # false for NaN too
        raise ValueError(f"a number is too large: {text[:20]}")
    return value


@functools.cache
def _adapter() -> TypeAdapter[Document]:
    return TypeAdapter(Document)


@functools.cache
def _segment_adapter() -> TypeAdapter[Segment]:
    return TypeAdapter(Segment)


def _plain(segment: Segment) -> Any:
    return _segment_adapter().dump_python(_rounded(segment), mode="json")


def _rounded(value: Any) -> Any:
    """The same records with every number in them rounded."""
    if isinstance(value, float):
        return round(value, _DECIMALS)
    if isinstance(value, tuple):
        return tuple(_rounded(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(*(_rounded(getattr(value, name)) for name in _fields(type(value))))
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    return value


@functools.cache
def _fields(record: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record))
