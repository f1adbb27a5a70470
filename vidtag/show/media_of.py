"""The media file a document was made from: the one way to get at it again."""

from __future__ import annotations

from pathlib import Path

from vidtag.core.errors import InputError
from vidtag.core.media_streams import Media
from vidtag.core.records import Document
from vidtag.media.probe import probe


def media_of(document: Document, video: Path | None = None) -> Media:
    """Probe the media file a document was made from, and check that it still is that one.

    Args:
        video: where the file can be read, if not where the document says.

    Raises:
        InputError: it is gone, is no media file, or has changed since.
    """
    media = probe(video or document.media.path)
    if media.fingerprint != document.media.fingerprint:
        raise InputError(
            "the video has changed since it was listened to",
            path=media.path,
            remedy="run vidtag run on it again, or bring back the video it was",
        )
    return media


def media_if_present(document: Document, video: Path | None = None) -> Media | None:
    """Like ``media_of``, but None where there is no file.

    Raises:
        InputError: there is a file, but it has changed since.
    """
    there = Path(video or document.media.path).exists()
    return media_of(document, video) if there else None


def find_video(document: Document, document_path: Path) -> Path:
    """Where the video is: where it was, or else beside the document or in the folder above.

    Where it is in none of these places, the answer is where it was.
    """
    was = Path(document.media.path)
    places = (was, document_path.parent / was.name, document_path.parent.parent / was.name)
    return next((place for place in places if place.exists()), was)
