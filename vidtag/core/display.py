"""How languages, emotions and event kinds are shown: their names and colours, a table of each.

Wording of markers and colours in subtitles and in editing programs follow other rules: see
``subtitles/layout/markers.py``, ``subtitles/formats/ass_styles.py`` and ``timelines/build.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vidtag.core.names import PageLanguage, WrittenLanguage
from vidtag.core.records import Emotion, EventKind, EventSpan, Language, Size


@dataclass(frozen=True, slots=True)
class LanguageNames:
    """What a spoken language is called.

    Attributes:
        own: its name in itself, whatever the reader's language.
        english: its name in English.
        tag: IETF language tag (RFC 5646), as subtitle files have it.
        written_tag: the same with the script it is written in where there are several, for the
            ``lang`` attribute: voices and fonts go by it.
        iso639_2: bibliographic code of ISO 639-2, as Matroska asks for. It has none for Cantonese,
            and players know no other list: such a track is a Chinese one, and its title says the
            rest.
    """

    own: str
    english: str
    tag: str
    written_tag: str
    iso639_2: str


LANGUAGES: Mapping[Language, LanguageNames] = MappingProxyType(
    {
        Language.ZH: LanguageNames("中文", "Chinese", "zh", "zh-Hans", "chi"),
        Language.EN: LanguageNames("English", "English", "en", "en", "eng"),
        Language.YUE: LanguageNames("粤语", "Cantonese", "yue", "yue-Hant", "chi"),
        Language.JA: LanguageNames("日本語", "Japanese", "ja", "ja", "jpn"),
        Language.KO: LanguageNames("한국어", "Korean", "ko", "ko", "kor"),
    }
)
"""The languages that can be spoken, in the order in which they are offered."""

LANGUAGE_NAMES = MappingProxyType({language: names.own for language, names in LANGUAGES.items()})
ENGLISH_LANGUAGE_NAMES = MappingProxyType(
    {language: names.english for language, names in LANGUAGES.items()}
)
WRITTEN_TAGS = MappingProxyType({key: names.written_tag for key, names in LANGUAGES.items()})

EMOTION_NAMES: Mapping[PageLanguage, Mapping[Emotion, str]] = MappingProxyType(
    {
        "en": {
            Emotion.HAPPY: "happy",
            Emotion.SAD: "sad",
            Emotion.ANGRY: "angry",
            Emotion.NEUTRAL: "neutral",
            Emotion.FEARFUL: "fearful",
            Emotion.DISGUSTED: "disgusted",
            Emotion.SURPRISED: "surprised",
        },
        "zh": {
            Emotion.HAPPY: "高兴",
            Emotion.SAD: "悲伤",
            Emotion.ANGRY: "生气",
            Emotion.NEUTRAL: "平静",
            Emotion.FEARFUL: "害怕",
            Emotion.DISGUSTED: "厌恶",
            Emotion.SURPRISED: "惊讶",
        },
    }
)
EVENT_NAMES: Mapping[PageLanguage, Mapping[EventKind, str]] = MappingProxyType(
    {
        "en": {
            EventKind.LAUGHTER: "laughter",
            EventKind.APPLAUSE: "applause",
            EventKind.BGM: "music",
            EventKind.CRY: "crying",
            EventKind.COUGH: "cough",
            EventKind.SNEEZE: "sneeze",
            EventKind.BREATH: "breath",
        },
        "zh": {
            EventKind.LAUGHTER: "笑声",
            EventKind.APPLAUSE: "掌声",
            EventKind.BGM: "音乐",
            EventKind.CRY: "哭声",
            EventKind.COUGH: "咳嗽",
            EventKind.SNEEZE: "喷嚏",
            EventKind.BREATH: "呼吸",
        },
    }
)

SIZE_NAMES: Mapping[PageLanguage, Mapping[Size, str]] = MappingProxyType(
    {
        "en": {Size.ONE: "one person", Size.SOME: "some people", Size.HOUSE: "the house"},
        "zh": {Size.ONE: "一人", Size.SOME: "几个人", Size.HOUSE: "全场"},
    }
)
_FINER: tuple[tuple[str, EventKind, str, str, str, str, str, str], ...] = (
    ("Giggle", EventKind.LAUGHTER,
     "giggling", "咯咯笑", "咯咯笑", "咯咯笑", "くすくす笑い", "킥킥 웃음"),
    ("Chuckle, chortle", EventKind.LAUGHTER,
     "chuckling", "轻笑", "輕笑", "輕笑", "含み笑い", "껄껄 웃음"),
    ("Baby laughter", EventKind.LAUGHTER,
     "baby laughing", "婴儿笑声", "嬰兒笑聲", "BB笑聲", "赤ちゃんの笑い声", "아기 웃음"),
    ("Belly laugh", EventKind.LAUGHTER,
     "belly laugh", "大笑", "大笑", "大笑", "大笑い", "큰 웃음"),
    ("Snicker", EventKind.LAUGHTER,
     "snickering", "窃笑", "竊笑", "偷笑", "忍び笑い", "키득거림"),
    ("Cheering", EventKind.APPLAUSE,
     "cheering", "欢呼声", "歡呼聲", "歡呼聲", "歓声", "환호"),
    ("Singing", EventKind.BGM,
     "singing", "歌声", "歌聲", "歌聲", "歌声", "노래"),
    ("Happy music", EventKind.BGM,
     "happy music", "欢快的音乐", "歡快的音樂", "歡快嘅音樂", "明るい音楽", "밝은 음악"),
    ("Sad music", EventKind.BGM,
     "sad music", "悲伤的音乐", "悲傷的音樂", "悲傷嘅音樂", "悲しい音楽", "슬픈 음악"),
    ("Tender music", EventKind.BGM,
     "gentle music", "轻柔的音乐", "輕柔的音樂", "輕柔嘅音樂", "優しい音楽", "잔잔한 음악"),
    ("Exciting music", EventKind.BGM,
     "exciting music", "激昂的音乐", "激昂的音樂", "激昂嘅音樂", "盛り上がる音楽", "신나는 음악"),
    ("Angry music", EventKind.BGM,
     "angry music", "激烈的音乐", "激烈的音樂", "激烈嘅音樂", "激しい音楽", "격렬한 음악"),
    ("Scary music", EventKind.BGM,
     "eerie music", "阴森的音乐", "陰森的音樂", "陰森嘅音樂", "不気味な音楽", "으스스한 음악"),
    ("Baby cry, infant cry", EventKind.CRY,
     "baby crying", "婴儿哭声", "嬰兒哭聲", "BB喊聲", "赤ちゃんの泣き声", "아기 울음"),
    ("Whimper", EventKind.CRY,
     "whimpering", "啜泣声", "啜泣聲", "啜泣聲", "すすり泣き", "훌쩍임"),
    ("Wail, moan", EventKind.CRY,
     "wailing", "嚎哭声", "嚎哭聲", "嚎哭聲", "泣き叫ぶ声", "통곡"),
    ("Throat clearing", EventKind.COUGH,
     "clears throat", "清嗓", "清嗓", "清喉嚨", "せき払い", "헛기침"),
)  # fmt: skip
_WRITTEN: tuple[WrittenLanguage, ...] = ("en", "zh-Hans", "zh-Hant", "yue", "ja", "ko")
FINER_KINDS = MappingProxyType({label: kind for label, kind, *_ in _FINER})
"""The kind of each of AudioSet's labels that says more than a kind does."""
FINER_WORDS: Mapping[WrittenLanguage, Mapping[str, str]] = MappingProxyType(
    {
        language: MappingProxyType({label: words[column] for label, _, *words in _FINER})
        for column, language in enumerate(_WRITTEN)
    }
)
"""Words for what an event is more exactly, by AudioSet's label for it."""
_PAGE_WRITTEN: Mapping[PageLanguage, WrittenLanguage] = {"en": "en", "zh": "zh-Hans"}
_RECORDING: Mapping[PageLanguage, str] = MappingProxyType({"en": "recording {}", "zh": "录音 {}"})


