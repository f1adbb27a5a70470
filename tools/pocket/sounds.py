"""Sound events by computation: every kind by several methods that share as little as possible.

A model that has heard one way of making laughter knows that way, not laughter.  So the main
kinds have a handful of methods each (source and filter, additive, noise, spoken syllables, ...)
and one method of Laughter and of Applause is in :data:`HELDOUT` only: it is measured with, never
trained on.  :func:`make` picks a method and, for laughter, a number of people.

All functions take a ``numpy`` generator and seconds, and return mono float32 at 16 kHz.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from tools.pocket.grammar import Sentence
from tools.pocket.voices import HELDOUT_VOICES, TRAIN_VOICES, Prosody, speak

Audio = npt.NDArray[np.float32]
Wave = npt.NDArray[np.floating]
Rng = np.random.Generator
Method = Callable[[Rng, float], Wave]
RATE = 16_000

VOWELS = (  # first three formants in Hz of a, e, i, o, u, schwa
    (800, 1250, 2600), (550, 1800, 2500), (320, 2250, 2900), (480, 860, 2500),
    (350, 800, 2400), (550, 1450, 2500),
)  # fmt: skip


# ------------------------------------------------------------------------------ building blocks
def band(x: Wave, low: float, high: float, order: int = 2) -> Wave:
    """Band-pass between two frequencies in Hz."""
    edges = [max(low, 20) / (RATE / 2), min(high / (RATE / 2), 0.99)]
    return sosfilt(butter(order, edges, "band", output="sos"), x)


def resonate(x: Wave, formants: Sequence[float], width: float = 110) -> Wave:
    """Parallel two-pole resonators, higher ones wider and weaker."""
    out = np.zeros(len(x))
    for k, f in enumerate(formants):
        r = math.exp(-math.pi * width * (1 + 0.3 * k) / RATE)
        a = [1, -2 * r * math.cos(2 * math.pi * min(f, 7600) / RATE), r * r]
        out += lfilter([1 - r], a, x) / (1 + 0.5 * k)
    return out


def level(x: Wave, rms: float = 0.1) -> Audio:
    """Scale to an RMS amplitude."""
    return (x * (rms / (float(np.sqrt(np.mean(np.square(x)))) + 1e-9))).astype(np.float32)


def peak(x: Wave) -> Wave:
    return x / (float(np.abs(x).max(initial=0)) + 1e-9)


def add(out: Wave, x: Wave, at: float) -> None:
    """Mix ``x`` into ``out`` from second ``at`` on, cut where ``out`` ends."""
    i = max(0, int(at * RATE))
    x = x[: max(0, len(out) - i)]
    out[i : i + len(x)] += x


def sized(x: Wave, factor: float) -> Wave:
    """Faster and higher by resampling."""
    return np.interp(np.arange(0, max(1, len(x) - 1), factor), np.arange(len(x)), x)


def room(x: Wave, rng: Rng, seconds: float | None = None) -> Wave:
    """A random room: early reflections and an exponential tail that darkens."""
    t60 = seconds or float(rng.uniform(0.12, 1.1))
    n = int(t60 * RATE)
    tail = rng.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n)
    tail = lfilter([1 - (c := float(rng.uniform(0.1, 0.7)))], [1, -c], tail)
    tail *= float(rng.uniform(0.15, 0.9)) / math.sqrt(float(np.sum(tail**2)) + 1e-9)
    for _ in range(6):
        tail[int(rng.integers(20, min(n, 900)))] += float(rng.uniform(-0.4, 0.4))
    tail[0] = 1
    return fftconvolve(x, tail)[: len(x)]


def pick(rng: Rng, options: Sequence) -> object:  # type: ignore[type-arg]
    return options[int(rng.integers(len(options)))]


def _pulses(pitch: Wave, rng: Rng, breath: float) -> Wave:
    """A differentiated sawtooth at a pitch contour, with aspiration."""
    saw = 1 - 2 * (np.cumsum(pitch / RATE) % 1.0)
    return np.diff(saw, prepend=saw[:1]) + breath * 0.3 * rng.standard_normal(len(pitch))


def _syllables(rng: Rng, seconds: float) -> list[tuple[float, float, int, float]]:
    """An irregular laugh rhythm: (start, length, position in its bout, loudness)."""
    out, t = [], float(rng.uniform(0, 0.05))
    rate = float(rng.uniform(3.6, 6.8))
    while t < seconds - 0.1:
        amp, slow = float(rng.uniform(0.6, 1)), float(rng.uniform(0.99, 1.06))
        gap = 1 / rate * float(rng.uniform(0.85, 1.2))
        for k in range(int(rng.integers(3, 14))):
            if t > seconds - 0.08:
                break
            out.append((t, gap * float(rng.uniform(0.4, 0.75)), k, amp))
            t += gap * float(rng.uniform(0.82, 1.2))
            gap *= slow
            amp *= float(rng.uniform(0.84, 1.04))
        t += float(rng.uniform(0.08, 0.45))
    return out


# ------------------------------------------------------------------------------------ laughter
def laugh_bouts(rng: Rng, seconds: float) -> Wave:
    """Source and filter: a puff of breath and a falling voiced vowel, over and over."""
    base = float(rng.uniform(110, 230) if rng.random() < 0.5 else rng.uniform(220, 460))
    tract = float(rng.uniform(0.85, 1.25))
    vowel = [f * tract for f in pick(rng, VOWELS)]
    fall, breath = float(rng.uniform(0.93, 1.0)), float(rng.uniform(0.05, 0.6))
    out = np.zeros(int(seconds * RATE))
    for t, length, k, amp in _syllables(rng, seconds):
        n, h = max(200, int(length * RATE)), int(rng.uniform(0.02, 0.07) * RATE)
        bend = np.linspace(rng.uniform(0.95, 1.2), rng.uniform(0.75, 1.0), n)
        voiced = resonate(_pulses(base * fall**k * bend, rng, breath), vowel)
        puff = resonate(rng.standard_normal(h), vowel, 250) * np.hanning(h)
        add(out, peak(puff) * rng.uniform(0.1, 0.6) * amp, t - h / RATE)
        add(out, peak(voiced * np.hanning(n) ** 0.6) * amp, t)
    return out


def laugh_additive(rng: Rng, seconds: float) -> Wave:
    """Harmonics with a tilt, vibrato and one amplitude per syllable; pitch moves in arcs."""
    n = int(seconds * RATE)
    t = np.arange(n) / RATE
    base = float(rng.uniform(130, 480))
    arc = 1 + float(rng.uniform(0.05, 0.3)) * np.sin(
        2 * np.pi * rng.uniform(0.15, 0.6) * t + rng.uniform(0, 6)
    )
    vibrato = 1 + 0.02 * np.sin(2 * np.pi * rng.uniform(5, 9) * t)
    gate = np.zeros(n)
    for at, length, _, amp in _syllables(rng, seconds):
        m = max(200, int(length * RATE * 1.2))
        add(gate, np.hanning(m) ** rng.uniform(0.5, 1.5) * amp, at)
    phase = 2 * np.pi * np.cumsum(base * arc * vibrato * (0.85 + 0.2 * gate)) / RATE
    formants = [f * rng.uniform(0.9, 1.2) for f in pick(rng, VOWELS)]
    out = np.zeros(n)
    for k in range(1, int(min(24, 6500 / base)) + 1):
        f = base * k
        gain = sum(math.exp(-(((f - c) / 260) ** 2)) for c in formants) + 0.25 / k
        out += gain * np.sin(k * phase + rng.uniform(0, 6))
    breath = band(rng.standard_normal(n), 500, 5000) * float(rng.uniform(0.02, 0.4))
    return out * gate + breath * np.roll(gate, -int(0.04 * RATE)) * out.std()


def laugh_breathy(rng: Rng, seconds: float) -> Wave:
    """No voice: noise through a mouth in puffs, with snorts and gasps between them."""
    out = np.zeros(int(seconds * RATE))
    vowel = [f * float(rng.uniform(0.9, 1.3)) for f in pick(rng, VOWELS)]
    for t, length, k, amp in _syllables(rng, seconds):
        n = max(300, int(length * RATE * rng.uniform(0.8, 1.3)))
        attack = np.minimum(1, np.arange(n) / (0.012 * RATE))
        puff = resonate(rng.standard_normal(n), vowel, 300) * attack
        add(out, peak(puff * np.exp(-np.arange(n) / (n * 0.35))) * amp, t)
        if k == 0 and rng.random() < 0.4:
            m = int(rng.uniform(0.12, 0.3) * RATE)
            flutter = 0.5 + 0.5 * np.sign(
                np.sin(2 * np.pi * rng.uniform(22, 45) * np.arange(m) / RATE)
            )
            snort = band(rng.standard_normal(m), 150, rng.uniform(900, 2500)) * flutter
            add(out, peak(snort * np.hanning(m)) * 0.7, t - m / RATE)
    return out


def laugh_wheeze(rng: Rng, seconds: float) -> Wave:
    """A thin squeal pulsed by the diaphragm, with rasping breath drawn in between."""
    n = int(seconds * RATE)
    t = np.arange(n) / RATE
    base = float(rng.uniform(380, 950))
    wander = np.interp(
        t,
        np.arange(0, seconds + 1, 0.3),
        rng.uniform(0.85, 1.2, int(seconds / 0.3) + 5)[: len(np.arange(0, seconds + 1, 0.3))],
    )
    phase = 2 * np.pi * np.cumsum(base * wander) / RATE
    tone = np.sin(phase) + 0.3 * np.sin(2 * phase) + 0.1 * np.sin(3 * phase)
    hiss = band(rng.standard_normal(n), base, base * 4) * float(rng.uniform(0.2, 1.2))
    gate = np.zeros(n)
    for at, length, _, amp in _syllables(rng, seconds):
        m = max(200, int(length * RATE))
        add(gate, np.hanning(m) * amp, at)
    return (tone + hiss) * gate


_HA = ("hahahaha", "hehehehe", "ha ha ha ha", "hihihihi", "hohohoho", "hahaha ha", "huh huh huh")


def laugh_spoken(rng: Rng, seconds: float) -> Wave:
    """Syllables of a speech synthesiser, cut apart, bent in pitch and thrown together again."""
    pool = [v for v in TRAIN_VOICES + HELDOUT_VOICES if v.acts()]
    word = str(pick(rng, _HA))
    sentence = Sentence("en", (word,), (word,), (word,))
    delivery = Prosody(
        "HAPPY", rng.uniform(50, 99), rng.uniform(20, 99), rng.uniform(180, 330), 0, 0.1
    )
    said = speak(sentence, pool[int(rng.integers(len(pool)))], delivery).audio
    energy = np.convolve(said**2, np.ones(480) / 480, "same")
    out = np.zeros(int(seconds * RATE))
    centres = _peaks(energy, int(0.1 * RATE)) or [len(said) // 2]
    for t, length, k, amp in _syllables(rng, seconds):
        c = centres[k % len(centres)]
        half = int(max(0.05, length * 0.6) * RATE)
        cut = said[max(0, c - half) : c + half].astype(float)
        cut = sized(cut, float(rng.uniform(0.9, 1.25)) * 0.985**k)
        add(out, peak(cut * np.hanning(len(cut)) ** 0.4) * amp, t)
    return out


def _peaks(curve: Wave, apart: int) -> list[int]:
    found = []
    for i in range(0, len(curve) - apart, apart):
        j = i + int(np.argmax(curve[i : i + apart]))
        if curve[j] > 0.3 * curve.max() and (not found or j - found[-1] > apart // 2):
            found.append(j)
    return found


def laugh_tube(rng: Rng, seconds: float) -> Wave:
    """Held out: smooth glottal pulses with jitter through an acoustic tube of many sections.

    The rhythm is its own too: one exhalation with intervals that lengthen geometrically.
    """
    n = int(seconds * RATE)
    sections = 10
    x = np.linspace(0, 1, sections)
    area = 1 + rng.uniform(0.5, 3) * np.exp(-(((x - rng.uniform(0.55, 0.95)) / 0.25) ** 2))
    area -= 0.6 * np.exp(-(((x - rng.uniform(0.1, 0.4)) / 0.2) ** 2))
    reflection = (area[1:] - area[:-1]) / (area[1:] + area[:-1])
    poly = np.array([1.0])
    for k in (*reflection, 0.7):
        poly = np.append(poly, 0) + k * np.append(poly, 0)[::-1]
    base = float(rng.uniform(120, 420))
    source, gate, t = np.zeros(n), np.zeros(n), 0.0
    while t < seconds - 0.1:
        gap, amp = float(rng.uniform(0.15, 0.2)), 1.0
        for k in range(int(rng.integers(4, 11))):
            m = int(gap * rng.uniform(0.45, 0.6) * RATE)
            add(gate, np.sin(np.linspace(0, np.pi, m)) ** 1.3 * amp, t)
            at, pitch = t, base * 0.97**k
            while at < t + m / RATE:
                period = 1 / (pitch * (1 + 0.02 * rng.standard_normal()))
                w = int(period * 0.6 * RATE)
                pulse = np.sin(np.linspace(0, np.pi, w)) ** 2 * np.linspace(0.2, 1, w)
                add(source, np.diff(pulse, prepend=0), at)
                at += period
            t += gap
            gap *= float(rng.uniform(1.02, 1.07))
            amp *= 0.9
        t += float(rng.uniform(0.25, 0.5))
    hiss = rng.standard_normal(n) * source.std() * rng.uniform(0.1, 0.5)
    return lfilter([1], poly, (source + hiss) * gate)


# ------------------------------------------------------------------------------------ applause
def _claps(rng: Rng, seconds: float, people: int, clap: Callable[[], Wave]) -> Wave:
    """Everyone claps their own clap at their own unsteady pace."""
    out = np.zeros(int(seconds * RATE) + RATE // 4)
    for _ in range(people):
        mine, gap = clap(), 1 / float(rng.uniform(2.2, 5.5))
        near = float(rng.uniform(0.25, 1))
        t = float(rng.uniform(0, gap))
        while t < seconds:
            add(out, mine * near * rng.uniform(0.6, 1), t)
            t += gap * float(rng.normal(1, 0.1))
    return out[: int(seconds * RATE)]


def _people(rng: Rng, most: int = 60) -> int:
    return int(math.exp(rng.uniform(math.log(2), math.log(most))))


def _modal_clap(rng: Rng) -> Wave:
    t = np.arange(int(0.035 * RATE)) / RATE
    cavity = float(rng.uniform(450, 2400))
    modes = [(cavity, 1.0), (cavity * rng.uniform(1.6, 2.6), 0.6), (rng.uniform(3000, 6500), 0.4)]
    out = sum(
        a * np.sin(2 * np.pi * f * t + rng.uniform(0, 6)) * np.exp(-t / rng.uniform(0.002, 0.007))
        for f, a in modes
    )
    return peak(out + rng.standard_normal(len(t)) * np.exp(-t / 0.0015))


def _burst_clap(rng: Rng) -> Wave:
    n = int(0.03 * RATE)
    f = float(rng.uniform(600, 3000))
    burst = rng.standard_normal(n) * np.exp(-np.arange(n) / (rng.uniform(0.0015, 0.008) * RATE))
    return peak(band(burst, f * 0.6, f * rng.uniform(1.4, 2.6)))


def clap_modal(rng: Rng, seconds: float) -> Wave:
    """Hands as damped resonators."""
    return _claps(rng, seconds, _people(rng), lambda: _modal_clap(rng))


def clap_bursts(rng: Rng, seconds: float) -> Wave:
    """Hands as short band-limited bursts of noise."""
    return _claps(rng, seconds, _people(rng), lambda: _burst_clap(rng))


def clap_granular(rng: Rng, seconds: float) -> Wave:
    """A hall: random impulses, too dense to count, through a few claps."""
    n = int(seconds * RATE)
    density = float(math.exp(rng.uniform(math.log(25), math.log(1500))))
    out = np.zeros(n)
    for _ in range(5):
        clap = _modal_clap(rng) if rng.random() < 0.5 else _burst_clap(rng)
        hits = (rng.random(n) < density / 5 / RATE) * rng.uniform(0.2, 1, n) ** 2
        out += fftconvolve(hits, clap)[:n]
    sway = np.interp(np.arange(n) / RATE, np.linspace(0, seconds, 8), rng.uniform(0.6, 1, 8))
    return out * sway


def clap_rhythmic(rng: Rng, seconds: float) -> Wave:
    """A crowd clapping in time."""
    out = np.zeros(int(seconds * RATE))
    claps = [
        _modal_clap(rng) if rng.random() < 0.5 else _burst_clap(rng)
        for _ in range(int(rng.integers(2, 25)))
    ]
    gap, spread = 1 / float(rng.uniform(1.6, 3.6)), float(rng.uniform(0.008, 0.04))
    t = float(rng.uniform(0, 0.1))
    while t < seconds:
        for clap in claps:
            add(out, clap * rng.uniform(0.4, 1), t + spread * float(rng.standard_normal()))
        t += gap
    return out


def cheer(rng: Rng, seconds: float) -> Wave:
    """One person's long vowel with a rising and falling pitch, or a whistle."""
    n = int(seconds * RATE)
    t = np.linspace(0, 1, n)
    if rng.random() < 0.25:
        f = rng.uniform(1500, 3000) * (1 + rng.uniform(-0.3, 0.3) * np.sin(np.pi * t))
        return np.sin(2 * np.pi * np.cumsum(f) / RATE) * np.hanning(n)
    f = rng.uniform(180, 600) * (
        1 + rng.uniform(0.1, 0.5) * np.sin(np.pi * t ** rng.uniform(0.6, 1.6))
    )
    return peak(resonate(_pulses(f, rng, 0.4), pick(rng, VOWELS)) * np.hanning(n) ** 0.5)


