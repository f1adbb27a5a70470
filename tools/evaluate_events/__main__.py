"""The command; see ``--help``."""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import time
from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from statistics import fmean
from typing import Any, TypeVar

import numpy as np

from tools.evaluate_events.alarms import alarms
from tools.evaluate_events.cost import cost
from tools.evaluate_events.recordings import evaluate_recordings, lines
from tools.evaluate_events.score import made_of_table, score, table
from tools.evaluate_events.tracks import REACTIONS, Mixer, Track, make_tracks, write_sample
from tools.evaluate_events.tune import tune, with_row
from vidtag.core.errors import VidtagError
from vidtag.core.records import EventKind
from vidtag.core.settings import Config, EventsConfig, load_config, parse_setting
from vidtag.listening.events.scan import Curves, EventScanner
from vidtag.listening.events.tagger import make_tagger
from vidtag.listening.events.track import find_spans

T = TypeVar("T")

COST_TRACKS = 3
"""Tracks of each scene on which the cost is counted: recognising all would take too long."""


def scenes(minutes: int, negatives: int, unfamiliar: int) -> list[str]:
    """Mixed tracks first; of the negatives half are speech and half music."""
    mixed = ["mixed"] * minutes
    empty = [("speech", "music")[i % 2] for i in range(negatives)]
    return mixed + empty + ["unfamiliar"] * unfamiliar


def listen(
    tracks: Sequence[Track], model: Any, config: EventsConfig, kept: Path | None
) -> tuple[list[Curves], float | None]:
    """Curves of all tracks, and CPU seconds spent per second of sound; None if they were kept."""
    if kept is not None and kept.exists():
        return list(pickle.loads(kept.read_bytes())), None
    tagger = make_tagger(config.tagger)
    curves = []
    began = time.process_time()
    for track in tracks:
        scanner = EventScanner(model, config, tagger)
        scanner.feed(track.audio.astype(np.float32) / np.float32(32768))
        curves.append(scanner.finish())
    spent = time.process_time() - began
    if kept is not None:
        kept.write_bytes(pickle.dumps(curves))
    return curves, spent / sum(c.duration for c in curves)


def those(
    tracks: Sequence[Track], results: Sequence[T], *, unfamiliar: bool
) -> tuple[list[Track], list[T]]:
    """The tracks whose sounds are made by unfamiliar methods, or all others, and their results."""
    chosen = [i for i, track in enumerate(tracks) if (track.scene == "unfamiliar") is unfamiliar]
    return [tracks[i] for i in chosen], [results[i] for i in chosen]


