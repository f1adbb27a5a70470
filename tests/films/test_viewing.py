"""Films of clips that are not plain, and how loud films are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from tests.builders.loudness import measure_loudness
from vidtag.core.media_streams import Colour, FieldOrder
from vidtag.core.names import AspectRatio, Framing
from vidtag.films.film_sound import SOUND_RATE
from vidtag.films.loudness import Heard
from vidtag.films.reel import make_reel, reel_size
from vidtag.films.social import SocialLook, make_social
from vidtag.media.ffmpeg_program import find_ffmpeg
from vidtag.media.probe import probe
from vidtag.media.tone_mapping import light_to_pq, to_bt709

HDR = "colorprim=bt2020:transfer={}:colormatrix=bt2020nc"


def ffmpeg(*arguments: object) -> bytes:
    command = [find_ffmpeg().path, "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def coded(path: Path, pictures: list[np.ndarray], *options: str) -> Path:
    """A video of RGB pictures, 8 or 16 bits each, with ffmpeg's own options."""
    height, width = pictures[0].shape[:2]
    pixels = "rgb24" if pictures[0].dtype == np.uint8 else "rgb48le"
    raw = path.with_suffix(".raw")
    raw.write_bytes(b"".join(picture.tobytes() for picture in pictures))
    shape = ["-f", "rawvideo", "-pix_fmt", pixels, "-s", f"{width}x{height}", "-r", "25"]
    ffmpeg(*shape, "-i", raw, "-c:v", "libx264", *options, path)
    return path


def frames(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]


def films(clip: Path, folder: Path) -> list[Path]:
    """The reel, and social clips in the shape of the source and before a blurred background."""
    source, blurred = folder / "source.mp4", folder / "blurred.mp4"
    make_social(clip, source, look=SocialLook(aspect_ratio=AspectRatio.SOURCE))
    make_social(clip, blurred, look=SocialLook(framing=Framing.BLUR))
    return [make_reel([clip], folder / "reel.mp4").path, source, blurred]


def disc(width: int, height: int, stretch: float, radius: float = 40) -> np.ndarray:
    """A white disc whose width is divided by ``stretch``, on black."""
    y, x = np.mgrid[:height, :width]
    inside = ((x - width / 2) * stretch) ** 2 + (y - height / 2) ** 2 < radius**2
    return np.repeat((inside * 255).astype(np.uint8)[..., None], 3, axis=2)


def extent(picture: np.ndarray) -> tuple[int, int]:
    """Width and height of what is bright."""
    bright = picture.min(axis=2) > 160
    return int(bright.any(axis=0).sum()), int(bright.any(axis=1).sum())


def test_discs_stay_round(tmp_path: Path) -> None:
    clip = coded(
        tmp_path / "clip.mp4", [disc(240, 180, 4 / 3)] * 25,
        "-vf", "setsar=4/3", "-pix_fmt", "yuv420p",
    )  # fmt: skip
    assert reel_size(clip) == (320, 180)
    for film in films(clip, tmp_path):
        width, height = extent(frames(film)[12])
        assert width == pytest.approx(height, abs=3), film.name
        video = probe(film).video
        assert video is not None
        assert video.sample_aspect_ratio == 1


def test_discs_stay_round_where_the_shape_of_pixels_changes(tmp_path: Path) -> None:
    parts = [
        coded(
            tmp_path / f"{number}.ts", [disc(240, 180, stretch)] * 50, "-vf", f"setsar={shape}",
            "-pix_fmt", "yuv420p", "-bf", "0", "-output_ts_offset", str(2 * number),
        )
        for number, (stretch, shape) in enumerate([(4 / 3, "4/3"), (1.0, "1")])
    ]  # fmt: skip
    clip = tmp_path / "clip.ts"
    clip.write_bytes(b"".join(part.read_bytes() for part in parts))
    shown = frames(make_reel([clip], tmp_path / "reel.mp4").path)
    for picture in (shown[12], shown[-12]):
        width, height = extent(picture)
        assert width == pytest.approx(height, abs=3)


def test_mirrored_pictures_are_shown_mirrored(tmp_path: Path) -> None:
    picture = np.zeros((120, 160, 3), np.uint8)
    picture[:60, :80] = 230  # top left
    plain = coded(tmp_path / "plain.mp4", [picture] * 25, "-pix_fmt", "yuv420p")
    clip = tmp_path / "clip.mp4"
    ffmpeg("-display_rotation", "0", "-display_hflip", "-i", plain, "-c", "copy", clip)
    for film in films(clip, tmp_path)[:2]:
        shown = frames(film)[12]
        assert shown[10:50, 90:150].mean() > 200
        assert shown[10:50, 10:70].mean() < 30


@pytest.mark.parametrize("order", ["tff", "bff"])
def test_combs_are_gone(order: str, tmp_path: Path) -> None:
    def bar(time: float) -> np.ndarray:
        picture = np.full((180, 320, 3), 40, np.uint8)
        left = 20 + round(time * 5)
        picture[:, left : left + 40] = 220
        return picture

    pictures = []
    for number in range(40):
        first, second = bar(number), bar(number + 0.5)
        lines = 1 if order == "tff" else 0
        first[lines::2] = second[lines::2]
        pictures.append(first)
    clip = coded(
        tmp_path / "clip.mp4", pictures,
        "-x264-params", f"{order}=1", "-pix_fmt", "yuv420p", "-crf", "10",
    )  # fmt: skip
    video = probe(clip).video
    assert video is not None
    assert video.field_order is not FieldOrder.PROGRESSIVE
    combed = comb(frames(clip)[20])
    assert combed > 2
    for film in films(clip, tmp_path)[:2]:
        assert comb(frames(film)[20]) < combed / 3, film.name
        assert len(frames(film)) == 40
        shown = probe(film).video
        assert shown is not None
        assert shown.field_order is FieldOrder.PROGRESSIVE


