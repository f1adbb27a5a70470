"""The report in a real browser."""

import re

import pypdfium2
import pytest

from tests.builders.documents import make_document, make_media, make_sentence
from tests.builders.present import present
from tests.report.test_page import HOSTILE
from tests.web.conftest import violations
from vidtag.core.records import Emotion, EventKind, EventSpan, Language
from vidtag.core.settings import Config
from vidtag.show.report_file import write_report
from vidtag.show.views import Views


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    texts = [*HOSTILE, "<svg onload=alert(1)>", "${alert(1)}"]
    segments = [
        make_sentence(5 * n, 5 * n + 3, text, Language.EN if n % 2 else Language.ZH, Emotion.ANGRY)
        for n, text in enumerate(texts)
    ]
    events = [EventSpan(EventKind.LAUGHTER, 8.2, 9.8, 0.99, 0.9)]
    name = "/v/<img src=x onerror=alert(9)>.mp4"
    document = make_document(segments, events, media=make_media(name), notes=HOSTILE)
    path = tmp_path_factory.mktemp("report") / "a.html"
    write_report(Views(document, Config()), path)
    return path.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_runs_no_script_of_others(visit, report, scheme):
    page = visit(report, scheme=scheme)
    assert page.locator("script").count() == 1
    assert "onerror=alert(9)" in page.locator("h1").inner_text()
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_for_those_who_see_or_move_otherwise(browser, report, scheme):
    # axe-core is a script that the page's own policy would forbid.
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(report)
    assert violations(page) == []
    context.close()


def test_links_lead_from_the_timeline_to_the_words(visit, report):
    page = visit(report)
    span = page.locator('.tl-lane[data-lane="speech"] a').nth(3)
    span.click()
    assert page.url.endswith("#s3")
    assert page.locator("#s3").evaluate("row => row.matches(':target')")
    span.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#s4"


MANY = 500


@pytest.fixture(scope="module")
def long_report(tmp_path_factory):
    """More sentences than the timeline has room for."""
    segments = [make_sentence(4 * n, 4 * n + 3, f"Sentence {n} of them.") for n in range(MANY)]
    document = make_document(segments, duration=4 * MANY)
    path = tmp_path_factory.mktemp("report") / "long.html"
    write_report(Views(document, Config()), path)
    return path.as_uri()


def test_a_lane_of_very_many_is_a_picture_whose_blocks_are_links_where_they_can_be_hit(
    visit, long_report
):
    page = visit(long_report)
    lane = page.locator('.tl-lane[data-lane="speech"]')
    links, track = lane.locator("a"), lane.locator(".tl-track")
    assert links.count() == 1, "one stop of the Tab key"
    # Keys go through all of them.
    links.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    focused = "document.activeElement.getAttribute('href') + document.activeElement.title"
    assert page.evaluate(focused) == "#s2English, 0:08.0 to 0:11.0: Sentence 2 of them."
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    until(page, f"location.hash === '#s{MANY - 1}'")
    # What is pointed at is told, and leads to its words.
    page.evaluate("scrollTo(0, 0)")
    box = track.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 5)
    title = present(track.get_attribute("title"))
    number = int(present(re.search(r"Sentence (\d+)", title))[1])
    assert number == pytest.approx(MANY / 2, abs=2)
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 5)
    until(page, f"location.hash === '#s{number}'")
    assert page.locator(f"#s{number}").evaluate("row => row.getBoundingClientRect().top > 0")
    # From near, those in view are links with their text, and no others.
    page.evaluate("scrollTo(0, 0)")
    for _ in range(4):
        page.locator("[data-zoom='1']").click()
    until(page, "document.querySelectorAll('[data-lane=speech] .tl-text').length > 10")
    assert 10 < links.count() < 80
    shown = set(links.evaluate_all("all => all.map(one => one.getAttribute('href'))"))
    page.evaluate("document.querySelector('.tl-scroll').scrollLeft = 1e6")
    until(page, f"document.querySelector('[data-lane=speech] a[href=\"#s{MANY - 3}\"]')")
    assert shown & set(links.evaluate_all("all => all.map(a => a.getAttribute('href'))")) <= {
        f"#s{MANY - 1}"
    }


