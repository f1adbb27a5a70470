"""Languages as files name them, and which are spoken in cues."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import MappingProxyType

from vidtag.core.display import LANGUAGES
from vidtag.core.records import Cue, Language
from vidtag.subtitles.characters import script_language

LANGUAGE_TAGS = MappingProxyType({language: names.tag for language, names in LANGUAGES.items()})
"""IETF language tags (RFC 5646)."""
_LATIN_WORDS = re.compile(r"[A-Za-z]+\W+[A-Za-z]{2,}")
"""Words of Latin letters: one alone may be a name in any language."""


def line_tag(line: str, language: Language | None) -> str | None:
    """Tag of the language of a cue's line: the cue's, or that of the line's script where it cannot
    be in the cue's, as in a cue of two languages; None where the cue has none.
    """
    if language not in LANGUAGE_TAGS or language is None:
        return None
    script = script_language(line, language)
    if script is Language.EN and not _LATIN_WORDS.search(line):
        script = language
    return LANGUAGE_TAGS[script]


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
