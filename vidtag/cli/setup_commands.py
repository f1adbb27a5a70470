"""What vidtag is set to, and what it finds on this machine."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from vidtag.core.terminal import say, terminal_console


def config(
    schema: Annotated[
        bool, typer.Option("--schema", help="JSON Schema for editors' autocompletion instead.")
    ] = False,
    batch: Annotated[
        bool, typer.Option("--batch", help="The settings of vidtag batch: these and more.")
    ] = False,
) -> None:
    """Print all settings with their defaults, as commented YAML."""
    from vidtag.batch.batch_settings import BatchConfig
    from vidtag.core.settings import Config, commented_yaml, json_schema

    model: type[Config] = BatchConfig if batch else Config
    say(json.dumps(json_schema(model), indent=2) if schema else commented_yaml(model))


def doctor() -> None:
    """Say what is installed, what is missing, and what to do about it."""

    from vidtag.cli.doctor import examine, print_findings

    findings = examine()
    print_findings(terminal_console(soft_wrap=True), findings)
    if any(f.state == "missing" for f in findings):
        raise typer.Exit(1)
