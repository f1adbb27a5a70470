"""Every format is read back, and its times are right to the frame."""

from __future__ import annotations

import csv
import io
import re
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import opentimelineio as otio
import pytest

from tests.builders.present import attribute, present, whole_number
from tests.builders.timelines import NAME, RATES, clips, document, media
from vidtag.core.errors import UserError
from vidtag.core.names import TimelineFormat
from vidtag.core.records import Clip, EventKind, EventSpan
from vidtag.timelines.audacity import audacity_text
from vidtag.timelines.build import (
    DocumentTimelines,
    events_timeline,
    highlights_timeline,
    rows_of,
)
from vidtag.timelines.chapters import chapters_text
from vidtag.timelines.edl import edl_text
from vidtag.timelines.fcp7 import fcp7_text
from vidtag.timelines.fcpxml import fcpxml_text
from vidtag.timelines.formats import (
    FORMATS,
    FolderFormat,
    ProgramFormat,
    program_format_of,
    timeline_files,
)
from vidtag.timelines.losslesscut import losslesscut_text
from vidtag.timelines.model import MediaReference, Timeline, media_reference, one_line
from vidtag.timelines.otio import otio_text

STARTS = {
    "23.976": "10:00:00:00",
    "25": "01:00:00:00",
    "29.97": "09:59:59;28",
    "59.94": "01:00:00;00",
}


@pytest.fixture(params=[(rate, tc) for rate in RATES for tc in (False, True)], ids=str)
def reference(request: pytest.FixtureRequest) -> MediaReference:
    rate, with_timecode = request.param
    return media_reference(media(RATES[rate], timecode=STARTS[rate] if with_timecode else None))


def both(reference: MediaReference) -> tuple[Timeline, Timeline]:
    doc = document(media(reference.rate))
    chosen = clips(doc)
    cut = highlights_timeline("Söhne & 王", [(reference, clip) for clip in chosen])
    return events_timeline(reference, doc.events, chosen), cut


def frames(reference: MediaReference, *seconds: float) -> list[int]:
    """The first frame at or after each time, by the definition."""
    return [ceil((Fraction(str(s)) - Fraction(1, 500)) * reference.rate) for s in seconds]


def test_frames_are_those_that_cutting_takes(reference: MediaReference) -> None:
    _, cut = both(reference)
    first = [c.first for c in cut.cuts]
    assert first == frames(reference, 55.3, 3600.0)
    assert [c.first + c.frames for c in cut.cuts] == frames(reference, 70.6, 3608.5)


def test_otio_is_read_back(reference: MediaReference) -> None:
    whole, cut = both(reference)
    read = otio.adapters.read_from_string(otio_text(whole), "otio_json")
    marks = read.tracks.markers
    assert len(marks) == 5
    assert [m.name for m in marks if m.color == "YELLOW"] == ["Laughter", "Laughter"]
    assert {m.color for m in marks} == {"YELLOW", "GREEN", "PURPLE"}
    late = next(
        m for m in marks if m.marked_range.start_time.value == frames(reference, 3605.3333)[0]
    )
    assert late.comment == "probability 0.99, 2.7 s"
    assert read.global_start_time.value == reference.start
    clip = read.video_tracks()[0][0]
    assert clip.media_reference.target_url == Path(NAME).as_uri()
    assert clip.source_range.start_time.value == reference.start
    assert clip.source_range.duration.value == reference.frames
    read = otio.adapters.read_from_string(otio_text(cut), "otio_json")
    assert [t.kind for t in read.tracks] == ["Video", "Audio"]
    for track in read.tracks:
        spans = [c.source_range for c in track]
        starts = [span.start_time.value - reference.start for span in spans]
        assert starts == frames(reference, 55.3, 3600.0)
        assert [c.name for c in track] == [c.name for c in cut.cuts]
    (first, _) = read.video_tracks()[0]
    inside = [m.marked_range.start_time.value - reference.start for m in first.markers]
    assert inside == frames(reference, 62.5, 64.0)


