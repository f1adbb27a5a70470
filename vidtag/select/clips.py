"""From a document to clips that an editor would keep; pure, nothing is read or cut.

A reaction is worth little without what caused it, so a clip starts at the beginning of the
sentence, or sentences, that led to it, holds the reaction, and ends shortly after. What holds for
every clip, in this order of precedence: it lies within the recording and is no longer than
``max_duration``; no cut is inside a word; clips do not overlap, and reactions nearer to each other
than ``merge_gap`` share one clip if that one is not too long; no flash of another shot is left at
an edge. Emotional passages and points that are made count as reactions do.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from vidtag.core.records import Clip, Document, EventSpan, Reason, Size, Word
from vidtag.core.settings import HighlightsConfig
from vidtag.select.reasons import find_reasons, speaker_of
from vidtag.select.shot_edges import snap_to_shots
from vidtag.select.titles import clip_title
from vidtag.select.word_index import WordIndex

_LEAD = 2.0
"""Seconds before an event that no words led to."""
_LENGTH_SCALE = 3.0
"""Seconds at which an event earns 63 % of what length can earn."""
_SIZE_POWER = {Size.ONE: 0.7, Size.SOME: 1.0, Size.HOUSE: 1.5}
"""By how many laugh, to which power what a laugh lacks is taken."""


def select_clips(
    document: Document, settings: HighlightsConfig, worded: Iterable[Word] | None = None
) -> tuple[Clip, ...]:
    """Choose the clips of a document.

    Args:
        worded: the words as they are shown, for titles, if they are not the document's.

    Returns:
        Clips in the order of time. They do not overlap.
    """
    found = find_reasons(document, settings)
    return _keep_best(clips_around(document, found, settings, worded), settings)


def clips_around(
    document: Document,
    reasons: Sequence[Reason],
    settings: HighlightsConfig,
    worded: Iterable[Word] | None = None,
) -> tuple[Clip, ...]:
    """A clip around each of some reasons, near ones in one clip; a low score leaves none out.

    Args:
        document: of the video.
        reasons: events and passages of it, whatever their kind, ordered by start.
        settings: limits of length, and weights; a label without a weight counts as the heaviest.
        worded: the words as they are shown, for titles, if they are not the document's.
    """
    words = WordIndex(document.words)
    drafts = []
    last_end = 0.0
    for reason in reasons:
        draft = _draft(reason, last_end, words, settings, document.media.duration)
        last_end = max(last_end, reason.end)
        if draft is not None:
            drafts.append(draft)
    merged = _snap_to_shots(_merge(drafts, settings), words, document, settings)
    said = words if worded is None else WordIndex(worded)
    return tuple(_clip(draft, said, settings.weights, document) for draft in merged)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A clip before it has a score and a title."""

    start: float
    end: float
    reasons: tuple[Reason, ...]


def _draft(
    reason: Reason, last_end: float, words: WordIndex, settings: HighlightsConfig, duration: float
) -> _Draft | None:
    """The clip of one reason, or None where none can be made.

    Args:
        last_end: end of the reason before.
        duration: of the recording.
    """
    longest = min(settings.max_duration, duration)
    shortest = min(settings.min_duration, longest)
    earliest = max(0.0, reason.start - min(settings.setup, longest / 2))
    lead = _LEAD if isinstance(reason, EventSpan) else 0.0
    start = max(0.0, words.setup_start(reason.start, earliest, last_end, lead))
    end = min(duration, words.clip_end(reason.end, settings.tail))
    missing = shortest - (end - start)
    if missing > 0:
        end = min(duration, words.after_word(end + missing / 2))
        missing = shortest - (end - start)
        start = max(0.0, words.before_word(start - max(0.0, missing)))
        missing = shortest - (end - start)
        end = min(duration, words.after_word(end + max(0.0, missing)))
    if end - start > longest:
        end = words.before_word(start + longest)
    if not (start < reason.end and reason.start < end):
        return None
    return _Draft(start, end, (reason,))


