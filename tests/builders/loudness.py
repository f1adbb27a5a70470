"""How loud a file is, by the summary of ffmpeg's meter."""

import re
import subprocess
from pathlib import Path

from vidtag.media.ffmpeg_program import find_ffmpeg


def measure_loudness(path: Path) -> float:
    """Integrated loudness of a file's first audio track in LUFS, to a tenth; -70 for silence."""
    command = [find_ffmpeg().path, "-hide_banner", "-nostdin", "-i", str(path)]
    command += ["-map", "0:a:0", "-af", "ebur128", "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return float(re.findall(r"^\s+I:\s+(-?[0-9.]+) LUFS", said, re.MULTILINE)[-1])