def test_all_lines_of_a_long_report_are_found_reached_and_printed(visit, long_report):
    page = visit(long_report)
    page.fill("#find", f"sentence {MANY - 2} of")
    until(page, "document.querySelector('.find output').textContent === '1 lines'")
    assert page.locator(".line:visible").count() == 1
    assert page.evaluate("document.querySelector('#transcript').offsetHeight") < 300, "no gaps"
    page.keyboard.press("Escape")
    page.evaluate(f"location.hash = '#s{MANY // 2}'")
    row = page.locator(f"#s{MANY // 2}")
    until(
        page, f"document.querySelector('#s{MANY // 2}').getBoundingClientRect().top < innerHeight"
    )
    assert row.is_visible()
    pages = pypdfium2.PdfDocument(page.pdf(format="A4"))
    printed = "\n".join(one.get_textpage().get_text_bounded() for one in pages)
    assert all(f"Sentence {n} of them." in printed for n in range(MANY))


def test_nothing_serious_in_a_long_report(browser, long_report):
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(long_report)
    assert violations(page) == []
    context.close()


def test_with_the_video_at_hand_what_is_clicked_is_played(visit, report, short):
    page = visit(report)
    page.set_input_files("#along", str(short))
    until(page, "document.querySelector('#player').readyState >= 1")
    page.locator("#s2 a").click()
    until(page, "Math.abs(document.querySelector('#player').currentTime - 10) < 3")
    # What is said is marked, and the picture stays in sight wherever one reads.
    page.evaluate("document.querySelector('#player').pause()")
    page.evaluate("document.querySelector('#player').currentTime = 16")
    until(page, "document.querySelector('#s3.now')")
    assert page.locator(".line.now").count() == 1
    page.locator(".about").scroll_into_view_if_needed()
    assert page.locator("#player").bounding_box()["y"] == pytest.approx(0, abs=1)
    page.locator("#player").evaluate("player => { player.currentTime = 0; player.hidden = false; }")
    page.evaluate("location.hash = '#s0'")
    line, player = (page.locator(name).bounding_box() for name in ("#s0", "#player"))
    assert line["y"] >= player["y"] + player["height"], "not behind the picture"


def test_what_is_searched_is_left_and_marked(visit, report):
    page = visit(report)
    every = page.locator(".line:visible").count()
    page.fill("#find", "  JavaScript:alert ")
    until(page, "document.querySelector('.find output').textContent === '1 lines'")
    assert page.locator(".line:visible").count() == 1
    assert page.evaluate("String([...CSS.highlights.get('found')][0])") == "javascript:alert"
    page.evaluate("location.hash = '#s0'")
    until(page, "document.querySelectorAll('.line[hidden]').length === 0")
    page.fill("#find", "nobody said that")
    until(page, "document.querySelector('.find output').textContent === '0 lines'")
    page.keyboard.press("Escape")
    assert page.locator(".line:visible").count() == every


def until(page, condition):
    """Wait as ``wait_for_function`` does, which the page's policy forbids."""
    for _ in range(300):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    raise AssertionError(condition)


def test_it_fits_a_phone_and_a_sheet_of_paper(visit, report):
    page = visit(report, size=(390, 844))
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.pdf(format="A4").startswith(b"%PDF")


HEADINGS = ("Timeline", "Highlights", "In numbers", "Languages", "Emotions", "Transcript",
            "Quality of the subtitles", "How this was made")  # fmt: skip


def test_no_heading_stands_alone_at_the_end_of_a_page(visit, report):
    page = visit(report)
    ends = set()
    for height in (120, 145, 170, 195):  # millimetres
        pages = pypdfium2.PdfDocument(page.pdf(width="210mm", height=f"{height}mm"))
        texts = [one.get_textpage().get_text_bounded().split("\n") for one in pages]
        shown = [[line.strip() for line in text if line.strip()] for text in texts]
        assert {*HEADINGS} <= {line for text in shown for line in text}
        ends |= {text[-1] for text in shown if text}
    assert len(ends) > 6, "pages end in many places"
    assert not ends & {*HEADINGS}
