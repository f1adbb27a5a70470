"""How fast this machine is."""

from __future__ import annotations

from typing import Annotated

import typer

from vidtag.core.names import NumberType


def bench(
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")] = "auto",
    number_type: Annotated[
        NumberType,
        typer.Option(help="What the network computes in."),
    ] = "auto",
    seconds: Annotated[
        float, typer.Option(min=10, max=3600, help="Seconds of sound to measure with.")
    ] = 120,
) -> None:
    """Say how fast vidtag goes on this machine, and what limits it. No model is needed."""
    from rich.console import Console

    from vidtag.bench import measure, print_findings

    print_findings(Console(highlight=False), measure(device, number_type, seconds))
