"""The page in a real browser: what a user does, from dropping a file to the edited subtitles."""

import random
import re
import shutil
import time
import wave
import zipfile

import pytest

from tests.web.conftest import PATIENCE, listen, violations
from vidtag.media.probe import probe
from vidtag.web.client import Client


@pytest.fixture(scope="module")
def heard(server, short):
    """The address of a result that several tests look at."""
    ask, body = Client(server.url)._ask, short.read_bytes()
    job = ask("/api/jobs?name=short.mp4", method="POST", body=body)
    for _ in range(400):
        if job["state"] not in ("waiting", "running"):
            break
        time.sleep(0.25)
        job = ask(f"/api/jobs/{job['id']}")
    assert job["state"] == "done", job
    return f"/?job={job['id']}"


@pytest.fixture
def result(visit, heard):
    page = visit(heard)
    page.wait_for_selector(".vt-cues tbody tr")
    return page


def player_time(page):
    return page.evaluate("document.querySelector('.vt-player').currentTime")


def tab(page, name):
    page.get_by_role("tab", name=name, exact=True).click()


def count(page):
    return int(page.locator(".vt-gallery").get_attribute("data-count"))


def test_a_dropped_file_becomes_a_page_to_work_on(visit, server, short):
    page = visit()
    listen(page, short)
    assert re.search(r"\?job=[\w-]{32}$", page.url)
    assert "pocket" in page.locator(".vt-note").first.inner_text()

    # The subtitles are shown on the picture.
    page.wait_for_function(
        "(document.querySelector('.vt-player').textTracks[0].cues || []).length > 2"
    )
    laugh = page.locator('.tl-lane[data-lane="laughter"] .tl-span').first
    start = float(laugh.get_attribute("data-t"))
    end = float(laugh.get_attribute("data-end"))
    assert 14 < start < 17, "the laugh of the demo at 25 s, in a cut that begins at 10 s"
    laugh.click()
    page.wait_for_function(
        "([a, b]) => { const t = document.querySelector('.vt-player').currentTime;"
        " return t >= a - 0.05 && t <= b; }",
        arg=[start, end],
    )
    shown = page.evaluate(
        "[...document.querySelector('.vt-player').textTracks[0].activeCues].map(c => c.text)"
    )
    assert any("laughter" in text for text in shown)
    page.wait_for_function("!document.querySelector('.vt-lanes .tl-head').hidden")

    # The page may be loaded again.
    page.reload()
    page.wait_for_selector(".vt-cues tbody tr")


def test_thresholds_select_other_highlights_at_once(result):
    tab(result, "Highlights")
    assert count(result) == 2
    lane = result.locator('.tl-lane[data-lane="highlights"] .tl-span')
    assert lane.count() == 2
    result.locator("#vt-min_score input[type=number]").fill("0.99")
    result.keyboard.press("Tab")
    result.wait_for_selector('.vt-gallery[data-count="0"]')
    assert lane.count() == 0
    result.locator("#vt-min_score input[type=number]").fill("0")
    result.keyboard.press("Tab")
    result.wait_for_selector('.vt-gallery[data-count="2"]')
    result.locator(".vt-controls").get_by_label("applause").uncheck()
    result.wait_for_selector('.vt-gallery[data-count="1"]')
    card = result.locator(".vt-card")
    assert "laughter" in card.inner_text()
    result.wait_for_function("document.querySelector('.vt-card img').naturalWidth > 0")
    card.click()
    at = float(card.get_attribute("data-play"))
    result.wait_for_function(
        "at => Math.abs(document.querySelector('.vt-player').currentTime - at) < 3", arg=at
    )
    result.locator(".vt-controls").get_by_label("applause").check()
    result.wait_for_selector('.vt-gallery[data-count="2"]')
    with result.expect_download() as download:
        result.locator(".vt-clip").nth(1).click()
    assert download.value.suggested_filename == "short.clip-02.mp4"
    clip = probe(download.value.path())
    assert clip.video is not None
    assert abs(clip.duration - 11.4) < 0.5, "laugh and what led to it"


