"""What a line may not be broken between, as the judge has it."""

from __future__ import annotations

import re

from vidtag.core.records import Cue, Language
from vidtag.core.wordbreaks import chinese_words, japanese_phrases
from vidtag.subtitles.characters import NON_STARTERS, OPENING, script_language
from vidtag.subtitles.layout import breaks
from vidtag.subtitles.layout.breaks import Break

_CONJUNCTIONS = frozenset(
    re.findall(
        r"\w+",
        "and but or nor so yet because although though while when whenever where whereas if unless "
        "since until before after that which who",
    )
)
_SPEAKER = re.compile(r"^\s*(?:[-–—‐‑－・•]|>>)")
_DASH = re.compile(r"^\s*[-–‐‑－]\s?(?=[^\W\d_]|[\"'“‘¿¡「『\[(（])")
"""A dash before what a speaker says; not a minus, nor the two hyphens of what is broken off."""
_WORD_EDGES = "\"'“”‘’()[].,?!;:"

_KO_COUNTERS = frozenset(
    re.findall(
        r"\w+",
        "개 명 번 년 월 일 시 분 초 원 살 권 대 마리 퍼센트 킬로 미터 층 달 주 시간 등 중",
    )
)
_KO_PARTICLE = re.compile(r"(?:은|는|이|가|을|를|에|도|만|의|로|에서|까지|부터|마다)?[.,?!]?$")
_KO_NUMBER = re.compile(
    r"\d|^(?:한|두|세|네|다섯|여섯|일곱|여덟|아홉|열|몇|[일이삼사오육칠팔구십백천만억]+)$"
)
_KO_DEPENDENT = re.compile(r"^(?:것|거)(?:입니다|이다|이에요|예요|이죠|이었|이라|인데|이고)")

_HIRAGANA = re.compile("[ぁ-ゖ]")
_KANJI = re.compile("[々〇\u3400-\u9fff]")
_KATAKANA = re.compile("[ァ-ヺー]")


def is_label(line: str) -> bool:
    """Whether a line is a marker by its brackets; formats such as SRT do not say so."""
    text = line.strip().lstrip("-–—・ ")
    brackets = {("[", "]"), ("(", ")"), ("（", "）"), ("【", "】"), ("♪", "♪")}
    return text == "♪" or (len(text) > 1 and (text[0], text[-1]) in brackets)


def stray_dash(cue: Cue) -> str | None:
    """What is wrong with dashes before the lines of a cue: each speaker has one, or none has."""
    spoken = [line for n, line in enumerate(cue.lines) if n not in cue.markers]
    dashed = [line for line in spoken if _DASH.match(line)]
    two_speak = len(set(cue.speakers)) > 1
    if two_speak and len(dashed) < len(spoken):
        return "two speak, and not every line has a dash"
    if dashed and (len(dashed) == 1 or (cue.speaker and not two_speak)):
        return f"a dash, and no second speaker: {dashed[0]}"
    return None


def fault(line: str, below: str, cue: Cue) -> str | None:
    """What is wrong with a break between two lines; None if it is right."""
    if not line.strip() or not below.strip() or _SPEAKER.match(below):
        return None
    if below[0] in NON_STARTERS:
        return f"a line begins with {below[0]}"
    if line[-1] in OPENING:
        return f"a line ends with {line[-1]}"
    languages = {script_language(text, cue.language) for text in (line, below)}
    if len(languages) > 1:
        return None
    language = languages.pop()
    if language in (Language.EN, Language.KO):
        before, after = line.split()[-1], below.split()[0]
        if parts_words(before, after, language):
            return f"the line breaks between '{before}' and '{after}'"
        return None
    word = split_word(line, below, language)
    return f"the line breaks inside '{word}'" if word else None


def parts_words(before: str, after: str, language: Language) -> bool:
    """Whether two words parted by a space belong together (English and Korean)."""
    if language is Language.EN and after.lower().strip(_WORD_EDGES) in _CONJUNCTIONS:
        return False
    if language is Language.KO:
        if _KO_DEPENDENT.match(after):
            return True
        if _KO_PARTICLE.sub("", after) in _KO_COUNTERS or after.strip(".,?!") in _KO_COUNTERS:
            return bool(_KO_NUMBER.search(before))
    return breaks.quality(before, after, language) is Break.BAD


def split_word(line: str, below: str, language: Language) -> str | None:
    """The word that a break between two lines parts (Chinese and Japanese)."""
    if not line[-1].isalnum() or not below[0].isalnum():
        return None
    if (
        language is Language.JA
        and _HIRAGANA.match(line[-1])
        and (_KANJI.match(below[0]) or _KATAKANA.match(below[0]))
    ):
        return None  # where most phrases end; the segmenter may not know the words
    if language is Language.JA:
        pieces = japanese_phrases(line + below)
    else:
        pieces = chinese_words(line + below, unknown=language is Language.ZH)
    end = 0
    for piece in pieces:
        start, end = end, end + len(piece)
        if start < len(line) < end:
            return piece
    return None
