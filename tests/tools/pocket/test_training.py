"""The parts of the training that need no synthesiser."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from funasr.frontends.wav_frontend import apply_lfr

from tests.builders.present import present
from tools.pocket import (
    alignment,
    batches,
    conversion,
    corpus,
    ctc,
    grammar,
    items,
    mix,
    muon,
    network,
    packed,
    sounds,
    targets,
    tokenizer,
    train,
    variation,
)
from tools.pocket.mix import Span, Unit, hear_window, text_of


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory):
    return tokenizer.load(tokenizer.build(tmp_path_factory.mktemp("pieces")))


def test_blank_is_the_unknown_piece(pieces) -> None:
    assert pieces.piece_to_id("<unk>") == pieces.unk_id() == network.BLANK


def test_bundled_tokenizer_is_the_one_that_the_grammar_gives(pieces) -> None:
    bundled = Path(__file__).parents[3] / "vidtag" / "pocket" / tokenizer.FILE_NAME
    theirs = tokenizer.load(bundled)
    count = pieces.get_piece_size()
    assert count == theirs.get_piece_size()
    assert pieces.id_to_piece(list(range(count))) == theirs.id_to_piece(list(range(count)))


def _said(sentence: grammar.Sentence, step: float = 0.4) -> tuple[Unit, ...]:
    """Units of a sentence, one every ``step`` seconds."""
    return tuple(
        Unit(shown, plain, step * i, step * i, step * (i + 1), exact=True)
        for i, (shown, plain) in enumerate(zip(sentence.shown, sentence.words, strict=True), 1)
    )


def _data(pieces, made: list[items.Item]) -> batches.Corpus:
    """A corpus of these items."""
    data = batches.Corpus()
    data.add(packed.pack(made, pieces))
    return data


def _loader(data, pieces, rng=None, plain=False) -> batches.Loader:
    none = (np.zeros(560, np.float32), np.ones(560, np.float32))
    styles = tuple(pieces.piece_to_id(tokenizer.tag(name)) for name in packed.STYLES)
    return batches.Loader(
        data, styles, *(none if plain else batches.normalisation(data.features)), rng
    )


def _all(data: batches.Corpus) -> torch.Tensor:
    return torch.arange(len(data.samples))


def _item(sentence: grammar.Sentence, seconds: float) -> items.Item:
    features = np.random.default_rng(0).normal(size=(round(seconds * 100), 80)).astype(np.float16)
    return items.Item(
        "speech", features, sentence.lang, "HAPPY", "Speech", _said(sentence), "", seconds, None
    )


@pytest.mark.parametrize("lang", grammar.LANGUAGES)
def test_every_unit_starts_where_it_is_said(pieces, lang: str) -> None:
    """The first written piece of each unit may be emitted around its start and nowhere else."""
    rng = random.Random(3)
    for number in range(80):
        sentence = (grammar.splice if number % 2 else grammar.compose)(rng, lang)
        units, shown = _said(sentence), list(sentence.shown)
        made = targets.target(pieces, lang, shown, units)
        assert pieces.decode(made.pieces) == text_of(lang, shown) == sentence.text
        starts = [u.earliest for u in units]
        for piece, a, b in zip(made.pieces, made.earliest, made.latest, strict=True):
            assert a < b
            if pieces.id_to_piece(piece) == targets.SPACE:
                continue
            if b - a == pytest.approx(targets.EARLY + targets.LATE):
                assert min(starts, key=lambda s: abs(s - a)) == pytest.approx(a + targets.EARLY)
                starts.remove(min(starts, key=lambda s: abs(s - a)))
        assert starts == []  # a space before a word does not take the place of its onset


def _bare(texts: list[targets.Target | None], frames: list[int]) -> batches.Corpus:
    """A corpus of silence with these texts, the same in both styles."""
    made = [targets.columns(t) if t else targets.Columns([], [], [], []) for t in texts]
    count = len(texts)
    data = batches.Corpus()
    data.add(
        packed.Packed(
            features=torch.zeros(sum(frames), variation.BINS, dtype=torch.float16),
            frames=torch.tensor(frames),
            language=torch.full((count,), -1),
            tags=torch.full((count, 4), packed.IGNORED),
            noise=torch.zeros(count, dtype=torch.bool),
            acted=torch.zeros(count, dtype=torch.bool),
            known=torch.tensor([t is not None for t in texts]),
            **packed.laid_out([t for t in made for _ in packed.STYLES]),
        )
    )
    return data


def _texts(data: batches.Corpus, pieces, skip: list[int], pace: list[float]) -> batches.Texts:
    chosen = _all(data)
    counts = batches.stacked(data.samples.frames)
    found = _loader(data, pieces, plain=True)._texts(
        chosen, torch.zeros_like(chosen), torch.tensor(skip), torch.tensor(pace), counts
    )
    assert found is not None
    return found


def test_texts_bar_every_column_outside_its_time(pieces) -> None:
    one = targets.Target([7, 9, 9, 7], [0.0, 0.3, 0.5, 0.6], [0.2, 0.5, 0.7, 0.8])
    found = _texts(_bare([None, one], [180, 120]), pieces, [0, 10], [1.0, 1.0])
    assert found.rows.tolist() == [1]
    assert found.columns.tolist() == [[0, 7, 9, 7]]
    assert found.targets.tolist() == [[1, 2, 2, 3]]  # 9 twice is one column: CTC must part them
    assert found.over.sum() == 10
    free = [torch.nonzero(~found.barred[0, :, c]).flatten() * 0.06 for c in range(4)]
    assert len(free[0]) == 30
    for times, (a, b) in zip(free[1:], [(-0.1, 0.1), (0.2, 0.6), (0.5, 0.7)], strict=True):
        assert times[0] == pytest.approx(max(0, a), abs=0.06)
        assert times[-1] == pytest.approx(b, abs=0.06)


def test_text_loss_is_ctc_on_the_whole_vocabulary(pieces) -> None:
    """Nothing barred, and no piece twice: torch's own loss, and its gradient."""
    torch.manual_seed(0)
    always = targets.Target([5, 8, 3], [-9.0] * 3, [9.0] * 3)
    texts = _texts(_bare([always, always], [72, 54]), pieces, [0, 0], [1.0, 1.0])
    logits = torch.randn(2, 12, 11, requires_grad=True)
    ours = ctc._TextLoss.apply(logits, texts)
    (our_slope,) = torch.autograd.grad(ours, logits)
    log_p = logits.log_softmax(-1).transpose(0, 1)
    goal, sizes = torch.tensor([[5, 8, 3]] * 2), torch.tensor([3, 3])
    theirs = torch.nn.functional.ctc_loss(log_p, goal, texts.frames, sizes, reduction="sum")
    (their_slope,) = torch.autograd.grad(theirs, logits)
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(our_slope, their_slope, atol=1e-5, rtol=1e-4)


