from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders.documents import laugh, make_document, make_phrase, make_timed_segment
from vidtag.core.display import FINER_KINDS, FINER_WORDS, more_about
from vidtag.core.names import WrittenLanguage
from vidtag.core.records import (
    Cue,
    Emotion,
    EventKind,
    EventSpan,
    Language,
    Segment,
    Size,
    Word,
    join_words,
)
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.check.judge import check_cues
from vidtag.subtitles.formats.transcript import EMOTION_SIGNS, EVENT_SIGNS, plain_text, rich_text
from vidtag.subtitles.layout import markers
from vidtag.subtitles.layout.cues import cues_of, lay_out

LAUGH = EventSpan(EventKind.LAUGHTER, 5.0, 8.0, 0.9, 0.8)


@pytest.mark.parametrize(
    ("kind", "language", "label"),
    [
        (EventKind.LAUGHTER, Language.EN, "[laughter]"),
        (EventKind.LAUGHTER, Language.ZH, "[笑声]"),
        (EventKind.APPLAUSE, Language.ZH, "[掌声]"),
        (EventKind.APPLAUSE, Language.YUE, "[掌聲]"),
        (EventKind.LAUGHTER, Language.JA, "（笑い）"),
        (EventKind.APPLAUSE, Language.JA, "（拍手）"),
        (EventKind.LAUGHTER, Language.KO, "[웃음]"),
        (EventKind.APPLAUSE, Language.KO, "[박수]"),
        (EventKind.BGM, Language.KO, "[음악]"),
        (EventKind.COUGH, Language.NOSPEECH, "[coughs]"),
    ],
)
def test_labels_are_in_the_language_of_the_passage(kind, language, label):
    assert markers.Labels().event(EventSpan(kind, 0, 1, 1, 1), language) == label


def test_every_event_has_words_in_every_language():
    for language in get_args(WrittenLanguage):
        assert set(markers.EVENT_WORDS[language]) == set(EventKind)
        assert set(markers.EMOTION_WORDS[language]) == set(Emotion) - {
            Emotion.NEUTRAL, Emotion.UNKNOWN
        }  # fmt: skip


@pytest.mark.parametrize(
    ("chosen", "label"),
    [("en", "[laughter]"), ("zh-Hant", "[笑聲]"), ("ja", "（笑い）"), ("speech", "[웃음]")],
)
def test_markers_are_in_the_language_that_the_viewer_chose(chosen, label):
    document = make_document([make_phrase(Language.KO, "안녕하세요 여러분", 0.0)], [LAUGH])
    config = SubtitlesConfig(marker_language=chosen)
    assert cues_of(lay_out(document, config))[-1].lines == (label,)


def test_the_bbc_has_labels_in_capitals():
    said = make_phrase(Language.EN, "We went to see the whales. They sang all night long.", 0.0)
    cough = EventSpan(EventKind.COUGH, said.words[6].start + 0.05, said.words[6].end, 0.9, 0.8)
    cues = cues_of(lay_out(make_document([said], [cough, LAUGH]), SubtitlesConfig(profile="bbc")))
    assert cues[-1].lines == ("LAUGHTER",)
    assert any("(COUGHS) They" in line or "(COUGHS) sang" in line for c in cues for line in c.lines)


def cues_with(events: list[EventSpan], *said: Segment) -> tuple[Cue, ...]:
    document = make_document(said, events, rate=25)
    cues = cues_of(lay_out(document, SubtitlesConfig()))
    assert not check_cues(cues, "netflix", video=document.media.video).violations
    return cues


def test_a_long_applause_under_speech_is_told_again_when_the_speaker_waits_for_it():
    clap = EventSpan(EventKind.APPLAUSE, 1.0, 19.0, 0.9, 0.8)
    cues = cues_with([clap], make_phrase(Language.EN, "Thank you. You are very kind.", 4.0))
    texts = [cue.text.replace("\n", " ") for cue in cues]
    assert texts == ["[applause]", "Thank you. You are very kind.", "[applause continues]"]
    assert cues[-1].start == pytest.approx(6.0, abs=0.3)


