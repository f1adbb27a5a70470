"""Makes the picture in the README from the output of the demo.

    python -m tools.picture demo.vidtag docs/images/demo.png

Above, a frame of the demo with its subtitles burned in; below, everything the document holds, on
one timeline. Needs a font with Chinese, Japanese and Korean characters.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from vidtag import document as documents
from vidtag.config import HighlightsConfig
from vidtag.highlights.select import select
from vidtag.media.ffmpeg import find_ffmpeg
from vidtag.types import Document, Emotion, EventKind, Language

WIDTH, MARGIN, LABEL, LANE, GAP = 1280, 28, 104, 26, 8
BACKGROUND, INK, FAINT, TRACK = "#14171f", "#e8eaf0", "#8b93a7", "#1e2330"
LANGUAGES = {
    Language.EN: ("English", "#4f8ef7"),
    Language.ZH: ("中文", "#f0b429"),
    Language.JA: ("日本語", "#e5639a"),
    Language.KO: ("한국어", "#39b8a5"),
    Language.YUE: ("粵語", "#b07cf0"),
}
EMOTIONS = {
    Emotion.NEUTRAL: "#4a5268",
    Emotion.HAPPY: "#f6c445",
    Emotion.SAD: "#5b8def",
    Emotion.ANGRY: "#ef5f5f",
}
EVENTS = {
    EventKind.LAUGHTER: ("laughter", "#ffd166"),
    EventKind.APPLAUSE: ("applause", "#7bd389"),
    EventKind.BGM: ("music", "#9aa7ff"),
    EventKind.COUGH: ("cough", "#ff9f80"),
}


def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    name = f"NotoSansCJK-{'Bold' if bold else 'Regular'}.ttc"
    return ImageFont.truetype(f"/usr/share/fonts/opentype/noto/{name}", size)


def frame(video: Path, subtitles: Path, time: float) -> Image.Image:
    """One frame of the video with the subtitles on it."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "frame.png"
        command = [find_ffmpeg().path, "-v", "error", "-i", str(video), "-vf"]
        command += [f"subtitles=filename={subtitles.absolute()}", "-ss", f"{time:.3f}"]
        subprocess.run([*command, "-frames:v", "1", str(target)], check=True)
        return Image.open(target).convert("RGB").copy()


def timeline(document: Document, now: float) -> Image.Image:
    """Lanes of speech, emotion, events and clips."""
    rows = 2 + len(EVENTS) + 1
    image = Image.new("RGB", (WIDTH, 58 + rows * (LANE + GAP) + 34), BACKGROUND)
    draw = ImageDraw.Draw(image)
    left, right = MARGIN + LABEL, WIDTH - MARGIN

    def x(time: float) -> float:
        return left + (right - left) * time / document.media.duration

    def lane(row: int, label: str) -> int:
        top = 22 + row * (LANE + GAP)
        draw.text((MARGIN, top + 2), label, INK, font(16))
        draw.rounded_rectangle((left, top, right, top + LANE), 5, TRACK)
        return top

    def block(top: int, start: float, end: float, colour: str, text: str = "") -> None:
        box = (x(start), top, max(x(start) + 3, x(end) - 1), top + LANE)
        draw.rounded_rectangle(box, 5, colour)
        if text and draw.textlength(text, font(14)) < box[2] - box[0] - 10:
            draw.text((box[0] + 6, top + 3), text, "#10131a", font(14))

    top = lane(0, "speech")
    for segment in document.segments:
        name, colour = LANGUAGES.get(segment.language, ("", FAINT))
        block(top, segment.start, segment.end, colour, name)
    top = lane(1, "emotion")
    for segment in document.segments:
        if segment.emotion in EMOTIONS:
            name = segment.emotion.value.lower()
            block(top, segment.start, segment.end, EMOTIONS[segment.emotion], name)
    for row, (kind, (name, colour)) in enumerate(EVENTS.items(), 2):
        top = lane(row, name)
        for event in document.events:
            if event.kind is kind:
                block(top, event.start, event.end, colour)
    top = lane(rows - 1, "clips")
    for number, clip in enumerate(select(document, HighlightsConfig()), 1):
        block(top, clip.start, clip.end, "#ff7a59", str(number))
    bottom = 22 + rows * (LANE + GAP)
    for second in range(0, int(document.media.duration) + 1, 10):
        draw.line((x(second), bottom, x(second), bottom + 5), FAINT)
        draw.text(
            (x(second), bottom + 8), f"{second // 60}:{second % 60:02d}", FAINT, font(13), "ma"
        )
    draw.line((x(now), 14, x(now), bottom), "#ffffff", 2)
    return image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--time", type=float, default=None, help="of the frame; a laugh by default")
    arguments = parser.parse_args()
    document = documents.read(next(arguments.folder.glob("*.vidtag.json")))
    laughs = [event for event in document.events if event.kind is EventKind.LAUGHTER]
    now = arguments.time if arguments.time is not None else laughs[0].start + 0.5
    video = Path(document.media.path)
    above = frame(video, arguments.folder / f"{video.stem}.ass", now)
    above = above.resize((WIDTH, round(above.height * WIDTH / above.width)))
    below = timeline(document, now)
    image = Image.new("RGB", (WIDTH, above.height + below.height), BACKGROUND)
    image.paste(above, (0, 0))
    image.paste(below, (0, above.height))
    arguments.target.parent.mkdir(parents=True, exist_ok=True)
    image.quantize(128, dither=Image.Dither.NONE).save(arguments.target, optimize=True)


if __name__ == "__main__":
    main()
