"""Names that Windows refuses, and what is an address and no path."""

from __future__ import annotations

import ntpath
from pathlib import PureWindowsPath
from types import SimpleNamespace

import pytest

from vidtag.core.addresses import is_address
from vidtag.core.file_names import usable_name
from vidtag.core.settings import yaml_file


@pytest.mark.parametrize(
    ("name", "usable"),
    [
        ("talk.mp4", "talk.mp4"),
        ("aux.mp4", "_aux.mp4"),
        ("CON", "_CON"),
        ("nul.vidtag.json", "_nul.vidtag.json"),
        ("Com1", "_Com1"),
        ("LPT².srt", "_LPT².srt"),
        ("con .txt", "_con .txt"),
        ("CONOUT$", "_CONOUT$"),
        ("console", "console"),
        ("com", "com"),
        ("com10", "com10"),
        ("my aux.mp4", "my aux.mp4"),
        ("talk.", "talk_"),
        ("talk ", "talk_"),
        (" ", "_"),
        ('Q: who? <a|b> "c" *\\d\t', "Q_ who_ _a_b_ _c_ __d_"),
        ("笑い：1", "笑い：1"),
    ],
)
def test_windows_can_have_every_name_that_is_made(name: str, usable: str) -> None:
    assert usable_name(name, on_windows=True) == usable
    assert usable_name(usable, on_windows=True) == usable
    assert usable_name(name, on_windows=False) == name


@pytest.mark.parametrize(
    "path",
    [
        *("C:\\videos", "C:/videos", "C://videos", "c:talk.mp4", "\\\\nas\\talks", "//nas/talks"),
        *("talk.mp4", "/home/a://b", "a b://c", "~/talk.mp4", "", "://"),
    ],
)
def test_a_drive_is_no_address(path: str) -> None:
    assert not is_address(path)


@pytest.mark.parametrize(
    "address", ["s3://b/in", "https://a.example/b", "file:///a", "simplecache::s3://b", "ABFS://c"]
)
def test_an_address_begins_with_a_scheme(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("D:\\talks\\*.mp4", "D:\\talks\\*.mp4"),
        ("D:/talks/a.mp4", "D:\\talks\\a.mp4"),
        ("D://talks", "D:\\talks"),
        ("@D:\\list.txt", "@D:\\list.txt"),
        ("\\\\nas\\share\\talks", "\\\\nas\\share\\talks"),
        ("//nas/share/talks", "\\\\nas\\share\\talks"),
        ("talks\\a.mp4", "C:\\settings\\talks\\a.mp4"),
        ("..\\a.mp4", "C:\\a.mp4"),
        ("\\talks", "C:\\talks"),
        ("s3://bucket/in", "s3://bucket/in"),
    ],
)
def test_paths_of_windows_in_a_settings_file(
    written: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_file, "os", SimpleNamespace(path=ntpath))
    folder: object = PureWindowsPath("C:\\settings")
    assert yaml_file._anchored(written, folder) == path  # type: ignore[arg-type]
