"""Which job goes to which kind of worker next: the queues that all runners share.

Three queues lead through a runner: videos to be decoded, decoded sound to be listened to, documents
to be shown. Sound is decoded ahead of the listening workers, but only so far, and no more is
listened to while too much waits to be shown: so what waits is bounded, in memory and on disk.
Decoding goes before showing, so that listening, which takes longest, never waits for it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from vidtag.batch.contract import Paused, Stage, StageEnded, Step, VideoJob
from vidtag.batch.outage import Outage
from vidtag.batch.steps import DecodedAudio, Outcome
from vidtag.batch.worker import Finished
from vidtag.core.addresses import is_address

BACKLOG = 8
"""Videos per processor that may wait to be shown before no more are decoded."""


@dataclass(slots=True)
class QueuedJob:
    """A job on its way through a runner.

    Attributes:
        attempts: how often each step was begun.
        alone_failed: how often it was the first to fail of what may fail for all videos alike.
        sound: decoded, from the end of decoding to the end of listening.
        references: to the decoded sound in an object store, if the runner has one.
        passed_over: what a worker had to say of an ffmpeg that it passed over for another.
    """

    job: VideoJob
    attempts: dict[Step, int] = field(default_factory=dict)
    alone_failed: int = 0
    decode_seconds: float = 0.0
    sound: DecodedAudio | None = None
    references: object = None
    passed_over: str | None = None


class Schedule:
    """The queues of a runner.

    Args:
        retries: how often a step whose worker died is tried again.
        patience: seconds in which what fails for all videos alike may come back.
        sound_survives: whether decoded sound is still there when the worker that listened to it
            died; else it is decoded again.

    Attributes:
        cpus: workers that decode and show.
        ahead: decoded videos that wait to be listened to before no more are decoded. Those that are
            being decoded then come on top, at most one per worker.
    """

    def __init__(
        self,
        *,
        cpus: int,
        ahead: int,
        retries: int,
        sound_survives: bool,
        patience: float = 600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.cpus = cpus
        self.ahead = ahead
        self._retries = retries
        self._sound_survives = sound_survives
        self._patience, self._clock = patience, clock
        self._outages: dict[Step, Outage] = {}
        self._to_decode: deque[QueuedJob] = deque()
        self._to_listen: deque[QueuedJob] = deque()
        self._to_show: deque[QueuedJob] = deque()
        self._decoding = 0

    @property
    def empty(self) -> bool:
        """Whether nothing waits for a worker."""
        return not (self._to_decode or self._to_listen or self._to_show)

    @property
    def needs_listeners(self) -> bool:
        """Whether something waits to be listened to, or will."""
        return bool(self._to_decode or self._to_listen or self._decoding)

    def admit(self, jobs: Iterator[VideoJob | None]) -> bool:
        """Take jobs while there is room; False when there are no more."""
        while len(self._to_decode) < self.cpus and not self._crowded:
            try:
                job = next(jobs)
            except StopIteration:
                return False
            if job is None:
                return True
            (self._to_decode if Stage.LISTEN in job.stages else self._to_show).append(
                QueuedJob(job)
            )
        return True

    def next_listen(self) -> QueuedJob | None:
        """The next job for a listening worker, if there is one."""
        if not self._to_listen or self._paused(Step.LISTEN):
            return None
        return self._count_attempt(self._to_listen.popleft(), Step.LISTEN)

    @property
    def cpu_step(self) -> Step | None:
        """The next step for a worker that decodes and shows, if there is one."""
        room = len(self._to_listen) < self.ahead and not self._crowded
        if self._to_decode and room and not self._paused(Step.DECODE):
            return Step.DECODE
        return Step.SHOW if self._to_show and not self._paused(Step.SHOW) else None

    def next_cpu(self) -> tuple[QueuedJob, Step]:
        """The next job for such a worker, and its step; only if there is a ``cpu_step``."""
        step = self.cpu_step
        assert step is not None
        if step is Step.DECODE:
            self._decoding += 1
        queue = self._to_decode if step is Step.DECODE else self._to_show
        return self._count_attempt(queue.popleft(), step), step

    def finish(
        self, item: QueuedJob, step: Step, worker: str, finished: Finished
    ) -> StageEnded | Paused | None:
        """Enter the end of a step; gives the end of its stage, if it is the stage's last step.

        Raises:
            VidtagError: what fails for all videos alike did not come back.
        """
        if step is Step.DECODE:
            self._decoding -= 1
        if finished.lost and item.attempts[step] <= self._retries:
            self._requeue(item, step)
            return None
        if finished.error is None:
            self._outages.pop(step, None)
        elif finished.error.passing and self._is_outage(item, step):
            self._requeue(item, step, last=True)
            pause = self._outages[step].met(finished.error)
            return None if pause is None else Paused(step, finished.error, pause)
        item.passed_over = item.passed_over or finished.passed_over
        if isinstance(finished.result, DecodedAudio):
            item.sound, item.decode_seconds = finished.result, finished.seconds
            self._to_listen.append(item)
            return None
        if step.stage is Stage.LISTEN and item.job.shown is not None:
            item.job = _shown_only_if_unchanged(item.job, finished)
        ended = _stage_ended(item, step, worker, finished)
        item.sound = item.references = None
        if finished.error is None and step is not Step.SHOW and Stage.SHOW in item.job.stages:
            self._to_show.append(item)
        return ended

    @property
    def _crowded(self) -> bool:
        return len(self._to_show) >= BACKLOG * self.cpus

    def _count_attempt(self, item: QueuedJob, step: Step) -> QueuedJob:
        item.attempts[step] = item.attempts.get(step, 0) + 1
        return item

    def _paused(self, step: Step) -> bool:
        return step in self._outages and self._outages[step].paused

    def _is_outage(self, item: QueuedJob, step: Step) -> bool:
        """Whether what failed is not the item's own fault: it does not fail again and again while
        others succeed."""
        if step not in self._outages:  # it was the first to fail since others succeeded
            item.alone_failed += 1
            if item.alone_failed > self._retries:
                return False
            self._outages[step] = Outage(self._patience, self._clock)
        return True

    def _requeue(self, item: QueuedJob, step: Step, *, last: bool = False) -> None:
        if step is Step.LISTEN and self._sound_survives:
            queue = self._to_listen
        elif step is Step.SHOW:
            queue = self._to_show
        else:
            item.sound = item.references = None
            queue = self._to_decode
        if last:
            queue.append(item)
        else:
            queue.appendleft(item)


def _shown_only_if_unchanged(job: VideoJob, finished: Finished) -> VideoJob:
    """The job to show: what was shown before stays only if listening left all as it was."""
    outcome = finished.result
    if (
        job.shown is not None
        and isinstance(outcome, Outcome)
        and outcome.unchanged
        and outcome.fingerprint == job.shown.fingerprint
    ):
        return replace(job, duration=outcome.duration)
    return replace(job, shown=None)


def _stage_ended(item: QueuedJob, step: Step, worker: str, finished: Finished) -> StageEnded:
    """The end of a stage, from the end of its last step."""
    outcome = finished.result if isinstance(finished.result, Outcome) else None
    media = item.sound.media if item.sound is not None else None
    decoding = {
        Step.DECODE: finished.seconds,
        Step.LISTEN: item.decode_seconds,
        Step.SHOW: 0.0,
    }[step]
    error = finished.error
    if error is not None and (error.path is None or is_address(item.job.source)):
        error.path = item.job.source  # not the path of a fetched copy
    return StageEnded(
        number=item.job.number,
        stage=step.stage,
        worker=worker,
        error=error,
        seconds=finished.seconds + (decoding if step is Step.LISTEN else 0.0),
        decode_seconds=decoding,
        reused=outcome.reused if outcome else False,
        fingerprint=outcome.fingerprint if outcome else media.fingerprint if media else None,
        duration=outcome.duration if outcome else media.duration if media else None,
        files=outcome.files if outcome else {},
        notes=outcome.notes if outcome else (),
        passed_over=item.passed_over,
    )
