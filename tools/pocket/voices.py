"""Text to speech with word times, from five kinds of free synthesiser.

============= ======================================= =========== ==========
family        what it is                              languages   word times
============= ======================================= =========== ==========
``espeak``    espeak-ng's own formant synthesiser      all five    yes
``klatt``     espeak-ng's Klatt synthesiser            all five    yes
``flite``     CMU Flite: diphones and statistical      English     yes
``festival``  Festival: diphones and HMM               English     yes
``pico``      SVOX Pico: statistical                   English     about
============= ======================================= =========== ==========

The engines are system packages (see the README beside this file), used in place through ctypes
and, for Festival, through its command interpreter; Pico is a Python package. None of their data is
shipped.
"""

from __future__ import annotations

import ctypes
import random
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.io import wavfile
from scipy.signal import butter, lfilter, resample_poly

from tools.pocket import alignment, conversion
from tools.pocket.grammar import Sentence
from tools.pocket.sounds import RATE

Audio = npt.NDArray[np.float32]
Samples = npt.NDArray[np.floating]

# "cmn" reads toneless pinyin as English; this voice reads the characters.
ESPEAK_LANGUAGE = {
    "en": ("en-us", "en", "en-gb-x-rp", "en-us-nyc"),
    "zh": ("cmn-latn-pinyin",),
    "yue": ("yue",),
    "ja": ("ja",),
    "ko": ("ko",),
}
EMOTIONS = ("NEUTRAL", "HAPPY", "SAD", "ANGRY")


@dataclass(frozen=True)
class Voice:
    """One synthetic speaker."""

    family: str
    name: str

    def speaks(self, lang: str) -> bool:
        return lang == "en" or self.family in ("espeak", "klatt")

    def acts(self) -> bool:
        """Whether emotions other than NEUTRAL can be asked of it."""
        return self.family in ("espeak", "klatt")


def _voices(family: str, names: str) -> tuple[Voice, ...]:
    return tuple(Voice(family, name) for name in names.split())


TRAIN_VOICES = (
    *_voices(
        "espeak",
        "m1 m2 m3 m5 m6 m7 m8 f1 f2 f4 f5 Andy Annie Alicia linda steph steph2 Mike Gene Gene2 Lee "
        "Michael Denis Diogo anika ed pablo shelby max antonio belinda boris grandma grandpa "
        "gustave hugo iven iven2 iven3 john kaukovalta Marco Mario miguel Nguyen norbert paul "
        "pedro quincy rob robert sandro Storm travis victor Zac aunty",
    ),
    *_voices("klatt", "klatt klatt2 klatt4 klatt6 adam benjamin david edward robosoft robosoft2"),
    *_voices("flite", "awb kal kal16 slt"),
    *_voices("festival", "kal_diphone cmu_us_slt_arctic_hts"),
    *_voices("pico", "en-US en-GB"),
)
HELDOUT_VOICES = (
    *_voices("espeak", "m4 f3 Alex Jacky Henrique steph3 andrea marcelo"),
    *_voices("klatt", "klatt3 caleb edward2"),
    *_voices("flite", "rms"),
    *_voices("festival", "ked_diphone"),
)
"""Speakers that no training clip contains; ``rms`` and ``ked`` are held out of both engines."""


def voices(split: str, lang: str = "en", family: str | None = None) -> tuple[Voice, ...]:
    """The voices of ``"train"`` or ``"heldout"`` that speak a language."""
    pool = TRAIN_VOICES if split == "train" else HELDOUT_VOICES
    return tuple(v for v in pool if v.speaks(lang) and family in (None, v.family))


@dataclass(frozen=True)
class Prosody:
    """How a sentence is said: the whole of what "emotion" means in this synthetic world.

    ``pitch`` and ``spread`` are espeak-ng's 0 to 99 scales, ``rate`` is words per minute,
    ``drive`` is saturation (0 none, 3 a shout), ``level`` the RMS amplitude, ``tilt`` the gain
    above 1.2 kHz in dB (a smile brightens a voice, sorrow dulls it), ``tremor`` the depth of a
    trembling of 5 to 6 Hz, from 0 to 1.
    """

    emotion: str
    pitch: float
    spread: float
    rate: float
    drive: float
    level: float
    tilt: float = 0.0
    tremor: float = 0.0


_RANGES = {  # emotion: pitch, spread, rate, drive, level, tilt, tremor
    "NEUTRAL": ((38, 56), (38, 60), (138, 170), (0, 0), 0.08, (-2, 2), (0, 0)),
    "HAPPY": ((80, 99), (80, 99), (184, 214), (0, 0), 0.10, (6, 10), (0, 0)),
    "SAD": ((4, 22), (4, 20), (98, 122), (0, 0), 0.05, (-10, -6), (0.25, 0.5)),
    "ANGRY": ((20, 40), (70, 99), (184, 215), (2.4, 4.0), 0.16, (0, 4), (0, 0)),
}


