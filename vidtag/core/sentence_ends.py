"""Where sentences end, by their punctuation."""

_ENDS = tuple(".?!…。？！｡")
CLOSING_MARKS = "\"'”’)）」』】"
"""Marks that may stand after the one that ends a sentence or a clause."""


def ends_sentence(text: str) -> bool:
    """Whether a sentence ends with a text, such as a word."""
    return text.rstrip(CLOSING_MARKS).endswith(_ENDS)
