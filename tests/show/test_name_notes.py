"""Names in the settings that nobody in a document has are told."""

from dataclasses import replace

import pytest

from tests.builders.documents import make_document, make_event, make_segment, make_words
from vidtag.core.records import EventKind, SpeakerTurn
from vidtag.core.settings import Config
from vidtag.show.everything import show
from vidtag.show.views import Views


@pytest.fixture(scope="module")
def document():
    """Two people; what the second says is laughed at."""
    said = [
        replace(make_segment(make_words(text, at)), speaker=speaker)
        for speaker, text, at in (("Speaker 1", "a joke", 1.0), ("Speaker 2", "another", 4.0))
    ]
    turns = tuple(SpeakerTurn(one.speaker or "", one.start, one.end, 0.9) for one in said)
    return replace(make_document(said, [make_event(EventKind.LAUGHTER, 5, 8)]), turns=turns)


def notes(document, folder, **settings):
    """What is told; the clips themselves, whose video is not there, are left out."""
    values = {"report.enabled": False, "highlights.enabled": False, **settings}
    return show(Views(document, Config().with_values(values)), folder).notes


def test_more_names_than_speakers(document, tmp_path):
    told = notes(document, tmp_path, **{"cast.names": ["Ana", "Ben", "Cid", "Dora"]})
    assert told == (
        "4 names are given, but 2 speakers were told apart: nobody is called Cid, Dora",
    )
    assert notes(document, tmp_path, **{"cast.names": ["Ana"]}) == ()


def test_names_where_speakers_were_not_told_apart(document, tmp_path):
    alone = replace(
        document, turns=(), segments=tuple(replace(one, speaker=None) for one in document.segments)
    )
    (told,) = notes(alone, tmp_path, **{"cast.names": ["Ana"]})
    assert "names are given (Ana)" in told
    assert "--speakers" in told
    assert notes(alone, tmp_path) == ()


def test_clips_of_somebody_who_is_not_there(document, tmp_path):
    names = {"cast.names": ["Ana", "Ben"]}
    told = notes(document, tmp_path, **names, **{"highlights.speakers": ["ben", "Bem"]})
    assert told == ("no clips of Bem: nobody is called so; there are Ana, Ben",)
    assert notes(document, tmp_path, **names, **{"highlights.speakers": ["ben"]}) == ()


def test_somebody_who_was_added_by_hand_is_there(document, tmp_path):
    config = Config().with_values(
        {"cast.names": ["Ana", "Ben", "Cid"], "report.enabled": False, "highlights.enabled": False}
    )
    views = Views(document, config)
    first, *others = views.cues
    by_hand = replace(first, speaker="Speaker 3")
    assert show(Views(document, config, edited_cues=(by_hand, *others)), tmp_path).notes == ()


def test_where_nobody_spoke_a_name_is_not_told_to_ask_for_what_was_done(document, tmp_path):
    asked = {**document.settings, "speakers": {"count": "auto", "model": "cam++zh-en"}}
    silent = replace(document, segments=(), turns=(), settings=asked)
    (told,) = notes(silent, tmp_path, **{"cast.names": ["Ana"]})
    assert "no speakers are known here" in told
    assert "not told apart" not in told
