"""XML as a small tree that knows its lines; damaged XML keeps what stands before the damage."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

DEEPEST = 200
"""Elements within elements beyond which a file is refused."""


class TooDeepError(ValueError):
    """Elements lie deeper within each other than ``DEEPEST``."""


@dataclass(slots=True)
class Element:
    """An element under its local name: subtitle files differ in the namespaces of their editions.

    Attributes:
        attributes: under local names.
        line: counted from 1.
        content: text and elements in order.
    """

    name: str
    attributes: dict[str, str]
    line: int
    content: list[Element | str] = field(default_factory=list)

    @property
    def children(self) -> list[Element]:
        """The elements in it."""
        return [each for each in self.content if isinstance(each, Element)]


def parse(text: str) -> tuple[Element | None, tuple[int, str] | None]:
    """The root, and line and cause of the first damage.

    Raises:
        TooDeepError: elements lie too deep within each other.
    """
    # The text is decoded already, whatever its declaration says.
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.buffer_text = True
    open_: list[Element] = []
    roots: list[Element] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_) >= DEEPEST:
            raise TooDeepError
        local = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        element = Element(name.rpartition(" ")[2], local, parser.CurrentLineNumber)
        if open_:
            open_[-1].content.append(element)
        else:
            roots.append(element)
        open_.append(element)

    def end(_name: str) -> None:
        open_.pop()

    def characters(data: str) -> None:
        if open_:
            open_[-1].content.append(data)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    damage = None
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        damage = (error.lineno, expat.errors.messages.get(error.code, str(error)))
    return (roots[0] if roots else None), damage
