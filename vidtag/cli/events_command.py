"""``vidtag events``: sound events alone, and a picture of the curves they come from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from vidtag.cli.label_command import label
from vidtag.cli.options import HUB, MODEL, REVISION, SettingsInput, with_settings
from vidtag.core.clock import clock
from vidtag.core.display import more_about
from vidtag.core.errors import UserError
from vidtag.core.records import EventSpan, Progress
from vidtag.core.terminal import say


class EventsCommand(TyperCommand):
    """``vidtag events`` and, below it, ``label``; a video of that name is ``./label``."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """The context of whichever is meant."""
        if args[:1] != ["label"]:
            return super().make_context(info_name, args, parent, **extra)
        below = typer.Typer(add_completion=False)
        below.command()(label)
        command = typer.main.get_command(below)
        return command.make_context(f"{info_name} label", args[1:], parent, **extra)


@with_settings(MODEL, HUB, REVISION)
def events(
    video: Annotated[Path, typer.Argument(help="Video or sound file.", metavar="VIDEO")],
    settings: SettingsInput,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Draw the curves with thresholds and spans: .png, .svg or .pdf.",
        ),
    ] = None,
    start: Annotated[float, typer.Option("--from", help="Draw from this second on.", min=0)] = 0.0,
    end: Annotated[
        float | None, typer.Option("--to", help="Draw up to this second.", min=0)
    ] = None,
) -> None:
    """Find sound events alone, without recognising speech; for tuning, draw their curves.

    vidtag events label VIDEO tunes them by ear.
    """
    from vidtag.figures import check_figure_path
    from vidtag.listening.ready import check_tagger
    from vidtag.media.probe import probe
    from vidtag.media.tracks import choose_audio

    chosen = settings.load()
    if plot is not None:
        check_figure_path(plot)
    elif start or end is not None:
        raise UserError(
            "--from and --to choose what --plot draws",
            remedy="add --plot FILE, or leave them out: events are looked for everywhere",
        )
    if end is not None and end <= start:
        raise UserError(f"--to {end:g} must be above --from {start:g}")
    media = probe(video)
    choose_audio(media, chosen.audio.track)
    check_tagger(chosen)

    from vidtag.cli.progress_bars import ProgressBars
    from vidtag.listening.events.curve_plot import draw
    from vidtag.listening.events.describe import described
    from vidtag.listening.events.track import find_spans
    from vidtag.listening.run import acting, lacking, listen_for_events  # torch
    from vidtag.listening.speech.sensevoice import SenseVoice

    notes: list[str] = []
    with ProgressBars.on_stderr() as progress:
        progress(Progress("model", 0, 1, chosen.model.name))
        loaded = SenseVoice.load(chosen.model)
        progress(Progress("model", 1, 1, chosen.model.name))
        curves = listen_for_events(
            media, chosen, loaded, on_progress=progress, on_note=notes.append
        )
    acted = acting(chosen, media, loaded)
    settings_used = acted.events
    spans = described(find_spans(curves, settings_used), curves)
    for line in _json_lines(spans) if as_json else _table_lines(spans):
        say(line)
    for note in (*notes, *lacking(chosen, acted)):
        say(f"note: {note}", err=True)
    if plot is not None:
        title = f"{video.name}, {loaded.info.name}"
        draw(plot, curves, spans, settings_used, title=title, start=start, end=end)
        say(plot, err=as_json)


def _json_lines(spans: Sequence[EventSpan]) -> Iterator[str]:
    rows = [{k: _rounded(v) for k, v in asdict(span).items()} for span in spans]
    yield json.dumps(rows, indent=2)


def _rounded(value: object) -> object:
    return round(value, 3) if isinstance(value, float) else value


def _table_lines(spans: Sequence[EventSpan]) -> Iterator[str]:
    if not spans:
        yield "no events found"
        return
    yield f"{'event':<9} {'from':>10} {'to':>10} {'seconds':>8} {'peak':>5} {'mean':>5}  which"
    for span in spans:
        yield (
            f"{span.kind.value:<9} {clock(span.start):>10} {clock(span.end):>10} "
            f"{span.duration:8.2f} {span.peak:5.2f} {span.mean:5.2f}  {more_about(span)}".rstrip()
        )
