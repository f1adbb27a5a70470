"""Subtitles from a document, in files and in videos, and the judge of subtitle files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vidtag.cli.options import (
    ConfigOption,
    DocumentArgument,
    FormatsOption,
    OutputVideo,
    OverwriteOption,
    ProfileOption,
    SetOption,
    setting_values,
    split,
)

if TYPE_CHECKING:
    from vidtag.core.records import Media


def subtitles(
    document: DocumentArgument,
    config: ConfigOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder; the document's by default.")
    ] = None,
    formats: FormatsOption = None,
    profile: ProfileOption = None,
    overwrite: OverwriteOption = None,
    settings: SetOption = None,
) -> None:
    """Write subtitles again from a document, in another style or format, without the video."""
    from vidtag.core import document as documents
    from vidtag.core.settings import load_config
    from vidtag.show.subtitle_files import write_subtitles
    from vidtag.show.views import Views

    options = {
        "subtitles.formats": split(formats),
        "subtitles.profile": profile,
        "output.overwrite": overwrite,
    }
    chosen = load_config(config, *setting_values(options, settings))
    folder = output or document.parent
    base = folder / document.name.removesuffix(".json").removesuffix(".vidtag")
    shown = write_subtitles(Views(documents.read(document), chosen), base)
    for path in shown.files:
        typer.echo(path)
    for note in shown.notes:
        typer.echo(note, err=True)


def burn(
    document: DocumentArgument,
    output: OutputVideo,
    config: ConfigOption = None,
    fonts: Annotated[Path | None, typer.Option(help="A folder of fonts to use as well.")] = None,
    settings: SetOption = None,
) -> None:
    """Write the video again with its subtitles in the picture."""
    from rich.console import Console

    from vidtag.cli.terminal import StageProgress
    from vidtag.core import document as documents
    from vidtag.core.records import Progress
    from vidtag.core.settings import load_config
    from vidtag.show.views import Views
    from vidtag.subtitles.burn import burn_in

    views = Views(documents.read(document), load_config(config, *setting_values({}, settings)))
    media = views.media
    with StageProgress(Console(stderr=True, highlight=False)) as progress:
        burn_in(
            media,
            views.cues,
            output,
            views.config.subtitles,
            fonts_folder=fonts,
            on_progress=lambda done: progress(Progress("burn", done, media.duration)),
        )
    typer.echo(output)


def mux(
    document: DocumentArgument,
    output: OutputVideo,
    config: ConfigOption = None,
    settings: SetOption = None,
) -> None:
    """Write the video again with its subtitles as a track that players can show; no re-encoding."""
    from vidtag.core import document as documents
    from vidtag.core.settings import load_config
    from vidtag.show.views import Views
    from vidtag.subtitles import mux as muxing

    views = Views(documents.read(document), load_config(config, *setting_values({}, settings)))
    muxing.mux(views.media, views.cues, output, views.config.subtitles)
    typer.echo(output)


def check(
    file: Annotated[Path, typer.Argument(help="Any subtitle file.", metavar="FILE")],
    video: Annotated[
        Path | None, typer.Option(help="The video: its frame rate, size and shot changes.")
    ] = None,
    document: Annotated[
        Path | None, typer.Option(help="The .vidtag.json: tells which violations words force.")
    ] = None,
    profile: ProfileOption = None,
    shots: Annotated[
        bool,
        typer.Option("--shots/--no-shots", help="Judge edges near shot changes of the video."),
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Judge a subtitle file against a house style; exit with 1 if it breaks a rule unforced."""
    import json

    from vidtag.core import document as documents
    from vidtag.media.probe import probe
    from vidtag.subtitles.check.judge import check_file
    from vidtag.subtitles.layout.frame_grid import AUDIO_ONLY_FRAME_RATE

    heard = documents.read(document) if document else None
    media = probe(video) if video else heard.media if heard else None
    changes: tuple[float, ...] | None = None if shots else ()
    if shots and video and heard is None:
        changes = _look_for_shots(probe(video))
    report = check_file(
        file,
        profile or "netflix",
        video=media.video if media else None,
        document=heard,
        shots=changes,
    )
    if as_json:
        typer.echo(json.dumps(report.as_dict(file), ensure_ascii=False, indent=1))
    else:
        typer.echo(report.as_text(file))
        if media is None:
            rate = float(AUDIO_ONLY_FRAME_RATE)
            typer.echo(f"judged at {rate:g} frames a second; give the --video it is for", err=True)
    if report.avoidable:
        raise typer.Exit(1)


def _look_for_shots(media: Media) -> tuple[float, ...]:
    from rich.console import Console

    from vidtag.cli.terminal import StageProgress
    from vidtag.core.records import Progress
    from vidtag.media.shots import shot_changes

    total = max(media.duration, 1e-3)
    with StageProgress(Console(stderr=True, highlight=False)) as progress:
        found = shot_changes(
            media, on_seconds=lambda done: progress(Progress("shots", min(done, total), total))
        )
        progress(Progress("shots", total, total))
    return found
