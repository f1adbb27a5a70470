"""Who says the words of a cue, once somebody has chosen."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.builders.documents import make_document, make_sentence
from vidtag.core.edits import KeptCue
from vidtag.core.records import Cue, CueKind, SpeakerTurn
from vidtag.show.reassigned import reassigned


def talk(names="AB"):
    """One after another says ten words in five seconds."""
    text = "one two three four five six seven eight nine ten"
    segments = [
        replace(make_sentence(10 * n, 10 * n + 5, text), speaker=name)
        for n, name in enumerate(names)
    ]
    turns = tuple(
        SpeakerTurn(name, s.start, s.end, 0.8) for name, s in zip(names, segments, strict=True)
    )
    return replace(make_document(segments, duration=100), turns=turns)


def chosen(start, end, speaker):
    return KeptCue(f"{start}", Cue(start, end, ("x",), speaker=speaker), (start, end))


def said(document):
    return [(word.start, word.text, s.speaker) for s in document.segments for word in s.words]


def test_part_of_a_sentence_is_parted_from_the_rest():
    after = reassigned(talk(), [chosen(1.0, 2.9, "B")])
    assert [(s.speaker, s.text) for s in after.segments] == [
        ("A", "one two"),
        ("B", "three four five six"),
        ("A", "seven eight nine ten"),
        ("B", "one two three four five six seven eight nine ten"),
    ]
    spoken = [(t.speaker, round(t.start, 2), round(t.end, 2)) for t in after.turns]
    assert [name for name, _, _ in spoken] == ["A", "B", "A", "B"]
    assert [end for _, _, end in spoken[:2]] == [start for _, start, _ in spoken[1:3]]


def test_what_nobody_chose_stays_the_very_same():
    before = talk()
    marker = replace(
        chosen(0.0, 5.0, "B"), cue=Cue(0, 5, ("[laughter]",), CueKind.EVENT, speaker="B")
    )
    for cues in ([], [chosen(0.0, 5.0, "A")], [chosen(6.0, 9.0, "B")], [marker]):
        assert reassigned(before, cues) is before


def test_where_nobody_was_told_apart_those_who_were_chosen_speak():
    before = talk()
    segments = tuple(replace(segment, speaker=None) for segment in before.segments)
    untold = replace(before, segments=segments, turns=())
    assert reassigned(untold, []) is untold
    after = reassigned(untold, [chosen(0.0, 5.0, "B")])
    assert [(turn.speaker, turn.start, turn.end) for turn in after.turns] == [("B", 0.0, 5.0)]
    assert {speaker for start, _, speaker in said(after) if start < 5} == {"B"}
    assert {speaker for start, _, speaker in said(after) if start >= 5} == {None}


@given(
    st.lists(
        st.tuples(st.integers(0, 29), st.integers(1, 12), st.sampled_from("ABC")),
        min_size=1,
        max_size=5,
        unique_by=lambda one: one[0],
    )
)
def test_no_word_is_lost_and_each_is_said_by_the_one_who_was_chosen(choices):
    choices.sort()
    ends = [*(start for start, _, _ in choices), 99][1:]
    cues = [
        chosen(start, min(start + length, end), who)
        for (start, length, who), end in zip(choices, ends, strict=True)
    ]
    before = talk("ABA")
    after = reassigned(before, cues)
    assert [one[:2] for one in said(after)] == [one[:2] for one in said(before)]
    for (start, _, was), (_, _, now) in zip(said(before), said(after), strict=True):
        middle = start + 0.25
        own = [kept.cue.speaker for kept in cues if kept.source[0] <= middle <= kept.source[1]]
        if len(set(own)) <= 1:
            assert now == (own[0] if own else was)
    # Every word lies in a turn of who says it.
    for segment in after.segments:
        for word in segment.words:
            middle = (word.start + word.end) / 2
            assert any(
                t.speaker == segment.speaker and t.start <= middle <= t.end for t in after.turns
            )
