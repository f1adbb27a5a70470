"""Whether the fonts of this machine have the characters of a language.

libass chooses fonts differently on every system. So two characters are drawn and compared: where
no font has them, both come out as the same box.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import ffmpeg as graphs

from vidtag.core.errors import ToolError
from vidtag.core.records import Language
from vidtag.files import scratch_folder
from vidtag.media import ffmpeg
from vidtag.subtitles.formats.ass_styles import FONTS

_PROBES: dict[Language, str] = {
    Language.EN: "AB",
    Language.ZH: "笑语",
    Language.YUE: "嘅咗",
    Language.JA: "あン",
    Language.KO: "웃음",
}
"""Two different characters of each language."""
_SIZE = 64
"""Pixels of the picture they are drawn on."""

INSTALL_FONTS = (
    "install Noto Sans CJK (Debian, Ubuntu: 'apt install fonts-noto-cjk'; Fedora: 'dnf install "
    "google-noto-sans-cjk-fonts'; elsewhere: fonts.google.com/noto) or give a folder with a font"
)


def missing_languages(
    languages: Collection[Language], folder: Path | None = None
) -> tuple[Language, ...]:
    """Those of the languages whose characters are drawn as boxes, or not at all.

    Args:
        folder: more fonts than those of the system.

    Raises:
        ToolError: ffmpeg is missing or was built without libass.
    """
    return tuple(
        language
        for language in sorted(languages & _PROBES.keys())
        if not _shows(_PROBES[language], FONTS[language], folder)
    )


def require(languages: Collection[Language], folder: Path | None = None) -> None:
    """Make sure that every language can be drawn.

    Raises:
        ToolError: no font has the characters of one of them.
    """
    missing = missing_languages(languages, folder)
    if missing:
        names = ", ".join(language.value for language in missing)
        raise ToolError(f"no installed font has the characters of: {names}", remedy=INSTALL_FONTS)


def _shows(probe: str, font: str, folder: Path | None) -> bool:
    """Whether all characters are drawn, each as another picture: one a second, read as frames."""
    events = "".join(
        f"Dialogue: 0,0:00:0{second}.00,0:00:0{second + 1}.00,Default,,0,0,0,,{char}\n"
        for second, char in enumerate(probe)
    )
    script = (
        f"[Script Info]\nPlayResX: {_SIZE}\nPlayResY: {_SIZE}\n[V4+ Styles]\n"
        "Format: Name, Fontname, Fontsize, PrimaryColour, Alignment\n"
        f"Style: Default,{font},{_SIZE // 2},&H00FFFFFF,5\n[Events]\n"
        f"Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n{events}"
    )
    with scratch_folder() as place:
        file = place / "probe.ass"
        file.write_text(script, encoding="utf-8")
        graph = f"color=black:size={_SIZE}x{_SIZE}:rate=1:duration={len(probe)}"
        source = graphs.input(graph, f="lavfi")
        shown = subtitles_filter(source, file, folder)
        pictures = ffmpeg.run(shown.output("pipe:1", format="rawvideo", pix_fmt="gray"), timeout=60)
    frames = [pictures[i : i + _SIZE * _SIZE] for i in range(0, len(pictures), _SIZE * _SIZE)]
    return len(set(frames)) == len(probe) and all(max(frame) > 128 for frame in frames)


def subtitles_filter(source: Any, file: Path, folder: Path | None) -> Any:
    """``source`` (an ffmpeg-python stream) with a subtitle file drawn onto it."""
    options = {"filename": str(file.absolute())}
    if folder is not None:
        options["fontsdir"] = str(folder.absolute())
    return source.filter("subtitles", **options)
