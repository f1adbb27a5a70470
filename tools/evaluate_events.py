"""How well event spans are found, on mixed tracks that the pocket model never heard.

    python -m tools.evaluate_events --minutes 30 --out events.json

Speech is said by voices that training never used, with sentences it never used; sounds come from
seeds, and for laughter and applause also from whole methods of synthesis, that it never used.
They are mixed into one-minute tracks as a recording would have them: in the pauses, over speech,
over each other, over music, in rooms, at many levels. Some tracks hold only speech or only music;
every laugh or applause found there is a false alarm.

A truth is where a sound itself is audible (within 25 dB of its loudest 10 ms), not where its
samples were laid down, and truths of one kind that overlap or are closer than half a second are
one, as for a listener. Needs espeak-ng and the other synthesisers that ``tools/pocket`` names.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import random
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, fftconvolve, sosfilt

from tools.pocket import grammar, sounds, voices
from vidtag.config import EventsConfig, ModelConfig
from vidtag.events.scan import Curves, EventScanner
from vidtag.events.track import find_spans
from vidtag.media.ffmpeg import file_url, run
from vidtag.types import SAMPLE_RATE, EventKind, EventSpan

Audio = npt.NDArray[np.float32]
SECONDS = 60
REACTIONS = (EventKind.LAUGHTER, EventKind.APPLAUSE)
SHORT = (EventKind.COUGH, EventKind.SNEEZE, EventKind.CRY, EventKind.BREATH)
AUDIBLE_DB = 25.0
SAME = 0.5


@dataclass(frozen=True)
class Truth:
    kind: EventKind
    start: float
    end: float
    method: str = ""


@dataclass(frozen=True)
class Track:
    """One minute. ``scene`` is ``mixed``, ``speech`` or ``music``."""

    scene: str
    audio: npt.NDArray[np.int16]
    truths: tuple[Truth, ...]


class Mixer:
    """Makes tracks; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.noise = np.random.default_rng(seed)

    def track(self, scene: str) -> Track:
        audio = np.zeros(SECONDS * SAMPLE_RATE, np.float32)
        truths: list[Truth] = []
        if scene == "music":
            self._music(audio, truths, 0.0, SECONDS, self.rng.uniform(0.05, 0.12))
        else:
            if self.rng.random() < 0.25:
                start = self.rng.uniform(0, 30)
                length = self.rng.uniform(12, 30)
                self._music(audio, truths, start, length, self.rng.uniform(0.006, 0.03))
            self._talk(audio, truths, events=scene == "mixed")
        audio = self._record(audio)
        return Track(scene, np.round(audio * 32767).astype(np.int16), _joined(truths))

    def _talk(self, audio: Audio, truths: list[Truth], events: bool) -> None:
        """Speech, pauses and what the audience and the speaker make besides."""
        rng = self.rng
        language = rng.choice(grammar.LANGUAGES)
        voice = _voice(rng, language)
        at = rng.uniform(0, 1)
        while at < SECONDS - 3:
            if rng.random() < 0.2:
                language = rng.choice(grammar.LANGUAGES)
                voice = _voice(rng, language)
            said = self._say(language, voice)
            begin, at = at, at + _lay(audio, said, at)
            if not events or rng.random() < 0.45:
                at += rng.uniform(0.1, 1.2)
                if not events and rng.random() < 0.15:
                    noise = self._hard_negative()
                    _lay(audio, noise, at - rng.uniform(0, 1.5))
                    at += rng.uniform(0.0, 1.0)
                continue
            if rng.random() < 0.6:
                kind = rng.choice(REACTIONS)
                if rng.random() < 0.25:  # under the speech itself, quieter than it or louder
                    onset = rng.uniform(begin, max(begin, at - 1.0))
                    self._event(audio, truths, kind, onset, rng.uniform(0.04, 0.12))
                    at += rng.uniform(0.1, 1.0)
                    continue
                onset = at + rng.uniform(-0.2, 0.5)
                length = self._event(audio, truths, kind, onset, rng.uniform(0.04, 0.15))
                if rng.random() < 0.15:  # the other half of the audience
                    other = REACTIONS[1 - REACTIONS.index(kind)]
                    later = onset + rng.uniform(0.3, 0.7) * length
                    length = max(
                        length,
                        later - onset + self._event(audio, truths, other, later, 0.08),
                    )
                at = onset + length + rng.uniform(-0.2, 0.6)
            else:
                onset = at + rng.uniform(0.05, 0.4)
                length = self._event(
                    audio, truths, rng.choice(SHORT), onset, rng.uniform(0.03, 0.1)
                )
                at = onset + length + rng.uniform(0.1, 0.8)

    def _say(self, language: str, voice: voices.Voice) -> Audio:
        rng = self.rng
        delivery = voices.prosody(rng, rng.choice(voices.EMOTIONS))
        for _ in range(5):
            try:
                sentence = grammar.sample(rng, language, "heldout")
                return voices.speak(sentence, voice, delivery, accent=rng.randrange(4)).audio
            except RuntimeError:
                continue
        raise RuntimeError(f"{voice} says nothing")

    def _event(
        self, audio: Audio, truths: list[Truth], kind: EventKind, at: float, level: float
    ) -> float:
        """Lay an event down; gives its length in seconds."""
        split: sounds.Split = "heldout" if self.rng.random() < 0.5 else "test"
        sound = sounds.make(kind.value, self.noise, None, split)
        method = "heldout" if split == "heldout" and kind.value in sounds.HELDOUT else "known"
        at = max(0.0, at)
        sound = _at_level(sound, level)
        room = len(audio) - round(at * SAMPLE_RATE)
        if room < SAMPLE_RATE // 2:
            return 0.0
        sound = sound[:room]
        _lay(audio, sound, at)
        first, last = _audible(sound)
        truths.append(Truth(kind, at + first, at + last, method))
        return len(sound) / SAMPLE_RATE

    def _music(
        self, audio: Audio, truths: list[Truth], at: float, length: float, level: float
    ) -> None:
        begin = at
        while at < begin + length and at < SECONDS:
            sound = sounds.make("BGM", self.noise, self.rng.uniform(4, 15), "test")
            sound = sound[: round((SECONDS - at) * SAMPLE_RATE)]
            _lay(audio, _at_level(sound, level), at)
            at += len(sound) / SAMPLE_RATE
        truths.append(Truth(EventKind.BGM, begin, min(at, SECONDS)))

    def _hard_negative(self) -> Audio:
        sound = sounds.negative(self.noise, self.rng.uniform(0.5, 3.0))
        return _at_level(sound, self.rng.uniform(0.02, 0.08))

    def _record(self, audio: Audio) -> Audio:
        """A room, a band, background noise and a level."""
        rng = self.rng
        if rng.random() < 0.4:
            seconds = rng.uniform(0.15, 0.6)
            n = round(seconds * SAMPLE_RATE)
            tail = self.noise.normal(size=n) * np.exp(-6.9 * np.arange(n) / n)
            tail *= rng.uniform(0.02, 0.08)
            tail[0] = 1.0
            audio = fftconvolve(audio, tail)[: len(audio)].astype(np.float32)
        if rng.random() < 0.15:
            band = [rng.uniform(80, 300), rng.uniform(3500, 7000)]
            audio = sosfilt(butter(2, band, "band", fs=SAMPLE_RATE, output="sos"), audio)
        audio = audio / (np.abs(audio).max() + 1e-9) * 10 ** (rng.uniform(-15, -1) / 20)
        hiss = self.noise.normal(size=len(audio))
        if rng.random() < 0.5:
            hiss = sosfilt(butter(1, rng.uniform(200, 2000), fs=SAMPLE_RATE, output="sos"), hiss)
        rms = float(np.sqrt(np.mean(np.square(audio))))
        hiss *= rms / np.sqrt(np.mean(np.square(hiss))) * 10 ** (-rng.uniform(18, 45) / 20)
        return np.clip(audio + hiss, -1, 1).astype(np.float32)


