"""The ``vidtag`` command, with a module for each command or group of commands.

The modules import what is heavy inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

from typing import Annotated

import typer

from vidtag.cli import (
    batch_commands,
    events_command,
    find_command,
    models_commands,
    report_commands,
    retime_command,
    run_command,
    setup_commands,
    speakers_commands,
    subtitles_commands,
    timeline_command,
    web_command,
)
from vidtag.cli.error_boundary import ErrorBoundary
from vidtag.core.terminal import say

app = typer.Typer(
    cls=ErrorBoundary,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Subtitles with event markers, and highlight clips cut where people laugh or clap.",
)


def _version(requested: bool) -> None:
    if requested:
        from vidtag.core.version import __version__

        say(f"vidtag {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


_CLASSES = {events_command.events: events_command.EventsCommand}

for command in (
    run_command.run,
    batch_commands.batch,
    batch_commands.status,
    batch_commands.watch,
    events_command.events,
    subtitles_commands.subtitles,
    subtitles_commands.burn,
    subtitles_commands.mux,
    subtitles_commands.check,
    subtitles_commands.bilingual,
    retime_command.retime,
    timeline_command.timeline,
    find_command.find,
    report_commands.report,
    report_commands.plot,
    web_command.web,
    setup_commands.config,
    setup_commands.doctor,
):
    app.command(cls=_CLASSES.get(command))(command)
app.add_typer(models_commands.app, name="models")
app.add_typer(speakers_commands.app, name="speakers")
