"""The query language of ``vidtag find``: text in, a tree of conditions out. Pure.

    query     = all { "or" all }
    all       = one { [ "and" ] one }
    one       = "not" one | "(" query ")" | near one | condition
    near      = "within" LENGTH ( "of" | "before" | "after" )
    condition = what [ compare ( LENGTH | PROBABILITY ) ]
              | "length" compare LENGTH | "p" compare PROBABILITY
    what      = EVENT [ ":" SORT ] | "speech" | "emotion:" EMOTION | "language:" LANGUAGE
              | '"' WORDS '"' | "said:" WORD | "speaker:" NAME
    compare   = ">" | ">=" | "<" | "<="

A condition is about one item of a document, an event or a piece of speech; ``near`` is about a
second one beside it. See docs/find.md.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from vidtag.core import display
from vidtag.core.errors import UserError
from vidtag.core.records import Emotion, EventKind, Language
from vidtag.find.conditions import (
    SORTS,
    All,
    BySpeaker,
    Condition,
    Duration,
    Either,
    HasEmotion,
    HasLanguage,
    HasWords,
    IsEvent,
    IsSpeech,
    Near,
    Not,
    Probability,
    Subject,
)
from vidtag.find.tokens import Token, query_error, tokens_of
from vidtag.select import points

EVENTS: Mapping[str, EventKind] = {
    **{kind.label: kind for kind in EventKind},
    **dict.fromkeys(("laugh", "laughs", "laughing"), EventKind.LAUGHTER),
    **dict.fromkeys(("clap", "clapping"), EventKind.APPLAUSE),
    **{name: kind for kind, name in display.EVENT_NAMES["en"].items()},
    "coughing": EventKind.COUGH,
    "sneezing": EventKind.SNEEZE,
    "breathing": EventKind.BREATH,
}
LANGUAGES: Mapping[str, Language] = {
    **{language.value: language for language in display.LANGUAGES},
    **{names.english.lower(): language for language, names in display.LANGUAGES.items()},
    "mandarin": Language.ZH,
}
EMOTIONS: Mapping[str, Emotion] = {
    emotion.label: emotion for emotion in Emotion if emotion is not Emotion.UNKNOWN
}
_UNITS = {"ms": 0.001, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_FIELDS = ("emotion", "language", "said", "speaker")
_KEYWORDS = ("and", "or", "not", "within", "speech", "length", "p")
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


class _Parser:
    """Reads a query from left to right; see the grammar above."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(tokens_of(text))
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
        parts = [self._all()]
        while self._take_word("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _all(self) -> Condition:
        parts = [self._one()]
        while True:
            joined = self._take_word("and")
            token = self._peek()
            ends = token is None or token.kind == "close" or token.text.lower() == "or"
            if ends and not joined:
                return parts[0] if len(parts) == 1 else All(tuple(parts))
            parts.append(self._one())

    def _one(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error("the query is nested too deeply", 0)
        token = self._take("something to look for")
        found = self._condition(token)
        self._depth -= 1
        return found

    def _condition(self, token: Token) -> Condition:
        word = token.text.lower()
        if token.kind == "open":
            found = self._either()
            closing = self._take("a closing )")
            if closing.kind != "close":
                raise self._error(f"{closing.text!r} is not understood here", closing.place)
            return found
        if token.kind == "word" and word == "not":
            return Not(self._one())
        if token.kind == "word" and word == "within":
            return self._near()
        if token.kind == "word" and word == "length":
            compare, seconds = self._compared(token, length=True)
            return Duration(compare, seconds)
        if token.kind == "word" and word == "p":
            compare, probability = self._compared(token, length=False)
            return Probability(compare, probability)
        return self._qualified(self._subject(token))

    def _near(self) -> Condition:
        token = self._take("a length, such as 2s")
        if token.kind != "number":
            raise self._error("a length such as 2s must follow 'within'", token.place)
        seconds = self._seconds(token)
        side = self._take("of, before or after")
        if side.text.lower() not in ("of", "before", "after"):
            raise self._error(f"of, before or after must come here, not {side.text!r}", side.place)
        return Near(seconds, side.text.lower(), self._one())

    def _subject(self, token: Token) -> Subject:
        word = token.text.lower()
        if token.kind == "string":
            if not fold(token.value).strip("*"):
                raise self._error("there are no words between the quotes", token.place)
            return HasWords(fold(token.value))
        if token.kind == "field":
            return self._field(token)
        if token.kind == "word" and word == "speech":
            return IsSpeech()
        if token.kind == "word" and word in EVENTS:
            return IsEvent(EVENTS[word])
        if token.kind == "word" and word in (*EMOTIONS, *LANGUAGES):
            field = "emotion" if word in EMOTIONS else "language"
            raise self._error(f"write {field}:{word}", token.place)
        hint = _nearest(word, (*EVENTS, *_KEYWORDS)) if token.kind == "word" else ""
        advice = f"did you mean {hint!r}" if hint else f'to look for words, quote them: "{word}"'
        raise self._error(f"{token.text!r} is not understood here", token.place, advice)

    def _field(self, token: Token) -> Subject:
        field, value = token.text.split(":", 1)[0].lower(), token.value
        place = token.place + len(field) + 1
        if field in EVENTS:
            return self._sort(EVENTS[field], field, value.lower(), place)
        known: Mapping[str, Emotion | Language]
        if field == "said":
            if not value and (following := self._peek()) and following.kind == "string":
                return self._subject(self._take("words"))
            if not fold(value).strip("*"):
                raise self._error("a word must follow said:", place)
            return HasWords(fold(value))
        if field == "speaker":
            if not value and (following := self._peek()) and following.kind == "string":
                value = self._take("a name").value
            if not fold(value):
                raise self._error("a name must follow speaker:", place)
            return BySpeaker(fold(f"Speaker {value}" if value.isdigit() else value))
        if field == "emotion":
            known = EMOTIONS
        elif field == "language":
            known = LANGUAGES
        else:
            hint = _nearest(field, _FIELDS)
            raise self._error(
                f"there is no {field}: to look for",
                token.place,
                f"did you mean {hint}:"
                if hint
                else "there are emotion:, language:, said: and speaker:",
            )
        found = known.get(value.lower())
        if found is None:
            hint = _nearest(value.lower(), known)
            advice = f"did you mean {hint!r}" if hint else f"choose of {', '.join(known)}"
            raise self._error(f"{value!r} is no {field}", place, advice)
        return HasEmotion(found) if isinstance(found, Emotion) else HasLanguage(found)

    def _sort(self, kind: EventKind, name: str, value: str, place: int) -> Subject:
        if value in SORTS[kind]:
            return IsEvent(kind, value)
        hint = _nearest(value, SORTS[kind])
        sorts = ", ".join(SORTS[kind])
        advice = f"did you mean {hint!r}" if hint else f"choose of {sorts}" if sorts else ""
        raise self._error(f"{value!r} is no sort of {name}", place, advice)

    def _qualified(self, subject: Subject) -> Condition:
        """``subject``, with a length or a probability if one follows."""
        token = self._peek()
        if token is None or token.kind != "compare":
            return subject
        compare = _ascii(self._take("a comparison").text)
        number = self._take("a length such as 3s, or a probability such as 0.8")
        if number.kind != "number":
            raise self._error(
                "a length such as 3s, or a probability such as 0.8, must come here", number.place
            )
        if number.value and number.value != "%":
            return All((subject, Duration(compare, self._seconds(number))))
        return All((subject, Probability(compare, self._probability(number), subject)))

    def _compared(self, before: Token, *, length: bool) -> tuple[str, float]:
        example = f"{before.text}>3s" if length else f"{before.text}>0.8"
        compare = self._take(f"a comparison, as in {example}")
        if compare.kind != "compare":
            raise self._error(
                f"a comparison must follow {before.text!r}, as in {example}", compare.place
            )
        number = self._take(f"a number, as in {example}")
        if number.kind != "number":
            raise self._error(f"a number must come here, as in {example}", number.place)
        value = self._seconds(number) if length else self._probability(number)
        return _ascii(compare.text), value

    def _seconds(self, token: Token) -> float:
        number = token.text.lower().removesuffix(token.value).rstrip()
        unit = _UNITS.get(token.value)
        if unit is None:
            raise self._error(
                f"{token.text!r} is no length", token.place, f"write {number}s, {number}min or so"
            )
        return float(number) * unit

    def _probability(self, token: Token) -> float:
        number = float(token.text.removesuffix("%").rstrip()) if token.value in ("", "%") else 2.0
        value = number / 100 if token.value == "%" else number
        if value > 1:
            raise self._error(
                f"{token.text!r} is no probability, 0 to 1",
                token.place,
                f"if you mean a length, write {token.text}s" if not token.value else "",
            )
        return value

    def _peek(self) -> Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self, wanted: str) -> Token:
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

    def _error(self, problem: str, place: int, advice: str = "") -> UserError:
        return query_error(self._text, problem, place, advice)


def _ascii(compare: str) -> str:
    return {"≥": ">=", "≤": "<="}.get(compare, compare)


def _nearest(word: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(word, list(known), 1)), "")