def test_fcp7_xml_is_read_back(reference: MediaReference) -> None:
    whole, cut = both(reference)
    text = fcp7_text(cut)
    assert "<!DOCTYPE xmeml>" in text
    root = ElementTree.fromstring(text)
    items = root.findall(".//video/track/clipitem")
    assert [whole_number(i, "in") for i in items] == frames(reference, 55.3, 3600.0)
    assert [whole_number(i, "out") for i in items] == frames(reference, 70.6, 3608.5)
    starts = [whole_number(i, "start") for i in items]
    assert starts == [0, frames(reference, 70.6)[0] - frames(reference, 55.3)[0]]
    ntsc = reference.rate.denominator == 1001
    assert items[0].findtext("rate/timebase") == str(round(reference.rate))
    assert items[0].findtext("rate/ntsc") == ("TRUE" if ntsc else "FALSE")
    assert items[0].findtext("file/timecode/frame") == str(reference.start)
    assert items[0].findtext("file/timecode/displayformat") == ("DF" if reference.drop else "NDF")
    assert items[0].findtext("file/media/audio/channelcount") == "2"
    assert items[0].findtext("name") == cut.cuts[0].name
    inside = [whole_number(m, "in") for m in items[0].findall("marker")]
    assert inside == frames(reference, 62.5, 64.0)
    assert items[0].findtext("marker/color/red") == "250"
    # Picture and both channels of a cut are tied together.
    ids = {i.get("id") for i in root.findall(".//clipitem") if i.findtext("start") == "0"}
    assert len(ids) == 3
    assert {link.text for link in items[0].findall("link/linkclipref")} == ids

    read = otio.adapters.read_from_string(fcp7_text(whole), "fcp_xml")
    assert read.name == whole.name
    marks = [m.marked_range.start_time.value for m in read.tracks.markers]
    assert marks == frames(reference, 55.3, 62.5, 64.0, 3600.0, 3605.3333)
    assert read.tracks.markers[1].metadata["fcp_xml"]["comment"] == "probability 0.91, 2.5 s"
    clip = read.video_tracks()[0][0]
    assert clip.source_range.start_time.rate == pytest.approx(float(reference.rate))
    assert clip.source_range.duration.value == reference.frames


def test_an_edl_is_read_back(reference: MediaReference) -> None:
    _, cut = both(reference)
    text = edl_text(cut)
    assert ("FCM: DROP FRAME" in text) == reference.drop
    read = otio.adapters.read_from_string(text, "cmx_3600", rate=float(reference.rate))
    track = read.video_tracks()[0]
    assert len(read.audio_tracks()) == 2
    wanted = list(
        zip(frames(reference, 55.3, 3600.0), frames(reference, 70.6, 3608.5), strict=True)
    )
    mark = ";" if reference.drop else ":"
    record = otio.opentime.from_timecode(f"01:00:00{mark}00", float(reference.rate))
    lines = re.findall(r"^\d{3}  AX +V +C +\S+ \S+ (\S+) (\S+)$", text, re.M)
    for clip, line, (first, end) in zip(track, lines, wanted, strict=True):
        assert clip.source_range.start_time.value == reference.start + first
        assert clip.source_range.end_time_exclusive().value == reference.start + end
        begins, ends = (otio.opentime.from_timecode(t, float(reference.rate)) for t in line)
        assert begins == record
        assert ends.value - begins.value == end - first
        record = ends
    located = re.findall(r"^\* LOC: (\S+) (\w+) +(\w+)$", text.split("\n\n")[1], re.M)
    assert [rest for _, *rest in located] == [["YELLOW", "Laughter"], ["GREEN", "Applause"]]
    at = [otio.opentime.from_timecode(t, float(reference.rate)).value for t, *_ in located]
    begin = otio.opentime.from_timecode(f"01:00:00{mark}00", float(reference.rate)).value
    assert [a - begin for a in at] == [f - wanted[0][0] for f in frames(reference, 62.5, 64.0)]
    if not reference.drop:  # the reader knows no drop-frame in markers
        assert [m.name for m in track[0].markers] == ["Laughter", "Applause"]
        assert [m.color for m in track[0].markers] == ["YELLOW", "GREEN"]


CONTENT = {
    "fcpxml": "(resources )(library )",
    "resources": "(format |asset )*",
    "format": "",
    "asset": "(media-rep )+",
    "media-rep": "",
    "library": "(event )*",
    "event": "(asset-clip |project )*",
    "project": "(sequence )",
    "sequence": "(note )?(spine )",
    "spine": "(asset-clip )*",
    "asset-clip": "(note )?(conform-rate )?(marker |chapter-marker |keyword )*"
    "(audio-channel-source )*",
    "audio-channel-source": "",
    "note": "",
    "conform-rate": "",
    "marker": "",
    "chapter-marker": "",
    "keyword": "",
}
"""Of Apple's document type definition what is used here: an element's children, in order."""

