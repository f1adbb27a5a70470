"""``vidtag find``: search any number of documents for words, events and emotions."""

from __future__ import annotations

import sys
import time
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vidtag.cli.error_boundary import print_error
from vidtag.cli.options import SettingsInput, with_settings
from vidtag.core.clock import clock
from vidtag.core.display import more_about
from vidtag.core.errors import VidtagError
from vidtag.core.records import EventSpan, Reason
from vidtag.core.terminal import json_for, say

if TYPE_CHECKING:
    from vidtag.core.settings import Config
    from vidtag.find.search import Match, SearchResult


@with_settings()
def find(
    query: Annotated[
        str,
        typer.Argument(
            help="Such as 'laughter>3s', 'emotion:angry p>0.8', '\"thank you\"', "
            "'applause within 2s of laughter'.",
        ),
    ],
    places: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Folders, searched with all in them, and documents; this folder if none.",
            metavar="FOLDER...",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of lines.")] = False,
    cut: Annotated[
        Path | None, typer.Option(help="Cut all of it into clips, into this folder.")
    ] = None,
    timeline: Annotated[
        Path | None,
        typer.Option(
            help="Write all of it as one timeline: .otio, .xml, .fcpxml, .edl, .kdenlive, "
            ".capcut or .jianying."
        ),
    ] = None,
    strip_metadata: Annotated[
        bool,
        typer.Option("--strip-metadata", help="Leave camera and place off the clips."),
    ] = False,
    *,
    settings: SettingsInput,
) -> None:
    """Find moments in all documents of a folder by kind, length, probability, emotion, language
    or words.
    """
    from vidtag.cli.progress_bars import ProgressBars
    from vidtag.find.search import find as search

    if timeline is not None:
        from vidtag.timelines.formats import program_format_of

        program_format_of(timeline)
    began = time.perf_counter()
    with ProgressBars.on_stderr() as progress:
        found = search(query, places or [Path()], on_progress=progress)
    seconds = time.perf_counter() - began
    if as_json:
        _print_json(found.matches)
    elif cut is None and timeline is None:
        _print_lines(found.matches)
    for damage in found.searched.damaged:
        print_error(f"{damage.path}: {damage.reason}")
    config = settings.load() if cut is not None or timeline is not None else None
    if config is not None and strip_metadata:
        config = config.with_values({"highlights": {"strip_metadata": True}})
    complete = config is None or _write_files(found, cut, timeline, config)
    for note in found.notes:
        say(note, err=True)
    say(_summary(found, seconds), err=True)
    if found.searched.damaged or not complete:
        raise typer.Exit(1)


def _write_files(
    found: SearchResult, cut: Path | None, timeline: Path | None, config: Config
) -> bool:
    """Cut the matches and write them as a timeline; False if some of them could not be."""
    from vidtag.cli.progress_bars import ProgressBars
    from vidtag.find.found_files import cut_found, write_found

    shown: set[str] = set()

    def show_once(error: VidtagError) -> None:
        if str(error) not in shown:
            print_error(str(error))
        shown.add(str(error))

    if timeline is not None:
        write_found(found.matches, timeline, config, show_once)
        say(timeline)
    if cut is not None:
        with ProgressBars.on_stderr() as progress:
            for clip in cut_found(found.matches, cut, config, show_once, on_progress=progress):
                say(clip.path)
                if clip.note:
                    say(f"  {clip.note}", err=True)
    return not shown


def _print_lines(matches: tuple[Match, ...]) -> None:
    from vidtag.select.titles import shorten

    for path, group in groupby(matches, key=lambda match: match.document):
        say(_relative(path))
        for match in group:
            span = match.span
            times = f"{clock(span.start):>9} to {clock(span.end):>9}"
            text = shorten(match.text, 60)
            more = more_about(span) if isinstance(span, EventSpan) else ""
            text = f"({more}) {text}" if more else text
            say(f"  {times}  {span.label:<9} {span.peak:.2f}  {text}".rstrip())


def _print_json(matches: tuple[Match, ...]) -> None:
    rows = [
        {
            "document": str(match.document),
            "video": str(match.video),
            "start": match.span.start,
            "end": match.span.end,
            "label": match.span.label,
            "probability": round(match.span.peak, 4),
            "text": match.text,
            **_more(match.span),
        }
        for match in matches
    ]
    say(json_for(sys.stdout, rows, indent=1))


def _more(span: Reason) -> dict[str, object]:
    """What else is told of an event, where something is."""
    if not isinstance(span, EventSpan):
        return {}
    told = {"size": span.size, "finer": span.finer, "recording": span.recording}
    return {name: value for name, value in told.items() if value is not None}


def _summary(found: SearchResult, seconds: float) -> str:
    searched = found.searched
    inside = len({match.document for match in found.matches})
    read = f", {searched.read} of them read anew" if searched.read else ""
    return (
        f"{len(found.matches)} found in {inside} of {searched.documents} documents{read} "
        f"({seconds * 1000:.0f} ms)"
    )


def _relative(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
