"""What answers do (``vidtag events label``): events of shows before and after some are given.

``python -m tools.evaluate_events.answers --clips FOLDER --set events.tagger.model=yamnet.tflite``
mixes shows of recorded clips (``mixes``), asks about tracks of one half of the clips, answers from
the truth as whoever listens would, and judges on tracks of the other half; recordings with truth in
the folder are judged as well, by what was learnt of the first show. With ``--made`` it does the
same on synthetic tracks.

The answers are made here, of truths alone: this shares nothing with what is learnt from them.
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tools.evaluate_events.mixes import SHOWS, ShowMixer, halves
from tools.evaluate_events.recordings import Recording, hear, recordings, track_figures
from tools.evaluate_events.tracks import Truth, make_tracks
from vidtag.core.errors import VidtagError
from vidtag.core.records import EventKind
from vidtag.core.settings import (
    Config,
    EventsConfig,
    ListenerConfig,
    TunedEventsConfig,
    load_config,
    parse_setting,
)
from vidtag.listening.events.doubt import Candidate, candidates, most_doubtful
from vidtag.listening.events.scan import Curves, EventScanner
from vidtag.listening.events.tagger import make_tagger
from vidtag.listening.events.track import find_spans
from vidtag.listening.events.tuning import Answered, fit, tuned, untuned
from vidtag.listening.speech.sensevoice import SenseVoice

SECONDS = 240.0
"""Length of a mixed track."""
KINDS = (EventKind.LAUGHTER, EventKind.APPLAUSE, EventKind.COUGH)
_NOBODY = ListenerConfig(name="measured", digest="")


@dataclass(frozen=True)
class Heard:
    """A track: what is in it, and what was heard."""

    truths: tuple[Truth, ...]
    curves: Curves


def says_yes(span: Candidate, truths: Sequence[Truth]) -> bool:
    """What somebody answers who hears a span: yes if such a sound is in it, and fills half of the
    span or has half of itself there; of an end, if it goes on for half of that.
    """
    for truth in truths:
        common = min(span.end, truth.end) - max(span.start, truth.start)
        own, whole = span.end - span.start, truth.end - truth.start
        least = own if span.part == "end" else min(own, whole)
        if truth.kind is span.kind and common >= least / 2:
            return True
    return False


def learn(
    tracks: Sequence[Heard], config: EventsConfig, count: int
) -> tuple[TunedEventsConfig, int]:
    """What so many answers teach, and how many could be given."""
    every = [
        (one, says_yes(one, track.truths))
        for track in tracks
        for one in candidates(track.curves, config)
        if one.kind in KINDS
    ]
    asked = most_doubtful([one for one, _ in every], config, count)
    said = {id(one): yes for one, yes in every}
    answers = [Answered(a.kind, a.part, a.strength, said[id(a)]) for a in asked]
    learnt = TunedEventsConfig(model=_NOBODY, kinds=fit(answers, untuned(config)))
    return learnt, len(answers)


def figures(tracks: Sequence[Heard], config: EventsConfig) -> dict[str, dict[str, Any]]:
    """F1 and false alarms by kind."""
    rows = [
        (Recording(Path(), t.truths), find_spans(t.curves, config), t.curves.duration)
        for t in tracks
    ]
    found = track_figures(rows)
    return {kind.value: found[kind.value] for kind in KINDS if kind.value in found}


def line(figures: dict[str, dict[str, Any]]) -> str:
    """Figures as a table's cells."""
    return " | ".join(
        f"{row['f1_50'] or 0:.2f} / {row['f1_30'] or 0:.2f}, {row['false_alarms_per_hour']:.0f}"
        for row in figures.values()
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tools.evaluate_events.answers",
        description="What a user's answers do for the events of a show.",
    )
    parser.add_argument("--clips", type=Path, help="folder of clips and recordings")
    parser.add_argument("--made", action="store_true", help="synthetic tracks instead")
    parser.add_argument("--show", nargs="+", default=list(SHOWS), choices=list(SHOWS))
    parser.add_argument("--learn", type=int, default=5, help="tracks to ask about")
    parser.add_argument("--judge", type=int, default=6, help="tracks to judge on")
    parser.add_argument("--counts", type=int, nargs="+", default=[5, 20, 50], help="answers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, help="folder that keeps what was heard")
    parser.add_argument("--model", default="pocket", help="as vidtag's --model")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    arguments = parser.parse_args()
    if not arguments.made and arguments.clips is None:
        parser.error("give --clips FOLDER, or --made")
    report = evaluate(arguments)
    if arguments.out:
        arguments.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def evaluate(arguments: argparse.Namespace) -> dict[str, Any]:
    settings: Config = load_config(
        None, {"model.name": arguments.model}, *map(parse_setting, arguments.settings)
    )
    model = SenseVoice.load(settings.model)
    calibration = model.facts.calibration
    config = settings.events.with_calibration(calibration)
    tagger = make_tagger(config.tagger)

    def scan(sound: Any, truths: tuple[Truth, ...]) -> Heard:
        scanner = EventScanner(model, config, tagger)
        scanner.feed(sound)
        return Heard(truths, scanner.finish())

    def kept(name: str, make: Callable[[], list[Heard]]) -> list[Heard]:
        if arguments.work is None:
            return make()
        beside = "alone" if tagger is None else "tagger"
        file = arguments.work / f"{model.info.digest}-{beside}-{arguments.seed}-{name}.pickle"
        if not file.exists():
            file.write_bytes(pickle.dumps(make()))
        found: list[Heard] = pickle.loads(file.read_bytes())
        return found

    def mixed(show: str, part: int, count: int) -> list[Heard]:
        clips = halves([one for one in recordings(arguments.clips) if one.label])[part]
        mixer = ShowMixer(SHOWS[show], clips, 2 * arguments.seed + part)
        return [scan(*mixer.track(SECONDS)) for _ in range(count)]

    def made(seed: int, count: int) -> list[Heard]:
        tracks = make_tracks(seed, ["mixed"] * count, arguments.work)
        scale = np.float32(1 / 32768)
        return [scan(track.audio.astype(np.float32) * scale, track.truths) for track in tracks]

    shows: dict[str, tuple[list[Heard], dict[str, list[Heard]]]] = {}
    if arguments.made:
        learnt_of = kept(f"made-0-{arguments.learn}", lambda: made(9001, 4 * arguments.learn))
        shows["made"] = (
            learnt_of,
            {"made": kept(f"made-1-{arguments.judge}", lambda: made(7001, 4 * arguments.judge))},
        )
    else:
        tracks = [one for one in recordings(arguments.clips) if one.truths]
        real = kept(
            "recorded",
            lambda: [Heard(one.truths, hear(one, model, config, tagger)) for one in tracks],
        )
        for show in arguments.show:
            learnt_of = kept(
                f"{show}-0-{arguments.learn}", partial(mixed, show, 0, arguments.learn)
            )
            judged = {
                show: kept(f"{show}-1-{arguments.judge}", partial(mixed, show, 1, arguments.judge))
            }
            if real and not shows:
                judged["recorded"] = real
            shows[show] = learnt_of, judged
    report: dict[str, Any] = {}
    print("F1 at IoU 0.5 / 0.3, false alarms an hour")
    print(f"show, answers | {' | '.join(kind.value for kind in KINDS)}")
    for learnt_of, judged in shows.values():
        for count in (0, *arguments.counts):
            learnt, given = learn(learnt_of, config, count)
            after = tuned(settings.events.model_copy(update={"tuned": learnt}))
            for name, there in judged.items():
                row = figures(there, after.with_calibration(calibration))
                report[f"{name} {count}"] = {"figures": row, "answers": given}
                report[f"{name} {count}"]["learnt"] = learnt.model_dump(mode="json")["kinds"]
                print(f"{name}, {given} | {line(row)}", flush=True)
    return report


if __name__ == "__main__":
    try:
        main()
    except VidtagError as error:
        raise SystemExit(f"error: {error}") from None
