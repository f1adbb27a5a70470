"""What comes of edits: names of cues stay, nothing said is lost, every command respects them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders.documents import clap, laugh, make_document, make_phrase
from vidtag import files
from vidtag.cli import app
from vidtag.core import document as documents
from vidtag.core import edits as edit_files
from vidtag.core.edits import (
    Change,
    ClipsChange,
    CuesChange,
    Edits,
    KeptClip,
    KeptCue,
    ResetChange,
    SettingsChange,
    edits_path,
    read_edits,
)
from vidtag.core.errors import DocumentError
from vidtag.core.records import Cue, Language
from vidtag.core.settings import Config
from vidtag.show.edited_views import edited_views, views_of
from vidtag.show.revision import first_revision, revise, step
from vidtag.subtitles.formats.transcript import plain_text

TALK = make_document(
    [
        make_phrase(Language.EN, "Good evening and welcome to the first of our two talks.", 1.0),
        make_phrase(Language.EN, "Nobody here has seen the cake that we baked on Sunday.", 9.0),
        make_phrase(Language.ZH, "大家好今天我们说一说面包怎么做才好吃", 20.0),
        make_phrase(Language.EN, "Thank you very much, and good night to all of you.", 32.0),
    ],
    [laugh(15.0, 18.0), clap(38.0, 44.0)],
    rate=25,
)


def edited(kept, *lines, **times):
    return KeptCue(kept.id, replace(kept.cue, lines=lines, **times), kept.source)


def rewriting(revision, number, *lines):
    kept = revision.cues[number]
    return CuesChange((kept,), (edited(kept, *lines),))


@pytest.fixture
def first():
    return first_revision(TALK, Config())


def test_an_edit_changes_one_cue_and_no_other(first):
    after = step(first, rewriting(first, 1, "Somebody wrote this."))
    assert [k.id for k in after.cues] == [k.id for k in first.cues]
    assert [k for k in after.cues if k not in first.cues] == [after.cues[1]]
    assert after.edited == (after.cues[1],)


def test_the_words_of_everything_made_are_those_that_were_written(first):
    place = next(n for n, kept in enumerate(first.cues) if "cake" in kept.cue.text)
    was = first.cues[place].cue.text
    after = step(first, rewriting(first, place, *was.replace("cake", "loaf").split("\n")))
    text = plain_text(views_of(after).document)
    assert "loaf" in text
    assert text.replace("loaf", "cake") == plain_text(TALK), "all else stays as it was said"
    for word, said in zip(after.rewritten.words, TALK.words, strict=True):
        assert (word.start, word.end) == (said.start, said.end)


def test_another_house_style_leaves_the_edited_and_lays_out_the_rest(first):
    after = step(first, rewriting(first, 0, "Edited by hand."))
    after = step(after, CuesChange((after.cues[-1],), ()))
    social = step(after, SettingsChange("subtitles", {"profile": "social"}))
    assert "Edited by hand." in [kept.cue.text for kept in social.cues]
    assert len(social.cues) > len(after.cues), "the style has shorter lines"
    before = "".join("".join(k.cue.lines) for k in after.cues).replace(" ", "")
    now = "".join("".join(k.cue.lines) for k in social.cues).replace(" ", "")
    assert sorted(now) == sorted(before), "no word twice, none lost, what was deleted stays away"
    back = step(social, SettingsChange("subtitles", {"profile": "netflix"}))
    assert [k.cue.text for k in back.edited] == ["Edited by hand."]


def test_edits_find_their_words_after_the_layout_has_changed(first):
    place = next(n for n, kept in enumerate(first.cues) if "cake" in kept.cue.text)
    kept = first.cues[place]
    change = CuesChange((replace(kept, id="of another version"),), (edited(kept, "Edited."),))
    texts = [one.cue.text for one in step(first, change).cues]
    assert "Edited." in texts
    assert not any("cake" in text for text in texts)


CHANGES = st.lists(
    st.tuples(st.sampled_from(["edit", "delete", "insert", "style", "reset"]), st.integers(0, 99)),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(CHANGES)
def test_undoing_everything_is_the_beginning_and_redoing_it_is_the_end(plan):
    history, now = Edits("fingerprint"), first_revision(TALK, Config())
    start = now
    for what, number in plan:
        cues = now.cues
        change: Change = ResetChange()
        if what == "insert" or not cues:
            change = CuesChange((), (KeptCue(f"n{number}", Cue(50.0, 52.0, (f"{number}",))),))
            change = ResetChange() if f"n{number}" in {k.id for k in cues} else change
        elif what == "edit":
            change = rewriting(now, number % len(cues), f"text {number}")
        elif what == "delete":
            change = CuesChange((cues[number % len(cues)],))
        elif what == "style":
            change = SettingsChange("subtitles", {"profile": ("bbc", "netflix")[number % 2]})
        history, now = history.changed(change), step(now, change)
        assert len({kept.id for kept in now.cues}) == len(now.cues)
    end = history
    for _ in plan:
        history = history.moved(-1)
    assert revise(TALK, Config(), history.current).cues == start.cues
    for _ in plan:
        history = history.moved(1)
    assert history.current == end.current
    assert revise(TALK, Config(), history.current).cues == now.cues


def test_clips_are_made_renamed_dropped_and_ordered(first):
    selected = views_of(first).clips
    assert len(selected) == 2
    laughs, claps = (f"h{round(c.start * 1000)}-{round(c.end * 1000)}" for c in selected)
    own = KeptClip("n1", 20.0, 24.0, "How bread is made", reel=False)
    named = KeptClip(laughs, selected[0].start, selected[0].end, "The joke")
    change = ClipsChange((own, named), (), ("n1", claps, laughs))
    views = views_of(step(first, change))
    assert [clip.title for clip in views.clips][::2] == ["How bread is made", "The joke"]
    assert views.goes_into(views.clips[0]) == (False, True)
    dropped = step(step(first, change), ClipsChange((replace(named, dropped=True),)))
    assert views_of(dropped).clips[0].title == "How bread is made"
    assert len(views_of(dropped).clips) == 2
    # What was dropped stays away when a threshold gives it other edges.
    other = step(dropped, SettingsChange("highlights", {"tail": 1.1}))
    assert not any(clip.start == selected[0].start for clip in views_of(other).clips)


@pytest.fixture
def project(tmp_path, first):
    path = tmp_path / "talk.vidtag.json"
    files.write_text(path, documents.to_json(TALK))
    history = Edits("fingerprint").changed(rewriting(first, 0, "Somebody wrote this."))
    history = history.changed(SettingsChange("highlights", {"top": 1}))
    files.write_text(edits_path(path), edit_files.to_json(history))
    return path


def test_every_command_respects_the_edits_beside_a_document(project, tmp_path):
    def run(*words):
        app(list(words), standalone_mode=False)

    run("subtitles", str(project), "--formats", "srt,txt")
    assert "Somebody wrote this." in (tmp_path / "talk.srt").read_text()
    run("timeline", str(project), "--formats", "audacity")
    assert len((tmp_path / "talk.highlights.labels.txt").read_text().splitlines()) == 1
    run("report", str(project))
    assert "Somebody wrote this." in (tmp_path / "talk.report.html").read_text()


def test_what_was_chosen_on_the_page_gives_way_to_what_a_command_says(project):
    assert len(edited_views(TALK, Config(), project).clips) == 1
    given = Config().with_values({"highlights.top": 2})
    assert len(edited_views(TALK, given, project).clips) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "damaged"),
        ("[]", "damaged"),
        ('{"version": 99}', "newer"),
        ('{"version": 1, "fingerprint": "another", "changes": []}', "another video"),
    ],
)
def test_edits_that_cannot_be_used_are_one_clear_error(project, text, says):
    edits_path(project).write_text(text)
    with pytest.raises(DocumentError, match=says) as raised:
        edited_views(TALK, Config(), project)
    assert "talk.vidtag-edits.json" in str(raised.value)


def test_a_file_of_edits_is_read_as_it_was_written(project):
    history = read_edits(project, "fingerprint")
    again = edit_files.to_json(history)
    assert again == edits_path(project).read_text()
    assert len(json.loads(again)["changes"]) == 2
    assert read_edits(project.with_name("other.vidtag.json"), "x") == Edits("x")
