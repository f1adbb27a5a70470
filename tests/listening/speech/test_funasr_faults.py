"""Where FunASR's own words and times are wrong, fault by fault, and ours are right.

Each case runs FunASR's code as it is installed. Some faults show on what the pocket model hears in
real speech; for the others both sides are given the same network output, a path of pieces at known
frames, which is the truth. FunASR does not read words and times off that path: it makes text of it,
cuts the text into pieces anew, leaves out the first four, aligns the rest once more, and joins
pieces to words by whether they are ASCII letters. Every fault below comes of one of these steps.

Should a newer FunASR mend one of them, its test fails: then the case has had its day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.builders.present import present
from vidtag.core.errors import UserError
from vidtag.core.settings import ModelConfig
from vidtag.listening.models.locate import local_path as model_folder
from vidtag.listening.speech import ctc, richtext
from vidtag.listening.speech.network_inputs import QUERIES
from vidtag.listening.speech.recognition import Recognition
from vidtag.listening.speech.sensevoice import SenseVoice

from .conftest import Audio, Clip

Spoken = Sequence[tuple[str, int, int]]
"""Pieces with their half-open spans of frames; between them there is nothing."""
TAGS = ("<|en|>", "<|NEUTRAL|>", "<|Speech|>", "<|withitn|>")
SURE = 0.99
"""Probability of each frame's piece; what is left is shared by all others."""


def milliseconds(boundary: int, frames: int = 10_000) -> int:
    """Time of the boundary before a frame, as FunASR counts."""
    return round(1000 * ctc.seconds(boundary, frames))


@dataclass(frozen=True)
class Heard:
    """Both sides' words, with starts and ends in milliseconds.

    Attributes:
        text: without tags.
        ours: our words.
        ask: FunASR's result, or whatever it raises.
    """

    text: str
    ours: list[tuple[str, int, int]]
    ask: Callable[[], dict[str, Any]]

    def theirs(self) -> list[tuple[str, int, int]]:
        """FunASR's words."""
        result = self.ask()
        pairs = zip(result["words"], result["timestamp"], strict=True)
        return [(word, start, end) for word, (start, end) in pairs]

    def their_texts(self) -> list[str]:
        return [word for word, _, _ in self.theirs()]


def our_words(one: Recognition) -> list[tuple[str, int, int]]:
    return [
        (w.text, milliseconds(w.start, one.frames), milliseconds(w.end, one.frames))
        for w in richtext.words(one.tokens)
    ]


def truth(*words: tuple[str, int, int]) -> list[tuple[str, int, int]]:
    """Words at frames, in milliseconds."""
    return [(word, milliseconds(start), milliseconds(end)) for word, start, end in words]


@pytest.fixture
def real(pocket: SenseVoice, reference: Any, clips: dict[str, Clip]) -> Callable[[str], Heard]:
    """What both sides make of a recording."""

    def hear(name: str) -> Heard:
        audio = clips[name].audio
        (theirs,) = reference.generate(input=audio, use_itn=True, output_timestamp=True)
        (ours,) = pocket.recognise([audio])
        assert ours.rich_text == theirs["text"]
        text = richtext.parse(ours.rich_text).text
        return Heard(text, our_words(ours), lambda: dict(theirs))

    return hear


@pytest.fixture
def said(
    pocket: SenseVoice, reference: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Heard]:
    """What both sides make of the same network output."""
    import torch

    def hear(spoken: Spoken, frames: int, tags: Sequence[str] = TAGS, **options: object) -> Heard:
        sp = reference.kwargs["tokenizer"].sp
        path = torch.zeros(QUERIES + frames, dtype=torch.long)
        for place, tag in enumerate(tags):
            path[place] = 0 if tag is None else sp.piece_to_id(tag)
        for piece, start, end in spoken:
            assert sp.piece_to_id(piece), f"the vocabulary has no {piece}"
            path[QUERIES + start : QUERIES + end] = sp.piece_to_id(piece)
        count = sp.get_piece_size()
        certain = torch.full((QUERIES + frames, count), (1 - SURE) / (count - 1))
        certain[torch.arange(len(path)), path] = SURE
        monkeypatch.setattr(
            reference.model.ctc, "log_softmax", lambda states: certain.log()[None].clone()
        )
        certainty = torch.where(path == 0, 0.0, SURE)
        monkeypatch.setattr(pocket._head, "best", lambda states: (path, certainty))
        # Six filter bank frames of 10 ms make one of the network's.
        audio: Audio = np.zeros(400 + 160 * (6 * frames - 1), np.float32)
        (ours,) = pocket.recognise([audio])
        assert ours.frames == frames

        def ask() -> dict[str, Any]:
            (theirs,) = reference.generate(
                input=audio, use_itn=True, output_timestamp=True, **options
            )
            assert theirs["text"] == ours.rich_text
            return dict(theirs)

        return Heard(richtext.parse(ours.rich_text).text, our_words(ours), ask)

    return hear