def _merge(drafts: Iterable[_Draft], settings: HighlightsConfig) -> list[_Draft]:
    """Make reactions near to each other one clip, and let no two clips overlap.

    What counts as near is the pause between the reactions: two jokes told in a row, each with its
    laugh, are two clips even where the second begins as the first ends.
    """
    merged: list[_Draft] = []
    for draft in sorted(drafts, key=lambda draft: (draft.reasons[0].start, draft.end)):
        if not merged:
            merged.append(draft)
            continue
        last, reason = merged[-1], draft.reasons[0]
        pause = reason.start - max(earlier.end for earlier in last.reasons)
        end = max(last.end, draft.end)
        fits = end - last.start <= max(settings.max_duration, last.end - last.start)
        if fits and (pause < settings.merge_gap or reason.start < last.end):
            inside = tuple(why for why in draft.reasons if why.end > last.start)
            merged[-1] = _Draft(last.start, end, last.reasons + inside)
        elif reason.end > last.end:
            merged.append(_Draft(max(draft.start, last.end), draft.end, draft.reasons))
        else:
            # It ends before the last clip does: it belongs to that clip or to an earlier one. A
            # word that may not be cut can keep it out of every clip.
            begun = [n for n, clip in enumerate(merged) if clip.start < reason.end]
            if begun:
                clip = merged[begun[-1]]
                merged[begun[-1]] = replace(clip, reasons=clip.reasons + draft.reasons)
    return merged


def _snap_to_shots(
    drafts: Sequence[_Draft], words: WordIndex, document: Document, settings: HighlightsConfig
) -> list[_Draft]:
    """Drafts with their edges on shot changes, where words, reactions and limits allow it."""
    shots = sorted(document.shots)
    snapped: list[_Draft] = []
    for number, draft in enumerate(drafts):
        start, end = draft.start, draft.end
        inside = words.words_between(start, end)
        spare = max(0.0, settings.max_duration - (end - start)) / 2
        low = max(0.0, words.silence_start(start), start - spare)
        high = min(document.media.duration, words.silence_end(end), end + spare)
        if snapped:
            low = max(low, snapped[-1].end)
        if number + 1 < len(drafts):
            high = min(high, drafts[number + 1].start)
        keep = (
            min(one.start for one in (*draft.reasons, *inside)),
            max(one.end for one in (*draft.reasons, *inside)),
        )
        moved = snap_to_shots(start, end, shots, keep=keep, room=(low, high))
        if moved[1] - moved[0] >= min(settings.min_duration, end - start):
            start, end = moved
        snapped.append(_Draft(start, end, draft.reasons))
    return snapped


def _clip(
    draft: _Draft, words: WordIndex, weights: Mapping[str, float], document: Document
) -> Clip:
    strengths = [_strength(reason, draft, weights) for reason in draft.reasons]
    best = draft.reasons[strengths.index(max(strengths))]
    return Clip(
        start=draft.start,
        end=draft.end,
        reason=draft.reasons,
        score=1.0 - math.prod(1.0 - strength for strength in strengths),
        title=clip_title(best, draft.start, words),
        speaker=speaker_of(best, document),
    )


def _strength(reason: Reason, draft: _Draft, weights: Mapping[str, float]) -> float:
    """How good a reason is, 0 to 1: its probability, its weight and, for an event, its length
    and how many laugh.

    Length counts less and less: 3 s earn 63 % and 10 s 96 % of what an endless event would. Many
    words are not better than few, so the length of a passage does not count.
    """
    heaviest = max(weights.values(), default=1.0)
    weight = weights.get(reason.label, heaviest) / heaviest
    probability = min(1.0, max(0.0, math.sqrt(max(0.0, reason.peak * reason.mean))))
    if not isinstance(reason, EventSpan):
        return weight * probability
    length = min(reason.end, draft.end) - max(reason.start, draft.start)
    strength = probability * -math.expm1(-max(0.0, length) / _LENGTH_SCALE)
    return weight * (1.0 - math.pow(1.0 - strength, _SIZE_POWER[reason.size or Size.SOME]))


def _keep_best(clips: Sequence[Clip], settings: HighlightsConfig) -> tuple[Clip, ...]:
    ranked = sorted(clips, key=lambda clip: (-clip.score, clip.start))
    kept: list[Clip] = []
    total = 0.0
    for clip in ranked:
        if clip.score < settings.min_score or len(kept) == settings.top:
            break
        if settings.total_duration is None or total + clip.duration <= settings.total_duration:
            kept.append(clip)
            total += clip.duration
    return tuple(sorted(kept, key=lambda clip: clip.start))
