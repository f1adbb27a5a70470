"""Smart and copying cuts over codecs, containers, rates and whatever else files come with."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from tests.builders.present import present
from tests.cutting.test_cut import SOURCES, assert_matches, cut
from vidtag.core.names import CutMode
from vidtag.core.records import Clip
from vidtag.cutting import copy_recipe, smart
from vidtag.cutting.cut import cut_clip
from vidtag.cutting.frame_partition import FramePartition, partition_frames
from vidtag.cutting.nal import RandomAccess, random_access
from vidtag.media.probe import probe

X265 = "log-level=none:keyint=25"
MORE: dict[str, dict[str, Any]] = {
    "hevc_closed.mkv": {
        "codec": "libx265",
        "rate": Fraction(24000, 1001),
        "options": {"preset": "ultrafast", "x265-params": X265 + ":open-gop=0:bframes=3"},
    },
    "hevc_open.mov": {
        "codec": "libx265",
        "rate": 50,
        "options": {"preset": "medium", "x265-params": X265 + ":open-gop=1:bframes=4"},
    },
    "hevc_ten_bit.ts": {
        "codec": "libx265",
        "pixel_format": "yuv420p10le",
        "options": {"preset": "ultrafast", "x265-params": X265},
    },
    "film.ts": {"rate": Fraction(24000, 1001), "options": {"bf": "3", "preset": "medium"}},
    "ntsc60.mov": {"rate": Fraction(60000, 1001), "options": {"bf": "0"}},
    "vp9.mkv": {
        "codec": "libvpx-vp9",
        "audio_codec": "libopus",
        "rate": Fraction(30000, 1001),
        "options": {"deadline": "realtime", "cpu-used": "8", "auto-alt-ref": "1"},
    },
    "baseline.mp4": {"options": {"profile": "baseline", "bf": "0"}},
    "slices.mp4": {"options": {"x264-params": "slices=4"}},
    "mpeg4.mp4": {"codec": "mpeg4"},
    "av1.webm": {
        "codec": "libsvtav1",
        "audio_codec": "libopus",
        "options": {"preset": "8", "svtav1-params": "lp=1"},
    },
}
EXACT = {
    "av1.mp4": "parts of av1",
    "av1.webm": "parts of av1",
    "mpeg4.mp4": "parts of mpeg4",
    "mpeg4.avi": "AVI does not tell",
    "b_frames.avi": "AVI does not tell",
    "mpeg2.mpg": "parts of mpeg2video",
    "open_gop.mp4": "open GOPs",
}
"""What cannot be cut by copying, and why."""


@pytest.mark.parametrize("name", [*SOURCES, *MORE])
def test_a_smart_cut_holds_the_planned_frames_and_sound(
    name: str, lab: Any, tmp_path: Path
) -> None:
    source = lab.video(name, **(SOURCES | MORE)[name])
    result = cut(source, 0.7, 2.47, tmp_path, mode=CutMode.SMART)
    assert_matches(lab, source, result, 0.7, 2.47)
    if name in EXACT:
        assert result.mode is CutMode.EXACT
        assert EXACT[name] in result.mode_reason
        return
    assert (result.mode, result.mode_reason) == (CutMode.SMART, "")
    with av.open(str(source)) as one, av.open(str(result.path)) as other:
        meant, got = one.streams.video[0].codec_context, other.streams.video[0].codec_context
        assert (got.name, got.pix_fmt, got.profile) == (meant.name, meant.pix_fmt, meant.profile)
    assert _decoding_times_rise(result.path)


@pytest.mark.parametrize(
    "name", ["plain.mp4", "film.mkv", "uneven.mkv", "stream.ts", "hevc_open.mov", "vp9.mkv"]
)
def test_frames_between_the_joints_are_the_source_s_own_to_the_bit(
    name: str, lab: Any, tmp_path: Path
) -> None:
    source = lab.video(name, **(SOURCES | MORE)[name])
    result = cut(source, 0.7, 2.47, tmp_path, mode=CutMode.SMART)
    own = {seen.number: seen.gray for seen in lab.frames(source)}
    same = [bool((seen.gray == own[seen.number]).all()) for seen in lab.frames(result.path)]
    assert sum(same) >= 0.4 * len(same)
    # One stretch is copied, and nothing else: it begins and ends once.
    assert sum(a != b for a, b in itertools.pairwise([False, *same, False])) == 2


@pytest.mark.parametrize("start", [0.0, 0.96, 1.0, 1.04])
def test_a_smart_cut_around_a_keyframe(start: float, lab: Any, tmp_path: Path) -> None:
    source = lab.video()
    for end in (start + 1.96, start + 2):
        result = cut(source, start, end, tmp_path, mode=CutMode.SMART)
        assert result.mode is CutMode.SMART
        assert_matches(lab, source, result, start, end)


def test_a_clip_within_one_group_of_pictures_is_encoded(lab: Any, tmp_path: Path) -> None:
    result = cut(lab.video(), 1.1, 1.9, tmp_path, mode=CutMode.SMART)
    assert result.mode is CutMode.EXACT
    assert result.mode_reason == "it lies within one group of pictures"


@pytest.mark.parametrize("rotation", [90, 180])
def test_a_smart_cut_keeps_the_tag_that_turns_the_picture(
    rotation: int, lab: Any, tmp_path: Path
) -> None:
    source = lab.video(f"turned{rotation}.mp4", rotation=rotation)
    result = cut(source, 0.5, 2.5, tmp_path, mode=CutMode.SMART)
    assert result.mode is CutMode.SMART
    with av.open(str(source)) as one, av.open(str(result.path)) as other:
        turns = [next(file.decode(video=0)).rotation for file in (one, other)]
    assert turns[0] == turns[1] != 0


def test_a_smart_cut_keeps_tracks_and_colours(lab: Any, tmp_path: Path) -> None:
    source = lab.video("coloured_tracks.mp4", audio_starts=(0.0, 0.0), color=True)
    result = cut(source, 0.5, 2.5, tmp_path, mode=CutMode.SMART, audio_track=1)
    assert lab.clicks(result.path, 3000.0)[-1] == pytest.approx(1.88, abs=0.001)
    with av.open(str(result.path)) as clip:
        assert len(clip.streams.audio) == 2
        frames = list(clip.decode(video=0))
    assert {f.colorspace for f in frames} == {f.color_trc for f in frames} == {1}


def test_a_title_is_kept_and_the_index_comes_first(lab: Any, tmp_path: Path) -> None:
    clip = Clip(0.5, 2.5, (), 1.0, "笑: 'a' = b; c")
    result = cut_clip(probe(lab.video()), clip, tmp_path / "clip.mp4")
    assert result.mode is CutMode.SMART
    data = result.path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")
    with av.open(str(result.path)) as written:
        assert written.metadata["title"] == clip.title


@pytest.mark.parametrize(
    "name", ["plain.mp4", "film.mkv", "stream.ts", "hevc_open.mov", "vp9.webm", "av1.mp4"]
)
def test_a_copy_says_what_it_holds(name: str, lab: Any, tmp_path: Path) -> None:
    source = lab.video(name, **(SOURCES | MORE)[name])
    result = cut(source, 1.3, 2.47, tmp_path, mode=CutMode.COPY)
    assert (result.mode, result.mode_reason) == (CutMode.COPY, "")
    # It begins on a keyframe: all that was asked for is there, and the note says what else is.
    assert result.start <= 1.3
    assert result.end >= 2.47 - 0.001
    assert_matches(lab, source, result, result.start, result.end)
    assert f"begins {1.3 - result.start:.3f} s early" in result.note
    assert f"ends {result.end - 2.47:.3f} s late" in result.note
    own = {seen.number: seen.gray for seen in lab.frames(source)}
    assert all((seen.gray == own[seen.number]).all() for seen in lab.frames(result.path))


@pytest.mark.parametrize("end", [1.8, 1.84, 1.92])
def test_a_copy_has_the_frames_that_lead_the_next_group(
    end: float, lab: Any, tmp_path: Path
) -> None:
    """Frames 45 to 47 are stored behind keyframe 48, and shown before it."""
    groups = "keyint=24:min-keyint=24:open-gop=1:bframes=3:b-adapt=0:scenecut=0"
    options = {"preset": "ultrafast", "x265-params": f"log-level=none:{groups}"}
    source = lab.video("leading.mp4", codec="libx265", count=100, options=options)
    result = cut(source, 0.3, end, tmp_path, mode=CutMode.COPY)
    assert result.mode is CutMode.COPY
    assert result.end >= end - 0.001
    assert_matches(lab, source, result, 0.0, result.end)


def test_frames_that_cannot_be_decoded_are_found_and_the_clip_is_encoded(
    lab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken for closed, an open group of pictures gives frames predicted from the wrong ones."""
    source = lab.video("open_gop.mp4", **SOURCES["open_gop.mp4"])

    def careless(codec: Any, units: list[bytes]) -> RandomAccess:
        recovery_point = any(unit[0] & 31 == 6 and unit[1] == 6 for unit in units)
        return RandomAccess.CLOSED_GOP if recovery_point else random_access(codec, units)

    monkeypatch.setattr(copy_recipe, "random_access", careless)
    monkeypatch.setattr(smart, "partition_frames", _ignoring_order)
    result = cut(source, 0.7, 2.47, tmp_path, mode=CutMode.SMART)
    assert result.mode is CutMode.EXACT
    assert "did not pass the checks" in result.mode_reason
    assert_matches(lab, source, result, 0.7, 2.47)