def clap_cheered(rng: Rng, seconds: float) -> Wave:
    """Applause with a few people cheering in it."""
    body = (clap_granular if rng.random() < 0.6 else clap_modal)(rng, seconds)
    body = body / (body.std() + 1e-9)
    for _ in range(int(rng.integers(1, 5))):
        length = float(rng.uniform(0.5, min(2.0, seconds)))
        add(
            body,
            cheer(rng, length) * rng.uniform(0.3, 1.0),
            float(rng.uniform(0, max(0.01, seconds - length))),
        )
    return body


def clap_hands(rng: Rng, seconds: float) -> Wave:
    """Held out: claps drawn as spectra of hand positions, struck twice within milliseconds.

    Each clap is a random-phase impulse whose third-octave levels follow one of three measured
    shapes (palm to palm low, fingers to palm high, cupped in between).
    """
    centres = np.array([250, 400, 630, 1000, 1600, 2500, 4000, 6300])
    shapes = (
        (2, 6, 8, 6, 2, -2, -6, -9),
        (-8, -5, -1, 3, 7, 7, 2, -3),
        (0, 8, 10, 2, -3, -3, -5, -9),
    )
    bins = np.fft.rfftfreq(512, 1 / RATE)

    def clap() -> Wave:
        shape = np.array(pick(rng, shapes)) + rng.uniform(-3, 3, 8)
        size = 10 ** (np.interp(np.log(bins + 1), np.log(centres), shape, left=-20, right=-14) / 20)
        once = np.fft.irfft(size * np.exp(2j * np.pi * rng.random(len(bins))))
        once = np.roll(once, -int(np.argmax(np.abs(once))))
        once *= np.exp(-np.arange(512) / rng.uniform(30, 110))
        again = np.zeros(640)
        add(again, once, 0)
        add(again, once * rng.uniform(0.2, 0.7), float(rng.uniform(0.0015, 0.006)))
        return peak(again)

    out = np.zeros(int(seconds * RATE))
    for _ in range(_people(rng, 45)):
        mine, t, near = clap(), float(rng.uniform(0, 0.4)), float(rng.uniform(0.2, 1))
        shape = float(rng.uniform(20, 90))
        mean = 1 / float(rng.uniform(2.5, 4.8))
        while t < seconds:
            add(out, mine * near, t)
            t += mean * float(rng.gamma(shape, 1 / shape))
    return out


