"""Two languages in one file, from documents and from subtitle files, by the command."""

from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from typer.testing import CliRunner

from tests.builders.documents import laugh, make_document, make_phrase
from vidtag.cli import app
from vidtag.core import document as documents
from vidtag.core.records import Cue, Language
from vidtag.subtitles.formats.languages import LANGUAGE_TAGS
from vidtag.subtitles.reading.subtitle_file import read_cues
from vidtag.subtitles.two_languages import above

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
EN = "1\n00:00:01,000 --> 00:00:03,000\nGood evening,\neverybody.\n\n" \
     "2\n00:00:03,080 --> 00:00:05,000\n[laughter] Do sit down.\n\n"  # fmt: skip
ZH = "1\n00:00:01,200 --> 00:00:02,900\n大家晚上好。\n\n" \
     "2\n00:00:03,300 --> 00:00:05,400\n[笑声] 请坐。\n\n" \
     "3\n00:00:08,000 --> 00:00:09,000\n谢谢。\n\n"  # fmt: skip


def bilingual(*arguments: Path) -> list[Cue]:
    upper, lower, output = arguments
    done = CliRunner().invoke(app, ["bilingual", str(upper), str(lower), "-o", str(output)])
    assert done.exit_code == 0, done.output
    return list(read_cues(output))


def test_two_subtitle_files_become_one_and_sounds_are_told_once(tmp_path):
    (tmp_path / "en.srt").write_text(EN, encoding="utf-8")
    (tmp_path / "zh.srt").write_text(ZH, encoding="utf-8")
    for name in ("both.srt", "both.ass"):
        cues = bilingual(tmp_path / "en.srt", tmp_path / "zh.srt", tmp_path / name)
        assert [(round(c.start, 2), round(c.end, 2), c.lines) for c in cues] == [
            (1.0, 3.0, ("Good evening,", "everybody.", "大家晚上好。")),
            (3.08, 5.0, ("[laughter] Do sit down.", "请坐。")),
            (8.0, 9.0, ("谢谢。",)),
        ]


def test_two_documents_become_one(tmp_path):
    said = {
        "en": make_phrase(Language.EN, "We went home in the rain.", 1.0),
        "ja": make_phrase(Language.JA, "雨の中を帰りました。", 1.1, each=0.15),
    }
    for name, phrase in said.items():
        document = make_document([phrase], [laugh(8.0, 10.0)], rate=25)
        file = tmp_path / f"{name}.vidtag.json"
        file.write_text(documents.to_json(document), encoding="utf-8")
    cues = bilingual(*(tmp_path / f"{n}.vidtag.json" for n in said), tmp_path / "both.vtt")
    assert cues[0].lines == ("We went home in the rain.", "雨の中を帰りました。")
    assert cues[-1].lines == ("[laughter]",)


def test_a_cue_beside_several_is_shown_with_each_and_no_moment_alone():
    one = [Cue(0.0, 6.0, ("all of it",))]
    two = [Cue(0.2, 3.0, ("一",)), Cue(3.1, 5.8, ("二",))]
    made = above(one, two)
    assert [cue.lines for cue in made] == [("all of it", "一"), ("all of it", "二")]
    assert [(made[0].start, made[-1].end)] == [(0.0, 6.0)]
    assert above([], two) == tuple(two)
    assert above(one, []) == tuple(one)


@pytest.mark.parametrize(("name", "told"), [("a.karaoke.ass", "words"), ("a.xyz", "no subtitle")])
def test_what_can_not_be_is_refused_in_one_line(tmp_path, name, told):
    (tmp_path / "en.srt").write_text(EN, encoding="utf-8")
    file = str(tmp_path / "en.srt")
    done = CliRunner().invoke(app, ["bilingual", file, file, "-o", str(tmp_path / name)])
    assert done.exit_code != 0
    assert told in done.output
    assert not (tmp_path / name).exists()


def test_subtitles_of_one_file_that_begin_together_are_all_shown():
    one = [Cue(0.0, 2.0, ("[music]",), markers=(0,)), Cue(0.0, 3.0, ("Above.",))]
    (made,) = above(one, [Cue(0.0, 3.0, ("一",))])
    assert (made.lines, made.markers) == (("[music]", "Above.", "一"), (0,))


def test_what_the_format_cannot_hold_is_told(tmp_path):
    (tmp_path / "en.srt").write_text(EN, encoding="utf-8")
    (tmp_path / "zh.srt").write_text(ZH, encoding="utf-8")
    files = [str(tmp_path / name) for name in ("en.srt", "zh.srt", "both.stl")]
    done = CliRunner().invoke(app, ["bilingual", *files[:2], "-o", files[2]])
    assert "both.stl cannot hold 大家晚上好" in done.stderr


@pytest.mark.parametrize("upper", ["en", "zh"])
def test_each_line_says_which_language_it_is_in(tmp_path, upper):
    (tmp_path / "en.srt").write_text(EN, encoding="utf-8")
    (tmp_path / "zh.srt").write_text(ZH, encoding="utf-8")
    first, second = (tmp_path / f"{name}.srt" for name in sorted(("en", "zh"), key=upper.__ne__))
    tag = LANGUAGE_TAGS[Language.ZH]
    bilingual(first, second, tmp_path / "both.vtt")
    text = (tmp_path / "both.vtt").read_text(encoding="utf-8")
    assert f"<lang {tag}>大家晚上好。</lang>" in text
    assert "<lang en>Good evening,</lang>" in text
    bilingual(first, second, tmp_path / "both.ttml")
    root = fromstring((tmp_path / "both.ttml").read_text(encoding="utf-8"))
    paragraph = next(each for each in root.iter() if each.tag.endswith("}p"))
    marked = [each for each in paragraph if each.get(LANG)]
    own = paragraph.get(LANG) or root.get(LANG)
    # The lines that are not in the paragraph's language say so.
    others = {"en": ["大家晚上好。"], "zh": ["Good evening,"]}
    assert own == {"en": "en", "zh": tag}[upper]
    assert [each.text for each in marked] == others[upper]
