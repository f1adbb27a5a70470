"""Where words of Chinese and phrases of Japanese end; what finds them is loaded when first needed.

Put together, the pieces are the text again.
"""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import Any

from vidtag.core.cache_folder import cache_folder
from vidtag.core.cantonese import CANTONESE_WORDS


def chinese_words(text: str, *, unknown: bool = False) -> list[str]:
    """Words of a Mandarin or Cantonese text, by jieba, which knows them simplified.

    Args:
        unknown: Mandarin, so also guess words that its dictionary lacks, by a model that learned
            from Mandarin; without it Cantonese, whose particles mislead that model.
    """
    simplified = _simplified(text)
    pieces = (
        _jieba().lcut(simplified, HMM=True) if unknown else _cantonese().lcut(simplified, HMM=False)
    )
    words, start = [], 0
    for piece in pieces:
        words.append(text[start : start + len(piece)])
        start += len(piece)
    return words


def _simplified(text: str) -> str:
    """A Chinese text in simplified characters, one for each."""
    converter = _opencc("t2s")
    converted: str = converter.convert(text)
    return (
        converted
        if len(converted) == len(text)
        else "".join(one if len(one := converter.convert(char)) == 1 else char for char in text)
    )


def chinese_in(text: str, *, traditional: bool, cantonese: bool) -> str:
    """A Chinese text in simplified characters, or in traditional ones as Taiwan has them, for
    Cantonese as Hong Kong does. By phrases, as one character may stand for several.
    """
    converted: str = _opencc(("s2hk" if cantonese else "s2tw") if traditional else "t2s").convert(
        text
    )
    return converted


def japanese_phrases(text: str) -> list[str]:
    """Phrases (bunsetsu) of a Japanese text, by BudouX."""
    phrases: list[str] = _budoux().parse(text)
    return phrases


_FEATURES = {
    **{f"UW{number + 1}": (number - 3, number - 2) for number in range(6)},
    **{f"BW{number + 1}": (number - 2, number) for number in range(3)},
    **{f"TW{number + 1}": (number - 3, number) for number in range(4)},
}
"""Which characters around a place each group of BudouX's weights looks at."""


def japanese_cuts(text: str) -> list[float]:
    """How sure BudouX is that a phrase of a Japanese text begins at each character: above 0 where
    it parts phrases; the best place inside a phrase has the highest score.
    """
    model = _budoux().model
    least = -sum(sum(group.values()) for group in model.values()) / 2
    scores = []
    for place in range(len(text)):
        score = least
        for name, (first, last) in _FEATURES.items():
            if place + first >= 0 and place + last <= len(text):
                score += model.get(name, {}).get(text[place + first : place + last], 0)
        scores.append(score)
    return scores


@cache
def _jieba() -> Any:
    import jieba

    jieba.setLogLevel(logging.CRITICAL)  # without a cache it works as well
    tokenizer = jieba.Tokenizer()
    # Its default is a file in the shared temporary folder, which another user could have put there.
    tokenizer.tmp_dir = str(cache_folder() or os.devnull)
    return tokenizer


@cache
def _cantonese() -> Any:
    import jieba

    known, tokenizer = _jieba(), jieba.Tokenizer()
    known.initialize()
    tokenizer.FREQ, tokenizer.total = dict(known.FREQ), known.total
    tokenizer.initialized = True
    for word in CANTONESE_WORDS:
        tokenizer.add_word(_simplified(word))
    return tokenizer


@cache
def _opencc(conversion: str) -> Any:
    import opencc

    return opencc.OpenCC(conversion)


@cache
def _budoux() -> Any:
    import budoux

    return budoux.load_default_japanese_parser()