# --------------------------------------------------------------------------------------- music
def _notes(rng: Rng, seconds: float, play: Callable[[float, float], Wave]) -> Wave:
    """Chords, broken chords or a tune over a chord progression."""
    out = np.zeros(int(seconds * RATE))
    beat, root = 60 / float(rng.uniform(66, 150)), float(rng.uniform(82, 220))
    progression = pick(rng, ((0, 7, 9, 5), (0, 9, 5, 7), (9, 5, 0, 7), (0, 5, 7, 5), (0, 3, 10, 5)))
    style = pick(rng, ("broken", "chords", "both", "tune"))
    scale = (0, 2, 4, 5, 7, 9, 11, 12, 14, 16)
    t, bar = -float(rng.uniform(0, 4 * beat)), 0
    while t < seconds:
        degree = progression[bar % 4]
        chord = [root * 2 ** ((degree + s) / 12) for s in (0, 3 if degree in (9, 3) else 4, 7, 12)]
        if style in ("chords", "both"):
            for b in (0, 2):
                for f in chord[:3]:
                    add(out, play(f, 2 * beat) * 0.5, max(0, t + b * beat))
        if style in ("broken", "both"):
            for i in range(8):
                add(out, play(chord[i % 4] * 2, beat) * 0.6, max(0, t + i * beat / 2))
        if style == "tune":
            for i in range(4):
                add(out, play(root * 4 * 2 ** (pick(rng, scale) / 12), beat), max(0, t + i * beat))
            add(out, play(chord[0] / 2 if chord[0] > 120 else chord[0], 4 * beat) * 0.6, max(0, t))
        t += 4 * beat
        bar += 1
    if rng.random() < 0.45:
        k = np.arange(int(0.12 * RATE)) / RATE
        kick = np.sin(2 * np.pi * (55 * k + 3 * (1 - np.exp(-k * 40)))) * np.exp(-k / 0.05)
        hat = band(rng.standard_normal(640), 5000, 7800) * np.exp(-np.arange(640) / 160)
        loud = float(np.abs(out).max()) * 0.4
        for j, at in enumerate(np.arange(0, seconds, beat / 2)):
            add(out, (kick if j % 2 == 0 else hat) * loud, float(at))
    return out


