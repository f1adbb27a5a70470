"""``vidtag batch``, ``vidtag status`` and ``vidtag watch``: many videos."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from vidtag.cli.options import MODEL, SetOption, SettingOption, SettingsInput, with_settings
from vidtag.core.errors import InputError, OutputError
from vidtag.core.terminal import json_for, say, terminal_console

if TYPE_CHECKING:
    from vidtag.batch.engine import Summary
    from vidtag.batch.ledger import Ledger
    from vidtag.batch.plan import Plan
    from vidtag.batch.progress import Display

BatchFile = Annotated[Path, typer.Argument(help="A batch file in YAML.", metavar="FILE")]
LogFormatOption = Annotated[
    Literal["text", "json"],
    typer.Option("--log-format", help="text, or json: one JSON object per line and event."),
]
RetryOption = Annotated[
    bool, typer.Option("--retry-failed", help="Take up what failed before, too.")
]
WATCH_OUTPUT = SettingOption(
    "output.folder",
    "output",
    str,
    typer.Option("--output", "-o", help="Folder or address of the results.", metavar="FOLDER"),
)
_MOST_LISTED = 20
"""How many failures, and running videos, are listed at most."""


def batch(
    file: BatchFile,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done and how long it may take.")
    ] = False,
    retry_failed: RetryOption = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for another run on the same output.")
    ] = False,
    log_format: LogFormatOption = "text",
    settings: SetOption = None,
) -> None:
    """Run all videos a YAML file names; started again, go on where it was.

    Ends with 0 if all videos succeeded, 3 if some did, 1 if none did, 2 if the file is wrong.
    """
    plan = _plan(SettingsInput(file, {}, tuple(settings or ())), file)
    if dry_run:
        _print_forecast(plan, retry_failed)
        return
    _run(plan, log_format, retry_failed=retry_failed, wait=wait)


def status(
    folder: Annotated[Path, typer.Argument(help="The output folder of a batch.", metavar="FOLDER")],
    retry_failed: RetryOption = False,
    log_format: LogFormatOption = "text",
) -> None:
    """Show how far a batch is and what failed, also while it runs."""
    from vidtag.batch.opening import read_ledger
    from vidtag.batch.plan import STATE_FOLDER

    state = folder / STATE_FOLDER if (folder / STATE_FOLDER).is_dir() else folder
    with contextlib.closing(read_ledger(state)) as ledger:
        if not retry_failed:
            _print_status(ledger, log_format)
            return
        file = ledger.fact("file")
    if file is None or not Path(file).is_file():
        raise OutputError(
            f"the batch file is gone ({file})" if file else "no batch file made this",
            path=folder,
            remedy="run vidtag batch FILE --retry-failed with the file's new place",
        )
    _run(
        _plan(SettingsInput(Path(file), {}, ()), Path(file)),
        log_format,
        retry_failed=True,
        wait=False,
    )


@with_settings(WATCH_OUTPUT, MODEL)
def watch(
    folder: Annotated[Path, typer.Argument(help="The folder to watch.", metavar="FOLDER")],
    settings: SettingsInput,
    settle: Annotated[
        float, typer.Option(min=0, help="Seconds a file must not have changed to count as whole.")
    ] = 10.0,
    every: Annotated[float, typer.Option(min=0.05, help="Seconds between two looks.")] = 2.0,
    pattern: Annotated[
        str | None, typer.Option(help="Take only names that match, such as '*.final.mp4'.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(help="Pass over names that match, such as '*_writing*'.")
    ] = None,
    retry_failed: RetryOption = False,
    log_format: LogFormatOption = "text",
) -> None:
    """Work on videos as they arrive in a folder, once they have stopped growing; Ctrl-C ends it."""
    from vidtag.batch.arrivals import Watcher
    from vidtag.batch.batch_settings import BatchConfig
    from vidtag.batch.engine import watch_folder
    from vidtag.batch.plan import Planner

    if not folder.is_dir():
        raise InputError("there is no such folder", path=folder, remedy="check the path")
    loaded = settings.load_as(BatchConfig)
    planner = Planner(loaded, settings.file, name=folder.resolve().name)
    watcher = Watcher(folder.absolute(), settle, pattern, tuple(ignore or ()))
    display = _display(f"watching {folder}: results in {planner.root}", log_format)
    summary = watch_folder(planner, watcher, display, every=every, retry_failed=retry_failed)
    _print_summary(planner.empty_plan.reports, summary, log_format)


def _plan(settings: SettingsInput, file: Path) -> Plan:
    from vidtag.batch.batch_settings import BatchConfig
    from vidtag.batch.plan import Planner

    return Planner(settings.load_as(BatchConfig), file).plan()


def _run(plan: Plan, log_format: str, *, retry_failed: bool, wait: bool) -> None:
    from vidtag.batch.engine import ExitCode, run_plan

    title = f"{plan.file.name if plan.file else 'batch'}: results in {plan.root}"
    display = _display(title, log_format)
    summary = run_plan(plan, display, retry_failed=retry_failed, wait=wait)
    _print_summary(plan.reports, summary, log_format)
    if summary.code is not ExitCode.ALL:
        raise typer.Exit(summary.code)


def _display(title: str, log_format: str) -> Display:

    from vidtag.batch.progress import JsonDisplay, LineDisplay, LiveDisplay

    if log_format == "json":
        return JsonDisplay(sys.stdout)
    console = terminal_console(stderr=True)
    return LiveDisplay(console, title) if console.is_terminal else LineDisplay(console)


def _print_summary(reports: Path, summary: Summary, log_format: str) -> None:
    from vidtag.batch.engine import FAILURES
    from vidtag.batch.progress import format_duration, format_speed, of_video

    failed = len(summary.failures)
    if log_format == "json":
        row = {
            "event": "summary",
            "result": summary.code.name.lower(),
            "total": summary.total,
            "done": summary.done,
            "failed": failed,
            "pending": summary.pending,
            "seconds": round(summary.seconds, 3),
        }
        say(json.dumps(row))
        return
    before = summary.done - summary.done_now
    say(
        f"{summary.done:,} of {summary.total:,} videos done"
        + (f" ({before:,} of them before)" if before else "")
        + f" in {format_duration(summary.seconds)}"
        + (
            f", {format_speed(summary.video_seconds / summary.seconds)}"
            if summary.video_seconds
            else ""
        )
    )
    for failure in summary.failures[:_MOST_LISTED]:
        say(f"failed: {failure.stage}: {of_video(failure.source, failure.error)}")
    if failed > _MOST_LISTED:
        say(f"and {failed - _MOST_LISTED:,} more")
    if failed:
        say(
            f"{failed:,} failed; all are in {reports / FAILURES}; "
            "--retry-failed takes them up again"
        )


def _print_status(ledger: Ledger, log_format: str) -> None:
    from vidtag.batch.ledger import VideoState
    from vidtag.batch.progress import format_duration, of_video

    counts, failures = ledger.counts(), ledger.failures()
    total = sum(counts.values())
    if log_format == "json":
        row = {
            "total": total,
            **{state.value: counts[state] for state in VideoState},
            "video_seconds": ledger.video_seconds(),
            "failures": [
                {"video": f.source, "stage": f.stage, "kind": f.kind, "error": f.error}
                for f in failures
            ],
        }
        say(json_for(sys.stdout, row))
        return
    parts = [f"{counts[state]:,} {state.value}" for state in VideoState if counts[state]]
    if not total:
        say("0 videos: nothing yet")
        return
    say(f"{total:,} videos: {', '.join(parts)}; {format_duration(ledger.video_seconds())} heard")
    for source, stage, worker, began in ledger.running()[:_MOST_LISTED]:
        say(f"running: {stage} of {source} ({worker}, {format_duration(time.time() - began)})")
    for failure in failures:
        say(f"failed: {failure.stage}: {of_video(failure.source, failure.error)}")


def _print_forecast(plan: Plan, retry_failed: bool) -> None:
    """Say what a run would do, without doing any of it."""
    from vidtag.batch.estimate import forecast

    for line in forecast(plan, retry_failed=retry_failed).lines(_MOST_LISTED):
        say(line)
