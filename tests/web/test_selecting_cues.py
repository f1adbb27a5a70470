"""Several cues are selected, by pointer, keyboard and finger, and changed in one step."""

from dataclasses import replace

import pytest

pytest.importorskip("gradio")

from tests.builders.documents import make_document, make_sentence
from tests.web.conftest import violations
from vidtag.core import document as documents
from vidtag.core.records import SpeakerTurn
from vidtag.web.client import Client

TEXTS = ("Are you sure?", "Yes, I am.", "Good then.", "We bake it.", "And the oven?", "It is hot.")


@pytest.fixture
def job(server):
    """Six cues of two who take turns; what asks about them."""
    segments = [
        replace(make_sentence(1 + 4 * n, 3 + 4 * n, text), speaker=f"Speaker {n % 2 + 1}")
        for n, text in enumerate(TEXTS)
    ]
    turns = tuple(SpeakerTurn(str(one.speaker), one.start, one.end, 0.9) for one in segments)
    text = documents.to_json(replace(make_document(segments, duration=26), turns=turns))
    ask = Client(server.url)._ask
    job = ask("/api/projects?name=talk.vidtag.json", method="POST", body=text.encode())
    return job["id"], lambda: ask(f"/api/jobs/{job['id']}/edits")


def opened(visit, job, **options):
    page = visit(f"/work/{job[0]}", **options)
    page.wait_for_selector("#app[data-ready]")
    return page


def selected(page):
    """Numbers of the rows that are said to be selected, and of those whose box is ticked."""
    numbers = page.locator(".cue[aria-selected=true] .number").all_text_contents()
    ticked = page.locator(".cue:has(.pick:checked) .number").all_text_contents()
    return numbers, ticked


def saved(page):
    page.locator(".saved", has_text="Saved").wait_for()


def test_several_are_given_to_a_new_speaker_and_it_is_one_step_back(visit, job):
    page, ask = opened(visit, job), job[1]
    row = page.locator(".cue .figures")
    row.nth(1).click(modifiers=["Control"])
    assert selected(page) == (["1", "2"], ["1", "2"]), "the one at hand, and one more"
    row.nth(4).click(modifiers=["Control"])
    row.nth(1).click(modifiers=["Control"])
    assert selected(page)[0] == ["1", "5"]
    row.nth(3).click(modifiers=["Shift"])
    assert selected(page)[0] == ["2", "3", "4"], "all from the last to here"
    assert page.locator(".picked output").inner_text() == "3 selected"
    assert violations(page) == []

    page.locator(".picked select").select_option("new")
    page.get_by_role("textbox", name="Name of the new speaker").fill("  ")
    page.keyboard.press("Enter")
    assert page.locator("dialog").is_visible(), "that is no name"
    page.get_by_role("textbox", name="Name of the new speaker").fill("Cleo Ray")
    page.keyboard.press("Enter")
    page.locator(".said", has_text="3 subtitles are said by Cleo Ray").wait_for()
    news = ask()
    assert news["speakers"] == ["Speaker 1", "Speaker 2", "Cleo Ray"]
    assert [cue["speakers"] for cue in news["cues"]] == [[0], [2], [2], [2], [0], [1]]
    page.locator(".lanes button", has_text="Cleo Ray").wait_for()
    assert page.get_by_label("Name of speaker 3").input_value() == "Cleo Ray"

    # The choice beside one of them holds for all of them.
    page.locator(".cue .who").nth(2).select_option("Speaker 2")
    page.locator(".said", has_text="3 subtitles are said by Speaker 2").wait_for()
    assert [cue["speakers"] for cue in ask()["cues"]] == [[0], [1], [1], [1], [0], [1]]
    for _ in range(2):
        page.locator(".tool-undo").click()
        saved(page)
    page.locator(".speakers input").nth(2).wait_for(state="detached")
    news = ask()
    assert (news["speakers"], news["can_undo"]) == (["Speaker 1", "Speaker 2"], False)
    assert [cue["speakers"] for cue in news["cues"]] == [[0], [1]] * 3


def test_the_new_name_is_asked_for_beside_a_cue_as_well_and_can_be_let_be(visit, job):
    page = opened(visit, job)
    who = page.locator(".cue .who").nth(1)
    who.select_option("new")
    page.get_by_role("textbox", name="Name of the new speaker").wait_for()
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    assert who.evaluate("box => box.selectedOptions[0].text") == "Speaker 2"
    who.select_option("new")
    page.get_by_role("textbox", name="Name of the new speaker").fill("Cleo")
    page.get_by_role("button", name="Add").click()
    page.locator(".lanes button", has_text="Cleo").wait_for()
    assert who.evaluate("box => box.selectedOptions[0].text") == "Cleo"
    assert page.locator(".picked").is_hidden()


