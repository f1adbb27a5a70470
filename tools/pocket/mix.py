"""Scenes: speech, sound events and music laid on one time line, with exact labels.

A scene is cut in two ways. Whole, it is an utterance with its text. In windows of one or two
seconds, cut wherever chance falls, it is what a sliding window over a film hears; such a window
has a language, an emotion and an event where those are unambiguous, and no text.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from tools.pocket import grammar, sounds, voices
from tools.pocket.sounds import RATE, Audio

LANGUAGE_SHARES = {
    "train": {"en": 0.54, "zh": 0.14, "yue": 0.08, "ja": 0.09, "ko": 0.15},
    "heldout": {"en": 0.38, "zh": 0.24, "yue": 0.12, "ja": 0.13, "ko": 0.13},
}
EMOTION_SHARES = {"NEUTRAL": 0.43, "HAPPY": 0.19, "SAD": 0.19, "ANGRY": 0.19}
ENGLISH_FAMILIES = {
    "train": {"espeak": 0.18, "klatt": 0.10, "flite": 0.29, "festival": 0.24, "pico": 0.19},
    "heldout": {"espeak": 0.38, "klatt": 0.18, "flite": 0.25, "festival": 0.19},
}
CONVERTED = 0.75
"""Of the sentences in training that voices say which cannot act: said by another speaker."""
NUMBERS = 0.15
"""Of the English sentences in training: certain to have a number, besides those that happen to."""
SPLICED = 0.15
"""Of the sentences in training: words of the language in no order."""
DIRECT = (-6.0, 18.0)
"""dB of energy between a voice and its room, in recordings: from across a hall to a lavalier."""
EVENT_SHARES = {
    "Laughter": 0.36, "Applause": 0.31, "Cough": 0.09, "Cry": 0.10, "Sneeze": 0.07, "Breath": 0.07,
}  # fmt: skip
AUDIENCE = ("Laughter", "Applause")
BOTH = "+".join(AUDIENCE)
"""Event of a window with both of about the same length and strength: half of each."""
HARD_NEGATIVES = 0.5
"""Of the noises: like the real ones that fooled the model before it was trained on them."""
UNSURE = 0.12
"""Seconds by which an estimated start may be wrong."""
WINDOW_SECONDS = (0.8, 1.0, 1.0, 1.0, 1.0, 1.2, 1.5, 2.0, 2.5)
WINDOWS = 9
"""Windows cut out of one long scene."""
REACTION_WINDOWS = 4
"""Windows cut out of one event of some seconds."""

Split = Literal["train", "test", "method"]
"""``test``: voices and sentences never trained on, sounds of known methods by other seeds;
``method``: besides, laughter and applause by methods never trained on."""


@dataclass(frozen=True)
class Span:
    """Something that sounds from ``start`` to ``end`` seconds; ``kind`` as in the event tags,
    ``level`` its RMS amplitude where it sounds.
    """

    kind: str
    start: float
    end: float
    lang: str = ""
    emotion: str = ""
    level: float = sounds.LEVEL


@dataclass(frozen=True)
class Unit:
    """A unit of the text and when it may be heard: it starts in [earliest, latest] seconds and
    is over at ``end``. ``exact`` where the synthesiser told the start.
    """

    shown: str
    plain: str
    earliest: float
    latest: float
    end: float
    exact: bool


@dataclass(frozen=True)
class Example:
    """One training or test example. None as a label: ambiguous; as ``units``: text unknown."""

    kind: str
    audio: Audio
    lang: str | None
    emotion: str | None
    event: str | None
    units: tuple[Unit, ...] | None
    family: str = ""

    @property
    def seconds(self) -> float:
        return len(self.audio) / RATE


def text_of(lang: str | None, parts: Iterable[str]) -> str:
    """Units joined as the language writes them."""
    return (" " if lang in grammar.SPACED else "").join(parts)


@dataclass
class Scene:
    """Sound under construction."""

    audio: Audio = field(default_factory=lambda: np.zeros(0, np.float32))
    spans: list[Span] = field(default_factory=list)
    said: list[tuple[float, voices.Spoken]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return len(self.audio) / RATE

    def add(self, sound: Audio, at: float, gain_db: float = 0.0) -> tuple[float, float]:
        """Mix a sound in, lengthening the scene if need be; returns its start and end."""
        first = max(0, round(at * RATE))
        last = first + len(sound)
        if last > len(self.audio):
            self.audio = np.pad(self.audio, (0, last - len(self.audio)))
        self.audio[first:last] += sound * np.float32(10 ** (gain_db / 20))
        return first / RATE, last / RATE

    def mark(self, kind: str, sound: Audio, at: float, gain_db: float = 0.0) -> float:
        """:meth:`add` with a span of that kind; returns the end."""
        start, end = self.add(sound, at, gain_db)
        self.spans.append(Span(kind, start, end, level=_level(sound) * 10 ** (gain_db / 20)))
        return end

    def say(self, spoken: voices.Spoken, at: float) -> float:
        """Add speech; returns its end."""
        start, end = self.add(spoken.audio, at)
        sentence, level = spoken.sentence, _level(spoken.audio)
        self.spans.append(Span("Speech", start, end, sentence.lang, spoken.emotion, level))
        self.said.append((start, spoken))
        return end

    def units(self) -> tuple[Unit, ...]:
        """The units of all that was said, in order."""
        out: list[Unit] = []
        for start, spoken in self.said:
            end, sentence = start + spoken.seconds, spoken.sentence
            starts = spoken.starts
            for i, (shown, plain) in enumerate(zip(sentence.shown, sentence.words, strict=True)):
                if starts is None:
                    out.append(Unit(shown, plain, start, end, end, False))
                else:
                    at = float(start + starts[i])
                    over = float(start + starts[i + 1]) if i + 1 < len(starts) else end
                    slack = 0.0 if spoken.exact else UNSURE
                    out.append(
                        Unit(shown, plain, at - slack, at + slack, over + slack, spoken.exact)
                    )
        return tuple(out)


class Director:
    """Makes scenes and cuts examples out of them; every choice follows from the seed."""

    def __init__(self, seed: int, split: Split) -> None:
        self._random = random.Random(seed)
        self._rng = np.random.default_rng(seed)
        self._sentences = "train" if split == "train" else "heldout"
        self._sounds: sounds.Split = {"train": "train", "test": "test", "method": "heldout"}[split]  # type: ignore[assignment]

    def examples(self, shares: dict[str, float]) -> Iterator[Example]:
        """Examples without end, in the given shares of :data:`MAKERS` kinds."""
        while True:
            kind = self._random.choices(list(shares), list(shares.values()))[0]
            for example in MAKERS[kind](self):
                if 0.4 < example.seconds < 14:
                    yield replace(example, kind=kind)

    # ------------------------------------------------------------------ parts
    def _choice(self, shares: dict[str, float]) -> str:
        return self._random.choices(list(shares), list(shares.values()))[0]

    def _language(self) -> str:
        return self._choice(LANGUAGE_SHARES[self._sentences])

    def _voice(self, lang: str) -> voices.Voice:
        family = self._choice(ENGLISH_FAMILIES[self._sentences]) if lang == "en" else None
        if family is None and self._random.random() < 0.75:
            family = "espeak"
        return self._random.choice(voices.voices(self._sentences, lang, family))

    def _speech(self, lang: str, voice: voices.Voice, emotion: str) -> voices.Spoken:
        r = self._random
        # The engines with few voices make up for it by speakers of more sizes.
        varied, spread = (0.6, 0.08) if voice.acts() else (0.8, 0.11)
        size = float(np.exp(r.gauss(0, spread))) if r.random() < varied else 1.0
        sentence = grammar.sample(r, lang, self._sentences)
        accent, speaker = r.randrange(4), None
        if self._sentences == "train":
            if r.random() < SPLICED:
                sentence = grammar.splice(r, lang)
            elif lang == "en" and r.random() < NUMBERS:
                sentence = grammar.sample_from(r, lang, r.choice(grammar.COUNTING), "train")
            if not voice.acts() and r.random() < CONVERTED:
                speaker = r.randrange(1 << 30)
        delivery = voices.prosody(r, emotion)
        return voices.speak(sentence, voice, delivery, accent, min(1.25, max(0.82, size)), speaker)

    def _event(self) -> tuple[str, Audio]:
        kind = self._choice(EVENT_SHARES)
        sound = sounds.make(kind, self._rng, None, self._sounds)
        return kind, sound * np.float32(10 ** (self._random.uniform(-8, 4) / 20))

    def _music(self, seconds: float) -> Audio:
        return sounds.make("BGM", self._rng, seconds, self._sounds)

    def _noise(self, seconds: float) -> Audio:
        """A sound that is no event."""
        hard = self._random.random() < HARD_NEGATIVES
        return (sounds.hard_negative if hard else sounds.negative)(self._rng, seconds)

    def _record(self, audio: npt.NDArray[np.floating]) -> Audio:
        """From the scene to the file: room, distance, noise, level. A third stays clean."""
        r = self._random
        if r.random() > 0.35:
            if r.random() < 0.4:
                audio = sounds.room(audio, self._rng, r.uniform(*DIRECT))
            if r.random() < 0.12:
                audio = sounds.band(audio, self._rng)
            if r.random() < 0.6:
                noise = self._rng.standard_normal(len(audio))
                if r.random() < 0.6:
                    noise = lfilter([1], [1, -r.uniform(0.5, 0.98)], noise)
                loud = float(np.sqrt(np.mean(audio**2))) + 1e-4
                audio = audio + noise / noise.std() * loud * 10 ** (-r.uniform(10, 40) / 20)
        peak = float(np.abs(audio).max())
        if peak > 1e-4:
            audio = audio * (10 ** (r.uniform(-20, -1) / 20) / peak)
        if r.random() < 0.7:  # the hiss of any recorder; digital silence stays possible
            audio = audio + self._rng.standard_normal(len(audio)) * 10 ** (-r.uniform(60, 90) / 20)
        return np.clip(audio, -1, 1).astype(np.float32)

    def _whole(self, scene: Scene) -> Iterator[Example]:
        """The scene as one utterance."""
        tail = int(self._random.uniform(0.02, 0.5) * RATE)
        scene.audio = np.pad(scene.audio, (0, tail))
        kinds = [s.kind for s in scene.spans]
        events = [s for s in scene.spans if s.kind not in ("Speech", "BGM")]
        event: str | None = next((k for k in ("BGM", "Speech") if k in kinds), "Event_UNK")
        if events:
            event = None if drowned(events[0], scene.spans) else events[0].kind
        lang, family = "nospeech", ""
        emotion: str | None = "EMO_UNKNOWN"
        if scene.said:
            first = scene.said[0][1]
            lang, family = first.sentence.lang, first.voice.family
            moods = {spoken.emotion for _, spoken in scene.said}
            emotion = moods.pop() if len(moods) == 1 else None
        yield Example("", self._record(scene.audio), lang, emotion, event, scene.units(), family)

    # ------------------------------------------------------------------ kinds of scene
    def _talk(self, lead: float, sentences: int) -> Scene:
        """One person speaking, now and then a second one answering."""
        scene, at = Scene(), lead
        lang, emotion = self._language(), self._choice(EMOTION_SHARES)
        voice = self._voice(lang)
        for number in range(sentences):
            if number and self._random.random() < 0.25:
                voice = self._voice(lang)
            at = scene.say(self._speech(lang, voice, emotion), at) + self._random.uniform(0.1, 0.5)
        return scene

    def _lead(self) -> float:
        return self._random.choice((0.0, self._random.uniform(0, 0.6)))

    def speech(self) -> Iterator[Example]:
        yield from self._whole(self._talk(self._lead(), 1 if self._random.random() < 0.6 else 2))

    def speech_and_event(self) -> Iterator[Example]:
        """An event before, after or over the speech."""
        r = self._random
        where, (kind, sound) = r.choice(("before", "after", "over")), self._event()
        if where == "before":
            lead = self._lead()
            scene = self._talk(lead + len(sound) / RATE + r.uniform(-0.1, 0.4), 1)
            scene.mark(kind, sound, lead)
        else:
            scene = self._talk(self._lead(), 1)
            first, last = scene.spans[0].start, scene.spans[0].end
            at = last + r.uniform(-0.25, 0.4)
            if where == "over":
                at = r.uniform(first, max(first, last - len(sound) / RATE))
            scene.mark(kind, sound, max(0.0, at), r.uniform(-6, 0) if where == "over" else 0.0)
        yield from self._whole(scene)

    def speech_over_music(self) -> Iterator[Example]:
        scene = self._talk(self._lead(), 1 if self._random.random() < 0.8 else 2)
        scene.mark("BGM", self._music(scene.seconds + 0.3), 0.0, self._random.uniform(-16, -4))
        yield from self._whole(scene)

    def speech_in_noise(self) -> Iterator[Example]:
        scene = self._talk(self._lead(), 1)
        noise = self._noise(scene.seconds)
        scene.add(noise, 0.0, self._random.uniform(-24, -6))
        yield from self._whole(scene)

    def event(self) -> Iterator[Example]:
        scene = Scene()
        kind, sound = self._event()
        if self._random.random() < 0.25:
            kind, sound = "BGM", self._music(self._random.uniform(1, 5))
        scene.mark(kind, sound, self._lead())
        if self._random.random() < 0.25:
            noise = self._noise(scene.seconds)
            scene.add(noise, 0.0, self._random.uniform(-24, -10))
        yield from self._whole(scene)

    def negative(self) -> Iterator[Example]:
        scene = Scene()
        scene.add(self._noise(self._random.uniform(0.8, 4)), self._lead())
        yield from self._whole(scene)

    def noises(self) -> Iterator[Example]:
        """Windows of one noise, as a scan hears it; often with another, or music behind it."""
        r, scene = self._random, Scene()
        seconds, lead = r.uniform(2, 6), r.uniform(0, 0.8)
        scene.add(self._noise(seconds), lead, r.uniform(-8, 4))
        if r.random() < 0.3:
            scene.add(self._noise(r.uniform(0.5, seconds)), lead + r.uniform(0, seconds / 2))
        if r.random() < 0.15:
            scene.mark("BGM", self._music(scene.seconds), 0.0, r.uniform(-22, -4))
        yield from self._windows(scene, self._record(scene.audio), REACTION_WINDOWS)

    def silence(self) -> Iterator[Example]:
        yield from self._whole(
            Scene(np.zeros(int(self._random.uniform(0.5, 4) * RATE), np.float32))
        )

    def windows(self) -> Iterator[Example]:
        """Windows of one long scene."""
        r, seconds = self._random, self._random.uniform(9, 15)
        scene = self._medley(seconds) if r.random() < 0.12 else self._story(seconds)
        audio = self._record(scene.audio)
        yield from self._windows(scene, audio, WINDOWS)

    def _windows(self, scene: Scene, audio: Audio, count: int) -> Iterator[Example]:
        r = self._random
        for _ in range(count):
            seconds = r.choice(WINDOW_SECONDS)
            start = r.uniform(0, max(0.01, scene.seconds - seconds))
            lang, emotion, event = hear_window(scene.spans, start, start + seconds)
            if lang or emotion or event:
                cut = audio[int(start * RATE) : int((start + seconds) * RATE)]
                yield Example("", cut, lang, emotion, event, () if lang == "nospeech" else None)

    def reaction(self) -> Iterator[Example]:
        """Windows of one event, often a short one: alone, or with music, a noise or a second."""
        r, scene = self._random, Scene()
        kind = self._choice(EVENT_SHARES)
        audience, bed = kind in AUDIENCE, r.random()
        seconds = r.uniform(0.5, 1.3) if audience and r.random() < 0.35 else None
        sound = sounds.make(kind, self._rng, seconds, self._sounds)
        end = scene.mark(kind, sound, r.uniform(0, 0.8), r.uniform(-8, 4))
        if audience and bed > 0.8:
            other = AUDIENCE[1 - AUDIENCE.index(kind)]
            answer = sounds.make(other, self._rng, None, self._sounds)
            scene.mark(other, answer, r.uniform(0, end), r.uniform(-10, 4))
        scene.audio = np.pad(scene.audio, (0, int(r.uniform(0.1, 0.8) * RATE)))
        if bed < 0.25:
            scene.mark("BGM", self._music(scene.seconds), 0.0, r.uniform(-22, 0))
        elif bed < 0.5:
            scene.add(self._noise(scene.seconds), 0.0, r.uniform(-22, -4))
        yield from self._windows(scene, self._record(scene.audio), REACTION_WINDOWS)

    def _story(self, seconds: float) -> Scene:
        """Speech, pauses, events and noises in turn, some of it over music."""
        r, scene, at = self._random, Scene(), self._random.uniform(0, 0.8)
        lang = self._language()
        voice = self._voice(lang)
        while at < seconds:
            kind = r.choices(
                ("speech", "event", "noise", "stutter", "pause"), (0.42, 0.35, 0.11, 0.05, 0.07)
            )[0]
            if kind == "speech":
                if r.random() < 0.25:
                    lang = self._language()
                    voice = self._voice(lang)
                spoken = self._speech(lang, voice, self._choice(EMOTION_SHARES))
                if r.random() < 0.25:
                    name, sound = self._event()
                    scene.mark(name, sound, at + r.uniform(0, spoken.seconds), r.uniform(-6, 0))
                at = scene.say(spoken, at) + r.choice((r.uniform(-0.2, 0.1), r.uniform(0.1, 0.8)))
            elif kind == "event":
                name, sound = self._event()
                end = scene.mark(name, sound, at)
                if name in AUDIENCE and r.random() < 0.3:  # the other half of the audience
                    other = AUDIENCE[1 - AUDIENCE.index(name)]
                    begin = max(0.0, at + r.uniform(-0.3, 0.8) * len(sound) / RATE)
                    answer = sounds.make(other, self._rng, None, self._sounds)
                    end = max(end, scene.mark(other, answer, begin, r.uniform(-10, 4)))
                at = end + r.uniform(-0.1, 0.6)
            elif kind == "noise":
                noise = self._noise(r.uniform(0.5, 2.5))
                at = scene.add(noise, at, r.uniform(-12, 2))[1] + r.uniform(0, 0.4)
            elif kind == "stutter":
                spoken = self._speech(lang, voice, "NEUTRAL")
                at = scene.mark("Speech", self._repeated(spoken.audio), at) + r.uniform(0, 0.4)
            else:
                at += r.uniform(0.4, 1.5)
        if r.random() < 0.45:
            length = r.uniform(3, 12)
            start = r.uniform(0, max(0.1, scene.seconds - length))
            music = self._music(min(length, scene.seconds - start))
            scene.mark("BGM", music, start, r.uniform(-16, 2))
        return scene

    def _medley(self, seconds: float) -> Scene:
        """Music alone, piece after piece, now and then with a noise in it."""
        r, scene, at = self._random, Scene(), 0.0
        while at < seconds:
            at = scene.mark("BGM", self._music(r.uniform(2, 8)), at, r.uniform(-10, 2))
            if r.random() < 0.2:
                noise = self._noise(r.uniform(0.5, 2.5))
                scene.add(noise, max(0.0, at - r.uniform(0, 2)), r.uniform(-18, -6))
        return scene

    def _repeated(self, speech: Audio) -> Audio:
        """A syllable of it said again and again, as fast as laughter: speech all the same."""
        r, length = self._random, int(self._random.uniform(0.09, 0.24) * RATE)
        loud = np.convolve(speech**2, np.ones(length), "valid")[:: RATE // 50]
        start = int(r.choice(np.flatnonzero(loud >= np.quantile(loud, 0.7)))) * (RATE // 50)
        syllable = speech[start : start + length] * np.hanning(length) ** 0.5
        period = round(length * r.uniform(0.9, 1.6))
        times = r.randint(3, 9)
        out = np.zeros(period * times + length, np.float32)
        for i in range(times):
            at = i * period + (r.randrange(period // 8) if i else 0)
            out[at : at + length] += (syllable * r.uniform(0.7, 1))[: len(out) - at]
        return out


MAKERS = {
    "speech": Director.speech,
    "speech_and_event": Director.speech_and_event,
    "speech_over_music": Director.speech_over_music,
    "speech_in_noise": Director.speech_in_noise,
    "event": Director.event,
    "negative": Director.negative,
    "noises": Director.noises,
    "silence": Director.silence,
    "windows": Director.windows,
    "reaction": Director.reaction,
}


def _level(sound: Audio) -> float:
    loud = np.abs(sound) > 0.02 * np.abs(sound).max(initial=1e-9)
    return float(np.sqrt(np.mean(sound[loud] ** 2))) if loud.any() else 0.0


DROWNED_DB = -14.0
"""A sound this much below another one at the same time cannot be told from its absence."""


def drowned(span: Span, spans: list[Span]) -> bool:
    """Whether something louder covers at least half of it."""
    limit = span.level / 10 ** (DROWNED_DB / 20)
    return any(
        min(span.end, s.end) - max(span.start, s.start) > 0.5 * (span.end - span.start)
        for s in spans
        if s.level > limit
    )


def hear_window(spans: list[Span], a: float, b: float) -> tuple[str | None, str | None, str | None]:
    """Language, emotion and event of the window [a, b]; None where a listener might disagree."""
    heard: dict[str, float] = defaultdict(float)
    unheard = 0.0
    langs: dict[str, float] = defaultdict(float)
    emotions: dict[str, float] = defaultdict(float)
    for span in spans:
        overlap = min(b, span.end) - max(a, span.start)
        if overlap <= 0:
            continue
        part = replace(span, start=max(a, span.start), end=min(b, span.end))
        if span.kind not in ("Speech", "BGM") and drowned(part, spans):
            unheard += overlap
            continue
        heard[span.kind] += overlap
        if span.kind == "Speech" and span.lang:  # syllables torn out of their words have none
            langs[span.lang] += overlap
            emotions[span.emotion] += overlap
    speech, music = heard.pop("Speech", 0.0), heard.pop("BGM", 0.0)
    lang = _main(langs, speech, 0.6, 0.8) if speech >= 0.1 else "nospeech"
    emotion = _main(emotions, speech, 0.7, 0.9) if speech >= 0.1 else "EMO_UNKNOWN"
    ranked = sorted(heard.items(), key=lambda item: -item[1])
    if ranked and ranked[0][1] >= 0.35:
        clear = len(ranked) == 1 or ranked[0][1] > 1.5 * ranked[1][1]
        return lang, emotion, ranked[0][0] if clear else _both(spans, heard, a, b)
    if (ranked and ranked[0][1] > 0.12) or unheard > 0.12:
        return lang, emotion, None
    if music > 0.1 * (b - a):
        return lang, emotion, "BGM" if music > 0.5 * (b - a) else None
    if speech > 0.3:
        return lang, emotion, "Speech"
    return lang, emotion, "Event_UNK" if speech < 0.08 else None


EQUAL_DB = 6.0
"""Laughter and applause nearer than this in strength are heard alike."""


def _both(spans: list[Span], heard: dict[str, float], a: float, b: float) -> str | None:
    """:data:`BOTH`, where only laughter and applause are heard and neither is the stronger."""
    if set(heard) != set(AUDIENCE):
        return None
    levels = [
        max(s.level for s in spans if s.kind == kind and s.start < b and s.end > a)
        for kind in AUDIENCE
    ]
    return BOTH if max(levels) < min(levels) * 10 ** (EQUAL_DB / 20) else None


def _main(amounts: dict[str, float], total: float, least: float, share: float) -> str | None:
    """The largest amount's name if it is at least ``least`` seconds and ``share`` of the total."""
    name = max(amounts, key=lambda key: amounts[key], default="")
    return name if amounts.get(name, 0) > least and amounts[name] > share * total else None