# ----------------------------------------------------------------- pieces cut anew
def test_pieces_that_the_text_is_not_cut_into_lose_a_part_of_the_word(
    said: Callable[..., Heard],
) -> None:
    """The model wrote "the" as two pieces; FunASR looks for the one that its tokenizer makes of
    it, which the network never wrote, and finds room for it at one of the two."""
    heard = said([("▁watch", 5, 6), ("▁t", 30, 31), ("he", 40, 41), ("▁car", 60, 61)], frames=70)
    words = truth(("watch", 5, 6), ("the", 30, 41), ("car", 60, 61))
    assert heard.ours == words
    theirs = heard.theirs()
    assert [word.lstrip("▁") for word, _, _ in theirs] == ["watch", "the", "car"]
    (_, start, end), (_, true_start, true_end) = theirs[1], words[1]
    off = max(abs(start - true_start), abs(end - true_end))
    assert off == 600, "milliseconds, of a word of 660"
    assert theirs[2][1:] == words[2][1:]


def test_more_pieces_than_there_are_frames_for_shift_all_words(
    said: Callable[..., Heard],
) -> None:
    """Three pieces fill the frames; the text of them is cut into more, for which there is no
    path."""
    heard = said([("he", 0, 1), ("▁", 1, 2), ("llo", 2, 3)], frames=3)
    assert heard.ours == truth(("he", 0, 1), ("llo", 2, 3))
    assert heard.theirs() != heard.ours


# ------------------------------------------------------------------- the first four
@pytest.mark.parametrize("tags", [(*TAGS[:3], None), (TAGS[0], TAGS[1], TAGS[1], TAGS[3])])
def test_the_first_word_is_lost_where_a_tag_is_missing(
    said: Callable[..., Heard], tags: Sequence[str]
) -> None:
    """Or where two queries get the same answer, which CTC makes one. FunASR leaves out the first
    four pieces, whatever they are."""
    heard = said([("hello", 5, 7), ("▁david", 12, 15), (".", 16, 17)], frames=30, tags=tags)
    assert heard.ours == [("hello", 270, 390), ("david.", 690, 870)]
    assert "hello" in heard.text
    assert "hello" not in "".join(heard.their_texts())


# ------------------------------------------------------------------ joined to words
def test_words_are_merged_where_the_space_is_a_piece_of_its_own(
    said: Callable[..., Heard],
) -> None:
    heard = said([("hello", 5, 7), ("▁", 10, 11), ("Where", 20, 23), ("▁is", 30, 31)], frames=40)
    assert heard.ours == truth(("hello", 5, 7), ("Where", 20, 23), ("is", 30, 31))
    merged = heard.theirs()[0]
    assert merged == ("helloWhere", milliseconds(5), milliseconds(23))


def test_the_first_word_is_split_and_keeps_its_mark(said: Callable[..., Heard]) -> None:
    heard = said([("▁hou", 5, 6), ("s", 8, 9), ("▁is", 20, 21)], frames=30)
    assert heard.ours == truth(("hous", 5, 9), ("is", 20, 21))
    assert heard.their_texts() == ["▁hou", "s", "is"]


def test_numbers_are_split_into_figures(said: Callable[..., Heard]) -> None:
    heard = said(
        [("▁in", 3, 4), ("▁", 4, 5), ("2", 5, 6), ("0", 8, 9), ("▁minutes", 12, 13)], frames=20
    )
    assert heard.ours == truth(("in", 3, 4), ("20", 5, 9), ("minutes", 12, 13))
    assert heard.their_texts()[1:3] == ["2", "0"]


def test_a_tag_amid_the_text_is_given_as_a_word(said: Callable[..., Heard]) -> None:
    heard = said([("hello", 5, 7), ("<|Laughter|>", 10, 14), ("▁david", 20, 22)], frames=30)
    assert heard.ours == truth(("hello", 5, 7), ("david", 20, 22))
    assert "<|Laughter|>" in heard.their_texts()