def test_a_page_at_rest_asks_for_nothing(visit, heard):
    """No event of the page may set off another: what is loaded is loaded once, and that is all."""
    page = visit(heard)
    page.wait_for_selector(".vt-cues tbody tr")
    tab(page, "Highlights")
    slider = page.locator("#vt-setup input[type=range]")
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(1500)
    own = [line for line in page.seen.requests if "/api/" in line or "/page/" in line]
    for part in ("/cues", "?language=en"):
        assert sum(line.startswith("GET") and line.endswith(part) for line in own) == 1, own
    assert 1 <= sum(line.startswith("PUT") for line in own) <= 10
    assert not any("/queue/" in line for line in page.seen.requests)
    before = len(page.seen.requests)
    page.wait_for_timeout(3000)
    assert page.seen.requests[before:] == []
    assert slider.input_value() == page.locator("#vt-setup input[type=number]").input_value()


def test_another_house_style_makes_other_cues(result):
    texts = "JSON.stringify([...document.querySelectorAll('.vt-cues textarea')].map(t => t.value))"
    before = result.evaluate(texts)
    result.select_option(".vt-style", "social")
    result.wait_for_function(f"before => {texts} !== before", arg=before)
    result.select_option(".vt-style", "netflix")
    result.wait_for_function(f"before => {texts} === before", arg=before)


def test_an_edited_cue_is_in_every_download(result):
    text = result.locator(".vt-cues textarea").first
    text.fill("Nobody said <b>this</b> & that")
    text.blur()
    result.wait_for_selector(".vt-reset:not([hidden])")
    files = {}
    assert result.locator('[data-format="rich"]:not([hidden])').count() == 0
    for name in ("srt", "vtt", "ass", "ttml", "txt", "json"):
        with result.expect_download() as download:
            result.locator(f'.vt-cues [data-format="{name}"]').click()
        files[name] = download.value.path().read_text(encoding="utf-8")
        assert download.value.suggested_filename.startswith("short.")
    assert all("Nobody said" in text for text in files.values())
    assert "&lt;b&gt;this&lt;/b&gt; &amp; that" in files["vtt"]
    result.wait_for_function(
        "[...(document.querySelector('.vt-player').textTracks[0].cues || [])]"
        ".some(c => c.text.includes('Nobody said'))"
    )
    # A time that cannot be is refused, and nothing is lost.
    start = result.locator(".vt-cues tbody input").first
    start.fill("9:99:99")
    start.blur()
    result.locator(".vt-cue-state.vt-error").wait_for()
    start.fill("0:00.5")
    start.blur()
    result.wait_for_function("!document.querySelector('.vt-cue-state').matches('.vt-error')")
    rows = result.locator(".vt-cues tbody tr").count()
    result.locator(".vt-delete").nth(1).click()
    result.wait_for_function(
        "n => document.querySelectorAll('.vt-cues tbody tr').length === n", arg=rows - 1
    )
    result.locator(".vt-reset").click()
    result.wait_for_function(
        "n => document.querySelectorAll('.vt-cues tbody tr').length === n", arg=rows
    )
    assert "Nobody said" not in result.locator(".vt-cues textarea").first.input_value()
    with result.expect_download() as download:
        result.locator('.vt-cues [data-format="rich"]').click()
    assert download.value.suggested_filename == "short.rich.txt"
    assert "😀" in download.value.path().read_text(encoding="utf-8")


@pytest.mark.timeout(300)
def test_everything_comes_in_one_zip(result):
    text = result.locator(".vt-cues textarea").first
    text.fill("Edited before packing")
    text.blur()
    result.wait_for_selector(".vt-reset:not([hidden])")
    tab(result, "Files")
    with result.expect_download(timeout=4 * PATIENCE) as download:
        result.locator("button[data-make]").click()
        ended = ".vt-made .vt-zip, .vt-made .vt-error"
        made = result.wait_for_selector(ended, timeout=4 * PATIENCE)
        assert made.inner_text() == "Download the ZIP"
    with zipfile.ZipFile(download.value.path()) as archive:
        names = set(archive.namelist())
        assert {"short.srt", "short.report.html", "short.vidtag.json", "short.reel.mp4"} <= names
        assert "short.rich.txt" not in names, "nobody knows how the new words were said"
        assert sum(name.startswith("short.clips/") and name.endswith(".mp4") for name in names) == 2
        assert "Edited before packing" in archive.read("short.srt").decode()
        first = next(name for name in sorted(names) if re.match(r"short\.clips/01.*\.srt", name))
        assert "Edited before packing" in archive.read(first).decode()
        for name in names:
            if not name.endswith(".mp4"):
                assert b"vidtag-scratch-" not in archive.read(name), name
        assert archive.testzip() is None


