"""Minutes of a meeting: what was decided, disputed, proposed and taken on, and by whom. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vidtag.core.clock import short_clock
from vidtag.core.names import PageLanguage
from vidtag.core.records import Document, Language, Passage, Word, join_words
from vidtag.core.sentence_ends import ends_sentence
from vidtag.core.settings import HighlightsConfig
from vidtag.core.text_width import columns
from vidtag.report.stats import extent, measure
from vidtag.report.words import WORDS
from vidtag.select.points import makes_point
from vidtag.select.reasons import find_reasons
from vidtag.select.titles import shorten
from vidtag.select.word_index import sentences

_LONGEST = 240
"""Columns of what is quoted."""

_SAYS_LITTLE = 36
"""Columns below which what was said before is quoted too: "Let's do that" says nothing alone."""

_GOES_ON = 2.0
"""Seconds within which the same speaker goes on with a sentence that has not ended."""

_EARLIER = 15.0
"""Seconds within which something is an answer to what was said before."""

_IDLE = 16
"""Columns of what is nothing to answer: "Thank you"."""

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|]")


@dataclass(frozen=True, slots=True)
class _Sentence:
    words: Sequence[Word]
    speaker: str | None
    language: Language

    @property
    def start(self) -> float:
        return self.words[0].start

    @property
    def end(self) -> float:
        return max(word.end for word in self.words)

    @property
    def text(self) -> str:
        return join_words(self.words)


def minutes(
    document: Document,
    settings: HighlightsConfig,
    language: PageLanguage = "en",
    video: str | None = None,
) -> str:
    """The minutes as Markdown.

    Args:
        settings: the points that are looked for, with their phrases.
        language: of the headings.
        video: address of the video, which times link to; None links to none.
    """
    words = WORDS[language]
    name = _plain(Path(document.media.path).name)
    lines = [f"# {words['minutes'].format(name=name)}", ""]
    lines.append(f"{words['minutes_length']}{words['colon']}{short_clock(extent(document))}")
    if talk := measure(document).speakers:
        shares = words["comma"].join(f"{_plain(who)} {one.share:.0%}" for who, one in talk.items())
        lines += ["", f"{words['talk']}{words['colon']}{shares}"]
    lines.append("")
    said = [
        _Sentence(part, segment.speaker, segment.language)
        for segment in document.segments
        for part in sentences(segment.words)
    ]
    found = list(_passages(document, settings))
    for point in settings.points:
        lines += [f"## {words.get(f'point_{point}', _plain(point.capitalize()))}", ""]
        rows = [
            _row(passage, said, settings, words, video)
            for passage in found
            if passage.label == point
        ]
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


def _row(
    passage: Passage,
    said: Sequence[_Sentence],
    settings: HighlightsConfig,
    words: Mapping[str, str],
    video: str | None,
) -> str:
    first = bisect_left(said, passage.start, key=lambda one: one.start)
    own = _own(passage, said[first:])
    time = short_clock(passage.start)
    parts = [time if video is None else f"[{time}]({video}#t={passage.start:.1f})"]
    parts.append(_quoted(passage.speaker, own, words))
    phrases = settings.phrases.get(passage.label, ())
    if own and not any(makes_point(s.text, passage.label, s.language, phrases) for s in own):
        parts.append(words["minutes_angry"])
    before = _answered(said[max(0, first - 3) : first], passage.start)
    if before and columns(_together(own)) < _SAYS_LITTLE:
        parts.append(words["minutes_after"].format(what=_quoted(before.speaker, [before], words)))
    return "- " + " ".join(parts)


def _own(passage: Passage, following: Sequence[_Sentence]) -> list[_Sentence]:
    """What a passage says, to the end of its last sentence where a pause came in between."""
    own: list[_Sentence] = []
    for one in following:
        if one.start >= max(passage.end, passage.start + 1e-3):
            goes_on = bool(own) and not ends_sentence(own[-1].words[-1].text)
            if not goes_on or one.speaker != passage.speaker:
                break
            if one.start - own[-1].end > _GOES_ON:
                break
        if one.speaker == passage.speaker:
            own.append(one)
    return own


def _answered(before: Sequence[_Sentence], time: float) -> _Sentence | None:
    """The last of some sentences that says something, if that is not long ago."""
    near = (one for one in reversed(before) if time - one.end <= _EARLIER)
    return next((one for one in near if columns(one.text) >= _IDLE), None)


def _quoted(speaker: str | None, said: Sequence[_Sentence], words: Mapping[str, str]) -> str:
    text = _plain(shorten(_together(said), _LONGEST))
    who = f"**{_plain(speaker)}** " if speaker else ""
    return who + words["quote"].format(text=text)


def _together(said: Sequence[_Sentence]) -> str:
    """Sentences in a row, with spaces between where their language has them."""
    spaced = any(one.language in (Language.EN, Language.KO) for one in said)
    return (" " if spaced else "").join(one.text for one in said)


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _MARKUP.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))
