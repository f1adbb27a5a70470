"""Where words of Chinese and phrases of Japanese end; what finds them is loaded when first needed.

Put together, the pieces are the text again.
"""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import Any

from vidtag.core.cache_folder import cache_folder


def chinese_words(text: str, *, unknown: bool = False) -> list[str]:
    """Words of a Mandarin or Cantonese text, by jieba.

    Args:
        unknown: also guess words that its dictionary lacks, by a model that learned from Mandarin;
            Cantonese particles mislead it.
    """
    words: list[str] = _jieba().lcut(text, HMM=unknown)
    return words


def japanese_phrases(text: str) -> list[str]:
    """Phrases (bunsetsu) of a Japanese text, by BudouX."""
    phrases: list[str] = _budoux().parse(text)
    return phrases


@cache
def _jieba() -> Any:
    import jieba

    jieba.setLogLevel(logging.CRITICAL)  # without a cache it works as well
    tokenizer = jieba.Tokenizer()
    # Its default is a file in the shared temporary folder, which another user could have put there.
    tokenizer.tmp_dir = str(cache_folder() or os.devnull)
    return tokenizer


@cache
def _budoux() -> Any:
    import budoux

    return budoux.load_default_japanese_parser()
