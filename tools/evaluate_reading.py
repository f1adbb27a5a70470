"""How subtitle files are read: ``python -m tools.evaluate_reading FOLDER``.

Every subtitle file below the folder is read. Files that pysubs2 reads too are compared with it:
whether letters that it finds are missing in what is read here, or cues begin at other times.
"""

from __future__ import annotations

import argparse
import html
import re
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path

import pysubs2

from vidtag.core.errors import VidtagError
from vidtag.subtitles.reading.encodings import decoded
from vidtag.subtitles.reading.subtitle_file import SubtitleFile, read_subtitles

SUFFIXES = {
    *(".srt", ".vtt", ".ass", ".ssa", ".ttml", ".dfxp", ".itt", ".stl", ".scc", ".smi", ".sami"),
    *(".sbv", ".lrc"),
}
COMPARED = {".srt", ".vtt", ".ass", ".ssa"}
_RATE = Fraction(25)
"""For formats that count frames and do not say of what rate."""


def letters(text: str) -> Counter[str]:
    return Counter(char for char in text if char.isalnum())


def difference(path: Path, read: SubtitleFile) -> str | None:
    """What pysubs2 reads and we do not; None if there is nothing, or it cannot read the file."""
    try:
        text = decoded(path.read_bytes(), path, None)
        theirs = pysubs2.SSAFile.from_string(text, format_=path.suffix[1:])
    except Exception:
        return None
    events = [event for event in theirs if event.type == "Dialogue" and not event.is_drawing]
    shown = [event for event in events if event.plaintext.strip()]
    ours = "".join("".join(cue.lines) for cue in read.cues)
    said = "".join(event.plaintext for event in shown)
    if path.suffix.lower() == ".vtt":  # pysubs2 leaves WebVTT's markup in
        said = html.unescape(re.sub(r"<[^>]*>", "", said))
    missing = letters(said) - letters(ours)
    if missing and not read.unreadable:
        return f"{sum(missing.values())} letters more in pysubs2"
    starts = Counter(round(event.start / 10) for event in shown)
    more = starts - Counter(round(cue.start * 100) for cue in read.cues)
    if len(shown) == len(read.cues) and sum(more.values()) > len(shown) // 20:
        return f"{sum(more.values())} cues begin elsewhere in pysubs2"
    return None


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--list", action="store_true", help="name the files")
    given = parser.parse_args()
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for path in sorted(given.folder.rglob("*")):
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES or not path.is_file():
            continue
        row, said = counts[suffix], ""
        row["files"] += 1
        try:
            read = read_subtitles(path, frame_rate=_RATE)
        except VidtagError as error:
            row["refused"] += 1
            said = error.cause
        else:
            row["cues"] += len(read.cues)
            row["named places"] += bool(read.unreadable)
            if suffix in COMPARED and (found := difference(path, read)):
                row["differ"] += 1
                said = found
        if said and given.list:
            print(f"{path}: {said}")
    columns = ("files", "refused", "cues", "named places", "differ")
    print(" | ".join(("suffix", *columns)))
    for suffix, row in [*counts.items(), ("all", sum(counts.values(), Counter()))]:
        print(" | ".join((suffix, *(str(row[name]) for name in columns))))


if __name__ == "__main__":
    main()
