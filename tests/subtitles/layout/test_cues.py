"""What must hold for any document, and how particular words become cues."""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders.documents import (
    make_document,
    make_phrase,
    make_sentence,
    make_timed_segment,
)
from vidtag.core.records import Cue, CueKind, Document, EventKind, EventSpan, Language
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.characters import clean
from vidtag.subtitles.check.check_result import Rule
from vidtag.subtitles.check.judge import check_cues
from vidtag.subtitles.layout import dividing
from vidtag.subtitles.layout.cues import cues_of, lay_out, timed
from vidtag.subtitles.layout.dividing import CueUnits, divide
from vidtag.subtitles.layout.ruler import Ruler
from vidtag.subtitles.layout.style_profiles import profile_for
from vidtag.subtitles.layout.taste import WEIGHTS
from vidtag.subtitles.layout.unit import Role
from vidtag.subtitles.layout.unit_table import UnitTable
from vidtag.subtitles.layout.units import units_of

PLAIN = SubtitlesConfig(event_markers=False)
TIMES = {Rule.MIN_DURATION, Rule.MAX_DURATION, Rule.READING_SPEED, Rule.GAP, Rule.OVERLAP}

few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def letters(text: str) -> str:
    """Text without spaces, full-width punctuation as ASCII."""
    return re.sub(r"\s", "", text).translate(str.maketrans("，？！：；。", ",?!:;."))


def shown(cues: tuple[Cue, ...]) -> str:
    return letters("".join("".join(cue.lines) for cue in cues))


@pytest.mark.parametrize("profile", ["netflix", "bbc", "social"])
def test_every_word_once_in_order_and_no_two_cues_at_a_time(noisy_documents, profile):
    config = SubtitlesConfig(profile=profile, event_markers=False)

    @few
    @given(noisy_documents)
    def holds(document: Document) -> None:
        cues = cues_of(lay_out(document, config))
        said = "".join(clean(w.text) for s in document.segments for w in s.words)
        assert shown(cues) == letters(said)
        for cue, after in itertools.pairwise(cues):
            assert cue.end <= after.start
        assert all(0 <= cue.start < cue.end for cue in cues)
        assert all(line.strip() == line and line for cue in cues for line in cue.lines)

    holds()


def test_markers_and_tags_leave_words_and_times_as_they_are(noisy_documents):
    config = SubtitlesConfig(language_tags=True, emotion_tags=True)

    @few
    @given(noisy_documents)
    def holds(document: Document) -> None:
        laid_out = lay_out(document, config)
        units = [unit for block in laid_out for line in block.lines for unit in line]
        said = "".join(clean(w.text) for s in document.segments for w in s.words)
        spoken = "".join(unit.text for unit in units if unit.role is Role.SPEECH)
        assert letters(spoken) == letters(said)
        told = "".join(unit.text for unit in units if unit.role is not Role.SPEECH)
        assert bool(document.events) <= bool(told)
        cues = [block.as_cue() for block in laid_out]
        assert all(a.end <= b.start for a, b in itertools.pairwise(cues))
        for block, cue in zip(laid_out, cues, strict=True):
            for number, line in enumerate(block.lines):
                roles = {unit.role for unit in line}
                assert (number in cue.markers) == (Role.SPEECH not in roles)
                assert Role.MARKER not in roles or len(line) == 1
                assert line[-1].role is not Role.TAG or len(block.lines) > number + 1

    holds()


def test_no_line_is_ever_too_long(noisy_documents):
    @few
    @given(noisy_documents)
    def holds(document: Document) -> None:
        video = document.media.video
        for profile in ("netflix", "social"):
            cues = cues_of(lay_out(document, SubtitlesConfig(profile=profile)))
            faults = {v.rule for v in check_cues(cues, profile, video=video).violations}
            assert not faults & {
                Rule.LINES, Rule.LINE_LENGTH, Rule.EMPTY, Rule.ORDER, Rule.OVERLAP
            }  # fmt: skip
            assert Rule.CHARACTERS not in faults or "<|" in shown(cues)

    holds()


def every_division(count: int) -> Iterator[list[CueUnits]]:
    """All ways to divide a row of units into cues of one or two lines."""
    for places in itertools.product((False, True), repeat=count - 1):
        edges = [0, *(i for i, cut in enumerate(places, 1) if cut), count]
        options = []
        for begin, end in itertools.pairwise(edges):
            options.append([CueUnits(begin, split, end) for split in range(begin + 1, end + 1)])
        for chosen in itertools.product(*options):
            yield list(chosen)


