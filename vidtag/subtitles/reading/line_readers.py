"""Formats with a cue on a line or two: SBV (YouTube), LRC (lyrics), MicroDVD and MPL2."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from vidtag.core.bounded_values import exact_number
from vidtag.subtitles.reading.found import Found, FoundCue, Unreadable, open_end
from vidtag.subtitles.reading.times import lenient_seconds

SBV = re.compile(r"^\s*(-?\d+:\d\d:\d\d\.\d{1,3})\s*,\s*(-?\d+:\d\d:\d\d\.\d{1,3})\s*$")
_SUBVIEWER = re.compile(r"^\s*\[[A-Z ]{2,20}\]")
LRC = re.compile(r"^\s*\[(-?\d{1,4}:\d\d(?:[.:]\d{1,3})?)\]")
MICRODVD = re.compile(r"^\{(-?\d{1,9})\}\{((?:-?\d{1,9})?)\}(.*)$")
MPL2 = re.compile(r"^\[(\d{1,9})\]\[(\d{0,9})\](.*)$")
_LRC_TAG = re.compile(r"^\s*\[(?:[A-Za-z#]+):[^\[\]]*\]\s*$")
_LRC_WORD = re.compile(r"<\d{1,4}:\d\d(?:[.:]\d{1,3})?>")
_CONTROL = re.compile(r"\{[A-Za-z]:[^{}]{0,60}\}")


def read_sbv(lines: Sequence[str]) -> Found:
    """Cues of an SBV or SubViewer file: a line of two times, then text up to a blank line.

    SubViewer has lines such as ``[TITLE]...`` before the first.
    """
    cues: list[FoundCue] = []
    unreadable = []
    text: list[str] | None = None
    times = (0.0, 0.0)

    def close() -> None:
        if text is not None:
            cues.append(FoundCue(*times, "\n".join(text).replace("[br]", "\n")))

    for number, line in enumerate(lines, 1):
        if found := SBV.match(line):
            close()
            times = (lenient_seconds(found[1]) or 0.0, lenient_seconds(found[2]) or 0.0)
            text = []
        elif text is not None:
            text.append(line)
        elif line.strip() and not _SUBVIEWER.match(line):
            unreadable.append(Unreadable(number, f"text of no cue: {line.strip()[:60]}"))
    close()
    return Found(tuple(cues), tuple(unreadable))


def read_lrc(lines: Sequence[str]) -> Found:
    """Lines of lyrics, each shown until the next begins; one may have several times."""
    timed: list[tuple[float, str]] = []
    unreadable = []
    for number, line in enumerate(lines, 1):
        rest = line
        times = []
        while found := LRC.match(rest):
            times.append(lenient_seconds(found[1].replace(".", ",", 1)) or 0.0)
            rest = rest[found.end() :]
        if times:
            timed += [(time, _LRC_WORD.sub("", rest).strip()) for time in times]
        elif line.strip() and not _LRC_TAG.match(line):
            unreadable.append(Unreadable(number, f"a line without a time: {line.strip()[:60]}"))
    timed.sort(key=lambda each: each[0])
    following = [*(start for start, _ in timed[1:]), None]
    cues = (
        FoundCue(start, open_end(start, text) if stop is None else stop, text)
        for (start, text), stop in zip(timed, following, strict=True)
        if text
    )
    return Found(tuple(cues), tuple(unreadable), ordered=False, has_ends=False)


def microdvd_rate(lines: Sequence[str]) -> Fraction | None:
    """Frames a second that a MicroDVD file names in its first cue, as ``{1}{1}23.976``."""
    found = MICRODVD.match(lines[0]) if lines else None
    if found is None or found[1] != found[2]:
        return None
    try:
        rate = exact_number(found[3].replace(",", "."))
    except ValueError:
        return None
    return rate if 0 < rate < 1000 else None


def read_microdvd(lines: Sequence[str], rate: Fraction) -> Found:
    """Cues counted in frames of a rate."""
    named = microdvd_rate(lines) is not None
    return _bracketed(lines, MICRODVD, float(rate), skip=int(named), rate=rate)


def read_mpl2(lines: Sequence[str]) -> Found:
    """Cues counted in tenths of a second."""
    return _bracketed(lines, MPL2, 10.0)


def _bracketed(
    lines: Sequence[str],
    pattern: re.Pattern[str],
    per_second: float,
    skip: int = 0,
    rate: Fraction | None = None,
) -> Found:
    cues, unreadable = [], []
    for number, line in enumerate(lines[skip:], 1 + skip):
        found = pattern.match(line)
        if found is None:
            if line.strip():
                unreadable.append(Unreadable(number, f"no cue: {line.strip()[:60]}"))
            continue
        parts = _CONTROL.sub("", found[3]).split("|")
        text = "\n".join(part.lstrip("/").strip() for part in parts)
        start = int(found[1]) / per_second
        end = int(found[2]) / per_second if found[2] else open_end(start, text)
        cues.append(FoundCue(start, end, text))
    return Found(tuple(cues), tuple(unreadable), frame_rate=rate)
