"""What is shown for what is not speech: sound events, emotions, the language spoken.

Wording follows subtitles for the deaf and hard of hearing, in the language of the passage or in the
viewer's: ``[laughter]``, ``[笑声]``, ``（笑い）``, ``[웃음]``; the BBC's labels are in capitals,
without brackets where they stand alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from vidtag.core.display import FINER_WORDS, LANGUAGE_NAMES
from vidtag.core.names import MarkerLanguage, WrittenLanguage
from vidtag.core.records import Emotion, EventKind, EventSpan, Language, Segment, Size
from vidtag.subtitles.characters import clean

_SQUARE = ("[", "]")
_ROUND = ("(", ")")
_BRACKETS: Mapping[WrittenLanguage, tuple[str, str]] = {"ja": ("（", "）")}

_WIDE_END = "）】』」"
"""Full-width brackets bring their own space."""

_WRITTEN: Mapping[Language, WrittenLanguage] = {
    Language.ZH: "zh-Hans",
    Language.YUE: "yue",
    Language.JA: "ja",
    Language.KO: "ko",
}

_KINDS = (
    EventKind.LAUGHTER,
    EventKind.APPLAUSE,
    EventKind.BGM,
    EventKind.CRY,
    EventKind.COUGH,
    EventKind.SNEEZE,
    EventKind.BREATH,
)


def _by_kind(*words: str) -> Mapping[EventKind, str]:
    return MappingProxyType(dict(zip(_KINDS, words, strict=True)))


EVENT_WORDS: Mapping[WrittenLanguage, Mapping[EventKind, str]] = MappingProxyType(
    {
        "en": _by_kind("laughter", "applause", "music", "crying", "coughs", "sneezes", "breathes"),
        "zh-Hans": _by_kind("笑声", "掌声", "音乐", "哭声", "咳嗽", "喷嚏", "呼吸声"),
        "zh-Hant": _by_kind("笑聲", "掌聲", "音樂", "哭聲", "咳嗽", "噴嚏", "呼吸聲"),
        "yue": _by_kind("笑聲", "掌聲", "音樂", "喊聲", "咳嗽", "打乞嚏", "呼吸聲"),
        "ja": _by_kind("笑い", "拍手", "音楽", "泣き声", "せき", "くしゃみ", "息づかい"),
        "ko": _by_kind("웃음", "박수", "음악", "울음", "기침", "재채기", "숨소리"),
    }
)
"""Words for the events, by the language they are written in."""

SIZE_WORDS: Mapping[WrittenLanguage, Mapping[Size, str]] = MappingProxyType(
    {
        "en": {Size.ONE: "laughs", Size.HOUSE: "audience laughs"},
        "zh-Hans": {Size.ONE: "笑", Size.HOUSE: "观众笑声"},
        "zh-Hant": {Size.ONE: "笑", Size.HOUSE: "觀眾笑聲"},
        "yue": {Size.ONE: "笑", Size.HOUSE: "觀眾笑聲"},
        "ja": {Size.ONE: "笑い声", Size.HOUSE: "観客の笑い声"},
        "ko": {Size.HOUSE: "관객 웃음"},
    }
)
"""Words for laughter by how many laugh, where they differ from those for laughter."""

CONTINUES: Mapping[WrittenLanguage, str] = MappingProxyType(
    {
        "en": "{} continues",
        "zh-Hans": "{}持续",
        "zh-Hant": "{}持續",
        "yue": "{}持續",
        "ja": "{}が続く",
        "ko": "{} 계속",
    }
)
"""How an event that was named before is named again."""

EMOTION_WORDS: Mapping[WrittenLanguage, Mapping[Emotion, str]] = MappingProxyType(
    {
        "en": {
            Emotion.HAPPY: "happily",
            Emotion.SAD: "sadly",
            Emotion.ANGRY: "angrily",
            Emotion.FEARFUL: "fearfully",
            Emotion.DISGUSTED: "disgusted",
            Emotion.SURPRISED: "surprised",
        },
        "zh-Hans": {
            Emotion.HAPPY: "高兴",
            Emotion.SAD: "悲伤",
            Emotion.ANGRY: "生气",
            Emotion.FEARFUL: "害怕",
            Emotion.DISGUSTED: "厌恶",
            Emotion.SURPRISED: "惊讶",
        },
        "zh-Hant": {
            Emotion.HAPPY: "高興",
            Emotion.SAD: "悲傷",
            Emotion.ANGRY: "生氣",
            Emotion.FEARFUL: "害怕",
            Emotion.DISGUSTED: "厭惡",
            Emotion.SURPRISED: "驚訝",
        },
        "yue": {
            Emotion.HAPPY: "開心",
            Emotion.SAD: "傷心",
            Emotion.ANGRY: "嬲",
            Emotion.FEARFUL: "驚",
            Emotion.DISGUSTED: "厭惡",
            Emotion.SURPRISED: "驚訝",
        },
        "ja": {
            Emotion.HAPPY: "うれしそうに",
            Emotion.SAD: "悲しそうに",
            Emotion.ANGRY: "怒って",
            Emotion.FEARFUL: "おびえて",
            Emotion.DISGUSTED: "嫌そうに",
            Emotion.SURPRISED: "驚いて",
        },
        "ko": {
            Emotion.HAPPY: "기쁘게",
            Emotion.SAD: "슬프게",
            Emotion.ANGRY: "화난 목소리로",
            Emotion.FEARFUL: "겁에 질려",
            Emotion.DISGUSTED: "불쾌하게",
            Emotion.SURPRISED: "놀라며",
        },
    }
)
"""Words for the emotions that are worth a label, by the language they are written in."""


@dataclass(frozen=True, slots=True)
class Labels:
    """How labels are worded and set.

    Attributes:
        language: that of all labels; ``speech`` is that of the passage.
        wording: the user's own labels for events, shown exactly as they are, in every language.
        capitals: labels in capitals; alone without brackets, before speech in round ones.
        traditional: whether Chinese is shown in Traditional characters.
        finer: whether they tell how many laugh, and what an event is more exactly.
    """

    language: MarkerLanguage = "speech"
    wording: Mapping[EventKind, str] = field(default_factory=dict)
    capitals: bool = False
    traditional: bool = False
    finer: bool = False

    def event(
        self, event: EventSpan, passage: Language, *, alone: bool = True, again: bool = False
    ) -> str:
        """Label of an event as it is shown, brackets included; empty hides it.

        Args:
            alone: whether it stands by itself, not before speech.
            again: whether it was named before and goes on.
        """
        if event.kind in self.wording:
            return self.wording[event.kind]
        written = self.written(passage)
        word = EVENT_WORDS[written][event.kind]
        if self.finer and not again:
            word = _finer_word(event, written) or word
        return self._set(CONTINUES[written].format(word) if again else word, written, alone)

    def emotion(self, emotion: Emotion, passage: Language) -> str | None:
        """Label of an emotion, or None where there is nothing to say."""
        written = self.written(passage)
        word = EMOTION_WORDS[written].get(emotion)
        return None if word is None else self._set(word, written, alone=False)

    def spoken(self, language: Language) -> str | None:
        """Label of a language, in that language, or None where nothing is spoken."""
        name = LANGUAGE_NAMES.get(language)
        return None if name is None else self._set(name, self.written(language), alone=False)

    def speaker(self, name: str, passage: Language) -> str:
        """Label of who speaks, by name."""
        return self._set(clean(name), self.written(passage), alone=False)

    def written(self, passage: Language) -> WrittenLanguage:
        """The language that the labels of a passage are written in."""
        if self.language != "speech":
            return self.language
        written = _WRITTEN.get(passage, "en")
        return "zh-Hant" if written == "zh-Hans" and self.traditional else written

    def _set(self, word: str, written: WrittenLanguage, alone: bool) -> str:
        opening, closing = _BRACKETS.get(written, _SQUARE)
        if self.capitals:
            word = word.upper()
            if written == "en":
                opening, closing = ("", "") if alone else _ROUND
        return f"{opening}{word}{closing}"


def _finer_word(event: EventSpan, written: WrittenLanguage) -> str | None:
    """What an event is more exactly, or how many laugh; None where nobody is sure of more."""
    if event.size is not None and event.size is not Size.ONE:
        return SIZE_WORDS[written].get(event.size)
    by_label = FINER_WORDS[written].get(event.finer or "")
    return by_label or SIZE_WORDS[written].get(event.size or Size.SOME)


def joined_labels(texts: Sequence[str]) -> str:
    """Labels side by side."""
    joined = texts[0]
    for text in texts[1:]:
        joined += ("" if joined[-1] in _WIDE_END else " ") + text
    return joined


def ends_wide(text: str) -> bool:
    """Whether a label needs no space after it."""
    return text[-1] in _WIDE_END


def shown_emotion(segment: Segment, least: float) -> Emotion | None:
    """Emotion of a segment if it says something and is at least so probable."""
    if segment.emotion in (Emotion.NEUTRAL, Emotion.UNKNOWN):
        return None
    return segment.emotion if segment.emotion_probability >= least else None
