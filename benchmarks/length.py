"""Time and memory against the length of the recording, each length in a process of its own.

    python benchmarks/length.py [--minutes 10 60 240 600] [--kind silence] [--full-size]

With the pocket model, whose own share is small, so that whatever grows with the length shows; or
with a network of SenseVoiceSmall's size and random weights, which is what a user's machine has to
hold, though these say eight times as many words as a speaker does.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))


def measure(path: Path, full_size: bool, events: bool = True) -> tuple[float, float, int]:
    """Seconds that listening takes, highest resident memory of the process in MB, and words.

    Args:
        events: listen for events, too.
    """
    from vidtag.core.document import to_json
    from vidtag.core.records import EventKind
    from vidtag.core.settings import Config, ModelConfig
    from vidtag.listening.run import listen
    from vidtag.listening.speech.sensevoice import SenseVoice
    from vidtag.media.probe import probe

    if full_size:
        config = Config(model=ModelConfig(language="en"))
        from benchmarks.random_model import random_model

        model = random_model()
    else:
        config = Config(model=ModelConfig(name="pocket"))
        model = SenseVoice.load(config.model)
    if not events:
        config = config.with_values({f"events.kinds.{kind.value}": None for kind in EventKind})
    began = time.perf_counter()
    document = listen(probe(path), config, model)
    to_json(document)
    took = time.perf_counter() - began
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, len(document.words)


def main() -> None:
    from benchmarks import sound

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, nargs="+", default=[10, 60, 240, 600])
    parser.add_argument("--kind", choices=sound.KINDS, default="speech")
    parser.add_argument("--no-events", action="store_true", help="all kinds of events off")
    parser.add_argument("--full-size", action="store_true")
    options = parser.parse_args()
    first: tuple[float, float] | None = None
    processes = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        for minutes in options.minutes:
            path = sound.make(Path(name), 60 * minutes, options.kind)
            with processes.Pool(1) as pool:
                took, memory, words = pool.apply(
                    measure, (path, options.full_size, not options.no_events)
                )
            each = took / minutes
            first = first or (each, memory)
            print(
                f"{minutes:5.0f} min: {60 / each:5.0f} x real time ({each / first[0]:.2f} of the "
                f"first per minute), {memory:5.0f} MB ({memory / first[1]:.2f} of the first), "
                f"{words} words",
                flush=True,
            )


if __name__ == "__main__":
    main()
