"""Recordings of a folder, with their truth: tracks with times, and clips with a label.

A track is a sound file with ``NAME.truth.json`` beside it: ``[{"kind", "start", "end"}, ...]``, in
seconds. Clips are listed in a ``manifest.json``: ``[{"file", "label"}, ...]``, paths relative to
it; a label is a kind's name in any case, or of what is none (``speech``, ``rain``). Both are looked
for in the folder and below it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tools.evaluate_events.score import f1, iou, matched, share
from tools.evaluate_events.tracks import Truth
from vidtag.core.records import EventKind, EventSpan
from vidtag.core.settings import Config, EventsConfig
from vidtag.listening.events.scan import Curves, EventScanner
from vidtag.listening.events.track import find_spans
from vidtag.listening.windows import Tagger, WindowModel
from vidtag.media.channels import stream_heard
from vidtag.media.probe import probe

TRUTH, MANIFEST = ".truth.json", "manifest.json"
CHEERING = frozenset({"cheer", "cheering"})
"""Labels of clips in which applause is no mistake."""


@dataclass(frozen=True)
class Recording:
    """A sound file; either its truths are known, or its label is."""

    path: Path
    truths: tuple[Truth, ...] = ()
    label: str | None = None

    @property
    def kind(self) -> EventKind | None:
        """The kind that its label names, if it is one."""
        return next((kind for kind in EventKind if kind.label == (self.label or "").lower()), None)


def recordings(folder: Path) -> list[Recording]:
    """All tracks and clips of a folder, in the order of their names."""
    found = [Recording(_sound(path), _truths(path)) for path in sorted(folder.rglob(f"*{TRUTH}"))]
    for manifest in sorted(folder.rglob(MANIFEST)):
        for row in json.loads(manifest.read_text(encoding="utf-8")):
            found.append(Recording(manifest.parent / row["file"], label=row["label"]))
    if not found:
        raise SystemExit(f"{folder}: neither a NAME{TRUTH} nor a {MANIFEST} is there")
    return found


def hear(
    recording: Recording, model: WindowModel, config: EventsConfig, tagger: Tagger | None
) -> Curves:
    """The curves of one recording, whose sound is taken as ``vidtag`` takes it."""
    scanner = EventScanner(model, config, tagger)
    for chunk in stream_heard(probe(recording.path), Config()):
        scanner.feed(chunk)
    return scanner.finish()


def evaluate_recordings(
    folder: Path, model: WindowModel, config: EventsConfig, tagger: Tagger | None
) -> dict[str, Any]:
    """Figures of a folder: of its tracks, and of its clips."""
    whole = recordings(folder)
    curves = [hear(one, model, config, tagger) for one in whole]
    found = [find_spans(c, config) for c in curves]
    seconds = [c.duration for c in curves]
    heard = list(zip(whole, found, seconds, strict=True))
    tracks = [row for row in heard if row[0].label is None]
    clips = [row for row in heard if row[0].label is not None]
    return {"tracks": track_figures(tracks), "clips": clip_figures(clips)}


Heard = Sequence[tuple[Recording, Sequence[EventSpan], float]]
"""Recordings, each with its spans and its length in seconds."""


def track_figures(heard: Heard) -> dict[str, dict[str, Any]]:
    """Per kind: F1, the median error of onsets, and false alarms an hour of all tracks."""
    figures: dict[str, dict[str, Any]] = {}
    hours = sum(seconds for _, _, seconds in heard) / 3600
    for kind in EventKind:
        truths = spans = alarms = 0
        hits = {0.5: 0, 0.3: 0}
        onsets: list[float] = []
        for recording, found, _ in heard:
            real = [t for t in recording.truths if t.kind is kind]
            own = [s for s in found if s.kind is kind]
            truths, spans = truths + len(real), spans + len(own)
            alarms += sum(not any(iou(s, t) for t in real) for s in own)
            for least in hits:
                hits[least] += len(matched(real, own, least))
            onsets += [abs(s.start - t.start) for t, s in matched(real, own, 0.3)]
        if truths or spans:
            figures[kind.value] = {
                "truths": truths,
                "found": spans,
                "f1_50": f1(hits[0.5], truths, spans),
                "f1_30": f1(hits[0.3], truths, spans),
                "onset": round(float(np.median(onsets)), 3) if onsets else None,
                "false_alarms_per_hour": share(alarms, hours),
            }
    return figures


def clip_figures(heard: Heard) -> dict[str, dict[str, Any]]:
    """Per kind: how many of its clips are found, in how many of the others it is made up, and F1.

    F1 is against clips whose label is no kind of event: coughs and laughs are often recorded
    together, and who cheers claps, so what is found in clips of other kinds, and applause in those
    of cheering, is counted apart, under ``in_other_kinds``.
    """
    figures: dict[str, dict[str, Any]] = {}
    for kind in EventKind:
        own = [spans for recording, spans, _ in heard if recording.kind is kind]
        found = sum(any(s.kind is kind for s in spans) for spans in own)
        made_up = Counter(
            recording.label
            for recording, spans, _ in heard
            if recording.kind is not kind and any(s.kind is kind for s in spans)
        )
        kinds = {other.label for other in EventKind}
        kinds |= CHEERING if kind is EventKind.APPLAUSE else set()
        false = sum(n for label, n in made_up.items() if (label or "").lower() not in kinds)
        if own or made_up:
            figures[kind.value] = {
                "clips": len(own),
                "found": found,
                "recall": share(found, len(own)),
                "f1": f1(found, len(own), found + false),
                "made_up": false,
                "in_other_kinds": sum(made_up.values()) - false,
                "made_of": dict(made_up.most_common()),
            }
    return figures


def lines(report: dict[str, Any]) -> Iterator[str]:
    """The report, for people."""
    for part, figures in report.items():
        for kind, row in figures.items():
            said = ", ".join(f"{name} {'-' if v is None else v}" for name, v in row.items())
            yield f"{part}: {kind:9} {said}"


def _sound(truth: Path) -> Path:
    stem = truth.name.removesuffix(TRUTH)
    beside = sorted(
        path for path in truth.parent.glob(f"{stem}.*") if path.suffix not in (".json", ".txt")
    )
    if not beside:
        raise SystemExit(f"{truth}: no sound file of that name is beside it")
    return beside[0]


def _truths(path: Path) -> tuple[Truth, ...]:
    rows = json.loads(path.read_text(encoding="utf-8"))
    return tuple(Truth(EventKind(row["kind"]), row["start"], row["end"]) for row in rows)