_BELOW = butter(1, 1200, fs=RATE)


def prosody(rng: random.Random, emotion: str) -> Prosody:
    """A random delivery of one of :data:`EMOTIONS`."""
    pitch, spread, rate, drive, level, tilt, tremor = _RANGES[emotion]
    u = rng.uniform
    return Prosody(emotion, u(*pitch), u(*spread), u(*rate), u(*drive), level, u(*tilt), u(*tremor))


@dataclass(frozen=True)
class Spoken:
    """A sentence as sound: mono 16 kHz, silence trimmed off both ends.

    ``starts`` holds the start of each unit of the sentence in seconds, or is None where the
    engine and the grammar count differently; ``exact`` is False where it is estimated; ``emotion``
    is what was acted.
    """

    audio: Audio
    sentence: Sentence
    voice: Voice
    emotion: str
    starts: tuple[float, ...] | None
    exact: bool = True

    @property
    def seconds(self) -> float:
        return len(self.audio) / RATE


def speak(
    sentence: Sentence,
    voice: Voice,
    delivery: Prosody,
    accent: int = 0,
    size: float = 1.0,
    speaker: int | None = None,
) -> Spoken:
    """Say a sentence.

    Args:
        sentence: what to say.
        voice: who; must speak the sentence's language.
        delivery: how; voices that cannot act speak neutrally whatever is asked, though a little
            higher or lower, faster or slower.
        accent: picks among the English accents of espeak-ng.
        size: speed-up by resampling, which also moves pitch and formants up: 1.1 is a smaller
            speaker, 0.9 a larger one.
        speaker: seed of another speaker, into whom the voice is converted.

    Raises:
        RuntimeError: the engine gave no sound.
    """
    raw, found = _ENGINES[voice.family](sentence, voice.name, delivery, accent)
    loud = np.flatnonzero(np.abs(raw) > 0.02 * np.abs(raw).max(initial=1e-4))
    if len(raw) < RATE // 10 or len(loud) == 0:
        raise RuntimeError(f"{voice.family} {voice.name} gave no sound for {sentence.text!r}")
    first, last = max(0, loud[0] - 160), min(len(raw), loud[-1] + 800)
    audio: Samples = raw[first:last]
    starts: list[float] | None = None
    if len(found) == len(sentence.words):
        starts = [max(0.0, t - first / RATE) for t in found]
    if speaker is not None:
        audio, times = conversion.another_speaker(audio, speaker)
        starts = starts and [float(t) for t in times(np.array(starts))]
    starts = starts and [t / size for t in starts]
    if size != 1.0:
        at = np.arange(0, len(audio) - 1, size)
        audio = np.interp(at, np.arange(len(audio)), audio)
    if not voice.acts():
        delivery = replace(delivery, emotion="NEUTRAL", drive=0.0, level=0.08, tilt=0.0, tremor=0.0)
    audio = audio * (0.08 / (float(np.sqrt(np.mean(audio**2))) + 1e-9))
    if delivery.tilt:
        bass = lfilter(*_BELOW, audio)
        audio = bass + (audio - bass) * 10 ** (delivery.tilt / 20)
    if delivery.tremor:
        beat = np.sin(2 * np.pi * (5 + delivery.pitch / 22) * np.arange(len(audio)) / RATE)
        audio = audio * (1 - delivery.tremor * (0.5 + 0.5 * beat))
    if delivery.drive:
        audio = np.tanh(audio * delivery.drive * 6)
    audio = audio * (delivery.level / (float(np.sqrt(np.mean(audio**2))) + 1e-9))
    return Spoken(
        audio.astype(np.float32),
        sentence,
        voice,
        delivery.emotion,
        None if starts is None else tuple(starts),
        voice.family != "pico",
    )


# ---------------------------------------------------------------------------------- espeak-ng
class _EspeakEvent(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_LIST_END, _WORD = 0, 1
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_EspeakEvent)
)


