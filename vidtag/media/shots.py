"""Where the picture changes from one shot to the next.

FFmpeg scales every frame to a thumbnail, takes the median of each pixel over a fifth of a second to
either side, and says how much each such frame differs from the one before. The median keeps a cut
sharp, on its frame, and takes away what is over within that time: flashes, a person who rushes
past the lens, grain. A cut then stands out from the frames around it by a multiple, in a dark
scene as in a bright one; pans and dissolves, which change every frame alike, do not.

A dissolve or a fade has no first frame of a new shot, so none is found.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from vidtag.core.media_streams import Media, VideoStream
from vidtag.media import ffmpeg
from vidtag.media.container import clock_zero, open_container
from vidtag.media.steady import steady

WIDTH, HEIGHT = 64, 36
"""Size of the thumbnails, in pixels, for pictures of any shape."""
MEDIAN_SECONDS = 0.2
"""Reach of the median to either side; a shot this short or shorter is taken for a flash."""
NEAR_SECONDS = 0.25
"""Reach to either side of the frames that a cut must stand out from."""
LEAST_DIFFERENCE = 1.4
"""Least difference that can be a cut, in per cent of the range of brightness."""
RATIO = 3.5
"""How many times greater a cut's difference is than those of the frames around it, at least."""
STILL_DIFFERENCE = 0.4
"""Difference that frames of a still picture are taken to have."""
_MICROSECONDS = 1e-6


def shot_changes(
    media: Media,
    *,
    on_seconds: Callable[[float], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[float, ...]:
    """Presentation times, in seconds, of the first frames of new shots, in order.

    Decodes the whole picture once; empty where there is no picture.

    Args:
        on_seconds: called now and then with the seconds of picture decoded so far.
        stop: called twice a second; true ends the search without a result.

    Raises:
        InputError: the file is gone or no longer media.
        ToolError: ffmpeg is missing, or cannot decode the picture.
    """
    video = media.video
    if video is None:
        return ()
    times, differences = array("d"), array("d")
    with steady(media) as source:
        with open_container(source.path) as container:
            zero = float(clock_zero(container))
        with ffmpeg.stream(_arguments(source), path=media.path, stop=stop) as output:
            for time, difference in _rows(output):
                times.append(time - zero)
                differences.append(difference)
                if len(times) % 64 == 0 and on_seconds is not None:
                    on_seconds(times[-1])
    if stop():
        return ()
    reach = _frames(video, MEDIAN_SECONDS)
    found = find_cuts(np.array(differences), _frames(video, NEAR_SECONDS))
    # A median frame carries the time of the first frame it was made of, not of the middle one.
    return tuple(times[index + reach] for index in found if index + reach < len(times))


def _frames(video: VideoStream, seconds: float) -> int:
    return min(max(2, round(seconds * float(video.frame_rate))), 60)


def _arguments(media: Media) -> list[str]:
    video = media.video
    assert video is not None
    graph = (
        f"settb=AVTB,scale={WIDTH}:{HEIGHT}:flags=area,format=gbrp,"
        f"tmedian=radius={_frames(video, MEDIAN_SECONDS)},"
        "scdet=threshold=100,metadata=mode=print:key=lavfi.scd.mafd:file=-"
    )
    return [
        # Times as they are in the file: left to itself, ffmpeg would count from this one stream.
        *("-copyts", "-noautorotate", "-i", ffmpeg.file_url(media.path)),
        *("-map", f"0:{video.index}", "-vf", graph, "-fps_mode", "passthrough", "-f", "null", "-"),
    ]


_TIME = re.compile(rb"pts:(-?\d+)")
_DIFFERENCE = re.compile(rb"lavfi\.scd\.mafd=([\d.]+)")


def _rows(output: Iterable[bytes]) -> Iterator[tuple[float, float]]:
    """Time and difference of each frame, from what FFmpeg's ``metadata`` filter prints."""
    time = 0.0
    for line in output:
        if (difference := _DIFFERENCE.match(line)) is not None:
            yield time, float(difference[1])
        elif (found := _TIME.search(line)) is not None:
            time = int(found[1]) * _MICROSECONDS


def find_cuts(differences: np.ndarray, near: int) -> list[int]:
    """Indices of frames that differ from the one before as only a new shot does; pure.

    Args:
        differences: shape (frames,), of each frame from the one before, in per cent.
        near: frames to either side that it must stand out from. One of them may differ more than
            that, since the frame after a cut often still settles.
    """
    found = []
    for index in np.flatnonzero(differences >= LEAST_DIFFERENCE):
        before = differences[max(0, index - near) : index]
        after = differences[index + 1 : index + 1 + near]
        around = np.sort(np.concatenate((before, after)))
        calm = max(STILL_DIFFERENCE, float(around[-2]) if len(around) > 1 else 0.0)
        strongest = not len(around) or differences[index] >= around[-1]
        # Of equals the first counts.
        first = not len(before) or differences[index] > before.max()
        if strongest and first and differences[index] >= RATIO * calm:
            found.append(int(index))
    return found
