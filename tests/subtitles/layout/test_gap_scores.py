from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidtag.core.records import Language
from vidtag.core.wordbreaks import japanese_phrases, japanese_words
from vidtag.subtitles.layout.gap_scores import SCORED, gap_scores


def odds(text: str, language: Language) -> list[float]:
    """At the gaps that are marked with a bar."""
    spaced = language in (Language.EN, Language.KO)
    parts = [part.split() if spaced else list(part) for part in text.split("|")]
    found = gap_scores([word for part in parts for word in part], "", language)
    return [found[end - 1] for end in accumulate(map(len, parts[:-1]))]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I told him that the|company was sold,|but he would not listen.", Language.EN),
        ("We went out of the|house early|because it was raining", Language.EN),
        ("これは新しい|機能なので|試してください", Language.JA),
        ("もし時間が|あったら|公園に行きます", Language.JA),
        ("데이터를|학습시키는데|모델을 사용합니다.", Language.KO),
        ("이런 것들이|있고|저런 것들도 있습니다.", Language.KO),
        ("我们的|应用已经很快了|但是还可以更好", Language.ZH),
        ("我們的|應用已經很快了|但是還可以更好", Language.ZH),
    ],
)
def test_a_subtitle_rather_ends_after_a_clause_than_inside_one(text, language):
    inside, after = odds(text, language)
    assert after > inside + 1


@pytest.mark.parametrize(
    ("text", "language"), [("オ|ムライスを食べる", Language.JA), ("我们去北|京", Language.ZH)]
)
def test_none_ends_inside_a_word(text, language):
    assert odds(text, language) == [-12]


@pytest.mark.parametrize("language", [Language.JA, Language.ZH])
def test_commas_and_full_stops_are_not_seen(language):
    """Files that the models are fitted on have them only where a subtitle goes on."""
    bare = gap_scores(["日本", "人"], "", language)
    marked = gap_scores(["日本，", "人。"], "", language)
    assert bare == marked


def test_what_follows_counts_for_the_last_word():
    ends = [
        gap_scores(list("私は行く"), next_, Language.JA)[-1] for next_ in ("ことにした", "では")
    ]
    assert ends[0] < ends[1]


@pytest.mark.parametrize("language", SCORED)
@given(words=st.lists(st.text("あ日本をはがのA1、。나는ー 我…\u3000😀", min_size=1), min_size=1))
def test_every_word_has_odds(language, words):
    found = gap_scores(words, "", language)
    assert len(found) == len(words)
    assert all(-40 < value < 40 for value in found)


@given(st.text("あ日本をはがのにABC1 \n\u3000、。「」ー😀\ud800"))
def test_japanese_words_and_phrases_are_the_text_again(text):
    assert "".join(word for word, _ in japanese_words(text)) == text
    assert "".join(japanese_phrases(text)) == text


@pytest.mark.parametrize(
    "phrases",
    [
        "見せつけたかっただけなんです。",
        "オムライスなんかじゃ|ごまかされないよ。",
        "勉強してもらうことが|できると|思いますが、|３０分ほど|お待ちください",
        "「新しい|コンピューター」を|アップルストアで|買う",
    ],
)
def test_japanese_phrases(phrases):
    assert japanese_phrases(phrases.replace("|", "")) == phrases.split("|")


def test_threads_do_not_disturb_one_another():
    texts = [
        f"私は{place}で{number}人の友達に会いました" for place in "東西南北" for number in range(99)
    ]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(japanese_words, texts)) == [japanese_words(text) for text in texts]
