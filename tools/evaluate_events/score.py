"""Spans against truth: what is found, how exactly, what is made up, and out of what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from tools.evaluate_events.tracks import SECONDS, Track, Truth
from vidtag.core.records import EventKind, EventSpan

NEGATIVE_SCENES = ("speech", "music")


def iou(a: Truth | EventSpan, b: Truth | EventSpan) -> float:
    common = min(a.end, b.end) - max(a.start, b.start)
    return max(0.0, common) / (max(a.end, b.end) - min(a.start, b.start))


def matched(
    truths: Sequence[Truth], spans: Sequence[EventSpan], least: float
) -> list[tuple[Truth, EventSpan]]:
    """Pairs, best first, each truth and each span once."""
    pairs = sorted(
        ((iou(t, s), i, j) for i, t in enumerate(truths) for j, s in enumerate(spans)), reverse=True
    )
    used: tuple[set[int], set[int]] = (set(), set())
    found = []
    for overlap, i, j in pairs:
        if overlap >= least and i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
            found.append((truths[i], spans[j]))
    return found


def score(
    tracks: Sequence[Track],
    found: Sequence[Sequence[EventSpan]],
    kinds: Sequence[EventKind] = tuple(EventKind),
) -> dict[str, dict[str, Any]]:
    """Figures per kind; rates over tracks with events, false alarms over the others.

    A span that lies on no truth of its kind is counted under ``made_of``, by what else was there:
    the kind of the truth it overlaps most, or else the scene.
    """
    result: dict[str, dict[str, Any]] = {}
    for kind in kinds:
        counts = {0.5: 0, 0.3: 0}
        truths = spans = 0
        onsets: list[float] = []
        offsets: list[float] = []
        alarms = dict.fromkeys(NEGATIVE_SCENES, 0)
        hours = 0.0
        made_of: Counter[str] = Counter()
        for track, spans_there in zip(tracks, found, strict=True):
            real = [t for t in track.truths if t.kind is kind]
            own = [s for s in spans_there if s.kind is kind]
            made_up = [s for s in own if not any(iou(s, t) for t in real)]
            made_of.update(_beneath(span, track) for span in made_up)
            if track.scene in alarms:
                hours += SECONDS / 3600
                alarms[track.scene] += len(made_up)
                continue
            truths += len(real)
            spans += len(own)
            for least in counts:
                counts[least] += len(matched(real, own, least))
            pairs = matched(real, own, 0.3)
            onsets += [s.start - t.start for t, s in pairs]
            offsets += [s.end - t.end for t, s in pairs]
        result[kind.value] = {
            "truths": truths,
            "found": spans,
            "f1_50": f1(counts[0.5], truths, spans),
            "f1_30": f1(counts[0.3], truths, spans),
            "precision_50": share(counts[0.5], spans),
            "recall_50": share(counts[0.5], truths),
            "onset": _errors(onsets),
            "offset": _errors(offsets),
            "false_alarms": alarms,
            "false_alarms_per_hour": share(sum(alarms.values()), hours),
            "made_of": dict(made_of.most_common()),
        }
    return result


def _beneath(span: EventSpan, track: Track) -> str:
    """What there really was under a span that was made up."""
    others = sorted(((iou(span, t), t.kind.value) for t in track.truths), reverse=True)
    return others[0][1] if others and others[0][0] > 0 else f"only {track.scene}"


def share(part: float, whole: float) -> float | None:
    """A part of a whole; None of nothing."""
    return round(part / whole, 4) if whole else None


def f1(hits: int, truths: int, spans: int) -> float | None:
    """The harmonic mean of precision and recall; None of nothing."""
    return share(2 * hits, truths + spans)


def _errors(errors: Sequence[float]) -> dict[str, float] | None:
    """Median and 90 % of the absolute error, and the median with its sign, in seconds."""
    if not errors:
        return None
    size = np.abs(errors)
    return {
        "median": round(float(np.median(size)), 3),
        "p90": round(float(np.quantile(size, 0.9)), 3),
        "bias": round(float(np.median(errors)), 3),
    }


def table(result: dict[str, dict[str, Any]]) -> str:
    lines = [
        f"{'kind':9}{'truths':>7}{'found':>6}{'F1@.5':>7}{'F1@.3':>7}{'prec':>6}{'rec':>6}"
        f"{'onset med/90/bias':>21}{'offset med/90/bias':>21}{'alarms/h':>9}"
    ]
    for kind, row in result.items():
        cells = [
            f"{kind:9}{row['truths']:7}{row['found']:6}",
            *(_cell(row[key], 7) for key in ("f1_50", "f1_30")),
            *(_cell(row[key], 6) for key in ("precision_50", "recall_50")),
        ]
        for key in ("onset", "offset"):
            e = row[key]
            text = f"{e['median']:.2f}/{e['p90']:.2f}/{e['bias']:+.2f}" if e else "-"
            cells.append(f"{text:>21}")
        lines.append("".join(cells) + _cell(row["false_alarms_per_hour"], 9, 1))
    return "\n".join(lines)


def _cell(value: float | None, width: int, digits: int = 3) -> str:
    return f"{'-' if value is None else format(value, f'.{digits}f'):>{width}}"


def made_of_table(result: dict[str, dict[str, Any]], kinds: Sequence[EventKind]) -> str:
    """What the spans that were made up really were."""
    lines = []
    for kind in kinds:
        parts = [f"{n} x {what}" for what, n in result[kind.value]["made_of"].items()]
        lines.append(f"{kind.value} made up over: {', '.join(parts) or 'nothing'}")
    return "\n".join(lines)
