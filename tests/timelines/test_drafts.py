"""Drafts for CapCut and Jianying, read back by libraries that write such drafts."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import pycapcut
import pyJianYingDraft
import pytest

from tests.builders.documents import make_audio_stream
from tests.builders.present import present
from tests.builders.timelines import NAME, RATES, clips, document, media
from vidtag.core.media_streams import Media
from vidtag.core.names import TimelineFormat
from vidtag.timelines.build import DocumentTimelines
from vidtag.timelines.formats import timeline_files

LOADERS: dict[TimelineFormat, ModuleType] = {"capcut": pycapcut, "jianying": pyJianYingDraft}
SECOND = 1_000_000


def written(folder: Path, of: Media, format_: TimelineFormat) -> None:
    doc = document(of)
    for file in timeline_files(DocumentTimelines.of(doc, clips(doc)), (format_,))[0]:
        target = folder / f"talk{file.suffix}"
        target.parent.mkdir(exist_ok=True)
        target.write_text(present(file.text), encoding="utf-8")


@pytest.mark.parametrize("rate", ["25", "29.97"])
@pytest.mark.parametrize("format_", LOADERS)
def test_cuts_and_markers(format_: TimelineFormat, rate: str, tmp_path: Path) -> None:
    fps = RATES[rate]
    written(tmp_path, media(fps), format_)
    drafts = LOADERS[format_].DraftFolder(str(tmp_path))
    assert set(drafts.list_drafts()) == {f"talk.events.{format_}", f"talk.highlights.{format_}"}
    draft = drafts.load_template(f"talk.highlights.{format_}")
    (track,) = draft.imported_tracks
    assert track.track_type.name == "video"
    frame = Fraction(SECOND) / fps
    at = 0
    for segment, (start, end) in zip(track.segments, [(55.3, 70.6), (3600.0, 3608.5)], strict=True):
        source, target = segment.source_timerange, segment.target_timerange
        assert target.start == at, "no gap, and nothing on top of another"
        assert target.duration == source.duration
        assert 0 <= source.start + 2000 - start * SECOND < frame + 2000
        assert abs(source.end - end * SECOND) <= frame + 2000
        # To the microsecond where a frame of the source begins.
        assert abs(source.start - round(source.start / frame) * frame) <= 1
        at = target.end
    assert draft.duration == at
    assert draft.fps == pytest.approx(float(fps), abs=1)
    (file,) = draft.imported_materials["videos"]
    assert file["path"] == NAME
    assert {segment.material_id for segment in track.segments} == {file["id"]}
    speeds = {one["id"] for one in draft.imported_materials["speeds"]}
    assert {r for s in track.segments for r in s.raw_data["extra_material_refs"]} <= speeds
    whole = drafts.load_template(f"talk.events.{format_}")
    marks = whole.content["time_marks"]["mark_items"]
    assert len(marks) == 5
    laugh = next(mark for mark in marks if mark["title"] == "Laughter")
    assert 0 <= laugh["time_range"]["start"] + 2000 - 62.5 * SECOND < frame + 2000


def test_windows_and_macos_find_the_same_draft_under_their_names(tmp_path: Path) -> None:
    written(tmp_path, media(RATES["25"]), "capcut")
    folder = tmp_path / "talk.highlights.capcut"
    texts = [(folder / f"draft_{name}.json").read_text("utf-8") for name in ("content", "info")]
    assert texts[0] == texts[1]
    about = json.loads((folder / "draft_meta_info.json").read_text("utf-8"))
    content = json.loads(texts[0])
    assert (about["draft_id"], about["tm_duration"]) == (content["id"], content["duration"])


def test_sound_alone_lies_on_a_track_of_sound(tmp_path: Path) -> None:
    written(tmp_path, media(None), "capcut")
    draft = pycapcut.DraftFolder(str(tmp_path)).load_template("talk.highlights.capcut")
    (track,) = draft.imported_tracks
    assert track.track_type.name == "audio"
    assert len(track.segments) == 2
    assert draft.imported_materials["videos"] == []
    assert [one["path"] for one in draft.imported_materials["audios"]] == [NAME]


def test_a_track_that_a_draft_cannot_choose_is_told() -> None:
    sounds = tuple(replace(make_audio_stream(1), index=n + 1, track=n) for n in range(2))
    for heard, told in ((0, False), (1, True)):
        of = replace(media(RATES["25"]), audio=sounds, default_track=heard)
        doc = document(of)
        _, notes = timeline_files(DocumentTimelines.of(doc, clips(doc)), ("capcut",))
        assert any("one audio track" in note for note in notes) is told
