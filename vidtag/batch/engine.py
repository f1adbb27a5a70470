"""A whole batch: plan, ledger, runner and display, and what is left when it is over."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from vidtag import files
from vidtag.batch import storage
from vidtag.batch.arrivals import Watcher, arrivals
from vidtag.batch.claims import Claim, claimed
from vidtag.batch.contract import Paused, Runner, Stage, StepBegan, VideoJob
from vidtag.batch.inputs import Root
from vidtag.batch.ledger import Failure, Ledger, VideoState
from vidtag.batch.local_runner import LocalRunner
from vidtag.batch.opening import open_ledger
from vidtag.batch.plan import Plan, Planner
from vidtag.batch.progress import Display, Tally
from vidtag.batch.renaming import remove_left
from vidtag.core.addresses import is_address
from vidtag.core.errors import VidtagError, import_failure
from vidtag.core.installing import install_command
from vidtag.core.version import __version__
from vidtag.media.passed_over import note_passed_over
from vidtag.owners import owning

FAILURES = "failures.csv"
SUMMARY = "summary.json"


class ExitCode(IntEnum):
    """How a batch ended."""

    ALL = 0
    NONE = 1
    SOME = 3


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run of a batch came to; counts are of videos.

    Attributes:
        total: in the batch.
        done: of these, done, earlier runs included.
        done_now: of these, done in this run.
        failures: stages that failed, earlier runs included.
        pending: neither done nor failed: the run was interrupted.
        seconds: wall time of this run.
        video_seconds: length of the videos done in this run.
    """

    total: int
    done: int
    done_now: int
    failures: tuple[Failure, ...]
    pending: int
    seconds: float
    video_seconds: float

    @property
    def code(self) -> ExitCode:
        """Whether all, some or no videos succeeded."""
        if self.done == self.total:
            return ExitCode.ALL
        return ExitCode.SOME if self.done else ExitCode.NONE


def run_plan(
    plan: Plan, display: Display, *, retry_failed: bool = False, wait: bool = False
) -> Summary:
    """Do what a plan asks for and earlier runs have not done.

    Args:
        retry_failed: take up what failed before, too.
        wait: wait for another run on the same output, instead of refusing.

    Raises:
        VidtagError: nothing could be done at all; what was done is in the ledger.
    """
    with _opened(plan, wait=wait) as (ledger, claim):
        if plan.file is not None:
            ledger.note(file=str(plan.file.resolve()))
        ledger.begin_run()
        present = None if claim is None else claim.present
        jobs = ledger.jobs(plan.videos, retry_failed=retry_failed, present=present)
        counts = ledger.counts()
        tally = Tally(
            len(plan.videos), before=counts[VideoState.DONE], failed=counts[VideoState.FAILED]
        )
        return work(plan, ledger, iter(jobs), tally, display, {}, claim)


def watch_folder(
    planner: Planner,
    watcher: Watcher,
    display: Display,
    *,
    every: float,
    retry_failed: bool = False,
) -> Summary:
    """Work on videos as they arrive in a folder, until interrupted.

    Args:
        every: seconds between two looks at the folder.

    Raises:
        VidtagError: nothing could be done at all.
    """
    planner.check_roots([Root(str(watcher.folder), None, ())])
    plan = planner.empty_plan
    with _opened(plan) as (ledger, claim):
        ledger.begin_run()
        tally = Tally(0)

        refused: set[str] = set()

        def on_video(path: str, error: VidtagError | None) -> None:
            if path in refused:  # counted already
                refused.remove(path)
                tally.failed -= 1
            else:
                tally.total += 1
            if error is not None:
                refused.add(path)
                tally.failed += 1
                display.say(f"failed: {error}")

        known: dict[int, VideoJob] = {}
        jobs = arrivals(
            watcher,
            planner,
            ledger,
            every=every,
            retry_failed=retry_failed,
            busy=lambda path: any(job.source == path for job in known.values()),
            on_video=on_video,
        )
        with contextlib.suppress(KeyboardInterrupt):
            work(plan, ledger, jobs, tally, display, known, claim)
        return _summary(ledger, tally, tally.clock() - tally.began)


@contextlib.contextmanager
def _opened(plan: Plan, *, wait: bool = False) -> Iterator[tuple[Ledger, Claim | None]]:
    """The ledger of a batch whose results can be put where they shall go, and its claim to that if
    it is an address; a lock of this machine's stays anyway.

    Raises:
        OutputError: they cannot, or another run holds the ledger or the folder of the results.
    """
    with contextlib.ExitStack() as stack:
        ledger = stack.enter_context(open_ledger(plan.state, wait=wait))
        claim = None
        if is_address(plan.root):
            storage.check_writable(plan.root)
            token = ledger.fact("token") or secrets.token_hex(8)
            ledger.note(token=token)
            claim = stack.enter_context(claimed(plan.root, token, wait=wait))
        else:
            stack.enter_context(owning(Path(plan.root), wait=wait))
        ledger.note(root=plan.root, vidtag=__version__)
        yield ledger, claim