def kept_at(folder: Path | None, model: Any, seed: int, count: int, config: EventsConfig) -> Any:
    """File for the curves of these tracks by this model with these windows."""
    if folder is None:
        return None
    heard = config.model_dump(mode="json", include={"window", "hop", "fine_hop", "tagger"})
    windows = {kind.value: row.window for kind, row in config.wanted.items()}
    key = json.dumps([model.info.digest, seed, count, heard, windows])
    return folder / f"curves-{hashlib.sha256(key.encode()).hexdigest()[:16]}.pickle"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tools.evaluate_events",
        description="How well event spans are found in tracks that the model was not trained on.",
    )
    parser.add_argument("--model", default="pocket", help="as vidtag's --model")
    parser.add_argument("--minutes", type=int, default=30, help="of mixed tracks of each seed")
    parser.add_argument(
        "--negatives", type=int, default=60,
        help="minutes of speech and music without events, of each seed",
    )  # fmt: skip
    parser.add_argument(
        "--unfamiliar", type=int, default=10,
        help="minutes whose laughter and applause are made by methods that training never used",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=int, nargs="+", default=[7001], help="of the tracks reported on"
    )
    parser.add_argument("--work", type=Path, help="folder that keeps tracks and curves")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    parser.add_argument(
        "--tune", nargs="*", metavar="KIND", help="search these kinds' settings (all, if none)"
    )
    parser.add_argument(
        "--tuning-seed", type=int, nargs="+", default=[9001], help="of the tracks tuned on"
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    parser.add_argument("--no-cost", action="store_true", help="do not count against recognition")
    parser.add_argument(
        "--sample", type=Path, help="only write one mixed track of this seed here, with its truth"
    )
    parser.add_argument(
        "--folder", type=Path,
        help="measure on the recordings of this folder (NAME.truth.json beside sound files, clips "
        "in a manifest.json) instead of made tracks",
    )  # fmt: skip
    parser.add_argument(
        "--alarms", type=int, metavar="COUNT",
        help="only count what is made of so many sounds of each class of hard negatives",
    )  # fmt: skip
    arguments = parser.parse_args()
    if arguments.folder or arguments.alarms:
        report = evaluate_folder(arguments) if arguments.folder else evaluate_alarms(arguments)
        print("\n".join(lines(report)))
        if arguments.out:
            arguments.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        return
    if arguments.sample:
        write_sample(Mixer(arguments.seed[0]).track("mixed"), arguments.sample)
        return
    if arguments.tune is not None and set(arguments.seed) & set(arguments.tuning_seed):
        parser.error("--seed and --tuning-seed must differ: no figure on what was tuned on")
    report = evaluate(arguments)
    if arguments.out:
        arguments.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def evaluate_folder(arguments: argparse.Namespace) -> dict[str, Any]:
    """Figures of real recordings."""
    settings, model, config = load(arguments)
    tagger = make_tagger(settings.events.tagger)
    return evaluate_recordings(arguments.folder, model, config, tagger)


def evaluate_alarms(arguments: argparse.Namespace) -> dict[str, Any]:
    """Figures of sounds that are no event."""
    settings, model, config = load(arguments)
    tagger = make_tagger(settings.events.tagger)
    return {"alarms": alarms(model, config, tagger, arguments.alarms, arguments.seed[0])}


def load(arguments: argparse.Namespace) -> tuple[Config, Any, EventsConfig]:
    """Settings, the model, and the event settings that act."""
    from vidtag.listening.speech.sensevoice import SenseVoice

    settings: Config = load_config(
        None, {"model.name": arguments.model}, *map(parse_setting, arguments.settings)
    )
    model = SenseVoice.load(settings.model)
    return settings, model, settings.events.with_calibration(model.facts.calibration)


def evaluate(arguments: argparse.Namespace) -> dict[str, Any]:
    settings, model, config = load(arguments)
    wanted = scenes(arguments.minutes, arguments.negatives, arguments.unfamiliar)

    def hear(seeds: Sequence[int]) -> tuple[list[Track], list[Curves], list[float | None]]:
        parts = []
        for seed in seeds:
            tracks = make_tracks(seed, wanted, arguments.work)
            kept = kept_at(arguments.work, model, seed, len(tracks), config)
            parts.append((tracks, *listen(tracks, model, config, kept)))
        every, curves, spent = zip(*parts, strict=True)
        return list(chain(*every)), list(chain(*curves)), list(spent)

    if arguments.tune is not None:
        tracks, curves, _ = hear(arguments.tuning_seed)
        for kind in [EventKind(name) for name in arguments.tune] or list(config.wanted):
            row = tune(kind, *those(tracks, curves, unfamiliar=False), config)
            config = with_row(config, kind, row)
            print(f"tuned {kind.value}: {asdict(row)}", flush=True)
    tracks, curves, spent = hear(arguments.seed)
    found = [find_spans(c, config) for c in curves]
    result = score(*those(tracks, found, unfamiliar=False))
    strange = score(*those(tracks, found, unfamiliar=True), REACTIONS)
    seconds = None if None in spent else fmean(s for s in spent if s is not None)
    measured = sum(c.measured for c in curves) / sum(c.duration for c in curves)
    print(table(result))
    print(made_of_table(result, REACTIONS))
    if arguments.unfamiliar:
        print(f"made by methods never trained on:\n{table(strange)}")
    print(f"{measured:.2f} windows per second of sound", end="")
    print(f"; {seconds * 1000:.1f} ms of CPU for each" if seconds else "")
    costs = {}
    if not arguments.no_cost:
        tagger = make_tagger(config.tagger)
        for scene in dict.fromkeys(wanted):
            some = [t for t in tracks if t.scene == scene][:COST_TRACKS]
            costs[scene] = cost(some, model, settings.model_copy(update={"events": config}), tagger)
            print(f"cost, {scene}: {costs[scene]}", flush=True)
    return {
        "model": model.info.digest,
        "minutes": arguments.minutes,
        "negatives": arguments.negatives,
        "seeds": arguments.seed,
        "windows_per_second": round(measured, 3),
        "cpu_per_second": seconds and round(seconds, 5),
        "cost": costs,
        "settings": config.model_dump(mode="json"),
        "kinds": result,
        "unfamiliar": strange,
    }


if __name__ == "__main__":
    try:
        main()
    except VidtagError as error:
        raise SystemExit(f"error: {error}") from None
