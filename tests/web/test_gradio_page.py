"""The page for uploads in a real browser: from dropping a file to the page to work on."""

import random
import re
import shutil
import wave

import pytest

from tests.web.conftest import listen, violations


def tab(page, name):
    page.get_by_role("tab", name=name, exact=True).click()


def test_a_dropped_file_becomes_a_page_to_work_on(visit, short):
    page = visit()
    listen(page, short)
    assert re.search(r"/work/[\w-]{32}$", page.url)
    assert "pocket" in page.locator(".under").inner_text()
    laughs = page.locator(".lanes button", has_text="laughter")
    assert laughs.get_attribute("aria-pressed") == "true"
    page.locator(".cue textarea", has_text="laughter").or_(
        page.locator(".cue.event")
    ).first.wait_for()
    # Back is the page for uploads, and the address may be opened again.
    address = page.url
    page.go_back()
    page.locator("#vt-listen").wait_for()
    page.goto(address)
    page.wait_for_selector("#app[data-ready]")


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
    page.wait_for_selector("#app[data-ready]")
    assert (allowing.allowed / "on server.mp4").exists()


def test_a_hostile_name_stays_text(visit, allowing, short):
    name = "<img src=x onerror=alert(8)>${alert(9)}'\"&{{alert(10)}}.mp4".replace("/", "")
    shutil.copy(short, allowing.allowed / name)
    page = visit(at=allowing)
    page.locator("#vt-path textarea, #vt-path input").fill(str(allowing.allowed / name))
    page.click("#vt-listen")
    page.wait_for_selector("#app[data-ready]")
    assert "onerror=alert(8)" in page.locator("h1").inner_text()
    tab(page, "Files")
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
    opened.value.wait_for_selector("#app[data-ready]")


def test_every_call_that_fails_is_said(visit):
    page = visit()
    page.route("**/gradio_api/run/predict*", lambda route: route.fulfill(status=500, body="{}"))
    page.click("#vt-listen")
    page.wait_for_selector(".vt-complaint:not([hidden])")
    page.unroute("**/gradio_api/run/predict*")
    page.click("#vt-listen")
    page.get_by_text("Choose a file first.").first.wait_for()
    assert page.locator(".vt-complaint:not([hidden])").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_for_those_who_see_or_move_otherwise(visit, scheme):
    page = visit(scheme=scheme)
    page.locator("#vt-listen").wait_for()
    found = violations(page)
    tab(page, "Several files")
    page.wait_for_timeout(150)
    assert found + violations(page) == []


def test_the_page_speaks_chinese_to_a_chinese_browser(visit):
    page = visit(locale="zh-CN")
    page.locator("#vt-listen").wait_for()
    assert page.locator("#vt-listen").inner_text() == "开始识别"


def test_two_users_do_not_see_each_other(visit, server, short):
    first = visit()
    listen(first, short)
    other = visit()
    other.wait_for_selector("#vt-listen")
    assert first.url.rsplit("/", 1)[1] not in other.content()
