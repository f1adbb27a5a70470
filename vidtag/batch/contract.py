"""The contract of all runners: jobs go in, and come out as they end, failed ones too.

A runner takes jobs one by one and yields what becomes of them. It never raises for a video:
whatever a video does, even to the process that works on it, comes out as a ``StageEnded`` with an
error. The number of jobs that a runner holds at once is bounded, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

from vidtag.core.errors import VidtagError
from vidtag.core.settings import Config


class Stage(StrEnum):
    """The parts of the work on a video that the ledger records, in order."""

    LISTEN = "listen"
    SHOW = "show"


class Step(StrEnum):
    """What workers do. Decoding is the first half of listening; decoded sound is not kept."""

    DECODE = "decode"
    LISTEN = "listen"
    SHOW = "show"

    @property
    def stage(self) -> Stage:
        """The stage that a step belongs to."""
        return Stage.SHOW if self is Step.SHOW else Stage.LISTEN


@dataclass(frozen=True, slots=True)
class Shown:
    """What SHOW has made.

    Attributes:
        fingerprint: of the content it was made from.
        files: see ``StageEnded``.
    """

    fingerprint: str
    files: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class VideoJob:
    """One video.

    Attributes:
        number: the video's number in the ledger.
        source: path or address of the video.
        folder: path or address of the folder its results go to.
        config: its settings.
        stages: what is to be done, in order.
        duration: seconds, if they are known already.
        shown: what an earlier run showed, and with what content: it stays if listening shows that
            nothing but the looks of the file changed.
        earlier_document: path of the document of the same file, from before it was renamed.
    """

    number: int
    source: str
    folder: str
    config: Config
    stages: tuple[Stage, ...]
    duration: float | None = None
    shown: Shown | None = None
    earlier_document: str | None = None


@dataclass(frozen=True, slots=True)
class StepBegan:
    """A worker has begun a step of a job."""

    number: int
    step: Step
    worker: str


@dataclass(frozen=True, slots=True)
class StageEnded:
    """A stage of a job is over. A stage that failed is the job's last.

    Attributes:
        error: why it failed; None if it is done.
        seconds: wall time of the stage's steps, without waiting in between.
        decode_seconds: the part of ``seconds`` that was decoding.
        reused: the document of an earlier run still held, so LISTEN was skipped.
        fingerprint: of the video's content, if it could be read.
        duration: of the video in seconds, if it could be read.
        files: what was written, relative to the job's folder, each with its size in bytes.
        notes: for the user.
        passed_over: what there is to say, once per batch, of an ffmpeg passed over for another.
    """

    number: int
    stage: Stage
    worker: str
    error: VidtagError | None = None
    seconds: float = 0.0
    decode_seconds: float = 0.0
    reused: bool = False
    fingerprint: str | None = None
    duration: float | None = None
    files: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    passed_over: str | None = None


@dataclass(frozen=True, slots=True)
class Paused:
    """Something fails for all videos alike: no step of this kind is begun for some seconds."""

    step: Step
    error: VidtagError
    seconds: float


JobUpdate: TypeAlias = StepBegan | StageEnded


class Runner(Protocol):
    """Works on jobs; see the module's docstring."""

    def run(self, jobs: Iterator[VideoJob | None]) -> Iterator[JobUpdate | Paused | None]:
        """Take jobs and yield updates until all jobs have ended.

        Args:
            jobs: None means that there is none now, but may be later.

        Yields:
            Updates; None now and then when nothing happens, so that the caller can do other work.
            For each job a ``StepBegan`` per step and an ``StageEnded`` per stage.

        Raises:
            VidtagError: no video can be worked on at all: there is no such model, or no cluster, or
                a storage does not come back.
        """

    def close(self) -> None:
        """Stop all work at once, and leave no process and no file behind."""
