"""Timelines as other programs read them: by their own programs where these are installed, else by
what their importers look for."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import wave
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.dom import minidom
from xml.etree import ElementTree

import numpy as np
import opentimelineio as otio
import pytest

from tests.builders.documents import make_audio_stream, make_media, make_video_stream
from tests.builders.present import present
from tests.builders.timelines import RATES, clips, document, media
from vidtag.core import document as documents
from vidtag.core.media_streams import Colour, FieldOrder, Media
from vidtag.media.probe import probe
from vidtag.timelines.build import DocumentTimelines, events_timeline, highlights_timeline
from vidtag.timelines.edl import edl_text
from vidtag.timelines.fcp7 import fcp7_text
from vidtag.timelines.fcpxml import fcpxml_text
from vidtag.timelines.kdenlive import kdenlive_text
from vidtag.timelines.model import MediaReference, Timeline, media_reference
from vidtag.timelines.otio import otio_text


def with_sounds(*channels: int, path: str = "/videos/mics.mov") -> Media:
    """A video of 25 frames a second with audio tracks of so many channels."""
    sounds = [
        replace(make_audio_stream(count), index=number + 1, track=number)
        for number, count in enumerate(channels)
    ]
    return make_media(path, 7200.0, video=make_video_stream(25, duration=None), audio=sounds)


def highlights(reference: MediaReference) -> Timeline:
    doc = document(media(RATES["25"]))
    return highlights_timeline("found", [(reference, clip) for clip in clips(doc)])


TWO_MICS = media_reference(with_sounds(1, 1), track=1)
STEREO = media_reference(with_sounds(2))
MIXED = media_reference(with_sounds(2, 6, 1), track=2)


# Premiere and Resolve: OpenTimelineIO with their own metadata.


@pytest.mark.parametrize(
    ("reference", "tracks"),
    [
        (STEREO, [("Stereo", True, 0, [0, 1])]),
        (TWO_MICS, [("Mono", True, 1, [0]), ("Mono", False, 0, [0])]),
        (
            MIXED,
            [
                ("Mono", True, 2, [0]),
                ("Stereo", False, 0, [0, 1]),
                ("5.1", False, 1, [0, 1, 2, 3, 4, 5]),
            ],
        ),
    ],
)
def test_otio_has_one_track_for_each_audio_track(
    reference: MediaReference, tracks: list[tuple[str, bool, int, list[int]]]
) -> None:
    read = otio.adapters.read_from_string(otio_text(highlights(reference)), "otio_json")
    sounds = read.audio_tracks()
    assert len(sounds) == len(tracks)
    for track, (kind, is_on, source, channels) in zip(sounds, tracks, strict=True):
        assert track.enabled == is_on
        assert track.metadata["Resolve_OTIO"]["Audio Type"] == kind
        for clip in track:
            assert clip.enabled == is_on
            assert [
                (one["Source Track ID"], one["Source Channel ID"])
                for one in clip.metadata["Resolve_OTIO"]["Channels"]
            ] == [(source, channel) for channel in channels]
            premiere = clip.metadata["PremierePro_OTIO"]
            assert premiere["OriginalChannelGroupIndex"] == source
            assert premiere["AudioChannels"]["ChannelType"] == kind
            assigned = premiere["AudioChannels"]["SecondaryAssignments"]
            assert [one["SecondaryChannelIndex"] for one in assigned] == channels
    # Picture and sound of a cut are linked.
    links = [[c.metadata["PremierePro_OTIO"]["LinkID"] for c in track] for track in read.tracks]
    assert links == [[1, 2]] * (len(tracks) + 1)


# Premiere: Final Cut Pro 7 XML.


def test_fcp7_names_all_channels_with_the_listened_to_ones_on() -> None:
    root = ElementTree.fromstring(fcp7_text(highlights(TWO_MICS)))
    tracks = root.findall("sequence/media/audio/track")
    heard = [(t.findtext("enabled"), t.findtext("clipitem/sourcetrack/trackindex")) for t in tracks]
    assert heard == [("TRUE", "2"), ("FALSE", "1")]
    assert {t.get("premiereTrackType") for t in tracks} == {"Mono"}
    assert {i.get("premiereChannelType") for t in tracks for i in t.iter("clipitem")} == {"mono"}
    counts = [c.text for c in root.findall(".//file/media/audio/channelcount")]
    assert counts == ["1", "1"]


def test_fcp7_has_what_premiere_needs_for_stereo() -> None:
    root = ElementTree.fromstring(fcp7_text(highlights(STEREO)))
    sequence = root.find("sequence")
    assert sequence is not None
    assert sequence.get("explodedTracks") == "true"
    audio = sequence.find("media/audio")
    assert audio is not None
    assert audio.findtext("numOutputChannels") == "2"
    assert audio.findtext("format/samplecharacteristics/samplerate") == "48000"
    assert [g.findtext("channel/index") for g in audio.findall("outputs/group")] == ["1", "2"]
    pair = audio.findall("track")
    assert [
        (
            track.get("premiereTrackType"),
            track.get("currentExplodedTrackIndex"),
            track.get("totalExplodedTrackCount"),
            track.findtext("outputchannelindex"),
            track.findtext("locked"),
        )
        for track in pair
    ] == [("Stereo", "0", "2", "1", "FALSE"), ("Stereo", "1", "2", "2", "FALSE")]
    items = {item.get("id"): item for item in root.iter("clipitem")}
    for item in items.values():
        assert item.findtext("masterclipid") == "masterclip-1"
        links = item.findall("link")
        assert len(links) == 3
        for link in links:
            assert items[link.findtext("linkclipref")].findtext("start") == item.findtext("start")
        assert [link.findtext("groupindex") for link in links] == [None, "1", "1"]


@pytest.mark.parametrize(
    ("shape", "name", "anamorphic", "pasp"),
    [
        (Fraction(1), "square", "FALSE", None),
        (Fraction(4, 3), "HD-(1440x1080)", "FALSE", ("4", "3")),
        (Fraction(16, 15), "PAL-601", "FALSE", ("16", "15")),
        (Fraction(64, 45), "PAL-601", "TRUE", ("64", "45")),
        (Fraction(8, 9), "NTSC-601", "FALSE", ("8", "9")),
        (Fraction(32, 27), "NTSC-601", "TRUE", ("32", "27")),
        (Fraction(2), "square", "FALSE", ("2", "1")),
    ],
)
@pytest.mark.parametrize(
    ("order", "fcp7", "fcpxml"),
    [
        (FieldOrder.PROGRESSIVE, "none", None),
        (FieldOrder.TOP_FIRST, "upper", "upper first"),
        (FieldOrder.BOTTOM_FIRST, "lower", "lower first"),
    ],
)
def test_pixel_shape_and_field_order_are_told(
    shape: Fraction,
    name: str,
    anamorphic: str,
    pasp: tuple[str, str] | None,
    order: FieldOrder,
    fcp7: str,
    fcpxml: str | None,
) -> None:
    video = make_video_stream(25, duration=None)
    video = replace(video, sample_aspect_ratio=shape, field_order=order)
    timeline = highlights(media_reference(make_media("/v/a.mov", 7200.0, video=video, audio=[])))
    root = ElementTree.fromstring(fcp7_text(timeline))
    for found in root.findall(".//video//samplecharacteristics"):
        assert found.findtext("pixelaspectratio") == name
        assert found.findtext("anamorphic") == anamorphic
        assert found.findtext("fielddominance") == fcp7
    (format_,) = ElementTree.fromstring(fcpxml_text(timeline)).iter("format")
    assert format_.get("fieldOrder") == fcpxml
    assert (format_.get("paspH"), format_.get("paspV")) == (pasp or (None, None))


def test_a_turned_picture_has_its_pixels_turned() -> None:
    video = replace(make_video_stream(25, rotation=90), sample_aspect_ratio=Fraction(4, 3))
    turned = media_reference(make_media("/v/a.mov", 60.0, video=video, audio=[]))
    assert (turned.size, turned.pixel_aspect) == ((1080, 1920), Fraction(3, 4))


# Final Cut Pro.


def test_fcpxml_tells_the_sound() -> None:
    root = ElementTree.fromstring(fcpxml_text(highlights(TWO_MICS)))
    sequence, asset = root.find(".//sequence"), root.find(".//asset")
    assert sequence is not None
    assert asset is not None
    assert (sequence.get("audioLayout"), sequence.get("audioRate")) == ("stereo", "48k")
    assert (asset.get("audioSources"), asset.get("audioChannels")) == ("2", "2")
    assert asset.get("audioRate") == "48000"
    for clip in root.findall(".//spine/asset-clip"):
        sources = clip.findall("audio-channel-source")
        assert [(s.get("srcCh"), s.get("enabled")) for s in sources] == [("1", "0"), ("2", None)]
    assert {f.get("colorSpace") for f in root.iter("format")} == {"1-1-1 (Rec. 709)"}
    plain = ElementTree.fromstring(fcpxml_text(highlights(STEREO)))
    assert list(plain.iter("audio-channel-source")) == []


REAL = Path(__file__).parents[3] / "shared/real/media/two_mics.listened_to_track_1.vidtag.json"


@pytest.mark.skipif(not REAL.exists(), reason="this file is not part of the project")
def test_the_microphone_that_was_listened_to_is_on() -> None:
    timelines = DocumentTimelines.of(documents.read(REAL), ())
    assert [(s.number, s.is_on) for s in timelines.reference.sounds] == [(1, True), (0, False)]


@pytest.mark.parametrize(
    ("primaries", "transfer", "space"),
    [
        ("bt709", "bt709", "1-1-1 (Rec. 709)"),
        ("unknown", "unknown", "1-1-1 (Rec. 709)"),
        ("bt2020", "smpte2084", "9-16-9 (Rec. 2020 PQ)"),
        ("bt2020", "arib-std-b67", "9-18-9 (Rec. 2020 HLG)"),
        ("bt470bg", "smpte170m", "5-1-6 (Rec. 601 (PAL))"),
    ],
)
def test_fcpxml_tells_the_colours(primaries: str, transfer: str, space: str) -> None:
    video = make_video_stream(25, duration=None)
    video = replace(video, colour=Colour(primaries, transfer))
    timeline = highlights(media_reference(make_media("/v/a.mov", 7200.0, video=video, audio=[])))
    formats = ElementTree.fromstring(fcpxml_text(timeline)).iter("format")
    assert [one.get("colorSpace") for one in formats] == [space]


# LosslessCut takes times of FCPXML only as fractions, and of xmeml in and out of the first track.


def test_losslesscut_finds_the_cuts() -> None:
    timeline = highlights(STEREO)
    wanted = [(cut.first / 25, (cut.first + cut.frames) / 25) for cut in timeline.cuts]
    root = ElementTree.fromstring(fcpxml_text(timeline))
    found = []
    for clip in root.findall("library/event/project/sequence/spine/asset-clip"):
        times = [
            re.fullmatch(r"(\d+)/(\d+)s", clip.get(name, "")) for name in ("start", "duration")
        ]
        start, length = (int(t[1]) / int(t[2]) for t in times if t)
        found.append((start, start + length))
    assert [pytest.approx(times) for times in wanted] == found
    for element in root.iter():
        for name in ("frameDuration", "start", "duration", "offset", "tcStart", "posterOffset"):
            assert element.get(name) is None or re.fullmatch(r"\d+/\d+s", element.get(name, ""))
    items = ElementTree.fromstring(fcp7_text(timeline)).findall(
        "sequence/media/video/track/clipitem"
    )
    timebase = int(items[0].findtext("rate/timebase", ""))
    assert [
        (int(item.findtext("in", "")) / timebase, int(item.findtext("out", "")) / timebase)
        for item in items
    ] == [pytest.approx(times) for times in wanted]


# OpenShot 2.6 and 3.2: what its importers look for, in the order they look.


def test_openshot_finds_every_clip_once_in_fcp7() -> None:
    timeline = highlights(STEREO)
    xml = minidom.parseString(fcp7_text(timeline))
    found = []
    for kind in ("audio", "video"):
        for element in xml.getElementsByTagName(kind):
            for track in element.getElementsByTagName("track"):
                assert track.getElementsByTagName("locked")[0].childNodes[0].nodeValue == "FALSE"
                for clip in track.getElementsByTagName("clipitem"):
                    assert clip.getElementsByTagName("file")[0].getAttribute("id")
                    place = clip.getElementsByTagName("pathurl")
                    if place:
                        assert place[0].childNodes[0].nodeValue == timeline.references[0].url
                        first = clip.getElementsByTagName("in")[0]
                        found.append((kind, int(present(first.childNodes[0].nodeValue))))
    assert found == [("video", cut.first) for cut in timeline.cuts]


def test_openshot_finds_picture_and_sound_in_an_edl() -> None:
    timeline = highlights(STEREO)
    text = edl_text(timeline)
    events = re.findall(r"^(\d{3})[ ]+(.+?)[ ]+(.+?)[ ]+(.+?)[ ]+(\S+)", text, re.M)
    assert {reel for _, reel, *_ in events} == {"AX"}
    assert [channel for _, _, channel, *_ in events] == ["V", "A", "A2"] * 2
    assert [number for number, *_ in events] == [f"{n:03d}" for n in range(1, 7)]
    assert len(re.findall(r"^\* FROM CLIP NAME: mics.mov$", text, re.M)) == 6
    heard = re.findall(r"^\d{3}  AX +(A\d?) ", edl_text(highlights(TWO_MICS)), re.M)
    assert set(heard) == {"A2"}, "the second track's only channel is the file's second"


# melt, which renders what Kdenlive's adapter for OpenTimelineIO makes of a timeline.

MELT = shutil.which("melt")


def as_mlt(timeline: otio.schema.Timeline, rate: Fraction) -> str:
    """A timeline as simple readers of OpenTimelineIO take it: a producer for each clip, a playlist
    for each track that is on, and all sound mixed.
    """
    root = ElementTree.Element("mlt")
    ElementTree.SubElement(
        root, "profile", width="64", height="48", progressive="1", sample_aspect_num="1",
        sample_aspect_den="1", display_aspect_num="4", display_aspect_den="3",
        frame_rate_num=str(rate.numerator), frame_rate_den=str(rate.denominator),
    )  # fmt: skip
    lists = []
    for number, track in enumerate(t for t in timeline.tracks if t.enabled):
        playlist = ElementTree.Element("playlist", id=f"list{number}")
        for place, clip in enumerate(track):
            name = f"clip{number}_{place}"
            producer = ElementTree.SubElement(root, "producer", id=name)
            url = clip.media_reference.target_url.removeprefix("file://")
            for key, value in (("resource", url), ("mlt_service", "avformat")):
                ElementTree.SubElement(producer, "property", name=key).text = value
            begin = clip.source_range.start_time - clip.media_reference.available_range.start_time
            first, length = int(begin.value), int(clip.source_range.duration.value)
            entry = ElementTree.SubElement(playlist, "entry", producer=name)
            entry.set("in", str(first))
            entry.set("out", str(first + length - 1))
        lists.append((playlist, track.kind))
    root.extend(playlist for playlist, _ in lists)
    tractor = ElementTree.SubElement(root, "tractor", id="all")
    for number, (_, kind) in enumerate(lists):
        hidden = "video" if kind == "Audio" else "audio"
        ElementTree.SubElement(tractor, "track", producer=f"list{number}", hide=hidden)
    for number in range(1, len(lists)):
        mix = ElementTree.SubElement(tractor, "transition")
        for key, value in (("mlt_service", "mix"), ("a_track", "0"), ("b_track", str(number))):
            ElementTree.SubElement(mix, "property", name=key).text = value
        ElementTree.SubElement(mix, "property", name="sum").text = "1"
    return ElementTree.tostring(root, encoding="unicode")


@pytest.mark.skipif(MELT is None, reason="melt is not installed")
@pytest.mark.parametrize("reader", ["simple", "kdenlive"])
def test_melt_plays_stereo_once(reader: str, tmp_path: Path) -> None:
    """As a simple reader lays it out, and as Kdenlive's adapter for OpenTimelineIO does."""
    rate = 48_000
    tone = (np.sin(np.arange(rate * 4) * 2 * np.pi * 440 / rate) * 8000).astype("<i2")
    source = tmp_path / "tone.wav"
    with wave.open(str(source), "wb") as file:
        file.setparams((2, 2, rate, 0, "NONE", ""))
        file.writeframes(np.repeat(tone, 2).tobytes())
    sound = replace(make_audio_stream(2), index=0)
    reference = media_reference(make_media(str(source), 4.0, video=None, audio=[sound]))
    doc = document(media(RATES["25"]))
    chosen = [replace(clips(doc)[0], start=1.0, end=3.0, reason=())]
    timeline = highlights_timeline("once", [(reference, clip) for clip in chosen])
    read = otio.adapters.read_from_string(otio_text(timeline), "otio_json")
    project, played = tmp_path / "once.mlt", tmp_path / "played.wav"
    if reader == "simple":
        project.write_text(as_mlt(read, Fraction(25)))
    else:
        project.write_text(otio.adapters.write_to_string(read, "kdenlive"))
    command = [
        present(MELT),
        str(project),
        "-consumer",
        f"avformat:{played}",
        "vn=1",
        "acodec=pcm_s16le",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert played.exists(), done.stderr[-2000:]
    with wave.open(str(played), "rb") as file:
        heard = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
    assert np.abs(heard).max() == pytest.approx(8000, rel=0.05), "as loud as it was, not twice"


@pytest.mark.skipif(MELT is None, reason="melt is not installed")
@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001)])
def test_melt_renders_a_kdenlive_project(rate: Fraction, lab: Any, tmp_path: Path) -> None:
    """The frames of the cuts, each once and in order, and the sound of the track listened to."""
    name = f"two_mics{rate.denominator}.mov"
    source = lab.video(name, rate=rate, audio_starts=(0.0, 0.0), audio_codec="pcm_s16le")
    reference = media_reference(probe(source), track=1)
    doc = document(media(RATES["25"]))
    moments = [(0.7, 2.45), (3.0, 4.2)]
    chosen = [replace(clips(doc)[0], start=a, end=b, reason=()) for a, b in moments]
    project, played = tmp_path / "two.kdenlive", tmp_path / "played.mkv"
    project.write_text(kdenlive_text(highlights_timeline("two", [(reference, c) for c in chosen])))
    codecs = ["vcodec=libx264", "crf=10", "g=1", "acodec=pcm_s16le", "real_time=-1"]
    command = [present(MELT), str(project), "-consumer", f"avformat:{played}", *codecs]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert played.exists(), done.stderr[-2000:]
    meant = [n for a, b in moments for n in range(math.ceil(a * rate), math.ceil(b * rate))]
    assert lab.numbers(played) == meant
    # Every tenth frame of the source has a click, at 3 kHz on the second track alone.
    clicks = [at / rate for at, number in enumerate(meant) if number % 10 == 0]
    # After a seek, MLT begins with the next packet: of this file, 21 ms each.
    assert lab.clicks(played, 3000.0) == pytest.approx([float(t) for t in clicks], abs=0.022)
    assert not lab.clicks(played, 1000.0)


