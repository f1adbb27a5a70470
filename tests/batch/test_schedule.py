"""The queues of all runners: every job ends once, what waits is bounded, nobody starves."""

import heapq
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scale import Cost, simulate
from tests.builders.documents import make_media
from vidtag.batch.contract import Paused, Stage, StageEnded, Step, VideoJob
from vidtag.batch.schedule import BACKLOG, Schedule
from vidtag.batch.steps import DecodedAudio, Outcome
from vidtag.batch.worker import Finished
from vidtag.core.errors import InputError, StorageLostError, VidtagError, WorkerLostError
from vidtag.core.settings import Config

CONFIG = Config()
MEDIA = make_media("", 1.0)
BOTH = (Stage.LISTEN, Stage.SHOW)


def run(
    jobs: list[VideoJob],
    cpus: int,
    models: int,
    ahead: int,
    retries: int,
    survives: bool,
    seed: int,
):
    """Workers that end in random order, fail and die; gives all reports and the worst queues."""
    chance = random.Random(seed)
    schedule = Schedule(cpus=cpus, ahead=ahead, retries=retries, sound_survives=survives)
    source, more, now = iter(jobs), True, 0.0
    running: list = []
    free = {Step.LISTEN: models, Step.DECODE: cpus}
    ended: list = []
    begun: list = []
    waiting = decoded = 0
    while True:
        more = schedule.admit(source) if more else False
        while free[Step.LISTEN] and (item := schedule.next_listen()) is not None:
            decoded -= 1
            free[Step.LISTEN] -= 1
            heapq.heappush(running, (now + chance.random(), len(begun), Step.LISTEN, item))
            begun.append((item.job.number, Step.LISTEN))
        while free[Step.DECODE] and schedule.cpu_step is not None:
            item, step = schedule.next_cpu()
            free[Step.DECODE] -= 1
            heapq.heappush(running, (now + chance.random(), len(begun), step, item))
            begun.append((item.job.number, step))
        waiting = max(waiting, decoded)
        if not running:
            assert schedule.empty
            assert not more
            return ended, begun, waiting
        now, _, step, item = heapq.heappop(running)
        free[Step.LISTEN if step is Step.LISTEN else Step.DECODE] += 1
        luck = chance.random()
        if luck < 0.1:
            finished = Finished(None, WorkerLostError("lost"), 1.0, gone=True)
        elif luck < 0.2:
            finished = Finished(None, InputError("bad"), 1.0)
        elif step is Step.DECODE and luck < 0.9:
            finished = Finished(DecodedAudio(MEDIA, Path()), None, 1.0)
            decoded += 1
        else:
            finished = Finished(Outcome("print", 1.0), None, 1.0)
        report = schedule.finish(item, step, "w", finished)
        if report is None and step is Step.LISTEN and survives:
            decoded += 1
        if report is not None:
            ended.append(report)


@given(
    st.lists(st.sampled_from([BOTH, (Stage.SHOW,), (Stage.LISTEN,)]), max_size=60),
    st.integers(1, 5),
    st.integers(1, 4),
    st.integers(1, 6),
    st.integers(0, 3),
    st.booleans(),
    st.integers(0, 10**6),
)
def test_every_stage_ends_once_and_what_waits_is_bounded(
    stages, cpus, models, ahead, retries, survives, seed
):
    jobs = [VideoJob(i, f"{i}", f"{i}", CONFIG, kinds) for i, kinds in enumerate(stages)]
    ended, begun, waiting = run(jobs, cpus, models, ahead, retries, survives, seed)
    keys = [(report.number, report.stage) for report in ended]
    assert len(keys) == len(set(keys))
    for job in jobs:
        reports = [report for report in ended if report.number == job.number]
        done = [report.stage for report in reports if report.error is None]
        failed = [report for report in reports if report.error is not None]
        if failed:  # a stage that failed is the last
            assert reports[-1] is failed[0]
            assert len(failed) == 1
        else:
            assert done == list(job.stages)
        steps = [step for number, step in begun if number == job.number]
        for step in (Step.LISTEN, Step.SHOW):
            assert steps.count(step) <= retries + 1
    # Those that were being decoded when there was room, and those taken back, come on top.
    assert waiting <= ahead + cpus + models


