"""Shot changes found in made-up films: how many are right, and how fast, against PySceneDetect.

python benchmarks/shots.py [FILMS]     (pip install scenedetect opencv-python-headless to compare)
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from tools.film import Film, make_film
from vidtag.media.probe import probe
from vidtag.media.shots import shot_changes

RATES = (Fraction(25), Fraction(24000, 1001), Fraction(30), Fraction(60))


def ours(film: Film) -> list[int]:
    return [round(seconds * film.rate) for seconds in shot_changes(probe(film.path))]


def peers() -> dict[str, Callable[[Film], list[int]]]:
    try:
        from scenedetect import AdaptiveDetector, ContentDetector, detect
    except ImportError:
        return {}

    def with_(detector: Callable[[], object]) -> Callable[[Film], list[int]]:
        return lambda film: [scene[0].frame_num for scene in detect(str(film.path), detector())[1:]]

    return {
        "PySceneDetect, adaptive": with_(AdaptiveDetector),
        "PySceneDetect, adaptive, shots of any length": with_(
            lambda: AdaptiveDetector(min_scene_len=1)
        ),
        "PySceneDetect, content": with_(ContentDetector),
    }


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    with tempfile.TemporaryDirectory() as folder:
        films = [
            make_film(Path(folder, f"{seed}.mp4"), 16, 100 + seed, rate=RATES[seed % len(RATES)])
            for seed in range(count)
        ]
        cuts, lures = sum(len(f.cuts) for f in films), sum(len(f.lures) for f in films)
        print(f"{count} films, {cuts} cuts, {lures} things that are not cuts")
        for name, find in {"vidtag": ours, **peers()}.items():
            began = time.perf_counter()
            found = [find(film) for film in films]
            took = time.perf_counter() - began
            right = sum(
                len(set(numbers) & set(film.cuts))
                for numbers, film in zip(found, films, strict=True)
            )
            claimed = sum(map(len, found))
            f1 = 2 * right / (claimed + cuts)
            print(
                f"{name}: F1 {f1:.3f} ({right} right to the frame, {claimed - right} wrong, "
                f"{cuts - right} missed), {took:.1f} s"
            )


if __name__ == "__main__":
    main()
