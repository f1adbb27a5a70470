"""``vidtag subtitles``, ``burn``, ``mux`` and ``check``: subtitles in files and in videos."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from vidtag.cli.options import (
    CHAPTERS_OF_VIDEO,
    FORMATS,
    OVERWRITE,
    PROFILE,
    DocumentArgument,
    OutputFolder,
    OutputVideo,
    SettingsInput,
    output_base,
    print_written,
    with_settings,
)
from vidtag.core.names import SpokenLanguage, SubtitleProfile
from vidtag.core.records import Language, Progress
from vidtag.core.stage_progress import stage_progress
from vidtag.core.terminal import json_for, say

if TYPE_CHECKING:
    from vidtag.core.media_streams import Media


@with_settings(FORMATS, PROFILE, OVERWRITE)
def subtitles(
    document: DocumentArgument, settings: SettingsInput, output: OutputFolder = None
) -> None:
    """Write subtitles again from a document, in another style or format, without the video."""
    from vidtag.core import document as documents
    from vidtag.show.edited_views import edited_views
    from vidtag.show.name_notes import names_notes
    from vidtag.show.subtitle_files import write_subtitles

    views = edited_views(documents.read(document), settings.load(), document)
    print_written(write_subtitles(views, output_base(document, output)))
    for note in names_notes(views):
        say(note, err=True)


@with_settings(PROFILE)
def burn(
    document: DocumentArgument,
    output: OutputVideo,
    settings: SettingsInput,
    fonts: Annotated[Path | None, typer.Option(help="A folder of fonts to use as well.")] = None,
) -> None:
    """Write the video again with its subtitles in the picture."""
    from vidtag.cli.progress_bars import ProgressBars
    from vidtag.core import document as documents
    from vidtag.show.edited_views import edited_views
    from vidtag.subtitles.burn import burn_in

    views = edited_views(documents.read(document), settings.load(), document)
    media = views.media
    with ProgressBars.on_stderr() as progress:
        notes = burn_in(
            media,
            views.cues,
            output,
            views.config.subtitles,
            fonts_folder=fonts,
            on_seconds=stage_progress(progress, "burn", media.duration),
        )
    for note in notes:
        say(f"note: {note}", err=True)
    say(output)


@with_settings(PROFILE, CHAPTERS_OF_VIDEO)
def mux(document: DocumentArgument, output: OutputVideo, settings: SettingsInput) -> None:
    """Write the video again with its subtitles as a track that players can show, and chapters."""
    from vidtag.core import document as documents
    from vidtag.show.edited_views import edited_views
    from vidtag.subtitles import mux as muxing

    views = edited_views(documents.read(document), settings.load(), document)
    style = views.config.subtitles
    clean = views.clean.cues if style.clean else None
    chapters, why_none = views.file_chapters
    notes = muxing.mux(views.media, views.cues, output, style, clean=clean, chapters=chapters)
    for note in (*notes, *([why_none] if why_none else [])):
        say(f"note: {note}", err=True)
    say(output)


@with_settings(PROFILE)
def bilingual(
    upper: Annotated[
        Path, typer.Argument(help="Subtitles, or a .vidtag.json, shown above.", metavar="UPPER")
    ],
    lower: Annotated[Path, typer.Argument(help="The same in another language.", metavar="LOWER")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The subtitle file to write.")],
    settings: SettingsInput,
) -> None:
    """Write subtitles in two languages, one above the other."""
    from vidtag.show.two_language_file import write_two_languages

    for note in write_two_languages(upper, lower, output, settings.load()):
        say(f"note: {note}", err=True)
    say(output)


_RATE_NOTES: dict[str | None, str] = {
    None: "judged at {rate} frames a second; give the --video it is for, or its --frame-rate",
    "file": "judged at {rate} frames a second, as the file says",
    "times": "judged at {rate} frames a second, on which its times lie",
}


def check(
    file: Annotated[Path, typer.Argument(help="Any subtitle file.", metavar="FILE")],
    video: Annotated[
        Path | None, typer.Option(help="The video: its frame rate, size and shot changes.")
    ] = None,
    document: Annotated[
        Path | None, typer.Option(help="The .vidtag.json: tells which violations words force.")
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help=f"House style: {', '.join(get_args(SubtitleProfile))}, or YAML.",
        ),
    ] = None,
    frame_rate: Annotated[
        str | None,
        typer.Option(metavar="RATE", help="Frames a second, as 25, 23.976 or 24000/1001."),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="What the file was saved in, as gbk.")
    ] = None,
    language: Annotated[
        SpokenLanguage | None, typer.Option(help="What the file is in, where it cannot be told.")
    ] = None,
    shots: Annotated[
        bool,
        typer.Option("--shots/--no-shots", help="Judge edges near shot changes of the video."),
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Judge a subtitle file against a house style; exit with 1 if it breaks a rule unforced."""
    from vidtag.core import document as documents
    from vidtag.core.settings import Config
    from vidtag.media.probe import probe
    from vidtag.subtitles.check.frame_rates import rate_of
    from vidtag.subtitles.check.judge import check_file

    read = documents.read(document) if document else None
    media = probe(video) if video else read.media if read else None
    shot_changes: tuple[float, ...] | None = None if shots else ()
    if shots and video and media and read is None:
        shot_changes = _find_shot_changes(media)
    rate = None if frame_rate is None else rate_of(frame_rate)
    result = check_file(
        file,
        Config().with_values({"subtitles.profile": profile or "netflix"}).subtitles.profile,
        video=media.video if media else None,
        document=read,
        shots=shot_changes,
        frame_rate=rate,
        encoding=encoding,
        language=None if language is None else Language(language),
    )
    if as_json:
        say(json_for(sys.stdout, result.as_dict(file), indent=1))
    else:
        say(result.as_text(file))
        if note := _RATE_NOTES.get(result.rate_source):
            say(note.format(rate=f"{float(result.frame_rate):.6g}"), err=True)
    if result.avoidable:
        raise typer.Exit(1)


def _find_shot_changes(media: Media) -> tuple[float, ...]:
    from vidtag.cli.progress_bars import ProgressBars
    from vidtag.media.shots import shot_changes

    total = max(media.duration, 1e-3)
    with ProgressBars.on_stderr() as progress:
        found = shot_changes(media, on_seconds=stage_progress(progress, "shots", total))
        progress(Progress("shots", total, total))
    return found