def test_batches_hold_what_funasr_computes(pieces) -> None:
    rng = random.Random(4)
    data = _data(pieces, [_item(grammar.compose(rng, "en"), s) for s in (1.0, 2.37, 1.64)])
    shift, scale = batches.normalisation(data.features)
    batch = _loader(data, pieces).collate(_all(data))
    for row, (start, frames) in enumerate(zip(data.starts, data.samples.frames, strict=True)):
        mel = data.features[start : start + frames].float()
        theirs = (apply_lfr(mel, 7, 6) + torch.from_numpy(shift)) * torch.from_numpy(scale)
        assert len(theirs) == batch.lengths[row]
        torch.testing.assert_close(batch.features[row, : len(theirs)], theirs)


def test_a_shard_that_never_works_is_not_tried_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "SHARD_TRIES", 2)
    shard = corpus.Shard(tmp_path / "corpus" / "train_000.pt", "train", 0, 1)
    with pytest.raises(SystemExit, match=r"train_000\.pt: could not be made in 2 tries"):
        corpus.synthesise([shard], tmp_path / "no_such_tokenizer.model")
    assert not list(shard.path.parent.iterdir())


def test_shards_that_come_later_are_the_same_as_at_once(pieces) -> None:
    """Looked up in whatever order, a sample keeps its features, its labels and its text."""
    rng = random.Random(5)
    made = [_item(grammar.sample(rng, x, "train"), rng.uniform(1, 4)) for x in grammar.LANGUAGES]
    made[2] = items.Item("event", made[2].features, None, None, None, None, "", 1.0, None)
    once, later = _data(pieces, made), _data(pieces, made[:2])
    later.add(packed.pack(made[2:4], pieces))
    later.add(packed.pack(made[4:], pieces))
    order = torch.tensor([3, 0, 2, 4, 1])
    one, two = (_loader(data, pieces, plain=True).collate(order) for data in (once, later))
    assert one.texts is not None
    assert two.texts is not None
    for name, value in vars(one).items():
        if isinstance(value, torch.Tensor):
            torch.testing.assert_close(value, getattr(two, name))
    for name, value in vars(one.texts).items():
        torch.testing.assert_close(value, getattr(two.texts, name))
    assert one.texts.rows.tolist() == [0, 1, 3, 4]
    for number, item in enumerate(made):
        if item.units is not None:
            text = text_of(item.lang, [u.shown for u in item.units])
            assert pieces.decode(later.text(number)) == text


