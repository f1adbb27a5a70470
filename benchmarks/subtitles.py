"""How long it takes to make subtitles of ten thousand, a hundred thousand and a million words, and
whether the time grows only as the words do; against a greedy cut in the manner of most tools.

python benchmarks/subtitles.py [LARGEST]

The words are drawn from frequency lists (Chinese from jieba's dictionary, the others made up with
the same distribution), so that caches help no more than they do in speech. Time is CPU time.
"""

from __future__ import annotations

import itertools
import math
import random
import sys
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import jieba
import pysubs2

from vidtag.core.media_streams import Media, VideoStream
from vidtag.core.origins import ModelInfo
from vidtag.core.records import Document, Emotion, Language, Segment, Word, join_words
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.layout.cues import cues_of, lay_out

SIZES = (10_000, 100_000, 1_000_000)
VOCABULARY = 40_000
SYLLABLES = {
    Language.EN: [a + b for a in "bcdfglmnprst" for b in ("a", "er", "i", "on", "u", "es")],
    Language.KO: list(
        "가나다라마바사아자차카타파하고노도로모보소오조기니디리미비시이지은는을를에서"
    ),
    Language.JA: list(
        "あいうえおかきくけこさしすせそたちつてとなにはひまみもやよらりるれを日本語行来見"
    ),
}
FUNCTION_WORDS = {
    Language.EN: "the a of to and in that it is was I you he for on with as at but by not",
    Language.KO: "그 이 수 것 있는 하고 그리고 하지만 안",
    Language.JA: "は が を に で と も から です ます",
}


def vocabulary(language: Language, chance: random.Random) -> list[str]:
    """Words, the most frequent first."""
    if language is Language.ZH:
        with Path(jieba.__file__).with_name("dict.txt").open(encoding="utf-8") as file:
            rows = [line.split() for line in itertools.islice(file, 400_000)]
        return [row[0] for row in sorted(rows, key=lambda row: -int(row[1]))[:VOCABULARY]]
    made = {
        "".join(chance.choices(SYLLABLES[language], k=chance.choice((1, 2, 2, 3))))
        for _ in range(VOCABULARY)
    }
    return [*FUNCTION_WORDS[language].split(), *sorted(made, key=lambda word: (len(word), word))]


def talk(count: int) -> Document:
    """Speech in four languages by turns, a sentence of 4 to 24 words a segment."""
    chance = random.Random(1)
    known = {language: vocabulary(language, chance) for language in (*SYLLABLES, Language.ZH)}
    weights = {
        language: list(itertools.accumulate(1 / rank for rank in range(1, len(words) + 1)))
        for language, words in known.items()
    }
    segments, now, made = [], 0.5, 0
    while made < count:
        language = chance.choice(list(known))
        texts = chance.choices(
            known[language], cum_weights=weights[language], k=chance.randint(4, 24)
        )
        spaced = language in (Language.EN, Language.KO)
        if not spaced:  # the recogniser gives characters
            texts = [character for text in texts for character in text]
        texts[-1] += "." if spaced else "。"
        words = []
        for index, text in enumerate(texts):
            long = 0.08 + 0.06 * len(text) if spaced else 0.18
            words.append(Word(text, now, now + 0.9 * long, 0.9, spaced and index > 0))
            now += long
        given = tuple(words)
        segments.append(
            Segment(
                *(words[0].start, words[-1].end, join_words(given), given, language, 0.99),
                *(Emotion.NEUTRAL, 0.9),
            )
        )
        made += len(words)
        now += chance.choice((0.2, 0.4, 0.9, 2.5))
    video = VideoStream(0, "h264", 1920, 1080, Fraction(25), False, 0.0, now, 0, "yuv420p")
    media = Media("/talk.mp4", "mov", now, video, (), "fingerprint")
    return Document(media, ModelInfo("none", "none", None, 1, ""), {}, tuple(segments), ())


def greedy(document: Document) -> pysubs2.SSAFile:
    """A new subtitle wherever 42 characters are full or a sentence ends: no rule but that."""
    file = pysubs2.SSAFile()
    row: list[Word] = []
    for word in document.words:
        full = sum(len(w.text) + 1 for w in row) + len(word.text) > 42
        if row and (full or row[-1].text.endswith((".", "。"))):
            file.append(_event(row))
            row = []
        row.append(word)
    file.append(_event(row))
    return file


def _event(row: Sequence[Word]) -> pysubs2.SSAEvent:
    start, end = round(row[0].start * 1000), round(row[-1].end * 1000)
    return pysubs2.SSAEvent(start=start, end=end, text=join_words(row))


def seconds(work: Callable[[Document], object], document: Document) -> float:
    began = time.process_time()
    work(document)
    return time.process_time() - began


def main() -> None:
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else SIZES[-1]
    config = SubtitlesConfig()
    cues_of(lay_out(talk(2000), config))  # dictionaries are loaded
    first = math.nan
    for size in (size for size in SIZES if size <= largest):
        document = talk(size)
        ours = seconds(lambda heard: cues_of(lay_out(heard, config)), document)
        theirs = seconds(greedy, document)
        each = 1e6 * ours / len(document.words)
        first = each if math.isnan(first) else first
        print(
            f"{len(document.words):>9,} words: {ours:6.2f} s, {each:5.1f} us a word, "
            f"{each / first:.2f} times the first; greedy {theirs:.2f} s, ratio {ours / theirs:.1f}"
        )


if __name__ == "__main__":
    main()