def test_no_more_is_taken_than_there_is_room_for():
    taken = []

    def jobs():
        for number in range(10_000):
            taken.append(number)
            yield VideoJob(number, "", "", CONFIG, BOTH)

    schedule = Schedule(cpus=4, ahead=3, retries=0, sound_survives=True)
    assert schedule.admit(jobs())
    assert len(taken) == 4


def test_when_showing_is_slow_no_more_is_decoded():
    jobs = iter([VideoJob(i, "", "", CONFIG, (Stage.SHOW,)) for i in range(1000)])
    schedule = Schedule(cpus=2, ahead=3, retries=0, sound_survives=True)
    schedule.admit(jobs)
    assert len(list(jobs)) == 1000 - 2 * BACKLOG
    assert schedule.cpu_step is Step.SHOW


@pytest.mark.parametrize("cpus", [1, 2, 4, 6, 8, 12])
def test_the_busiest_kind_of_worker_is_kept_busy(cpus):
    """In simulated time: listening is as busy as the processors beside it allow."""
    chance = random.Random(3)
    costs = [
        Cost(10, *(mean * chance.lognormvariate(0, 0.4) for mean in (0.15, 0.1, 0.35)))
        for _ in range(200)
    ]
    got = simulate(costs, videos=1500, models=1, cpus=cpus, ahead=3)
    needed = sum(c.decode + c.show for c in costs) / sum(c.listen for c in costs)
    assert got.listening >= 0.9 * min(1.0, cpus / needed)
    assert got.working >= 0.9 * min(1.0, needed / cpus)
    assert got.most_heard <= 3 + cpus


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def lost(schedule: Schedule, item, step: Step = Step.DECODE):
    error = StorageLostError("cannot be reached", path="s3://shows/a.mp4")
    return schedule.finish(item, step, "cpu0", Finished(None, error, 0.1))


def of_many(clock: Clock, number: int = 4, patience: float = 100.0) -> Schedule:
    schedule = Schedule(
        cpus=number, ahead=9, retries=1, sound_survives=True, patience=patience, clock=clock
    )
    schedule.admit(iter([VideoJob(n, f"{n}.mp4", "out", CONFIG, BOTH) for n in range(number)]))
    return schedule


def test_a_storage_that_is_gone_fails_no_video_and_pauses_grow():
    clock = Clock()
    schedule = of_many(clock)
    pauses = []
    for _ in range(6):
        begun = []
        while schedule.cpu_step is not None:
            begun.append(schedule.next_cpu()[0])
        assert [item.job.number for item in begun] == [0, 1, 2, 3]
        answers = [lost(schedule, item) for item in begun]
        assert not any(isinstance(answer, StageEnded) for answer in answers)
        (pause,) = [answer.seconds for answer in answers if answer]
        pauses.append(pause)
        assert schedule.cpu_step is None
        clock.now += pause
    assert pauses == sorted(set(pauses)), "pauses grow"
    item, step = schedule.next_cpu()
    schedule.finish(
        item, step, "cpu0", Finished(DecodedAudio(MEDIA, Path("sound"), notes=()), None, 1.0)
    )
    assert schedule.cpu_step is Step.DECODE, "the storage is back"


def test_a_storage_that_does_not_come_back_ends_the_batch_and_fails_no_video():
    clock = Clock()
    schedule = of_many(clock, 1, patience=10.0)
    with pytest.raises(VidtagError, match=r"s3://shows/a\.mp4: cannot be reached, for all videos"):
        for _ in range(9):
            answer = lost(schedule, schedule.next_cpu()[0])
            assert isinstance(answer, Paused)
            clock.now += answer.seconds
    assert 10 <= clock.now < 30


def test_a_video_that_cannot_be_fetched_while_others_can_fails():
    clock = Clock()
    schedule = of_many(clock, 3)
    bad = 1
    for _ in range(20):
        if schedule.cpu_step is not Step.DECODE:
            clock.now += 60
            if schedule.cpu_step is not Step.DECODE:
                break
        item, step = schedule.next_cpu()
        if item.job.number == bad:
            ended = lost(schedule, item)
            if isinstance(ended, StageEnded):
                break
        else:
            schedule.finish(item, step, "cpu0", Finished(Outcome("f", 1.0), None, 1.0))
            schedule.admit(iter([VideoJob(9, "9.mp4", "out", CONFIG, BOTH)]))
    assert isinstance(ended, StageEnded)
    assert (ended.number, ended.stage) == (bad, Stage.LISTEN)
    assert isinstance(ended.error, StorageLostError)
