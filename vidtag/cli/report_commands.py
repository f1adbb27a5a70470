"""``vidtag report`` and ``vidtag plot``: a document as a page and as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vidtag.cli.options import (
    PROFILE,
    DocumentArgument,
    SettingsInput,
    output_base,
    report_language,
    with_settings,
)
from vidtag.core.errors import UserError
from vidtag.core.names import PAGE_SUFFIXES, REPORT_SUFFIX
from vidtag.core.terminal import say


@with_settings(report_language("Language of the report itself."), PROFILE)
def report(
    document: DocumentArgument,
    settings: SettingsInput,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The page to write; beside the document by default."),
    ] = None,
) -> None:
    """Write one page with everything in a document: timeline, highlights, numbers, transcript."""
    from vidtag.core import document as documents
    from vidtag.show.edited_views import edited_views
    from vidtag.show.name_notes import name_notes
    from vidtag.show.report_file import write_report

    base = output_base(document)
    target = output or base.with_name(base.name + REPORT_SUFFIX)
    if target.suffix.lower() not in PAGE_SUFFIXES:
        raise UserError("is no name of a page", path=target, remedy="let it end in .html or .htm")
    views = edited_views(documents.read(document), settings.load(), document)
    write_report(views, target)
    say(target)
    for note in name_notes(views):
        say(note, err=True)


@with_settings(report_language("Language of the labels."))
def plot(
    document: DocumentArgument,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The picture to write: .png, .svg or .pdf.")
    ],
    settings: SettingsInput,
    dark: Annotated[bool, typer.Option("--dark", help="Light letters on dark ground.")] = False,
) -> None:
    """Draw the timeline of a document as a picture (needs the extra 'plot')."""
    from vidtag.core import document as documents
    from vidtag.report.plot import draw
    from vidtag.show.edited_views import edited_views

    views = edited_views(documents.read(document), settings.load(), document)
    language = views.config.report.language
    draw(views.document, output, clips=views.clips, language=language, dark=dark)
    say(output)
