"""One table for each kind of name: complete, and the same as what is made of it elsewhere."""

import os
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidtag.core import display, names
from vidtag.core.names import result_stem
from vidtag.core.records import Emotion, EventKind, Language
from vidtag.core.settings import house_style
from vidtag.subtitles.formats import registry
from vidtag.timelines import formats as timelines

STYLES = {path.stem for path in house_style.FOLDER.glob("*.yaml")}


@pytest.mark.parametrize(
    ("table", "choices"),
    [
        (registry.FORMATS, names.SubtitleFormat),
        (STYLES, names.SubtitleProfile),
        (timelines.FORMATS, names.TimelineFormat),
    ],
)
def test_tables_hold_every_choice_of_the_settings(table, choices):
    assert set(table) == set(get_args(choices))


def test_every_language_that_can_be_chosen_has_its_names():
    assert set(get_args(names.SpokenLanguage)) == {"auto", *display.LANGUAGES}
    assert set(display.LANGUAGES) == set(Language) - {Language.NOSPEECH}
    assert set(display.LANGUAGE_COLOURS) == set(Language)


def test_every_event_kind_and_emotion_has_names_and_colours():
    for language in get_args(names.PageLanguage):
        assert set(display.EVENT_NAMES[language]) == set(EventKind)
        assert set(display.EMOTION_NAMES[language]) == set(Emotion) - {Emotion.UNKNOWN}
    assert set(display.EVENT_COLOURS) == set(display.EVENT_LINE_COLOURS) == set(EventKind)
    assert set(display.EMOTION_COLOURS) == set(Emotion) - {Emotion.UNKNOWN}


@pytest.mark.parametrize(
    ("path", "stem"),
    [
        ("/a/talk.mp4", "talk"),
        ("..mp4", "video"),
        ("...mp4", "video"),
        (".vidtag.json", ".vidtag"),
        ("", "video"),
        ("/", "video"),
        ("/a/..", "video"),
        ("a.b.mp4", "a.b"),
        (".mp4", ".mp4"),
    ],
)
def test_no_result_is_called_as_a_folder_calls_itself(path, stem):
    assert result_stem(path) == stem


@given(st.text(min_size=1))
def test_results_stay_in_their_folder(path):
    made = os.path.normpath(os.path.join("/out", result_stem(path) + "/x"))
    assert os.path.dirname(os.path.dirname(made)) == "/out"
