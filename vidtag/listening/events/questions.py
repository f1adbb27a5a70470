"""Questions as programs see them, in JSON, and what is to be said about answers. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, get_args

import yaml

from vidtag.core.document import parse_json
from vidtag.core.errors import UserError
from vidtag.core.records import EventKind
from vidtag.listening.events.labelled import Answer, Answers, Asked, LabelledVideo
from vidtag.listening.events.tuning import Answered

_ENOUGH = 5
"""Answers of one kind from which on something can be said about them."""
_CONTRARY = 0.4
"""Share of pairs of a yes and a no in which the yes was heard more strongly, below which answers
say the contrary of what was heard."""
_WHAT = "expected what 'vidtag events label VIDEO --json' prints, with answers filled in"


def to_json(video: LabelledVideo) -> str:
    """All questions about a video and their answers, for programs."""
    return json.dumps(
        {
            "video": video.name,
            "fingerprint": video.fingerprint,
            "asked": [_row(one) for one in video.asked],
        },
        ensure_ascii=False,
        indent=1,
    )


def _row(one: Asked) -> dict[str, object]:
    span = one.span
    return {
        "kind": span.kind.value,
        "start": span.start,
        "end": span.end,
        "part": span.part,
        "strength": span.strength,
        "answer": one.answer,
    }


def from_json(text: str | bytes, video: LabelledVideo, path: str) -> dict[int, Answer]:
    """Answers that were filled in, by the number of their question.

    Raises:
        UserError: they are none, of another video, about what was not asked, or contradict each
            other.
    """
    try:
        plain: Any = parse_json(text)
        fingerprint = plain["fingerprint"]
        rows = [(_key(row), row.get("answer")) for row in plain["asked"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UserError(f"these are no answers: {_WHAT}", path=path) from None
    if fingerprint != video.fingerprint:
        raise UserError(
            f"these are answers about another video than {video.name}",
            path=path,
            remedy=f"print the questions about {video.name} with --json",
        )
    numbers = {_key(_row(one)): n for n, one in enumerate(video.asked)}
    found: dict[int, Answer] = {}
    for key, answer in rows:
        if answer is None:
            continue
        named = f"{key[0]} at {key[1]} s"
        if answer not in get_args(Answer):
            raise UserError(
                f"'{answer!s:.40}' is no answer ({named})",
                path=path,
                remedy="write yes, no or skip",
            )
        if key not in numbers:
            raise UserError(f"{named} was not asked about", path=path, remedy=_WHAT)
        if found.setdefault(numbers[key], answer) != answer:
            raise UserError(
                f"two answers contradict each other ({named})", path=path, remedy="keep one"
            )
    return found


def _key(row: Mapping[str, Any]) -> tuple[object, ...]:
    return tuple(row[name] for name in ("kind", "start", "end", "part"))


About = Literal["nothing_answered", "all_yes", "all_no", "contrary"]


@dataclass(frozen=True, slots=True)
class Remark:
    """What whoever answered should know about what they answered; of one kind, if of any."""

    about: About
    kind: EventKind | None = None

    def __str__(self) -> str:
        if self.kind is None:
            return "nothing is answered yet, so nothing is learnt"
        return _REMARKS[self.about].format(kind=self.kind.value)


_REMARKS: Mapping[About, str] = {
    "all_yes": "every {kind} was a yes: some answers of no would tell where it ends to be one "
    "(ask about more with --count)",
    "all_no": "every {kind} was a no: if there is none in this show, don't look for it "
    "(events.kinds.{kind}: null)",
    "contrary": "what was heard as {kind} more strongly was more often a no: no threshold can tell "
    "the two apart",
}


def remarks(answers: Answers) -> Iterator[Remark]:
    """What whoever answered should know about what they answered."""
    if not answers.answered:
        yield Remark("nothing_answered")
    for kind in EventKind:
        own = [one for one in answers.answered if one.kind is kind and one.part == "whole"]
        said = [one.yes for one in own]
        if len(own) >= _ENOUGH and all(said):
            yield Remark("all_yes", kind)
        if len(own) >= _ENOUGH and not any(said):
            yield Remark("all_no", kind)
        if _contrary(own):
            yield Remark("contrary", kind)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was answered about a kind, and what that changes.

    Attributes:
        yes, no: how often either was answered.
        on, off, shift: before and after; no shift where the tagger's word doesn't count.
    """

    kind: EventKind
    yes: int
    no: int
    on: tuple[float, float]
    off: tuple[float, float]
    shift: tuple[float, float] | None


def learnt(answers: Answers) -> Iterator[Learnt]:
    """What answers teach, of each kind that they are about."""
    for kind, after in answers.kinds.items():
        said = [one.yes for one in answers.answered if one.kind is kind]
        old = answers.before[kind]
        shift = None
        if old.shift is not None and after.shift is not None:
            shift = (old.shift, after.shift)
        yield Learnt(
            kind,
            sum(said),
            len(said) - sum(said),
            (old.on, after.on),
            (old.off, after.off),
            shift,
        )


def setting(path: str) -> str:
    """The line of YAML that makes a file of answers act."""
    inside = yaml.safe_dump(
        {"tuned": path}, default_flow_style=True, allow_unicode=True, width=10 * len(path) + 80
    )
    return f"events: {inside.strip()}"


def _contrary(own: Sequence[Answered]) -> bool:
    yes = [one.strength for one in own if one.yes]
    no = [one.strength for one in own if not one.yes]
    if min(len(yes), len(no)) < _ENOUGH:
        return False
    return sum(a > b for a, b in product(yes, no)) / (len(yes) * len(no)) < _CONTRARY