# ---------------------------------------------------------------- helpers of the mixer


def _voice(rng: random.Random, language: str) -> voices.Voice:
    """A voice held out of training, of those that run inside this process."""
    return rng.choice([v for v in voices.voices("heldout", language) if v.family != "festival"])


def _lay(audio: Audio, sound: Audio, at: float) -> float:
    """Add a sound; gives its length in seconds."""
    first = max(0, round(at * SAMPLE_RATE))
    part = sound[: max(0, len(audio) - first)]
    audio[first : first + len(part)] += part
    return len(sound) / SAMPLE_RATE


def _at_level(sound: Audio, rms: float) -> Audio:
    own = float(np.sqrt(np.mean(np.square(sound)))) + 1e-9
    return (sound * (rms / own)).astype(np.float32)


def _audible(sound: Audio) -> tuple[float, float]:
    """Seconds at which a sound by itself becomes and ceases to be audible."""
    hop = SAMPLE_RATE // 100
    power = np.square(sound[: len(sound) // hop * hop].reshape(-1, hop)).mean(axis=1)
    loud = np.flatnonzero(power >= power.max() * 10 ** (-AUDIBLE_DB / 10))
    return float(loud[0]) * hop / SAMPLE_RATE, float(loud[-1] + 1) * hop / SAMPLE_RATE


def _joined(truths: Iterable[Truth]) -> tuple[Truth, ...]:
    joined: list[Truth] = []
    for truth in sorted(truths, key=lambda t: (t.kind, t.start)):
        last = joined[-1] if joined else None
        if last and last.kind is truth.kind and truth.start - last.end < SAME:
            joined[-1] = Truth(last.kind, last.start, max(last.end, truth.end), last.method)
        else:
            joined.append(truth)
    return tuple(sorted(joined, key=lambda t: t.start))


# ---------------------------------------------------------------- scoring


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


def score(tracks: Sequence[Track], found: Sequence[Sequence[EventSpan]]) -> dict[str, object]:
    """Figures per kind; rates over the mixed tracks, false alarms over the others."""
    result: dict[str, object] = {}
    for kind in EventKind:
        counts = {0.5: 0, 0.3: 0}
        truths = spans = 0
        onsets: list[float] = []
        offsets: list[float] = []
        missed: dict[str, list[int]] = {}
        alarms = {"speech": 0, "music": 0}
        hours = {"speech": 0.0, "music": 0.0}
        for track, heard in zip(tracks, found, strict=True):
            real = [t for t in track.truths if t.kind is kind]
            own = [s for s in heard if s.kind is kind]
            if track.scene in alarms:
                hours[track.scene] += SECONDS / 3600
                alarms[track.scene] += sum(not any(iou(s, t) for t in real) for s in own)
                continue
            truths += len(real)
            spans += len(own)
            for least in counts:
                counts[least] += len(matched(real, own, least))
            pairs = matched(real, own, 0.3)
            onsets += [s.start - t.start for t, s in pairs]
            offsets += [s.end - t.end for t, s in pairs]
            hit = {id(t) for t, _ in matched(real, own, 0.5)}
            for t in real:
                row = missed.setdefault(t.method, [0, 0])
                row[0] += id(t) in hit
                row[1] += 1
        result[kind.value] = {
            "truths": truths,
            "found": spans,
            "f1_50": _f1(counts[0.5], truths, spans),
            "f1_30": _f1(counts[0.3], truths, spans),
            "precision_50": _share(counts[0.5], spans),
            "recall_50": _share(counts[0.5], truths),
            "onset": _errors(onsets),
            "offset": _errors(offsets),
            "recall_50_by_method": {m: [round(h / n, 3), n] for m, (h, n) in missed.items()},
            "false_alarms": alarms,
            "false_alarms_per_hour": _share(sum(alarms.values()), sum(hours.values())),
        }
    return result


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _f1(hits: int, truths: int, spans: int) -> float | None:
    return _share(2 * hits, truths + spans)


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


def table(result: dict[str, object]) -> str:
    lines = [
        f"{'kind':9}{'truths':>7}{'found':>6}{'F1@.5':>7}{'F1@.3':>7}{'prec':>6}{'rec':>6}"
        f"{'onset med/90/bias':>21}{'offset med/90/bias':>21}{'alarms/h':>9}"
    ]
    for kind, row in result.items():
        assert isinstance(row, dict)
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


# ---------------------------------------------------------------- running


def make_tracks(seed: int, minutes: int, cache: Path | None) -> list[Track]:
    """Tracks; of every five, three are mixed, one is only speech and one only music.

    They are made in a process of their own, because espeak-ng now and then falls over, and does
    not live well beside the libraries a model needs.
    """
    scenes = [("mixed", "speech", "mixed", "music", "mixed")[i % 5] for i in range(minutes)]
    file = cache / f"tracks-{seed}-{minutes}.pickle" if cache else None
    if file and file.exists():
        return list(pickle.loads(file.read_bytes()))
    tracks: list[Track] = []
    failures = 0
    while len(tracks) < minutes:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            numbers = range(len(tracks), minutes)
            try:
                for track in pool.map(make_track, [(seed, i, scenes[i]) for i in numbers]):
                    tracks.append(track)
            except BrokenProcessPool:
                failures += 1
                if failures > 10:
                    raise
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps(tracks))
    return tracks


def make_track(task: tuple[int, int, str]) -> Track:
    seed, number, scene = task
    return Mixer(seed * 1000 + number).track(scene)


def write_sample(track: Track, folder: Path) -> None:
    """``mixed.ogg`` (Opus) and ``mixed.json``, for the tests."""
    sound = folder / "mixed.ogg"
    sound.unlink(missing_ok=True)
    raw = ("-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", "pipe:0")
    coded = ("-c:a", "libopus", "-b:a", "24k", "-fflags", "+bitexact", file_url(sound))
    run([*raw, *coded], stdin=track.audio.tobytes(), path=sound)
    truths = [
        {"kind": t.kind.value, "start": round(t.start, 3), "end": round(t.end, 3)}
        for t in track.truths
    ]
    (folder / "mixed.json").write_text(json.dumps(truths, indent=1) + "\n")


def listen(tracks: Sequence[Track], model: object, config: EventsConfig) -> list[Curves]:
    curves = []
    for track in tracks:
        scanner = EventScanner(model, config)  # type: ignore[arg-type]
        scanner.feed(track.audio.astype(np.float32) / 32768)
        curves.append(scanner.finish())
    return curves


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="pocket", help="as vidtag's --model")
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--seed", type=int, default=7001)
    parser.add_argument("--cache", type=Path, help="folder that keeps tracks and curves")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    parser.add_argument(
        "--sample", type=Path, help="only write one mixed track of this seed here, with its truth"
    )
    arguments = parser.parse_args()
    if arguments.sample:
        write_sample(Mixer(arguments.seed).track("mixed"), arguments.sample)
        return

    from vidtag.speech.sensevoice import SenseVoice

    config = EventsConfig()
    tracks = make_tracks(arguments.seed, arguments.minutes, arguments.cache)
    model = SenseVoice.load(ModelConfig(name=arguments.model, device="cpu"))
    scan = {"window": config.window, "hop": config.hop, "fine_hop": config.fine_hop}
    windows = {kind.value: row.window for kind, row in config.wanted.items()}
    key = json.dumps([model.info.digest, arguments.seed, arguments.minutes, scan, windows])
    name = f"curves-{hashlib.sha256(key.encode()).hexdigest()[:16]}.pickle"
    kept = arguments.cache / name if arguments.cache else None
    seconds = None
    if kept and kept.exists():
        curves = pickle.loads(kept.read_bytes())
    else:
        began = time.process_time()
        curves = listen(tracks, model, config)
        seconds = time.process_time() - began
        if kept:
            kept.write_bytes(pickle.dumps(curves))
    result = score(tracks, [find_spans(c, config) for c in curves])
    measured = sum(c.measured for c in curves) / sum(c.duration for c in curves)
    print(table(result))
    print(f"{measured:.2f} windows per second of sound", end="")
    print(f"; {arguments.minutes * 60 / seconds:.0f} x real time" if seconds else "")
    if arguments.out:
        report = {
            "model": model.info.digest,
            "minutes": arguments.minutes,
            "seed": arguments.seed,
            "windows_per_second": round(measured, 3),
            "kinds": result,
        }
        arguments.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    # Not as ``__main__``, so that what is pickled here is found by other processes and later runs.
    from tools.evaluate_events import main as run_main

    run_main()
