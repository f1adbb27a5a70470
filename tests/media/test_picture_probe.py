"""What is said about pictures that are not plain: stretched, interlaced, flipped, of high range."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from tests.builders.documents import make_document
from vidtag.core.document import from_json, to_json
from vidtag.core.media_streams import (
    Colour,
    FieldOrder,
    MasteringDisplay,
    VideoStream,
    display_size,
)
from vidtag.media.probe import probe

Cli = Callable[..., None]

REAL = Path(__file__).parents[3] / "shared" / "real"
MASTERING = (
    "mastering-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
    ":cll=1000,400"
)


def video_of(path: Path) -> VideoStream:
    video = probe(path).video
    assert video is not None
    return video


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "avi"])
def test_shape_of_pixels(suffix: str, tmp_path: Path, ffmpeg_cli: Cli, picture: list[str]) -> None:
    file = tmp_path / f"stretched.{suffix}"
    ffmpeg_cli(*picture, "-t", "1", "-vf", "setsar=4/3", "-c:v", "libx264", "-bf", "0", file)
    video = video_of(file)
    assert video.sample_aspect_ratio == Fraction(4, 3)
    assert not video.aspect_ratio_changes
    assert video.display_size == (85, 48)


@pytest.mark.parametrize(
    ("pixel", "rotation", "size"),
    [
        (Fraction(1), 0, (720, 576)),
        (Fraction(64, 45), 0, (1024, 576)),
        (Fraction(8, 9), 0, (720, 648)),
        (Fraction(64, 45), 90, (576, 1024)),
        (Fraction(64, 45), -90, (576, 1024)),
        (Fraction(64, 45), 180, (1024, 576)),
    ],
)
def test_display_size_keeps_every_line_and_column(
    pixel: Fraction, rotation: int, size: tuple[int, int]
) -> None:
    assert display_size(720, 576, pixel, rotation) == size


def test_shape_that_changes_in_mid_file(
    tmp_path: Path, ffmpeg_cli: Cli, picture: list[str]
) -> None:
    joined = tmp_path / "broadcast.ts"
    parts = []
    for number, shape in enumerate(("12/11", "16/11")):
        part = tmp_path / f"part-{number}.ts"
        start = str(4 * number)
        ffmpeg_cli(
            *picture, "-t", "4", "-vf", f"setsar={shape}", "-c:v", "mpeg2video",
            "-output_ts_offset", start, part,
        )  # fmt: skip
        parts.append(part.read_bytes())
    joined.write_bytes(b"".join(parts))
    video = video_of(joined)
    assert video.aspect_ratio_changes
    # MPEG-2 declares the shape of the picture: that of pixels follows from its size.
    assert abs(video.sample_aspect_ratio - Fraction(12, 11)) < Fraction(1, 5)


@pytest.mark.parametrize(
    ("codec", "order"),
    [
        (["libx264", "-x264-params", "tff=1"], FieldOrder.TOP_FIRST),
        (["libx264", "-x264-params", "bff=1"], FieldOrder.BOTTOM_FIRST),
        (["libx264"], FieldOrder.PROGRESSIVE),
        (["mpeg2video", "-flags", "+ildct+ilme", "-vf", "setfield=tff"], FieldOrder.TOP_FIRST),
        (["mpeg2video"], FieldOrder.PROGRESSIVE),
    ],
)
def test_field_order(
    codec: list[str], order: FieldOrder, tmp_path: Path, ffmpeg_cli: Cli, picture: list[str]
) -> None:
    file = tmp_path / "fields.ts"
    ffmpeg_cli(*picture, "-t", "1", "-s", "64x64", "-pix_fmt", "yuv420p", "-c:v", *codec, file)
    assert video_of(file).field_order is order


@pytest.mark.parametrize(
    ("options", "rotation", "flipped"),
    [
        (["-display_rotation", "0", "-display_vflip"], 0, True),
        (["-display_rotation", "0", "-display_hflip"], 180, True),
        (["-display_rotation", "-90"], 90, False),
        (["-display_rotation", "180"], 180, False),
    ],
)
def test_mirrored_display_matrix(
    options: list[str],
    rotation: int,
    flipped: bool,
    tone_video: Path,
    tmp_path: Path,
    ffmpeg_cli: Cli,
) -> None:
    turned = tmp_path / "turned.mp4"
    ffmpeg_cli(*options, "-i", tone_video, "-c", "copy", turned)
    video = video_of(turned)
    assert (video.rotation, video.flipped) == (rotation, flipped)


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_high_dynamic_range(
    transfer: str, tmp_path: Path, ffmpeg_cli: Cli, picture: list[str]
) -> None:
    file = tmp_path / "hdr.mp4"
    tags = f"colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc:{MASTERING}"
    ffmpeg_cli(
        *picture, "-t", "1", "-pix_fmt", "yuv420p10le", "-c:v", "libx264", "-x264-params", tags,
        "-color_range", "tv", file,
    )  # fmt: skip
    video = video_of(file)
    mastering = MasteringDisplay(
        red=(0.68, 0.32),
        green=(0.265, 0.69),
        blue=(0.15, 0.06),
        white=(0.3127, 0.329),
        min_luminance=0.0001,
        max_luminance=1000.0,
    )
    assert video.bit_depth == 10
    assert video.colour == Colour("bt2020", transfer, "bt2020nc", "tv", mastering, 1000, 400)
    assert video.colour.is_hdr


def test_ordinary_picture(tone_video: Path) -> None:
    video = video_of(tone_video)
    assert (video.bit_depth, video.field_order) == (8, FieldOrder.PROGRESSIVE)
    assert (video.sample_aspect_ratio, video.flipped) == (1, False)
    assert not video.colour.is_hdr


def test_document_keeps_it_and_an_older_one_is_still_read(
    tmp_path: Path, ffmpeg_cli: Cli, picture: list[str]
) -> None:
    file = tmp_path / "stretched.mp4"
    tags = f"colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:{MASTERING}"
    ffmpeg_cli(
        *picture, "-t", "1", "-vf", "setsar=4/3", "-pix_fmt", "yuv420p10le",
        "-c:v", "libx264", "-x264-params", tags, file,
    )  # fmt: skip
    document = make_document(media=probe(file))
    assert from_json(to_json(document)).media == probe(file)
    older = json.loads(to_json(document))
    for name in ("aspect_ratio_changes", "flipped", "bit_depth", "colour"):
        del older["media"]["video"][name]
    video = from_json(json.dumps(older)).media.video
    assert video is not None
    assert (video.bit_depth, video.flipped, video.colour) == (8, False, Colour())


@pytest.mark.skipif(not REAL.exists(), reason="the real files are not here")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cases/anamorphic/ana.mp4", {"sample_aspect_ratio": Fraction(4, 3)}),
        ("cases/interlaced/00001.MTS", {"field_order": FieldOrder.TOP_FIRST}),
        ("media/mbaff.mts", {"field_order": FieldOrder.TOP_FIRST}),
        ("media/sony_a7m3.mts", {"field_order": FieldOrder.TOP_FIRST}),
        ("media/ax_rotreflect.mp4", {"rotation": 90, "flipped": True}),
        ("media/hdr10_bt2020_pq.mp4", {"bit_depth": 10}),
    ],
)
def test_real_files(name: str, expected: dict[str, object]) -> None:
    video = video_of(REAL / name)
    assert {field: getattr(video, field) for field in expected} == expected