def test_applause_under_a_long_speech_is_told_again():
    sentences = " ".join(f"Number {n} is the one we like." for n in ["one", "two", "three", "four"])
    said = make_phrase(Language.EN, sentences, 0.0, each=0.6)
    clap = EventSpan(EventKind.APPLAUSE, 0.1, 20.0, 0.9, 0.8)
    lines = [line for cue in cues_with([clap], said) for line in cue.lines]
    assert [line.split("]")[0] for line in lines if "[" in line] == [
        "[applause", "[applause continues"
    ]  # fmt: skip


def test_laughs_within_some_seconds_are_one_and_music_is_told_once():
    laughs = [EventSpan(EventKind.LAUGHTER, s, s + 0.8, 0.9, 0.8) for s in (9.0, 11.2, 13.4)]
    music = [EventSpan(EventKind.BGM, s, s + 12, 0.9, 0.8) for s in (20.0, 35.0)]
    cues = cues_with([*laughs, *music], make_phrase(Language.EN, "Then they all sang.", 6.0))
    assert [cue.text for cue in cues] == ["Then they all sang.", "[laughter]", "[music]"]
    assert all(cue.end - cue.start <= 3.1 for cue in cues)


def test_a_cough_splits_no_sentence_and_shows_no_word_early():
    said = make_phrase(Language.EN, "The next guest has written a book about whales.", 2.0)
    cough = EventSpan(EventKind.COUGH, said.words[3].start, said.words[3].end, 0.9, 0.8)
    (cue,) = cues_with([cough], said)
    assert " ".join(cue.lines) == "The next guest [coughs] has written a book about whales."
    assert (cue.start, cue.markers) == (2.0, ())


def test_a_label_waits_for_a_sentence_that_leaves_time_to_read_it():
    """The first sentence after the laugh is as fast as may be read; its words stay as they are."""
    fast = make_phrase(Language.EN, "And now I have no idea where I am at all.", 5.0, each=0.2)
    slow = make_phrase(Language.EN, "And I said that is not what I meant.", fast.end, each=0.4)
    laugh = EventSpan(EventKind.LAUGHTER, 5.1, 9.0, 0.9, 0.8)
    before = make_phrase(Language.EN, "He told me to run every day.", 2.6)
    cues = cues_with([laugh], before, fast, slow)
    lines = [" ".join(cue.lines) for cue in cues]
    assert "[laughter] And I said" in lines[-1]
    assert "And now I have no idea where I am at all." in lines


def test_a_cue_ends_with_its_speech_while_the_laugh_goes_on():
    said = make_phrase(Language.EN, "Nobody had told the dog about it, you see.", 2.0)
    speech, laugh = cues_with([EventSpan(EventKind.LAUGHTER, 4.4, 9.0, 0.9, 0.8)], said)
    assert speech.end <= laugh.start < said.end + 0.1
    assert laugh.lines == ("[laughter]",)


def test_japanese_labels_make_no_cue_of_one_frame():
    said = make_phrase(Language.JA, "ありがとうございましたとみなさんに", 1.0)
    document = make_document([replace(said, emotion=Emotion.HAPPY)], rate=25)
    config = SubtitlesConfig(language_tags=True, emotion_tags=True)
    cues = cues_of(lay_out(document, config))
    assert all(cue.end - cue.start > 0.5 for cue in cues)
    text = "".join(line for cue in cues for line in cue.lines)
    assert text.replace(" ", "").endswith("ありがとうございましたとみなさんに")
    assert "（日本語）" in text


def test_the_users_wording_comes_first_and_an_empty_one_hides_the_event():
    document = make_document([make_phrase(Language.EN, "We were there.", 0.0)], [LAUGH])
    own = SubtitlesConfig(marker_wording={EventKind.LAUGHTER: "(they laugh)"})
    assert cues_of(lay_out(document, own))[-1].lines == ("(they laugh)",)
    hidden = SubtitlesConfig(marker_wording={EventKind.LAUGHTER: ""})
    assert len(cues_of(lay_out(document, hidden))) == 1
    assert len(cues_of(lay_out(document, SubtitlesConfig(event_markers=False)))) == 1