def test_rules_hold_whenever_any_division_keeps_them(clean_documents):
    """Compared with all cuts of short documents, tried one by one. Reading too fast is no such
    rule: it is worth three cues that end badly.
    """

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(clean_documents)
    def holds(document: Document) -> None:
        video = document.media.video
        profile = profile_for("netflix", video)
        ruler = Ruler(profile)
        units = units_of(document, PLAIN, ruler)[:7]
        if not units:
            return
        shots = document.shots
        table = UnitTable.of(units, document, ruler, PLAIN, WEIGHTS)

        def faults(division: list[CueUnits]) -> list[Rule]:
            cues = [block.as_cue() for block in timed(units, table, division)]
            found = check_cues(cues, "netflix", video=video, shots=shots).violations
            rules = [v.rule for v in found]
            return [rule for rule in rules if rule not in (Rule.LINE_BREAK, Rule.READING_SPEED)]

        ours = faults(list(divide(table)))
        if ours:
            best = min(len(faults(division)) for division in every_division(len(units)))
            assert best > 0, ours

    holds()


def test_work_grows_in_proportion_to_the_words():
    def operations(sentences: int) -> int:
        text = "Some people talk to dogs and I, for one, have never minded that at all. Really?"
        document = make_document(
            [make_phrase(Language.EN, text, 8.0 * i) for i in range(sentences)]
        )
        count = 0

        def counted(frame: object, event: str, argument: object) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        sys.setprofile(counted)
        try:
            cues_of(lay_out(document, PLAIN))
        finally:
            sys.setprofile(None)
        return count

    operations(10)  # fills the caches
    small, large = operations(100), operations(400)
    assert large < 4.2 * small


def test_pricing_units_in_pieces_changes_nothing(monkeypatch):
    text = "I said that we would come back, and here we are, all of us, with the dog. Yes."
    document = make_document([make_phrase(Language.EN, text, 7.0 * i) for i in range(12)])
    whole = cues_of(lay_out(document, PLAIN))
    monkeypatch.setattr(dividing, "_AT_ONCE", 7)
    assert cues_of(lay_out(document, PLAIN)) == whole


def test_sentences_and_clauses_decide_where_a_cue_ends():
    said = (
        "I have been thinking about the way people talk to their dogs, because my neighbor John "
        "Smith has a very big dog."
    )
    cues = cues_of(
        lay_out(make_document([make_phrase(Language.EN, said)], rate=Fraction(25)), PLAIN)
    )
    assert [cue.text for cue in cues] == [
        "I have been thinking\nabout the way people talk to their dogs,",
        "because my neighbor John Smith\nhas a very big dog.",
    ]


def test_chinese_breaks_between_words_and_sets_latin_off():
    said = "我昨天用OpenAI的模型写了三个程序结果都不能运行"
    words = re.findall(r"[A-Za-z]+|.", said)
    timed = [(w, 0.25 * i, 0.25 * i + 0.22) for i, w in enumerate(words)]
    cues = cues_of(lay_out(make_document([make_timed_segment(Language.ZH, *timed)]), PLAIN))
    text = "".join(line for cue in cues for line in cue.lines)
    assert "用 OpenAI 的" in text
    lines = [line for cue in cues for line in cue.lines]
    for word in ("昨天", "模型", "三个", "程序", "结果", "运行"):
        assert any(word in line for line in lines), (word, lines)
    assert not any(line.startswith("的") for line in lines)


def test_languages_never_share_a_line():
    document = make_document(
        [
            make_phrase(Language.EN, "Okay then.", 0.0),
            make_phrase(Language.ZH, "好的再见", 0.7, each=0.15),
        ]
    )
    for cue in cues_of(lay_out(document, PLAIN)):
        for line in cue.lines:
            assert line in ("Okay then.", "好的再见")


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(60000, 1001)])
def test_cues_stand_on_frames_two_apart(rate):
    said = "We had a very long talk about it. And then we went home, the two of us, in the rain."
    document = make_document([make_phrase(Language.EN, said, 1.003)], rate=rate)
    cues = cues_of(lay_out(document, PLAIN))
    assert len(cues) > 1
    for cue in cues:
        for time in (cue.start, cue.end):
            frame = time * float(rate)
            assert abs(frame - round(frame)) < 1e-6
    for cue, after in itertools.pairwise(cues):
        assert round((after.start - cue.end) * float(rate)) == 2
    assert 0 <= 1.003 - cues[0].start < 1 / float(rate)


