"""Where sentences and clauses end, by their punctuation."""

_SENTENCE_ENDS = tuple(".?!…。？！｡")
_CLAUSE_ENDS = (*_SENTENCE_ENDS, *",;:，、；：")
_CLOSING_MARKS = "\"'”’)）」』】"
"""Marks that may stand after the one that ends a sentence or a clause."""


def ends_sentence(text: str) -> bool:
    """Whether a sentence ends with a text, such as a word."""
    return text.rstrip(_CLOSING_MARKS).endswith(_SENTENCE_ENDS)


def ends_clause(text: str) -> bool:
    """Whether a clause ends with a text, or a sentence does."""
    return text.rstrip(_CLOSING_MARKS).endswith(_CLAUSE_ENDS)
