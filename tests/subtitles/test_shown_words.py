"""Names by a glossary and fillers left out, through to cues, karaoke and clips."""

import re
from dataclasses import replace

import pytest

from tests.builders.documents import make_document, make_phrase, make_timed_segment
from vidtag.core.records import EventKind, EventSpan, Language, join_words
from vidtag.core.settings import SubtitlesConfig, load_config
from vidtag.show.subtitle_files import subtitle_file, subtitle_text, write_subtitles
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


@pytest.mark.parametrize(
    ("said", "script", "wanted", "language"),
    [
        ("头发发生了变化。", "traditional", "頭髮發生了變化。", Language.ZH),
        ("這裡沒有人。", "simplified", "这里没有人。", Language.ZH),
        ("佢系边个嚟㗎？", "traditional", "佢系邊個嚟㗎？", Language.YUE),
        ("気を付けて、髪が。", "traditional", "気を付けて、髪が。", Language.JA),
    ],
)
def test_chinese_is_shown_in_the_script_that_is_wanted(said, script, wanted, language):
    text = shown(said, language, chinese=script).segments[0].text
    assert text == wanted
    assert shown(said, language).segments[0].text == said


def test_a_glossary_holds_in_either_script():
    document = shown(
        "我找王小龙。", Language.ZH, chinese="traditional", replace={"王小龙": "汪小龍"}
    )
    assert document.segments[0].text == "我找汪小龍。"


def test_the_new_words_are_in_every_file():
    document = make_document([make_phrase(Language.EN, "Welcome to vid tag, everybody.", 1.0)])
    config = load_config(None, {"subtitles.replace": {"vid tag": "vidtag"}})
    views = Views(document, config)
    for name in ("srt", "karaoke", "rich", "json", "ttml"):
        text = subtitle_text(views, name)
        assert "vidtag" in text, name
        assert "vid tag" not in text, name
    assert document.segments[0].text == "Welcome to vid tag, everybody."


def test_the_new_words_are_in_titles_of_clips_and_chapters():
    said = make_phrase(Language.EN, "So I asked vid tag to find it. And vid tag laughed.", 1.0)
    document = make_document([said], [EventSpan(EventKind.LAUGHTER, 5.0, 8.0, 0.9, 0.9)])
    views = Views(document, load_config(None, {"subtitles.replace": {"vid tag": "vidtag"}}))
    (clip,) = views.clips
    assert clip.title == "And vidtag laughed"
    assert "vidtag" in views.timelines.opening


def test_a_byte_order_mark_where_it_is_wanted():
    document = make_document([make_phrase(Language.EN, "Hello there.", 1.0)])
    views = Views(document, load_config(None, {"subtitles.bom": True}))
    assert (subtitle_file(views, "srt") or b"").startswith(b"\xef\xbb\xbf1\n")
    assert (subtitle_file(views, "vtt") or b"").startswith(b"WEBVTT")


def test_srt_in_the_encodings_of_old_programs(tmp_path):
    """Each is read back by Python's own decoder; what an encoding lacks does no harm."""
    said = {
        "cp1252": (Language.EN, "Cafe\u0301 naïve 笑 you said."),
        "gb18030": (Language.ZH, "大家好。"),
        "big5hkscs": (Language.YUE, "佢哋嚟咗喇。"),
        "cp932": (Language.JA, "ありがとう。"),
        "cp949": (Language.KO, "안녕 여러분."),
        "utf-16": (Language.EN, "Hello there."),
    }
    for encoding, (language, text) in said.items():
        document = make_document([phrase(language, text)])
        config = load_config(
            None, {"subtitles.encoding": encoding, "subtitles.formats": ["srt", "vtt"]}
        )
        written = write_subtitles(Views(document, config), tmp_path / encoding)
        srt, vtt = written.files
        shown = text.replace("笑", "?").replace("e\u0301", "é")
        assert shown in " ".join(srt.read_text(encoding=encoding).split("\n"))
        lost = ("cp1252.srt cannot hold 笑; ? stands for these, 1 in all",)
        assert written.notes == (lost if encoding == "cp1252" else ())
        assert vtt.read_bytes().startswith(b"WEBVTT")


def test_what_formats_of_western_letters_lack_is_told(tmp_path):
    document = make_document([phrase(Language.JA, "猫は？Zo\u00eb? Œuvre.")])
    config = load_config(None, {"subtitles.formats": ["scc", "stl", "itt"]})
    written = write_subtitles(Views(document, config), tmp_path / "a")
    assert written.notes == (
        "a.scc cannot hold 猫は; ? stands for these, 2 in all",
        "a.stl cannot hold 猫は; ? stands for these, 2 in all",
    )


LAUGH = EventSpan(EventKind.LAUGHTER, 1.7, 2.2, 0.9, 0.8)


def test_sounds_and_clean_from_one_run_named_as_players_want(tmp_path):
    said = make_phrase(Language.EN, "We all saw it. He said nothing.", 0.5)
    document = make_document([said], [LAUGH, replace(LAUGH, start=20.0, end=22.0)], rate=25)
    settings = {
        "subtitles.clean": True, "subtitles.name_language": "auto",
        "subtitles.formats": ["srt", "ass", "stl"],
    }  # fmt: skip
    views = Views(document, load_config(None, settings))
    written = write_subtitles(views, tmp_path / "talk").files
    assert [path.name for path in written] == [
        "talk.en.sdh.srt", "talk.en.sdh.ass", "talk.en.sdh.stl",
        "talk.en.srt", "talk.en.ass", "talk.en.stl",
    ]  # fmt: skip
    sounds, clean = written[0].read_text(), written[3].read_text()
    assert sounds.count("[laughter]") == 2
    assert "[" not in clean
    assert clean.count("-->") == 2
    # Of cues edited by hand, sounds are left out too.
    edited = replace(views, edited_cues=views.cues)
    assert [cue.text for cue in edited.clean.cues] == ["We all saw it.", "He said nothing."]


def test_names_of_files_stay_as_they_are_by_default_and_take_any_tag(tmp_path):
    document = make_document([make_phrase(Language.EN, "Hello there.", 1.0)], [LAUGH])
    for tag, names in (("off", ["talk.srt"]), ("zh-HK", ["talk.zh-HK.sdh.srt"])):
        settings = {"subtitles.name_language": tag, "subtitles.formats": ["srt"]}
        views = Views(document, load_config(None, settings))
        assert [p.name for p in write_subtitles(views, tmp_path / "talk").files] == names
