"""Who speaks, in queries."""

from dataclasses import replace

import pytest

from tests.builders.documents import make_document, make_event, make_segment, make_words
from vidtag import files
from vidtag.core import document as documents
from vidtag.core.errors import UserError
from vidtag.core.records import EventKind
from vidtag.find.query import parse
from vidtag.find.search import find


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Ana speaks, people laugh; Ben speaks, people laugh; long after, they laugh at nobody."""
    place = tmp_path_factory.mktemp("talk")
    said = [
        replace(make_segment(make_words(text, at)), speaker=speaker)
        for speaker, text, at in (("Ana Lee", "the first joke", 1.0), ("Speaker 2", "another", 9.0))
    ]
    laughs = [make_event(EventKind.LAUGHTER, at, at + 3) for at in (2.5, 10.0, 40.0)]
    files.write_text(place / "talk.vidtag.json", documents.to_json(make_document(said, laughs)))
    return place


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ('speaker:"ana lee" laughter>2s', [2.5]),
        ("speaker:2 laughter", [10.0]),
        ("laughter not speaker:2", [2.5, 40.0]),
        ("speaker:2 speech", [9.0]),
        ('speaker:"Ana Lee" "joke"', [1.0]),
        ("speaker:Nobody", []),
    ],
)
def test_what_somebody_says_and_the_laughs_at_it(folder, tmp_path, query, wanted):
    found = find(query, [folder], index=tmp_path / "index")
    assert [match.span.start for match in found.matches] == wanted


def test_a_name_must_follow():
    with pytest.raises(UserError, match="a name must follow speaker:"):
        parse("speaker: laughter")


@pytest.mark.parametrize(
    "query", ["speaker:Bem laughter", "laughter not speaker:Bem", "within 2s of speaker:Bem"]
)
def test_a_name_that_nobody_has_is_told_with_those_there_are(folder, tmp_path, query):
    (note,) = find(query, [folder], index=tmp_path / "index").notes
    assert note == "nobody is called 'bem'; there are Ana Lee, Speaker 2"
    assert find("speaker:2 laughter", [folder], index=tmp_path / "index").notes == ()


def test_of_many_speakers_those_like_the_name_come_first(tmp_path):
    for number in range(40):
        name = "Zacharias" if number == 31 else f"Guest {number}"
        said = [
            replace(make_segment(make_words("hello", at)), speaker=speaker)
            for at, speaker in ((1.0, name), (3.0, "Host"))
        ]
        place = tmp_path / f"{number}.vidtag.json"
        files.write_text(place, documents.to_json(make_document(said)))
    (note,) = find("speaker:Zacharia", [tmp_path], index=tmp_path / "index").notes
    assert note.startswith("nobody is called 'zacharia'; there are Zacharias, Host, Guest ")
    assert note.endswith(" and 33 others")


def test_where_nobody_is_told_apart_a_name_says_what_to_do(tmp_path):
    alone = make_document([make_segment(make_words("hello", 1.0))])
    files.write_text(tmp_path / "one.vidtag.json", documents.to_json(alone))
    (note,) = find("speaker:Ana", [tmp_path], index=tmp_path / "index").notes
    assert "--speakers" in note
