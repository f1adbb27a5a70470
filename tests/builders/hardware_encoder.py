"""An ffmpeg with a hardware encoder where there is none: a program stands before the real one.

It answers to ``h264_nvenc`` with its options as FFmpeg has them, and lets x264 encode in its place.
All else goes to the real ffmpeg.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

Behaviour = Literal["works", "dies", "stops", "inverts"]
"""``dies`` fails in the middle of a film, ``stops`` ends early as if all were well, ``inverts``
encodes another picture than it is given; in trials only the last shows."""

_PROGRAM = """#!{python}
import os, subprocess, sys
words, real, behaviour = sys.argv[1:], {real!r}, {behaviour!r}
NVENC = ("-rc:v", "-b:v", "-tune:v", "-preset:v", "-cq:v")
if "h264_nvenc" in words:
    with open({log!r}, "a") as log:
        print(words[-1], file=log)
    for option in NVENC:
        at = words.index(option)
        if option == "-cq:v":
            words[at] = "-crf:v"
        else:
            del words[at : at + 2]
    at = words.index("h264_nvenc")
    words[at : at + 1] = ["libx264", "-preset:v", "veryfast"]
    if behaviour == "inverts":
        film = words.index("-map") + 1
        words[words.index("-filter_complex") + 1] += ";" + words[film] + "negate[other]"
        words[film] = "[other]"
    elif behaviour in ("dies", "stops") and "lavfi" not in words:
        # Sound that is copied still belongs to the film.
        at = words.index("libx264") - 1
        words[at:at] = ["-frames:v", "7"]
        ended = subprocess.run([real, *words])
        if behaviour == "dies":
            print("[h264_nvenc @ 0x55d0] EncodePicture failed: device lost (8)", file=sys.stderr)
            sys.exit(1)
        sys.exit(ended.returncode)
os.execv(real, ["ffmpeg", *words])
"""


def ffmpeg_with_nvenc(folder: Path, real: str, behaviour: Behaviour) -> Path:
    """Make the program.

    Args:
        real: path of the real ffmpeg.

    Returns:
        The program; beside it, ``films`` gets a line for each film that it was asked to encode.
    """
    folder.mkdir()
    made = folder / "ffmpeg"
    log = str(folder / "films")
    text = _PROGRAM.format(python=sys.executable, real=real, behaviour=behaviour, log=log)
    made.write_text(text)
    made.chmod(0o755)
    return made
