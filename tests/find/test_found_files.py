"""Matches as clips and as a timeline; cutting itself is tested on real videos."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.builders.documents import laugh, make_document
from vidtag import files
from vidtag.core import document as documents
from vidtag.core.errors import UserError, VidtagError
from vidtag.core.settings import Config
from vidtag.find.found_files import cut_found, write_found
from vidtag.find.search import find


def test_videos_that_are_gone_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    for name in ("a", "b"):
        document = make_document(events=[laugh(2, 4)], duration=10.0)
        document = replace(document, media=replace(document.media, path=f"/nowhere/{name}.mp4"))
        files.write_text(tmp_path / f"{name}.vidtag.json", documents.to_json(document))
    matches = find("laughter", [tmp_path], index=tmp_path / "i.sqlite3").matches
    errors: list[VidtagError] = []
    assert list(cut_found(matches, tmp_path / "cut", Config(), errors.append)) == []
    assert [error.path for error in errors] == ["/nowhere/a.mp4", "/nowhere/b.mp4"]
    with pytest.raises(UserError, match="nothing was found"):
        write_found(matches, tmp_path / "x.otio", Config(), errors.append)
    assert not (tmp_path / "x.otio").exists()
    assert not (tmp_path / "cut").exists()
