"""Reels that copy what their clips hold: what is copied, that all players can decode it, and that
what is not the clips' own is found."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest

from vidtag.core.errors import VerificationError
from vidtag.core.names import CutMode
from vidtag.core.records import Clip
from vidtag.cutting.cut import cut_clip
from vidtag.films.film_sound import SOUND_RATE, read_stereo
from vidtag.films.reel import make_reel
from vidtag.films.reel_joining import join_pieces
from vidtag.films.stored_clip import copied_samples
from vidtag.media.ffmpeg_program import find_ffmpeg
from vidtag.media.probe import probe

GOPS = {"options": {"g": "25"}}
HEVC = {"codec": "libx265", "options": {"x265-params": "log-level=none:keyint=25:min-keyint=1"}}


def cut_all(source: Path, folder: Path, mode: CutMode = CutMode.SMART) -> list[Path]:
    """Two clips of a video: its frames 10 to 69 and 80 to 139."""
    targets = [folder / f"{source.stem}{number}.mp4" for number in range(2)]
    for target, start in zip(targets, (0.4, 3.2), strict=True):
        result = cut_clip(probe(source), Clip(start, start + 2.4, (), 1.0, ""), target, mode=mode)
        assert result.mode is mode, result.mode_reason
    return targets


def decoded(path: Path) -> list[str]:
    """Digests of frames, by the ffmpeg program, which must not complain."""
    command = [find_ffmpeg().path, "-nostdin", "-v", "warning", "-i", path, "-map", "v"]
    done = subprocess.run(
        [*map(str, command), "-fps_mode", "passthrough", "-f", "framemd5", "-"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert not done.stderr
    return [line.split()[-1] for line in done.stdout.splitlines() if line.startswith("0,")]


@pytest.mark.parametrize(
    ("name", "options", "mode"),
    [
        ("short_gops.mp4", GOPS, CutMode.SMART),
        ("baseline.mp4", {"options": {"g": "25", "profile": "baseline"}}, CutMode.SMART),
        ("one_gop.mp4", {"options": {"g": "250"}}, CutMode.EXACT),
        ("hevc.mp4", HEVC, CutMode.SMART),
    ],
)
def test_all_but_the_fade_is_the_clips_own(
    name: str, options: dict[str, Any], mode: CutMode, lab: Any, tmp_path: Path
) -> None:
    clips = cut_all(lab.video(name, **options), tmp_path, mode)
    reel = make_reel(clips, tmp_path / "reel.mp4")
    assert reel.reason == ""
    # The fade takes six frames; a few more may need frames that are not copied.
    assert 114 - 6 - 8 <= reel.copied <= 114 - 6
    numbers = lab.numbers(reel.path)
    assert numbers[:54] == list(range(10, 64))
    assert numbers[60:] == list(range(86, 140))
    frames, first, second = map(decoded, (reel.path, *clips))
    assert len(frames) == 114
    assert frames[:50] == first[:50]
    assert frames[-50:] == second[-50:]
    with av.open(str(clips[0])) as clip, av.open(str(reel.path)) as film:
        meant, got = clip.streams.video[0], film.streams.video[0]
        assert got.codec_context.name == meant.codec_context.name
        assert got.codec_context.profile == meant.codec_context.profile
        assert got.average_rate == 25


def test_a_clip_that_differs_is_encoded_and_no_other(lab: Any, tmp_path: Path) -> None:
    clips = cut_all(lab.video("short_gops.mp4", **GOPS), tmp_path)
    other = lab.video("other.mp4", count=60, color=True)
    turned = lab.video("turned.mov", count=60, rotation=90)
    reel = make_reel([clips[0], other, turned, clips[1]], tmp_path / "reel.mp4", cross_fade=0)
    assert "other.mp4: " in reel.reason
    numbers = lab.numbers(reel.path)
    assert numbers[:120] == [*range(10, 70), *range(60)]
    assert numbers[180:] == list(range(80, 140))
    assert 100 <= reel.copied <= 120
    assert len(decoded(reel.path)) == 240


def test_what_was_copied_wrongly_is_encoded_instead(
    lab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(clip: Any, wanted: Any) -> Any:
        for number, (data, is_keyframe) in enumerate(copied_samples(clip, wanted)):
            yield data if number != 20 else data[:-5] + bytes(5), is_keyframe

    monkeypatch.setattr("vidtag.films.reel_joining.copied_samples", damaged)
    clips = cut_all(lab.video("short_gops.mp4", **GOPS), tmp_path)
    reel = make_reel(clips, tmp_path / "reel.mp4")
    assert reel.copied == 0
    assert "did not pass the checks" in reel.reason
    numbers = lab.numbers(reel.path)
    assert (numbers[:54], numbers[60:]) == (list(range(10, 64)), list(range(86, 140)))


def without_a_frame(packets: list[Any]) -> list[Any]:
    return packets[:30] + packets[31:]


def in_wrong_order(packets: list[Any]) -> list[Any]:
    for packet in packets:
        packet.dts -= 2 * packet.duration
    packets[30].pts, packets[31].pts = packets[31].pts, packets[30].pts
    return packets


def late(packets: list[Any]) -> list[Any]:
    for packet in packets[75:]:
        packet.pts, packet.dts = packet.pts + 512, packet.dts + 512
    return packets


@pytest.mark.parametrize("damage", [without_a_frame, in_wrong_order, late])
@pytest.mark.parametrize("copying", [True, False])
def test_a_wrong_reel_never_appears(
    damage: Callable[[list[Any]], list[Any]],
    copying: bool,
    lab: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def joined_wrongly(*arguments: Any) -> None:
        join_pieces(*arguments)
        target = arguments[4]
        right = target.with_name("right.mp4")
        target.rename(right)
        with av.open(str(right)) as source, av.open(str(target), "w", format="mp4") as out:
            picture = source.streams.video[0]
            track = out.add_stream_from_template(picture, opaque=True)
            for packet in damage([p for p in source.demux(picture) if p.size]):
                packet.stream = track
                out.mux_one(packet)
        right.unlink()

    monkeypatch.setattr("vidtag.films.reel_encoding.join_pieces", joined_wrongly)
    folder = tmp_path / "out"
    folder.mkdir()
    source = lab.video("silent.mp4", audio_starts=(), options={"g": "25", "bf": "0"})
    clips = cut_all(source, tmp_path)
    with pytest.raises(VerificationError):
        make_reel(clips, folder / "reel.mp4", copying=copying)
    assert not list(folder.iterdir())


def test_a_reel_with_a_silent_stretch_never_appears(
    lab: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_a_hole(path: Path, *tracks: Any) -> Any:
        sound = read_stereo(path, *tracks)
        sound[round(0.6 * SOUND_RATE) : round(1.8 * SOUND_RATE)] = 0
        return sound

    monkeypatch.setattr("vidtag.films.composition.read_stereo", with_a_hole)
    clips = cut_all(lab.video("heard.mp4", **GOPS), tmp_path)
    with pytest.raises(VerificationError, match=r"silent at [01]\.\d s, where heard0\.mp4 is not"):
        make_reel(clips, tmp_path / "reel.mp4")
    assert not (tmp_path / "reel.mp4").exists()
