"""How the pieces of a reel are encoded: all alike, and like what is copied beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from vidtag.cutting.edge_encoding import X264_RESTORED, X265_BESIDE, x264_beside
from vidtag.cutting.nal import Codec, ParameterSets, Renumbering
from vidtag.films.stored_clip import MATRICES, Look
from vidtag.media.encoders import SOFTWARE, FilmEncoder
from vidtag.media.ffmpeg import REPEATABLE, X265_THREADS, file_url
from vidtag.media.viewable import BT709

CRF = 18
"""x264's constant rate factor: the picture is hardly different from the clips'."""

_X264: dict[str, Any] = {
    **REPEATABLE,
    # Where colour is sampled: on the left, which FFmpeg before 7.1 has no filter to say.
    "x264-params": f"{REPEATABLE['x264-params']}:chromaloc=0",
    "preset": "veryfast",
    "crf": CRF,
}
_X265 = {
    "c:v": "libx265",
    "x265-params": f"log-level=error:{X265_BESIDE}:{X265_THREADS}",
    "preset": "ultrafast",
    "crf": CRF - 1,
    "tag:v": "hvc1",
}


@dataclass(frozen=True, slots=True)
class PieceEncoding:
    """How all pieces of a reel are encoded.

    Attributes:
        codec: FFmpeg's name.
        options: of ffmpeg.
        tags: what the numbers of the picture mean, for the filter ``setparams``.
        matrix: of the colours, for the filter ``scale``.
        renumbering: new identifiers for the parameter sets; None leaves them.
        encoder: what the options are for.
        brief: other values of some of the options for pieces of a few frames.
    """

    codec: Codec
    options: Mapping[str, Any]
    tags: Mapping[str, str]
    matrix: str
    renumbering: Renumbering | None = None
    encoder: FilmEncoder = SOFTWARE
    brief: Mapping[str, Any] = field(default_factory=dict)

    @property
    def colours(self) -> dict[str, str]:
        """Options of the filter ``scale`` that give a picture these colours."""
        return {"out_color_matrix": self.matrix, "out_range": "tv"}

    def output(self, picture: Any, target: Path, rate: Fraction, *, brief: bool = False) -> Any:
        """The ffmpeg output of a piece.

        Args:
            picture: of ffmpeg-python, in the size and colours of the reel.
            target: an MP4.
            rate: frames per second.
            brief: whether it has a few frames only.
        """
        options = {**self.options, **(self.brief if brief else {})}
        output = ffmpeg.output(
            self.encoder.prepared(
                picture.filter("setsar", 1)
                .filter("format", "yuv420p")
                # Without this filter, the tags of frames would override those given to the encoder.
                .filter("setparams", field_mode="prog", **self.tags)
            ),
            file_url(target),
            r=ratio(rate),
            g=max(1, round(2 * rate)),
            **options,
        )
        return self.encoder.opened(output)


def encoding_alone(encoder: FilmEncoder = SOFTWARE) -> PieceEncoding:
    """How pieces are encoded where none is copied."""
    options = encoder.options(CRF, "veryfast") if encoder.is_hardware else _X264
    return PieceEncoding("h264", options, BT709, "bt709", encoder=encoder)


def encoding_beside(look: Look, sets: ParameterSets) -> PieceEncoding:
    """How pieces are encoded that stand beside copied frames.

    Args:
        look: of the copied frames.
        sets: parameter sets of all that is copied.

    Raises:
        CopyError: there is no way.
    """
    colour = look.colour
    tags = {
        "color_primaries": colour.primaries,
        "color_trc": colour.transfer,
        "colorspace": colour.matrix,
        "range": colour.range,
    }
    # FFmpeg takes an unknown matrix for that of standard definition.
    matrix = MATRICES.get(colour.matrix, "smpte170m")
    if look.codec == "hevc":
        return PieceEncoding("hevc", _X265, tags, matrix, Renumbering.beside(sets))
    beside, parameters = x264_beside(sets, look.profile, look.level)
    options = {f"{name}:v": value for name, value in beside.items()}
    parameters = f"{_X264['x264-params']}:{parameters}"
    options |= {"x264-params": parameters}
    brief = {"preset": "ultrafast", "x264-params": f"{parameters}:{X264_RESTORED}"}
    return PieceEncoding("h264", {**_X264, **options}, tags, matrix, brief=brief)


def ratio(value: Fraction) -> str:
    """A fraction as ffmpeg's options have it."""
    return f"{value.numerator}/{value.denominator}"
