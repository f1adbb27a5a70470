"""The ``vidtag`` command: thin faces over settings and pipeline, a module per group of commands.

Nothing heavy is imported at the top of any of them, so that help answers at once.
"""

from __future__ import annotations

from typing import Annotated

import typer

from vidtag.cli import (
    batch,
    benchmark,
    events,
    models,
    report,
    run,
    setup,
    subtitles,
    timeline,
    web,
)
from vidtag.cli import find as finding
from vidtag.cli.boundary import Boundary

app = typer.Typer(
    cls=Boundary,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Subtitles with event markers, and highlight clips cut where people laugh or clap.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from vidtag.core.version import __version__

        typer.echo(f"vidtag {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


for command in (
    run.run,
    batch.batch,
    batch.status,
    batch.watch,
    events.events,
    subtitles.subtitles,
    subtitles.burn,
    subtitles.mux,
    subtitles.check,
    timeline.timeline,
    finding.find,
    report.report,
    report.plot,
    web.web,
    setup.config,
    setup.doctor,
    benchmark.bench,
):
    app.command()(command)
app.add_typer(models.app, name="models")
