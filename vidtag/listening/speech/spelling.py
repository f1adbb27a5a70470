"""Words of a transcript in the pieces of a model's vocabulary."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

_SPACE = "▁"


class Speller:
    """Spells words in pieces.

    Args:
        tokenizer: the model's SentencePiece.
        pieces: the vocabulary, by id.
    """

    def __init__(self, tokenizer: Any, pieces: Sequence[str]) -> None:
        self._tokenizer = tokenizer
        self._pieces = pieces
        self._ids = {piece: number for number, piece in enumerate(pieces)}
        self._unknown = int(tokenizer.unk_id())
        self.spelled = lru_cache(maxsize=65536)(self._spelled)
        self.silent = tuple(
            number for number, piece in enumerate(pieces) if piece and not _is_spoken(piece)
        )
        """Ids of signs that are not spoken."""

    def _spelled(self, word: str, spaced: bool) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Ids of a word's pieces, each with those it may be heard as; none if it cannot be spelled.

        Args:
            spaced: whether a space stands before the word.
        """
        letters = "".join(c for c in unicodedata.normalize("NFKC", word) if _is_letter(c))
        tried = dict.fromkeys((letters, letters.lower(), letters.capitalize()))
        ways = [self._encoded(text, spaced) for text in tried]
        known = [way for way in ways if way and self._unknown not in way]
        if not known:
            return ()
        return tuple((number, self._others(number)) for number in min(known, key=len))

    def _encoded(self, text: str, spaced: bool) -> list[int]:
        """Ids of a word in the middle of a text, without those of signs."""
        before = self._tokenizer.encode_as_ids(".")
        whole = self._tokenizer.encode_as_ids(f". {text}" if spaced else f".{text}")
        ids = whole[len(before) :] if whole[: len(before)] == before else whole
        return [number for number in ids if _is_spoken(self._pieces[number])]

    def _others(self, number: int) -> tuple[int, ...]:
        """The same piece in other cases, and with or without a space before it."""
        piece = self._pieces[number].removeprefix(_SPACE)
        texts = {piece, piece.lower(), piece.upper(), piece.capitalize()}
        spellings = (mark + text for text in texts for mark in ("", _SPACE))
        found = {self._ids[spelling] for spelling in spellings if spelling in self._ids}
        return tuple(sorted(found - {number}))


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN" or character in "'’-.%"


def _is_spoken(piece: str) -> bool:
    """Whether a piece has letters or figures, or is one of the vocabulary's tags."""
    return any(unicodedata.category(c)[0] in "LMN" for c in piece)
