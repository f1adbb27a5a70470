"""SAMI: text from one ``SYNC`` to the next, a track for each class (a language)."""

from __future__ import annotations

import html
import re

from vidtag.subtitles.reading.found import Found, FoundCue, Unreadable, open_end

_SYNC = re.compile(r"<sync\b([^<>]*)>", re.I)
_START = re.compile(r"start\s*=\s*[\"']?\s*(-?\d{1,12})", re.I)
_END = re.compile(r"end\s*=\s*[\"']?\s*(-?\d{1,12})", re.I)
_PARAGRAPH = re.compile(r"<p\b([^<>]*)>", re.I)
_CLASS = re.compile(r"class\s*=\s*[\"']?\s*([\w-]{1,40})", re.I)
_STYLE_LANGUAGE = re.compile(r"\.([\w-]{1,40})\s*\{[^{}]{0,400}?lang\s*:\s*([\w-]{2,35})", re.I)
_BREAK = re.compile(r"<br\s*/?>", re.I)
_RUBY = re.compile(r"<rt[^<>]*>[^<]*(?:</rt>)?", re.I)
_TAG = re.compile(r"<[^<>]*>")


def read_sami(text: str) -> Found:
    """Cues of a SAMI file in order of time; those of different classes are different places."""
    languages = dict(_STYLE_LANGUAGE.findall(text))
    body = _without_comments(text)
    syncs = list(_SYNC.finditer(body))
    cues: list[FoundCue] = []
    unreadable = []
    shown: dict[str, tuple[float, str]] = {}
    line, counted = 1, 0
    for number, sync in enumerate(syncs):
        line += body.count("\n", counted, sync.start())
        counted = sync.start()
        start = _START.search(sync[1])
        if start is None:
            unreadable.append(Unreadable(line, f"no start: {sync[0][:60]}"))
            continue
        now = int(start[1]) / 1000
        stop = syncs[number + 1].start() if number + 1 < len(syncs) else len(body)
        for class_, words in _paragraphs(body[sync.end() : stop]):
            if class_ in shown:
                began, was = shown.pop(class_)
                cues.append(FoundCue(began, now, was, class_))
            if words:
                if end := _END.search(sync[1]):
                    cues.append(FoundCue(now, int(end[1]) / 1000, words, class_))
                else:
                    shown[class_] = (now, words)
    for class_, (began, was) in shown.items():
        cues.append(FoundCue(began, open_end(began, was), was, class_))
    cues.sort(key=lambda cue: cue.start)
    said = next(iter(languages.values()), None) if len(languages) == 1 else None
    return Found(tuple(cues), tuple(unreadable), language=said, ordered=False)


def _without_comments(text: str) -> str:
    """Text with the line ends alone of its comments; one that never ends is none."""
    parts = []
    position = 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start)) >= 0:
        parts += [text[position:start], "\n" * text.count("\n", start, end)]
        position = end + 3
    return "".join([*parts, text[position:]])


def _paragraphs(content: str) -> list[tuple[str, str]]:
    """Class and text of each paragraph after a ``SYNC``."""
    marks = list(_PARAGRAPH.finditer(content))
    if not marks:
        return [("", _plain(content))]
    stops = [*(mark.start() for mark in marks[1:]), len(content)]
    return [
        (found[1] if (found := _CLASS.search(mark[1])) else "", _plain(content[mark.end() : stop]))
        for mark, stop in zip(marks, stops, strict=True)
    ]


def _plain(content: str) -> str:
    """Text as a player shows it: line ends of the file are spaces."""
    one_line = " ".join(_RUBY.sub("", content).split())
    lines = html.unescape(_TAG.sub("", _BREAK.sub("\n", one_line))).split("\n")
    return "\n".join(line.strip("\xa0 ") for line in lines if line.strip("\xa0 "))
