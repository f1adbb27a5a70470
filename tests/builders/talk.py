"""Talk in five languages as a recogniser writes it: sentences, and an hour of them from a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from fractions import Fraction

from tests.builders.documents import make_document, make_segment
from vidtag.core.records import Document, Emotion, EventKind, EventSpan, Language, Segment, Word

TALK = {
    Language.EN: (
        "Good evening everyone, and welcome to the show.",
        "I have been thinking about the way people talk to their dogs, because my neighbor John "
        "Smith has a very big dog that weighs 80 kilograms and does not listen to anybody at all.",
        "So I asked him what he was feeding it, and he said nothing.",
        "Right?",
        "The first time I met her she was standing in front of the old library with three hundred "
        "books in a shopping cart, and she looked at me as if I had stolen the four hundredth.",
        "We should have been there at half past seven, but the train was late again.",
        "That's all from me. Thank you so much!",
        "Dr. Miller told us that the experiment ran for 12 hours without a single failure.",
        "I don't know who invented the alarm clock, but I would like to have a word with him.",
    ),
    Language.ZH: (
        "大家好，今天我们来聊一聊人工智能的发展，特别是Python语言在机器学习里的应用。",
        "我昨天用OpenAI的模型写了三个程序，结果都不能运行。",
        "你知道吗？我奶奶今年已经八十五岁了，可是她每天早上还要跑五公里。",
        "谢谢大家。",
        "这个问题其实没有那么简单，因为每个人对幸福的理解都不一样，所以我们不能只看收入的高低。",
        "他说他下个星期要去北京开会，顺便看看老朋友。",
    ),
    Language.YUE: (
        "你哋今日食咗飯未呀？我哋聽日去旺角睇戲啦，之後一齊去食嘢。",
        "琴日落好大雨，我冇帶遮，成個人濕晒。",
        "唔該晒各位，多謝你哋嚟捧場。",
        "我阿媽成日話我唔識慳錢，但係佢自己一見到減價就買到停唔到手。",
    ),
    Language.JA: (
        "今日はとても天気が良いので、私は友達と一緒に東京タワーへ行くことにしました。",
        "写真をたくさん撮りたいと思います。",
        "昨日の夜、駅の前で財布を落としてしまったんですが、親切な人が交番に届けてくれました。",
        "ありがとうございます。",
        "この本は、子供の頃に父が買ってくれたもので、今でも時々読み返しています。",
    ),
    Language.KO: (
        "안녕하세요 여러분, 오늘은 제가 정말 재미있는 이야기를 하나 들려드릴 수 있을 것 같아요.",
        "그런데 시간이 20 분 밖에 없어요.",
        "어제 친구하고 같이 새로 생긴 식당에 갔는데 음식이 너무 매워서 한 시간 동안 물만 "
        "마셨습니다.",
        "감사합니다!",
        "우리 할머니는 올해 여든 살이 되셨지만 아직도 매일 아침 산책을 하십니다.",
    ),
}
"""Sentences as a recogniser writes them."""

SECONDS_PER_CHARACTER = {
    Language.EN: 0.066,
    Language.ZH: 0.19,
    Language.YUE: 0.19,
    Language.JA: 0.155,
    Language.KO: 0.15,
}
"""Ordinary speech: 15 letters, 5 Chinese characters, 6 or 7 kana and kanji a second."""

_TOKEN = re.compile(r"[A-Za-z0-9]+[，。？！、]?|[^\s][，。？！、]*")


def paced_words(
    text: str, language: Language, start: float, pace: Callable[[], float] = lambda: 1.0
) -> tuple[Word, ...]:
    """Words of a sentence with times, as the recogniser gives them."""
    spaced = language in (Language.EN, Language.KO)
    tokens = text.split() if spaced else _TOKEN.findall(text)
    words = []
    now = start
    for index, token in enumerate(tokens):
        letters = max(1, len(re.sub(r"[^\w]", "", token)))
        long = letters * SECONDS_PER_CHARACTER[language] * pace() + (0.02 if spaced else 0)
        words.append(Word(token, now, now + 0.92 * long, 0.9, spaced and index > 0))
        now += long + (0.2 * pace() if token[-1] in ",，、" else 0)
        now += 0.45 * pace() if token[-1] in ".?!。？！" else 0
    return tuple(words)


def make_talk(
    segments: Sequence[Segment],
    events: Sequence[EventSpan] = (),
    *,
    rate: Fraction = Fraction(24000, 1001),
) -> Document:
    """The document of a video that ends 5 s after the last segment."""
    duration = max((s.end for s in segments), default=10.0) + 5
    return make_document(segments, events, duration=duration, rate=rate)


def mixed_talk(seconds: float, seed: int = 1) -> Document:
    """Talk in five languages that changes language, pace and mood, with laughs and applause."""
    chance = random.Random(seed)
    segments: list[Segment] = []
    events: list[EventSpan] = []
    now = 0.7
    language = Language.EN
    while now < seconds:
        if chance.random() < 0.25:
            language = chance.choice(list(TALK))
        texts = [chance.choice(TALK[language]) for _ in range(chance.randint(1, 3))]
        joiner = " " if language in (Language.EN, Language.KO) else ""
        words = paced_words(joiner.join(texts), language, now, lambda: chance.uniform(0.8, 1.25))
        emotion = chance.choice([Emotion.NEUTRAL, Emotion.HAPPY, Emotion.SAD, Emotion.ANGRY])
        segments.append(make_segment(words, language, emotion))
        now = words[-1].end + chance.choice([0.3, 0.5, 0.9, 1.5, 4.0])
        if chance.random() < 0.15:
            kind = chance.choice([EventKind.LAUGHTER, EventKind.APPLAUSE, EventKind.COUGH])
            start = words[-1].end - chance.uniform(-0.3, 1.5)
            events.append(EventSpan(kind, start, start + chance.uniform(0.5, 5.0), 0.9, 0.8))
            if chance.random() < 0.6:
                now = max(now, events[-1].end + 0.2)
    return make_talk(segments, events)