def music_additive(rng: Rng, seconds: float) -> Wave:
    """Harmonics that die away, like a piano or an organ."""
    harmonics = [k ** -float(rng.uniform(1.1, 2.2)) for k in range(1, 8)]
    decay, attack = float(rng.uniform(0.2, 2.0)), float(rng.uniform(0.005, 0.12))

    def play(f: float, length: float) -> Wave:
        t = np.arange(int(length * RATE)) / RATE
        tone = sum(
            h * np.sin(2 * np.pi * f * k * t) for k, h in enumerate(harmonics, 1) if f * k < 7500
        )
        return (
            tone
            * np.minimum(1, t / attack)
            * np.exp(-t / decay)
            * np.minimum(1, (length - t) / 0.03)
        )

    return _notes(rng, seconds, play)


def music_plucked(rng: Rng, seconds: float) -> Wave:
    """Plucked strings: noise going round a delay line."""
    damp = float(rng.uniform(0.985, 0.998))

    def play(f: float, length: float) -> Wave:
        n, period = int(length * RATE), max(2, int(RATE / f))
        pluck = np.zeros(n)
        pluck[: min(n, period)] = rng.uniform(-1, 1, min(n, period))
        a = np.zeros(period + 2)
        a[0], a[period], a[period + 1] = 1, -damp / 2, -damp / 2
        return lfilter([1], a, pluck) * 0.5 * np.minimum(1, np.arange(n)[::-1] / 480)

    return _notes(rng, seconds, play)


