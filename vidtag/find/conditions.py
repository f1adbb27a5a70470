"""What a query asks, as a tree of conditions.

A condition is about one item of a document, an event or a piece of speech; ``Near`` is about a
second one beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from vidtag.core.display import FINER_KINDS, FINER_WORDS
from vidtag.core.records import Emotion, EventKind, EventSpan, Language, Size


@dataclass(frozen=True, slots=True)
class IsEvent:
    """An event of a kind, and perhaps of one sort of it: what ``sorts_of`` gives for it."""

    kind: EventKind
    sort: str | None = None


@dataclass(frozen=True, slots=True)
class IsSpeech:
    """Any piece of speech."""


@dataclass(frozen=True, slots=True)
class HasEmotion:
    """Speech in an emotion."""

    emotion: Emotion


@dataclass(frozen=True, slots=True)
class HasLanguage:
    """Speech in a language."""

    language: Language


@dataclass(frozen=True, slots=True)
class HasWords:
    """Speech that holds some words; a last ``*`` stands for any ending."""

    words: str


@dataclass(frozen=True, slots=True)
class BySpeaker:
    """Speech of a person, or an event after it; the name as ``query.fold`` has it."""

    name: str


CANNED, LIVE = "canned", "live"
"""Sorts of events that are a recording played several times, and that are not."""


def sorts_of(event: EventSpan) -> tuple[str, ...]:
    """All sorts that an event is of: ``house``, ``cheering``, ``live``."""
    finer = FINER_WORDS["en"].get(event.finer or "")
    return (
        *((event.size.value,) if event.size else ()),
        *((finer.replace(" ", "-"),) if finer else ()),
        CANNED if event.canned else LIVE,
    )


SORTS = MappingProxyType(
    {
        kind: (
            *((size.value for size in Size) if kind is EventKind.LAUGHTER else ()),
            *(
                FINER_WORDS["en"][label].replace(" ", "-")
                for label, of in FINER_KINDS.items()
                if of is kind
            ),
            *((CANNED, LIVE) if kind in (EventKind.LAUGHTER, EventKind.APPLAUSE) else ()),
        )
        for kind in EventKind
    }
)
"""What can be asked of each kind: ``laughter:house``."""

Subject = IsEvent | IsSpeech | HasEmotion | HasLanguage | HasWords | BySpeaker
"""What a query can name."""


@dataclass(frozen=True, slots=True)
class Duration:
    """Longer or shorter than so many seconds; ``compare`` is such as ``>=``."""

    compare: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Probability:
    """More or less probable: as ``subject``, or as all that the query names."""

    compare: str
    probability: float
    subject: Subject | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """So many seconds at most from another thing; ``side`` is ``of``, ``before`` or ``after``."""

    seconds: float
    side: str
    other: Condition


@dataclass(frozen=True, slots=True)
class Not:
    """Not so."""

    negated: Condition


@dataclass(frozen=True, slots=True)
class All:
    """All of some conditions."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of some conditions."""

    parts: tuple[Condition, ...]


Condition = Subject | Duration | Probability | Near | Not | All | Either


def asks_for_words(condition: Condition) -> bool:
    """Whether a condition is about the words of what it finds."""
    if isinstance(condition, All | Either):
        return any(asks_for_words(part) for part in condition.parts)
    if isinstance(condition, Not):
        return asks_for_words(condition.negated)
    return isinstance(condition, HasWords)


def speakers_asked_for(condition: Condition) -> tuple[str, ...]:
    """Everybody a query names, wherever it does; names as ``query.fold`` has them."""
    match condition:
        case All(parts) | Either(parts):
            return tuple(name for part in parts for name in speakers_asked_for(part))
        case Not(inner) | Near(other=inner):
            return speakers_asked_for(inner)
        case BySpeaker(name):
            return (name,)
        case _:
            return ()


def named_subjects(condition: Condition) -> tuple[Subject, ...]:
    """The subjects that what is found must be; not those beside it, and none it must not be."""
    if isinstance(condition, All | Either):
        return tuple(subject for part in condition.parts for subject in named_subjects(part))
    if isinstance(condition, Near | Not | Duration | Probability):
        return ()
    return (condition,)
