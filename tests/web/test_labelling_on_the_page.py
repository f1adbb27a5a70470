"""Events labelled by ear in a real browser: by keys and buttons, stopped and gone on with."""

import json

import pytest

pytest.importorskip("gradio")

from tests.web.conftest import violations
from vidtag.core.display import EVENT_NAMES
from vidtag.listening.events.labelled import read_answers


def opened(page):
    """The dialog, once it asks something."""
    page.wait_for_selector("#app[data-ready]")
    page.get_by_role("button", name=LABEL[page.lang], exact=True).click()
    dialog = page.get_by_role("dialog", name=LABEL[page.lang])
    dialog.locator(".acts, .learnt").locator("visible=true").first.wait_for()
    return dialog


LABEL = {"en": "Label events", "zh": "标注声音事件"}


def visited(visit, address, lang="en", **options):
    page = visit(address, locale={"en": "en-US", "zh": "zh-CN"}[lang], **options)
    page.lang = lang
    return page


def counted(dialog, text):
    dialog.locator("output", has_text=text).wait_for()


def test_events_are_labelled_by_keys_and_buttons_and_gone_on_with(visit, server, heard, tmp_path):
    page = visited(visit, heard)
    dialog = opened(page)
    labels = page.evaluate(
        "async url => (await fetch(url)).json()", f"../api/jobs/{heard[6:]}/labels"
    )
    total = len(labels["questions"])
    assert total >= 3
    counted(dialog, f"0 of {total} answered")
    assert violations(page) == []
    # What is asked about is played on the page's own player, with a second around it.
    first = labels["questions"][0]
    page.locator("dialog video").evaluate(
        "video => new Promise(then => video.paused ? then() : video.onpause = () => then())"
    )
    played = page.locator("dialog video").evaluate("video => video.currentTime")
    assert first["start"] < played <= first["end"] + 2
    assert page.locator("dialog video").evaluate("video => video.played.start(0)") <= first["start"]
    assert EVENT_NAMES["en"][first["kind"]] in dialog.locator(".question").inner_text()

    page.keyboard.press("y")
    counted(dialog, f"1 of {total} answered")
    dialog.get_by_role("button", name="No", exact=True).click()
    counted(dialog, f"2 of {total} answered")
    page.keyboard.press("u")
    counted(dialog, f"1 of {total} answered")
    page.keyboard.press("r")
    dialog.get_by_role("button", name="Skip", exact=True).click()
    counted(dialog, f"2 of {total} answered")
    # Keys of the page stay where they are: a cue is not played in a loop, nor a tab chosen.
    page.keyboard.press("3")
    assert page.get_by_role("tab", name="Subtitles").get_attribute("aria-selected") == "true"
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )

    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert page.evaluate("document.activeElement.className") == "label-events"
    assert page.locator(".left .picture video").count() == 1

    # Another time, in a new window: it goes on from there.
    page = visited(visit, heard, scheme="dark", size=(390, 780))
    dialog = opened(page)
    counted(dialog, f"2 of {total} answered")
    assert violations(page) == []
    dialog.get_by_role("button", name="Stop for now").click()
    dialog.get_by_role("button", name="Go on").click()
    for done in range(3, total + 1):
        page.keyboard.press("n")
        counted(dialog, f"{done} of {total} answered")
    dialog.locator(".learnt table").wait_for()
    assert "All is answered and saved" in dialog.locator(".question").inner_text()
    assert dialog.locator("code").inner_text() == "events: {tuned: short.events.json}"
    assert violations(page) == []
    kind, yes, no, on = dialog.locator("tbody tr").first.locator("td").all_inner_texts()[:4]
    assert kind
    assert int(yes) + int(no) >= 1
    assert "→" in on
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Download short.events.json").click()
    assert download.value.suggested_filename == "short.events.json"
    answers = read_answers(download.value.path())
    assert len(answers.answered) == total - 1
    assert json.loads(download.value.path().read_text("utf-8"))["kinds"]


def test_it_speaks_the_language_of_the_page_and_says_what_is_wrong(visit, server, heard):
    page = visited(visit, heard, "zh")
    page.route(
        "**/labels",
        lambda route: route.fulfill(
            status=400,
            content_type="application/json",
            body='{"error": "short.mp4: the video is not there any more"}',
        ),
    )
    page.wait_for_selector("#app[data-ready]")
    page.get_by_role("button", name="标注声音事件", exact=True).click()
    page.get_by_role("alert").get_by_text("short.mp4: the video is not there any more").wait_for()
    assert violations(page) == []
    page.keyboard.press("y")  # answers nothing
    page.unroute("**/labels")
    page.get_by_role("button", name="关闭", exact=True).first.click()
    dialog = opened(page)
    dialog.get_by_text("已").first.wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
