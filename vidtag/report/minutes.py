"""Minutes of a meeting: what was decided, disputed and proposed, and by whom. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from vidtag.core.clock import short_clock
from vidtag.core.names import PageLanguage
from vidtag.core.records import Document, Passage, join_words
from vidtag.core.settings import HighlightsConfig
from vidtag.report.stats import measure
from vidtag.report.words import WORDS
from vidtag.select.reasons import find_reasons
from vidtag.select.titles import shorten

_LONGEST = 240
"""Columns of what is quoted."""

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|]")


def minutes(document: Document, settings: HighlightsConfig, language: PageLanguage = "en") -> str:
    """The minutes as Markdown.

    Args:
        settings: the points that are looked for, with their phrases.
        language: of the headings.
    """
    words = WORDS[language]
    name = _plain(Path(document.media.path).name)
    lines = [f"# {words['minutes'].format(name=name)}", ""]
    talk = measure(document).speakers
    if talk:
        shares = words["comma"].join(f"{_plain(who)} {one.share:.0%}" for who, one in talk.items())
        lines += [f"{words['talk']}{words['colon']}{shares}", ""]
    found = list(_passages(document, settings))
    for point in settings.points:
        lines += [f"## {words.get(f'point_{point}', _plain(point.capitalize()))}", ""]
        rows = [_row(passage, document, words) for passage in found if passage.label == point]
        lines += [*(rows or [words["minutes_none"]]), ""]
    return "\n".join(lines).rstrip() + "\n"


def _passages(document: Document, settings: HighlightsConfig) -> Iterator[Passage]:
    """Every point that is made, once: what anger alone tells is left out where a phrase does."""
    only = settings.model_copy(
        update={"kinds": {}, "emotions": {}, "turns": None, "exchanges": None}
    )
    kept: list[Passage] = []
    points = [reason for reason in find_reasons(document, only) if isinstance(reason, Passage)]
    for passage in sorted(points, key=lambda one: -one.peak):
        taken = (one for one in kept if one.label == passage.label)
        if not any(one.start < passage.end and passage.start < one.end for one in taken):
            kept.append(passage)
    yield from sorted(kept, key=lambda one: one.start)


def _row(passage: Passage, document: Document, words: Mapping[str, str]) -> str:
    said = [
        word
        for segment in document.segments
        if segment.start < passage.end and passage.start < segment.end
        if segment.speaker == passage.speaker
        for word in segment.words
        if passage.start <= word.start < max(passage.end, passage.start + 1e-3)
    ]
    text = _plain(shorten(join_words(said), _LONGEST))
    who = f"**{_plain(passage.speaker)}** " if passage.speaker else ""
    return f"- {short_clock(passage.start)} {who}{words['quote'].format(text=text)}"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _MARKUP.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))