def test_batches_are_within_their_limit_and_leave_nothing_out() -> None:
    rng = np.random.default_rng(0)
    frames = torch.from_numpy(rng.integers(40, 1400, 900))
    found = batches.batches(frames, 3000, rng)
    assert sorted(torch.cat(found).tolist()) == list(range(900))
    for one in found:
        longest = int(batches.stacked(frames[one]).max()) + network.QUERIES
        assert longest * len(one) <= 3000


def test_no_two_batches_of_the_same_are_alike(pieces) -> None:
    quiet = np.zeros((90, 80), np.float16)
    noise = items.Item("negative", quiet, "nospeech", "EMO_UNKNOWN", "Event_UNK", (), "", 0.9, None)
    data = _data(pieces, [_item(grammar.compose(random.Random(4), "en"), 2.0), noise])
    assert data.noises.tolist() == [1]
    loader = _loader(data, pieces, np.random.default_rng(4))
    one, two = (loader.collate(_all(data)) for _ in range(2))
    assert one.features.isfinite().all()
    assert one.features.shape != two.features.shape or (one.features != two.features).any()


def test_losses_fall_on_one_batch(pieces) -> None:
    torch.manual_seed(0)
    sentence = grammar.Sentence("zh", ("今", "天"), ("今", "天"), ("今", "天"))
    data = _data(pieces, [_item(sentence, 1.4)])
    batch = _loader(data, pieces).collate(_all(data))
    model = network.build(pieces.get_piece_size())
    weights = train.Weights(model, 1e-3, torch.float32)
    last = (weights.compute["ctc.ctc_lo.weight"], weights.compute["ctc.ctc_lo.bias"])
    for step in range(40):
        hidden = network.hidden(
            weights.compute, network.layers(model), batch.features, batch.lengths, batch.language,
            batch.style,
        )  # fmt: skip
        ctc.total(*ctc.losses(hidden, *last, batch)).backward()
        weights.step(step, 1e-3, 1, False)
    model.load_state_dict(weights.average)
    logits = network.scores(model, batch.features, batch.lengths, batch.language, batch.style)
    best = logits.argmax(-1)[0]
    assert best[:3].tolist() == data.samples.tags[0, :3].tolist()
    path = torch.unique_consecutive(best[network.QUERIES :]).tolist()
    assert pieces.decode([p for p in path if p != network.BLANK]) == "今天"