@pytest.mark.parametrize("change", ["repeat", "drop", "swap"])
def test_frames_repeated_or_missing_at_a_joint_are_found(
    change: str, lab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = lab.video("no_b.mp4", options={"bf": "0"})

    def wrong(times: Any, stored: Any) -> Any:
        partition = present(partition_frames(times, stored))
        head = list(partition.head)
        other = {
            "repeat": [*head[1:], head[-1]],
            "drop": head[:-1],
            "swap": [*head[:-2], head[-1], head[-2]],
        }[change]
        return FramePartition(tuple(other), partition.copied, partition.tail, partition.access)

    monkeypatch.setattr(smart, "partition_frames", wrong)
    result = cut(source, 0.7, 2.47, tmp_path, mode=CutMode.SMART)
    assert result.mode is CutMode.EXACT
    assert result.mode_reason
    assert_matches(lab, source, result, 0.7, 2.47)


def _ignoring_order(times: Any, stored: Any) -> Any:
    """A partition as if leading frames could be decoded by themselves."""
    first = next(f.pts for f in stored if f.access is RandomAccess.CLOSED_GOP and f.pts > times[0])
    at = next(n for n, f in enumerate(stored) if f.pts == first)
    copied = tuple(f.pts for f in stored[at:] if first <= f.pts <= times[-1])
    tail = tuple(t for t in times if t > max(copied))
    return FramePartition(
        tuple(t for t in times if t < first), copied, tail, RandomAccess.CLOSED_GOP
    )


def _decoding_times_rise(path: Path) -> bool:
    with av.open(str(path)) as clip:
        packets = [p for p in clip.demux(video=0) if p.size]
    rising = all(present(a.dts) < present(b.dts) for a, b in itertools.pairwise(packets))
    return rising and all(present(p.dts) <= present(p.pts) for p in packets)
