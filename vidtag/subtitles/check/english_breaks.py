"""Where a line of English may not break, by what the guides forbid.

Netflix parts no noun from its article or adjective, no first name from the last, no verb from its
subject pronoun, auxiliary, reflexive pronoun or negation, no preposition from its verb; lines break
after punctuation and before conjunctions and prepositions. Words that have several uses count only
where their neighbours leave one.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ARTICLES = _words("a an the my your our their its every whose")
_DETERMINERS = _words("his her this that these those some any no each all both another")
"""These may also stand for a noun."""
_SUBJECTS = _words("i he she we they")
_PERSONS = _words("you it")
_CONJUNCTIONS = _words(
    "and but or nor so yet because although though while when whenever where wherever whereas if "
    "unless since until till before after that which who whom whose how why what than as once then "
    "whether"
)
_PREPOSITIONS = _words(
    "of from with at into onto for to by upon without between among during toward towards against "
    "in on up off out over down through about around along across under behind beyond near inside "
    "outside like despite within per via above below past"
)
_ALWAYS_GOVERN = _words(
    "of from with at into onto for to by upon without between among during toward towards against"
)
"""Prepositions that are hardly ever adverbs."""
_MODALS = _words("will would shall should can could may might must cannot gonna wanna gotta")
_BE = _words("am is are was were be been being")
_HAVE = _words("have has had having")
_DO = _words("do does did")
_AUXILIARIES = _MODALS | _BE | _HAVE | _DO
_NEGATIONS = _words("not never")
_REFLEXIVE = re.compile(r"^(?:my|your|him|her|it)self$|^(?:our|your|them)selves$")
_NEGATED = re.compile(
    r"^(?:ca|wo|do|does|did|is|are|was|were|has|have|had|would|could|should|must)n't$"
)
_CONTRACTED = re.compile(r"^(?:i|you|he|she|it|we|they|there|who|that)'(?:ll|ve|m)$")
_PARTICIPLE = re.compile(
    r"^(?:\w{3,}(?:ing|ed)|been|being|gone|done|seen|made|taken|given|known|said|told|"
    r"got|gotten|put|come|become|found|left|lost|kept|thought|brought|bought|written)$"
)
_BARE_VERBS = _words(
    "know think want need see say go get make take come look like love hear mean feel believe "
    "remember find give tell ask work try leave call keep let begin seem help show play run move "
    "live hold bring happen write sit stand lose pay meet understand"
)
_ADJECTIVES = _words(
    "good new last long great little own other old right big high different small large next early "
    "young important few bad same best better whole real main entire only very beautiful strange "
    "certain local national human special hard strong free true full red white black blue green"
)
_TITLES = _words("mr mrs ms dr prof sir lord lady captain president uncle aunt st")
_UNITS = _words(
    "percent per degrees dollars euros pounds cents hours hour minutes minute seconds days day "
    "weeks week months month years year times metres meters kilometres kilometers kilos grams "
    "miles feet inches people million billion thousand hundred dozen o'clock"
)
_NUMERALS = _words(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred "
    "thousand million billion"
)
_NUMBER = re.compile(r"^[$€£]?\d[\d.,:]*$")
_YEAR = re.compile(r"^(?:1[5-9]|20)\d\d$")
_NO_NAMES = _words(
    "i monday tuesday wednesday thursday friday saturday sunday january february march april may "
    "june july august september october november december english french german chinese japanese "
    "korean american british god ok okay yes no well oh hey"
)
_EDGES = "\"'“”‘’()[].,?!;:…-–—♪*"
_CLOSED = re.compile(r"[.,?!;:…—–\-\"”)\]♪]$")
_FUNCTION = (
    _CONJUNCTIONS | _PREPOSITIONS | _AUXILIARIES | _ARTICLES | _DETERMINERS | _SUBJECTS | _PERSONS
    | _NEGATIONS | _words("me him us them not there here just also too even very really now again")
    | _words("more less most much better best well")
)  # fmt: skip
_TAKE_PARTICIPLES = _BE | _HAVE
_COUNTED = _UNITS | _NUMERALS
_NO_NOUN = _FUNCTION - _words("very own other")
_NO_OBJECT = _PREPOSITIONS | _AUXILIARIES
_SOMETIMES_GOVERN = _PREPOSITIONS - _ALWAYS_GOVERN
_BEFORE_NOUNS = _ARTICLES | _DETERMINERS
_NO_VERB = _BEFORE_NOUNS | _SUBJECTS | _PERSONS
_NEVER_NAMES = _NO_NAMES | _FUNCTION


def _plain(word: str) -> str:
    return word.lower().replace("’", "'").strip(_EDGES)


def parts_what_belongs_together(line: str, below: str) -> bool:
    """Whether a break between two lines of English parts what the guides keep together.

    Args:
        line, below: texts with at least one word each; only those beside the break count.
    """
    words = line.split()[-4:]
    last, first = words[-1], below.split()[0]
    left, right = _plain(last), _plain(first)
    if left in _TITLES and last.endswith(".") and first[:1].isupper():
        return True
    if _CLOSED.search(last) or not left or not right:
        return False
    if _REFLEXIVE.match(right):
        return True
    if right in _CONJUNCTIONS:
        return False
    before = _plain(words[-2]) if len(words) > 1 else ""
    return (
        _parts_verb(left, right)
        or _parts_noun(before, left, right)
        or _parts_number(left, right)
        or (left in _ALWAYS_GOVERN and right not in _NO_OBJECT)
        or (left in _SOMETIMES_GOVERN and right in _ARTICLES)
        or _parts_name(words, first)
    )


def _parts_verb(left: str, right: str) -> bool:
    """Subject, auxiliary or negation from the verb."""
    ends = right in _PREPOSITIONS
    if left in _SUBJECTS:
        return not ends
    if left in _PERSONS:
        return right in _AUXILIARIES or (left == "you" and right in _BARE_VERBS)
    if left in _MODALS or _NEGATED.match(left) or _CONTRACTED.match(left):
        return not ends and right not in _NO_VERB
    if left in _TAKE_PARTICIPLES:
        return bool(_PARTICIPLE.match(right)) or right in _NEGATIONS
    if left in _DO:
        return right in _NEGATIONS
    return left in _NEGATIONS and not ends and right not in _BEFORE_NOUNS


def _parts_noun(before: str, left: str, right: str) -> bool:
    """Article or adjective from the noun."""
    if left in _ARTICLES or left in _TITLES:
        return right not in _NO_NOUN
    if right in _FUNCTION:
        return False
    if left in _DETERMINERS:
        return left in ("his", "every", "another") or not right.endswith(("ly", "s", "ed", "ing"))
    return left in _ADJECTIVES and before in _BEFORE_NOUNS


def _parts_number(left: str, right: str) -> bool:
    """A number from what it counts."""
    if left in _NUMERALS or (_NUMBER.match(left) and not _YEAR.match(left)):
        return right in _COUNTED or bool(_NUMBER.match(right))
    return False


def _parts_name(words: list[str], first: str) -> bool:
    """First name from last name: two capitalised words, the first inside a sentence."""
    if len(words) < 2 or any(word.isupper() for word in (words[-1], first)):
        return False
    if re.search(r"[.?!:…\"]$", words[-2]) or words[-2][:1].isupper():
        return False
    names = (words[-1], first)
    return all(
        word[:1].isupper() and word[1:2].islower() and _plain(word) not in _NEVER_NAMES
        for word in names
    )