def test_an_own_wording_that_no_line_holds_loses_no_event_under_speech():
    wide = "(all of the people in the room laugh out loud)"
    said = make_phrase(Language.EN, "We were there. They were not there at all.", 0.0)
    config = SubtitlesConfig(marker_wording={EventKind.LAUGHTER: wide})
    short = EventSpan(EventKind.LAUGHTER, said.words[3].start, said.words[4].end, 0.9, 0.8)
    cues = cues_of(lay_out(make_document([said], [short, LAUGH]), config))
    assert sum("[laughter] They" in line for cue in cues for line in cue.lines) == 1
    assert " ".join(cues[-1].lines) == wide


def test_a_marker_takes_the_language_spoken_nearest():
    document = make_document(
        [
            make_phrase(Language.EN, "Good night.", 0.0),
            make_phrase(Language.KO, "안녕하세요 여러분", 9.0),
        ],
        [LAUGH, EventSpan(EventKind.LAUGHTER, 1.1, 1.4, 0.9, 0.8)],
    )
    labels = [cue.lines[0] for cue in cues_of(lay_out(document, SubtitlesConfig())) if cue.markers]
    assert labels == ["[laughter]", "[웃음]"]


def test_language_tags_stand_where_the_language_changes():
    document = make_document(
        [
            make_phrase(Language.ZH, "今天天气很好。", 0.0),
            make_phrase(Language.ZH, "我们走吧。", 4.0),
            make_phrase(Language.EN, "All right then.", 8.0),
        ]
    )
    cues = cues_of(lay_out(document, SubtitlesConfig(language_tags=True)))
    assert [cue.text.replace("\n", "") for cue in cues] == [
        "[中文] 今天天气很好。", "我们走吧。", "[English] All right then."
    ]  # fmt: skip
    assert not any(cue.markers for cue in cues)


def test_emotions_show_only_when_sure():
    happy = replace(make_phrase(Language.EN, "We won the cup.", 0.0), emotion=Emotion.HAPPY)
    document = make_document([happy])
    (cue,) = cues_of(lay_out(document, SubtitlesConfig()))
    assert cue.emotion is Emotion.HAPPY
    (cue,) = cues_of(lay_out(document, SubtitlesConfig(emotion_probability=0.95)))
    assert cue.emotion is None
    (cue,) = cues_of(lay_out(document, SubtitlesConfig(emotion_tags=True)))
    assert cue.text == "[happily] We won the cup."


PASSAGES = st.lists(
    st.tuples(
        st.sampled_from([Language.EN, Language.ZH, Language.YUE, Language.JA, Language.KO]),
        st.sampled_from([emotion for emotion in Emotion if emotion is not Emotion.UNKNOWN]),
        st.sampled_from([None, *EventKind]),
        st.sampled_from(["We won.", "你好。", "안녕.", "ありがとう。", "50%", "Hey!"]),
    ),
    max_size=8,
)


def as_funasr_joins(lines: list[str]) -> str:
    """Passages in one line: an event is not repeated while it goes on, an emotion not until it
    changes.
    """
    text, event = "", None
    for line in lines:
        here = line[0] if line[0] in EVENT_SIGNS.values() else None
        line = line[1:] if here and here == event else line
        event = line[0] if line[0] in EVENT_SIGNS.values() else None
        if text and line[-1] in EMOTION_SIGNS.values() and line[-1] == text[-1]:
            text = text[:-1]
        text += line
    return text


@settings(deadline=None)
@given(PASSAGES)
def test_rich_text_is_that_of_funasr(passages):
    """Against FunASR's own function, for the model's output with the same tags and texts."""
    from funasr.utils.postprocess_utils import rich_transcription_postprocess

    spoken, events, tagged = [], [], ""
    for number, (language, emotion, kind, text) in enumerate(passages):
        start = 10.0 * number
        word = Word(text, start, start + 1, 0.9)
        spoken.append(Segment(start, start + 1, text, (word,), language, 0.9, emotion, 0.9))
        if kind:
            events.append(EventSpan(kind, start, start + 1, 0.9, 0.8))
        tagged += f"<|{language}|><|{emotion}|><|{kind or 'Speech'}|><|withitn|>{text}"
    lines = rich_text(make_document(spoken, events, duration=100.0)).splitlines()
    assert len(lines) == len(passages)
    theirs = rich_transcription_postprocess(tagged)
    assert as_funasr_joins(lines) == theirs.replace("<|withitn|>", "")


