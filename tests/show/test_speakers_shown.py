"""Speakers in what is shown: names, cues, files."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from tests.builders.documents import make_document, make_segment, make_words
from vidtag.core.cast import with_names
from vidtag.core.errors import ConfigError
from vidtag.core.records import SpeakerTurn
from vidtag.core.settings import Config
from vidtag.show.subtitle_files import subtitle_text
from vidtag.show.views import Views


@pytest.fixture(scope="module")
def document():
    """Two people who take turns within what would be one cue."""
    lines = [("Speaker 1", "are you sure"), ("Speaker 2", "yes I am"), ("Speaker 1", "good <then>")]
    segments, turns, at = [], [], 1.0
    for speaker, text in lines:
        segment = make_segment(make_words(text, at))
        segments.append(replace(segment, speaker=speaker))
        turns.append(SpeakerTurn(speaker, segment.start, segment.end, 0.9))
        at = segment.end + 0.05
    return replace(make_document(segments), turns=tuple(turns))


def shown(document, *names):
    return Views(document, Config().with_values({"cast.names": names}))


def text_of(views, name):
    return subtitle_text(views, name)


def test_no_cue_holds_words_of_two_people(document):
    cues = shown(document).cues
    assert [(cue.speaker, cue.text) for cue in cues] == [
        ("Speaker 1", "are you sure"),
        ("Speaker 2", "yes I am"),
        ("Speaker 1", "good <then>"),
    ]
    unknown = replace(
        document, turns=(), segments=tuple(replace(s, speaker=None) for s in document.segments)
    )
    assert len(shown(unknown).cues) < 3


def test_names_are_given_in_the_order_of_first_words(document):
    views = shown(document, "Ana")
    assert views.document.speakers == ("Ana", "Speaker 2")
    assert [segment.speaker for segment in views.document.segments] == ["Ana", "Speaker 2", "Ana"]
    taken = with_names(document, ["Speaker 2"])
    assert len(set(taken.speakers)) == 2
    with pytest.raises(ConfigError, match="alike"):
        shown(document, "Ana", "Ana")


def test_files_say_who_speaks(document):
    views = shown(document, "Ana & Co", "Ben > all")
    vtt = text_of(views, "vtt")
    assert "<v Ana &amp; Co>" in vtt
    assert "<v Ben &gt; all>" in vtt
    assert text_of(views, "rich").splitlines() == [
        "Ana & Co: are you sure",
        "Ben > all: yes I am",
        "Ana & Co: good <then>",
    ]
    tree = ElementTree.fromstring(text_of(views, "ttml"))
    metadata = "{http://www.w3.org/ns/ttml#metadata}"
    agents = {
        agent.get("{http://www.w3.org/XML/1998/namespace}id"): agent.findtext(f"{metadata}name")
        for agent in tree.iter(f"{metadata}agent")
    }
    said = [p.get(f"{metadata}agent") for p in tree.iter("{http://www.w3.org/ns/ttml}p")]
    assert [agents[agent] for agent in said] == ["Ana & Co", "Ben > all", "Ana & Co"]


def test_a_document_without_speakers_is_shown_as_ever(document):
    mute = replace(
        document, turns=(), segments=tuple(replace(s, speaker=None) for s in document.segments)
    )
    views = shown(mute, "Ana")
    assert "<v " not in text_of(views, "vtt")
    assert "agent" not in text_of(views, "ttml")
    assert "Ana" not in text_of(views, "rich")
