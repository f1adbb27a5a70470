"""Segments of speech as units, with clean texts and mended times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from vidtag.core.display import LANGUAGE_NAMES
from vidtag.core.records import Language, Segment, Word
from vidtag.subtitles.characters import clean, full_width, lacks_space, script_language, spaced
from vidtag.subtitles.layout import breaks, markers
from vidtag.subtitles.layout.breaks import Break
from vidtag.subtitles.layout.gap_scores import SCORED, gap_scores
from vidtag.subtitles.layout.unit import Role, Unit, words_text
from vidtag.subtitles.layout.word_times import mended_times

_UNSPACED = (Language.ZH, Language.YUE, Language.JA)
"""Languages whose words no space parts."""
_SENTENCE_ODDS = 3.0
"""Log odds of a break after a full stop, at least: the models of some languages see none."""


def speech_units(segments: Sequence[Segment], emotion_probability: float) -> Iterator[Unit]:
    """Units of all segments, in order.

    Args:
        emotion_probability: below this, a segment's emotion is not shown.
    """
    shown = [[(text, w) for w in s.words if (text := clean(w.text))] for s in segments]
    times = iter(mended_times([pair for words in shown for pair in words]))
    before = ""
    following = _following(shown)
    for segment, words, after in zip(segments, shown, following, strict=True):
        if words:
            groups, language = _grouped(segment, words, list(islice(times, len(words))), before)
            yield from _units(segment, groups, language, emotion_probability, after)
            before = words[-1][0]


def _following(shown: Sequence[Sequence[tuple[str, Word]]]) -> list[str]:
    """The first words after each segment, by which the break at its end is judged."""
    following, after = [], ""
    for words in reversed(shown):
        following.append(after)
        if words:
            after = "".join(
                (" " if number and word.space_before else "") + text
                for number, (text, word) in enumerate(words[:8])
            )
    return following[::-1]


def _grouped(
    segment: Segment,
    words: Sequence[tuple[str, Word]],
    times: Sequence[tuple[float, float]],
    before: str,
) -> tuple[list[list[Word]], Language]:
    """Words of a segment by unit, spaced as their language has it; and that language.

    Args:
        words: words with their cleaned texts.
        times: their mended times.
        before: text of the word before the segment; empty at the beginning.
    """
    texts = [text for text, _ in words]
    language = script_language("".join(texts), segment.language)
    spaces = [
        bool(before),
        *(
            word.space_before or lacks_space(left, text)
            for left, (text, word) in zip(texts, words[1:], strict=False)
        ),
    ]
    if language in _UNSPACED:
        texts = [full_width(text) for text in texts]
        spaces = [
            spaced(left, text, language, space)
            for left, text, space in zip([before, *texts], texts, spaces, strict=False)
        ]
    groups: list[list[Word]] = []
    together = breaks.together(texts, spaces, language)
    for text, space, joined, (_, word), (start, end) in zip(
        texts, spaces, together, words, times, strict=True
    ):
        # Most words are fine as they are; to make none anew saves a third of the time.
        if (text, start, end, space) != (word.text, word.start, word.end, word.space_before):
            word = Word(text, start, end, word.probability, space)
        if joined and groups:
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups, language


def _units(
    segment: Segment,
    groups: Sequence[list[Word]],
    language: Language,
    emotion_probability: float,
    following: str,
) -> Iterator[Unit]:
    label = segment.language if segment.language in LANGUAGE_NAMES else language
    emotion = markers.shown_emotion(segment, emotion_probability)
    texts = [words_text(group) for group in groups]
    odds = [0.0] * len(texts)
    if language in SCORED:
        odds = gap_scores(texts, following, language)
    for group, text, second, odd in zip(groups, texts, [*texts[1:], ""], odds, strict=True):
        # Recognition parts segments at pauses, not at sentences; only punctuation tells.
        after = breaks.quality(text, second, language)
        after = after if second else min(after, Break.PLAIN)
        if language in SCORED and after is Break.SENTENCE:
            odd = max(odd, _SENTENCE_ODDS)
        yield Unit(
            tuple(group),
            text,
            language,
            label,
            Role.SPEECH,
            emotion,
            group[0].space_before,
            after,
            odd,
            segment.speaker,
        )