def test_kdenlives_adapter_reads_every_track_back() -> None:
    doc = document(media(RATES["25"]))
    made = highlights(MIXED)
    read = otio.adapters.read_from_string(kdenlive_text(made), "kdenlive")
    assert [(track.kind, track.name) for track in read.tracks] == [
        *(("Audio", "A3"), ("Audio", "A2"), ("Audio", "A1"), ("Video", "V1"))
    ]
    for track in read.tracks:
        spans = [(c.source_range.start_time.value, c.source_range.duration.value) for c in track]
        assert spans == [(cut.first, cut.frames) for cut in made.cuts]
        files = {clip.media_reference.target_url for clip in track}
        assert files == {"/videos/mics.mov"}
    whole = events_timeline(STEREO, doc.events, clips(doc))
    read = otio.adapters.read_from_string(kdenlive_text(whole), "kdenlive")
    marks = [mark.marked_range.start_time.value for mark in read.tracks.markers]
    assert sorted(marks) == sorted(mark.first for mark in whole.cuts[0].markers)


def test_a_kdenlive_project_has_what_kdenlive_looks_for() -> None:
    doc = document(media(RATES["25"]))
    whole = events_timeline(STEREO, doc.events, clips(doc))
    root = ElementTree.fromstring(kdenlive_text(whole))
    text = {e.get("name"): e.text for e in root.iterfind("playlist[@id='main_bin']/property")}
    assert text["kdenlive:docproperties.version"] == "1.1"
    sequence = present(text["kdenlive:docproperties.activetimeline"])
    tractors = root.findall("tractor")
    found = next(one for one in tractors if one.get("id") == sequence)
    properties = {e.get("name"): present(e.text) for e in found.iterfind("property")}
    assert properties["kdenlive:uuid"] == sequence
    assert tractors[-1].findtext("property[@name='kdenlive:projectTractor']") == "1"
    # Every clip of a track names one of the bin, by its number.
    numbers = {
        e.findtext("property[@name='kdenlive:id']")
        for e in root.iterfind("producer")
        if present(e.get("id")).startswith("bin")
    }
    entries = [e for e in root.iterfind("playlist/entry") if len(e)]
    assert len(entries) == 2
    assert {e.findtext("property[@name='kdenlive:id']") for e in entries} == numbers
    guides = json.loads(properties["kdenlive:sequenceproperties.guides"])
    # Three events and two highlights: 62.5 s of 25 frames is frame 1562.5.
    assert {1563, 1600} <= {guide["pos"] for guide in guides}
    assert len(guides) == 5
    colours = json.loads(present(text["kdenlive:docproperties.guidesCategories"]))
    assert {guide["type"] for guide in guides} <= {colour["index"] for colour in colours}
