import json
import re
from html.parser import HTMLParser
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders.documents import make_document, make_media, make_sentence
from tests.builders.present import present
from vidtag.core.errors import UserError
from vidtag.core.records import EventKind, EventSpan
from vidtag.core.settings import Config, HighlightsConfig, SubtitlesConfig
from vidtag.media.probe import probe
from vidtag.report.page import render
from vidtag.report.report_view import report_view
from vidtag.report.thumbnails import thumbnails
from vidtag.select.clips import select_clips
from vidtag.show.report_file import write_report
from vidtag.show.views import Views
from vidtag.subtitles.check.judge import check_cues
from vidtag.subtitles.layout.cues import cues_of, lay_out

HOSTILE = (
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "\" onmouseover=alert(1) x='",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "&lt;b&gt; \u202e\u0000 ]]> --> `${alert(1)}`",
)


class Page(HTMLParser):
    """What a browser would make of a page: its tags, attributes and text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.ids, self.text = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_data(self, data):
        self.text.append(data)


def report_of(text):
    document = make_document(
        [make_sentence(1, 4, text)],
        [EventSpan(EventKind.LAUGHTER, 4.2, 6, 0.9, 0.9)],
        media=make_media(f"/v/{text}.mp4"),
        notes=(text,),
    )
    clips = select_clips(document, HighlightsConfig())
    check = check_cues(cues_of(lay_out(document, SubtitlesConfig())), "netflix", document=document)
    return document, render(report_view(document, clips, check=check))


def is_safe(page):
    assert page.tags.count("script") == 1
    assert page.tags.count("style") == 1
    assert not [a for a in page.attributes if a[1].startswith("on")]
    for tag, name, value in page.attributes:
        if name in ("src", "href"):
            assert value.startswith("#" if tag == "a" else "data:image/jpeg"), (tag, value)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text):
    _, html = report_of(text)
    page = Page(html)
    is_safe(page)
    assert text.replace("\u0000", "") in "".join(page.text).replace("\u0000", "")


@settings(max_examples=25)
@given(st.text(min_size=1).filter(str.strip))
def test_any_text_stays_text(text):
    is_safe(Page(report_of(text)[1]))


def test_the_page_needs_nothing_but_itself(show):
    html = render(report_view(show, select_clips(show, HighlightsConfig())))
    policy = present(re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html))[1]
    assert "default-src &#39;none&#39;" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?:https?:)?//""", html)
    assert "@import" not in html
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    links = {value[1:] for tag, name, value in page.attributes if name == "href"}
    assert links <= set(page.ids)


def test_the_report_is_written_the_same_twice(show, tmp_path):
    for name in ("a", "b"):
        write_report(Views(show, Config()), tmp_path / f"{name}.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert "every rule is kept" in (tmp_path / "a.html").read_text(encoding="utf-8")


@pytest.fixture
def clip(tmp_path):
    """Two seconds: red, then blue."""
    path = tmp_path / "a b'.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for n in range(20):
            picture = np.zeros((36, 64, 3), np.uint8)
            picture[:, :, 0 if n < 10 else 2] = 230
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(stream.encode())
    return path


def test_thumbnails_show_the_moment_asked_for(clip):
    import base64
    import io

    from PIL import Image

    found = thumbnails(probe(clip), [0.5, 1.5, 99.0])
    pixels: list[Any] = []
    for place in (0, 1):
        data = base64.b64decode(found[place].removeprefix("data:image/jpeg;base64,"))
        image = Image.open(io.BytesIO(data))
        assert image.size == (320, 180)
        pixels.append(image.getpixel((100, 100)))
    assert pixels[0][0] > 150 > pixels[0][2]
    assert pixels[1][2] > 150 > pixels[1][0]


def test_a_video_that_is_gone_leaves_a_report_without_pictures(clip):
    media = probe(clip)
    clip.unlink()
    assert thumbnails(media, [0.5]) == {}
    clip.write_bytes(b"not a video any more")
    assert thumbnails(media, [0.5]) == {}


def test_a_plot_is_drawn_in_each_format(show, tmp_path):
    pytest.importorskip("matplotlib")
    from vidtag.report.plot import draw

    clips = select_clips(show, HighlightsConfig())
    for suffix, start in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")):
        draw(show, tmp_path / f"x{suffix}", clips=clips, language="zh", dark=True)
        assert (tmp_path / f"x{suffix}").read_bytes().startswith(start)
    with pytest.raises(UserError, match=r"\.png, \.svg, \.pdf"):
        draw(show, tmp_path / "x.gif")


def test_the_settings_are_shown_as_they_were(show):
    html = render(report_view(show))
    text = "".join(Page(html).text)
    assert json.dumps(dict(show.settings), indent=1) in text
