"""Timelines for editing programs, from a document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vidtag.cli.options import (
    ConfigOption,
    DocumentArgument,
    SetOption,
    TimelineFormatsOption,
    setting_values,
    split,
)

if TYPE_CHECKING:
    from vidtag.core.names import TimelineFormat

USUAL: tuple[TimelineFormat, ...] = ("otio", "fcp7", "fcpxml")
"""Formats that are written where neither option nor settings choose."""


def timeline(
    document: DocumentArgument,
    config: ConfigOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder; the document's by default.")
    ] = None,
    formats: TimelineFormatsOption = None,
    settings: SetOption = None,
) -> None:
    """Write timelines for editing programs: the source with markers, and the highlights cut."""
    from dataclasses import replace

    from vidtag.core import document as documents
    from vidtag.core.settings import TimelinesConfig, load_config
    from vidtag.show.media_of import media_if_present
    from vidtag.show.timeline_files import write_timelines
    from vidtag.show.views import Views

    chosen = load_config(config, *setting_values({"timelines.formats": split(formats)}, settings))
    if not chosen.timelines.formats:
        chosen = chosen.model_copy(update={"timelines": TimelinesConfig(formats=USUAL)})
    heard = documents.read(document)
    media = media_if_present(heard)
    if media is None:
        typer.echo(
            f"{heard.media.path}: the video is not there now; show your program where it is",
            err=True,
        )
    folder = output or document.parent
    base = folder / document.name.removesuffix(".json").removesuffix(".vidtag")
    shown = write_timelines(Views(replace(heard, media=media or heard.media), chosen), base)
    for path in shown.files:
        typer.echo(path)
    for note in shown.notes:
        typer.echo(note, err=True)