def more_about(event: EventSpan, language: PageLanguage = "en") -> str:
    """What else is known of an event: ``the house, recording 2``; empty if nothing is."""
    parts = [] if event.size is None else [SIZE_NAMES[language][event.size]]
    if event.finer is not None:
        parts.append(FINER_WORDS[_PAGE_WRITTEN[language]].get(event.finer, event.finer))
    if event.recording is not None:
        parts.append(_RECORDING[language].format(event.recording))
    return ("，" if language == "zh" else ", ").join(parts)


def event_name(event: EventSpan, language: PageLanguage) -> str:
    """An event with what else is known of it: ``laughter (the house)``."""
    name, more = EVENT_NAMES[language][event.kind], more_about(event, language)
    opening, closing = "（）" if language == "zh" else (" (", ")")
    return f"{name}{opening}{more}{closing}" if more else name


INK = "#10131a"
"""Letters on the colours below, all so light that the contrast is 4.5 or more (WCAG AA)."""

HIGHLIGHT = "#ff8a65"

LANGUAGE_COLOURS: Mapping[Language, str] = MappingProxyType(
    {
        Language.EN: "#6aa3f8",
        Language.ZH: "#f0b429",
        Language.YUE: "#c39bf6",
        Language.JA: "#f08bb4",
        Language.KO: "#4cc2b0",
        Language.NOSPEECH: "#aab2c5",
    }
)
EMOTION_COLOURS: Mapping[Emotion, str] = MappingProxyType(
    {
        Emotion.NEUTRAL: "#aab2c5",
        Emotion.HAPPY: "#f6c445",
        Emotion.SAD: "#86aef5",
        Emotion.ANGRY: "#f5857b",
        Emotion.FEARFUL: "#c9a6f7",
        Emotion.DISGUSTED: "#a5cf7a",
        Emotion.SURPRISED: "#f7ad66",
    }
)
EVENT_COLOURS: Mapping[EventKind, str] = MappingProxyType(
    {
        EventKind.LAUGHTER: "#ffd166",
        EventKind.APPLAUSE: "#7bd389",
        EventKind.BGM: "#9aa7ff",
        EventKind.CRY: "#7cc4e8",
        EventKind.COUGH: "#ff9f80",
        EventKind.SNEEZE: "#d8b48a",
        EventKind.BREATH: "#b9c0cc",
    }
)
EVENT_LINE_COLOURS: Mapping[EventKind, str] = MappingProxyType(
    {
        EventKind.LAUGHTER: "#d9480f",
        EventKind.APPLAUSE: "#2b8a3e",
        EventKind.BGM: "#5f3dc4",
        EventKind.CRY: "#1971c2",
        EventKind.COUGH: "#a61e4d",
        EventKind.SNEEZE: "#0b7285",
        EventKind.BREATH: "#846358",
    }
)
"""Dark ones, for lines on white."""

