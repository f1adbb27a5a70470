"""Queries as tokens, and errors that point at a place in the query."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vidtag.core.errors import UserError
from vidtag.core.text_width import columns

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<string>["“](?P<text>[^"”]*)["”])
      | (?P<open>\() | (?P<close>\))
      | (?P<compare>>=|<=|>|<|≥|≤)
      | (?P<number>\d+(?:\.\d+)?)
        (?:\s*(?P<unit>(?:ms|sec|s|min|m|h)(?![a-z:])|%)|(?P<junk>[a-z]+))?
      | (?P<field>[a-z]+):(?P<value>[^\s()"“<>≥≤]*)
      | (?P<word>[^\s()"“<>≥≤:]+)""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query.

    Attributes:
        kind: ``string``, ``open``, ``close``, ``compare``, ``number``, ``field`` or ``word``.
        text: as it stands in the query, from the character at ``place`` on.
        value: what is in the quotes, the unit of the number, or the value of the field.
    """

    kind: str
    text: str
    place: int
    value: str = ""


def tokens_of(query: str) -> Iterator[Token]:
    """The tokens of a query.

    Raises:
        UserError: something in it is no token.
    """
    place = 0
    while place < len(query):
        match = _TOKEN.match(query, place)
        if match is None:
            character = query[place]
            problem = "the quotes are not closed" if character in '"“' else None
            raise query_error(query, problem or f"{character!r} is not understood here", place)
        kind = match.lastgroup or ""
        if match["number"] is not None:
            unit = (match["unit"] or match["junk"] or "").lower()
            yield Token("number", match[0], place, unit)
        elif match["field"] is not None:
            yield Token("field", match[0], place, match["value"])
        elif match["string"] is not None:
            yield Token("string", match[0], place, match["text"])
        elif kind != "space":
            yield Token(kind, match[0], place)
        place = match.end()


def query_error(query: str, problem: str, place: int, advice: str = "") -> UserError:
    """An error that shows the query, and points at a place in it."""
    shown = query.replace("\n", " ").replace("\t", " ")
    return UserError(
        f"query: {problem}{f'; {advice}' if advice else ''}\n"
        f"  {shown}\n  {' ' * columns(query[:place])}^"
    )
