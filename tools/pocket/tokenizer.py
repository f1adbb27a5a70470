"""The pocket model's sentencepiece model.

Three of its settings are demands of funasr and of CTC, not taste:

* ``<unk>`` is piece 0, because SenseVoice's CTC blank is index 0;
* no dummy prefix, because funasr splits the decoded text into pieces again and drops exactly
  four, the tags for language, emotion, event and number style; a prefix would make five;
* the tags are user-defined symbols, so that each is one piece wherever it stands.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from pathlib import Path

import sentencepiece

from tools.pocket import grammar

FILE_NAME = "pocket_sensevoice.bpe.model"
LANGUAGE_TAGS = (*grammar.LANGUAGES, "nospeech")
EMOTION_TAGS = (
    "HAPPY", "SAD", "ANGRY", "NEUTRAL", "FEARFUL", "DISGUSTED", "SURPRISED", "EMO_UNKNOWN",
)  # fmt: skip
EVENT_TAGS = (
    "Speech", "BGM", "Laughter", "Applause", "Cry", "Cough", "Sneeze", "Breath", "Event_UNK",
)  # fmt: skip
STYLE_TAGS = ("withitn", "woitn")
SPACED_DIGITS = tuple("\u2581" + digit for digit in "123456789")
"""A space and a digit in one: a space alone is what a network in doubt leaves out."""
ENGLISH_PIECES = 560
"""Merges learnt from English, about one piece and a half a word."""


def tag(name: str) -> str:
    """``zh`` as it stands in SenseVoice's output: ``<|zh|>``."""
    return f"<|{name}|>"


def _lines() -> Iterator[str]:
    """English to learn merges from, and every other character on a line of its own."""
    rng = random.Random(0)
    for _ in range(8000):
        sentence = grammar.compose(rng, "en")
        yield sentence.text
        yield sentence.plain
    for character in grammar.characters():  # alone on its line: nothing to merge it with
        yield from (character,) * 3


def build(folder: Path) -> Path:
    """Train the tokenizer and return its file.

    Raises:
        ValueError: a sentence of the grammar does not survive encoding and decoding.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tags = [tag(t) for t in (*LANGUAGE_TAGS, *EMOTION_TAGS, *EVENT_TAGS, *STYLE_TAGS)]
    symbols = [*tags, *SPACED_DIGITS]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=_lines(),
        model_writer=model,
        model_type="bpe",
        vocab_size=3 + len(symbols) + len(grammar.characters()) + 52 + ENGLISH_PIECES,
        hard_vocab_limit=False,
        character_coverage=1.0,
        unk_id=0,
        bos_id=1,
        eos_id=2,
        pad_id=-1,
        user_defined_symbols=symbols,
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        normalization_rule_name="identity",
        split_digits=True,
        max_sentencepiece_length=12,
        minloglevel=2,
    )
    path = folder / FILE_NAME
    path.write_bytes(model.getvalue())
    _check(load(path))
    return path


def load(path: Path) -> sentencepiece.SentencePieceProcessor:
    """The tokenizer at ``path``."""
    return sentencepiece.SentencePieceProcessor(model_file=str(path))


def rows(
    old: sentencepiece.SentencePieceProcessor, new: sentencepiece.SentencePieceProcessor
) -> list[int]:
    """For each new piece the old one that it begins from: itself, or itself without its space."""
    at = {old.id_to_piece(i): i for i in range(old.get_piece_size())}
    names = [new.id_to_piece(i) for i in range(new.get_piece_size())]
    return [at[name] if name in at else at[name.removeprefix("\u2581")] for name in names]


def _check(pieces: sentencepiece.SentencePieceProcessor) -> None:
    rng = random.Random(1)
    head = "".join(tag(t) for t in ("en", "NEUTRAL", "Speech", "withitn"))
    for _ in range(400):
        for lang in grammar.LANGUAGES:
            sentence = grammar.compose(rng, lang)
            for text in (sentence.text, sentence.plain):
                ids = pieces.encode(head + text)
                if 0 in ids or pieces.decode(ids[4:]) != text:
                    raise ValueError(f"the tokenizer loses part of {text!r}")