ATTRIBUTES = {
    "fcpxml": "version",
    "format": "id frameDuration fieldOrder width height paspH paspV colorSpace",
    "audio-channel-source": "srcCh outCh role enabled",
    "asset": "id name start duration hasVideo format hasAudio videoSources audioSources "
    "audioChannels audioRate",
    "media-rep": "kind src",
    "event": "name",
    "project": "name",
    "sequence": "format duration tcStart tcFormat audioLayout audioRate",
    "asset-clip": "ref offset name start duration tcFormat",
    "conform-rate": "scaleEnabled srcFrameRate",
    "marker": "start duration value note",
    "chapter-marker": "start duration value note posterOffset",
    "keyword": "start duration value note",
}
TIMES = {"frameDuration", "start", "duration", "offset", "tcStart"}


def seconds(text: str) -> Fraction:
    assert text.endswith("s")
    return Fraction(text[:-1])


def check_fcpxml(text: str) -> ElementTree.Element:
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n')
    root = ElementTree.fromstring(text)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        children = "".join(f"{child.tag} " for child in element)
        assert re.fullmatch(CONTENT[element.tag], children), f"{element.tag}: {children}"
        assert set(element.attrib) <= set(ATTRIBUTES.get(element.tag, "").split())
        for reference in ("ref", "format"):
            assert element.get(reference) in (None, *ids)
    return root


def test_fcpxml_holds_to_its_definition_and_to_whole_frames(reference: MediaReference) -> None:
    whole, cut = both(reference)
    for sequence in (whole, cut):
        root = check_fcpxml(fcpxml_text(sequence))
        assert seconds(attribute(root, "frameDuration", "resources/format")) == 1 / reference.rate
        for element in root.iter():
            for name in TIMES & set(element.attrib):
                place = seconds(attribute(element, name)) * reference.rate
                assert place.denominator == 1, f"{element.tag} {name} is off the frame"
    clips = root.findall(".//spine/asset-clip")
    starts = [seconds(attribute(c, "start")) * reference.rate - reference.start for c in clips]
    assert starts == frames(reference, 55.3, 3600.0)
    begin = seconds(attribute(root, "tcStart", ".//sequence"))
    assert seconds(attribute(clips[0], "offset")) == begin
    assert seconds(attribute(clips[1], "offset")) == begin + seconds(
        attribute(clips[0], "duration")
    )
    marks = [
        seconds(attribute(m, "start")) * reference.rate - reference.start
        for m in clips[0].iter("marker")
    ]
    assert marks == frames(reference, 62.5, 64.0)
    assert clips[0].get("name") == cut.cuts[0].name
    assert attribute(root, "src", ".//asset/media-rep") == Path(NAME).as_uri()


def test_highlights_are_chapters_and_keywords_in_final_cut() -> None:
    whole, _ = both(media_reference(media(RATES["25"])))
    root = check_fcpxml(fcpxml_text(whole))
    assert len(root.findall(".//spine//chapter-marker")) == 2
    keywords = root.findall("library/event/asset-clip/keyword")
    assert [k.get("value") for k in keywords].count("laughter") == 2


def test_sources_of_several_rates() -> None:
    doc = document(media(RATES["25"]))
    one, two = clips(doc)
    slow, fast = (
        media_reference(media(RATES["25"])),
        media_reference(media(RATES["59.94"], path="/b/b.mp4")),
    )
    cut = highlights_timeline("found", [(slow, one), (fast, two), (slow, two)])
    assert cut.rate == 25
    root = check_fcpxml(fcpxml_text(cut))
    inside = root.findall(".//spine/asset-clip")
    end = Fraction(3600)
    for clip in inside:
        assert seconds(attribute(clip, "offset")) == end
        end += seconds(attribute(clip, "duration"))
        assert (end * 25).denominator == 1
    assert attribute(inside[1], "srcFrameRate", "conform-rate") == "59.94"
    assert end == 3600 + seconds(attribute(root, "duration", ".//sequence"))
    read = otio.adapters.read_from_string(fcp7_text(cut), "fcp_xml")
    assert len(read.video_tracks()[0]) == 3
    with pytest.raises(UserError, match=r"several \(25, 59.94"):
        edl_text(cut)


