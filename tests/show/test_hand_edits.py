from __future__ import annotations

import hashlib

import pytest

from vidtag.core.errors import OutputError
from vidtag.show.hand_edits import write_unless_edited

OLD, NEW = "1\n00:00:00,000 --> 00:00:01,000\nold\n\n", "1\n00:00:00,000 --> 00:00:01,000\nnew\n\n"


def test_what_we_wrote_is_written_over(tmp_path):
    path = tmp_path / "talk.srt"
    for text in (OLD, NEW, OLD):
        assert write_unless_edited(path, text.encode())
        assert path.read_bytes() == text.encode()


def test_what_was_edited_by_hand_stays(tmp_path):
    path = tmp_path / "talk.srt"
    write_unless_edited(path, OLD.encode())
    path.write_text(OLD.replace("old", "mine"))
    for _ in range(2):
        assert not write_unless_edited(path, NEW.encode())
        assert "mine" in path.read_text()
    assert write_unless_edited(path, NEW.encode(), overwrite=True)
    assert path.read_text() == NEW
    assert write_unless_edited(path, OLD.encode())


def test_a_file_of_unknown_origin_counts_as_edited(tmp_path):
    path = tmp_path / "talk.srt"
    path.write_text("by another program")
    assert not write_unless_edited(path, NEW.encode())
    assert path.read_text() == "by another program"


def test_an_editor_that_only_changes_line_ends_has_not_edited(tmp_path):
    path = tmp_path / "talk.srt"
    write_unless_edited(path, OLD.encode())
    path.write_bytes(b"\xef\xbb\xbf" + OLD.rstrip().replace("\n", "\r\n").encode())
    assert write_unless_edited(path, NEW.encode())


def test_being_stopped_between_note_and_file_is_no_edit(tmp_path, monkeypatch):
    from vidtag import files

    path = tmp_path / "talk.srt"
    write_unless_edited(path, OLD.encode())
    whole = files.write_bytes

    def stopped(target: object, data: bytes) -> None:
        if target == path:
            raise KeyboardInterrupt
        whole(target, data)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_bytes", stopped)
        with pytest.raises(KeyboardInterrupt):
            write_unless_edited(path, NEW.encode())
    assert path.read_text() == OLD
    assert write_unless_edited(path, NEW.encode())


def test_a_folder_in_its_place_is_one_clear_error(tmp_path):
    path = tmp_path / "talk.srt"
    path.mkdir()
    with pytest.raises(OutputError, match="cannot be written over"):
        write_unless_edited(path, NEW.encode())


def test_notes_are_not_taken_for_subtitles(tmp_path):
    write_unless_edited(tmp_path / "talk.srt", OLD.encode())
    assert list(tmp_path.rglob("*.srt")) == [tmp_path / "talk.srt"]


def test_notes_of_earlier_versions_are_still_read(tmp_path):
    path, note = tmp_path / "talk.srt", tmp_path / ".vidtag-wrote-talk.srt"
    path.write_text(OLD)
    note.write_text(hashlib.sha256(OLD.rstrip().encode()).hexdigest() + "\n")
    assert write_unless_edited(path, NEW.encode())
    assert not note.exists()
    assert write_unless_edited(path, OLD.encode())
