"""Times of words within their segment, whatever the network writes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vidtag.core.records import Emotion, Language, join_words
from vidtag.listening.speech.recognise import _segment
from vidtag.listening.speech.recognition import Recognition, Token
from vidtag.listening.speech.splitting import RecognisedStretch
from vidtag.listening.speech.stretches import Stretch
from vidtag.listening.speech.word_edges import Pauses

PIECES = st.sampled_from(["▁he", "llo", "你", "好", "。", "▁", ",", "が", "ー", "3", "<0xE4>", "“"])


@st.composite
def recognised(draw: st.DrawFn) -> RecognisedStretch:
    start = draw(st.integers(0, 10**6))
    length = draw(st.integers(1, 480_000))
    frames = max(1, length // 960)
    at, tokens = 0, []
    for piece in draw(st.lists(PIECES, max_size=30)):
        first = draw(st.integers(at, at + 9))
        last = draw(st.integers(first + 1, first + 3))
        if last > frames:
            break
        tokens.append(Token(piece, first, last, draw(st.floats(0.01, 1))))
        at = last
    language = draw(st.sampled_from(Language))
    recognition = Recognition(
        rich_text="",
        tokens=tuple(tokens),
        frames=frames,
        language=language,
        language_probability=0.7,
        emotion=Emotion.NEUTRAL,
        emotion_probability=0.5,
        languages=dict.fromkeys(Language, 0.1) | {language: 0.7},
        events={},
    )
    return RecognisedStretch(
        Stretch(start, start + length, ((start, start + length),)), recognition
    )


PAUSES = Pauses(np.arange(0.0, 30.0, 0.5), np.arange(0.2, 30.2, 0.5))


@given(recognised(), st.sampled_from(["auto", "zh", "en"]), st.booleans())
def test_words_lie_in_their_segment_in_order(
    one: RecognisedStretch, wanted: str, draw: bool
) -> None:
    segment = _segment(one, wanted, dict.fromkeys(Language, 0.07), PAUSES if draw else None)
    if segment is None:
        return
    assert one.recognition.language is not Language.NOSPEECH
    assert segment.text == join_words(segment.words) != ""
    edges = [segment.start, *(t for w in segment.words for t in (w.start, w.end)), segment.end]
    assert edges == sorted(edges)
    assert (segment.start, segment.end) == (one.stretch.start / 16_000, one.stretch.end / 16_000)
    if wanted != "auto":
        assert segment.language == wanted
    assert segment.probability is not None
    assert 0 < segment.probability <= 1
    assert segment.language_probability == one.recognition.languages[segment.language]


@given(recognised())
def test_only_what_has_no_text_is_dropped(one: RecognisedStretch) -> None:
    spelled = "".join(t.piece for t in one.recognition.tokens if not t.piece.startswith("<"))
    has_text = any(c.isalnum() for c in spelled)
    dropped = _segment(one, "auto", {}, None) is None
    assert dropped == (not has_text or one.recognition.language is Language.NOSPEECH)
