"""``vidtag timeline`` and ``vidtag find`` on the demo, as a user runs them."""

import json
import shutil
from fractions import Fraction
from typing import get_args
from xml.etree import ElementTree

import av
import opentimelineio as otio
import pytest

from tests.builders.documents import laugh, make_document
from tests.builders.present import attribute, present, whole_number
from tests.e2e.conftest import SAMPLES
from tests.e2e.truth import load
from vidtag.core import document as documents
from vidtag.core.names import TimelineFormat
from vidtag.core.records import EventKind
from vidtag.media.probe import probe

ALL = ",".join(get_args(TimelineFormat))


@pytest.fixture
def document(demo_run, vidtag):
    """The demo's document in a folder of its own."""
    (vidtag.cwd / "shows").mkdir()
    return shutil.copy(demo_run[1] / "demo.vidtag.json", vidtag.cwd / "shows")


@pytest.fixture
def find(vidtag):
    """Runs ``vidtag find`` with an index of its own."""
    return lambda *words: vidtag("find", *words, XDG_CACHE_HOME=str(vidtag.cwd / "cache"))


def test_timelines_in_every_format(document, vidtag, demo_run):
    done = vidtag("timeline", document, "--formats", ALL, "-o", "out")
    assert done.code == 0, done.err
    listed = set(done.out.split())
    assert listed == {name for name in vidtag.files() if name.startswith("out/")}
    assert len(listed) == 17 + 2 * 2 * 3
    # The clips that were cut hold the frames that the timeline shows.
    cut = json.loads((demo_run[1] / "demo.highlights.json").read_text(encoding="utf-8"))["clips"]
    read = otio.adapters.read_from_file(str(vidtag.cwd / "out/demo.highlights.otio"))
    spans = [clip.source_range for clip in read.video_tracks()[0]]
    assert [span.start_time.to_seconds() for span in spans] == [c["start"] for c in cut]
    assert [s.end_time_exclusive().to_seconds() for s in spans] == [c["end"] for c in cut]
    laughs = [e for e in load(SAMPLES / "demo.truth.json").events if e.kind is EventKind.LAUGHTER]
    root = ElementTree.parse(vidtag.cwd / "out/demo.events.xml").getroot()
    marks = [m for m in root.findall(".//sequence/marker") if m.findtext("name") == "Laughter"]
    starts = [whole_number(m, "in") / 25 for m in marks]
    assert starts == pytest.approx([laugh.start for laugh in laughs], abs=0.5)


def test_a_format_that_is_none_is_refused(document, vidtag):
    done = vidtag("timeline", document, "--formats", "avid")
    assert done.code == 2
    assert "'otio', 'fcp7'" in done.err
    assert "Traceback" not in done.err


def test_a_video_that_changed_is_refused_and_one_that_is_gone_is_not(document, vidtag):
    video = vidtag.cwd / "demo.mp4"
    data = json.loads((vidtag.cwd / "shows/demo.vidtag.json").read_text(encoding="utf-8"))
    data["media"]["path"] = str(video)
    (vidtag.cwd / "shows/demo.vidtag.json").write_text(json.dumps(data), encoding="utf-8")
    video.write_bytes((SAMPLES / "demo.mp4").read_bytes()[:-1] + b"?")
    done = vidtag("timeline", document)
    assert done.code == 2
    assert (
        "is not the one that was listened to: its content changed. Run vidtag run on it again"
        in done.err
    )
    assert vidtag.files() == {"shows/demo.vidtag.json", "demo.mp4"}
    video.unlink()
    done = vidtag("timeline", document)
    assert done.code == 0
    assert "is not there now" in done.err
    assert "shows/demo.events.otio" in vidtag.files()


def test_find_says_where(document, find, vidtag):
    (vidtag.cwd / "shows/bad.vidtag.json").write_text("{")
    done = find("laughter>1s and p>0.5", "shows", "--json")
    assert done.code == 1, "an answer that may lack something is no success"
    assert "shows/bad.vidtag.json: not a vidtag document" in done.err
    hits = json.loads(done.out)
    laughs = [e for e in load(SAMPLES / "demo.truth.json").events if e.kind is EventKind.LAUGHTER]
    assert [hit["start"] for hit in hits] == pytest.approx([e.start for e in laughs], abs=0.5)
    assert hits[0]["video"] == str(SAMPLES / "demo.mp4")
    (vidtag.cwd / "shows/bad.vidtag.json").unlink()
    done = find("laughter>1s", "shows")
    assert done.code == 0
    assert done.out.startswith("shows/demo.vidtag.json\n")
    assert f"{len(laughs)} found in 1 of 1 documents (" in done.err


def test_find_points_at_a_mistake(find, vidtag):
    done = find("laughter>3s adn p>0.8")
    assert done.code == 2
    assert done.err.splitlines()[1:] == ["  laughter>3s adn p>0.8", "              ^"]


def test_find_cuts_and_lays_out(document, find, vidtag):
    target = vidtag.cwd / "best"
    done = find(
        "laughter>4s",
        "shows",
        "--cut",
        target,
        "--timeline",
        "found.fcpxml",
        "--set",
        "highlights.setup=1",
        "--set",
        "highlights.min_duration=0",
    )
    assert done.code == 0, done.err
    (clip,) = target.iterdir()
    assert clip.name == "0001-demo-laughter-0m33s.mp4"
    spine = ElementTree.parse(vidtag.cwd / "found.fcpxml").getroot().find(".//spine")
    (placed,) = present(spine)
    with av.open(str(clip)) as opened:
        frames = opened.streams.video[0].frames
    assert Fraction(attribute(placed, "duration").removesuffix("s")) == Fraction(frames, 25)


def test_find_leaves_camera_and_place_off_clips_on_request(find, vidtag, ffmpeg_cli):
    place = "+48.1372+011.5756/"
    video = vidtag.cwd / "phone.mov"
    ffmpeg_cli(
        *("-f", "lavfi", "-i", "testsrc=s=64x48:r=25", "-f", "lavfi", "-i", "sine", "-t", "4"),
        *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"),
        *("-metadata", "make=Kamera", "-metadata", f"location={place}", video),
    )
    made = make_document(events=[laugh(1.5, 2.5)], media=probe(video))
    (vidtag.cwd / "phone.vidtag.json").write_text(documents.to_json(made), encoding="utf-8")
    for folder, options in (("whole", ()), ("stripped", ("--strip-metadata",))):
        done = find("laughter", ".", "--cut", folder, *options)
        assert done.code == 0, done.err
        (clip,) = (vidtag.cwd / folder).iterdir()
        with av.open(str(clip)) as opened:
            named = {key: opened.metadata.get(key) for key in ("make", "location")}
        kept = not options
        assert named == ({"make": "Kamera", "location": place} if kept else dict.fromkeys(named))
        assert (b"Kamera" in clip.read_bytes()) is kept


def test_find_refuses_what_it_cannot_write(document, find):
    done = find("laughter", "shows", "--timeline", "x.avid")
    assert done.code == 2
    assert "End its name in .otio, .xml, .fcpxml, .edl, .kdenlive" in done.err
    done = find("laughter>900s", "shows", "--timeline", "x.edl")
    assert done.code == 2
    assert "nothing was found" in done.err


def test_thresholds_out_of_range_name_the_setting(document, vidtag):
    done = vidtag("timeline", document, "--set", "highlights.min_score=1.5")
    assert done.code == 2
    assert "highlights.min_score" in done.err
