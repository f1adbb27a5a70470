"""The page to work on in a real browser: what a user does with subtitles, words and clips."""

import json
import re
import shutil
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from tests.web.conftest import PATIENCE, violations
from vidtag.media.probe import probe

MODULES = sorted((Path(__file__).parents[2] / "vidtag" / "web" / "page").glob("*.js"))


SOME_TEXT = """text => [...document.querySelectorAll('.cue textarea')]
    .some(box => box.value.includes(text))"""


def opened(visit, address, **options):
    page = visit(address, **options)
    page.wait_for_selector("#app[data-ready]")
    return page


@pytest.fixture
def work(visit, heard):
    page = opened(visit, heard)
    yield page
    # Whatever was changed is undone: the next test finds the result as it was.
    page.evaluate(
        """async (base) => { for (let n = 0; n < 60; n++) {
        const news = await (await fetch(base + '/undo?since=0', {method: 'POST'})).json();
        if (!news.can_undo) break; } }""",
        "../api/jobs/" + heard.split("/")[-1],
    )


def tab(page, name):
    page.get_by_role("tab", name=name, exact=True).click()


def saved(page):
    until(page, "document.querySelector('.saved').textContent === 'Saved'")


def texts(page):
    return page.locator(".cue textarea").evaluate_all("boxes => boxes.map(box => box.value)")


def at(page):
    return page.evaluate("document.querySelector('video').currentTime")


def until(page, expression, arg=None):
    """Wait for it to come true; the page's own policy lets nobody evaluate text later on."""
    end = time.monotonic() + PATIENCE / 1000
    while not page.evaluate(expression, arg):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(50)


def downloaded(page, selector):
    with page.expect_download() as download:
        page.locator(selector).first.click()
    return download.value


def test_an_edited_cue_is_on_the_picture_and_in_every_download(work):
    text = work.locator(".cue textarea").nth(0)
    text.fill("Nobody said <b>this</b> & that")
    text.blur()
    saved(work)
    files = {}
    tab(work, "Files")
    for name in ("srt", "vtt", "ass", "ttml", "txt", "json"):
        download = downloaded(work, f'[data-format="{name}"]')
        assert download.suggested_filename.startswith("short.")
        files[name] = download.path().read_text(encoding="utf-8")
    assert all("Nobody said" in text for text in files.values())
    assert "&lt;b&gt;this&lt;/b&gt; &amp; that" in files["vtt"]
    words = downloaded(work, '[data-format="karaoke"]').path().read_text(encoding="utf-8")
    assert re.search(r"\\kf\d+}Nobody.*\\kf\d+}said", words)
    document = json.loads(downloaded(work, "a[href$=document]").path().read_text())
    assert any("Nobody said" in segment["text"] for segment in document["segments"])
    assert "<spine>" in downloaded(work, "a[href$='timeline.fcpxml']").path().read_text()


