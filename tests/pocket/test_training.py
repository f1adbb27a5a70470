"""The parts of the training that need no synthesiser."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from tools.pocket import grammar, network, tokenizer, train
from tools.pocket.mix import Span, Unit, hear_window, text_of


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    return tokenizer.load(tokenizer.build(tmp_path_factory.mktemp("pieces")))


def test_blank_is_the_unknown_piece(pieces) -> None:  # type: ignore[no-untyped-def]
    assert pieces.piece_to_id("<unk>") == pieces.unk_id() == network.BLANK


def test_bundled_tokenizer_is_the_one_that_the_grammar_gives(pieces) -> None:  # type: ignore[no-untyped-def]
    bundled = Path(__file__).parents[2] / "vidtag" / "pocket" / tokenizer.FILE_NAME
    theirs = tokenizer.load(bundled)
    count = pieces.get_piece_size()
    assert count == theirs.get_piece_size()
    assert pieces.id_to_piece(list(range(count))) == theirs.id_to_piece(list(range(count)))


@pytest.mark.parametrize("lang", grammar.LANGUAGES)
def test_every_piece_may_be_emitted_where_its_unit_is_said(pieces, lang: str) -> None:  # type: ignore[no-untyped-def]
    rng = random.Random(3)
    for _ in range(50):
        sentence = grammar.compose(rng, lang)
        starts = np.cumsum([0.4] * (len(sentence.shown) + 1))
        units = tuple(
            Unit(shown, plain, a, a, b, exact=True)
            for shown, plain, a, b in zip(
                sentence.shown, sentence.words, starts, starts[1:], strict=False
            )
        )
        shown = [u.shown for u in units]
        made = train.target(pieces, lang, shown, units, frames=int(starts[-1] / 0.06) + 5)
        assert pieces.decode(made.pieces) == text_of(lang, shown) == sentence.text
        allowed = {int(p): ~made.barred[:, k] for k, p in enumerate(made.distinct)}
        first = made.pieces[0]
        times = [0.06 * f for f in torch.nonzero(allowed[first]).flatten().tolist()]
        assert times[0] == pytest.approx(0.4, abs=train.EARLY + 0.03)
        if made.pieces.count(first) == 1:
            assert times[-1] <= 0.4 + train.LATE
        assert all(a.any() for a in allowed.values())


def test_losses_fall_on_one_batch(pieces) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    units = tuple(
        Unit(c, c, 0.1 + 0.3 * i, 0.1 + 0.3 * i, 0.4 + 0.3 * i, True) for i, c in enumerate("今天")
    )
    made = {s: train.target(pieces, "zh", list("今天"), units, 14) for s in ("withitn", "woitn")}
    tags = tuple(pieces.piece_to_id(tokenizer.tag(t)) for t in ("zh", "HAPPY", "Speech"))
    one = train.Sample(torch.randn(14, network.FEATURES).half(), tags, "zh", made)
    batch = train.collate([one], pieces, None)
    model = network.build(pieces.get_piece_size())
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for _ in range(40):
        logits = network.scores(model, batch.features, batch.lengths, batch.language, batch.style)
        text, entropies = train.losses(logits, batch)
        optimiser.zero_grad()
        (text + sum(entropies)).backward()
        optimiser.step()
    best = logits.argmax(-1)[0]
    assert best[:3].tolist() == list(tags)
    path = torch.unique_consecutive(best[network.QUERIES :]).tolist()
    assert pieces.decode([p for p in path if p != network.BLANK]) == "今天"


def test_fused_attention_gives_what_funasr_gives(pieces, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    model = network.build(pieces.get_piece_size()).eval()
    features, lengths = torch.randn(2, 20, network.FEATURES), torch.tensor([20, 13])
    language, style = torch.tensor([0, 3]), torch.tensor([14, 15])
    with torch.no_grad():
        theirs = network.scores(model, features, lengths, language, style)
        attention = network.MultiHeadedAttentionSANM
        monkeypatch.setattr(attention, "forward", attention.forward)  # restored after the test
        network.speed_up()
        ours = network.scores(model, features, lengths, language, style)
    for row, valid in enumerate((24, 17)):
        torch.testing.assert_close(ours[row, :valid], theirs[row, :valid], atol=1e-4, rtol=1e-4)


def test_windows_are_labelled_only_where_all_would_agree() -> None:
    story = [
        Span("Speech", 0.0, 2.0, "zh", "SAD"),
        Span("Laughter", 2.5, 4.0),
        Span("BGM", 6.0, 9.0),
        Span("Speech", 9.5, 11.0, "en", "HAPPY"),
    ]
    assert hear_window(story, 0.2, 1.8) == ("zh", "SAD", "Speech")
    assert hear_window(story, 2.5, 3.5) == ("nospeech", "EMO_UNKNOWN", "Laughter")
    assert hear_window(story, 3.8, 5.0) == ("nospeech", "EMO_UNKNOWN", None)
    assert hear_window(story, 4.5, 5.5) == ("nospeech", "EMO_UNKNOWN", "Event_UNK")
    assert hear_window(story, 6.5, 8.5) == ("nospeech", "EMO_UNKNOWN", "BGM")
    assert hear_window(story, 1.6, 2.6) == (None, None, "Speech")
