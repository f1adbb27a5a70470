"""A user's answers about spans of a show's videos: the file ``NAME.events.json``.

It holds whose word was labelled, what acted on each kind, every span that was asked about with what
was heard there, and what the answers teach: so it can be read as settings (``events.tuned``), gone
on with later, and fitted again without listening. Every answer is saved before the next question.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from vidtag import files
from vidtag.core.errors import ConfigError, OutputError, UserError
from vidtag.core.records import EventKind
from vidtag.core.settings import (
    ANSWERS_VERSION,
    LARGEST_FILE,
    ListenerConfig,
    TunedKindConfig,
    read_answers_file,
)
from vidtag.listening.events.doubt import Candidate
from vidtag.listening.events.tuning import Answered, Untuned, fit

Answer = Literal["yes", "no", "skip"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A span that is asked about, and what was answered; None if nothing was yet."""

    span: Candidate
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class LabelledVideo:
    """What was asked about one video.

    Attributes:
        candidates: how many spans of it could be asked about.
    """

    name: str
    fingerprint: str
    candidates: int
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers about a show.

    Attributes:
        model, tagger: whose word was labelled.
        before: what acted on each kind meanwhile.
        kinds: what the answers teach.
    """

    model: ListenerConfig
    tagger: ListenerConfig | None
    before: Mapping[EventKind, Untuned]
    videos: tuple[LabelledVideo, ...] = ()
    kinds: Mapping[EventKind, TunedKindConfig] = field(default_factory=dict)
    version: int = ANSWERS_VERSION

    def video(self, fingerprint: str) -> LabelledVideo | None:
        """What was asked about a video."""
        return next((one for one in self.videos if one.fingerprint == fingerprint), None)

    def with_video(self, video: LabelledVideo) -> Answers:
        """The same with this in place of what was asked about that video before, fitted again."""
        others = [one for one in self.videos if one.fingerprint != video.fingerprint]
        videos = (*others, video)
        return replace(self, videos=videos, kinds=fit(_answered(videos), self.before))

    @property
    def answered(self) -> tuple[Answered, ...]:
        """Every yes and no."""
        return _answered(self.videos)


def _answered(videos: Sequence[LabelledVideo]) -> tuple[Answered, ...]:
    return tuple(
        Answered(one.span.kind, one.span.part, one.span.strength, one.answer == "yes")
        for video in videos
        for one in video.asked
        if one.answer in ("yes", "no")
    )


class Labelling:
    """Answers about one video, being given; each is saved.

    Args:
        path: of the file of answers.
        answers: about this video and others.
        fingerprint: of the video, about which there are questions.
    """

    def __init__(self, path: Path, answers: Answers, fingerprint: str) -> None:
        self.path = path
        self.answers = answers
        self._fingerprint = fingerprint

    @property
    def asked(self) -> tuple[Asked, ...]:
        """All questions, in the order in which they are put."""
        video = self.answers.video(self._fingerprint)
        return () if video is None else video.asked

    @property
    def next(self) -> int | None:
        """The first question without an answer."""
        return next((n for n, one in enumerate(self.asked) if one.answer is None), None)

    def answer(self, given: Mapping[int, Answer | None]) -> None:
        """Give answers to questions by their number, or take them back, and save.

        Raises:
            OutputError: it could not be saved; then nothing has changed.
        """
        video = self.answers.video(self._fingerprint)
        assert video is not None
        asked = [
            replace(one, answer=given[n]) if n in given else one
            for n, one in enumerate(video.asked)
        ]
        self.save(self.answers.with_video(replace(video, asked=tuple(asked))))

    def save(self, answers: Answers) -> None:
        """Write the file.

        Raises:
            OutputError: it cannot be written; then nothing has changed.
        """
        text = to_json(answers)
        if len(text.encode()) > LARGEST_FILE:
            raise OutputError(
                "the file of answers has grown too long, so this one was not saved",
                path=self.path,
                remedy="label into another file",
            )
        files.write_text(self.path, text)
        self.answers = answers


def to_json(answers: Answers) -> str:
    """JSON text, a line for each question."""
    data = _adapter().dump_python(answers, mode="json")
    videos = data.pop("videos")
    head = json.dumps({"version": data.pop("version"), **data}, ensure_ascii=False, indent=1)
    blocks = []
    for video in videos:
        lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in video.pop("asked"))
        blocks.append(f'{json.dumps(video, ensure_ascii=False)[:-1]}, "asked": [\n{lines}\n]}}')
    return f'{head[:-2]},\n "videos": [\n' + ",\n".join(blocks) + "\n]}\n"


def read_answers(path: Path) -> Answers:
    """Answers from their file.

    Raises:
        ConfigError: it cannot be read, is damaged or newer.
    """
    try:
        return _adapter().validate_python(read_answers_file(path))
    except ValidationError:
        raise ConfigError(
            "not a file of labelled events, or damaged",
            path=path,
            remedy="move it away to begin anew, or take it from a backup",
        ) from None


def check_same(answers: Answers, now: Answers, path: Path) -> None:
    """Refuse to add to answers about what others heard, or heard with other settings.

    Raises:
        UserError: they differ.
    """
    remedy = "label into another file with --output, or with the settings of before"
    for part in ("model", "tagger"):
        before, here = getattr(answers, part), getattr(now, part)
        if (before and before.digest) != (here and here.digest):
            was = f"with the {part} {before.name}" if before else f"without a {part}"
            raise UserError(
                f"these answers are about what was heard {was}", path=path, remedy=remedy
            )
    if answers.before != now.before:
        named = [k.value for k in EventKind if answers.before.get(k) != now.before.get(k)]
        raise UserError(
            f"these answers are about other settings of {', '.join(named)}",
            path=path,
            remedy=remedy,
        )


@functools.cache
def _adapter() -> TypeAdapter[Answers]:
    return TypeAdapter(Answers)
