"""The query language of ``vidtag find``: text in, a tree of conditions out. Pure.

    query     = all { "or" all }
    all       = one { [ "and" ] one }
    one       = "not" one | "(" query ")" | near one | condition
    near      = "within" LENGTH ( "of" | "before" | "after" )
    condition = what [ compare ( LENGTH | PROBABILITY ) ]
              | "length" compare LENGTH | "p" compare PROBABILITY
    what      = EVENT | "speech" | "emotion:" EMOTION | "language:" LANGUAGE
              | '"' WORDS '"' | "said:" WORD
    compare   = ">" | ">=" | "<" | "<="

A condition is about one thing that was heard, an event or a piece of speech; ``near`` is about a
second one beside it. See docs/find.md.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vidtag.core.errors import UserError
from vidtag.core.records import Emotion, EventKind, Language
from vidtag.select import points


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a kind."""

    kind: EventKind


@dataclass(frozen=True, slots=True)
class AnySpeech:
    """Any piece of speech."""


@dataclass(frozen=True, slots=True)
class InEmotion:
    """Speech in an emotion."""

    emotion: Emotion


@dataclass(frozen=True, slots=True)
class InLanguage:
    """Speech in a language."""

    language: Language


@dataclass(frozen=True, slots=True)
class Said:
    """Speech that holds some words; a last ``*`` stands for any ending."""

    words: str


What = Event | AnySpeech | InEmotion | InLanguage | Said


@dataclass(frozen=True, slots=True)
class Length:
    """Longer or shorter than so many seconds."""

    compare: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Sure:
    """Surer or less sure than a probability: that of ``what``, or of all that a query names."""

    compare: str
    probability: float
    what: What | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """So many seconds at most from another thing; ``side`` is ``of``, ``before`` or ``after``."""

    seconds: float
    side: str
    other: Condition


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    one: Condition


@dataclass(frozen=True, slots=True)
class All:
    """All of some conditions."""

    ones: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of some conditions."""

    ones: tuple[Condition, ...]


Condition = What | Length | Sure | Near | Not | All | Either

EVENTS: Mapping[str, EventKind] = {
    **{kind.value.lower(): kind for kind in EventKind},
    **dict.fromkeys(("laugh", "laughs", "laughing"), EventKind.LAUGHTER),
    **dict.fromkeys(("clap", "clapping"), EventKind.APPLAUSE),
    "music": EventKind.BGM,
    "crying": EventKind.CRY,
    "coughing": EventKind.COUGH,
    "sneezing": EventKind.SNEEZE,
    "breathing": EventKind.BREATH,
}
LANGUAGES: Mapping[str, Language] = {
    **{language.value: language for language in Language if language is not Language.NOSPEECH},
    "chinese": Language.ZH,
    "mandarin": Language.ZH,
    "cantonese": Language.YUE,
    "english": Language.EN,
    "japanese": Language.JA,
    "korean": Language.KO,
}
EMOTIONS: Mapping[str, Emotion] = {
    emotion.value.lower(): emotion for emotion in Emotion if emotion is not Emotion.UNKNOWN
}
_UNITS = {"ms": 0.001, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_FIELDS = ("emotion", "language", "said")
_WORDS = ("and", "or", "not", "within", "speech", "length", "p")
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<string>["“](?P<text>[^"”]*)["”])
      | (?P<open>\() | (?P<close>\))
      | (?P<compare>>=|<=|>|<|≥|≤)
      | (?P<number>\d+(?:\.\d+)?)
        (?:\s*(?P<unit>(?:ms|sec|s|min|m|h)(?![a-z:])|%)|(?P<junk>[a-z]+))?
      | (?P<field>[a-z]+):(?P<value>[^\s()"“<>≥≤]*)
      | (?P<word>[^\s()"“<>≥≤:]+)""",
    re.VERBOSE | re.IGNORECASE,
)
_DEEPEST = 50
"""How deep parentheses and negations may go."""


def fold(text: str) -> str:
    """Text as words are compared: case, width of letters, apostrophes and spaces made equal."""
    return " ".join(points.fold(text).split())