SPEAKER_LANE_COLOURS: tuple[str, ...] = (
    *("#8ecae6", "#f4a6c0", "#b8d97a", "#f7c873", "#c6b2f7", "#7fd6c2", "#e3b58f", "#b9c7d8"),
)
"""In the order of the speakers, and from the first on again."""


def speaker_colour(number: int) -> str:
    """Name of the colour of a speaker, counted from 0: ``speaker-0``."""
    return f"speaker-{number % len(SPEAKER_LANE_COLOURS)}"


def colour_name(kind: Language | Emotion | EventKind) -> str:
    """Name of a colour, fit for a CSS class: ``en``, ``angry``, ``laughter``."""
    return kind.value.lower().replace("_", "-")


def colours_by_name() -> dict[str, str]:
    """All colours by name."""
    named = {colour_name(language): colour for language, colour in LANGUAGE_COLOURS.items()}
    named |= {colour_name(emotion): colour for emotion, colour in EMOTION_COLOURS.items()}
    named |= {colour_name(kind): colour for kind, colour in EVENT_COLOURS.items()}
    named |= {speaker_colour(n): colour for n, colour in enumerate(SPEAKER_LANE_COLOURS)}
    return {**named, "highlight": HIGHLIGHT}


STAGE_NAMES: Mapping[PageLanguage, Mapping[str, str]] = MappingProxyType(
    {
        "en": {
            "model": "Loading the model",
            "decode": "Reading the sound",
            "speech": "Recognising speech",
            "events": "Finding events",
            "shots": "Finding shot changes",
            "preview": "Making a preview",
            "subtitles": "Writing subtitles",
            "clips": "Cutting clips",
            "cut": "Cutting a clip",
            "reel": "Making the reel",
            "report": "Writing the report",
            "zip": "Packing",
            "burn": "Burning in",
            "documents": "Reading documents",
        },
        "zh": {
            "model": "加载模型",
            "decode": "读取声音",
            "speech": "识别语音",
            "events": "查找声音事件",
            "shots": "查找镜头切换",
            "preview": "生成预览",
            "subtitles": "写字幕",
            "clips": "剪切片段",
            "cut": "剪切片段",
            "reel": "合成集锦",
            "report": "写报告",
            "zip": "打包",
            "burn": "压制字幕",
            "documents": "读取文档",
        },
    }
)
"""The stages of progress, by ``Progress.stage``."""
