"""Speakers in what is shown: names, cues, files."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pysubs2
import pytest

from tests.builders.documents import (
    make_document,
    make_phrase,
    make_segment,
    make_video_stream,
    make_words,
)
from vidtag.core.cast import with_names
from vidtag.core.edits import CuesChange
from vidtag.core.errors import ConfigError
from vidtag.core.records import Language, SpeakerTurn
from vidtag.core.settings import Config
from vidtag.show.edited_views import views_of
from vidtag.show.revision import first_revision, step
from vidtag.show.subtitle_files import subtitle_text
from vidtag.show.views import Views
from vidtag.subtitles.formats.registry import render_cues
from vidtag.subtitles.layout.rebase import rebase


@pytest.fixture(scope="module")
def document():
    """Two people who take turns within what would be one cue."""
    lines = [("Speaker 1", "are you sure"), ("Speaker 2", "yes"), ("Speaker 1", "good <then>")]
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


def test_two_speakers_share_a_cue_only_where_each_alone_would_be_too_short(document):
    cues = shown(document).cues
    assert [(cue.lines, cue.speaker, cue.speakers) for cue in cues] == [
        (("-are you sure", "-yes"), None, ("Speaker 1", "Speaker 2")),
        (("good <then>",), "Speaker 1", ()),
    ]
    assert shown(document).check.violations == ()
    unknown = replace(
        document, turns=(), segments=tuple(replace(s, speaker=None) for s in document.segments)
    )
    assert not any("-" in cue.text for cue in shown(unknown).cues)


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
        "Ben > all: yes",
        "Ana & Co: good <then>",
    ]
    tree = ElementTree.fromstring(text_of(views, "ttml"))
    metadata = "{http://www.w3.org/ns/ttml#metadata}"
    agents = {
        agent.get("{http://www.w3.org/XML/1998/namespace}id"): agent.findtext(f"{metadata}name")
        for agent in tree.iter(f"{metadata}agent")
    }
    said = [one.get(f"{metadata}agent") for one in tree.iter() if one.get(f"{metadata}agent")]
    assert [agents[agent] for agent in said] == ["Ana & Co", "Ben > all", "Ana & Co"]


@pytest.mark.parametrize(
    ("profile", "language", "lines"),
    [
        ("netflix", Language.EN, ("-really", "-yes")),
        ("bbc", Language.EN, ("– really", "– yes")),
        ("netflix", Language.ZH, ("-真的吗", "-对")),
        ("netflix", Language.JA, ("－本当", "－うん")),
        ("netflix", Language.KO, ("- 정말", "- 네")),
    ],
)
def test_dashes_are_those_of_the_guide_and_the_judge_finds_them_right(profile, language, lines):
    texts = [line.lstrip("-–－ ") for line in lines]
    first = make_phrase(language, texts[0], 1.0, each=0.15)
    second = make_phrase(language, texts[1], first.end + 0.03, each=0.15)
    segments = [replace(first, speaker="A"), replace(second, speaker="B")]
    document = replace(
        make_document(segments, rate=25),
        turns=tuple(SpeakerTurn(s.speaker or "", s.start, s.end, 1.0) for s in segments),
    )
    views = Views(document, Config().with_values({"subtitles.profile": profile}))
    assert [cue.lines for cue in views.cues] == [lines]
    assert views.check.violations == ()
    assert "".join(views.laid_out[0].dashes)
    srt = text_of(views, "srt")
    assert "\n".join(lines) in srt
    karaoke = text_of(views, "karaoke")
    sung = [re.sub(r"\{[^}]*\}", "", e.text) for e in pysubs2.SSAFile.from_string(karaoke)]
    assert sung == [r"\N".join(lines)]


def test_each_line_of_an_exchange_has_the_colour_of_its_speaker(document):
    ass = pysubs2.SSAFile.from_string(text_of(shown(document), "ass"))
    assert ass[0].style == "Speech English"
    assert [event.name for event in ass] == ["Speaker 1 / Speaker 2", "Speaker 1"]
    assert ass[0].text == r"-are you sure\N{\rSpeech English Yellow}-yes"
    yellow = ass.styles["Speech English Yellow"].primarycolor
    assert (yellow.r, yellow.g, yellow.b) == (255, 255, 0)
    vtt = text_of(shown(document), "vtt")
    assert "<v Speaker 2><c.yellow><lang en>-yes" in vtt
    tree = ElementTree.fromstring(text_of(shown(document), "ebuttd"))
    styles = [span.get("style") for span in tree.iter("{http://www.w3.org/ns/ttml}span")]
    assert styles == ["speech", "yellow", "speech"]


def test_a_speaker_has_one_colour_in_the_video_and_in_its_clips(document):
    views = shown(document)
    end = next(cue for cue in views.cues if cue.speaker).start - 0.01
    clip = rebase(views.cues, 0.0, end)
    video, config = None, views.config.subtitles
    alone = [replace(clip[0], lines=("-sure", "-yes, of course it is"))]
    own = render_cues(alone, "vtt", video=video, config=config)
    ours = render_cues(alone, "vtt", video=video, config=config, speakers=views.by_talk)
    assert "<v Speaker 1><c.yellow>" in own
    assert "<v Speaker 2><c.yellow>" in ours


def test_names_are_shown_where_no_picture_shows_who_talks(document):
    def texts(**settings):
        chosen = Config().with_values({f"subtitles.{k}": v for k, v in settings.items()})
        return "\n".join(cue.text for cue in Views(document, chosen).cues)

    assert "[" not in texts()
    assert texts(speaker_names="always").count("[Speaker") == 3
    assert texts(speaker_names="no-picture").count("[Speaker") == 3
    seen = replace(document, media=replace(document.media, video=make_video_stream(25)))
    views = Views(seen, Config().with_values({"subtitles.speaker_names": "no-picture"}))
    assert not any("[" in cue.text for cue in views.cues)


def test_an_edited_exchange_keeps_its_speakers(document):
    revision = first_revision(document, Config())
    two = next(kept for kept in revision.cues if kept.cue.speakers)
    changed = replace(two, cue=replace(two.cue, lines=("-are you sure", "-yeah")))
    change = CuesChange(removed=(two,), added=(changed,))
    views = views_of(step(revision, change))
    assert views.document.turns == document.turns
    assert [(s.speaker, s.text) for s in views.document.segments] == [
        ("Speaker 1", "are you sure"),
        ("Speaker 2", "yeah"),
        ("Speaker 1", "good <then>"),
    ]


def test_a_document_without_speakers_is_shown_as_ever(document):
    mute = replace(
        document, turns=(), segments=tuple(replace(s, speaker=None) for s in document.segments)
    )
    views = shown(mute, "Ana")
    assert "<v " not in text_of(views, "vtt")
    assert "agent" not in text_of(views, "ttml")
    assert "Ana" not in text_of(views, "rich")
