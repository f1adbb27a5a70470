"""What is done with what was found; cutting itself is tested on real videos."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.builders.documents import laugh, make_document
from vidtag.core import document as documents
from vidtag.core.errors import UserError, VidtagError
from vidtag.core.settings import Config
from vidtag.find.found_files import cut_found, write_found
from vidtag.find.search import find
from vidtag.show.media_of import find_video


@pytest.mark.parametrize("place", ["", "show.vidtag"])
def test_a_video_that_moved_along_with_its_document_is_found(place: str, tmp_path: Path) -> None:
    heard = make_document(duration=10.0)
    beside = tmp_path / place / "talk.mp4"
    beside.parent.mkdir(exist_ok=True)
    beside.touch()
    found = find_video(heard, tmp_path / "show.vidtag" / "talk.vidtag.json")
    assert found == beside


def test_a_video_that_is_nowhere_stays_where_it_was(tmp_path: Path) -> None:
    heard = make_document(duration=10.0)
    assert find_video(heard, tmp_path / "talk.vidtag.json") == Path(heard.media.path)


def test_videos_that_are_gone_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    for name in ("a", "b"):
        heard = make_document(events=[laugh(2, 4)], duration=10.0)
        heard = replace(heard, media=replace(heard.media, path=f"/nowhere/{name}.mp4"))
        documents.write(heard, tmp_path / f"{name}.vidtag.json")
    matches = find("laughter", [tmp_path], index=tmp_path / "i.sqlite3").matches
    complaints: list[VidtagError] = []
    assert list(cut_found(matches, tmp_path / "cut", Config(), complaints.append)) == []
    assert [error.path for error in complaints] == ["/nowhere/a.mp4", "/nowhere/b.mp4"]
    with pytest.raises(UserError, match="nothing was found"):
        write_found(matches, tmp_path / "x.otio", Config(), complaints.append)
    assert not (tmp_path / "x.otio").exists()
    assert not (tmp_path / "cut").exists()
