"""What is shown for what is not speech: sound events, emotions, the language spoken.

Wording follows subtitles for the deaf and hard of hearing in the language of the passage:
``[laughter]``, ``[笑声]``, ``（笑い）``, ``[웃음]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from vidtag.core.display import LANGUAGE_NAMES
from vidtag.core.records import Emotion, EventKind, Language, Segment

MUSIC = "♪"

_SQUARE = ("[", "]")
_BRACKETS = {Language.JA: ("（", "）")}

EVENT_WORDS: Mapping[Language, Mapping[EventKind, str]] = MappingProxyType(
    {
        Language.EN: {
            EventKind.LAUGHTER: "laughter",
            EventKind.APPLAUSE: "applause",
            EventKind.BGM: MUSIC,
            EventKind.CRY: "crying",
            EventKind.COUGH: "coughs",
            EventKind.SNEEZE: "sneezes",
            EventKind.BREATH: "breathes",
        },
        Language.ZH: {
            EventKind.LAUGHTER: "笑声",
            EventKind.APPLAUSE: "掌声",
            EventKind.BGM: MUSIC,
            EventKind.CRY: "哭声",
            EventKind.COUGH: "咳嗽",
            EventKind.SNEEZE: "喷嚏",
            EventKind.BREATH: "呼吸声",
        },
        Language.YUE: {
            EventKind.LAUGHTER: "笑聲",
            EventKind.APPLAUSE: "掌聲",
            EventKind.BGM: MUSIC,
            EventKind.CRY: "喊聲",
            EventKind.COUGH: "咳嗽",
            EventKind.SNEEZE: "打乞嚏",
            EventKind.BREATH: "呼吸聲",
        },
        Language.JA: {
            EventKind.LAUGHTER: "笑い",
            EventKind.APPLAUSE: "拍手",
            EventKind.BGM: MUSIC,
            EventKind.CRY: "泣き声",
            EventKind.COUGH: "せき",
            EventKind.SNEEZE: "くしゃみ",
            EventKind.BREATH: "息づかい",
        },
        Language.KO: {
            EventKind.LAUGHTER: "웃음",
            EventKind.APPLAUSE: "박수",
            EventKind.BGM: MUSIC,
            EventKind.CRY: "울음",
            EventKind.COUGH: "기침",
            EventKind.SNEEZE: "재채기",
            EventKind.BREATH: "숨소리",
        },
    }
)
"""Words for the events, by the language of the passage."""

EMOTION_WORDS: Mapping[Language, Mapping[Emotion, str]] = MappingProxyType(
    {
        Language.EN: {
            Emotion.HAPPY: "happily",
            Emotion.SAD: "sadly",
            Emotion.ANGRY: "angrily",
            Emotion.FEARFUL: "fearfully",
            Emotion.DISGUSTED: "disgusted",
            Emotion.SURPRISED: "surprised",
        },
        Language.ZH: {
            Emotion.HAPPY: "高兴",
            Emotion.SAD: "悲伤",
            Emotion.ANGRY: "生气",
            Emotion.FEARFUL: "害怕",
            Emotion.DISGUSTED: "厌恶",
            Emotion.SURPRISED: "惊讶",
        },
        Language.YUE: {
            Emotion.HAPPY: "開心",
            Emotion.SAD: "傷心",
            Emotion.ANGRY: "嬲",
            Emotion.FEARFUL: "驚",
            Emotion.DISGUSTED: "厭惡",
            Emotion.SURPRISED: "驚訝",
        },
        Language.JA: {
            Emotion.HAPPY: "うれしそうに",
            Emotion.SAD: "悲しそうに",
            Emotion.ANGRY: "怒って",
            Emotion.FEARFUL: "おびえて",
            Emotion.DISGUSTED: "嫌そうに",
            Emotion.SURPRISED: "驚いて",
        },
        Language.KO: {
            Emotion.HAPPY: "기쁘게",
            Emotion.SAD: "슬프게",
            Emotion.ANGRY: "화난 목소리로",
            Emotion.FEARFUL: "겁에 질려",
            Emotion.DISGUSTED: "불쾌하게",
            Emotion.SURPRISED: "놀라며",
        },
    }
)
"""Words for the emotions that are worth a label, by the language of the passage."""


def event_label(
    kind: EventKind, language: Language, wording: Mapping[EventKind, str] | None = None
) -> str:
    """Label of an event as it is shown, brackets included.

    Args:
        wording: the user's own labels, shown exactly as they are, in every language.
    """
    if wording and kind in wording:
        return wording[kind]
    word = EVENT_WORDS.get(language, EVENT_WORDS[Language.EN])[kind]
    return word if word == MUSIC else _bracketed(word, language)


def emotion_label(emotion: Emotion, language: Language) -> str | None:
    """Label of an emotion, or None where there is nothing to say."""
    words = EMOTION_WORDS.get(language, EMOTION_WORDS[Language.EN])
    return _bracketed(words[emotion], language) if emotion in words else None


def language_label(language: Language) -> str | None:
    """Label of a language, in that language, or None where nothing is spoken."""
    name = LANGUAGE_NAMES.get(language)
    return None if name is None else _bracketed(name, language)


def _bracketed(word: str, language: Language) -> str:
    opening, closing = _BRACKETS.get(language, _SQUARE)
    return f"{opening}{word}{closing}"


def shown_emotion(segment: Segment, least: float) -> Emotion | None:
    """Emotion of a segment if it says something and is at least so probable."""
    if segment.emotion in (Emotion.NEUTRAL, Emotion.UNKNOWN):
        return None
    return segment.emotion if segment.emotion_probability >= least else None