def test_times_split_join_insert_and_delete_and_all_of_it_undone(work):
    before = texts(work)
    start = work.locator(".cue .start").nth(2)
    start.fill("9:99:99")
    start.blur()
    work.wait_for_selector(".cue .start[aria-invalid=true]")
    was = work.locator(".cue .end").nth(2).input_value()
    start.fill("0:06.2")
    start.blur()
    saved(work)
    assert work.locator(".cue .end").nth(2).input_value() == was

    box = work.locator(".cue textarea").nth(2)
    words = box.input_value()
    cut = words.index(" ", len(words) // 2)
    box.evaluate("(box, cut) => { box.focus(); box.setSelectionRange(cut, cut); }", cut)
    work.keyboard.press("Control+Enter")
    until(work, "n => document.querySelector('.cues').ariaRowCount == n", arg=len(before) + 1)
    assert texts(work)[2:4] == [words[:cut].strip(), words[cut:].strip()]
    work.locator(".cue textarea").nth(2).focus()
    work.keyboard.press("Control+m")
    until(work, "n => document.querySelector('.cues').ariaRowCount == n", arg=len(before))
    assert texts(work)[2].split() == words.split()
    work.locator(".tool-delete").click()
    until(work, "n => document.querySelector('.cues').ariaRowCount == n", arg=len(before) - 1)
    for _ in range(4):
        work.locator(".tool-undo").click()
        saved(work)
    until(work, "document.querySelector('.tool-undo').disabled")
    assert texts(work) == before
    work.locator(".tool-redo").click()
    until(work, "!document.querySelector('.tool-undo').disabled")
    assert work.locator(".cue .start").nth(2).input_value() == "0:06.200"


def test_two_windows_see_each_others_edits_and_nobody_loses_a_word(visit, work, heard):
    other = opened(visit, heard)
    mine, theirs = work.locator(".cue textarea"), other.locator(".cue textarea")
    mine.nth(1).fill("Written in the first window")
    mine.nth(1).blur()
    until(
        other,
        "[...document.querySelectorAll('textarea')].some(b => b.value.includes('first window'))",
    )
    # Both change the same: the later is told, and sees what is there now.
    other.route("**/changes", lambda route: route.abort())
    other.reload()
    other.wait_for_selector("#app[data-ready]")
    mine.nth(2).fill("Mine, and earlier")
    mine.nth(2).blur()
    saved(work)
    theirs.nth(2).fill("Theirs, and too late")
    theirs.nth(2).blur()
    said = other.locator(".said.bad")
    said.wait_for()
    assert "another window" in said.inner_text()
    assert "Theirs, and too late" in said.inner_text(), "what was typed is not lost"
    assert theirs.nth(2).input_value() == "Mine, and earlier"


def test_an_answer_that_comes_late_does_not_undo_what_is_typed(work, heard):
    work.route("**/cues", lambda route: (work.wait_for_timeout(400), route.continue_()))
    box = work.locator(".cue textarea").nth(1)
    box.click()
    box.fill("First")
    work.wait_for_timeout(700)  # it is on its way
    box.press_sequentially(" and more", delay=60)
    assert box.input_value() == "First and more"
    box.blur()
    until(work, "document.querySelector('.saved').textContent === 'Saved'")
    work.wait_for_timeout(300)
    assert box.input_value() == "First and more"
    news = work.request.get(work.url.replace("/work/", "/api/jobs/") + "/edits").json()
    assert "First and more" in [" ".join(cue["lines"]) for cue in news["cues"]]


def test_replacing_everywhere_is_one_step_back(work):
    before = texts(work)
    work.keyboard.press("Control+f")
    work.locator(".search input[type=search]").fill("cake")
    until(work, "document.querySelector('.search output').textContent.length > 3")
    work.locator(".search input[type=text]").fill("loaf")
    work.get_by_role("button", name="Replace all").click()
    until(
        work, "[...document.querySelectorAll('.cue textarea')].some(b => b.value.includes('loaf'))"
    )
    assert not any("cake" in text for text in texts(work))
    work.locator(".said button", has_text="Undo").click()
    until(
        work, "[...document.querySelectorAll('.cue textarea')].some(b => b.value.includes('cake'))"
    )
    assert texts(work) == before


def test_another_house_style_says_what_became_of_what_was_edited(work):
    box = work.locator(".cue textarea").nth(1)
    box.fill("Edited, so it stays")
    box.blur()
    saved(work)
    count = work.locator(".cues").get_attribute("aria-rowcount")
    work.select_option(".style select", "social")
    work.locator(".said", has_text="1 edited ones stayed").wait_for()
    assert work.locator(".cues").get_attribute("aria-rowcount") != count
    assert "Edited, so it stays" in texts(work)


def test_keys_play_step_and_mark(work):
    work.locator(".cue .number").nth(1).wait_for()
    work.locator("h1").click()
    work.keyboard.press("ArrowDown")
    start = at(work)
    assert start > 0
    work.keyboard.press("ArrowRight")
    until(work, "t => document.querySelector('video').currentTime > t", arg=start)
    assert at(work) == pytest.approx(start + 1 / 25, abs=0.02)
    work.keyboard.press("i")
    saved(work)
    work.keyboard.press("?")
    work.locator("dialog.help").wait_for()
    assert "Split" in work.locator("dialog.help").inner_text()
    work.keyboard.press("Escape")
    work.keyboard.press("Space")
    until(work, "!document.querySelector('video').paused")
    work.keyboard.press("k")
    until(work, "document.querySelector('video').paused")


STALE = """([open, close]) => {
    const press = (key, more = {}) => document.activeElement.dispatchEvent(
        new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
    const video = document.querySelector("video");
    video.pause();
    press(open.key, open);
    if (close === "dialog") document.querySelector("dialog").close();
    else press("Escape");
    const held = document.activeElement !== document.body;
    press(" ");
    return [held, video.paused]; }"""
"""Open something, close it, and press Space before anything is painted."""


@pytest.mark.parametrize(
    ("opened", "closed"),
    [({"key": "?"}, "dialog"), ({"key": "f", "ctrlKey": True}, "search")],
)
def test_a_key_is_the_pages_as_soon_as_what_held_the_focus_is_closed(work, opened, closed):
    work.locator("h1").click()
    held, paused = work.evaluate(STALE, [opened, closed])
    assert held, "the browser has not taken the focus from it yet"
    assert not paused
    work.keyboard.press("k")
    until(work, "document.querySelector('video').paused")


def test_an_edge_is_dragged_on_the_timeline(work):
    canvas = work.locator(".timeline canvas").bounding_box()
    end = work.locator(".cue .end").nth(1)
    was = end.input_value()
    seconds = float(was.split(":")[0]) * 60 + float(was.split(":")[1])
    x = canvas["x"] + seconds / 18.0 * canvas["width"]
    y = canvas["y"] + 20 + 56 + 10
    work.mouse.move(x - 2, y)
    work.mouse.down()
    work.mouse.move(x - 40, y, steps=5)
    work.mouse.up()
    saved(work)
    now = end.input_value()
    moved = seconds - (float(now.split(":")[0]) * 60 + float(now.split(":")[1]))
    assert 0.3 < moved < 1.2
    frames = (seconds - moved) * 25
    assert abs(frames - round(frames)) < 0.03, "on a frame"


def mark_words(page, first, last):
    """Mark words of the transcript as a pointer would."""
    page.evaluate(
        """([first, last]) => {
        const passages = [...document.querySelectorAll('.spoken p')];
        const find = (word) => { for (const p of passages) { const node = p.lastChild;
            const at = node.data.indexOf(word); if (at >= 0) return [node, at]; } };
        const [from, a] = find(first), [to, b] = find(last), range = document.createRange();
        range.setStart(from, a); range.setEnd(to, b + last.length);
        getSelection().removeAllRanges(); getSelection().addRange(range); }""",
        [first, last],
    )


def test_marked_words_become_a_clip_that_is_renamed_cut_and_dropped(work):
    tab(work, "Transcript")
    work.wait_for_selector(".spoken p")
    mark_words(work, "I asked", "where is")
    work.locator(".marking output", has_text="1 places").wait_for()
    work.locator(".make").click()
    work.locator(".said", has_text="1 clips added").wait_for()
    tab(work, "Clips")
    own = work.locator(".clips li", has_text="chosen")
    own.wait_for()
    assert "asked" in own.locator("[name=title]").input_value()
    own.locator("[name=title]").fill("The cake")
    own.locator("[name=title]").blur()
    saved(work)
    # Its crop for phones follows who speaks, until it is told where to stay.
    follows = own.get_by_role("button", name="follows who speaks")
    assert follows.get_attribute("aria-pressed") == "true"
    own.get_by_role("slider").fill("20")
    own.locator("[name=follows][aria-pressed=false]").wait_for()
    assert own.get_by_role("slider").input_value() == "20"
    own.get_by_role("button", name="follows who speaks").click()
    own.locator("[name=follows][aria-pressed=true]").wait_for()
    with work.expect_download() as got:
        own.locator("a.cut").click()
    download = got.value
    assert re.fullmatch(r"short\.clip-\d\d\.mp4", download.suggested_filename)
    length = own.locator(".soft").inner_text().split(" s")[0]
    assert probe(download.path()).duration == pytest.approx(float(length), abs=0.2)
    count = work.locator(".clips li").count()
    own.locator(".drop").click()
    until(work, "n => document.querySelectorAll('.clips li').length === n", arg=count - 1)
    work.locator(".said button", has_text="Undo").click()
    until(work, "n => document.querySelectorAll('.clips li').length === n", count)
    assert (
        work.locator(".clips [name=title]")
        .evaluate_all("all => all.map(x => x.value)")
        .count("The cake")
    )


def test_thresholds_select_other_clips_at_once(work):
    tab(work, "Clips")
    until(work, "document.querySelectorAll('.clips li').length === 2")
    work.locator(".panel summary").click()
    work.locator(".thresholds input[type=number][name=min_score]").fill("0.99")
    until(work, "document.querySelectorAll('.clips li').length === 0")
    work.locator(".thresholds input[type=number][name=min_score]").fill("0")
    until(work, "document.querySelectorAll('.clips li').length === 2")
    work.locator(".thresholds").get_by_label("applause").uncheck()
    until(work, "document.querySelectorAll('.clips li').length === 1")
    assert "laughter" in work.locator(".clips li").inner_text()


LOOKS_AWAY = """
    window.told = [];
    window.Notification = class {
        static permission = "granted";
        constructor(title, { body }) { told.push([title, body]); }
    };
    Object.defineProperty(document, "hidden", { get: () => true });
"""
"""The page is in the background, and what would be shown by the system is kept to be looked at."""


@pytest.mark.timeout(300)
def test_everything_comes_in_one_zip(work):
    text = work.locator(".cue textarea").nth(0)
    text.fill("Edited before packing")
    text.blur()
    saved(work)
    tab(work, "Files")
    work.evaluate(LOOKS_AWAY)
    with work.expect_download(timeout=4 * PATIENCE) as download:
        work.locator("button.everything").click()
    assert work.evaluate("told") == [["Download the ZIP", "short.mp4"]]
    with zipfile.ZipFile(download.value.path()) as archive:
        names = set(archive.namelist())
        assert {"short.srt", "short.report.html", "short.vidtag.json", "short.reel.mp4"} <= names
        assert {"short.vidtag-edits.json", "short.events.otio"} <= names
        assert "Edited before packing" in archive.read("short.rich.txt").decode()
        assert sum(name.startswith("short.clips/") and name.endswith(".mp4") for name in names) == 2
        assert "Edited before packing" in archive.read("short.srt").decode()
        assert "Edited before packing" in archive.read("short.report.html").decode()
        for name in names:
            if not name.endswith(".mp4"):
                assert b"vidtag-scratch-" not in archive.read(name), name
        assert archive.testzip() is None


def test_a_page_at_rest_asks_for_nothing(visit, heard):
    page = opened(visit, heard)
    asked, end = -1, time.monotonic() + PATIENCE / 1000
    while asked < len(page.seen.requests):  # what it needs at first may take its time
        assert time.monotonic() < end, "it never comes to rest"
        asked = len(page.seen.requests)
        page.wait_for_timeout(1500)
    page.wait_for_timeout(3000)
    assert page.seen.requests[asked:] == []


HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(2)</script>",
    "</textarea><svg onload=alert(5)>",
    "'\" onmouseover=alert(6) `${alert(7)}`",
)