def comb(picture: np.ndarray) -> float:
    """How much lines differ from both neighbours, in mean grey levels."""
    gray = picture.mean(axis=2)
    middle = (gray[:-2] + gray[2:]) / 2
    return float(np.abs(gray[1:-1] - middle)[10:-10].mean())


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_high_dynamic_range_is_seen_as_on_an_ordinary_screen(transfer: str, tmp_path: Path) -> None:
    """Grey of 26 cd/m2 is below the knee and stays what it is: 26 of 203 cd/m2, gamma 2.4."""
    # ITU-R BT.2408: 18 % grey, 26 cd/m2, is at 38 % of PQ and of HLG.
    light, signal = 26.0, 0.38
    gray = np.full((120, 160, 3), round(signal * 65535), np.uint16)
    clip = coded(
        tmp_path / "clip.mp4", [gray] * 25, "-vf", "scale=out_color_matrix=bt2020:out_range=tv",
        "-pix_fmt", "yuv420p10le", "-x264-params", HDR.format(transfer), "-color_range", "tv",
    )  # fmt: skip
    for film in films(clip, tmp_path):
        video = probe(film).video
        assert video is not None
        assert (video.colour.primaries, video.colour.transfer) == ("bt709", "bt709")
        assert (video.bit_depth, video.pixel_format) == (8, "yuv420p")
        assert not video.colour.is_hdr
        if film.name != "blurred.mp4":
            assert frames(film)[12].mean() == pytest.approx(255 * (light / 203) ** (1 / 2.4), abs=6)


def test_bright_light_is_compressed_and_keeps_its_order() -> None:
    colour = Colour("bt2020", "smpte2084", "bt2020nc", "tv")
    greys = np.linspace(0, float(light_to_pq(np.array(1000.0))), 50)
    shown = to_bt709(np.repeat(greys[:, None], 3, axis=1), colour)[:, 1]
    assert (np.diff(shown) > 0).all()
    assert shown[-1] == pytest.approx(1.0, abs=0.01)
    # The values of SMPTE ST 2084 for 100 and 1000 cd/m2.
    assert light_to_pq(np.array([100.0, 1000.0])) == pytest.approx([0.5081, 0.7518], abs=1e-4)


def true_peak(path: Path) -> float:
    """dBTP of a file's sound by sixteen times as many samples of FFmpeg's resampler."""
    rate = 16 * SOUND_RATE
    data = ffmpeg("-i", path, "-map", "0:a:0", "-ar", rate, "-f", "f32le", "-")
    return float(20 * np.log10(np.abs(np.frombuffer(data, "<f4")).max()))


def test_true_peak_and_loudness_of_reel_and_social_clips(tmp_path: Path) -> None:
    """Soft speech-like bursts with hard clicks: raised to -16 LUFS, clicks would be above 1."""
    rng = np.random.default_rng(3)
    time = np.arange(6 * SOUND_RATE) / SOUND_RATE
    sound = 0.02 * rng.normal(size=time.size) * (np.sin(2 * np.pi * 1.5 * time) > -0.5)
    sound[:: SOUND_RATE // 3] += 0.3
    sound += 0.01 * np.sin(2 * np.pi * SOUND_RATE / 4 * time + np.pi / 4)
    raw = tmp_path / "sound.raw"
    raw.write_bytes(sound.astype("<f4").tobytes())
    clip = tmp_path / "clip.mp4"
    ffmpeg(
        "-f", "f32le", "-ar", SOUND_RATE, "-ac", 1, "-i", raw, "-f", "lavfi",
        "-i", "testsrc=s=320x180:r=25:d=6", "-pix_fmt", "yuv420p", "-c:v", "libx264",
        "-c:a", "aac", "-b:a", "192k", clip,
    )  # fmt: skip
    for film in films(clip, tmp_path):
        assert true_peak(film) <= -1.0 + 0.1, film.name
        assert measure_loudness(film) == pytest.approx(-16, abs=1), film.name
    softer = tmp_path / "softer.mp4"
    make_social(clip, softer, look=SocialLook(heard=Heard(loudness=-24)))
    assert measure_loudness(softer) == pytest.approx(-24, abs=1)


def test_the_centre_of_surround_sound_is_heard(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc=s=320x180:r=25:d=3",
        "-f", "lavfi", "-i", "aevalsrc=0|0|0.2*sin(2*PI*440*t)|0|0|0:c=5.1:s=48000:d=3",
        "-pix_fmt", "yuv420p", "-c:v", "libx264", "-c:a", "aac", clip,
    )  # fmt: skip
    for film in films(clip, tmp_path):
        with av.open(str(film)) as file:
            assert file.streams.audio[0].channels == 2
            sound = np.hstack([frame.to_ndarray() for frame in file.decode(audio=0)])
        levels = np.sqrt((sound[:, SOUND_RATE : 2 * SOUND_RATE] ** 2).mean(axis=1))
        assert levels[0] == pytest.approx(levels[1], rel=0.05)
        assert levels.min() > 0.05
