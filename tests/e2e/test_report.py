"""The report and the plot as commands make them."""

import json
from html import unescape


def test_the_main_job_writes_a_report_with_a_picture_of_every_highlight(demo_run):
    html = unescape((demo_run[1] / "demo.report.html").read_text(encoding="utf-8"))
    listed = json.loads((demo_run[1] / "demo.highlights.json").read_text(encoding="utf-8"))
    assert html.count("data:image/jpeg") == len(listed["clips"]) > 0
    for clip in listed["clips"]:
        assert clip["title"].split()[-1] in html
    assert "bundled trial model" in html


def test_both_are_made_again_from_the_document_alone(demo_run, vidtag):
    document = demo_run[1] / "demo.vidtag.json"
    done = vidtag("report", document, "--language", "zh", "-o", "zh.html")
    assert done.code == 0, done.err
    assert "文字记录" in (vidtag.cwd / "zh.html").read_text(encoding="utf-8")
    done = vidtag("plot", document, "-o", "timeline.svg", "--dark")
    assert done.code == 0, done.err
    assert (vidtag.cwd / "timeline.svg").read_text(encoding="utf-8").startswith("<?xml")
    wrong = vidtag("plot", document, "-o", "timeline.bmp")
    assert wrong.code == 2
    assert ".png, .svg, .pdf" in wrong.err


def test_options_of_the_page_that_cannot_be_are_said_so(vidtag):
    assert "USER:PASSWORD" in (done := vidtag("web", "--auth", "nobody")).err
    assert done.code == 2
    assert "is not a folder" in (done := vidtag("web", "--allow", "absent")).err
    assert done.code == 2