def test_clean_text_beside_raw_json(result):
    tab(result, "Text")
    assert "cake" in result.locator(".vt-plain").inner_text()
    assert "😀" in result.locator(".vt-rich").inner_text()
    assert '"version": 1' in result.locator(".vt-raw").inner_text()


def test_cancelling_stops_the_work(visit, server, tmp_path):
    long = tmp_path / "long.wav"
    with wave.open(str(long), "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(random.Random(1).randbytes(2 * 16_000 * 60) * 10)  # ten minutes of noise
    page = visit()
    before = set(server.files)
    page.set_input_files("#vt-upload input[type=file]", str(long))
    page.locator("#vt-upload").get_by_text("long").first.wait_for()
    page.click("#vt-listen")
    page.wait_for_selector(".vt-progress[data-state=running]")
    page.wait_for_selector(".vt-stages li:nth-child(2)")
    page.click("#vt-cancel")
    page.wait_for_selector(".vt-progress[data-state=cancelled]")
    left = [path for path in set(server.files) - before if "uploads" not in path.parts]
    assert left == [], "the job's own copy is gone"
    assert page.url == server.url + "/"
    page.locator("#vt-listen:not([disabled])").wait_for()


def test_a_wrong_file_gets_a_sentence(visit, server, tmp_path):
    wrong = tmp_path / "letter.mp4"
    wrong.write_text("Dear Sir or Madam")
    page = visit()
    page.click("#vt-listen")
    said = page.locator(".vt-progress .vt-error:not([hidden])")
    said.wait_for()
    assert "Choose a file first" in said.inner_text()
    page.set_input_files("#vt-upload input[type=file]", str(wrong))
    page.locator("#vt-upload").get_by_text("letter").first.wait_for()
    page.click("#vt-listen")
    page.wait_for_selector(".vt-progress[data-state=failed]")
    assert said.inner_text().startswith("letter.mp4: ")
    assert "Traceback" not in page.content()
    assert str(server.temporary) not in page.locator(".vt-progress").inner_html()
    assert page.locator(".toast-wrap .error").count() == 0


def test_a_path_on_the_server_works_only_in_allowed_folders(visit, allowing, short):
    shutil.copy(short, allowing.allowed / "on server.mp4")
    page = visit(at=allowing)
    box = page.locator("#vt-path textarea, #vt-path input")
    box.fill("/etc/passwd")
    page.click("#vt-listen")
    said = page.locator(".vt-progress .vt-error:not([hidden])")
    said.wait_for()
    assert "no such file in the folders" in said.inner_text()
    box.fill(str(allowing.allowed / "on server.mp4"))
    page.click("#vt-listen")
    page.wait_for_selector(".vt-progress[data-state=done]")
    assert (allowing.allowed / "on server.mp4").exists()


HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(2)</script>",
    "${alert(3)}",
    "{{constructor.constructor('alert(4)')()}}",
    "</textarea><svg onload=alert(5)>",
    "'\" onmouseover=alert(6) `${alert(7)}`",
)


def test_hostile_names_and_cues_stay_text(visit, allowing, short, tmp_path):
    name = "<img src=x onerror=alert(8)>${alert(9)}'\"&{{alert(10)}}.mp4".replace("/", "")
    shutil.copy(short, allowing.allowed / name)
    page = visit(at=allowing)
    page.locator("#vt-path textarea, #vt-path input").fill(str(allowing.allowed / name))
    page.click("#vt-listen")
    page.wait_for_selector(".vt-progress[data-state=done]")
    page.wait_for_selector(".vt-cues tbody tr")
    assert "onerror=alert(8)" in page.locator(".vt-state").inner_text()
    boxes = page.locator(".vt-cues textarea")
    for n in range(min(len(HOSTILE), boxes.count())):
        boxes.nth(n).fill(HOSTILE[n])
        boxes.nth(n).blur()
    page.wait_for_selector(".vt-reset:not([hidden])")
    page.reload()
    page.wait_for_selector(".vt-cues tbody tr")
    for label in ("Highlights", "Text", "Files"):
        tab(page, label)
        page.wait_for_timeout(200)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open the report").click()
    report = opened.value
    report.wait_for_load_state()
    report.seen = page.seen
    assert "onerror=alert(8)" in report.locator("h1").inner_text()
    for shown in (page, report):
        assert shown.locator("img[src='x']").count() == 0
        assert shown.locator("svg[onload]").count() == 0
    # The fixture fails if a dialog was opened.


