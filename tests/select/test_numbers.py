"""A show is parted where applause ends a number, and not where it interrupts or welcomes."""

from __future__ import annotations

from tests.builders.documents import clap, make_document, make_segment, make_words
from vidtag.core.records import Document, EventKind, EventSpan
from vidtag.core.settings import Config
from vidtag.select.numbers import numbers
from vidtag.show.views import Views
from vidtag.timelines.formats import timeline_files


def show(
    *talk: tuple[float, str], events: tuple[EventSpan, ...], duration: float = 300.0
) -> Document:
    segments = [make_segment(make_words(text, start)) for start, text in talk]
    return make_document(segments, events, duration=duration)


ACTS = ((1.0, "Good evening all."), (100.0, "The second act."), (190.0, "And the third one."))
ENDS = (clap(85, 95), clap(180, 186))


def test_applause_that_ends_acts_parts_them_and_first_words_are_titles() -> None:
    found = numbers(show(*ACTS, events=ENDS))
    assert found == ((0.0, "Good evening all."), (100.0, "The second act."),
                     (190.0, "And the third one."))  # fmt: skip


def test_a_clap_in_the_midst_of_a_talk_parts_nothing() -> None:
    short = (clap(40, 42), *ENDS)
    assert len(numbers(show(*ACTS, events=short))) == 3
    over = ((1.0, "Good evening all."), (55.0, "Thank you but listen to this now"), *ACTS[1:])
    talked_over = (clap(50, 57), *ENDS)
    assert len(numbers(show(*over, events=talked_over))) == 3


def test_a_welcome_soon_after_the_end_makes_no_chapter_of_its_own() -> None:
    welcome = ((1.0, "Good evening all."), (100.0, "Please welcome Ana."), (112.0, "Hello."))
    found = numbers(show(*welcome, events=(clap(85, 95), clap(103, 110))))
    assert [start for start, _ in found] == [0.0, 100.0]


def test_the_last_applause_ends_the_show_and_music_begins_an_act_too() -> None:
    assert numbers(show(ACTS[0], events=(clap(280, 299),))) == ()
    music = EventSpan(EventKind.BGM, 97, 170, 0.9, 0.8)
    (_, second) = numbers(show(ACTS[0], events=(clap(85, 95), music)))
    assert second == (97, "Part 2")


def test_chapters_are_written_of_them() -> None:
    document = show(*ACTS, events=ENDS)
    config = Config().with_values({"timelines.chapters": "applause"})
    (file,), _ = timeline_files(Views(document, config).timelines, ["chapters"])
    assert file.text == "0:00 Good evening all.\n1:40 The second act.\n3:10 And the third one.\n"
