"""From a document to clips that an editor would keep. Pure: nothing is read or cut.

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
from dataclasses import dataclass

from vidtag.core.records import Clip, Document, EventSpan, Reason
from vidtag.core.settings import HighlightsConfig
from vidtag.select import shot_edges as shot_changes
from vidtag.select import titles as wording
from vidtag.select.reasons import reasons
from vidtag.select.word_index import Speech

_LEAD = 2.0
"""Seconds before an event that nobody's words led to."""
_LENGTH_SCALE = 3.0
"""Seconds at which an event earns 63 % of what length can earn."""


def select(document: Document, config: HighlightsConfig) -> tuple[Clip, ...]:
    """Choose the clips of a document.

    Returns:
        Clips in the order of time. They do not overlap.
    """
    return _keep_best(clips_around(document, reasons(document, config), config), config)


def clips_around(
    document: Document, why: Sequence[Reason], config: HighlightsConfig
) -> tuple[Clip, ...]:
    """A clip around each of some reasons, near ones in one clip; none is left out for its score.

    Args:
        document: what was heard.
        why: events and passages of it, whatever their kind, ordered by start.
        config: limits of length, and weights; a label without a weight counts as the heaviest.
    """
    duration = document.media.duration
    speech = Speech(document.words)
    drafts = []
    heard = 0.0
    for reason in why:
        draft = _draft(reason, heard, speech, config, duration)
        heard = max(heard, reason.end)
        if draft is not None:
            drafts.append(draft)
    joined = _respect_shots(_join(drafts, config), speech, document, config)
    return tuple(_clip(draft, speech, config.weights) for draft in joined)


@dataclass(frozen=True, slots=True)
class _Draft:
    start: float
    end: float
    why: tuple[Reason, ...]


def _draft(
    why: Reason, heard: float, speech: Speech, config: HighlightsConfig, duration: float
) -> _Draft | None:
    """The clip of one reason, or None where none can be made."""
    longest = min(config.max_duration, duration)
    limit = max(0.0, why.start - min(config.setup, longest / 2))
    lead = _LEAD if isinstance(why, EventSpan) else 0.0
    start = max(0.0, speech.setup(why.start, limit, heard, lead))
    end = min(duration, speech.finish(why.end, config.tail))
    missing = min(config.min_duration, longest) - (end - start)
    if missing > 0:
        end = min(duration, speech.outward_end(end + missing / 2))
        missing = min(config.min_duration, longest) - (end - start)
        start = max(0.0, speech.outward_start(start - max(0.0, missing)))
        missing = min(config.min_duration, longest) - (end - start)
        end = min(duration, speech.outward_end(end + max(0.0, missing)))
    if end - start > longest:
        end = speech.outward_start(start + longest)
    if not (start < why.end and why.start < end):
        return None
    return _Draft(start, end, (why,))


def _join(drafts: Iterable[_Draft], config: HighlightsConfig) -> list[_Draft]:
    """Make reactions near to each other one clip, and let no two clips overlap.

    What counts as near is the pause between the reactions: two jokes told in a row, each with its
    laugh, are two clips even where the second begins as the first ends.
    """
    joined: list[_Draft] = []
    for draft in sorted(drafts, key=lambda draft: (draft.why[0].start, draft.end)):
        if not joined:
            joined.append(draft)
            continue
        last = joined[-1]
        pause = draft.why[0].start - max(why.end for why in last.why)
        end = max(last.end, draft.end)
        fits = end - last.start <= max(config.max_duration, last.end - last.start)
        if fits and (pause < config.merge_gap or draft.why[0].start < last.end):
            inside = tuple(why for why in draft.why if why.end > last.start)
            joined[-1] = _Draft(last.start, end, last.why + inside)
        elif draft.why[0].end > last.end:
            joined.append(_Draft(max(draft.start, last.end), draft.end, draft.why))
        else:  # it is over before the last clip is: in that one, or in one before
            begun = [i for i, clip in enumerate(joined) if clip.start < draft.why[0].end]
            if begun:  # if not, a word that may not be cut keeps it out of every clip
                clip = joined[begun[-1]]
                joined[begun[-1]] = _Draft(clip.start, clip.end, clip.why + draft.why)
    return joined


def _respect_shots(
    drafts: Sequence[_Draft], speech: Speech, document: Document, config: HighlightsConfig
) -> list[_Draft]:
    """Drafts with their edges on shot changes, where no word, no reaction and no limit minds."""
    shots = sorted(document.shots)
    fitted: list[_Draft] = []
    for number, draft in enumerate(drafts):
        start, end = draft.start, draft.end
        words = speech.between(start, end)
        free = max(0.0, config.max_duration - (end - start)) / 2
        low = max(0.0, speech.silent_since(start), start - free)
        high = min(document.media.duration, speech.silent_until(end), end + free)
        if fitted:
            low = max(low, fitted[-1].end)
        if number + 1 < len(drafts):
            high = min(high, drafts[number + 1].start)
        keep = (
            min([why.start for why in draft.why] + [word.start for word in words]),
            max([why.end for why in draft.why] + [word.end for word in words]),
        )
        moved = shot_changes.fit(start, end, shots, keep=keep, room=(low, high))
        if moved[1] - moved[0] >= min(config.min_duration, end - start):
            start, end = moved
        fitted.append(_Draft(start, end, draft.why))
    return fitted


def _clip(draft: _Draft, speech: Speech, weights: Mapping[str, float]) -> Clip:
    strengths = [_strength(why, draft, weights) for why in draft.why]
    best = draft.why[strengths.index(max(strengths))]
    return Clip(
        start=draft.start,
        end=draft.end,
        reason=draft.why,
        score=1.0 - math.prod(1.0 - strength for strength in strengths),
        title=wording.title(best, draft.start, speech),
    )


def _strength(why: Reason, draft: _Draft, weights: Mapping[str, float]) -> float:
    """How good a reason is, 0 to 1: how sure, how much its kind counts, how long an event is.

    Length counts less and less: 3 s earn 63 % and 10 s 96 % of what an endless one would. Words
    are not the better for being many, so the length of passages does not count.
    """
    heaviest = max(weights.values(), default=1.0)
    weight = weights.get(why.label, heaviest) / heaviest
    sure = min(1.0, max(0.0, math.sqrt(max(0.0, why.peak * why.mean))))
    if not isinstance(why, EventSpan):
        return weight * sure
    length = min(why.end, draft.end) - max(why.start, draft.start)
    return weight * sure * -math.expm1(-max(0.0, length) / _LENGTH_SCALE)


def _keep_best(clips: Sequence[Clip], config: HighlightsConfig) -> tuple[Clip, ...]:
    ranked = sorted(clips, key=lambda clip: (-clip.score, clip.start))
    kept: list[Clip] = []
    total = 0.0
    for clip in ranked:
        if clip.score < config.min_score or (config.top is not None and len(kept) == config.top):
            break
        if config.total_duration is None or total + clip.duration <= config.total_duration:
            kept.append(clip)
            total += clip.duration
    return tuple(sorted(kept, key=lambda clip: clip.start))