def test_two_users_do_not_see_each_other(visit, result, heard):
    other = visit()
    other.wait_for_selector("#vt-listen")
    assert other.locator(".vt-result").count() == 0
    assert heard.split("=")[1] not in other.content()
    gone = visit("/?job=" + "x" * 32)
    gone.locator(".vt-progress .vt-error:not([hidden])").wait_for()
    assert "gone" in gone.locator(".vt-progress .vt-error").inner_text()


def test_the_timeline_is_used_by_keyboard(result):
    result.locator('.tl-lane[data-lane="speech"] .tl-span').first.focus()
    result.keyboard.press("End")
    last = result.locator('.tl-lane[data-lane="speech"] .tl-span').last
    assert last.evaluate("span => span === document.activeElement")
    start = float(last.get_attribute("data-t"))
    result.keyboard.press("Enter")
    result.wait_for_function(
        "at => Math.abs(document.querySelector('.vt-player').currentTime - at) < 3", arg=start
    )
    tabbable = result.locator('.tl-lane[data-lane="speech"] .tl-span[tabindex="0"]')
    assert tabbable.count() == 1


def test_the_page_speaks_chinese_to_a_chinese_browser(visit, heard):
    page = visit(heard, locale="zh-CN")
    page.wait_for_selector(".vt-cues tbody tr")
    assert page.locator("#vt-listen").inner_text() == "开始识别"
    assert page.get_by_role("tab", name="精彩片段", exact=True).count() == 1
    assert "笑声" in page.locator(".tl-label").all_inner_texts()
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_for_those_who_see_or_move_otherwise(visit, heard, scheme):
    page = visit(heard, scheme=scheme)
    page.wait_for_selector(".vt-cues tbody tr")
    found = violations(page)
    for label in ("Highlights", "Text", "Files"):
        tab(page, label)
        page.wait_for_timeout(150)
        found += violations(page)
    tab(page, "Several files")
    page.wait_for_timeout(150)
    assert found + violations(page) == []


def test_a_phone_shows_all_of_it_without_sideways_scrolling(visit, heard):
    page = visit(heard, size=(390, 844))
    page.wait_for_selector(".vt-cues tbody tr")
    for label in ("Subtitles", "Highlights", "Text", "Files"):
        tab(page, label)
        page.wait_for_timeout(100)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, label


def test_several_files_are_done_in_turn(visit, short, tmp_path):
    files = [tmp_path / "first.mp4", tmp_path / "second.mp4", tmp_path / "wrong.mp4"]
    for file in files[:2]:
        shutil.copy(short, file)
    files[2].write_text("no video")
    page = visit()
    tab(page, "Several files")
    page.set_input_files("#vt-uploads input[type=file]", [str(file) for file in files])
    page.locator("#vt-uploads").get_by_text("wrong").first.wait_for()
    page.click("#vt-listen-many")
    page.wait_for_function(
        "document.querySelectorAll('.vt-batch tr[data-state=done]').length === 2 &&"
        "document.querySelectorAll('.vt-batch tr[data-state=failed]').length === 1"
    )
    assert "laughter: 1, applause: 1" in page.locator(".vt-batch").inner_text()
    with page.context.expect_page() as opened:
        page.locator(".vt-batch").get_by_role("link", name="Open", exact=True).first.click()
    opened.value.seen = page.seen
    opened.value.wait_for_selector(".vt-cues tbody tr")


def test_every_call_that_fails_is_said(visit):
    page = visit()
    page.route("**/gradio_api/run/predict*", lambda route: route.fulfill(status=500, body="{}"))
    page.click("#vt-listen")
    page.wait_for_selector(".vt-complaint:not([hidden])")
    page.unroute("**/gradio_api/run/predict*")
    page.click("#vt-listen")
    page.get_by_text("Choose a file first.").first.wait_for()
    assert page.locator(".vt-complaint:not([hidden])").count() == 0
