"""What an editor may rely on in every clip, whatever was heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders.documents import (
    clap,
    laugh,
    make_characters,
    make_document,
    make_segment,
    make_words,
)
from vidtag.core.records import Clip, Document, Emotion, EventKind, EventSpan, Size, Word
from vidtag.core.settings import HighlightsConfig
from vidtag.select.clips import select_clips
from vidtag.select.reasons import find_reasons
from vidtag.select.shot_edges import FLASH

CLOSE = 1e-6


def talk(words: Sequence[Word], events: Sequence[EventSpan], duration: float) -> Document:
    """The document of words said in one piece, if there are any."""
    segments = [make_segment(words)] if words else []
    return make_document(segments, sorted(events, key=lambda e: e.start), duration=duration)


def only(clips: tuple[Clip, ...]) -> Clip:
    assert len(clips) == 1
    return clips[0]


# ---------------------------------------------------------------- the story


def test_clip_starts_with_the_sentences_that_led_to_the_laugh() -> None:
    words = [
        *make_words("An old sentence from long ago.", 1.0),
        *make_words("I bought a parrot.", 20.0),
        *make_words("It speaks Dutch to me.", 21.8),
    ]
    clip = only(select_clips(talk(words, [laugh(24.0, 26.5)], 60.0), HighlightsConfig()))
    assert 19.8 <= clip.start <= 20.0
    assert clip.end == pytest.approx(27.1)
    assert clip.title == "It speaks Dutch to me"
    assert clip.reason == (laugh(24.0, 26.5),)


def test_what_was_said_before_the_last_laugh_led_to_that_one() -> None:
    words = [
        *make_words("First joke here.", 10.0),
        *make_words("Then it takes the second one.", 14.6),
    ]
    events = [laugh(11.5, 13.0), laugh(17.0, 19.0)]
    clips = select_clips(talk(words, events, 60.0), HighlightsConfig(merge_gap=0.2, tail=0.3))
    assert [round(clip.start, 1) for clip in clips] == [9.9, 14.5]


def test_silence_parts_the_setup_from_older_words() -> None:
    words = [*make_words("Unrelated chatter.", 10.0), *make_words("Watch this now.", 16.0)]
    clip = only(select_clips(talk(words, [laugh(17.5, 19.0)], 60.0), HighlightsConfig()))
    assert clip.start == pytest.approx(16.0 - 0.12)


def test_a_sentence_longer_than_the_setup_is_entered_after_a_clause() -> None:
    words = make_words("one two three four five six, seven eight nine ten", 0.0, each=0.9, gap=0.1)
    clip = only(select_clips(talk(words, [laugh(10.0, 12.0)], 60.0), HighlightsConfig(setup=6.0)))
    assert 5.88 <= clip.start <= 6.0


def test_the_tail_ends_where_speech_resumes() -> None:
    words = [*make_words("So funny.", 10.0), *make_words("Anyway, next slide.", 13.2)]
    clip = only(select_clips(talk(words, [laugh(11.0, 13.0)], 60.0), HighlightsConfig()))
    assert clip.end == pytest.approx(13.2)


def test_a_sentence_that_goes_on_over_the_end_is_heard_out() -> None:
    words = make_words("He laughs while he speaks to us.", 10.0)
    clip = only(select_clips(talk(words, [laugh(10.5, 11.5)], 60.0), HighlightsConfig()))
    assert clip.end == pytest.approx(words[-1].end)


def test_a_sentence_that_goes_on_for_long_is_left_after_the_word() -> None:
    words = make_words(" ".join(["word"] * 60), 10.0)
    config = HighlightsConfig(min_duration=0)
    clip = only(select_clips(talk(words, [laugh(10.5, 11.5)], 60.0), config))
    assert 11.5 <= clip.end < 11.9
    assert any(word.end == clip.end for word in words)


def test_without_words_there_is_some_room_before() -> None:
    clip = only(select_clips(talk([], [clap(10.0, 14.0)], 60.0), HighlightsConfig()))
    assert (clip.start, clip.end) == (pytest.approx(8.0), pytest.approx(14.6))
    assert clip.title == "Applause at 0:10"


def test_chinese_titles_are_cut_between_words() -> None:
    text = "今天我们来讲一个很长很长的故事大家都要认真听完它才行哦朋友们"
    doc = talk(make_characters(text, 1.0), [laugh(7.5, 9.0)], 60.0)
    clip = only(select_clips(doc, HighlightsConfig()))
    assert clip.title == "…" + text[-20:]


# ---------------------------------------------------------------- near clips, scores, choice


def test_near_clips_are_one() -> None:
    events = [laugh(10.0, 12.0), clap(14.0, 18.0)]
    clip = only(select_clips(talk([], events, 60.0), HighlightsConfig()))
    assert clip.reason == tuple(events)
    assert clip.start == pytest.approx(8.0)
    assert clip.end == pytest.approx(18.6)


def test_a_long_applause_is_cut_to_the_limit() -> None:
    clip = only(select_clips(talk([], [clap(10.0, 300.0)], 400.0), HighlightsConfig()))
    assert clip.duration == pytest.approx(60.0)
    assert clip.start == pytest.approx(8.0)


def test_surer_and_longer_is_better_and_two_are_better_than_one() -> None:
    def score(*events: EventSpan) -> float:
        return only(select_clips(talk([], list(events), 60.0), HighlightsConfig())).score

    assert score(laugh(10, 12, 0.9)) > score(laugh(10, 12, 0.7))
    assert score(laugh(10, 14, 0.9)) > score(laugh(10, 12, 0.9))
    assert score(laugh(10, 12, 0.9), clap(12, 14, 0.9)) > score(laugh(10, 12, 0.9))


def event_of(clip: Clip) -> EventSpan:
    """The first event that makes a clip."""
    event = clip.reason[0]
    assert isinstance(event, EventSpan)
    return event


def test_weights_decide_between_kinds() -> None:
    events = [laugh(10.0, 12.0), clap(40.0, 42.0)]
    config = HighlightsConfig(kinds={EventKind.LAUGHTER: 0.5, EventKind.APPLAUSE: 2.0}, top=1)
    clip = only(select_clips(talk([], events, 60.0), config))
    assert event_of(clip).kind is EventKind.APPLAUSE


def test_only_the_wanted_kinds_make_clips() -> None:
    events = [laugh(10.0, 12.0), EventSpan(EventKind.COUGH, 40.0, 41.0, 1.0, 1.0)]
    config = HighlightsConfig(kinds={EventKind.COUGH: 1.0})
    clip = only(select_clips(talk([], events, 60.0), config))
    assert event_of(clip).kind is EventKind.COUGH


def test_the_best_that_fit_a_total_length_are_kept_in_order() -> None:
    events = [laugh(10, 12, 0.6), laugh(30, 33, 0.9), laugh(50, 52, 0.8)]
    clips = select_clips(talk([], events, 90.0), HighlightsConfig(total_duration=11.0))
    assert [clip.reason[0].start for clip in clips] == [30, 50]


def test_a_flash_of_another_shot_is_left_out() -> None:
    doc = talk([], [laugh(10.0, 12.0)], 60.0)
    clip = only(select_clips(replace(doc, shots=(8.3, 12.4)), HighlightsConfig()))
    assert (clip.start, clip.end) == (8.3, 12.4)


def test_a_shot_change_does_not_cost_a_word() -> None:
    words = [*make_words("Well said.", 9.0), *make_words("Indeed.", 12.8)]
    doc = talk(words, [laugh(10.0, 12.0)], 60.0)
    clip = only(select_clips(replace(doc, shots=(9.1, 11.9)), HighlightsConfig()))
    assert clip.start == pytest.approx(9.1 - FLASH)  # the shot the words begin in is seen for long
    assert clip.end == only(select_clips(doc, HighlightsConfig())).end


# ---------------------------------------------------------------- what always holds


@st.composite
def documents(draw: st.DrawFn) -> Document:
    words: list[Word] = []
    time = draw(st.floats(0, 5))
    for _ in range(draw(st.integers(0, 40))):
        gap = draw(st.sampled_from([-0.1, 0.0, 0.0, 0.05, 0.4, 1.0, 4.0]))
        start = max(0.0, time + gap)
        end = start + draw(st.sampled_from([0.0, 0.1, 0.3, 0.5, 3.0]))
        text = draw(st.sampled_from(["so", "yes.", "why?", "then,", "对。", "哈", "ok”"]))
        words.append(Word(text, start, end, 0.5, draw(st.booleans())))
        time = end
    duration = draw(st.floats(0.5, 80))
    events = []
    for _ in range(draw(st.integers(0, 8))):
        start = draw(st.floats(0, duration))
        end = min(duration, start + draw(st.floats(0.2, 30)))
        if end - start > 0.1:
            peak = draw(st.floats(0.3, 1))
            kind = draw(st.sampled_from([EventKind.LAUGHTER, EventKind.APPLAUSE, EventKind.COUGH]))
            events.append(EventSpan(kind, start, end, peak, draw(st.floats(0.1, 1)) * peak))
    doc = talk(words, events, duration)
    moods = [Emotion.ANGRY, Emotion.HAPPY, Emotion.NEUTRAL]
    segments = tuple(
        replace(segment, emotion=draw(st.sampled_from(moods)), emotion_probability=draw(sure))
        for segment in doc.segments
    )
    return replace(doc, segments=segments)


sure = st.floats(0, 1)
configs = st.builds(
    HighlightsConfig,
    emotions=st.sampled_from([{}, {Emotion.HAPPY: 0.5}, {Emotion.ANGRY: 1.0, Emotion.HAPPY: 2.0}]),
    points=st.sampled_from([{}, {"dispute": 1.0}, {"agreed": 0.7}]),
    phrases=st.just({"agreed": ("yes", "对")}),
    setup=st.floats(0, 20),
    tail=st.floats(0, 3),
    merge_gap=st.floats(0, 4),
    min_duration=st.floats(0, 4),
    max_duration=st.floats(4, 70),
)
shot_lists = st.lists(st.floats(0, 80), max_size=8)


def inside_a_word(time: float, doc: Document) -> bool:
    return any(word.start + CLOSE < time < word.end - CLOSE for word in doc.words)


@given(documents(), configs, shot_lists)
def test_clips_are_whole(doc: Document, config: HighlightsConfig, shots: list[float]) -> None:
    clips = select_clips(replace(doc, shots=tuple(sorted(shots))), config)
    for clip in clips:
        assert 0 <= clip.start < clip.end <= doc.media.duration
        assert clip.duration <= config.max_duration + CLOSE
        assert 0 <= clip.score <= 1
        assert clip.title
        assert clip.start == 0 or not inside_a_word(clip.start, doc)
        assert clip.end == doc.media.duration or not inside_a_word(clip.end, doc)
        assert clip.reason
        for why in clip.reason:
            assert why in find_reasons(doc, config)
            assert why.start < clip.end
            assert why.end > clip.start
    for before, after in pairwise(clips):
        assert before.end <= after.start


@given(documents(), configs)
def test_reactions_left_apart_are_far_apart_or_too_long_together(
    doc: Document, config: HighlightsConfig
) -> None:
    clips = select_clips(doc, config)
    for before, after in pairwise(clips):
        pause = after.reason[0].start - max(event.end for event in before.reason)
        apart = pause >= config.merge_gap - CLOSE
        assert apart or after.end - before.start > config.max_duration - CLOSE


@given(documents(), configs)
def test_every_reaction_is_in_a_clip_or_cannot_be(doc: Document, config: HighlightsConfig) -> None:
    longest_word = max((word.end - word.start for word in doc.words), default=0.0)
    clips = select_clips(doc, config)
    used = {why for clip in clips for why in clip.reason}
    for event in doc.events:
        room = min(config.max_duration, doc.media.duration)
        if event.kind in config.kinds and longest_word < room / 8:
            covered = any(c.start <= event.start and event.end <= c.end for c in clips)
            assert event in used or covered


@given(documents(), configs, st.integers(1, 4), st.floats(0, 1), st.floats(1, 60))
def test_choosing_keeps_the_best(
    doc: Document, config: HighlightsConfig, top: int, min_score: float, total: float
) -> None:
    everything = select_clips(doc, config)
    best = select_clips(doc, config.model_copy(update={"top": top}))
    assert len(best) == min(top, len(everything))
    rest = set(everything) - set(best)
    assert min((c.score for c in best), default=1) >= max((c.score for c in rest), default=0)
    good = select_clips(doc, config.model_copy(update={"min_score": min_score}))
    assert good == tuple(clip for clip in everything if clip.score >= min_score)
    short = select_clips(doc, config.model_copy(update={"total_duration": total}))
    assert sum(clip.duration for clip in short) <= total + CLOSE
    assert set(short) <= set(everything)


@given(documents(), configs)
def test_same_document_same_clips(doc: Document, config: HighlightsConfig) -> None:
    shuffled = replace(doc, events=tuple(reversed(doc.events)))
    assert select_clips(doc, config) == select_clips(shuffled, config)


@given(documents(), configs)
def test_setup_has_a_limit(doc: Document, config: HighlightsConfig) -> None:
    """A clip may begin earlier only to be long enough or not to begin inside a word."""
    longest = max((word.end - word.start for word in doc.words), default=0.0)
    for clip in select_clips(doc, config):
        first = min(event.start for event in clip.reason)
        allowed = config.setup + config.min_duration + 40 * longest
        assert clip.start >= first - allowed - CLOSE


def test_the_more_people_laugh_the_better_the_clip() -> None:
    def score(size: Size | None) -> float:
        document = talk([], [replace(laugh(10, 12, 0.8), size=size)], 60.0)
        return only(select_clips(document, HighlightsConfig())).score

    one, some, house = (score(size) for size in (Size.ONE, Size.SOME, Size.HOUSE))
    assert one < some < house < 1
    assert score(None) == some


def test_canned_laughs_can_be_left_out() -> None:
    canned = [replace(laugh(at, at + 2, 0.8), recording=1) for at in (10, 40)]
    document = talk([], [*canned, laugh(70, 72, 0.8)], 100.0)
    assert len(select_clips(document, HighlightsConfig())) == 3
    clip = only(select_clips(document, HighlightsConfig(canned="leave-out")))
    assert clip.reason[0].start == 70
