"""What is printed for people is text, whatever is in names, transcripts and messages.

A name may hold any byte but NUL and ``/``: escape sequences in it would colour, move over or
rewrite what a terminal shows, or reach its clipboard.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import IO, Any

import typer
from rich.console import Console
from rich.segment import Segment
from rich.text import Text

from vidtag.core.addresses import without_passwords

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters but tab and line end, and those that turn the direction of writing."""


def printable(text: str) -> str:
    """A text with a visible stand-in for every control character: ESC becomes ``\\x1b``; and
    without the passwords of addresses.
    """
    shown = _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    return without_passwords(shown)


def say(text: object = "", *, err: bool = False) -> None:
    """Print a line for people or other programs; control characters in it do nothing."""
    typer.echo(printable(str(text)), err=err)


def json_for(stream: IO[str] | None, value: object, *, indent: int | None = None) -> str:
    """A value as JSON that a stream can hold: what its encoding lacks is escaped as JSON has it."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    is_unicode = encoding.lower().startswith("utf")
    return json.dumps(value, ensure_ascii=not is_unicode, indent=indent)


class PlainConsole(Console):
    """A console of Rich's whose texts do nothing but be shown; its own styles still do."""

    def render_str(self, text: str, **options: Any) -> Text:
        """A text before it is broken into lines, which may part a password in two."""
        return super().render_str(without_passwords(text), **options)

    def _render_buffer(self, buffer: Iterable[Segment]) -> str:
        return super()._render_buffer(map(_shown, buffer))


def _shown(segment: Segment) -> Segment:
    return segment if segment.control else segment._replace(text=printable(segment.text))


def terminal_console(*, stderr: bool = False, **options: Any) -> Console:
    """A console for people, on standard output or error."""
    return PlainConsole(stderr=stderr, highlight=False, **options)