def test_with_the_keyboard_several_are_selected_shifted_and_deleted(visit, job):
    page, ask = opened(visit, job), job[1]
    before = ask()["cues"]
    page.locator("h1").click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowUp")
    assert selected(page)[0] == ["2", "3"]
    page.keyboard.press("Alt+ArrowRight")
    saved(page)
    moved = [
        round(now["start"] - was["start"], 3)
        for now, was in zip(ask()["cues"], before, strict=True)
    ]
    assert moved == [0, 0.1, 0.1, 0, 0, 0]
    page.keyboard.press("Delete")
    page.locator(".said", has_text="2 subtitles deleted").wait_for()
    assert [cue["id"] for cue in ask()["cues"]] == [before[n]["id"] for n in (0, 3, 4, 5)]
    assert page.locator(".picked").is_hidden()
    page.locator(".said button", has_text="Undo").click()
    page.locator(".cue").nth(5).wait_for()
    page.locator("h1").click()
    page.keyboard.press("Control+a")
    assert len(selected(page)[0]) == 6
    page.keyboard.press("Escape")
    assert selected(page)[1] == []
    page.keyboard.press("Control+z")
    saved(page)
    assert [cue["start"] for cue in ask()["cues"]] == [cue["start"] for cue in before]


def test_all_that_somebody_says_is_selected_by_a_search(visit, job):
    page, ask = opened(visit, job), job[1]
    page.locator(".tool-search").click()
    page.locator(".search select").select_option("Speaker 2")
    page.locator(".search output", has_text="in 3 subtitles").wait_for()
    page.locator(".search input[type=search]").fill("yes")
    page.locator(".search output", has_text="in 1 subtitles").wait_for()
    page.locator(".search input[type=search]").fill("")
    page.locator(".search output", has_text="in 3 subtitles").wait_for()
    page.locator(".pick-found").click()
    assert selected(page)[0] == ["2", "4", "6"]
    # What does not follow one another stays as it is.
    page.locator(".picked .join").click()
    page.locator(".said.bad", has_text="follow one another").wait_for()
    page.locator(".picked").get_by_role("button", name="Shift").click()
    page.get_by_label("Shift by seconds").fill("0.5")
    page.locator("dialog .primary").click()
    saved(page)
    assert [cue["start"] for cue in ask()["cues"]] == [1, 5.5, 9, 13.5, 17, 21.5]


def test_those_that_follow_one_another_become_one_that_keeps_the_house_style(visit, job):
    page, ask = opened(visit, job), job[1]
    before = ask()["cues"]
    page.locator(".cue .pick").nth(1).check()
    page.locator(".cue .pick").nth(4).click(modifiers=["Shift"])
    page.locator(".picked .join").click()
    saved(page)
    page.locator(".cue").nth(3).wait_for(state="detached")
    first, joined, last = ask()["cues"]
    assert (joined["start"], joined["end"]) == (before[1]["start"], before[4]["end"])
    assert joined["lines"] == ["Yes, I am. Good then.", "We bake it. And the oven?"]
    assert [first["id"], last["id"]] == [before[0]["id"], before[5]["id"]]
    page.locator(".tool-undo").click()
    saved(page)
    assert [cue["lines"] for cue in ask()["cues"]] == [cue["lines"] for cue in before]


def test_a_finger_ticks_them(visit, job):
    page = opened(visit, job, size=(390, 844))
    for number in (0, 1):
        page.locator(".cue .pick").nth(number).click()
    assert selected(page)[1] == ["1", "2"]
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    box = page.locator(".cue .pick").first.bounding_box()
    assert min(box["width"], box["height"]) >= 20
    # Writing in one of them keeps the others; a touch elsewhere does not.
    page.locator(".cue textarea").nth(1).click()
    assert selected(page)[1] == ["1", "2"]
    page.locator(".cue .figures").nth(2).click()
    assert selected(page) == (["3"], [])
    page.locator(".cue .pick").nth(0).click()
    page.locator(".clear-picked").click()
    assert selected(page) == (["1"], [])


def test_a_speaker_who_was_added_is_removed_once_they_say_nothing(visit, job):
    page, ask = opened(visit, job), job[1]
    who = page.locator(".cue select.who").first
    who.select_option("new")
    page.get_by_role("textbox", name="Name of the new speaker").fill("Cleo")
    page.keyboard.press("Enter")
    page.get_by_label("Name of speaker 3").wait_for()
    remove = page.get_by_role("button", name="Remove Cleo")
    assert remove.count() == 0, "she says one"
    who.select_option("0")
    remove.wait_for()
    assert violations(page) == []
    remove.click()
    page.get_by_label("Name of speaker 3").wait_for(state="detached")
    assert ask()["speakers"] == ["Speaker 1", "Speaker 2"]
