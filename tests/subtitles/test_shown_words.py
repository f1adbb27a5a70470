"""Names by a glossary and fillers left out, through to cues, karaoke and clips."""

import re

import pytest

from tests.builders.documents import make_document, make_phrase, make_timed_segment
from vidtag.core.records import Language, join_words
from vidtag.core.settings import SubtitlesConfig, load_config
from vidtag.show.subtitle_files import subtitle_text
from vidtag.show.views import Views
from vidtag.subtitles.shown_words import worded


def phrase(language, text):
    """A segment whose signs belong to the character before them, as those of the recogniser do."""
    if " " in text or language is Language.EN:
        return make_phrase(language, text, 1.0)
    parts = re.findall(r"\w\W*", text)
    timed = [(part, 1.0 + n, 1.9 + n) for n, part in enumerate(parts)]
    return make_timed_segment(language, *timed)


def shown(text, language=Language.EN, **options):
    document = make_document([phrase(language, text)])
    config = SubtitlesConfig().model_copy(update=options)
    return worded(document, config)


@pytest.mark.parametrize(
    ("said", "glossary", "wanted", "language"),
    [
        ("I use Vid tag, often.", {"vid tag": "vidtag"}, "I use vidtag, often.", Language.EN),
        (
            "I met jon snow.",
            {"Jon": "John", "jon snow": "Jon Snow"},
            "I met Jon Snow.",
            Language.EN,
        ),
        ("Jonah came", {"Jon": "John"}, "Jonah came", Language.EN),
        ("我找王小明。", {"王小明": "汪小名"}, "我找汪小名。", Language.ZH),
        ("“Acme” won", {"acme": "ACME Corp"}, "“ACME Corp” won", Language.EN),
    ],
)
def test_the_glossary_holds_whole_words_and_keeps_signs(said, glossary, wanted, language):
    document = shown(said, language, replace=glossary)
    assert document.segments[0].text == wanted
    assert join_words(document.words) == wanted
    times = [time for word in document.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert times[0] == 1.0


@pytest.mark.parametrize(
    ("said", "wanted", "language"),
    [
        ("Um, so I, uh, went home, um.", "So I, went home.", Language.EN),
        ("The umbrella is hers.", "The umbrella is hers.", Language.EN),
        ("嗯，我去了。", "我去了。", Language.ZH),
        ("金额很大。", "金额很大。", Language.ZH),
        ("えっと、これです。", "これです。", Language.JA),
    ],
)
def test_fillers_are_left_out_and_no_part_of_a_word(said, wanted, language):
    document = make_document([phrase(language, said)])
    config = SubtitlesConfig(drop_fillers=True)
    assert worded(document, config).segments[0].text == wanted


def test_the_new_words_are_in_every_file():
    document = make_document([make_phrase(Language.EN, "Welcome to vid tag, everybody.", 1.0)])
    config = load_config(None, {"subtitles.replace": {"vid tag": "vidtag"}})
    views = Views(document, config)
    for name in ("srt", "karaoke", "rich", "json", "ttml"):
        text = subtitle_text(views, name)
        assert "vidtag" in text, name
        assert "vid tag" not in text, name
    assert document.segments[0].text == "Welcome to vid tag, everybody."


def test_a_byte_order_mark_where_it_is_wanted():
    document = make_document([make_phrase(Language.EN, "Hello there.", 1.0)])
    views = Views(document, load_config(None, {"subtitles.bom": True}))
    assert subtitle_text(views, "srt").startswith("\ufeff1\n")
    assert subtitle_text(views, "vtt").startswith("WEBVTT")
