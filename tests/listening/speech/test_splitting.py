"""Parts of a stretch that differ become stretches of their own; everything else stays."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vidtag.core.records import Emotion, EventKind, Language
from vidtag.listening.speech import ctc
from vidtag.listening.speech.emotion_changes import EmotionSplitter
from vidtag.listening.speech.language_changes import LanguageSplitter
from vidtag.listening.speech.recognition import Recognition, Token
from vidtag.listening.speech.splitting import (
    RecognisedStretch,
    join,
    split,
)
from vidtag.listening.speech.stretches import Stretch
from vidtag.listening.speech.window_emotions import WindowEmotions
from vidtag.listening.windows import WindowResult
from vidtag.media.samples import SAMPLE_RATE

SECOND = SAMPLE_RATE
EMOTIONS = [Emotion.NEUTRAL, Emotion.ANGRY, Emotion.HAPPY, Emotion.UNKNOWN]


def stretch_of(lengths: Sequence[float], gap: float = 0.0) -> Stretch:
    parts, at = [], 0
    for length in lengths:
        parts.append((at, at + round(length * SECOND)))
        at = parts[-1][1] + round(gap * SECOND)
    return Stretch(parts[0][0], parts[-1][1], tuple(parts))


def read(emotion: Emotion, probability: float = 0.99, text: bool = True) -> Recognition:
    return Recognition(
        rich_text="",
        tokens=(Token("▁a", 0, 1, 0.9),) if text else (),
        frames=10,
        language=Language.EN,
        language_probability=0.99,
        emotion=emotion,
        emotion_probability=probability,
        languages={},
        events={},
    )


def answered(start: int, end: int, emotions: np.ndarray) -> WindowResult:
    return WindowResult(start, end, np.zeros(len(EventKind), np.float32), emotions)


class Room:
    """Says of any stretch what was said in most of it; of a part, what was said there."""

    def __init__(self, said: Stretch, emotions: Sequence[Emotion], **reading: object) -> None:
        self.said = dict(zip(said.parts, emotions, strict=True))
        self.reading = reading
        self.asked: list[Stretch] = []

    def hear(self, stretches: Sequence[Stretch]) -> list[RecognisedStretch]:
        self.asked += stretches
        return [self._hear(one) for one in stretches]

    def _hear(self, one: Stretch) -> RecognisedStretch:
        frame = ctc.FRAME_SECONDS * SECOND
        said = (math.ceil((start - one.start) / frame) for start, _ in one.parts)
        tokens = tuple(Token("▁a", frame, frame + 1, 0.99) for frame in said)
        recognition = read(self._most(one), **self.reading)  # type: ignore[arg-type]
        return RecognisedStretch(one, replace(recognition, tokens=tokens))

    def _most(self, one: Stretch) -> Emotion:
        def seconds(emotion: Emotion) -> int:
            return sum(b - a for a, b in one.parts if self.said[(a, b)] is emotion)

        return max(EMOTIONS, key=seconds)

    def windows(self, every: float, length: float = 1.0) -> WindowEmotions:
        """One-second windows that hear what is said at their middle."""
        windows, end = WindowEmotions(), max(b for _, b in self.said)
        rows = []
        for middle in range(0, end, round(every * SECOND)):
            row = np.zeros(len(Emotion), np.float32)
            here = next((e for (a, b), e in self.said.items() if a <= middle < b), None)
            if here is not None:
                row[list(Emotion).index(here)] = 1
            half = round(length * SECOND / 2)
            rows.append(answered(middle - half, middle + half, row))
        windows.extend(rows)
        return windows


def parted(room: Room, whole: Stretch, windows: WindowEmotions) -> list[RecognisedStretch]:
    heard = room.hear([whole])
    room.asked.clear()
    return split(heard, EmotionSplitter(windows, 0.9), room.hear)


LENGTHS = st.lists(st.floats(0.2, 6).map(lambda n: round(n, 2)), min_size=1, max_size=7)


@given(st.data(), LENGTHS, st.sampled_from([0.5, 2.0]), st.floats(0, 0.4))
def test_whatever_is_said_nothing_is_lost_and_order_is_kept(
    data: st.DataObject, lengths: list[float], every: float, gap: float
) -> None:
    whole = stretch_of(lengths, gap)
    emotions = data.draw(st.tuples(*[st.sampled_from(EMOTIONS)] * len(lengths)))
    room = Room(whole, emotions)
    found = parted(room, whole, room.windows(every))
    assert [part for one in found for part in one.stretch.parts] == [*whole.parts]
    assert (found[0].stretch.start, found[-1].stretch.end) == (whole.start, whole.end)
    for one in found:
        assert (one.stretch.start, one.stretch.end) == (
            one.stretch.parts[0][0],
            one.stretch.parts[-1][1],
        )
    for one, other in itertools.pairwise(found):
        assert one.recognition.emotion is not other.recognition.emotion
    assert len(room.asked) == len(set(room.asked)), "nothing is heard twice"


@given(
    st.lists(st.sampled_from([None, "a", "b", "c"]), min_size=1, max_size=9),
)
def test_neighbours_that_agree_are_joined(answers: list[str | None]) -> None:
    whole = stretch_of([1.0] * len(answers))
    parts = [Stretch(a, b, ((a, b),)) for a, b in whole.parts]
    joined = [group for group, _ in join(parts, answers)]
    assert [part for one in joined for part in one.parts] == [*whole.parts]
    told = [answer for answer in answers if answer is not None]
    assert len(joined) == max(len([*itertools.groupby(told)]), 1)


def test_a_short_angry_sentence_among_calm_ones_is_heard() -> None:
    whole = stretch_of([4, 1.6, 5], 0.3)
    room = Room(whole, [Emotion.NEUTRAL, Emotion.ANGRY, Emotion.NEUTRAL])
    found = parted(room, whole, room.windows(0.5))
    assert [one.recognition.emotion for one in found] == [
        Emotion.NEUTRAL, Emotion.ANGRY, Emotion.NEUTRAL
    ]  # fmt: skip
    assert [one.stretch.parts for one in found] == [(part,) for part in whole.parts]
    assert room.asked == [Stretch(*whole.parts[1], (whole.parts[1],))], "the angry part alone"


def test_what_is_left_was_read_at_the_same_times() -> None:
    whole = stretch_of([4, 1.6, 5], 0.3)
    room = Room(whole, [Emotion.NEUTRAL, Emotion.ANGRY, Emotion.NEUTRAL])
    _, _, last = parted(room, whole, room.windows(0.5))
    (token,) = last.recognition.tokens
    assert last.tokens_in(last.stretch.parts[0]) == [token]
    assert last.lead == last.stretch.start - whole.start > 0
    again = last.cut(last.stretch)
    assert (again.stretch, again.recognition.tokens) == (last.stretch, (token,))
    assert last.tokens_in((whole.start, last.stretch.start)) == []


def test_what_was_read_unsurely_is_read_again() -> None:
    whole = stretch_of([4, 1.6, 5], 0.3)
    room = Room(whole, [Emotion.NEUTRAL, Emotion.ANGRY, Emotion.NEUTRAL])
    (heard,) = room.hear([whole])
    unsure = tuple(replace(token, probability=0.9) for token in heard.recognition.tokens)
    heard = replace(heard, recognition=replace(heard.recognition, tokens=unsure))
    room.asked.clear()
    found = split([heard], EmotionSplitter(room.windows(0.5), 0.9), room.hear)
    assert [one.stretch.parts for one in found] == [(part,) for part in whole.parts]
    assert [one.start for one in room.asked] == [whole.parts[i][0] for i in (1, 0, 2)]


class Talk:
    """Reads parts in a language each; several in that of most, unsure of what is in others."""

    def __init__(self, *said: tuple[Language, float]) -> None:
        self.whole = stretch_of([seconds for _, seconds in said])
        self.said = dict(zip(self.whole.parts, (language for language, _ in said), strict=True))
        self.asked: list[Stretch] = []

    def read(self, stretches: Sequence[Stretch]) -> list[RecognisedStretch]:
        self.asked += stretches
        return [self._read(one) for one in stretches]

    def _read(self, one: Stretch) -> RecognisedStretch:
        lengths: Counter[Language] = Counter()
        for start, end in one.parts:
            lengths[self.said[(start, end)]] += end - start
        language = max(lengths, key=lambda said: lengths[said])
        frame = ctc.FRAME_SECONDS * SECOND
        tokens = []
        for start, end in one.parts:
            sure = 0.99 if self.said[(start, end)] is language else 0.5
            first, last = math.ceil((start - one.start) / frame), int((end - one.start) / frame)
            piece = "가" if language is Language.KO else "天"
            tokens += [Token(piece, at, at + 1, sure) for at in range(first, last, 4)]
        recognition = replace(read(Emotion.NEUTRAL), language=language, tokens=tuple(tokens))
        return RecognisedStretch(one, recognition)

    def languages(self) -> list[Language]:
        whole = self.read([self.whole])
        self.asked.clear()
        splitter = LanguageSplitter(lambda start, end: np.ones(end - start, np.float32))
        found = split(whole, splitter, self.read)
        assert [part for one in found for part in one.stretch.parts] == [*self.whole.parts]
        return [one.recognition.language for one in found]


def test_only_what_reads_like_another_language_is_read_again() -> None:
    zh, yue = Language.ZH, Language.YUE
    talk = Talk((zh, 3), (zh, 4), (yue, 2), (yue, 2), (zh, 3))
    assert talk.languages() == [zh, yue, zh]
    assert [one.parts for one in talk.asked] == [talk.whole.parts[2:4]], "once, in one piece"


def test_foreign_parts_in_a_row_may_have_two_languages() -> None:
    zh, yue, ko = Language.ZH, Language.YUE, Language.KO
    assert Talk((zh, 3), (yue, 2), (ko, 1.5), (zh, 3)).languages() == [zh, yue, ko, zh]


def test_short_sounds_between_do_not_decide() -> None:
    zh, yue = Language.ZH, Language.YUE
    talk = Talk((zh, 3), (yue, 0.5), (zh, 3))
    assert talk.languages() == [zh]
    assert talk.asked == []


@given(
    st.lists(
        st.tuples(st.sampled_from([Language.ZH, Language.YUE]), st.floats(1, 5)),
        min_size=1,
        max_size=8,
    )
)
def test_languages_come_out_in_order_and_little_is_read_twice(
    said: list[tuple[Language, float]],
) -> None:
    talk = Talk(*said)
    found = talk.languages()
    assert found == [language for language, _ in itertools.groupby(said, key=lambda one: one[0])]
    assert len(talk.asked) == len(set(talk.asked))


def test_calm_talk_costs_nothing_where_windows_heard_it() -> None:
    whole = stretch_of([4, 3, 5], 0.3)
    room = Room(whole, [Emotion.NEUTRAL] * 3)
    assert parted(room, whole, room.windows(2.0)) == room.hear([whole])
    assert room.asked == [whole], "only this test's own question"


def test_parts_that_fell_between_windows_are_heard_by_themselves() -> None:
    whole = stretch_of([3.2, 1.2, 3], 0.2)  # windows around 2, 4 and 6 s; the short part at 3.4
    room = Room(whole, [Emotion.NEUTRAL, Emotion.HAPPY, Emotion.NEUTRAL])
    found = parted(room, whole, room.windows(2.0))
    assert [one.recognition.emotion for one in found][1] is Emotion.HAPPY


def test_calm_and_unknown_are_one() -> None:
    whole = stretch_of([3, 3, 3])
    room = Room(whole, [Emotion.NEUTRAL, Emotion.UNKNOWN, Emotion.NEUTRAL])
    assert len(parted(room, whole, WindowEmotions())) == 1


def test_calm_sentences_leave_an_emotional_stretch() -> None:
    whole = stretch_of([5, 3])
    room = Room(whole, [Emotion.HAPPY, Emotion.NEUTRAL])
    found = parted(room, whole, room.windows(0.5))
    assert [one.recognition.emotion for one in found] == [Emotion.HAPPY, Emotion.NEUTRAL]


def test_who_is_not_sure_changes_nothing() -> None:
    whole = stretch_of([4, 2, 4])
    room = Room(whole, [Emotion.NEUTRAL, Emotion.ANGRY, Emotion.NEUTRAL], probability=0.85)
    assert len(parted(room, whole, room.windows(0.5))) == 1


def test_less_than_a_second_goes_with_what_is_before_it() -> None:
    whole = stretch_of([4, 2, 0.5, 4])
    room = Room(whole, [Emotion.NEUTRAL, Emotion.ANGRY, Emotion.NEUTRAL, Emotion.NEUTRAL])
    found = parted(room, whole, room.windows(0.5))
    assert [len(one.stretch.parts) for one in found] == [1, 2, 1]


def test_speech_without_a_pause_is_not_heard_again_for_its_language() -> None:
    whole = stretch_of([1.5])
    room = Room(whole, [Emotion.NEUTRAL])
    torn = RecognisedStretch(whole, replace(read(Emotion.NEUTRAL), language_probability=0.5))
    languages = LanguageSplitter(lambda start, end: np.zeros(end - start, np.float32))
    assert split([torn], languages, room.hear) == [torn]
    assert room.asked == []


def test_windows_tell_about_what_they_lie_in() -> None:
    windows = WindowEmotions()
    angry, calm = np.eye(len(Emotion), dtype=np.float32)[[2, 3]]
    windows.extend([answered(0, 100, angry), answered(100, 200, calm), answered(190, 290, calm)])
    assert windows.mean_within((0, 74)) is None
    np.testing.assert_array_equal(windows.mean_within((0, 75)), angry)
    np.testing.assert_array_equal(windows.mean_within((0, 180)), (angry + calm) / 2)
    windows.keep([], 100)
    assert windows.mean_within((0, 100)) is None
    np.testing.assert_array_equal(windows.mean_within((0, 300)), calm)


def test_windows_of_what_waits_are_kept() -> None:
    windows = WindowEmotions()
    angry, calm = np.eye(len(Emotion), dtype=np.float32)[[2, 3]]
    windows.extend([answered(0, 100, angry), answered(100, 200, calm), answered(200, 300, calm)])
    windows.keep([(0, 100)], 200)
    np.testing.assert_array_equal(windows.mean_within((0, 100)), angry)
    assert windows.mean_within((100, 200)) is None
    np.testing.assert_array_equal(windows.mean_within((200, 300)), calm)