def test_a_short_word_stays_long_enough_and_a_cue_ends_soon_after_speech():
    document = make_document(
        [make_timed_segment(Language.EN, ("Yes.", 1.0, 1.2), ("No.", 9.0, 9.2))]
    )
    first, second = cues_of(lay_out(document, PLAIN))
    assert first.end - first.start == pytest.approx(5 / 6, abs=0.05)
    assert second.start == 9.0
    slow = make_document([make_phrase(Language.EN, "One two three four five six.", 0.0, each=0.5)])
    (cue,) = cues_of(lay_out(slow, PLAIN))
    assert 2.9 < cue.end <= 3.5


def test_an_in_time_gives_way_by_two_frames_where_there_is_no_time_to_read():
    """The sentence in the middle is read at 21 characters a second between its onset and the next:
    in two frames more it can be read, and its neighbours can spare them.
    """
    slow, fast = "He came.", "I never said that we would all be coming too."
    document = make_document(
        [
            make_sentence(1.0, 2.6, slow),
            make_sentence(2.6, 4.84, fast),
            make_sentence(4.84, 6.44, slow),
        ]
    )
    cues = cues_of(lay_out(document, PLAIN))
    assert [" ".join(cue.lines) for cue in cues] == [slow, fast, slow]
    assert not check_cues(cues, "netflix").violations
    onsets = (1.0, 2.6, 4.84)
    moved = [abs(cue.start - onset) for cue, onset in zip(cues, onsets, strict=True)]
    assert moved[0] < 0.04
    assert 0.04 < max(moved) < 0.13


def test_fast_speech_is_cut_where_its_sentences_end():
    """24 characters a second throughout: no cue can be read in time, wherever cues end, so they
    end by sense.
    """
    said = (
        "So what I want to show you is that the size of the network is not a problem. "
        "The first thing that we do is to look at the shape of the data. "
        "And then the loss of the model is going to be the sum of the two of them."
    )
    document = make_document([make_sentence(1.0, 1.0 + len(said) / 24, said)])
    texts = [" ".join(cue.lines) for cue in cues_of(lay_out(document, PLAIN))]
    assert [text for text in texts if "." in text[:-1]] == []


def test_one_cue_is_read_too_fast_in_place_of_several_a_trace_too_fast():
    """No words can spare time for the sentence in the middle, so it is too fast by itself: if its
    neighbours took part of it, they would be too fast, too, and end badly.
    """
    before = "The shape of the data is what we look at in the first part of it."
    middle = "And I could show you lots and lots of them."
    after = "The size of the network is what we look at in the last part of it."
    document = make_document(
        [
            make_sentence(1.0, 1.0 + len(before) / 19.0, before),
            make_sentence(1.0 + len(before) / 19.0, 6.1, middle),
            make_sentence(6.1, 6.1 + len(after) / 19.0, after),
        ]
    )
    cues = cues_of(lay_out(document, PLAIN))
    assert [" ".join(cue.lines) for cue in cues] == [before, middle, after]
    assert [v.rule for v in check_cues(cues, "netflix").violations] == [Rule.READING_SPEED]


def test_an_in_time_gives_way_behind_short_words():
    """As above, where the words around are so short that another in-time lies within two frames."""
    slow, fast = "It is so.", "I am as I am so do not ask me of it or of us."
    document = make_document(
        [
            make_sentence(1.0, 2.6, slow),
            make_sentence(2.6, 2.6 + len(fast) / 20.6, fast),
            make_sentence(2.6 + len(fast) / 20.6, 2.6 + len(fast) / 20.6 + 1.6, slow),
        ]
    )
    cues = cues_of(lay_out(document, PLAIN))
    assert [" ".join(cue.lines) for cue in cues] == [slow, fast, slow]
    assert not check_cues(cues, "netflix").violations


