"""The report in a real browser."""

import pypdfium2
import pytest

from tests.builders.documents import make_document, make_media, make_sentence
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