def music_fm(rng: Rng, seconds: float) -> Wave:
    """Frequency modulation: bells, electric pianos, brass."""
    ratio, index = float(pick(rng, (1, 2, 3, 3.5, 7))), float(rng.uniform(0.3, 4))
    decay = float(rng.uniform(0.15, 1.2))

    def play(f: float, length: float) -> Wave:
        t = np.arange(int(length * RATE)) / RATE
        env = np.exp(-t / decay) * np.minimum(1, t / 0.006) * np.minimum(1, (length - t) / 0.03)
        return np.sin(2 * np.pi * f * t + index * env * np.sin(2 * np.pi * f * ratio * t)) * env

    return _notes(rng, seconds, play)


def music_strings(rng: Rng, seconds: float) -> Wave:
    """Bowed ensemble: detuned sawtooths with vibrato, softened."""

    def play(f: float, length: float) -> Wave:
        t = np.arange(int(length * RATE)) / RATE
        out = np.zeros(len(t))
        for _ in range(3):
            g = (
                f
                * (1 + 0.004 * rng.standard_normal())
                * (1 + 0.005 * np.sin(2 * np.pi * rng.uniform(4, 6) * t))
            )
            out += 1 - 2 * (np.cumsum(g / RATE) % 1)
        soft = lfilter([0.25], [1, -0.75], out)
        return soft * np.minimum(1, t / 0.12) * np.minimum(1, (length - t) / 0.12) * 0.3

    return _notes(rng, seconds, play)


# ------------------------------------------------------------------- crying, coughing and so on
def cry_sobs(rng: Rng, seconds: float) -> Wave:
    """Voiced wails, each arching over and falling, with gasps between."""
    out, t = np.zeros(int(seconds * RATE)), 0.0
    base, tract = float(rng.uniform(260, 580)), float(rng.uniform(0.95, 1.35))
    while t < seconds:
        n = int(rng.uniform(0.45, 1.3) * RATE)
        x = np.linspace(0, 1, n)
        f = base * (1 + 0.2 * np.sin(np.pi * x) - 0.15 * x)
        f = f * (1 + 0.03 * np.sin(2 * np.pi * rng.uniform(5, 9) * x * n / RATE))
        wail = resonate(_pulses(f, rng, 0.15), [v * tract for v in (750, 1500, 2900)])
        add(out, peak(wail * np.minimum(1, np.minimum(x / 0.1, (1 - x) / 0.25))), t)
        g = int(rng.uniform(0.12, 0.35) * RATE)
        add(out, peak(band(rng.standard_normal(g), 800, 4000) * np.hanning(g)) * 0.2, t + n / RATE)
        t += (n + g) / RATE
    return out


