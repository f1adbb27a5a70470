"""Makes the picture in the README from the output of the demo.

    python -m tools.picture demo.vidtag docs/images/demo.png --time 57.6

Above, a frame of the demo with its subtitles burned in; below, everything the document holds, on
one timeline. Needs fonts with Chinese, Japanese and Korean characters.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw

from vidtag.core import document as documents
from vidtag.core.records import EventKind
from vidtag.core.settings import HighlightsConfig
from vidtag.media.ffmpeg_program import find_ffmpeg
from vidtag.report.plot import LANES, draw
from vidtag.select.clips import select_clips

WIDTH = 1280


def frame(video: Path, subtitles: Path, time: float, target: Path) -> Image.Image:
    """One frame of the video with the subtitles on it."""
    command = [find_ffmpeg().path, "-v", "error", "-i", str(video), "-vf"]
    command += [f"subtitles=filename={subtitles.absolute()}", "-ss", f"{time:.3f}"]
    subprocess.run([*command, "-frames:v", "1", str(target)], check=True)
    return Image.open(target).convert("RGB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--time", type=float, default=None, help="of the frame; a laugh by default")
    arguments = parser.parse_args()
    document = documents.read(next(arguments.folder.glob("*.vidtag.json")))
    laughs = [event for event in document.events if event.kind is EventKind.LAUGHTER]
    shown = arguments.time if arguments.time is not None else laughs[0].start + 0.5
    video = Path(document.media.path)
    with tempfile.TemporaryDirectory() as scratch:
        above = frame(
            video, arguments.folder / f"{video.stem}.ass", shown, Path(scratch, "frame.png")
        )
        lanes = Path(scratch, "timeline.png")
        draw(document, lanes, clips=select_clips(document, HighlightsConfig()), dark=True)
        below = Image.open(lanes).convert("RGB")
    at = LANES[0] + (LANES[1] - LANES[0]) * shown / document.media.duration
    line = (at * below.width, 0, at * below.width, below.height)
    ImageDraw.Draw(below).line(line, "#ffffff", 3)
    above, below = (
        part.resize((WIDTH, round(part.height * WIDTH / part.width))) for part in (above, below)
    )
    image = Image.new("RGB", (WIDTH, above.height + below.height))
    image.paste(above, (0, 0))
    image.paste(below, (0, above.height))
    arguments.target.parent.mkdir(parents=True, exist_ok=True)
    image.save(arguments.target, optimize=True)


if __name__ == "__main__":
    main()
