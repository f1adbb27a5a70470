"""What TTML shows when: sequences, animation, timed regions; ttconv, the working group's own
reader, answers the same question by itself.
"""

from __future__ import annotations

import time
from itertools import pairwise
from xml.etree.ElementTree import ElementTree, fromstring

import pytest
from ttconv.imsc.reader import to_model
from ttconv.isd import ISD
from ttconv.model import Text
from ttconv.style_properties import StyleProperties, VisibilityType

from vidtag.subtitles.reading.subtitle_file import SubtitleFile, read_subtitles


def tt(body: str, head: str = "") -> str:
    return (
        '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" '
        'xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xml:lang="en">'
        f"<head>{head}</head><body>{body}</body></tt>"
    )


def read(tmp_path, content: str) -> SubtitleFile:
    path = tmp_path / "made.ttml"
    path.write_text(content, encoding="utf-8")
    return read_subtitles(path)


def shown(file: SubtitleFile) -> list[tuple[float, float, str]]:
    return [(round(cue.start, 4), round(cue.end, 4), cue.text) for cue in file.cues]


def set_(name: str, value: str, times: str) -> str:
    return f'<set {times} tts:{name}="{value}"/>'


SEQUENCE = (
    '<div timeContainer="seq"><p dur="2s">One.</p><p begin="1s" dur="2s">Two.</p>'
    '<p end="3s">Three.</p></div>'
)
ONE_TO_THREE = [(0.0, 2.0, "One."), (3.0, 5.0, "Two."), (5.0, 8.0, "Three.")]
LATER = [(10.0, 12.0, "One."), (13.0, 15.0, "Two."), (15.0, 18.0, "Three.")]

MADE = {
    "sequence": (tt(SEQUENCE), ONE_TO_THREE),
    "sequence beside others": (
        tt(f'<div begin="10s" dur="30s">{SEQUENCE}<p begin="1s" end="2s">Beside.</p></div>'),
        [*LATER, (11.0, 12.0, "Beside.")],
    ),
    "sequences in a sequence": (
        tt(
            '<div timeContainer="seq"><div begin="1s" dur="4s"><p begin="1s" end="3s">A.</p>'
            '<p begin="2s" end="4s">B.</p></div><div dur="2s"><p dur="5s">C.</p></div>'
            f"{SEQUENCE}</div>"
        ),
        [
            *((2.0, 4.0, "A."), (3.0, 5.0, "B."), (5.0, 7.0, "C.")),
            *((7.0, 9.0, "One."), (10.0, 12.0, "Two."), (12.0, 15.0, "Three.")),
        ],
    ),
    "sequence of spans": (
        tt(
            '<div><p begin="10s" timeContainer="seq"><span dur="2s">One.</span>'
            '<span begin="1s" dur="2s">Two.</span><br/><span dur="3s">Three.</span></p></div>'
        ),
        LATER,
    ),
    "body in turn": (
        tt(
            '<div dur="2s"><p dur="9s">One.</p></div><div begin="1s" dur="2s"><p>Two.</p></div>'
        ).replace("<body>", '<body timeContainer="seq">'),
        ONE_TO_THREE[:2],
    ),
    "sequence cut by what holds it": (
        tt(f'<div end="6s">{SEQUENCE}</div>'),
        [*ONE_TO_THREE[:2], (5.0, 6.0, "Three.")],
    ),
    "hidden for a while": (
        tt(
            '<div><p begin="1s" end="9s">'
            + set_("visibility", "hidden", 'begin="2s" dur="3s"')
            + "Now you see it.</p></div>"
        ),
        [(1.0, 3.0, "Now you see it."), (6.0, 9.0, "Now you see it.")],
    ),
    "shown for a while": (
        tt(
            '<div><p begin="1s" end="9s" tts:visibility="hidden">'
            + set_("visibility", "visible", 'begin="2s" end="4s"')
            + "Now you see it.</p></div>"
        ),
        [(3.0, 5.0, "Now you see it.")],
    ),
    "displayed from": (
        tt(
            '<div><p begin="1s" end="9s" tts:display="none">'
            + set_("display", "auto", 'begin="2s"')
            + "Late.</p></div>"
        ),
        [(3.0, 9.0, "Late.")],
    ),
    "hidden with all in it but what is visible by itself": (
        tt(
            "<div>"
            + set_("visibility", "hidden", 'begin="2s"')
            + '<p begin="1s" end="3s"><span>Hides.</span></p>'
            + '<p begin="1s" end="3s" tts:visibility="visible"><span>Stays.</span></p></div>'
        ),
        [(1.0, 2.0, "Hides."), (1.0, 3.0, "Stays.")],
    ),
    "not displayed with all in it": (
        tt(
            "<div>"
            + set_("display", "none", 'begin="2s" end="4s"')
            + '<p begin="1s" end="5s" tts:visibility="visible"><span>Cut.</span></p></div>'
        ),
        [(1.0, 2.0, "Cut."), (4.0, 5.0, "Cut.")],
    ),
    "a span goes": (
        tt(
            '<div><p begin="1s" end="5s"><span>Yes.</span><br/><span>'
            + set_("visibility", "hidden", 'begin="2s"')
            + "No.</span></p></div>"
        ),
        [(1.0, 3.0, "Yes.\nNo."), (3.0, 5.0, "Yes.")],
    ),
    "a span comes and goes": (
        tt(
            '<div><p begin="1s" end="5s"><span>Yes.</span> <span tts:display="none">'
            + set_("display", "auto", 'begin="1s" dur="1s"')
            + "No.</span></p></div>"
        ),
        [(1.0, 2.0, "Yes."), (2.0, 3.0, "Yes. No."), (3.0, 5.0, "Yes.")],
    ),
    "colours change nothing": (
        tt(
            '<div><p begin="1s" end="5s"><span>'
            + set_("color", "red", 'begin="1s" dur="1s"')
            + "Red.</span></p></div>"
        ),
        [(1.0, 5.0, "Red.")],
    ),
    "a region with times": (
        tt(
            '<div><p region="late" begin="1s" end="5s">Cut.</p></div>',
            '<layout><region xml:id="late" begin="2s" end="4s"/></layout>',
        ),
        [(2.0, 4.0, "Cut.")],
    ),
    "a region that hides": (
        tt(
            '<div><p region="late" begin="1s" end="5s">Cut.</p></div>',
            '<layout><region xml:id="late">'
            + set_("visibility", "hidden", 'begin="2s" end="3s"')
            + "</region></layout>",
        ),
        [(1.0, 2.0, "Cut."), (3.0, 5.0, "Cut.")],
    ),
}


