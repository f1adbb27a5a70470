"""Voices to speakers to turns to segments, on voices made by hand."""

from dataclasses import replace

import numpy as np
import pytest

from tests.builders.documents import make_document, make_segment, make_words
from vidtag.core.cast import with_names
from vidtag.core.document import from_json, rounded, to_json
from vidtag.core.records import SpeakerTurn, join_words
from vidtag.listening.speakers.attribution import attribute, numbered_by_words
from vidtag.listening.speakers.clustering import assign, same_voices
from vidtag.listening.speakers.finder import same_voice_notes
from vidtag.listening.speakers.segmentation import WINDOW
from vidtag.listening.speakers.turns import turns_of
from vidtag.listening.speakers.voice_stream import Piece, VoiceStream

RATE = 16_000


def voices(order, *, seconds=3.0, spread=0.5, seed=1, each=2.0):
    """Pieces of voices, one window each; ``spread`` is how far their prints stray."""
    random = np.random.default_rng(seed)
    people = {person: random.normal(size=192) for person in sorted(set(order))}
    made = []
    for number, person in enumerate(order):
        towards = people[person] / np.linalg.norm(people[person])
        astray = random.normal(size=192)
        mixed = towards + spread * astray / np.linalg.norm(astray)
        start, end = round(number * each * RATE), round((number + 0.9) * each * RATE)
        printed = (mixed / np.linalg.norm(mixed)).astype(np.float32)
        made.append(Piece(number, 0, start, end, 0.9, printed, seconds))
    return made


def speakers(made, **limits):
    return "".join("abcdefgh"[one.speaker] for one in assign(made, **limits) if one)


@pytest.mark.parametrize("people", [1, 2, 3, 4, 6])
def test_the_number_of_speakers_is_found(people):
    order = [number * number % 7 % people for number in range(40)]
    order += list(range(people))
    found = speakers(voices(order))
    assert len(set(found)) == people
    first = list(dict.fromkeys(order))
    assert found == "".join("abcdefgh"[first.index(person)] for person in order)


def test_limits_hold_where_voices_do_not_say_so():
    made = voices([0, 1, 2, 3] * 5)
    assert len(set(speakers(made, most=2))) == 2
    assert len(set(speakers(made, least=6, most=6))) == 6
    assert len(set(speakers(made[:3], least=6))) == 3  # there are no more voices


def test_a_voice_that_is_split_because_more_speakers_were_asked_for_is_told():
    made = voices([0, 1, 2] * 8)
    assert same_voices(made, assign(made, least=3, most=3)) == ()
    found = assign(made, least=4, most=4)
    ((one, other),) = same_voices(made, found)
    truth = [number % 3 for number in range(len(made))]
    split = {who for who, by in zip(truth, found, strict=True) if by and by.speaker in (one, other)}
    assert len(split) == 1
    alone = voices([0] * 12)
    assert same_voices(alone, assign(alone, least=3, most=3)) == ((0, 1, 2),)
    assert same_voices([], []) == ()


def test_the_note_names_speakers_as_they_are_shown_and_only_those_with_turns():
    shown = {"Speaker 1": "Speaker 3", "Speaker 2": "Ana", "Speaker 4": "Speaker 2"}
    voices_ = [("Speaker 1", "Speaker 2", "Speaker 4"), ("Speaker 3", "Speaker 4")]
    (note,) = same_voice_notes(voices_, shown, 4)
    assert note.startswith("speakers: Ana, Speaker 2 and Speaker 3 have the same voice")
    assert "than the 4 that were asked for" in note


def near(cosine, *, spread, seed=3):
    """Twenty pieces of two people whose voices are so near each other, by turns."""
    random = np.random.default_rng(seed)
    first, other, *_ = np.linalg.qr(random.normal(size=(192, 2)))[0].T
    second = cosine * first + np.sqrt(1 - cosine**2) * other
    made = voices([0, 1] * 10, spread=spread, seed=seed)
    rows = []
    for number, one in enumerate(made):
        astray = random.normal(size=192)
        mixed = (first, second)[number % 2] + spread * astray / np.linalg.norm(astray)
        rows.append(replace(one, voiceprint=(mixed / np.linalg.norm(mixed)).astype(np.float32)))
    return rows


