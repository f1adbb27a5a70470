"""The one way to a document's video: it must be there, and be the one that was listened to."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.show.test_highlight_files import document as with_highlights
from vidtag.core import document as documents
from vidtag.core.errors import InputError
from vidtag.core.settings import Config
from vidtag.listening.reuse import find_earlier
from vidtag.show.edited_views import edited_views
from vidtag.show.media_of import media_if_present, media_of
from vidtag.show.report_file import write_report
from vidtag.show.views import Views


@pytest.mark.parametrize("place", ["", "show.vidtag"])
@pytest.mark.parametrize("was", ["gone", "pipe", "folder", "another film", "text"])
def test_a_video_that_moved_along_with_its_document_is_found(
    place: str, was: str, lab: Any, tmp_path: Path
) -> None:
    """Whatever has taken its place meanwhile."""
    heard = with_highlights(lab.video())
    beside = tmp_path / place / "talk.mp4"
    beside.parent.mkdir(exist_ok=True)
    shutil.copy(lab.video(), beside)
    old = tmp_path / "elsewhere" / "talk.mp4"
    old.parent.mkdir()
    if was == "pipe":
        os.mkfifo(old)
    elif was == "folder":
        old.mkdir()
    elif was == "another film":
        shutil.copy(lab.video("film.mp4", rate=24), old)
    elif was == "text":
        old.write_text("no video")
    document = replace(heard, media=replace(heard.media, path=str(old)))
    path = tmp_path / "show.vidtag" / "talk.vidtag.json"
    assert media_of(document, beside=path).path == str(beside)
    assert edited_views(document, Config(), path).media.path == str(beside)
    if was == "gone":
        assert media_if_present(document) is None
    else:
        with pytest.raises(InputError):
            media_if_present(document)


def test_a_document_of_an_older_vidtag_is_told_from_a_video_that_changed(
    lab: Any, tmp_path: Path
) -> None:
    heard = with_highlights(lab.video())
    data = lab.video().read_bytes()
    assert len(data) < 3 << 20  # such files were read whole, with another digest
    digest = hashlib.blake2b(len(data).to_bytes(8, "little") + data, digest_size=16)
    old = replace(heard, media=replace(heard.media, fingerprint=digest.hexdigest()))
    with pytest.raises(InputError, match="an older vidtag looked at too little of it to tell"):
        media_of(old)
    path = tmp_path / "talk.vidtag.json"
    path.write_text(documents.to_json(old), encoding="utf-8")
    (note,) = find_earlier(path, heard.media, Config()).notes
    assert note == "listened again (file: an older vidtag looked at too little of it to tell)"
    changed = replace(heard, media=replace(heard.media, fingerprint="0" * 32))
    with pytest.raises(InputError, match="its content changed"):
        media_of(changed)


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
