"""The one way to a document's video: it must be there, and be the one that was listened to."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.builders.documents import make_document
from tests.show.test_highlight_files import document as with_highlights
from vidtag.core.errors import InputError
from vidtag.core.settings import Config
from vidtag.show.media_of import find_video, media_if_present
from vidtag.show.report_file import write_report
from vidtag.show.views import Views


@pytest.mark.parametrize("place", ["", "show.vidtag"])
def test_a_video_that_moved_along_with_its_document_is_found(place: str, tmp_path: Path) -> None:
    document = make_document(duration=10.0)
    beside = tmp_path / place / "talk.mp4"
    beside.parent.mkdir(exist_ok=True)
    beside.touch()
    found = find_video(document, tmp_path / "show.vidtag" / "talk.vidtag.json")
    assert found == beside


def test_a_video_that_is_nowhere_stays_where_it_was(tmp_path: Path) -> None:
    document = make_document(duration=10.0)
    assert find_video(document, tmp_path / "talk.vidtag.json") == Path(document.media.path)


def test_a_video_that_is_gone_is_no_error_until_it_is_needed(lab: Any, tmp_path: Path) -> None:
    heard = with_highlights(lab.video())
    gone = replace(heard, media=replace(heard.media, path=str(tmp_path / "gone.mp4")))
    assert media_if_present(gone) is None
    shown = Views(gone, Config())
    assert shown.cues
    assert shown.timelines.events.cuts
    with pytest.raises(InputError):
        _ = shown.media
    assert Views(gone, Config(), video=Path(heard.media.path)).media.fingerprint


def test_a_report_has_pictures_of_the_video_only_if_it_is_the_same(
    lab: Any, tmp_path: Path
) -> None:
    video = tmp_path / "talk.mp4"
    video.write_bytes(lab.video().read_bytes())
    views = Views(with_highlights(video), Config())
    write_report(views, tmp_path / "same.html")
    video.write_bytes(lab.video("film.mp4", rate=24).read_bytes())
    write_report(Views(views.document, Config()), tmp_path / "other.html")
    same, other = ((tmp_path / f"{name}.html").read_text() for name in ("same", "other"))
    assert same.count("data:image/jpeg") == len(views.clips) > 0
    assert "data:image/jpeg" not in other


def test_a_pipe_in_place_of_the_video_is_refused(lab: Any, tmp_path: Path) -> None:
    heard = with_highlights(lab.video())
    pipe = tmp_path / "talk.mp4"
    os.mkfifo(pipe)
    planted = replace(heard, media=replace(heard.media, path=str(pipe)))
    with pytest.raises(InputError, match="not a regular file"):
        media_if_present(planted)
    write_report(Views(planted, Config()), tmp_path / "report.html")
    assert "data:image/jpeg" not in (tmp_path / "report.html").read_text()