def test_sound_alone_is_counted_at_25() -> None:
    reference = media_reference(media(None, path="/a/talk.wav", channels=1))
    assert (reference.rate, reference.size) == (25, None)
    assert "25 per second" in reference.note
    whole, cut = both(reference)
    read = otio.adapters.read_from_string(otio_text(cut))
    assert [t.kind for t in read.tracks] == ["Audio"]
    assert re.search(r"^001  AX       A     C ", edl_text(cut), re.M)
    root = check_fcpxml(fcpxml_text(whole))
    assert present(root.find(".//asset")).get("hasVideo") is None
    assert ElementTree.fromstring(fcp7_text(cut)).findall(".//video/track") == []


@pytest.mark.parametrize(("rate", "counted"), [(15, 30), (12, 24), (120, 60), (240, 60), (7, 30)])
def test_fcp7_xml_counts_at_a_rate_that_has_timecode(rate: int, counted: int) -> None:
    """Screens are recorded at 15 frames a second, for which there is no timecode."""
    whole, cut = both(media_reference(media(Fraction(rate))))
    for sequence in (whole, cut):
        root = ElementTree.fromstring(fcp7_text(sequence))
        assert {int(found.text or 0) for found in root.iter("timebase")} == {counted}
        for item, placed in zip(root.iter("clipitem"), sequence.cuts, strict=False):
            begin = int(item.findtext("in", "")) / counted
            assert begin == pytest.approx(placed.first / rate, abs=1 / counted)


def test_what_the_user_should_know_about_frames_is_said() -> None:
    varying = media_reference(media(Fraction(2983, 100), variable=True))
    assert "the frame rate varies" in varying.note
    assert "29.97" in varying.note
    odd = media_reference(media(Fraction(25, 2)))
    assert "no editing program" in odd.note
    broken = media_reference(media(Fraction(25), timecode="99:99:99:99"))
    assert (broken.start, "counted from 0" in broken.note) == (0, True)
    assert media_reference(media(Fraction(25), rotation=90)).size == (1080, 1920)


def test_a_picture_that_starts_late() -> None:
    reference = media_reference(media(Fraction(25), start=1.0))
    assert reference.frame(1.0) == 0
    assert reference.frame(3.0) == 50
    assert reference.frame(0.2) == 0


def test_losslesscut_and_audacity() -> None:
    doc = document(media(RATES["25"]))
    listed = rows_of(clips(doc))
    rows = list(csv.reader(io.StringIO(losslesscut_text(listed))))
    assert [(float(a), float(b)) for a, b, _ in rows] == [(55.3, 70.6), (3600.0, 3608.5)]
    assert rows[0][2] == clips(doc)[0].title
    labels = [line.split("\t") for line in audacity_text(rows_of(doc.events)).splitlines()]
    assert labels[0] == ["62.500000", "65.000000", "[laughter]"]
    music = EventSpan(EventKind.BGM, 1.0, 2.0, 0.9, 0.9)
    assert rows_of([music]) == ((1.0, 2.0, "[music]"),)
    tabbed = audacity_text([(0.0, 1.0, one_line("a\tb\nc"))])
    assert tabbed == "0.000000\t1.000000\ta b c\n"


def spoken_clip(start: float, title: str) -> Clip:
    laugh = EventSpan(EventKind.LAUGHTER, start + 3, start + 5, 0.9, 0.9)
    return Clip(start, start + 6, (laugh,), 0.9, title)


def starts(clips):
    return [(clip.start, clip.title) for clip in clips]


def test_chapters_begin_at_zero_and_are_ten_seconds_long() -> None:
    chosen = [spoken_clip(at, f"at {at} <&>") for at in (14.9, 18.0, 40.0, 3700.0, 3715.0)]
    text, note = chapters_text(starts(chosen), 3720.0, "Start")
    assert note == ""
    assert text == "0:00 Start\n0:14 at 14.9 ‹&›\n0:40 at 40.0 ‹&›\n1:01:40 at 3700.0 ‹&›\n"
    text, _ = chapters_text(starts([spoken_clip(2.0, "at once"), *chosen]), 3720.0, "Start")
    assert present(text).startswith("0:00 at once\n0:14 ")


