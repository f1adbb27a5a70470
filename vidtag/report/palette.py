"""Colours of languages, emotions and event kinds, for web page, report and plot.

All are light enough that dark letters on them reach a contrast of 4.5 (WCAG AA).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from vidtag.core.records import Emotion, EventKind, Language

INK = "#10131a"
"""Letters on any of the colours below."""

HIGHLIGHT = "#ff8a65"

LANGUAGES: Mapping[Language, str] = MappingProxyType(
    {
        Language.EN: "#6aa3f8",
        Language.ZH: "#f0b429",
        Language.YUE: "#c39bf6",
        Language.JA: "#f08bb4",
        Language.KO: "#4cc2b0",
        Language.NOSPEECH: "#aab2c5",
    }
)
EMOTIONS: Mapping[Emotion, str] = MappingProxyType(
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
EVENTS: Mapping[EventKind, str] = MappingProxyType(
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


def key(kind: Language | Emotion | EventKind) -> str:
    """Name of a colour, fit for a CSS class: ``en``, ``angry``, ``laughter``."""
    return kind.value.lower().replace("_", "-")


def colours() -> dict[str, str]:
    """All colours by name."""
    named = {key(language): colour for language, colour in LANGUAGES.items()}
    named |= {key(emotion): colour for emotion, colour in EMOTIONS.items()}
    named |= {key(kind): colour for kind, colour in EVENTS.items()}
    return {**named, "highlight": HIGHLIGHT}
