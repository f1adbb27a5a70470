"""Words of Japanese as MeCab finds them with the IPA dictionary; the layout has its own way."""

from __future__ import annotations

from functools import cache
from typing import Any


def word_across(before: str, after: str) -> str | None:
    """The word of the dictionary that begins in one text and goes on in the next, if there is one.

    Args:
        before, after: texts without white space, neither empty.
    """
    end = 0
    for word in _tagger()(before + after):
        start, end = end, end + len(word.surface)
        if start < len(before) < end:
            return None if word.is_unk else str(word.surface)
    return None


@cache
def _tagger() -> Any:
    import fugashi
    import ipadic

    return fugashi.GenericTagger(ipadic.MECAB_ARGS)
