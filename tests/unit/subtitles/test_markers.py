from __future__ import annotations

import pytest

from vidtag.config import SubtitlesConfig
from vidtag.subtitles import markers
from vidtag.subtitles.cues import make_cues
from vidtag.subtitles.transcript import plain_text, rich_text
from vidtag.types import Emotion, EventKind, EventSpan, Language

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
        (EventKind.BGM, Language.KO, "♪"),
        (EventKind.COUGH, Language.NOSPEECH, "[coughs]"),
    ],
)
def test_labels_are_in_the_language_of_the_passage(kind, language, label):
    assert markers.event_label(kind, language) == label


def test_every_event_has_words_in_every_language():
    for language in markers.LANGUAGE_NAMES:
        assert set(markers.EVENT_WORDS[language]) == set(EventKind)
        assert set(markers.EMOTION_WORDS[language]) == set(Emotion) - {
            Emotion.NEUTRAL, Emotion.UNKNOWN
        }  # fmt: skip


def test_the_users_wording_comes_first_and_an_empty_one_hides_the_event(kit):
    document = kit.build([kit.talk(Language.EN, "We were there.", 0.0)], [LAUGH])
    own = SubtitlesConfig(marker_wording={EventKind.LAUGHTER: "(they laugh)"})
    assert make_cues(document, own)[-1].lines == ("(they laugh)",)
    hidden = SubtitlesConfig(marker_wording={EventKind.LAUGHTER: ""})
    assert len(make_cues(document, hidden)) == 1
    assert len(make_cues(document, SubtitlesConfig(event_markers=False))) == 1


def test_a_marker_takes_the_language_spoken_nearest(kit):
    document = kit.build(
        [
            kit.talk(Language.EN, "Good night.", 0.0),
            kit.talk(Language.KO, "안녕하세요 여러분", 9.0),
        ],
        [LAUGH, EventSpan(EventKind.LAUGHTER, 1.0, 3.0, 0.9, 0.8)],
    )
    labels = [cue.lines[0] for cue in make_cues(document, SubtitlesConfig()) if cue.markers]
    assert labels == ["[laughter]", "[웃음]"]


def test_language_tags_stand_where_the_language_changes(kit):
    document = kit.build(
        [
            kit.talk(Language.ZH, "今天天气很好。", 0.0),
            kit.talk(Language.ZH, "我们走吧。", 4.0),
            kit.talk(Language.EN, "All right then.", 8.0),
        ]
    )
    cues = make_cues(document, SubtitlesConfig(language_tags=True))
    assert [cue.text.replace("\n", "") for cue in cues] == [
        "[中文] 今天天气很好。", "我们走吧。", "[English] All right then."
    ]  # fmt: skip
    assert not any(cue.markers for cue in cues)


def test_emotions_show_only_when_sure(kit):
    from dataclasses import replace

    happy = replace(kit.talk(Language.EN, "We won the cup.", 0.0), emotion=Emotion.HAPPY)
    document = kit.build([happy])
    (cue,) = make_cues(document, SubtitlesConfig())
    assert cue.emotion is Emotion.HAPPY
    (cue,) = make_cues(document, SubtitlesConfig(emotion_probability=0.95))
    assert cue.emotion is None
    (cue,) = make_cues(document, SubtitlesConfig(emotion_tags=True))
    assert cue.text == "[happily] We won the cup."


def test_rich_text_tells_what_funasr_tells(kit):
    """The lines are what FunASR 1.4.16's ``rich_transcription_postprocess`` gave for passages with
    these tags and texts, one by one.
    """
    from dataclasses import replace

    passages = [
        ("We won.", Emotion.HAPPY, EventKind.LAUGHTER, "😀We won.😊"),
        ("你好。", Emotion.NEUTRAL, None, "你好。"),
        ("안녕.", Emotion.SAD, EventKind.BGM, "🎼안녕.😔"),
        ("Hey!", Emotion.ANGRY, EventKind.APPLAUSE, "👏Hey!😡"),
    ]
    segments, events = [], []
    for number, (text, emotion, kind, _) in enumerate(passages):
        given = kit.talk(Language.EN, text, 10.0 * number)
        segments.append(replace(given, emotion=emotion, text=text))
        if kind:
            events.append(EventSpan(kind, given.start, given.end, 0.9, 0.8))
    lines = rich_text(kit.build(segments, events)).splitlines()
    assert lines == [line for _, _, _, line in passages]


def test_transcripts_keep_what_nobody_talks_over(kit):
    document = kit.build([kit.talk(Language.EN, "We were there.", 0.0)], [LAUGH])
    assert plain_text(document) == "We were there.\n"
    assert rich_text(document) == "We were there.\n😀\n"
