"""How long a search over many documents takes, against a script that reads their JSON.

python benchmarks/find.py [documents] [minutes]

Makes documents of so many minutes of talk each, with a laugh a minute; indexes them; then runs
searches in alternation with the script, which has only one question built in: laughter > 3 s.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from vidtag import files
from vidtag.core import document as documents
from vidtag.core.media_streams import Media
from vidtag.core.origins import ModelInfo
from vidtag.core.records import (
    Document,
    Emotion,
    EventKind,
    EventSpan,
    Language,
    Segment,
    Word,
    join_words,
)
from vidtag.find.search import find

ROUNDS = 5
QUERIES = (
    "laughter>3s",
    "applause within 2s of laughter",
    "emotion:angry and p>0.8",
    '"parrot" language:en',
)
TEXT = "the boat was never really ours to sell so I asked my uncle about some money"
WORDS = [*TEXT.split() * 8, "parrot"]


def talk(name: str, minutes: int, chance: random.Random) -> Document:
    segments, events = [], []
    for minute in range(minutes):
        for start in (60.0 * minute, 60.0 * minute + 14, 60.0 * minute + 28):
            words = tuple(
                Word(
                    chance.choice(WORDS) + ("." if n % 9 == 8 else ""),
                    start + n * 0.35,
                    start + n * 0.35 + 0.3,
                    0.9,
                    n > 0,
                )
                for n in range(36)
            )
            segments.append(
                Segment(
                    start,
                    words[-1].end,
                    join_words(words),
                    words,
                    chance.choice([Language.EN, Language.ZH]),
                    0.95,
                    chance.choice([Emotion.NEUTRAL, Emotion.HAPPY, Emotion.ANGRY]),
                    chance.random(),
                )
            )
        begin = 60.0 * minute + 45
        end = begin + chance.uniform(0.5, 5)
        events.append(EventSpan(EventKind.LAUGHTER, begin, end, chance.random(), 0.5))
        if chance.random() < 0.2:
            events.append(EventSpan(EventKind.APPLAUSE, end + 1, end + 4, 0.9, 0.8))
    return Document(
        Media(f"/videos/{name}.mp4", "mp4", 60.0 * minutes, None, (), name),
        ModelInfo("pocket", "bundled", None, 1, "0"),
        {},
        tuple(segments),
        tuple(events),
    )


def script(folder: Path) -> int:
    found = 0
    for path in folder.rglob("*.vidtag.json"):
        events = json.loads(path.read_bytes())["events"]
        found += sum(e["kind"] == "Laughter" and e["end"] - e["start"] > 3 for e in events)
    return found


def timed(job: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = job()
    return time.perf_counter() - began, result


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    minutes = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with tempfile.TemporaryDirectory() as name:
        folder, index = Path(name) / "library", Path(name) / "index.sqlite3"
        chance = random.Random(1)
        for number in range(count):
            target = folder / f"{number:05d}.vidtag" / f"{number:05d}.vidtag.json"
            files.write_text(target, documents.to_json(talk(f"{number:05d}", minutes, chance)))
        size = sum(path.stat().st_size for path in folder.rglob("*.json")) / 1e6
        print(f"{count} documents of {minutes} min, {size:.0f} MB")
        first, _ = timed(lambda: find(QUERIES[0], [folder], index=index))
        print(f"first search, with indexing: {first:.1f} s ({index.stat().st_size / 1e6:.0f} MB)")
        scripts = []
        searches: dict[str, list[float]] = {query: [] for query in QUERIES}
        for _ in range(ROUNDS):
            seconds, wanted = timed(lambda: script(folder))
            scripts.append(seconds)
            for query in QUERIES:
                seconds, found = timed(partial(find, query, [folder], index=index))
                searches[query].append(seconds)
                if query == QUERIES[0]:
                    assert len(found.matches) == wanted, (len(found.matches), wanted)
        reading = statistics.median(scripts)
        print(f"script that reads the JSON: {reading * 1000:.0f} ms")
        for query, times in searches.items():
            middle = statistics.median(times)
            print(f"{query}: {middle * 1000:.0f} ms, {reading / middle:.0f} times faster")


if __name__ == "__main__":
    main()
