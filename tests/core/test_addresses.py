"""Addresses are told from paths, and their passwords are not shown."""

from __future__ import annotations

import io

import pytest
from rich.table import Table

from vidtag.core.addresses import without_passwords
from vidtag.core.terminal import PlainConsole, say


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://ana:s3cr:t@host/a.mp4", "http://ana@host/a.mp4"),
        ("ftp://:only@host", "ftp://@host"),
        ("https://ana:se@cret@host:8080/b", "https://ana@host:8080/b"),
        ("cannot read http://a:b@h/1, nor simplecache::http://c:d@h/2",
         "cannot read http://a@h/1, nor simplecache::http://c@h/2"),
        ('{"a": "http://a:b@h/1", "mail": "c@d"}', '{"a": "http://a@h/1", "mail": "c@d"}'),
        ("http://host:8080/who@home", "http://host:8080/who@home"),
        ("s3://shows/day 1/talk: a@b.mp4", "s3://shows/day 1/talk: a@b.mp4"),
        ("at 12:30 ask ana@host", "at 12:30 ask ana@host"),
    ],
)  # fmt: skip
def test_passwords_are_taken_out_and_nothing_else(text: str, shown: str) -> None:
    assert without_passwords(text) == shown


def test_none_is_printed_also_where_lines_are_broken(capsys: pytest.CaptureFixture[str]) -> None:
    address = "http://ana:long-and-secret-word@host/talk.mp4"
    say(f"{address}: is gone", err=True)
    assert capsys.readouterr().err == "http://ana@host/talk.mp4: is gone\n"
    said = io.StringIO()
    console = PlainConsole(file=said, width=24)
    table = Table("video")
    table.add_row(address)
    console.print(table)
    console.print(f"Video {address}")
    text = "".join(said.getvalue().split())
    assert "secret" not in text
    assert "long-" not in text
