"""The report in a real browser."""

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
