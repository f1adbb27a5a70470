"""Subtitles follow timelines that OpenTimelineIO and its adapters write; it knows the truth."""

from fractions import Fraction
from itertools import count

import opentimelineio as otio
import pytest
from opentimelineio import schema
from opentimelineio.opentime import RationalTime, TimeRange

from vidtag.core.records import Cue
from vidtag.retiming.cut_file import read_cut
from vidtag.retiming.edit_model import Edit, Kept
from vidtag.retiming.moved_cues import move_cues, stretches_of

DISSOLVE = 0.5
"""Seconds on either side of a cut."""
WRITERS = {".otio": "otio_json", ".xml": "fcp_xml", ".edl": "cmx_3600"}


def timeline(rate, suffix):
    """A dissolve, a gap, a clip used twice, and at double speed where the adapter knows of it."""
    fps = float(rate)
    origin = RationalTime(3600 * round(rate), fps)

    def seconds(value):
        return RationalTime(round(value * rate), fps)

    names = count()

    def clip(begin, end, **more):
        media = schema.ExternalReference("file:///v/talk.mov", TimeRange(origin, seconds(3600)))
        source = TimeRange(origin + seconds(begin), seconds(end - begin))
        # An EDL knows its source by this name; Final Cut's adapter takes equal clips for one.
        name = "talk.mov" if suffix == ".edl" else f"talk {next(names)}"
        return schema.Clip(name, media, source, **more)

    def track(kind):
        made = schema.Track(kind[0] + "1", kind=kind)
        made.append(clip(20, 30))
        made.append(
            schema.Transition(
                transition_type="SMPTE_Dissolve",
                in_offset=seconds(DISSOLVE),
                out_offset=seconds(DISSOLVE),
            )
        )
        made.append(clip(60, 64))
        made.append(schema.Gap(source_range=TimeRange(seconds(0), seconds(2))))
        made.append(clip(60, 64))
        if suffix != ".xml":
            made.append(clip(100, 104, effects=[schema.LinearTimeWarp(time_scalar=2.0)]))
        made.append(clip(10, 12))
        return made

    made = schema.Timeline("new")
    made.tracks.append(track("Video"))
    if suffix == ".edl":
        made.global_start_time = origin
    else:
        made.tracks.append(track("Audio"))
    return made, origin


@pytest.mark.parametrize("rate", [24, 25, Fraction(24000, 1001), Fraction(30000, 1001)])
@pytest.mark.parametrize("suffix", WRITERS)
def test_each_moment_is_where_the_maker_of_the_timeline_has_it(tmp_path, suffix, rate):
    rate = Fraction(rate)
    made, origin = timeline(rate, suffix)
    truth = []
    for clip in made.video_tracks()[0].find_clips():
        place = clip.range_in_parent()
        speed = 2 if clip.effects else 1
        middle = place.duration.to_seconds() / 2
        source = (clip.source_range.start_time - origin).to_seconds() + middle * speed
        truth.append((place.start_time.to_seconds() + middle, source))
    file = tmp_path / f"new{suffix}"
    options = {"rate": float(rate)} if suffix == ".edl" else {}
    otio.adapters.write_to_file(made, str(file), adapter_name=WRITERS[suffix], **options)
    edit = read_cut(file, rate=rate, source_start=Fraction(3600 * round(rate)) / rate)
    assert edit.rate == rate
    kept, _ = stretches_of(edit, None, "talk.srt")
    cues = [Cue(at - 0.5, at + 0.5, (f"{at:.0f}",)) for at in (25.0, 62.0, 104.0, 11.0)]
    moved = [(cue.text, cue.start) for cue in move_cues(cues, kept, rate)]
    assert [text for text, _ in moved] == [f"{source:.0f}" for _, source in truth]
    for (text, start), (at, source) in zip(moved, truth, strict=True):
        speed = 2 if text == "104" else 1
        expected = at + (round(source) - 0.5 - source) / speed
        assert start == pytest.approx(expected, abs=1.1 / float(rate))


def test_stretches_that_overlap_lose_nothing_but_what_lies_under_another():
    """Tracks laid like bricks, with a second of each below the other, and an end that overhangs."""
    stretches = tuple(
        Kept("talk.mov", Fraction(source), Fraction(at), Fraction(length), heard=True)
        for source, at, length in ((0, 0, 11), (100, 10, 10), (102, 12, 4), (108, 18, 6))
    )
    kept, _ = stretches_of(Edit(Fraction(25), stretches), None, "talk.srt")
    assert kept == [
        Kept("talk.mov", Fraction(0), Fraction(0), Fraction(21, 2), heard=True),
        Kept("talk.mov", Fraction(201, 2), Fraction(21, 2), Fraction(27, 2), heard=True),
    ]


def test_an_empty_clip_stands_for_the_one_of_its_name(tmp_path):
    item = (
        '<clipitem id="c1"><file id="f"><name>talk.mov</name></file><rate><timebase>25</timebase>'
        "</rate><start>0</start><end>100</end><in>50</in><out>150</out></clipitem>"
    )
    tracks = f"<video><track>{item}</track></video>"
    tracks += '<audio><track><clipitem id="c1"/><clipitem id="c1"/></track></audio>'
    file = tmp_path / "new.xml"
    file.write_text(
        f'<xmeml version="4"><sequence><rate><timebase>25</timebase></rate><media>{tracks}</media>'
        "</sequence></xmeml>"
    )
    edit = read_cut(file, rate=None, source_start=Fraction(0))
    assert [(one.first, one.at, one.length, one.heard) for one in edit.kept] == [
        (2, 0, 4, False),
        (2, 0, 4, True),
    ]
    assert edit.notes == ("c1 stands twice in a track; its second place is not told",)


CLIPS_THAT_CROP = """<fcpxml version="1.8"><resources><format id="r1" frameDuration="1/25s"/>
<asset id="r2" name="talk" src="file:///v/talk.mov" start="3600s" hasVideo="1" hasAudio="1"/>
</resources><project><sequence format="r1"><spine>
<clip name="a" offset="0s" duration="10s" start="3620s">
 <video offset="0s" ref="r2" duration="7200s"/>
 <clip name="b" offset="3620s" duration="10s" start="3620s" lane="-1">
 <gap offset="0s" duration="7200s"><audio offset="0s" ref="r2" duration="7200s" lane="-1"/></gap>
 </clip></clip>
<gap duration="2s" offset="10s" start="3600s"/>
<clip name="c" offset="12s" duration="4s" start="3660s"><video offset="3600s" start="3600s" ref="r2"
 duration="7200s"><audio lane="-1" offset="3600s" start="3600s" ref="r2" duration="7200s"/></video>
</clip>
<clip name="d" offset="16s" duration="2s"><audio ref="r2" offset="0s" duration="7200s"/></clip>
<clip name="e" offset="18s" duration="2s"><timeMap/><audio ref="r2" duration="9s"/></clip>
</spine></sequence></project></fcpxml>"""
"""As OpenTimelineIO's adapter and Final Cut write clips of a longer picture and its sound."""


def test_a_clip_crops_what_it_holds(tmp_path):
    file = tmp_path / "new.fcpxml"
    file.write_text(CLIPS_THAT_CROP, encoding="utf-8")
    edit = read_cut(file, rate=None, source_start=Fraction(0))
    found = [(one.first, one.at, one.length) for one in edit.kept if one.heard]
    assert found == [(20, 0, 10), (60, 12, 4), (0, 16, 2)]
    seen = [(one.first, one.at, one.length) for one in edit.kept if not one.heard]
    assert seen == found[:2]
    assert edit.notes == ("'e' runs at another speed; it has no subtitles",)
