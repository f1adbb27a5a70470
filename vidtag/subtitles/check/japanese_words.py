"""Words of Japanese that go across a line break."""

from __future__ import annotations

from vidtag.core.wordbreaks import japanese_tagger


def word_across(before: str, after: str) -> str | None:
    """The word of the dictionary that begins in one text and goes on in the next, if there is one.

    Args:
        before, after: texts without white space, neither empty.
    """
    end = 0
    for word in japanese_tagger()(before + after):
        start, end = end, end + len(word.surface)
        if start < len(before) < end:
            return None if word.is_unk else str(word.surface)
    return None
