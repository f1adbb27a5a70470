"""What was heard, as a page and as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vidtag.cli.options import (
    ConfigOption,
    DocumentArgument,
    ProfileOption,
    SetOption,
    setting_values,
)
from vidtag.core.names import PageLanguage


def report(
    document: DocumentArgument,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The page to write; beside the document by default."),
    ] = None,
    config: ConfigOption = None,
    language: Annotated[
        PageLanguage | None, typer.Option(help="Language of the report itself.")
    ] = None,
    profile: ProfileOption = None,
    settings: SetOption = None,
) -> None:
    """Write one page with everything in a document: timeline, highlights, numbers, transcript."""
    from vidtag.core import document as documents
    from vidtag.core.settings import load_config
    from vidtag.report.page import SUFFIX
    from vidtag.show.report_file import write_report
    from vidtag.show.views import Views

    options = {"report.language": language, "subtitles.profile": profile}
    chosen = load_config(config, *setting_values(options, settings))
    name = document.name.removesuffix(".json").removesuffix(".vidtag")
    target = output or document.with_name(name + SUFFIX)
    write_report(Views(documents.read(document), chosen), target)
    typer.echo(target)


def plot(
    document: DocumentArgument,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The picture to write: .png, .svg or .pdf.")
    ],
    config: ConfigOption = None,
    language: Annotated[PageLanguage | None, typer.Option(help="Language of the labels.")] = None,
    dark: Annotated[bool, typer.Option("--dark", help="Light letters on dark ground.")] = False,
    settings: SetOption = None,
) -> None:
    """Draw the timeline of a document as a picture (needs the extra 'plot')."""
    from vidtag.core import document as documents
    from vidtag.core.settings import load_config
    from vidtag.report.plot import draw
    from vidtag.show.views import Views

    chosen = load_config(config, *setting_values({"report.language": language}, settings))
    views = Views(documents.read(document), chosen)
    draw(views.document, output, clips=views.clips, language=chosen.report.language, dark=dark)
    typer.echo(output)