def test_two_events_at_once_are_half_of_each(pieces) -> None:
    """The loss is least where both have half of the probability."""
    frames = np.zeros((100, 80), np.float16)
    both = items.Item("windows", frames, "nospeech", "EMO_UNKNOWN", mix.BOTH, (), "", 1.0, None)
    data = _data(pieces, [both])
    batch = _loader(data, pieces, plain=True).collate(_all(data))
    one, two = (pieces.piece_to_id(tokenizer.tag(kind)) for kind in mix.AUDIENCE)
    bias = torch.zeros(pieces.get_piece_size(), requires_grad=True)
    hidden = torch.zeros(1, network.QUERIES + int(batch.lengths[0]), 4)
    _, entropies = ctc.losses(hidden, torch.zeros(len(bias), 4), bias, batch)
    (slope,) = torch.autograd.grad(entropies[2], bias)
    assert slope[one] == slope[two]
    assert float(slope[one]) == pytest.approx(1 / len(bias) - 0.5)


def test_pace_moves_the_times_of_pieces(pieces) -> None:
    found = _texts(_bare([targets.Target([7], [0.6], [1.2])], [300]), pieces, [0], [0.5])
    free = torch.nonzero(~found.barred[0, :, 1]).flatten() * network.FRAME_SECONDS
    assert float(free.min()) == pytest.approx(1.2, abs=0.06)
    assert float(free.max()) == pytest.approx(2.4, abs=0.06)


def test_a_query_that_nobody_knows_the_answer_to_teaches_nothing(pieces) -> None:
    data = _bare([None], [60])
    batch = _loader(data, pieces, plain=True).collate(_all(data))
    hidden = torch.randn(1, network.QUERIES + 10, 4, requires_grad=True)
    text, entropies = ctc.losses(hidden, torch.randn(90, 4), torch.zeros(90), batch)
    sum(entropies[:3], text).backward()  # the style is always known
    assert hidden.grad is not None
    assert not hidden.grad.any()


def test_another_processor_learns_the_same(pieces) -> None:
    """The losses and their gradients on a GPU, where there is one."""
    if not torch.cuda.is_available():
        pytest.skip("no GPU")
    rng = random.Random(4)
    made = packed.pack([_item(grammar.compose(rng, "en"), s) for s in (1.0, 2.4, 3.6)], pieces)
    found = []
    for device in ("cpu", "cuda"):
        torch.manual_seed(0)
        model = network.build(pieces.get_piece_size())
        weights = train.Weights(model, 1e-3, torch.float32, device)
        data = batches.Corpus(device)
        data.add(made)
        batch = _loader(data, pieces).collate(_all(data))
        last = (weights.compute["ctc.ctc_lo.weight"], weights.compute["ctc.ctc_lo.bias"])
        hidden = network.hidden(
            weights.compute, network.layers(model), batch.features, batch.lengths, batch.language,
            batch.style,
        )  # fmt: skip
        loss = ctc.total(*ctc.losses(hidden, *last, batch))
        loss.backward()
        found.append((float(loss), {n: present(p.grad).cpu() for n, p in weights.compute.items()}))
    (here, ours), (there, theirs) = found
    assert there == pytest.approx(here, rel=1e-3)
    for name, grad in ours.items():
        torch.testing.assert_close(theirs[name], grad, atol=3e-3 * float(grad.abs().max()), rtol=0)


def test_orthogonal_matrices_have_singular_values_near_one() -> None:
    torch.manual_seed(0)
    for shape in ((3, 40, 20), (2, 20, 70)):
        values = torch.linalg.svdvals(muon.orthogonal(torch.randn(*shape)))
        assert 0.5 < values.min() < values.max() < 1.3


def test_times_are_carried_over_to_a_slower_reading() -> None:
    """Tones one after another; in the other reading each lasts half as long again."""
    pitches = np.random.default_rng(0).uniform(200, 3000, 8)

    def reading(seconds: float) -> sounds.Audio:
        t = np.arange(int(seconds * sounds.RATE)) / sounds.RATE
        return np.concatenate([np.sin(2 * np.pi * hertz * t) for hertz in pitches])

    starts = [0.2 * i for i in range(8)]
    found = alignment.carry_over(starts, reading(0.2), reading(0.3))
    np.testing.assert_allclose(found, [0.3 * i for i in range(8)], atol=0.03)


