"""Phrases that make a point in a conversation: something decided, disputed or proposed.

Few phrases with a clear meaning rather than many doubtful ones: users add what is missing in the
settings. In Chinese, Japanese and Korean they are stems, because endings follow them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from vidtag.core.records import Emotion, Language

PHRASES: Mapping[str, Mapping[Language, tuple[str, ...]]] = {
    "decision": {
        Language.EN: (
            *("we decided", "we've decided", "we have decided", "i've decided", "i have decided"),
            *("we agreed", "we've agreed", "we have agreed", "we all agree", "it's agreed"),
            *("let's go with", "we'll go with", "we're going with", "we are going with"),
            *("the decision is", "our decision", "final decision", "that's settled"),
            *("it's settled", "that's decided", "approved", "signed off", "motion carried"),
        ),
        Language.ZH: (
            *("决定", "就这么定", "定下来", "敲定", "拍板", "达成一致", "达成共识", "一致同意"),
            *("结论是", "就按这个", "那就这样", "批准", "决议"),
        ),
        Language.YUE: (
            *("决定", "決定", "就咁话", "就咁話", "就咁定", "拍板", "倾掂", "傾掂", "一致同意"),
            *("达成共识", "達成共識", "批准"),
        ),
        Language.JA: (
            *("決定", "に決め", "に決ま", "ことにしま", "ことになりま", "合意し", "承認", "結論"),
            *("で進めましょう", "で行きましょう", "でいきましょう"),
        ),
        Language.KO: (
            "결정",
            "하기로 했",
            "하기로 합",
            "하기로 하",
            "합의",
            "확정",
            "승인",
            "결론",
        ),
    },
    "dispute": {
        Language.EN: (
            *("i disagree", "i don't agree", "i do not agree", "i can't agree", "i object"),
            *("that's not true", "that's wrong", "you're wrong", "you are wrong", "absolutely not"),
            *("that makes no sense", "that's nonsense", "unacceptable", "i can't accept"),
            *("we can't accept", "that's not what i said", "let me finish", "stop interrupting"),
        ),
        Language.ZH: (
            *("不同意", "我反对", "你错了", "凭什么", "胡说", "没道理", "有异议", "不能接受"),
            *("无法接受", "让我说完", "听我说完", "别打断"),
        ),
        Language.YUE: (
            *(
                "唔同意",
                "我反对",
                "我反對",
                "唔接受",
                "凭咩",
                "憑咩",
                "乱讲",
                "亂講",
                "你错",
                "你錯",
            ),
            *("冇道理", "俾我讲完", "俾我講完"),
        ),
        Language.JA: (
            *("反対です", "反対し", "賛成できま", "同意できま", "納得でき", "納得いか", "それは違"),
            *("異議", "おかしいでしょ", "認められま", "受け入れられま"),
        ),
        Language.KO: (
            *("반대합", "반대입", "동의하지 않", "동의할 수 없", "동의 못", "말도 안", "틀렸"),
            *("이의 있", "이의가 있", "받아들일 수 없", "인정할 수 없"),
        ),
    },
    "idea": {
        Language.EN: (
            *("i have an idea", "i've got an idea", "here's an idea", "how about", "what if"),
            *("i suggest", "i propose", "my suggestion", "my proposal", "why don't we"),
            *("we could try", "maybe we could", "what about"),
        ),
        Language.ZH: (
            *("我建议", "我提议", "有个想法", "有个主意", "有个点子", "要不我们", "不如"),
            *("可以试试", "我想到", "我的建议", "能不能试"),
        ),
        Language.YUE: (
            *("我建议", "我建議", "我提议", "我提議", "不如", "有个谂法", "有個諗法", "我谂到"),
            *("我諗到", "可唔可以试", "可唔可以試"),
        ),
        Language.JA: (
            *("提案", "はどうでしょう", "はどうですか", "てみませんか", "アイデア", "アイディア"),
            *("考えがあり", "たらどう", "ばどう"),
        ),
        Language.KO: ("제안", "아이디어", "어떨까", "게 어때", "해 보면", "하면 어떨"),
    },
}

SUPPORTING_EMOTIONS: Mapping[str, frozenset[Emotion]] = {
    "dispute": frozenset({Emotion.ANGRY, Emotion.DISGUSTED}),
    "idea": frozenset({Emotion.HAPPY, Emotion.SURPRISED}),
}
"""Emotions in which a phrase of a point makes the point more probable."""

SUFFICIENT_EMOTIONS: Mapping[str, frozenset[Emotion]] = {"dispute": frozenset({Emotion.ANGRY})}
"""Emotions that mean a point without any phrase, with a lower probability."""

_NO_LETTER_BEFORE = r"(?<![a-z0-9\u00df-\u024f])"
_NO_LETTER_AFTER = r"(?![a-z0-9\u00df-\u024f])"


def contains_phrase(text: str, phrases: Iterable[str]) -> bool:
    """Whether a text contains one of the phrases, whatever the case and width of its letters."""
    folded = fold(text)
    return any(pattern(phrase).search(folded) for phrase in phrases)


def fold(text: str) -> str:
    """Text with the case and width of letters and the form of apostrophes made equal."""
    return unicodedata.normalize("NFKC", text).replace("’", "'").casefold()


@lru_cache(maxsize=1024)
def pattern(phrase: str, *, prefix: bool = False) -> re.Pattern[str]:
    """Pattern of a phrase in folded text.

    Latin letters match whole words only. Korean words match with or without spaces between them,
    because people write them both ways.

    Args:
        prefix: whether the last word may be longer.
    """
    parts = fold(phrase).split()
    korean = any("\uac00" <= char <= "\ud7a3" for char in phrase)
    body = (r"\s*" if korean else r"\s+").join(map(re.escape, parts))
    before = _NO_LETTER_BEFORE if _is_latin(parts[0][0]) else ""
    after = _NO_LETTER_AFTER if _is_latin(parts[-1][-1]) and not prefix else ""
    return re.compile(before + body + after)


def _is_latin(char: str) -> bool:
    return (char.isalnum() and "LATIN" in unicodedata.name(char, "")) or char.isdigit()
