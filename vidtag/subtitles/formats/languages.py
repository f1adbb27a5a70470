"""Languages as files name them, and which are spoken in cues."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from vidtag.core.display import LANGUAGES
from vidtag.core.records import Cue, Language

LANGUAGE_TAGS = MappingProxyType({language: names.tag for language, names in LANGUAGES.items()})
"""IETF language tags (RFC 5646)."""


def seconds_by_language(cues: Sequence[Cue]) -> dict[Language, float]:
    """Seconds that cues in each language are shown for."""
    shown: dict[Language, float] = {}
    for cue in cues:
        if cue.language and cue.language in LANGUAGE_TAGS:
            shown[cue.language] = shown.get(cue.language, 0.0) + cue.end - cue.start
    return shown


def main_language_code(cues: Sequence[Cue]) -> str:
    """Tag of the language shown longest; ``und`` (undetermined) where there is none."""
    shown = seconds_by_language(cues)
    return LANGUAGE_TAGS[max(shown, key=shown.__getitem__)] if shown else "und"