def test_korean_words_are_split_into_syllables(real: Callable[[str], Heard]) -> None:
    """On real speech: words are parted by spaces, which FunASR keeps for ASCII only."""
    heard = real("ko1")
    words = heard.text.split()
    assert len(words) > 2
    assert [word for word, _, _ in heard.ours] == words
    theirs = heard.their_texts()
    assert len(theirs) > 2 * len(words)
    assert max(map(len, theirs)) == 1


def test_punctuation_is_given_as_words(real: Callable[[str], Heard]) -> None:
    """On real speech: a comma and a full stop last as long as words."""
    heard = real("en1")
    assert [word for word, _, _ in heard.ours] == heard.text.split()
    assert [word for word in heard.their_texts() if not any(map(str.isalnum, word))]


# ----------------------------------------------------------------------- other steps
def test_there_are_no_times_at_all_where_nothing_was_said(said: Callable[..., Heard]) -> None:
    """What looks them up in FunASR's result raises KeyError (SenseVoice #173, #276)."""
    heard = said([], frames=30)
    assert "timestamp" not in heard.ask()
    assert heard.ours == []


def test_milliseconds_are_cut_off_instead_of_rounded(said: Callable[..., Heard]) -> None:
    heard = said([("hello", 34, 36)], frames=40)
    assert heard.ours == [("hello", 2010, 2130)]
    assert heard.theirs() == [("hello", 2009, 2130)]


def test_another_vocabulary_has_no_piece_25009(said: Callable[..., Heard]) -> None:
    """FunASR bans the unknown emotion by a number that only SenseVoiceSmall's vocabulary has."""
    heard = said([("hello", 5, 7)], frames=30, ban_emo_unk=True)
    with pytest.raises(IndexError):
        heard.ask()
    assert heard.ours == truth(("hello", 5, 7))


def test_a_language_that_it_does_not_know_is_taken_for_any(
    pocket: SenseVoice, reference: Any, clips: dict[str, Clip]
) -> None:
    audio = clips["en1"].audio
    texts = [
        reference.generate(input=audio, language=language)[0]["text"]
        for language in ("auto", "klingon")
    ]
    assert texts[0] == texts[1]
    with pytest.raises(UserError, match="unknown language 'klingon'"):
        pocket.recognise([audio], language="klingon")


# -------------------------------------------------- characters spelled byte by byte
@pytest.fixture
def bytewise(
    pocket: SenseVoice, reference: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pocket vocabulary with bytes for its last pieces, as those of multilingual models have
    for characters that they lack."""
    from funasr.tokenizer.sentencepiece_tokenizer import SentencepiecesTokenizer
    from sentencepiece import sentencepiece_model_pb2

    (source,) = present(model_folder(ModelConfig(name="pocket"))).glob("*.bpe.model")
    proto: Any = sentencepiece_model_pb2
    model = proto.ModelProto()
    model.ParseFromString(source.read_bytes())
    model.trainer_spec.byte_fallback = True
    for byte, piece in enumerate(list(model.pieces)[-256:]):
        piece.piece, piece.type = f"<0x{byte:02X}>", piece.BYTE
    target = tmp_path / "bytes.bpe.model"
    target.write_bytes(model.SerializeToString())
    tokenizer = SentencepiecesTokenizer(bpemodel=target)
    sp = tokenizer.sp
    monkeypatch.setattr(reference.kwargs["tokenizer"], "sp", sp)
    vocabulary = pocket._vocabulary
    monkeypatch.setattr(vocabulary, "_tokenizer", sp)
    monkeypatch.setattr(vocabulary, "pieces", [sp.id_to_piece(i) for i in range(len(sp))])


@pytest.mark.usefixtures("bytewise")
def test_a_character_spelled_in_bytes_crashes(said: Callable[..., Heard]) -> None:
    """The name of each byte's piece is cut into pieces again, "<", "0", "x" and so on: FunASR
    aligns several ids for one piece and runs out of pieces."""
    spelled = [(f"<0x{byte:02X}>", 10 + n, 11 + n) for n, byte in enumerate("龘".encode())]
    heard = said([("hello", 5, 7), *spelled, ("▁david", 20, 22)], frames=60)
    assert heard.ours == truth(("hello", 5, 7), ("龘", 10, 13), ("david", 20, 22))
    with pytest.raises(IndexError):
        heard.ask()