def cry_infant(rng: Rng, seconds: float) -> Wave:
    """Harmonics high up with a wobble, a rising start and a rough patch in each cry."""
    out, t = np.zeros(int(seconds * RATE)), 0.0
    base = float(rng.uniform(350, 620))
    while t < seconds:
        n = int(rng.uniform(0.6, 1.5) * RATE)
        x = np.linspace(0, 1, n)
        f = base * (0.85 + 0.3 * np.minimum(1, x / 0.15) - 0.25 * x**2)
        f = f * (1 + 0.025 * np.sin(2 * np.pi * rng.uniform(6, 10) * x * n / RATE))
        phase = 2 * np.pi * np.cumsum(f) / RATE
        tone = sum(
            np.sin(k * phase) * math.exp(-(((base * k - 1200) / 1500) ** 2)) for k in range(1, 12)
        )
        rough = 1 + 0.5 * np.sin(phase / 2) * (x > rng.uniform(0.3, 0.9))
        add(out, peak(tone * rough * np.hanning(n) ** 0.4), t)
        t += n / RATE + float(rng.uniform(0.15, 0.5))
    return out


def cough_source(rng: Rng, seconds: float) -> Wave:
    """A burst of breath through the vocal tract, then a short voiced fall."""
    out, t = np.zeros(int(seconds * RATE)), 0.0
    tract = float(rng.uniform(0.8, 1.25))
    while t < seconds - 0.15:
        n = int(rng.uniform(0.2, 0.42) * RATE)
        x = np.arange(n) / RATE
        burst = resonate(rng.standard_normal(n), [f * tract for f in (700, 1500, 3000)], 500)
        burst = peak(burst * np.exp(-x / rng.uniform(0.025, 0.07)))
        voice = resonate(
            _pulses(rng.uniform(95, 280) * np.linspace(1.1, 0.7, n), rng, 0.6),
            [f * tract for f in (600, 1200, 2500)],
        )
        voice = peak(voice * np.exp(-(((x - 0.1) / 0.07) ** 2)))
        add(out, burst + rng.uniform(0.1, 0.7) * voice, t)
        t += n / RATE + float(rng.uniform(0.05, 0.3))
    return out


def cough_noise(rng: Rng, seconds: float) -> Wave:
    """Three phases of shaped noise: explosion, hollow middle, closing burst."""
    out, t = np.zeros(int(seconds * RATE)), 0.0
    while t < seconds - 0.15:
        a, b, c = (int(rng.uniform(*r) * RATE) for r in ((0.03, 0.07), (0.08, 0.22), (0.03, 0.09)))
        bang = band(rng.standard_normal(a), 300, 6000) * np.exp(-np.arange(a) / (a * 0.5))
        hollow = band(rng.standard_normal(b), rng.uniform(250, 500), rng.uniform(900, 2200))
        close = band(rng.standard_normal(c), 400, 3500) * np.hanning(c)
        add(out, peak(bang), t)
        add(
            out,
            peak(hollow * np.exp(-np.arange(b) / (b * 0.6))) * rng.uniform(0.4, 0.9),
            t + a / RATE,
        )
        add(out, peak(close) * rng.uniform(0, 0.5), t + (a + b) / RATE)
        t += (a + b + c) / RATE + float(rng.uniform(0.06, 0.35))
    return out