def text_of(element) -> str:
    """Letters of an element of ttconv's intermediate document that are visible."""
    if isinstance(element, Text):
        seen = element.parent().get_style(StyleProperties.Visibility)
        return "" if seen is VisibilityType.hidden else element.get_text()
    return "".join(map(text_of, element))


def theirs(content: str, at: float) -> str:
    isd = ISD.from_model(to_model(ElementTree(fromstring(content))), at)
    return "".join(sorted(map(text_of, isd.iter_regions())))


@pytest.mark.parametrize("name", MADE)
def test_what_is_shown_when_is_as_the_standard_says(tmp_path, name):
    content, cues = MADE[name]
    file = read(tmp_path, content)
    assert file.unreadable == ()
    assert shown(file) == cues
    edges = sorted({0.0, 99.0, *(edge for cue in file.cues for edge in (cue.start, cue.end))})
    document = to_model(ElementTree(fromstring(content)))
    edges = sorted({*edges, *map(float, ISD.significant_times(document))})
    for before, after in pairwise(edges):
        middle = (before + after) / 2
        ours = [cue.text for cue in file.cues if cue.start <= middle < cue.end]
        assert sorted("".join(ours).replace("\n", "")) == sorted(theirs(content, middle)), middle


def test_what_follows_begins_when_all_before_it_has_ended(tmp_path):
    """By hand: ttconv forgets the begin of a container that has no end of its own."""
    content = tt(
        '<div timeContainer="seq"><div begin="1s"><p begin="1s" end="3s">A.</p></div>'
        '<p dur="1s">B.</p></div>'
    )
    assert shown(read(tmp_path, content)) == [(2.0, 4.0, "A."), (4.0, 5.0, "B.")]


def test_an_animation_may_stand_elsewhere(tmp_path):
    content = tt(
        '<div><p begin="1s" end="5s" animate="off">One.</p>'
        '<p begin="6s" end="9s" animate="off none">Two.</p></div>',
        '<animation><set xml:id="off" begin="1s" end="2s" tts:display="none"/></animation>',
    )
    assert shown(read(tmp_path, content)) == [
        *((1.0, 2.0, "One."), (3.0, 5.0, "One.")),
        *((6.0, 7.0, "Two."), (8.0, 9.0, "Two.")),
    ]


def test_text_that_comes_bit_by_bit_is_one_subtitle(tmp_path):
    content = tt(
        '<div><p begin="1s" end="5s"><span>And the winner</span> <span begin="2s">is</span> '
        '<span tts:visibility="hidden">' + set_("visibility", "visible", 'begin="3s"') + "you."
        "</span></p></div>"
    )
    assert shown(read(tmp_path, content)) == [(1.0, 5.0, "And the winner is you.")]


LOST = {
    "follows what has no end": (
        '<div timeContainer="seq">\n<p end="2s">Kept.</p>\n<p>For ever.</p>\n<p dur="1s">Never.</p>'
        "\n</div>",
        [3, 4],
    ),
    "no duration in a sequence": (
        '<div>\n<p timeContainer="seq"><span dur="2s">Kept.</span>\nloose\n'
        "<span>Gone.</span></p></div>",
        [2, 4],
    ),
    "outside what holds it": (
        '<div end="2s">\n<p end="3s">Kept.</p>\n<p begin="3s" end="4s">Never.</p></div>',
        [3],
    ),
}


@pytest.mark.parametrize("name", LOST)
def test_what_is_never_shown_is_named(tmp_path, name):
    body, lines = LOST[name]
    file = read(tmp_path, tt(body))
    assert shown(file) == [(0.0, 2.0, "Kept.")]
    assert [each.line for each in file.unreadable] == lines


@pytest.mark.parametrize(
    "paragraph",
    [
        "".join(f'<span begin="{n}ms" end="{n + 1}ms">a</span>' for n in range(10_000)),
        "".join(f'<span begin="{n}ms">a</span>' for n in range(10_000)),
        "".join(f'<span end="{n + 1}ms">a</span>' for n in range(10_000)),
        "".join(set_("display", "none", f'begin="{n}s" dur="1ms"') for n in range(10_000)) + "a",
    ],
    ids=["in turn", "growing", "shrinking", "blinking"],
)
def test_time_grows_with_the_size_of_a_file(tmp_path, paragraph):
    began = time.process_time()
    file = read(tmp_path, tt(f'<div><p begin="0s" end="99999s">{paragraph}</p></div>'))
    assert time.process_time() - began < 10
    assert file.cues or file.unreadable