class _Espeak:
    """The library of espeak-ng. One a process: a second initialisation never returns."""

    def __init__(self) -> None:
        self._lib = ctypes.CDLL("libespeak-ng.so.1")
        self._rate = self._lib.espeak_Initialize(1, 200, None, 0)  # 1: hand the samples back
        self._chunks: list[npt.NDArray[np.int16]] = []
        self._events: list[tuple[int, int, float]] = []
        self._hook = _CALLBACK(self._take)  # kept: ctypes does not
        self._lib.espeak_SetSynthCallback(self._hook)

    def _take(self, samples, count, events) -> int:  # type: ignore[no-untyped-def]
        if samples and count > 0:
            self._chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        i = 0
        while events[i].type != _LIST_END:
            if events[i].type == _WORD:
                e = events[i]
                self._events.append((e.text_position - 1, e.length, e.audio_position / 1000))
            i += 1
        return 0

    def say(
        self, sentence: Sentence, variant: str, delivery: Prosody, accent: int
    ) -> tuple[Audio, list[float]]:
        self._chunks, self._events = [], []
        accents = ESPEAK_LANGUAGE[sentence.lang]
        name = f"{accents[accent % len(accents)]}+{variant}"
        if self._lib.espeak_SetVoiceByName(name.encode()) != 0:
            raise RuntimeError(f"espeak-ng has no voice {name}")
        settings = ((1, delivery.rate), (2, 100), (3, delivery.pitch), (4, delivery.spread))
        for parameter, value in settings:
            self._lib.espeak_SetParameter(parameter, int(value), 0)
        text = sentence.speech
        data = text.encode() + b"\0"
        self._lib.espeak_Synth(data, len(data), 0, 1, 0, 1, None, None)
        self._lib.espeak_Synchronize()
        if not self._chunks:
            return np.zeros(0, np.float32), []
        wave = np.concatenate(self._chunks).astype(np.float32) / np.float32(32768)
        return _to_rate(wave, self._rate), _unit_starts(sentence, text, self._events)


def _unit_starts(
    sentence: Sentence, text: str, events: list[tuple[int, int, float]]
) -> list[float]:
    """Start of each spoken unit from word events at character offsets.

    espeak-ng says some pairs as one word ("in the"); the second of them gets its share, by
    letters, of the time up to the next event.
    """
    known = {offset: t for offset, _, t in events if offset >= 0}
    end = max((t for _, _, t in events), default=0.0)
    offsets, at = [], 0
    for unit in sentence.spoken:
        at = text.index(unit, at)
        offsets.append(at)
        at += len(unit)
    if not known or offsets[0] not in known:
        return []
    anchors = sorted((o, t) for o, t in known.items() if o in offsets)
    if anchors[-1][0] != len(text):
        anchors.append((len(text), max(end, anchors[-1][1])))
    where, when = zip(*anchors, strict=True)
    return [float(t) for t in np.interp(offsets, where, when)]


# --------------------------------------------------------------------------------------- Flite
class _Wave(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    )


class _Flite:
    """CMU Flite's library, with the word times of its utterance structure."""

    _START = b"R:SylStructure.daughter1.daughter1.R:Segment.p.end"

    def __init__(self) -> None:
        for needed in ("libflite.so.1", "libflite_usenglish.so.1", "libflite_cmulex.so.1"):
            ctypes.CDLL(needed, mode=ctypes.RTLD_GLOBAL)
        lib = self._lib = ctypes.CDLL("libflite.so.1")
        lib.flite_init()
        pointer = ctypes.c_void_p
        for name, result, arguments in (
            ("flite_synth_text", pointer, [ctypes.c_char_p, pointer]),
            ("utt_wave", ctypes.POINTER(_Wave), [pointer]),
            ("utt_relation", pointer, [pointer, ctypes.c_char_p]),
            ("relation_head", pointer, [pointer]),
            ("item_next", pointer, [pointer]),
            ("ffeature_float", ctypes.c_float, [pointer, ctypes.c_char_p]),
            ("delete_utterance", None, [pointer]),
            ("feat_set_float", None, [pointer, ctypes.c_char_p, ctypes.c_float]),
        ):
            function = getattr(lib, name)
            function.restype, function.argtypes = result, arguments

    @cache  # noqa: B019 - one instance lives as long as the process
    def _voice(self, name: str) -> int:
        prefix = "cmu_us" if name != "time" else "cmu_time"
        library = ctypes.CDLL(f"libflite_{prefix}_{name}.so.1")
        register = getattr(library, f"register_{prefix}_{name}")
        register.restype, register.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
        return int(register(None))

    def say(
        self, sentence: Sentence, name: str, delivery: Prosody, accent: int
    ) -> tuple[Audio, list[float]]:
        lib, voice = self._lib, self._voice(name)
        features = ctypes.cast(voice, ctypes.POINTER(ctypes.c_void_p))[1]
        lib.feat_set_float(features, b"duration_stretch", _stretch(delivery))
        if name in _TARGET:
            mean, spread = (x * _register(delivery) for x in _TARGET[name])
            lib.feat_set_float(features, b"int_f0_target_mean", mean)
            lib.feat_set_float(features, b"int_f0_target_stddev", spread)
        utterance = lib.flite_synth_text(sentence.speech.encode(), voice)
        wave = lib.utt_wave(utterance).contents
        samples = np.ctypeslib.as_array(wave.samples, (wave.num_samples,))
        audio = _to_rate(samples.astype(np.float32) / np.float32(32768), wave.sample_rate)
        starts, item = [], lib.relation_head(lib.utt_relation(utterance, b"Word"))
        while item:
            starts.append(float(lib.ffeature_float(item, self._START)))
            item = lib.item_next(item)
        lib.delete_utterance(utterance)
        return audio, starts