def test_steady_voices_are_told_apart_and_an_unsteady_one_is_not_split():
    # Pieces of the two have a mean cosine of 0.36 either way; within each it is 0.72 and 0.4.
    assert speakers(near(0.5, spread=0.62)) == "ab" * 10
    assert speakers(near(0.9, spread=1.22)) == "a" * 20


def test_a_sound_too_short_is_none_of_the_speakers_that_are_asked_for():
    made = voices([0, 1, 2] * 6)
    stray = replace(voices([0], seed=7)[0], seconds=1.0, window=50)
    found = speakers([*made, stray], least=3, most=3)
    assert found[:18] == "abc" * 6


def test_two_people_whom_a_window_took_for_one_voice_are_two_speakers():
    one_voice = [replace(one, window=number // 4) for number, one in enumerate(voices([0, 1] * 8))]
    assert speakers(one_voice) == "ab" * 8


def test_a_sound_too_short_makes_no_speaker_and_one_without_a_print_is_its_voices():
    made = voices([0, 1] * 6)
    stray = replace(voices([0], seed=7)[0], seconds=0.3, window=50)
    mute = replace(made[3], voiceprint=None, start=made[3].end, end=made[3].end + 99)
    lost = replace(mute, window=51)
    found = assign([*made, stray, mute, lost])
    assert {one.speaker for one in found[:13] if one} == {0, 1}
    assert found[13] == found[3]
    assert found[14] is None
    assert assign([]) == []
    assert assign([lost]) == [None]


def test_more_voices_than_fit_into_one_block():
    found = speakers(voices([0, 1, 0, 2] * 400))
    assert found == "abac" * 400


def turn(speaker, start, end):
    return SpeakerTurn(speaker, start, end, 0.9)


def test_pauses_for_breath_do_not_end_a_turn():
    made = voices([0, 0, 0, 1], each=2.0)
    found = turns_of(made, assign(made))
    # Voices last 1.8 s of every 2.
    assert [(t.speaker, round(t.start, 1), round(t.end, 1)) for t in found] == [
        ("Speaker 1", 0.0, 5.8),
        ("Speaker 2", 6.0, 7.8),
    ]
    assert all(0.8 < t.probability <= 0.9 for t in found)


def test_a_segment_is_cut_where_the_speaker_changes_and_no_word_is_lost():
    words = make_words("are you sure yes I am", 1.0)  # 0.3 s each, 0.05 s apart
    segment = make_segment(words)
    parts = attribute([segment], [turn("Ana", 0.9, 2.02), turn("Ben", 2.03, 3.2)])
    assert [(part.speaker, part.text) for part in parts] == [
        ("Ana", "are you sure"),
        ("Ben", "yes I am"),
    ]
    assert parts[0].end <= parts[1].start
    assert parts[0].start == segment.start
    assert parts[1].end == segment.end
    assert all(part.text == join_words(part.words) for part in parts)
    assert [w.text for part in parts for w in part.words] == [w.text for w in words]


def by_words(text, turns, openings=()):
    """Who says which of some words of 0.3 s, from 1.0 s on, 0.05 s apart."""
    words = make_words(text, 1.0)
    parts = attribute([make_segment(words)], turns, [words[number].start for number in openings])
    assert [word.text for part in parts for word in part.words] == text.split()
    return [(part.speaker, " ".join(word.text for word in part.words)) for part in parts]


@pytest.mark.parametrize("edge", [1.3, 1.7, 2.0, 2.3])
def test_speakers_change_where_a_sentence_ends_near_the_edge_of_their_turns(edge):
    turns = [turn("Ana", 0.9, edge), turn("Ben", edge, 3.5)]
    assert by_words("have you? I have the one", turns) == [
        ("Ana", "have you?"),
        ("Ben", "I have the one"),
    ]


def test_who_is_cut_short_far_from_any_end_of_a_sentence_is_cut_there():
    turns = [turn("Ana", 0.9, 2.4), turn("Ben", 2.4, 4.2)]
    told = by_words("so what I wanted no you did not. ever", turns)
    assert told == [("Ana", "so what I wanted"), ("Ben", "no you did not. ever")]


def test_nobody_loses_the_only_word_they_say():
    turns = [turn("Ana", 0.9, 1.68), turn("Ben", 1.69, 2.03), turn("Ana", 2.04, 3.5)]
    told = by_words("I think. Yes that it is.", turns)
    assert told == [("Ana", "I think."), ("Ben", "Yes"), ("Ana", "that it is.")]


def test_a_passage_of_a_transcript_ends_a_sentence_without_a_mark():
    turns = [turn("Ana", 0.9, 1.3), turn("Ben", 1.31, 3.5)]
    assert by_words("have you I have", turns)[0] == ("Ana", "have")
    assert by_words("have you I have", turns, openings=[0, 2])[0] == ("Ana", "have you")


def test_a_backchannel_does_not_take_the_word_it_is_spoken_over():
    segment = make_segment(make_words("and then we went home", 1.0))
    parts = attribute([segment], [turn("Ana", 0.9, 2.8), turn("Ben", 1.6, 2.0)])
    assert [part.speaker for part in parts] == ["Ana"]


def test_words_off_all_turns_go_to_the_nearest_or_to_nobody():
    near, far = make_segment(make_words("hello", 3.2)), make_segment(make_words("hello", 90.0))
    assert [p.speaker for p in attribute([near], [turn("Ana", 1.0, 3.0)])] == ["Ana"]
    assert [p.speaker for p in attribute([far], [turn("Ana", 1.0, 3.0)])] == [None]
    assert attribute([near], []) == (near,)


def test_speakers_are_numbered_by_their_first_words_and_who_says_none_comes_last():
    song, first, second = (turn(f"Speaker {n}", 4.0 * n, 4.0 * n + 3) for n in (1, 2, 3))
    known = turn("Ana", 16.0, 19.0)
    turns = [song, first, second, known]
    told = attribute(
        [make_segment(make_words("good evening to you", start)) for start in (8.5, 12.5, 16.5)],
        turns,
    )
    segments, found = numbered_by_words(told, turns)
    assert [one.speaker for one in segments] == ["Speaker 1", "Speaker 2", "Ana"]
    assert [one.speaker for one in found] == ["Speaker 4", "Speaker 1", "Speaker 2", "Ana"]
    assert numbered_by_words(segments, found) == (segments, found)
    document = replace(make_document(segments), turns=found)
    assert document.speakers == ("Speaker 1", "Speaker 2", "Ana", "Speaker 4")
    assert with_names(document, ["Eva", "Ben"]).speakers == ("Eva", "Ben", "Ana", "Speaker 4")


def test_a_document_keeps_its_turns_and_older_ones_have_none():
    segment = replace(make_segment(make_words("hello there")), speaker="Ana")
    document = replace(make_document([segment]), turns=(turn("Ana", 0.0, 0.65),))
    text = to_json(document)
    assert from_json(text) == rounded(document)
    assert document.speakers == ("Ana",)
    older = text.replace('"turns"', '"x"').replace('"speaker"', '"y"')
    assert from_json(older).turns == ()
    assert from_json(older).segments[0].speaker is None


class OneVoice:
    """In place of both networks: one voice all the time, and prints of two people by turns."""

    def __init__(self):
        self.prints = np.eye(2, 192, dtype=np.float32)

    def __call__(self, sounds):
        if len(sounds) and len(sounds[0]) == WINDOW:
            return np.tile(np.array([0.9, 0, 0], np.float32), (len(sounds), 589, 1))
        return self.prints[[n // 4 % 2 for n in range(len(sounds))]]


def test_sound_that_was_heard_is_not_kept_however_long_it_goes_on():
    stream = VoiceStream(OneVoice(), OneVoice())
    minute = np.zeros(60 * RATE, np.float32)
    held, pieces = [], []
    for number in range(30):
        start = number * len(minute)
        pieces += stream.feed(minute, [(start, start + len(minute))], start + len(minute))
        held.append(stream.held_samples)
    pieces += stream.finish([])
    assert max(held[20:]) <= max(held[:20]) <= 330 * RATE
    assert sum(piece.end - piece.start for piece in pieces) == pytest.approx(30 * len(minute), 0.01)
    found = assign(pieces)
    assert {one.speaker for one in found if one} == {0, 1}
