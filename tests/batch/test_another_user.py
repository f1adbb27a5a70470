"""Folders of other users: what cannot be read is said, and a batch can be looked at by anybody."""

import os

import pytest

from tests.builders.another_user import folder_for_others, without_rights
from vidtag.batch.inputs import expand
from vidtag.batch.opening import open_ledger, read_ledger
from vidtag.core.errors import ConfigError
from vidtag.core.settings import SettingsSource
from vidtag.find.search import find

pytestmark = pytest.mark.skipif(os.name != "posix", reason="other rights")


def test_a_folder_below_the_inputs_that_cannot_be_read_is_named():
    with folder_for_others() as folder:
        shut = folder / "in" / "shut"
        shut.mkdir(parents=True)
        (folder / "in" / "a.mp4").write_text("x")
        with without_rights(shut, 0o000):
            with pytest.raises(ConfigError, match=r"shut' cannot be read .*exclude it"):
                expand([str(folder / "in")], (), SettingsSource({}, {}))
            videos, _ = expand([str(folder / "in")], ("shut",), SettingsSource({}, {}))
    assert [video.relpath for video in videos] == ["a"]


def test_a_search_tells_what_it_could_not_look_into():
    with folder_for_others() as folder:
        shut = folder / "shut"
        shut.mkdir()
        with without_rights(shut, 0o000):
            found = find("laughter", [folder], index=folder / "index")
    assert [(one.path, one.reason) for one in found.searched.damaged] == [
        (shut, "cannot be read (Permission denied)")
    ]


def test_a_batch_of_anothers_can_be_looked_at():
    with folder_for_others() as folder:
        with open_ledger(folder / "state"):
            pass
        with without_rights(folder / "state", 0o555):
            assert read_ledger(folder / "state").failures() == []
        assert not list((folder / "state").glob("*-wal"))