def test_hostile_text_stays_text(work):
    boxes = work.locator(".cue textarea")
    for n, text in enumerate(HOSTILE):
        boxes.nth(n).fill(text)
        boxes.nth(n).blur()
    saved(work)
    work.reload()
    work.wait_for_selector("#app[data-ready]")
    for name in ("Transcript", "Clips", "Files", "Subtitles"):
        tab(work, name)
        work.wait_for_timeout(200)
    assert work.locator("img[src='x'], svg[onload]").count() == 0
    # The fixture fails if a dialog was opened.


def test_what_is_gone_says_so(visit):
    page = visit("/work/" + "x" * 32)
    page.locator("[role=alert]").wait_for()
    assert "gone" in page.locator("[role=alert]").inner_text()


def test_the_page_speaks_chinese_to_a_chinese_browser(visit, heard):
    page = opened(visit, heard, locale="zh-CN")
    assert page.get_by_role("tab", name="文稿", exact=True).count() == 1
    assert "笑声" in page.locator(".lanes").inner_text()
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"


def test_nothing_serious_for_those_who_see_or_move_otherwise(visit, heard):
    page = opened(visit, heard)
    found = []
    for label in ("Subtitles", "Transcript", "Clips", "Files"):
        tab(page, label)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(200)
            found += violations(page)
    assert found == []


