"""Cuts a stretch of each of many real files in all modes, and compares every frame with the source.

    python -m tools.cut_real_files FOLDER [FOLDER ...]

The source is decoded from its beginning, with nothing sought. What is printed is a table in
Markdown: for each file and mode the mode that it was cut in, and the PSNR of grey levels of the
worst frame.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

from vidtag.core.errors import VidtagError
from vidtag.core.media_streams import Media
from vidtag.core.names import CutMode
from vidtag.core.records import Clip
from vidtag.cutting.cut import CutResult, clip_suffix, cut_clip
from vidtag.media.container import open_media
from vidtag.media.probe import probe

_NOT_MEDIA = {".py", ".md", ".xml", ".fcpxml", ".json", ".otio", ".mlt", ".srt", ".ass", ".ttml"}
_NOT_MEDIA |= {".dfxp", ".vtt", ""}
_LONGEST = 3.0
"""Seconds that a clip lasts at most."""

_SAME = 99.0
"""Decibels that are given for pictures that are equal."""


def main() -> None:
    print("| file | " + " | ".join(CutMode) + " |\n|---|" + "---|" * len(CutMode))
    for folder in map(Path, sys.argv[1:]):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.suffix.lower() not in _NOT_MEDIA:
                print(f"| {file.name} | " + " | ".join(_cells(file)) + " |", flush=True)


def _cells(file: Path) -> Iterator[str]:
    try:
        media = probe(file)
    except VidtagError as error:
        yield from [str(error)] * len(CutMode)
        return
    length = min(media.duration * 0.6, _LONGEST)
    start = min(media.duration * 0.2, 10.0)
    for mode in CutMode:
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / f"clip{clip_suffix(media)}"
            clip = Clip(start, start + length, (), 1.0, "")
            try:
                yield _judged(media, cut_clip(media, clip, target, mode=mode), clip)
            except VidtagError as error:
                yield f"{type(error).__name__}: {error.cause}"


def _judged(media: Media, result: CutResult, clip: Clip) -> str:
    """What a clip is like beside its source."""
    name = (
        "" if result.mode.value == "exact" and not result.mode_reason else f"{result.mode.value}, "
    )
    if not result.has_picture or media.video is None:
        return f"{name}sound"
    tolerance = min(0.002, float(1 / media.video.frame_rate) / 4)
    copied = result.mode is CutMode.COPY
    start, end = (result.start, result.end) if copied else (clip.start, clip.end)
    meant = _grey_frames(Path(media.path), start - tolerance, end - tolerance)
    if media.video is not None and (not meant or meant[0][0] > result.start + tolerance):
        # A picture that stands still is shown from before the clip on.
        meant = _grey_frames(Path(media.path), -1.0, start - tolerance)[-1:] + meant
    written = _grey_frames(result.path, -1.0, 1e9)
    if len(written) != len(meant):
        return f"{name}{len(written)} frames instead of {len(meant)}"
    worst = min(_psnr(a, b) for (_, a), (_, b) in zip(written, meant, strict=True))
    since = max(meant[0][0], result.start)
    late = max(
        abs(time - max(other - since, 0.0))
        for (time, _), (other, _) in zip(written, meant, strict=True)
    )
    wrong = "" if late <= 0.0012 else f", {1000 * late:.1f} ms off"
    return f"{name}{'to the bit' if worst == _SAME else f'{worst:.1f} dB'}{wrong}"


def _grey_frames(path: Path, low: float, high: float) -> list[tuple[float, Any]]:
    """Seconds from the file's zero and grey picture, turned upright, of the frames of a stretch."""
    found = []
    with open_media(path) as container:
        zero = (container.start_time or 0) / 1e6
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for packet in container.demux(stream):
            try:
                decoded: Any = packet.decode()
            except av.InvalidDataError:
                continue
            for frame in decoded:
                if frame.pts is None:
                    continue
                time = float(frame.pts * frame.time_base) - zero
                if low <= time < high:
                    found.append((time, _upright(frame)))
                if time > high + 1:
                    return sorted(found, key=lambda row: row[0])
    return sorted(found, key=lambda row: row[0])


def _upright(frame: Any) -> Any:
    """Grey levels of a frame as a player shows it: flipped and turned by its matrix."""
    grey = frame.to_ndarray(format="gray")
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is not None:
        a, b, _, c, d, *_ = np.frombuffer(bytes(matrix), np.int32)
        if int(a) * int(d) - int(b) * int(c) < 0:
            grey = np.flipud(grey)
    return np.rot90(grey, round(frame.rotation / 90))


def _psnr(one: Any, other: Any) -> float:
    height, width = (min(sizes) for sizes in zip(one.shape, other.shape, strict=True))
    difference = one[:height, :width].astype(np.int16) - other[:height, :width]
    error = float((difference.astype(np.int32) ** 2).mean())
    return _SAME if error == 0 else 10 * float(np.log10(255**2 / error))


if __name__ == "__main__":
    main()