def test_a_converted_rhythm_tells_where_every_moment_went() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        source, times = conversion._rhythm(300, rng)
        old = np.linspace(0.1, 2.8, 20)
        assert (np.diff(times(old)) > 0).all()
        new = np.clip(np.rint(times(old) * 100).astype(int), 0, len(source) - 1)
        np.testing.assert_allclose(source[new] / 100, old, atol=0.02)


def test_fast_encoder_is_funasrs() -> None:
    """The same scores from the same weights, and the same gradient of every weight."""
    torch.manual_seed(0)
    model = network.build(90)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.02 * torch.randn_like(p))
    inputs = (torch.tensor([20, 13]), torch.tensor([0, 3]), torch.tensor([14, 15]))
    features = torch.randn(2, 20, network.FEATURES)
    valid = (torch.arange(24) < torch.tensor([24, 17])[:, None])[:, :, None]
    goal = torch.randn(2, 24, 90) * valid
    theirs = network.scores(model, features.clone(), *inputs)
    (theirs * goal).sum().backward()
    weights = {n: p.detach().clone().requires_grad_() for n, p in model.named_parameters()}
    hidden = network.hidden(weights, network.layers(model), features, *inputs)
    ours = torch.nn.functional.linear(
        hidden, weights["ctc.ctc_lo.weight"], weights["ctc.ctc_lo.bias"]
    )
    (ours * goal).sum().backward()
    torch.testing.assert_close(ours * valid, theirs * valid, atol=1e-4, rtol=1e-4)
    for name, p in model.named_parameters():
        assert p.grad is not None
        limit = 1e-4 * float(p.grad.abs().max())
        torch.testing.assert_close(weights[name].grad, p.grad, atol=limit, rtol=1e-3, msg=name)


def test_a_grown_model_computes_the_same() -> None:
    torch.manual_seed(0)
    small = network.build(90)
    del small.encoder.encoders[2:5]
    with torch.no_grad():
        for p in small.parameters():
            p.add_(0.02 * torch.randn_like(p))
    large = network.build(90)
    large.load_state_dict(network.grown(large, small.state_dict()))
    inputs = (torch.tensor([20]), torch.tensor([0]), torch.tensor([14]))
    features = torch.randn(1, 20, network.FEATURES)
    ours, theirs = (network.scores(m, features.clone(), *inputs) for m in (large, small))
    torch.testing.assert_close(ours, theirs)
    ours.square().sum().backward()
    for name, p in large.named_parameters():  # nothing is stuck: what adds nothing yet can learn to
        if name.endswith(("w_2.weight", "linear_q_k_v.weight")):
            assert p.grad is not None
            assert p.grad.abs().max() > 0


def test_a_piece_begins_from_itself_or_from_itself_without_a_space(pieces) -> None:
    names = [pieces.id_to_piece(i) for i in range(pieces.get_piece_size())]
    kept = [name for name in names if name not in tokenizer.SPACED_DIGITS]

    class Fewer:
        id_to_piece = staticmethod(kept.__getitem__)
        get_piece_size = staticmethod(lambda: len(kept))

    begun = [kept[i] for i in tokenizer.rows(Fewer(), pieces)]  # type: ignore[arg-type]
    changed = {name: old for name, old in zip(names, begun, strict=True) if name != old}
    assert changed == {name: name[1] for name in tokenizer.SPACED_DIGITS}