def work(
    plan: Plan,
    ledger: Ledger,
    jobs: Iterator[VideoJob | None],
    tally: Tally,
    display: Display,
    known: dict[int, VideoJob],
    claim: Claim | None,
) -> Summary:
    """Let a runner do jobs, and keep ledger, display and reports.

    Args:
        known: holds the jobs that are being worked on, by number.
        claim: to where the results go; the run ends if another batch has that by now.
    """
    remove_decoded_sound(plan)
    runner = make_runner(plan)
    began = time.monotonic()
    display.start(tally)
    try:
        for update in runner.run(_remembered(jobs, known)):
            if claim is not None:
                claim.check()
            if update is None:
                display.tick()
                continue
            if isinstance(update, Paused):
                display.say(f"paused: {update.error} (tries again in {update.seconds:.0f} s)")
                continue
            job = known[update.number]
            if isinstance(update, StepBegan):
                ledger.begin(update.number, update.step, update.worker)
            else:
                ledger.end(update)
                if update.passed_over is not None:
                    note_passed_over(update.passed_over)
                if update.stage is Stage.SHOW and update.error is None and job.earlier_document:
                    left = ledger.take_over(job.earlier_document)
                    remove_left(left, job.earlier_document, Path(plan.root))
            over = tally.add(update, job)
            display.show(update, job, over)
            if over:
                del known[update.number]
        ledger.end_run()
    finally:
        runner.close()
        display.stop()
        ledger.put_back()
        remove_decoded_sound(plan)
        if not is_address(plan.root):
            for folder in {job.folder for job in known.values()}:  # of workers that were ended
                for here, _, _ in os.walk(folder):
                    files.sweep(here)
        summary = _summary(ledger, tally, time.monotonic() - began)
        write_reports(plan, summary)
    return summary


def make_runner(plan: Plan) -> Runner:
    """The runner that a plan asks for.

    Raises:
        UserError: the runner is Ray, and Ray is not installed.
    """
    if plan.settings.runner == "ray":
        try:
            from vidtag.batch.ray_runner import RayRunner
        except ImportError as error:
            remedy = install_command("vidtag[ray]")
            raise import_failure(error, "ray", "this runner needs Ray", remedy) from error
        return RayRunner(plan.settings, plan.state)
    return LocalRunner(plan.settings, plan.state)


def remove_decoded_sound(plan: Plan) -> None:
    """Remove the decoded sound of killed runs. The ledger's lock must be held."""
    for folder in plan.state.glob("sound-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _as_text(cell: str) -> str:
    """What a spreadsheet shows and does not compute, whatever a file is called."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def write_reports(plan: Plan, summary: Summary) -> None:
    """Write ``failures.csv`` and ``summary.json`` into the batch's own folder for them."""
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    writer.writerow(["video", "stage", "kind", "error", "attempts"])
    for failure in summary.failures:
        writer.writerow(
            [
                *map(_as_text, (failure.source, failure.stage, failure.kind, failure.error)),
                failure.attempts,
            ]
        )
    data = {
        "vidtag": __version__,
        "file": None if plan.file is None else str(plan.file),
        "result": summary.code.name.lower(),
        "total": summary.total,
        "done": summary.done,
        "done_in_this_run": summary.done_now,
        "failed": len(summary.failures),
        "pending": summary.pending,
        "seconds": round(summary.seconds, 3),
        "video_seconds": round(summary.video_seconds, 3),
        "failures": [
            {"video": f.source, "stage": f.stage, "kind": f.kind, "error": f.error}
            for f in summary.failures
        ],
    }
    text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    files.write_text(plan.reports / FAILURES, rows.getvalue())
    files.write_text(plan.reports / SUMMARY, text)
    if is_address(plan.root):
        with files.scratch_folder() as folder:  # under names that no other batch's reports have
            names = {f"{plan.name}.{name}": name for name in (FAILURES, SUMMARY)}
            for there, here in names.items():
                shutil.copyfile(plan.reports / here, folder / there)
            storage.publish(folder, plan.root, changed=sorted(names))


def _remembered(
    jobs: Iterator[VideoJob | None], known: dict[int, VideoJob]
) -> Iterator[VideoJob | None]:
    """Jobs as they are, each remembered by its number."""
    for job in jobs:
        if job is not None:
            known[job.number] = job
        yield job


def _summary(ledger: Ledger, tally: Tally, seconds: float) -> Summary:
    counts = ledger.counts()
    return Summary(
        total=sum(counts.values()),
        done=counts[VideoState.DONE],
        done_now=len(tally.done_now & ledger.done()),  # some may have changed, or gone, since
        failures=tuple(ledger.failures()),
        pending=counts[VideoState.PENDING] + counts[VideoState.RUNNING],
        seconds=seconds,
        video_seconds=tally.video_seconds,
    )