def _stretch(delivery: Prosody) -> float:
    """How much longer a voice that cannot act speaks."""
    return float(np.clip((155 / delivery.rate) ** 0.6, 0.82, 1.25))


def _register(delivery: Prosody) -> float:
    """How much higher a voice that cannot act speaks."""
    return float(1.3 ** ((delivery.pitch - 50) / 50))


_TARGET = {"kal": (95.0, 11.0), "kal16": (95.0, 11.0)}
"""Mean and deviation of the pitch in hertz that a diphone voice of Flite aims at."""


# ------------------------------------------------------------------------------------ Festival
class _Festival:
    """Festival's interpreter, kept running; one line of Scheme a sentence."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["festival", "--pipe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._folder = tempfile.TemporaryDirectory(prefix="festival")

    def say(
        self, sentence: Sentence, name: str, delivery: Prosody, accent: int
    ) -> tuple[Audio, list[float]]:
        path = Path(self._folder.name, "said.wav")
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(
            f"(voice_{name})(Parameter.set 'Duration_Stretch {_stretch(delivery):.3f})"
            f"(set! int_lr_params '((target_f0_mean {105 * _register(delivery):.0f})"
            f"(target_f0_std {14 * _register(delivery) ** 2:.0f})"
            "(model_f0_mean 170) (model_f0_std 34)))"
            f'(set! u (utt.synth (Utterance Text "{sentence.speech}")))'
            f'(utt.save.wave u "{path}" \'riff)'
            '(mapcar (lambda (w) (format t "%f " (item.feat w \'word_start)))'
            " (utt.relation.items u 'Word))"
            '(format t "\\nsaid\\n")(fflush nil)\n'  # a pipe is not flushed line by line
        )
        self._process.stdin.flush()
        starts: list[float] = []
        for line in self._process.stdout:
            if line.strip() == "said":
                break
            starts += [float(t) for t in line.split() if t.replace(".", "", 1).isdigit()]
        else:
            raise RuntimeError("festival ended")
        rate, samples = wavfile.read(path)
        return _to_rate(samples.astype(np.float32) / np.float32(32768), rate), starts


# ---------------------------------------------------------------------------------------- Pico
class _Pico:
    """SVOX Pico. It tells no times, so a sentence is compared with the same one by Flite."""

    _MODEL = "slt"

    @cache  # noqa: B019 - one instance lives as long as the process
    def _engine(self, name: str) -> Any:
        import ttspico

        return ttspico.TtsEngine(name)

    def say(
        self, sentence: Sentence, name: str, delivery: Prosody, accent: int
    ) -> tuple[Audio, list[float]]:
        engine = self._engine(name)
        engine.set_property("rate", round(100 / _stretch(delivery)))
        engine.set_property("pitch", round(100 * _register(delivery)))
        data = engine.speak(sentence.speech)
        audio = np.frombuffer(data, np.int16).astype(np.float32) / np.float32(32768)
        if not len(audio):
            return audio, []
        flite, starts = _instance(_Flite).say(sentence, self._MODEL, delivery, accent)
        return audio, alignment.carry_over(starts, flite, audio)


def _to_rate(wave: Audio, rate: int) -> Audio:
    if rate == RATE:
        return wave
    divisor = int(np.gcd(rate, RATE))
    return np.asarray(resample_poly(wave, RATE // divisor, rate // divisor), np.float32)


Engine = Callable[[Sentence, str, Prosody, int], tuple[Audio, list[float]]]
_instance = cache(lambda kind: kind())
_ENGINES: dict[str, Engine] = {
    "espeak": lambda *a: _instance(_Espeak).say(*a),
    "klatt": lambda *a: _instance(_Espeak).say(*a),
    "flite": lambda *a: _instance(_Flite).say(*a),
    "festival": lambda *a: _instance(_Festival).say(*a),
    "pico": lambda *a: _instance(_Pico).say(*a),
}
