"""Where a line of Korean may not break: before what cannot stand alone.

A bound noun (것, 수, 때) follows a verb in its adnominal form, whose last syllable ends in ㄴ or
ㄹ; an auxiliary verb (있다, 싶다) follows a connective ending; a counter follows a numeral; a
determiner stands before its noun, and 안 and 못 before their verb.
"""

from __future__ import annotations

import re

_PARTICLES = (
    "(?:은|는|이|가|을|를|에|도|만|의|로|으로|과|와|들|에서|에게|까지|부터|마다|밖에|이나|나|보다|처럼|라고|"
    "이라고|라는|이라는|뿐|조차|요|이요)*"
)
_COPULA = (
    "(?:입니다|입니까|이다|이에요|예요|이죠|죠|인데|이고|이며|이었다|였다|이지만|인|일|인지|이니까|니까|"
    "이라)?"
)
_END = r"[.,?!…]*$"
_BOUND_NOUN = re.compile(
    f"^(?:것|거|게|건|걸|수|줄|때|뿐|만큼|대로|지|적|듯|척|체|바|데|채|리|터|셈|편|법|동안|무렵|순간|김){_PARTICLES}"
    f"{_COPULA}{_END}"
)
_AFTER_VERB_ALWAYS = re.compile(rf"^(?:것|수|뿐|만큼){_PARTICLES}{_COPULA}{_END}")
_REASON = re.compile("^(?:때문|덕분|정도)")
_EXISTS = re.compile("^(?:있|없)[가-힣]*[.,?!…]*$")
_PROGRESS = re.compile("^(?:있|싶)[가-힣]*[.,?!…]*$")
_NEGATION = re.compile("^(?:않|못하|말아|마세|마라|말고)[가-힣]*[.,?!…]*$")
_GIVEN = re.compile("^(?:주|줘|줬|드리|드릴|봐|보|봤|버리|버렸|놓|놨|두|둬)[가-힣]*[.,?!…]*$")
_COUNTER = re.compile(
    "^(?:개|명|번|번째|년|월|일|시|분|초|원|살|권|대|마리|퍼센트|킬로|미터|층|달|주|시간|가지|배|잔|병|장|"
    f"군데|사람|개월|등){_PARTICLES}{_COPULA}{_END}"
)
_NUMERAL = re.compile(
    r"\d$|^(?:한|두|세|네|다섯|여섯|일곱|여덟|아홉|열|몇|[일이삼사오육칠팔구십백천만억]{2,}|[십백천만억])$"
)
_DETERMINERS = re.compile(
    "^(?:그|이|새|헌|첫|각|매|온|모든|어느|어떤|무슨|이런|그런|저런|여러|다른|안|못)$"
)
_CLOSED = re.compile(r"[.,?!…)\]\"”]$")

_FIRST, _LAST, _FINALS = 0xAC00, 0xD7A3, 28
_NIEUN, _RIEUL = 4, 8
"""Places of ㄴ and ㄹ among the final consonants of a syllable."""


def parts_what_belongs_together(line: str, below: str) -> bool:
    """Whether a break between two lines of Korean parts what cannot stand alone.

    Args:
        line, below: texts with at least one word each; only those beside the break count.
    """
    before, after = line.split()[-1], below.split()[0]
    if _CLOSED.search(before):
        return False
    if _DETERMINERS.match(before):
        return True
    if _NUMERAL.search(before) and _COUNTER.match(after):
        return True
    if _final(before) in (_NIEUN, _RIEUL) and (_BOUND_NOUN.match(after) or _REASON.match(after)):
        # 는 and 은 are also the topic's particle: only what follows verbs alone tells.
        return before[-1] not in "은는" or bool(_AFTER_VERB_ALWAYS.match(after))
    if before[-1] == "기" and _REASON.match(after):
        return True
    if before[-1] == "고" and _PROGRESS.match(after):
        return True
    if before[-1] == "지" and _NEGATION.match(after):
        return True
    if re.match(r"^(?:수|적|줄|리)(?:가|는|도|이)?$", before) and _EXISTS.match(after):
        return True
    return bool(re.search("[아어여해워려와줘]$", before) and _GIVEN.match(after))


def _final(word: str) -> int:
    """Number of the final consonant of a word's last syllable; 0 where there is none."""
    code = ord(word[-1])
    return (code - _FIRST) % _FINALS if _FIRST <= code <= _LAST else 0