def test_another_speaker_is_as_loud_and_the_mean_stays_the_mean() -> None:
    warps, turns = variation.speakers(variation.STRONG)
    spectra = torch.from_numpy(np.random.default_rng(0).normal(size=(7, variation.BINS))).float()
    turned = spectra @ turns
    expected = spectra.mean(1).expand(len(turns), -1)
    torch.testing.assert_close(turned.mean(2), expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(warps.sum(1), torch.ones(len(warps), variation.BINS))
    moved = (turned - spectra).abs().amax((1, 2)) > 1e-4
    assert moved.float().mean() == pytest.approx(2 / 3, abs=0.02)


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
    loud = Span("BGM", 0.0, 3.0, level=0.1)
    assert hear_window([loud, Span("Applause", 1.0, 3.0, level=0.05)], 1.0, 2.0)[2] == "Applause"
    assert hear_window([loud, Span("Applause", 1.0, 3.0, level=0.01)], 1.0, 2.0)[2] is None
    together = [Span("Laughter", 0.0, 2.0, level=0.1), Span("Applause", 0.0, 2.0, level=0.08)]
    assert hear_window(together, 0.5, 1.5)[2] == mix.BOTH
    unequal = [together[0], Span("Applause", 0.0, 2.0, level=0.03)]
    assert hear_window(unequal, 0.5, 1.5)[2] is None
    torn = [Span("Speech", 0.0, 1.0)]  # syllables without a word: speech of no language
    assert hear_window(torn, 0.0, 1.0) == (None, None, "Speech")


@pytest.mark.parametrize("kind", [*sounds.EVENTS, "negative"])
def test_every_sound_sounds(kind: str) -> None:
    rng = np.random.default_rng(5)
    makers = sounds.NEGATIVES if kind == "negative" else sounds.METHODS[kind]
    for method in (*makers, *sounds.HELDOUT.get(kind, ())):
        for seconds in (0.7, 2.0):
            sound = method(rng, seconds)
            assert np.isfinite(sound).all(), method
            assert np.abs(sound).max() > 0, method
            assert len(sound) <= seconds * sounds.RATE + 3200, method
    made = sounds.make(kind, rng) if kind != "negative" else sounds.negative(rng, 1.0)
    assert made.dtype == np.float32
    assert np.abs(made).max() <= 1


@pytest.mark.parametrize("name", sounds.HARD)
def test_hard_negatives_are_made_by_two_methods_each(name: str) -> None:
    assert len(set(sounds.HARD[name])) == 2
    for method in sounds.HARD[name]:
        for seconds in (0.5, 2.0):
            for seed in range(12):
                sound = method(np.random.default_rng(seed), seconds)
                assert np.isfinite(sound).all(), method
                assert np.abs(sound).max() > 0, method
                assert abs(len(sound) / sounds.RATE - seconds) < 0.2, method
    one, same, other = (
        sounds.hard_negative(np.random.default_rng(seed), 1.0, name) for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one[: len(other)], other[: len(one)])
    loud = one[np.abs(one) > 0.02 * np.abs(one).max()]
    assert 0.03 < np.sqrt(np.mean(loud**2)) <= sounds.LEVEL * 1.05


def test_noises_are_cut_into_windows_in_which_nothing_happens() -> None:
    for seed in range(12):
        made = list(mix.Director(seed, "train").noises())
        assert made
        for example in made:
            assert example.lang == "nospeech"
            assert example.units == ()
            assert example.event in ("Event_UNK", "BGM", None)  # music may lie behind
            assert 0.5 < example.seconds <= max(mix.WINDOW_SECONDS)
            assert np.abs(example.audio).max() > 0
    alone = [e for s in range(12) for e in mix.Director(s, "train").noises()]
    assert sum(e.event == "Event_UNK" for e in alone) > len(alone) / 2


def test_noises_of_the_corpus_are_hard_as_often_as_set(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def made_by(name: str):
        def make(rng: np.random.Generator, seconds: float) -> np.ndarray:
            made.append(name)
            return np.zeros(round(seconds * sounds.RATE), np.float32)

        return make

    monkeypatch.setattr(sounds, "negative", made_by("plain"))
    monkeypatch.setattr(sounds, "hard_negative", made_by("hard"))
    director = mix.Director(3, "train")
    for _ in range(400):
        director._noise(0.01)
    assert abs(made.count("hard") / 400 - mix.HARD_NEGATIVES) < 0.1
