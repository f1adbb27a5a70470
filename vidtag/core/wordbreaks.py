"""Where words of Chinese and phrases of Japanese end; what finds them is loaded when first needed.

Put together, the pieces are the text again.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import warnings
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
    plain = simplified(text)
    pieces = _jieba().lcut(plain, HMM=True) if unknown else _cantonese().lcut(plain, HMM=False)
    words, start = [], 0
    for piece in pieces:
        words.append(text[start : start + len(piece)])
        start += len(piece)
    return words


def simplified(text: str) -> str:
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


def japanese_words(text: str) -> list[tuple[str, str]]:
    """Words of a Japanese text, each with its part of speech and form, by MeCab's IPA dictionary.

    White space stays with the word after it.
    """
    words, end = [], 0
    for word in japanese_tagger()(text.encode("utf-8", "replace").decode()):
        start, end = end, end + len(word.white_space) + len(word.surface)
        kind, detail, *_, form = word.feature[:6]
        words.append((text[start:end], f"{kind},{detail},{form}".removesuffix(",*")))
    if end < len(text):
        words.append((text[end:], "記号,空白"))
    return words


def japanese_phrases(text: str) -> list[str]:
    """Phrases (bunsetsu) of a Japanese text: words with the particles, endings and dependent words
    that lean on them.
    """
    phrases: list[str] = []
    before, kind_before = "", ""
    for word, kind in japanese_words(text):
        if phrases and _leans(word, kind, before, kind_before):
            phrases[-1] += word
        else:
            phrases.append(word)
        before, kind_before = word, kind
    return phrases


_LEANING = re.compile("助詞|助動詞|[^,]*,(?:非自立|接尾)|記号(?!,括弧開)")
_LEADING = re.compile("接頭詞|記号,括弧開")
_LOAN = re.compile("[ァ-ヺー]+|[A-Za-z0-9.'’-]+")


def _leans(word: str, kind: str, before: str, kind_before: str) -> bool:
    """Whether a Japanese word belongs to the phrase of the word before it."""
    if _LEANING.match(kind) or _LEADING.match(kind_before):
        return True
    if kind_before.startswith("名詞,数"):
        return kind.startswith("名詞")
    if kind_before.startswith("名詞,サ変接続"):
        return kind.startswith("動詞") and word[0] in "しさすせで"
    # A name or foreign word that the dictionary lacks comes in pieces.
    loan, loan_before = _LOAN.fullmatch(word), _LOAN.fullmatch(before)
    return bool(loan and loan_before) and word[0].isascii() == before[0].isascii()


@cache
def _jieba() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks setuptools, if that is there, which then warns
        import jieba
    jieba.setLogLevel(logging.CRITICAL)  # without a cache it works as well
    tokenizer = jieba.Tokenizer()
    # Its default is a file in the shared temporary folder, which another user could have put there.
    tokenizer.tmp_dir = str(cache_folder() or os.devnull)
    return tokenizer


@cache
def _cantonese() -> Any:
    known = _jieba()
    tokenizer = type(known)()
    known.initialize()
    tokenizer.FREQ, tokenizer.total = dict(known.FREQ), known.total
    tokenizer.initialized = True
    for word in CANTONESE_WORDS:
        tokenizer.add_word(simplified(word))
    return tokenizer


@cache
def _opencc(conversion: str) -> Any:
    import opencc

    return opencc.OpenCC(conversion)


_OWN = threading.local()


def japanese_tagger() -> Any:
    """MeCab with the IPA dictionary, each thread's own: the words it finds are read out of it."""
    if not hasattr(_OWN, "tagger"):
        import fugashi
        import ipadic

        _OWN.tagger = fugashi.GenericTagger(ipadic.MECAB_ARGS)
    return _OWN.tagger