def test_edges_near_a_shot_change_move_onto_it():
    document = make_document(
        [
            make_phrase(Language.EN, "We were there in time.", 2.2),
            make_phrase(Language.EN, "They were not there.", 6.3),
        ],
        rate=Fraction(25),
    )
    first, second = cues_of(lay_out(replace(document, shots=(2.0, 4.0, 6.0)), PLAIN))
    assert first.start == 2.0
    assert first.end == pytest.approx(4.0 - 2 / 25)
    assert second.start == 6.0
    plain = cues_of(lay_out(document, PLAIN))
    assert plain[0].start == 2.2


def test_an_edge_on_a_shot_change_is_worth_two_frames_of_sound():
    """The sound of the first ends one frame before the cut, that of the second begins with it."""
    document = make_document(
        [make_timed_segment(Language.EN, ("Who was that?", 1.0, 2.96), ("Nobody.", 3.0, 3.6))],
        rate=Fraction(25),
        shots=[3.0],
    )
    first, second = cues_of(lay_out(document, PLAIN))
    assert (first.end, second.start) == (pytest.approx(3.0 - 2 / 25), 3.0)


def test_a_cue_across_a_shot_change_stays_half_a_second_after_it():
    document = make_document(
        [make_phrase(Language.EN, "We were there in time.", 1.0, each=0.25)],
        rate=Fraction(25),
        shots=[2.0],
    )
    (cue,) = cues_of(lay_out(document, PLAIN))
    assert cue.end == pytest.approx(2.0 + 13 / 25)


def test_a_cue_may_wait_for_a_shot_change_if_settings_say_so():
    document = make_document(
        [make_phrase(Language.EN, "We were there in time.", 1.8)], rate=Fraction(25), shots=[2.0]
    )
    (early,) = cues_of(lay_out(document, PLAIN))
    assert early.start == pytest.approx(1.8)
    waiting = SubtitlesConfig(event_markers=False, snap_before=0.3)
    (late,) = cues_of(lay_out(document, waiting))
    assert late.start == pytest.approx(2.0)


def test_markers_that_come_together_share_a_line():
    said = make_phrase(
        Language.EN,
        "So I asked him what he was feeding it. He said nothing. Then he went home.",
        0.0,
        each=0.4,
    )
    both = [
        EventSpan(EventKind.LAUGHTER, 3.5, 4.2, 0.9, 0.8),
        EventSpan(EventKind.APPLAUSE, 3.7, 4.5, 0.9, 0.8),
    ]
    cues = cues_of(lay_out(make_document([said], both), SubtitlesConfig()))
    lines = [line for cue in cues for line in cue.lines]
    assert sum(line.startswith("[laughter] [applause] ") for line in lines) == 1
    japanese = make_phrase(Language.JA, "今日はとても天気が良いので、行きました。", 0.0)
    lines = [line for cue in cues_of(lay_out(make_document([japanese], both), SubtitlesConfig()))
             for line in cue.lines]  # fmt: skip
    assert sum("（笑い）（拍手）" in line for line in lines) == 1


def test_a_laugh_that_comes_again_at_once_is_shown_once():
    again = [
        EventSpan(EventKind.LAUGHTER, 5.0, 5.5, 0.9, 0.8),
        EventSpan(EventKind.LAUGHTER, 5.9, 7.0, 0.9, 0.8),
        EventSpan(EventKind.LAUGHTER, 11.0, 12.0, 0.9, 0.8),
    ]
    document = make_document([make_phrase(Language.EN, "He said nothing.", 3.0)], again)
    cues = cues_of(lay_out(document, SubtitlesConfig()))
    assert [cue.text for cue in cues] == ["He said nothing.", "[laughter]", "[laughter]"]


def test_a_short_sound_in_a_long_pause_stands_alone():
    first = make_phrase(Language.EN, "He does not listen to anybody at all.", 1.0)
    second = make_phrase(Language.EN, "That is how it was.", first.end + 2.0)
    cough = EventSpan(EventKind.COUGH, first.end + 0.1, first.end + 0.4, 0.9, 0.8)
    cues = cues_of(lay_out(make_document([first, second], [cough]), SubtitlesConfig()))
    assert [cue.text for cue in cues if cue.markers] == ["[coughs]"]


