"""What was heard under another name is found without reading every document for every video."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders.documents import make_document, make_media
from vidtag.core import document as documents
from vidtag.core.settings import Config
from vidtag.core.whole_file import read_head
from vidtag.listening import heard_before
from vidtag.listening.heard_before import DocumentsNear

VIDEOS = 40


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The documents whose beginnings are read."""
    seen: list[Path] = []

    def counted(path: Path, most: int) -> bytes:
        seen.append(path)
        return read_head(path, most)

    monkeypatch.setattr(heard_before, "read_head", counted)
    return seen


@pytest.mark.parametrize("layout", ["all", "{}", "{}.vidtag"])
def test_each_document_is_read_once_for_all_videos(
    reads: list[Path], tmp_path: Path, layout: str
) -> None:
    for number in range(VIDEOS):
        place = tmp_path / layout.format(f"old{number}") / f"old{number}.vidtag.json"
        place.parent.mkdir(exist_ok=True)
        media = make_media(f"old{number}.mp4", 1.0, fingerprint=f"{number:032x}")
        place.write_text(documents.to_json(make_document(media=media)))
    near = DocumentsNear()
    for number in range(VIDEOS):
        target = tmp_path / layout.format(f"new{number}") / f"new{number}.vidtag.json"
        media = make_media(f"new{number}.mp4", 1.0, fingerprint=f"{VIDEOS + number:032x}")
        assert near.find(target, media, Config()) is None
        near.add(target, media.fingerprint)
    assert len(reads) == len(set(reads)) == VIDEOS