def test_at_twice_the_size_the_picture_and_the_subtitles_are_there(visit, heard):
    page = opened(visit, heard, size=(720, 450))  # a window of 1440 x 900 at 200 %
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.locator(".cue textarea").nth(1).scroll_into_view_if_needed()
    text = page.locator(".cue textarea").nth(1).bounding_box()
    video = page.locator("video").bounding_box()
    assert video["y"] + video["height"] <= text["y"]
    assert text["y"] + text["height"] <= 450
    page.locator(".timeline canvas").scroll_into_view_if_needed()
    assert page.locator("video").bounding_box()["y"] == pytest.approx(0, abs=1), "still in sight"


def test_a_phone_shows_all_of_it_without_sideways_scrolling(visit, heard):
    page = opened(visit, heard, size=(390, 844))
    for label in ("Subtitles", "Transcript", "Clips", "Files"):
        tab(page, label)
        page.wait_for_timeout(100)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, label
        assert page.locator("video").bounding_box()["y"] < 120, "the picture is always in sight"


PARSES = """const vm = require('vm'), fs = require('fs');
for (const file of process.argv.slice(1)) {
    new vm.SourceTextModule(fs.readFileSync(file, 'utf8'), {identifier: file}); }"""


def test_the_modules_of_the_page_are_sound():
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node to check with")
    subprocess.run([node, "--experimental-vm-modules", "-e", PARSES, *MODULES], check=True)
    for module in MODULES:
        assert len(module.read_text(encoding="utf-8").splitlines()) <= 350
