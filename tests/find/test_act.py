"""What is done with what was found; cutting itself is tested on real videos."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.builders.documents import laugh, make_document
from vidtag.core import document as documents
from vidtag.core.errors import UserError, VidtagError
from vidtag.core.settings import Config
from vidtag.find.act import _where_it_is, cut_found, timeline_format, write_found
from vidtag.find.search import find


@pytest.mark.parametrize("place", ["", "show.vidtag"])
def test_a_video_that_moved_along_with_its_document_is_found(place: str, tmp_path: Path) -> None:
    heard = make_document(duration=10.0).media
    beside = tmp_path / place / "talk.mp4"
    beside.parent.mkdir(exist_ok=True)
    beside.touch()
    moved = _where_it_is(heard, tmp_path / "show.vidtag" / "talk.vidtag.json")
    assert moved == replace(heard, path=str(beside))


def test_a_video_that_is_nowhere_stays_where_it_was(tmp_path: Path) -> None:
    heard = make_document(duration=10.0).media
    assert _where_it_is(heard, tmp_path / "talk.vidtag.json") == heard


def test_the_name_tells_the_format() -> None:
    assert timeline_format(Path("a.XML")) == "fcp7"
    with pytest.raises(UserError, match="is no timeline format"):
        timeline_format(Path("a.csv"))


def test_videos_that_are_gone_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    for name in ("a", "b"):
        heard = make_document(events=[laugh(2, 4)], duration=10.0)
        heard = replace(heard, media=replace(heard.media, path=f"/nowhere/{name}.mp4"))
        documents.write(heard, tmp_path / f"{name}.vidtag.json")
    hits = find("laughter", [tmp_path], index=tmp_path / "i.sqlite3").hits
    complaints: list[VidtagError] = []
    assert list(cut_found(hits, tmp_path / "cut", Config(), complaints.append)) == []
    assert [error.path for error in complaints] == ["/nowhere/a.mp4", "/nowhere/b.mp4"]
    with pytest.raises(UserError, match="nothing was found"):
        write_found(hits, tmp_path / "x.otio", Config(), complaints.append)
    assert not (tmp_path / "x.otio").exists()
    assert not (tmp_path / "cut").exists()
