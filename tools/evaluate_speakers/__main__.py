"""``python -m tools.evaluate_speakers``: a table of diarisation error rates."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tools.evaluate_speakers.der import Turn, errors
from tools.evaluate_speakers.material import Case, conversation, read_people, with_rttm
from tools.evaluate_speakers.synthetic import talk
from tools.evaluate_speakers.words import words_right
from vidtag.core.settings import Config
from vidtag.listening.speakers.finder import SpeakerFinder
from vidtag.media.samples import SAMPLE_RATE


def cases(options: argparse.Namespace) -> Iterator[Case]:
    if options.rttm:
        yield from with_rttm(options.rttm)
    if options.people:
        people = read_people(options.people)
        for count in options.counts:
            for seed in range(options.seeds):
                yield conversation(people, count, 100 * count + seed)
    if options.synthetic:
        for count in options.counts:
            for seed in range(options.seeds):
                yield talk(count, 100 * count + seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rttm", type=Path, help="folder of recordings and RTTM files")
    parser.add_argument("--people", type=Path, help="folder with a folder, or a file, per person")
    parser.add_argument("--synthetic", action="store_true", help="talks of synthetic voices")
    parser.add_argument("--counts", type=int, nargs="+", default=[2, 3, 4])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--speakers", default="auto")
    options = parser.parse_args()
    config = Config().with_values({"speakers.count": options.speakers})
    rates, words, miscounted = [], [], []
    print(
        f"{'':24}{'people':>10}{'DER 0.25':>10}{'DER 0':>8}{'miss':>7}{'false':>7}{'conf':>7}"
        f"{'words':>8}"
    )
    for case in cases(options):
        began = time.process_time()
        finder = SpeakerFinder(config)
        for start in range(0, len(case.sound), 60 * SAMPLE_RATE):
            finder.feed(case.sound[start : start + 60 * SAMPLE_RATE])
        turns = finder.finish()
        found = [Turn(turn.speaker, turn.start, turn.end) for turn in turns]
        cost = (time.process_time() - began) / (len(case.sound) / SAMPLE_RATE)
        lenient, strict = errors(case.truth, found, 0.25), errors(case.truth, found)
        people = len({turn.speaker for turn in case.truth}), len({turn.speaker for turn in found})
        shares = [
            part / max(lenient.total, 0.01)
            for part in (lenient.missed, lenient.false_alarm, lenient.confusion)
        ]
        print(
            f"{case.name:24}{people[0]:>6} {people[1]:>3}{lenient.rate:>10.1%}{strict.rate:>8.1%}"
            + "".join(f"{share:>7.1%}" for share in shares)
            + f"{words_right(case.truth, turns):>8.1%}  {cost:.4f} s of one core per second",
            flush=True,
        )
        rates.append(lenient.rate)
        words.append(words_right(case.truth, turns))
        miscounted.append(abs(people[0] - people[1]))
    if rates:
        print(
            f"mean of {len(rates)}: DER at collar 0.25 {np.mean(rates):.1%}, "
            f"words {np.mean(words):.1%}; number right in {miscounted.count(0)}, "
            f"off by {np.mean(miscounted):.2f}"
        )


if __name__ == "__main__":
    main()