def test_too_few_chapters_are_none_and_why() -> None:
    text, note = chapters_text(starts([spoken_clip(14.0, "one")]), 60.0, "Start")
    assert text is None
    assert "at least 3" in note
    assert "makes 2" in note


def test_files_of_both_views_and_none_without_highlights() -> None:
    doc = document(media(RATES["25"]))
    formats = get_args(TimelineFormat)
    files, notes = timeline_files(DocumentTimelines.of(doc, clips(doc)), formats)
    assert [f.suffix for f in files if f.text] == [
        *(".events.otio", ".highlights.otio", ".events.xml", ".highlights.xml"),
        *(".events.fcpxml", ".highlights.fcpxml", ".events.edl", ".highlights.edl"),
        *(".events.kdenlive", ".highlights.kdenlive"),
        *(
            f"{view}.{program}/draft_{name}.json"
            for program in ("capcut", "jianying")
            for name in ("content", "info", "meta_info")
            for view in (".events", ".highlights")
        ),
        *(".events.csv", ".highlights.csv", ".events.labels.txt", ".highlights.labels.txt"),
        *(".chapters.txt", ".chapters.vtt", ".chapters.ffmeta"),
    ]
    assert notes == ()
    files, notes = timeline_files(DocumentTimelines.of(doc, ()), formats)
    assert all(f.text is None for f in files if ".highlights" in f.suffix)
    assert any("no highlights" in note for note in notes)


PLACES = {
    '/videos/王 & "Söhne" <1>, part.mov': "file:///videos/%E7%8E%8B%20%26%20%22S%C3%B6hne%22%20",
    "s3://shows/day 1/王 & part.mov": "s3://shows/day%201/%E7%8E%8B%20%26%20part.mov",
    "https://example.com/a/part%201.mov": "https://example.com/a/part%201.mov",
    "王 & part.mov": "%E7%8E%8B%20%26%20part.mov",
}
"""Where documents say a video lies, and how timelines write it."""


@pytest.mark.parametrize("path", PLACES)
def test_a_video_anywhere_is_named_so_that_it_can_be_linked_again(path: str) -> None:
    """By its name, which is what programs look for, and by where it lies."""
    name, url = path.rsplit("/", 1)[-1], PLACES[path]
    whole, cut = both(media_reference(media(RATES["25"], path=path)))
    for sequence in (whole, cut):
        read = otio.adapters.read_from_string(otio_text(sequence))
        references = [clip.media_reference for clip in read.find_clips()]
        assert references
        assert {reference.name for reference in references} == {name}
        assert all(reference.target_url.startswith(url) for reference in references)
        old = ElementTree.fromstring(fcp7_text(sequence)).findall(".//file[pathurl]")
        assert [file.findtext("name") for file in old] == [name]
        assert present(old[0].findtext("pathurl")).startswith(url)
        assert old[0].findtext("media//samplerate") == "48000", "the file is described"
        (asset,) = check_fcpxml(fcpxml_text(sequence)).findall("resources/asset")
        assert asset.get("name") == name
        assert attribute(asset, "src", "media-rep").startswith(url)
        assert f"* FROM CLIP NAME: {name}\n" in edl_text(sequence)
    doc = document(media(RATES["25"], path=path))
    found, _ = timeline_files(DocumentTimelines.of(doc, clips(doc)), ["otio"])
    assert [file.suffix for file in found] == [".events.otio", ".highlights.otio"]


def test_every_format_of_programs_is_tried() -> None:
    """Here, Kdenlive's among what other programs render, and drafts by loaders of drafts."""
    programs = {name for name, one in FORMATS.items() if isinstance(one, ProgramFormat)}
    assert programs == {"otio", "fcp7", "fcpxml", "edl", "kdenlive"}
    folders = {name for name, one in FORMATS.items() if isinstance(one, FolderFormat)}
    assert folders == {"capcut", "jianying"}


def test_every_format_that_settings_name_is_registered() -> None:
    assert tuple(FORMATS) == get_args(TimelineFormat)


def test_the_name_tells_the_format() -> None:
    assert program_format_of(Path("a.XML")) is FORMATS["fcp7"]
    with pytest.raises(UserError, match="is no timeline format"):
        program_format_of(Path("a.csv"))
