"""The language of a subtitle file, where a single line cannot tell it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from vidtag.core.records import Language
from vidtag.subtitles.characters import script_language

_SAMPLE_CUES = 2000
_TAGS = {
    "en": Language.EN,
    "eng": Language.EN,
    "ja": Language.JA,
    "jpn": Language.JA,
    "ko": Language.KO,
    "kor": Language.KO,
    "zh": Language.ZH,
    "zho": Language.ZH,
    "chi": Language.ZH,
    "cmn": Language.ZH,
    "yue": Language.YUE,
    "jp": Language.JA,
}
_CANTONESE = re.compile("[嘅咗喺啲唔佢嚟冇咁喇㗎嘢乜]")
_CHINESE = re.compile("[你您她们們这這吗嗎呢吧很没沒说說谁誰什么麼那哪]")


def file_language(texts: Iterable[str], said: str | None, file: Path) -> Language | None:
    """What a file's language is by its text; else by what it says, then by its name.

    A text of Han characters alone is Japanese in a file that has kana elsewhere.
    """
    counts = {Language.JA: 0, Language.ZH: 0, Language.YUE: 0, Language.KO: 0}
    for text in islice(texts, _SAMPLE_CUES):
        language = script_language(text)
        if language is Language.ZH and _CANTONESE.search(text):
            language = Language.YUE
        if language in counts:
            counts[language] += 1
    if counts[Language.JA] and counts[Language.JA] >= counts[Language.ZH] + counts[Language.YUE]:
        return Language.JA
    if counts[Language.YUE] * 4 >= counts[Language.ZH] and counts[Language.YUE]:
        return Language.YUE
    names = [said or "", *reversed(file.name.split(".")[:-1])]
    for name in names:
        tag = re.split(r"[-_]", name.lower())[0]
        if tag in _TAGS:
            return _TAGS[tag]
    return None


def line_language(text: str, hint: Language | None) -> Language:
    """The language of a line: by its script, where that is of several the file's.

    Lines of a Japanese file that hold characters Japanese does not write are Chinese.
    """
    language = script_language(text, hint)
    if language is Language.JA and script_language(text) is Language.ZH:
        foreign = bool(_CHINESE.search(text)) or not _is_japanese(text)
        return Language.ZH if foreign else language
    # Han characters alone are rather a second language than Korean.
    return script_language(text) if language is Language.KO else language


def _is_japanese(text: str) -> bool:
    try:
        text.encode("cp932")
    except UnicodeError:
        return False
    return True