def parse(text: str) -> Condition:
    """The tree of a query.

    Raises:
        UserError: it is not one; says what is wrong, and where.
    """
    return _Parser(text).parse()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    place: int
    value: str = ""


class _Parser:
    """Reads a query from left to right; see the grammar above."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._split())
        self._next = 0
        self._depth = 0

    def parse(self) -> Condition:
        if not self._tokens:
            raise self._error(
                "the query is empty", 0, 'try laughter>3s, emotion:angry or "thank you"'
            )
        found = self._either()
        if (token := self._peek()) is not None:
            raise self._error(f"{token.text!r} is not understood here", token.place)
        return found

    def _either(self) -> Condition:
        ones = [self._all()]
        while self._take_word("or"):
            ones.append(self._all())
        return ones[0] if len(ones) == 1 else Either(tuple(ones))

    def _all(self) -> Condition:
        ones = [self._one()]
        while True:
            joined = self._take_word("and")
            token = self._peek()
            ends = token is None or token.kind == "close" or token.text.lower() == "or"
            if ends and not joined:
                return ones[0] if len(ones) == 1 else All(tuple(ones))
            ones.append(self._one())

    def _one(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error("the query is nested too deeply", 0)
        token = self._take("something to look for")
        found = self._after(token)
        self._depth -= 1
        return found

    def _after(self, token: _Token) -> Condition:
        word = token.text.lower()
        if token.kind == "open":
            found = self._either()
            closing = self._take("a closing )", after=token)
            if closing.kind != "close":
                raise self._error(f"{closing.text!r} is not understood here", closing.place)
            return found
        if token.kind == "word" and word == "not":
            return Not(self._one())
        if token.kind == "word" and word == "within":
            return self._near()
        if token.kind == "word" and word == "length":
            compare, seconds = self._compared(token, length=True)
            return Length(compare, seconds)
        if token.kind == "word" and word == "p":
            compare, probability = self._compared(token, length=False)
            return Sure(compare, probability)
        return self._qualified(self._what(token))

    def _near(self) -> Condition:
        token = self._take("a length, such as 2s")
        if token.kind != "number":
            raise self._error("a length such as 2s must follow 'within'", token.place)
        seconds = self._seconds(token)
        side = self._take("of, before or after")
        if side.text.lower() not in ("of", "before", "after"):
            raise self._error(f"of, before or after must come here, not {side.text!r}", side.place)
        return Near(seconds, side.text.lower(), self._one())

    def _what(self, token: _Token) -> What:
        word = token.text.lower()
        if token.kind == "string":
            if not fold(token.value).strip("*"):
                raise self._error("there are no words between the quotes", token.place)
            return Said(fold(token.value))
        if token.kind == "field":
            return self._field(token)
        if token.kind == "word" and word == "speech":
            return AnySpeech()
        if token.kind == "word" and word in EVENTS:
            return Event(EVENTS[word])
        if token.kind == "word" and word in (*EMOTIONS, *LANGUAGES):
            field = "emotion" if word in EMOTIONS else "language"
            raise self._error(f"write {field}:{word}", token.place)
        hint = _nearest(word, (*EVENTS, *_WORDS)) if token.kind == "word" else ""
        advice = f"did you mean {hint!r}" if hint else f'to look for words, quote them: "{word}"'
        raise self._error(f"{token.text!r} is not understood here", token.place, advice)

    def _field(self, token: _Token) -> What:
        field, value = token.text.split(":", 1)[0].lower(), token.value
        place = token.place + len(field) + 1
        known: Mapping[str, Emotion | Language]
        if field == "said":
            if not value and (following := self._peek()) and following.kind == "string":
                return self._what(self._take("words"))
            if not fold(value).strip("*"):
                raise self._error("a word must follow said:", place)
            return Said(fold(value))
        if field == "emotion":
            known = EMOTIONS
        elif field == "language":
            known = LANGUAGES
        else:
            hint = _nearest(field, _FIELDS)
            raise self._error(
                f"there is no {field}: to look for",
                token.place,
                f"did you mean {hint}:" if hint else "there are emotion:, language: and said:",
            )
        found = known.get(value.lower())
        if found is None:
            hint = _nearest(value.lower(), known)
            advice = f"did you mean {hint!r}" if hint else f"choose of {', '.join(known)}"
            raise self._error(f"{value!r} is no {field}", place, advice)
        return InEmotion(found) if isinstance(found, Emotion) else InLanguage(found)

    def _qualified(self, what: What) -> Condition:
        """``what``, with a length or a probability if one follows."""
        token = self._peek()
        if token is None or token.kind != "compare":
            return what
        compare = _plain(self._take("a comparison").text)
        number = self._take("a length such as 3s, or a probability such as 0.8")
        if number.kind != "number":
            raise self._error(
                "a length such as 3s, or a probability such as 0.8, must come here", number.place
            )
        if number.value and number.value != "%":
            return All((what, Length(compare, self._seconds(number))))
        return All((what, Sure(compare, self._probability(number), what)))

    def _compared(self, before: _Token, *, length: bool) -> tuple[str, float]:
        example = f"{before.text}>3s" if length else f"{before.text}>0.8"
        compare = self._take(f"a comparison, as in {example}", after=before)
        if compare.kind != "compare":
            raise self._error(
                f"a comparison must follow {before.text!r}, as in {example}", compare.place
            )
        number = self._take(f"a number, as in {example}", after=compare)
        if number.kind != "number":
            raise self._error(f"a number must come here, as in {example}", number.place)
        value = self._seconds(number) if length else self._probability(number)
        return _plain(compare.text), value

    def _seconds(self, token: _Token) -> float:
        number = token.text.lower().removesuffix(token.value).rstrip()
        unit = _UNITS.get(token.value)
        if unit is None:
            raise self._error(
                f"{token.text!r} is no length", token.place, f"write {number}s, {number}min or so"
            )
        return float(number) * unit

    def _probability(self, token: _Token) -> float:
        number = float(token.text.removesuffix("%").rstrip()) if token.value in ("", "%") else 2.0
        value = number / 100 if token.value == "%" else number
        if value > 1:
            raise self._error(
                f"{token.text!r} is no probability, 0 to 1",
                token.place,
                f"if you mean a length, write {token.text}s" if not token.value else "",
            )
        return value

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self, wanted: str, after: _Token | None = None) -> _Token:
        token = self._peek()
        if token is None:
            raise self._error(f"the query ends where {wanted} should come", len(self._text))
        self._next += 1
        return token

    def _take_word(self, word: str) -> bool:
        token = self._peek()
        if token is not None and token.kind == "word" and token.text.lower() == word:
            self._next += 1
            return True
        return False

    def _split(self) -> Iterable[_Token]:
        place = 0
        while place < len(self._text):
            match = _TOKEN.match(self._text, place)
            if match is None:
                character = self._text[place]
                problem = "the quotes are not closed" if character in '"“' else None
                raise self._error(problem or f"{character!r} is not understood here", place)
            kind = match.lastgroup or ""
            if match["number"] is not None:
                unit = (match["unit"] or match["junk"] or "").lower()
                yield _Token("number", match[0], place, unit)
            elif match["field"] is not None:
                yield _Token("field", match[0], place, match["value"])
            elif match["string"] is not None:
                yield _Token("string", match[0], place, match["text"])
            elif kind != "space":
                yield _Token(kind, match[0], place)
            place = match.end()

    def _error(self, problem: str, place: int, advice: str = "") -> UserError:
        before = self._text[:place]
        wide = sum(unicodedata.east_asian_width(char) in "WF" for char in before)
        shown = self._text.replace("\n", " ").replace("\t", " ")
        return UserError(
            f"query: {problem}{f'; {advice}' if advice else ''}\n"
            f"  {shown}\n  {' ' * (len(before) + wide)}^"
        )


def _plain(compare: str) -> str:
    return {"≥": ">=", "≤": "<="}.get(compare, compare)


def _nearest(word: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(word, list(known), 1)), "")
