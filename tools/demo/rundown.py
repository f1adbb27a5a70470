"""The show: who says what, what is heard, in which order.

Every sentence is one that :mod:`tools.pocket.grammar` can make and keeps out of training, every
voice is one kept out of training; :func:`check` makes sure of both.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from tools.demo.figures import Looks
from tools.demo.stage import Actor
from tools.pocket import grammar
from tools.pocket.voices import HELDOUT_VOICES, Prosody, Voice

RATE = 25
"""Frames per second."""
AUDIO_START = 0.35
"""Seconds from the first frame to the first sample of sound."""
TITLE = "THE STRANGE SHOW"

_NEUTRAL = Prosody("NEUTRAL", 50, 50, 150, 0.0, 0.08)
_LOW = Prosody("NEUTRAL", 42, 44, 148, 0.0, 0.08)
_HAPPY = Prosody("HAPPY", 88, 88, 192, 0.0, 0.10, tilt=8.0)
_ANGRY = Prosody("ANGRY", 28, 86, 196, 3.0, 0.16, tilt=2.0)


@dataclass(frozen=True)
class Person:
    """Somebody who speaks; ``actor`` is None for a voice from off the stage."""

    key: str
    voice: Voice
    actor: Actor | None
    pan: float
    """From -1 (left) to 1 (right)."""


@dataclass(frozen=True)
class Say:
    """A sentence, ``gap`` seconds after the end of what came before (negative: over it)."""

    person: str
    lang: str
    text: str
    delivery: Prosody = _NEUTRAL
    gap: float = 0.45


@dataclass(frozen=True)
class Hear:
    """A sound, ``gap`` seconds after the end of what came before.

    What follows counts from its end, or from ``hold`` seconds after its start where given.
    """

    kind: str
    method: str
    """Name of the function of :mod:`tools.pocket.sounds` that makes it."""
    seconds: float
    seed: int
    gap: float = 0.25
    hold: float | None = None
    level: float = 0.1
    low: tuple[float, float] | None = None
    """Music only: from how many seconds on it is turned down, and to which level."""


@dataclass(frozen=True)
class Caption:
    """A chapter begins with the next item."""

    title: str
    lang: str


Item = Say | Hear | Caption

PEOPLE = (
    Person(
        "Lucy",
        Voice("espeak", "f3"),
        Actor(
            "Lucy", "en",
            Looks((250, 214, 186), (74, 42, 38), "bob", (214, 64, 110), (255, 244, 232)),
        ),
        -0.3,
    ),
    Person(
        "Tom",
        Voice("espeak", "Alex"),
        Actor(
            "Tom", "en",
            Looks(
                (236, 188, 150), (196, 104, 48), "short", (52, 110, 160), (240, 240, 250),
                beard=True,
            ),
        ),
        -0.1,
    ),
    Person(
        "Kenta",
        Voice("espeak", "m4"),
        Actor(
            "健太", "ja",
            Looks(
                (248, 212, 176), (28, 26, 36), "short", (46, 134, 112), (250, 250, 240),
                glasses=True,
            ),
        ),
        0.1,
    ),
    Person(
        "Jiwoo",
        Voice("espeak", "steph3"),
        Actor(
            "지우", "ko",
            Looks((252, 218, 192), (34, 26, 34), "bun", (236, 150, 60), (255, 250, 240)),
        ),
        0.3,
    ),
    Person("announcer", Voice("flite", "rms"), None, 0.0),
)  # fmt: skip

SHOW: tuple[Item, ...] = (
    Caption("Good evening", "en"),
    Hear("BGM", "music_fm", 13.0, 7071, gap=0.0, hold=3.4, level=0.09, low=(3.0, 0.012)),
    Say("announcer", "en", "good evening, it is great to see fifty people behind the house."),
    Say(
        "Lucy", "en", "good evening everybody, I am Lucy, and this is the strange show.", _HAPPY,
        gap=0.6,
    ),
    Hear("Applause", "clap_granular", 3.2, 7072, gap=0.5),
    Caption("The lost cake", "en"),
    Say("Lucy", "en", "after lunch my brother bought a small cake.", gap=0.8),
    Say("Lucy", "en", "I asked my brother, where is the cake?"),
    Say("Lucy", "en", "and my brother said, it is on the street."),
    Hear("Laughter", "laugh_audience", 3.0, 7073),
    Say(
        "Lucy", "en",
        "my doctor told me to run fifty minutes every day, so now I am ten hours from home.",
        gap=0.7,
    ),
    Hear("Laughter", "laugh_group", 4.6, 7074, hold=1.7, level=0.06),
    Say("Lucy", "en", "okay, that was so beautiful!", gap=0.0),
    Caption("Where is the guitar?", "en"),
    Say("Tom", "en", "where is the beautiful guitar?", _ANGRY, gap=1.6),
    Hear("Cough", "cough_burst", 1.0, 7075, gap=0.7),
    Say("Lucy", "en", "my brother wanted to play, but the guitar was too heavy.", gap=0.7),
    Caption("中文时间", "zh"),
    Say("Lucy", "zh", "下午我问姐姐，为什么蛋糕在山上？", gap=0.4),
    Say("Lucy", "zh", "姐姐说，因为蛋糕想去睡觉。"),
    Hear("Laughter", "laugh_audience", 2.6, 7076),
    Caption("東京からのお客さん", "ja"),
    Say(
        "Kenta", "ja",
        "皆さん、/みなさん、 こんばんは。/こんばんわ。 "
        "今日は/きょうわ 美味しい/おいしい 話です。/はなしです。",
        _LOW, gap=0.9,
    ),
    Say(
        "Kenta", "ja",
        "昨日、/きのう、 猫に/ねこに 聞きました。/ききました。 "
        "ケーキは/ケーキわ どこですか？", _LOW,
    ),
    Say("Kenta", "ja", "それは/それわ 猫の/ねこの ケーキです！", _LOW, gap=0.6),
    Hear("Laughter", "laugh_audience", 3.2, 7077),
    Caption("서울에서 온 손님", "ko"),
    Say("Jiwoo", "ko", "여러분, 안녕하세요, 어제 재미있는 이야기를 준비해요.", gap=0.9),
    Say("Jiwoo", "ko", "그래서 강아지가 공원에서 빵을 잊었어요."),
    Caption("Good night", "en"),
    Say(
        "Lucy", "en", "thank you very much, you were quiet, good night!", _HAPPY, gap=1.0,
    ),
    Hear("Applause", "clap_texture", 5.5, 7078, gap=0.3, hold=3.5),
    Hear("BGM", "music_plucked", 7.0, 7079, gap=0.0, level=0.09),
)  # fmt: skip


def sentence(item: Say) -> grammar.Sentence:
    """What is said, as the grammar writes it."""
    return grammar.realise(random.Random(0), item.lang, item.text)


def check() -> None:
    """Raise ValueError unless everything said is new to a model made by ``tools.pocket``."""
    for person in PEOPLE:
        if person.voice not in HELDOUT_VOICES:
            raise ValueError(f"{person.voice} is heard in training")
    for item in SHOW:
        if isinstance(item, Say):
            said = sentence(item)
            if not grammar.is_heldout(said):
                raise ValueError(f"{said.text!r} may be heard in training")
            _, rows, stage = grammar.TABLES[item.lang]
            if not any(_fits(item.text, row, item.lang) for row in (*rows, *stage)):
                raise ValueError(f"{item.text!r} is not of the grammar")


def _fits(text: str, template: str, lang: str) -> bool:
    """Whether ``text`` is a filling of the template."""
    if lang != "ja":
        return re.fullmatch(_pattern(template, lang, 0), text) is not None
    units, rows = text.split(), template.split()
    return len(units) == len(rows) and all(
        re.fullmatch(_pattern(row, lang, side), unit)
        for both, pair in zip(units, rows, strict=True)
        for side, (unit, row) in enumerate(zip(_faces(both), _faces(pair), strict=True))
    )


def _faces(unit: str) -> tuple[str, str]:
    """Written and spoken face of a Japanese unit."""
    written, _, spoken = unit.partition("/")
    return written, spoken or written


def _pattern(template: str, lang: str, side: int) -> str:
    """A regular expression for all fillings; ``side`` is 0 for the written face of a slot."""
    slots = grammar.TABLES[lang][0]

    def any_of(slot: re.Match[str]) -> str:
        values = (value.split("/")[-side] for value in slots[slot[1]])
        return "(" + "|".join(map(re.escape, values)) + ")"

    return re.sub(r"\\\{(\w+)\\\}", any_of, re.escape(template))
