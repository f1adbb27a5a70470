"""Which places between words a tagger of the language calls inside a phrase.

None of these taggers is a part of vidtag: ``pip install HanTa janome kiwipiepy pycantonese``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from vidtag.core.records import Language, Word


def inside_phrases(words: Sequence[Word], language: Language) -> frozenset[int]:
    """Numbers of the words after which neither a cue nor a line should end."""
    found: set[int] = set()
    first = 0
    for number, word in enumerate(words):
        if word.text[-1] in ".?!。？！" or number - first > 80 or number == len(words) - 1:
            sentence = words[first : number + 1]
            for place in _INSIDE[language](sentence):
                if sentence[place].text[-1].isalnum():
                    found.add(first + place)
            first = number + 1
    return frozenset(found)


def _english(words: Sequence[Word]) -> Iterator[int]:
    texts = [word.text.strip(_PUNCTUATION) or "-" for word in words]
    tags = [tag for _, _, tag in _hanta().tag_sent(texts)]
    for number, (a, b) in enumerate(pairwise(tags)):
        noun, verb = b[0] == "N", b[0] == "V"
        if (
            (a in ("AT0", "DPS", "DT0") and (noun or b.startswith("AJ")))
            or (a.startswith("AJ") and noun)
            or ((a == "VM0" or texts[number].lower() in _AUXILIARIES) and verb)
            or (a in ("PRP", "PRF") and (noun or b in ("AT0", "DPS", "DT0", "PNP", "AJ0", "CRD")))
            or (a == "PNP" and verb and texts[number].lower() not in _OBJECTS)
            or (a == "CRD" and noun)
            or (a == "TO0" and verb)
        ):
            yield number


_PUNCTUATION = "\"'“”‘’.,?!;:()[]-–—…"
_AUXILIARIES = frozenset(
    [
        "am",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "has",
        "have",
        "had",
        "do",
        "does",
        "did",
    ]
)
_OBJECTS = frozenset(["me", "him", "her", "us", "them", "you", "it"])


@cache
def _hanta() -> Any:
    from HanTa import HanoverTagger

    return HanoverTagger.HanoverTagger("morphmodel_en.pgz")


def _japanese(words: Sequence[Word]) -> Iterator[int]:
    tokens = [(t.surface, t.part_of_speech.split(",")) for t in _janome().tokenize(_joined(words))]
    yield from _between(words, (surface for surface, _ in tokens))
    edge = 0
    for (surface, _), (_, following) in pairwise(tokens):
        edge += len(surface)
        dependent = following[0] in ("助詞", "助動詞") or following[1] in ("非自立", "接尾")
        if dependent:
            yield from _at(words, edge)


@cache
def _janome() -> Any:
    from janome.tokenizer import Tokenizer

    return Tokenizer()


def _chinese(words: Sequence[Word]) -> Iterator[int]:
    tokens = [(t.word, t.flag) for t in _jieba().cut(_joined(words))]
    yield from _between(words, (word for word, _ in tokens))
    edge = 0
    for (word, flag), (_, following) in pairwise(tokens):
        edge += len(word)
        if (
            (following.startswith("u") and following != "uj")
            or following in ("uj", "y", "f")
            or (flag in ("m", "p") and following[:1] in ("q", "n", "r"))
        ):
            yield from _at(words, edge)


@cache
def _jieba() -> Any:
    import jieba
    import jieba.posseg

    # Its cache would lie under a name that anybody may have put there before.
    with tempfile.TemporaryDirectory() as folder:
        jieba.dt.tmp_dir = folder
        jieba.initialize()
    return jieba.posseg


def _cantonese(words: Sequence[Word]) -> Iterator[int]:
    import pycantonese

    pieces = pycantonese.segment(_joined(words))
    yield from _between(words, pieces)
    edge = 0
    for before, after in pairwise(pieces):
        edge += len(before)
        if after[0] in "嘅咗緊過喇啦呀㗎喎囉咩吖噃":
            yield from _at(words, edge)


def _korean(words: Sequence[Word]) -> Iterator[int]:
    text = " ".join(word.text for word in words)
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word.text) + 1)
    first: dict[int, str] = {}
    last: dict[int, str] = {}
    number = 0
    for token in _kiwi().tokenize(text):
        while token.start >= starts[number + 1]:
            number += 1
        first.setdefault(number, token.tag)
        if not token.tag.startswith("S"):
            last[number] = token.tag
    for number in range(len(words) - 1):
        before, after = last.get(number, ""), first.get(number + 1, "")
        if (
            after in ("NNB", "VX")
            or before in ("MM",)
            or (before in ("NR", "SN") and after == "NNG")
        ):
            yield number


@cache
def _kiwi() -> Any:
    from kiwipiepy import Kiwi

    return Kiwi(num_workers=1)


def _joined(words: Sequence[Word]) -> str:
    return "".join(word.text for word in words)


def _between(words: Sequence[Word], pieces: Iterable[str]) -> Iterator[int]:
    """Places between words that no piece begins at."""
    edges = {0}
    edge = 0
    for piece in pieces:
        edge += len(piece)
        edges.add(edge)
    edge = 0
    for number, word in enumerate(words[:-1]):
        edge += len(word.text)
        if edge not in edges:
            yield number


def _at(words: Sequence[Word], edge: int) -> Iterator[int]:
    """The word that ends at a character."""
    count = 0
    for number, word in enumerate(words):
        count += len(word.text)
        if count >= edge:
            if count == edge:
                yield number
            return


_INSIDE: dict[Language, Callable[[Sequence[Word]], Iterator[int]]] = {
    Language.EN: _english,
    Language.JA: _japanese,
    Language.ZH: _chinese,
    Language.YUE: _cantonese,
    Language.KO: _korean,
}
