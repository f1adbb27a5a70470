import errno
import os
import stat

import pytest

from vidtag import files
from vidtag.core.errors import OutputError


def test_a_file_appears_whole(tmp_path):
    target = tmp_path / "new" / "a.srt"
    files.write_text(target, "line\r\nline\n")
    assert target.read_bytes() == b"line\r\nline\n"
    assert [p.name for p in target.parent.iterdir()] == ["a.srt"]


def test_permissions_are_the_usual_ones(tmp_path):
    files.write_text(tmp_path / "a", "x")
    (tmp_path / "b").write_text("x")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE(
        (tmp_path / "b").stat().st_mode
    )


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("bad"), SystemExit(3)])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, error):
    target = tmp_path / "a.srt"
    target.write_text("old")
    with pytest.raises(type(error)), files.replacing(target) as partial:
        assert partial.suffix == ".srt"
        partial.write_text("half")
        raise error
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_an_output_error(tmp_path):
    with pytest.raises(OutputError, match="No space left"), files.replacing(tmp_path / "a"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert not list(tmp_path.iterdir())


def test_an_unrelated_os_error_keeps_its_meaning(tmp_path):
    with pytest.raises(FileNotFoundError), files.replacing(tmp_path / "a"):
        (tmp_path / "absent").read_bytes()


def test_a_file_in_the_way_of_a_folder_is_an_output_error(tmp_path):
    (tmp_path / "a").write_text("x")
    with pytest.raises(OutputError, match="cannot write here"):
        files.write_text(tmp_path / "a" / "b.srt", "x")
    with pytest.raises(OutputError):
        files.check_writable(tmp_path / "a" / "b" / "x.json")


def test_checking_leaves_nothing(tmp_path):
    files.check_writable(tmp_path / "out" / "x.json")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_name_that_is_too_long_is_found_out_before_the_work(tmp_path):
    with pytest.raises(OutputError, match="shorter name"):
        files.check_writable(tmp_path / ("n" * 300))


def test_what_a_killed_run_left_is_swept_up_and_what_is_being_written_stays(tmp_path):
    (tmp_path / f"{files.PARTIAL_PREFIX}0123456789abcdef.mp4").write_text("half")
    (tmp_path / "mine.mp4").write_text("whole")
    with files.replacing(tmp_path / "new.mp4") as partial:
        partial.write_text("being written")
        files.sweep(tmp_path)
        assert sorted(p.name for p in tmp_path.iterdir()) == sorted([partial.name, "mine.mp4"])
    assert (tmp_path / "new.mp4").read_text() == "being written"
    files.sweep(tmp_path / "absent")


def test_the_remedy_for_a_full_disk_is_room(tmp_path):
    with (
        pytest.raises(OutputError, match="Free some space"),
        files.replacing(tmp_path / "a") as partial,
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(partial))