def test_rich_text_keeps_what_nobody_talks_over():
    document = make_document([make_phrase(Language.EN, "We were there.", 0.0)], [LAUGH])
    assert rich_text(document) == "We were there.\n😀\n"


def test_a_left_out_space_is_restored_but_not_in_rich_text():
    said = [("the", 0.0, 0.2), ("house.", 0.3, 0.8), ("Good", 1.0, 1.2), ("night.", 1.3, 1.6)]
    segment = make_timed_segment(Language.EN, *said)
    words = [replace(w, space_before=w.text in ("house.", "night.")) for w in segment.words]
    segment = replace(segment, words=tuple(words), text=join_words(words))
    assert segment.text == "the house.Good night."
    document = make_document([segment])
    cues = cues_of(lay_out(document, SubtitlesConfig()))
    assert " ".join(line for cue in cues for line in cue.lines) == "the house. Good night."
    assert plain_text(document) == "the house. Good night.\n"
    assert rich_text(document).startswith("the house.Good night.")


@pytest.mark.parametrize(
    ("language", "laughs"),
    [
        (Language.EN, ("[laughs]", "[laughter]", "[audience laughs]")),
        (Language.ZH, ("[笑]", "[笑声]", "[观众笑声]")),
        (Language.YUE, ("[笑]", "[笑聲]", "[觀眾笑聲]")),
        (Language.JA, ("（笑い声）", "（笑い）", "（観客の笑い声）")),
        (Language.KO, ("[웃음]", "[웃음]", "[관객 웃음]")),
    ],
)
def test_how_many_laugh_is_told_where_it_is_wanted(language, laughs):
    labels = markers.Labels(finer=True)
    told = [labels.event(replace(laugh(0, 2), size=size), language) for size in Size]
    assert tuple(told) == laughs
    assert labels.event(laugh(0, 2), language) == laughs[1]
    house = replace(laugh(0, 2), size=Size.HOUSE)
    assert markers.Labels().event(house, language) == laughs[1]
    assert labels.event(house, language, again=True) == markers.Labels().event(
        house, language, again=True
    )
    assert (
        markers.Labels(finer=True, wording={EventKind.LAUGHTER: "ha"}).event(house, language)
        == "ha"
    )


def test_finer_labels_are_told_in_every_language():
    for language in get_args(WrittenLanguage):
        words = FINER_WORDS[language]
        assert set(words) == set(FINER_KINDS)
        assert all(words.values())
    cheer = EventSpan(EventKind.APPLAUSE, 0, 3, 1, 1, finer="Cheering")
    assert markers.Labels(finer=True).event(cheer, Language.EN) == "[cheering]"
    assert markers.Labels().event(cheer, Language.EN) == "[applause]"
    assert markers.Labels("ja", finer=True).event(cheer, Language.EN) == "（歓声）"


@pytest.mark.parametrize("label", FINER_KINDS)
def test_a_finer_label_has_the_same_words_in_a_subtitle_and_on_a_page(label):
    event = EventSpan(FINER_KINDS[label], 0, 3, 1, 1, finer=label)
    shown = markers.Labels(finer=True)
    assert shown.event(event, Language.EN) == f"[{more_about(event)}]"
    assert shown.event(event, Language.ZH) == f"[{more_about(event, 'zh')}]"


def test_the_setting_puts_them_into_cues_and_a_laugh_that_goes_on_is_as_large_as_it_gets():
    heard = [replace(laugh(2, 4), size=Size.ONE), replace(laugh(5, 8), size=Size.HOUSE)]
    document = make_document([], heard, duration=20.0)
    (cue,) = cues_of(lay_out(document, SubtitlesConfig(marker_detail="finer")))
    assert cue.lines == ("[audience laughs]",)
    (cue,) = cues_of(lay_out(document, SubtitlesConfig()))
    assert cue.lines == ("[laughter]",)
