"""The media file a document was made from: the one way to get at it again.

A document names its video, and a document may be from anybody: what lies there is opened only if it
is a regular file with the very content that was listened to.
"""

from __future__ import annotations

from pathlib import Path

from vidtag.core.errors import InputError
from vidtag.core.media_streams import Media
from vidtag.core.records import Document
from vidtag.media.fingerprint import fingerprint, why_unlike
from vidtag.media.input_checks import check_file
from vidtag.media.probe import probe


def media_of(document: Document, video: Path | None = None, *, beside: Path | None = None) -> Media:
    """Probe the media file a document was made from.

    Looked for where it was and, since both may have moved, beside the document and in the folder
    above; the first that is the one is taken.

    Args:
        video: where the file can be read, if not where the document says; nowhere else is looked.
        beside: where the document is, if it is a file.

    Raises:
        InputError: it is gone, is no media file, or has changed since.
    """
    places = _places(document, video, beside)
    for place in places:
        if _content(place) == document.media.fingerprint:
            return probe(place)
    there = next(filter(_is_something, places), None)
    if there is None:
        raise InputError(
            "the video is not there any more",
            path=places[0],
            remedy="bring it back, or put it beside the document",
        )
    check_file(there)  # raises where it is no regular file, or cannot be read
    raise InputError(
        f"the video is not the one that was listened to: {why_unlike(there, document.media)}",
        path=there,
        remedy="run vidtag run on it again, or bring back the video it was",
    )


def media_if_present(
    document: Document, video: Path | None = None, *, beside: Path | None = None
) -> Media | None:
    """Like ``media_of``, but None where there is no file.

    Raises:
        InputError: there is a file, but it has changed since.
    """
    there = any(map(_is_something, _places(document, video, beside)))
    return media_of(document, video, beside=beside) if there else None


def _places(document: Document, video: Path | None, beside: Path | None) -> list[Path]:
    if video is not None:
        return [video]
    was = Path(document.media.path)
    if beside is None:
        return [was]
    folder = beside.absolute().parent
    return [was, folder / was.name, folder.parent / was.name]


def _content(place: Path) -> str | None:
    try:
        return fingerprint(check_file(place))
    except (InputError, OSError):
        return None


def _is_something(place: Path) -> bool:
    try:
        place.lstat()
    except (OSError, ValueError):
        return False
    return True
