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
