"""Whether a film shows the pictures that were given to its encoder.

An encoder of hardware may fail without an error: with green pictures, or none. What goes in is
written once more, very small, and every frame of the film is compared with that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from vidtag.core.errors import VerificationError
from vidtag.media.container import open_media
from vidtag.media.ffmpeg import file_url

_WIDTH, _HEIGHT = 96, 54
_MOST = 8.0
"""Mean difference in grey levels up to which a picture is what was given: an encoder's losses are
a tenth of that, and a picture of another moment, or half a green one, is more."""


def small_pictures(picture: Any, target: Path) -> Any:
    """The ffmpeg output that keeps what is given to an encoder, for :func:`check_pictures`.

    Args:
        picture: of ffmpeg-python, in 4:2:0.
        target: a file under a partial name.
    """
    small = picture.filter("scale", _WIDTH, _HEIGHT, flags="area").filter("format", "yuv420p")
    options = {"format": "rawvideo", "fps_mode:v": "passthrough"}
    return ffmpeg.output(small, file_url(target), **options)


def check_pictures(film: Path, given: Path) -> None:
    """Compare every frame of a film with what was given to its encoder.

    Raises:
        VerificationError: a frame is missing, or is another one.
        MediaError: the film cannot be opened.
    """
    planes = np.fromfile(given, np.uint8).reshape(-1, _HEIGHT * 3 // 2, _WIDTH)
    count = 0
    with open_media(film) as container:
        for frame in container.decode(container.streams.video[0]):
            if count < len(planes) and _difference(frame, planes[count]) > _MOST:
                raise VerificationError(f"the encoder changed picture {count + 1}", path=film)
            count += 1
    if count != len(planes):
        raise VerificationError(f"the encoder made {count} pictures of {len(planes)}", path=film)


def _difference(frame: Any, given: NDArray[np.uint8]) -> float:
    small = frame.reformat(
        width=_WIDTH, height=_HEIGHT, format="yuv420p", interpolation="AREA", threads=1
    )
    shown = np.asarray(small.to_ndarray(), np.int16)
    return float(abs(shown - given).mean())
