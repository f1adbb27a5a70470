"""What libraries type as perhaps missing and a test knows to be there."""

from fractions import Fraction
from typing import TypeVar
from xml.etree import ElementTree

from av.frame import Frame
from av.packet import Packet
from av.stream import Stream

T = TypeVar("T")


def present(value: T | None) -> T:
    assert value is not None
    return value


def time_of(timed: Frame | Packet) -> Fraction:
    """Presentation time in seconds."""
    return present(timed.pts) * present(timed.time_base)


def duration_of(timed: Stream | Packet) -> Fraction:
    """Duration in seconds."""
    return present(timed.duration) * present(timed.time_base)


def attribute(root: ElementTree.Element, name: str, path: str = ".") -> str:
    """An attribute of the element at a path."""
    return present(present(root.find(path)).get(name))


def whole_number(root: ElementTree.Element, path: str) -> int:
    """The text of the element at a path, as an integer."""
    return int(present(root.findtext(path)))