def test_latin_words_among_japanese_close_gaps_as_english_does():
    """A gap is closed or not by what the cue before it looks like, as the judge sees it."""
    said = (("Hello", 1.0, 1.4), ("there.", 1.5, 2.4), ("か", 2.9, 3.0), ("です", 3.0, 3.9))
    document = make_document([make_timed_segment(Language.JA, *said)], rate=Fraction(25))
    for profile in ("netflix", "youtube"):
        cues = cues_of(lay_out(document, SubtitlesConfig(profile=profile)))
        report = check_cues(cues, profile, video=document.media.video)
        assert not [v for v in report.violations if v.rule is Rule.GAP]


def test_no_cue_outlasts_the_video():
    document = make_document(
        [make_timed_segment(Language.EN, ("Bye.", 59.3, 59.6))], rate=Fraction(25)
    )
    (cue,) = cues_of(lay_out(document, PLAIN))
    assert cue.end == pytest.approx(60.0)
    laugh = EventSpan(EventKind.LAUGHTER, 58.9, 63.0, 0.9, 0.8)
    (cue,) = cues_of(lay_out(make_document([], [laugh]), SubtitlesConfig()))
    assert cue.end <= 60.0


def test_the_first_word_may_be_at_zero():
    document = make_document(
        [make_timed_segment(Language.EN, ("Go!", 0.0, 0.3))], rate=Fraction(25), shots=[0.0]
    )
    (cue,) = cues_of(lay_out(document, PLAIN))
    assert cue.start == 0.0


def test_words_at_one_moment_share_the_time_until_the_next():
    timed = [(f"word{i}", 1.0, 1.0) for i in range(20)] + [("end.", 9.0, 9.4)]
    cues = cues_of(lay_out(make_document([make_timed_segment(Language.EN, *timed)]), PLAIN))
    report = check_cues(cues, "netflix")
    assert not {v.rule for v in report.violations} & TIMES


def test_times_that_are_not_numbers_are_mended():
    nan, inf = float("nan"), float("inf")
    timed = [("one", nan, 1.0), ("two", 1.0, inf), ("three", -inf, nan), ("four.", 2.0, 2.5)]
    cues = cues_of(lay_out(make_document([make_timed_segment(Language.EN, *timed)]), PLAIN))
    assert shown(cues) == "onetwothreefour."
    assert all(np.isfinite([cue.start, cue.end]).all() for cue in cues)


def test_an_event_alone_has_a_cue_of_its_own_for_as_long_as_it_lasts():
    document = make_document(
        [make_phrase(Language.ZH, "今天天气很好。", 0.0)],
        [EventSpan(EventKind.LAUGHTER, 2.0, 5.0, 0.9, 0.8)],
        rate=Fraction(25),
    )
    speech, laugh = cues_of(lay_out(document, SubtitlesConfig()))
    assert speech.kind is CueKind.SPEECH
    assert (laugh.kind, laugh.lines, laugh.language) == (
        CueKind.EVENT, ("[笑声]",), Language.ZH
    )  # fmt: skip
    assert laugh.start == pytest.approx(2.0, abs=0.05)
    assert laugh.end == pytest.approx(5.0, abs=0.05)


def test_an_event_under_speech_stands_before_words_and_comes_once():
    said = "So I went home and I told her what he had said to me. And she was not amused at all."
    document = make_document(
        [make_phrase(Language.EN, said, 0.0)],
        [EventSpan(EventKind.LAUGHTER, 3.9, 6.0, 0.9, 0.8)],
    )
    cues = cues_of(lay_out(document, SubtitlesConfig()))
    (marked,) = [cue for cue in cues if "[laughter]" in cue.text]
    assert marked.kind is CueKind.SPEECH
    assert marked.lines[0].startswith("[laughter] And she")
    plain = cues_of(lay_out(document, PLAIN))
    assert {cue.start for cue in cues} == {cue.start for cue in plain}


def test_a_laugh_does_not_give_the_punchline_away():
    document = make_document(
        [make_phrase(Language.EN, "And he said nothing.", 4.0)],
        [EventSpan(EventKind.LAUGHTER, 0.5, 2.0, 0.9, 0.8)],
    )
    first, second = cues_of(lay_out(document, SubtitlesConfig()))
    assert first.lines == ("[laughter]",)
    assert second.start == 4.0


@given(st.sampled_from(["netflix", "bbc", "youtube", "social"]))
def test_nothing_heard_makes_no_cues(profile):

    document = make_document(duration=1.0)
    assert cues_of(lay_out(document, SubtitlesConfig(profile=profile))) == ()
