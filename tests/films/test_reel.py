"""Reels of real clips: in order, cross-faded, evened in loudness, and checked."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.builders.loudness import measure_loudness
from tests.builders.present import duration_of, present
from vidtag.core.errors import OutputError, UserError, VerificationError
from vidtag.core.records import Clip, Progress
from vidtag.cutting.cut import cut_clip
from vidtag.films.loudness import Heard
from vidtag.films.piece_encoding import PieceEncoding
from vidtag.films.reel import CROSS_FADE, make_reel, reel_size
from vidtag.films.reel_layout import TITLE_SECONDS
from vidtag.media.probe import probe


@pytest.fixture(scope="module")
def clips(lab: Any) -> list[Path]:
    media = probe(lab.video())
    targets = []
    for number, (start, end) in enumerate([(0.4, 2.0), (2.4, 4.0), (4.4, 6.0)]):
        targets.append(lab.folder / f"clip{number}.mp4")
        cut_clip(media, Clip(start, end, (), 1.0, f"Title {number}"), targets[-1])
    return targets


def test_clips_in_order_with_cross_fades(clips: list[Path], lab: Any, tmp_path: Path) -> None:
    reel = make_reel(clips, tmp_path / "reel.mp4", cross_fade=0.2)
    assert reel.duration == pytest.approx(3 * 1.6 - 2 * 0.2)
    assert reel.starts == pytest.approx([0, 1.4, 2.8])
    numbers = lab.numbers(reel.path)
    assert len(numbers) == round(reel.duration * 25)
    # Away from the fades every frame is there, in its place.
    assert numbers[:35] == list(range(10, 45))
    assert numbers[41:70] == list(range(66, 95))
    assert numbers[76:] == list(range(116, 150))
    # Within a fade both pictures are seen, so that the counter cannot be read.
    assert None in numbers[35:40]
    with av.open(str(reel.path)) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (video.width, video.height, video.average_rate) == (320, 180, 25)
        assert audio.codec_context.name == "aac"
        assert float(duration_of(audio)) == pytest.approx(reel.duration, abs=0.04)
    assert os.listdir(tmp_path) == ["reel.mp4"]


def test_sound_stays_with_the_picture(clips: list[Path], lab: Any, tmp_path: Path) -> None:
    reel = make_reel(clips, tmp_path / "reel.mp4", cross_fade=0.2)
    numbers = lab.numbers(reel.path)
    clicks = lab.clicks(reel.path)
    shown = [n / 25 for n, number in enumerate(numbers) if number and number % 10 == 0]
    inner = [t for t in shown if t > 0.05]
    assert len(inner) >= 9
    for time in inner:
        assert min(abs(time - t) for t in clicks) < 0.002


def test_one_clip_is_a_reel(clips: list[Path], lab: Any, tmp_path: Path) -> None:
    reel = make_reel(clips[:1], tmp_path / "reel.mp4")
    assert lab.numbers(reel.path) == list(range(10, 50))
    assert reel.starts == (0.0,)


def test_film_rate_is_exact(lab: Any, tmp_path: Path) -> None:
    source = lab.video("film.mp4", rate=Fraction(24000, 1001))
    reel = make_reel([source, source], tmp_path / "reel.mp4")
    with av.open(str(reel.path)) as file:
        assert file.streams.video[0].average_rate == Fraction(24000, 1001)
    assert lab.numbers(reel.path)[:130] == list(range(130))


def test_clips_that_are_tagged_with_their_colours(lab: Any, tmp_path: Path) -> None:
    """What is mixed comes from pictures without tags, and has to fit all the same."""
    source = lab.video("bt709.mp4", color=True)
    reel = make_reel([source, source], tmp_path / "reel.mp4")
    with av.open(str(reel.path)) as file:
        frames = list(file.decode(video=0))
    assert len(frames) == round(reel.duration * 25)
    for tag in ("colorspace", "color_primaries", "color_trc", "color_range"):
        assert {getattr(frame, tag) for frame in frames} == {1}


def test_uneven_frames_keep_their_times(lab: Any, tmp_path: Path) -> None:
    source = lab.video("uneven.mp4", rate=30, uneven=True, count=80)
    reel = make_reel([source], tmp_path / "reel.mp4")
    times = [f.time for f in lab.frames(source)]
    seen = lab.frames(reel.path)
    assert [frame.number for frame in seen] == list(range(80))
    assert [frame.time for frame in seen] == pytest.approx(times, abs=0.001)


@pytest.mark.parametrize("rotation", [0, 90])
def test_frames_without_any_rate_fade_into_each_other(
    lab: Any, tmp_path: Path, rotation: int
) -> None:
    """Frames as an old phone had time for them: no rate that FFmpeg guesses is theirs.

    The reel compares each of its frames with what it should show, those of the fade included.
    """
    even = lab.video(f"turned{rotation}.mp4", rate=15, count=45, options={"bf": "0"})
    source = tmp_path / "jittering.mp4"
    with av.open(str(even)) as file, av.open(str(source), "w") as out:
        stream = file.streams.video[0]
        kept = out.add_stream_from_template(stream)
        if rotation:
            kept.set_display_rotation(rotation)
        for number, packet in enumerate(p for p in file.demux(stream) if p.size):
            late = (0.23, 0.249, 0.242, 0.261, 0.237)[number % 5] if number else 0.0
            seconds = number / 15 + late
            packet.pts = packet.dts = round(seconds / float(present(packet.time_base)))
            packet.stream = kept
            out.mux(packet)
    with av.open(str(source)) as file:
        assert present(file.streams.video[0].base_rate) > 40
    reel = make_reel([source, source], tmp_path / "reel.mp4", cross_fade=0.4)
    with av.open(str(reel.path)) as file:
        shown = [(f.width, f.height) for f in file.decode(video=0)]
    assert set(shown) == {(180, 320) if rotation else (320, 180)}
    assert len(shown) >= 80


def test_sizes_and_rates_are_made_one(clips: list[Path], lab: Any, tmp_path: Path) -> None:
    tall = lab.video("tall.mp4", size=(320, 640), count=60, rate=30)
    reel = make_reel([clips[0], tall], tmp_path / "reel.mp4", cross_fade=0.0)
    with av.open(str(reel.path)) as file:
        assert file.streams.video[0].average_rate == 30
        pictures = [f.to_ndarray(format="gray") for f in file.decode(video=0)]
    assert {p.shape for p in pictures} == {(180, 320)}
    last = pictures[-5]
    # 320 x 640 in 320 x 180 is 90 wide, in the middle.
    assert last[:, :110].max() < 30
    assert last[:, 210:].max() < 30
    assert last[:, 120:200].max() > 150


def test_loudness_is_evened(lab: Any, tmp_path: Path) -> None:
    """Two clips, 15 LU apart, come out within 1 LU of each other and of what was asked for."""
    loud, soft = (tmp_path / name for name in ("loud.m4a", "soft.m4a"))
    for path, level in ((loud, 0.3), (soft, 0.3 * 10 ** (-15 / 20))):
        _noise(path, level, 4.0)
    assert measure_loudness(loud) - measure_loudness(soft) == pytest.approx(15, abs=0.5)
    reel = make_reel([loud, soft], tmp_path / "reel.m4a")
    with av.open(str(reel.path)) as file:
        assert not file.streams.video
    sound, _ = lab.sound(reel.path)
    halves = [tmp_path / "first.m4a", tmp_path / "second.m4a"]
    media = probe(reel.path)
    for half, (start, end) in zip(halves, [(0.5, 3.5), (4.2, 7.2)], strict=True):
        cut_clip(media, Clip(start, end, (), 1.0, ""), half)
        assert measure_loudness(half) == pytest.approx(-16, abs=1)
    assert abs(sound).max() < 1


def test_loudness_can_be_left_alone(tmp_path: Path) -> None:
    _noise(tmp_path / "a.m4a", 0.05, 2.0)
    reel = make_reel([tmp_path / "a.m4a"], tmp_path / "reel.m4a", heard=Heard(loudness=None))
    before, after = measure_loudness(tmp_path / "a.m4a"), measure_loudness(reel.path)
    assert after == pytest.approx(before, abs=0.5)


def test_silence_is_not_made_louder(tmp_path: Path) -> None:
    _noise(tmp_path / "a.m4a", 0.0, 2.0)
    assert measure_loudness(tmp_path / "a.m4a") == -70
    reel = make_reel([tmp_path / "a.m4a"], tmp_path / "reel.m4a")
    assert measure_loudness(reel.path) == -70


def test_clips_without_sound(lab: Any, tmp_path: Path) -> None:
    silent = lab.video("silent.mp4", audio_starts=())
    reel = make_reel([silent, silent], tmp_path / "reel.mp4")
    with av.open(str(reel.path)) as file:
        assert not file.streams.audio
    assert lab.numbers(reel.path)[:100] == list(range(100))


def test_title_cards(clips: list[Path], lab: Any, tmp_path: Path) -> None:
    assert reel_size(clips[0]) == (320, 180)
    cards = [np.full((180, 320, 3), level, np.uint8) for level in (60, 220)]
    reel = make_reel(clips[:2], tmp_path / "reel.mp4", title_cards=cards)
    card = TITLE_SECONDS
    fade = CROSS_FADE
    assert reel.starts[0] == pytest.approx(card - fade, abs=0.05)
    assert reel.duration == pytest.approx(2 * card + 2 * 1.6 - 3 * fade, abs=0.15)
    with av.open(str(reel.path)) as file:
        grays = [frame.to_ndarray(format="gray").mean() for frame in file.decode(video=0)]
    assert grays[0] == pytest.approx(60, abs=4)
    second = round((reel.starts[1] - card / 2) * 25)
    assert grays[second] == pytest.approx(220, abs=4)
    shown = lab.numbers(reel.path)
    first = round(reel.starts[0] * 25)
    assert shown[first + 7 : first + 30] == list(range(17, 40))


def test_no_clips(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no clips"):
        make_reel([], tmp_path / "reel.mp4")


def test_sound_alone_does_not_join_pictures(clips: list[Path], tmp_path: Path) -> None:
    _noise(tmp_path / "a.m4a", 0.1, 1.0)
    with pytest.raises(UserError, match="has no picture"):
        make_reel([clips[0], tmp_path / "a.m4a"], tmp_path / "reel.mp4")


def test_a_folder_that_cannot_be_made(clips: list[Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        make_reel(clips, tmp_path / "file" / "reel.mp4")


def test_progress_rises_to_the_end_and_nothing_is_printed(
    clips: list[Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    reported: list[Progress] = []
    reel = make_reel(clips, tmp_path / "reel.mp4", on_progress=reported.append)
    assert [p.done for p in reported] == sorted(p.done for p in reported)
    assert reported[-1].done == pytest.approx(reel.duration, abs=0.01)
    assert {p.stage for p in reported} == {"reel"}
    assert capfd.readouterr() == ("", "")


def test_a_reel_that_shows_something_else_never_appears(
    clips: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = PieceEncoding.output

    def wrong(self: PieceEncoding, picture: Any, *rest: Any, **options: Any) -> Any:
        return output(self, picture.filter("negate"), *rest, **options)

    monkeypatch.setattr(PieceEncoding, "output", wrong)
    with pytest.raises(VerificationError, match=r"does not show clip0\.mp4"):
        make_reel(clips, tmp_path / "reel.mp4")
    assert not list(tmp_path.iterdir())


def test_moviepy_uses_the_ffmpeg_that_vidtag_found(tmp_path: Path) -> None:
    """In a fresh process, with an ffmpeg of the user's own."""
    from vidtag.media.ffmpeg_program import find_ffmpeg

    own = tmp_path / "my-ffmpeg"
    own.symlink_to(find_ffmpeg().path)
    program = (
        "from vidtag.films.composition import load_moviepy; load_moviepy(); "
        "from moviepy.video.io import ffmpeg_reader; print(ffmpeg_reader.FFMPEG_BINARY)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"VIDTAG_FFMPEG": str(own)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed.stdout.strip() == str(own)


def _noise(path: Path, level: float, seconds: float) -> None:
    rng = np.random.default_rng(1)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=48_000, layout="mono")
        samples = (rng.standard_normal(round(seconds * 48_000)) * level).clip(-1, 1)
        for offset in range(0, samples.size, 1024):
            block = samples[None, offset : offset + 1024].astype(np.float32)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 48_000, offset
            frame.time_base = Fraction(1, 48_000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
