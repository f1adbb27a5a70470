import errno
import pickle

import pytest

from vidtag.core import errors


def tree(root: type[errors.VidtagError]) -> list[type[errors.VidtagError]]:
    return [root, *(e for child in root.__subclasses__() for e in tree(child))]


@pytest.mark.parametrize("kind", tree(errors.VidtagError))
def test_every_error_survives_pickling(kind):
    error = kind("it broke", path="a.mp4", remedy="mend it")
    error.__dict__["extra"] = ("kept",)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert str(copy) == str(error) == "a.mp4: it broke. Mend it"
    assert copy.__dict__ == error.__dict__


def test_exit_codes_tell_mistakes_from_failed_work():
    assert errors.InputError("x").exit_code == 2
    assert errors.MediaError("x").exit_code == 1


def test_config_error_names_the_line():
    assert str(errors.ConfigError("bad", path="a.yaml", line=3)) == "a.yaml:3: bad"


def test_what_the_system_refuses_is_no_bug_of_vidtag() -> None:
    error = PermissionError(errno.EACCES, "Permission denied", "/locked/a.mp4")
    known = errors.machine_error(error)
    assert isinstance(known, errors.UserError)
    assert str(known).startswith("/locked/a.mp4: cannot be used (Permission denied)")
    assert errors.machine_error(PermissionError("a lock of Python's own")) is None
    assert errors.machine_error(FileNotFoundError(errno.ENOENT, "No such file", "internal")) is None
