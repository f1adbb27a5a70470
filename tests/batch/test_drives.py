"""Drives and separators of Windows in the inputs of a batch, by Python's own rules for them."""

from __future__ import annotations

import ntpath
from pathlib import PureWindowsPath
from types import SimpleNamespace

import pytest

from vidtag.batch import inputs, plan
from vidtag.transcripts import of_media


@pytest.fixture(autouse=True)
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    system = SimpleNamespace(path=ntpath, sep="\\")
    for module in (inputs, of_media):
        monkeypatch.setattr(module, "os", system)
    for module in (inputs, plan):
        monkeypatch.setattr(module, "Path", PureWindowsPath)
        monkeypatch.setattr(module, "PurePath", PureWindowsPath)


@pytest.mark.parametrize(
    ("pattern", "split"),
    [
        ("C:\\*.mp4", ("C:\\", "*.mp4")),
        ("C:/videos/**/*.mp4", ("C:\\videos", "**/*.mp4")),
        ("\\\\nas\\talks\\2024\\*.mov", ("\\\\nas\\talks\\2024", "*.mov")),
        ("\\\\?\\C:\\videos\\*.mp4", ("\\\\?\\C:\\videos", "*.mp4")),
        ("*.mp4", (".", "*.mp4")),
    ],
)
def test_a_pattern_begins_in_its_drive(pattern: str, split: tuple[str, str]) -> None:
    assert inputs._split(PureWindowsPath(pattern)) == split


@pytest.mark.parametrize(
    ("output", "reached"),
    [
        ("D:\\results", False),
        ("C:\\Videos\\results", True),
        ("C:\\results", False),
        ("C:\\videos", True),
        ("s3://bucket/videos", False),
    ],
)
def test_an_output_folder_on_another_drive_is_not_among_the_inputs(
    output: str, reached: bool
) -> None:
    assert inputs.Root("C:\\videos", None, ()).reaches(output) is reached


def test_a_list_may_name_files_of_several_drives() -> None:
    paths = ("C:\\a\\b\\1.mp4", "c:\\a\\2.mp4", "D:\\3.mp4")
    found = inputs._common_folders(paths)
    assert {drive: one.lower() for drive, one in found.items()} == {"c:": "c:\\a", "d:": "d:\\"}


@pytest.mark.parametrize(
    ("path", "root", "inside"),
    [
        ("C:\\out\\talk", "C:\\out", True),
        ("c:\\OUT\\talk", "C:\\out", True),
        ("C:\\talk", "C:\\", True),
        ("C:\\outside", "C:\\out", False),
        ("D:\\out\\talk", "C:\\out", False),
        ("s3://b/out/talk", "s3://b/out", True),
    ],
)
def test_what_is_inside_a_folder(path: str, root: str, inside: bool) -> None:
    assert plan._pure(path).is_relative_to(plan._pure(root)) is inside


@pytest.mark.parametrize(
    ("video", "transcript"),
    [
        ("C:\\videos\\talk.mp4", "C:\\videos\\talk.srt"),
        ("talk.mp4", "talk.srt"),
        ("s3://bucket/in/talk.mp4", "s3://bucket/in/talk.srt"),
    ],
)
def test_a_transcript_lies_beside_its_video(video: str, transcript: str) -> None:
    assert of_media.transcript_path("{stem}.srt", video) == transcript