def sneeze_source(rng: Rng, seconds: float) -> Wave:
    """A rising "ah" drawn in, then a hissing "choo"."""
    a, b = int(rng.uniform(0.22, 0.5) * RATE), int(rng.uniform(0.28, 0.55) * RATE)
    draw = band(rng.standard_normal(a), 900, 3500) * np.linspace(0, 1, a) ** 2
    ah = resonate(
        _pulses(rng.uniform(160, 400) * np.linspace(0.9, 1.25, a // 2), rng, 0.5), VOWELS[0]
    )
    x = np.arange(b) / RATE
    hiss = peak(
        band(rng.standard_normal(b), rng.uniform(1600, 2800), 7500)
        * np.exp(-x / rng.uniform(0.07, 0.16))
    )
    oo = resonate(_pulses(rng.uniform(160, 380) * np.linspace(1.1, 0.6, b), rng, 0.4), VOWELS[4])
    oo = peak(oo * np.exp(-(((x - 0.12) / 0.08) ** 2)))
    out = np.zeros(a + b)
    add(out, peak(draw) * 0.25, 0)
    add(out, peak(ah * np.hanning(len(ah))) * rng.uniform(0.1, 0.6), (a - len(ah)) / RATE)
    add(out, hiss + rng.uniform(0.1, 0.6) * oo, a / RATE)
    return out


def sneeze_noise(rng: Rng, seconds: float) -> Wave:
    """Noise whose band sweeps up while drawn in and bursts down when let go."""
    a, b = int(rng.uniform(0.2, 0.45) * RATE), int(rng.uniform(0.25, 0.5) * RATE)
    out = np.zeros(a + b)
    for k in range(4):
        f = 500 * 1.6**k * rng.uniform(0.9, 1.2)
        swell = np.exp(-(((np.linspace(0, 1, a) - k / 4) / 0.3) ** 2)) * np.linspace(0.05, 0.4, a)
        add(out, band(rng.standard_normal(a), f, f * 1.8) * swell, 0)
        f = 7000 / 1.5**k
        drop = np.exp(-np.arange(b) / ((0.05 + 0.04 * k) * RATE))
        add(out, band(rng.standard_normal(b), f * 0.55, f) * drop * 1.5, a / RATE)
    return out


def breath_band(rng: Rng, seconds: float) -> Wave:
    """One soft breath: a band of noise that swells and fades."""
    n = int(min(seconds, 1.4) * RATE)
    low = float(rng.uniform(400, 1600))
    return band(rng.standard_normal(n), low, low * rng.uniform(2, 4)) * np.hanning(n)


def breath_mouth(rng: Rng, seconds: float) -> Wave:
    """A breath in and out: noise through two vowel shapes."""
    n = int(min(seconds, 1.4) * RATE)
    half = n // 2
    draw = resonate(rng.standard_normal(half), VOWELS[2], 400) * np.hanning(half)
    sigh = resonate(rng.standard_normal(n - half), VOWELS[5], 400) * np.hanning(n - half)
    return np.concatenate([peak(draw) * rng.uniform(0.3, 1), peak(sigh)])


# --------------------------------------------------------------------- sounds that are no event
def noise_coloured(rng: Rng, seconds: float) -> Wave:
    n = int(seconds * RATE)
    return lfilter([1], [1, -float(rng.uniform(0, 0.97))], rng.standard_normal(n))


def noise_rain(rng: Rng, seconds: float) -> Wave:
    """Drops: very dense tiny clicks over a hiss."""
    n = int(seconds * RATE)
    hits = (rng.random(n) < rng.uniform(300, 3000) / RATE) * rng.exponential(1, n)
    drops = lfilter([1], [1, -float(rng.uniform(0.3, 0.8))], hits)
    return drops + band(rng.standard_normal(n), 800, 7500) * drops.std() * rng.uniform(0.3, 2)


def _strikes(rng: Rng, seconds: float, times: Sequence[float], strike: Callable[[], Wave]) -> Wave:
    out = np.zeros(int(seconds * RATE))
    for t in times:
        add(out, strike() * rng.uniform(0.5, 1), t)
    return out


def noise_typing(rng: Rng, seconds: float) -> Wave:
    """Keys: thin double clicks in uneven bursts."""
    times = np.cumsum(rng.exponential(rng.uniform(0.09, 0.22), 200))

    def key() -> Wave:
        n = int(0.02 * RATE)
        click = rng.standard_normal(n) * np.exp(-np.arange(n) / 20)
        return peak(band(click, 1800, 7000)) + 0.3 * np.roll(peak(band(click, 2500, 7500)), 150)

    return _strikes(rng, seconds, [t for t in times if t < seconds], key)


def noise_knocks(rng: Rng, seconds: float) -> Wave:
    """Knuckles on wood: groups of low, dull strokes."""
    f, times, t = float(rng.uniform(110, 420)), [], float(rng.uniform(0, 0.3))
    while t < seconds:
        gap = float(rng.uniform(0.16, 0.35))
        for _ in range(int(rng.integers(2, 6))):
            times.append(t)
            t += gap
        t += float(rng.uniform(0.5, 1.5))
    x = np.arange(int(0.09 * RATE)) / RATE
    return _strikes(
        rng,
        seconds,
        times,
        lambda: (
            np.sin(2 * np.pi * f * x) * np.exp(-x / 0.02)
            + 0.3 * rng.standard_normal(len(x)) * np.exp(-x / 0.004)
        ),
    )


def noise_steps(rng: Rng, seconds: float) -> Wave:
    """Footsteps: a heel and a toe, evenly."""
    times = np.arange(rng.uniform(0, 0.4), seconds, rng.uniform(0.4, 0.8))
    n = int(0.1 * RATE)

    def step() -> Wave:
        thud = band(rng.standard_normal(n), 60, 500) * np.exp(-np.arange(n) / 400)
        scrape = band(rng.standard_normal(n), 1500, 5000) * np.hanning(n)
        return peak(thud) + rng.uniform(0, 0.3) * peak(scrape)

    return _strikes(rng, seconds, [float(t) for t in times], step)


def noise_engine(rng: Rng, seconds: float) -> Wave:
    """An engine or a fan: a low buzz with harmonics and rumble."""
    n = int(seconds * RATE)
    f = rng.uniform(25, 140) * (
        1 + 0.05 * np.sin(2 * np.pi * rng.uniform(0.1, 0.6) * np.arange(n) / RATE)
    )
    buzz = lfilter([1], [1, -0.9], _pulses(f, rng, 0.2))
    return peak(buzz) + rng.uniform(0.1, 1) * peak(lfilter([1], [1, -0.95], rng.standard_normal(n)))


def noise_beeps(rng: Rng, seconds: float) -> Wave:
    """Tones: hum, a steady tone, or beeps."""
    t = np.arange(int(seconds * RATE)) / RATE
    f = float(pick(rng, (50, 60, 100, 440, 880, 1000, 2000, 3000))) * rng.uniform(0.98, 1.02)
    tone = np.sin(2 * np.pi * f * t) + 0.3 * np.sin(4 * np.pi * f * t)
    return tone if rng.random() < 0.4 else tone * (np.sin(2 * np.pi * rng.uniform(0.5, 4) * t) > 0)


def noise_crowd(rng: Rng, seconds: float) -> Wave:
    """Like cheering but nobody in particular: a roar of band noise that swells and sinks."""
    n = int(seconds * RATE)
    out = np.zeros(n)
    for f in rng.uniform(300, 2800, 4):
        swell = np.interp(np.arange(n) / RATE, np.linspace(0, seconds, 9), rng.uniform(0.2, 1, 9))
        out += band(rng.standard_normal(n), f * 0.7, f * 1.4) * swell
    return out


def noise_slams(rng: Rng, seconds: float) -> Wave:
    """A few unrelated bangs: doors, drops, crackle."""

    def bang() -> Wave:
        n = int(rng.uniform(0.05, 0.4) * RATE)
        hit = rng.standard_normal(n) * np.exp(-np.arange(n) / (n * rng.uniform(0.05, 0.3)))
        return peak(band(hit, rng.uniform(50, 500), rng.uniform(800, 7000)))

    return _strikes(rng, seconds, sorted(rng.uniform(0, seconds, int(rng.integers(1, 5)))), bang)


TRAIN: dict[str, dict[str, Method]] = {
    "Laughter": {f.__name__: f for f in (laugh_bouts, laugh_additive, laugh_breathy, laugh_wheeze, laugh_spoken)},
    "Applause": {f.__name__: f for f in (clap_modal, clap_bursts, clap_granular, clap_rhythmic, clap_cheered)},
    "BGM": {f.__name__: f for f in (music_additive, music_plucked, music_fm, music_strings)},
    "Cry": {f.__name__: f for f in (cry_sobs, cry_infant)},
    "Cough": {f.__name__: f for f in (cough_source, cough_noise)},
    "Sneeze": {f.__name__: f for f in (sneeze_source, sneeze_noise)},
    "Breath": {f.__name__: f for f in (breath_band, breath_mouth)},
    "Noise": {
        f.__name__: f
        for f in (
            noise_coloured, noise_rain, noise_typing, noise_knocks, noise_steps, noise_engine,
            noise_beeps, noise_crowd, noise_slams,
        )
    },
}  # fmt: skip
"""Methods a training corpus may use; ``Noise`` is every sound that is no event."""

HELDOUT: dict[str, dict[str, Method]] = {
    "Laughter": {"laugh_tube": laugh_tube},
    "Applause": {"clap_hands": clap_hands},
}
"""Methods that no training clip contains."""

METHODS = {kind: TRAIN[kind] | HELDOUT.get(kind, {}) for kind in TRAIN}
LENGTHS = {  # seconds
    "Laughter": (0.8, 4.5), "Applause": (1.0, 5.5), "BGM": (1.5, 7), "Cry": (1.2, 4), "Cough": (0.3, 1.3),
    "Sneeze": (0.6, 1.0), "Breath": (0.5, 1.3), "Noise": (1.0, 6.0),
}  # fmt: skip


def make(
    kind: str, rng: Rng, duration: float | None = None, methods: Sequence[str] | None = None
) -> Audio:
    """One sound of a kind.

    Args:
        kind: a key of :data:`METHODS`.
        rng: decides everything else.
        duration: seconds; sneezes and breaths take their own time. None picks a usual length.
        methods: names to choose from; None means those of :data:`TRAIN`.

    Returns:
        mono float32 at 16 kHz with an RMS of 0.1 and silent ends trimmed.
    """
    seconds = float(rng.uniform(*LENGTHS[kind])) if duration is None else duration
    names = tuple(methods or TRAIN[kind])
    if kind == "Laughter" and rng.random() < 0.5:
        return _faded(_crowd(rng, seconds, names))
    sound = METHODS[kind][str(pick(rng, names))](rng, seconds)
    return _faded(sound)


def _crowd(rng: Rng, seconds: float, names: Sequence[str]) -> Wave:
    """Two to forty people laughing at once, near and far, each in their own way."""
    people = int(math.exp(rng.uniform(math.log(2), math.log(40))))
    few = []
    for _ in range(min(people, 6)):
        one = METHODS["Laughter"][str(pick(rng, names))](rng, seconds * float(rng.uniform(0.6, 1)))
        few.append(one / (one.std() + 1e-9))
    out = np.zeros(int(seconds * RATE))
    for i in range(people):
        one = few[i] if i < len(few) else sized(few[i % len(few)], float(rng.uniform(0.8, 1.25)))
        late = float(rng.uniform(0, 0.3 if i < 3 else max(0.31, seconds * 0.5))) if i else 0.0
        far = float(rng.uniform(0, 0.8))
        add(out, lfilter([1 - far], [1, -far], one) * rng.uniform(0.2, 1), late)
    return room(out, rng, float(rng.uniform(0.3, 1.2))) if rng.random() < 0.5 else out


def _faded(x: Wave) -> Audio:
    """Trimmed where nothing sounds, ends softened over 5 ms, at the usual loudness."""
    loud = np.flatnonzero(np.abs(x) > 0.01 * np.abs(x).max(initial=1e-9))
    x = x[loud[0] : loud[-1] + 1] if len(loud) else x
    edge = min(80, len(x) // 2)
    ramp = np.ones(len(x))
    ramp[:edge] = np.linspace(0, 1, edge)
    ramp[len(x) - edge :] = np.linspace(1, 0, edge)
    return level(x * ramp)


def seeded(rng: random.Random) -> Rng:
    """A numpy generator drawn from a standard one."""
    return np.random.default_rng(rng.getrandbits(64))
