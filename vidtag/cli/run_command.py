"""``vidtag run``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vidtag.cli.error_boundary import complain
from vidtag.cli.options import (
    ConfigOption,
    FormatsOption,
    HubOption,
    ModelOption,
    OverwriteOption,
    RevisionOption,
    SetOption,
    TimelineOption,
    setting_values,
    split,
)
from vidtag.core.names import ChannelName, CutModeName, SpokenLanguage, VadName


def run(
    videos: Annotated[
        list[Path] | None,
        typer.Argument(help="Videos or sound files.", metavar="VIDEO...", show_default=False),
    ] = None,
    config: ConfigOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for the results.")
    ] = None,
    model: ModelOption = None,
    hub: HubOption = None,
    revision: RevisionOption = None,
    language: Annotated[
        SpokenLanguage | None,
        typer.Option(help="Language, or auto per segment."),
    ] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")] = None,
    itn: Annotated[
        bool | None, typer.Option("--itn/--no-itn", help="Punctuation, and numbers as figures.")
    ] = None,
    audio_track: Annotated[
        int | None, typer.Option(help="Audio track to listen to, counted from 0.")
    ] = None,
    channel: Annotated[ChannelName | None, typer.Option(help="Channel to listen to.")] = None,
    vad: Annotated[VadName | None, typer.Option(help="Voice activity detector.")] = None,
    formats: FormatsOption = None,
    clips: Annotated[
        bool | None, typer.Option("--clips/--no-clips", help="Cut highlight clips.")
    ] = None,
    mode: Annotated[
        CutModeName | None,
        typer.Option(help="Cut by copying and encoding the edges, by encoding, or by copying."),
    ] = None,
    reel: Annotated[
        bool | None, typer.Option("--reel/--no-reel", help="Join the clips into a reel.")
    ] = None,
    report: Annotated[
        bool | None, typer.Option("--report/--no-report", help="Write the page NAME.report.html.")
    ] = None,
    timeline: TimelineOption = None,
    relisten: Annotated[
        bool | None,
        typer.Option("--relisten", help="Listen again even if an up-to-date document is there."),
    ] = None,
    overwrite: OverwriteOption = None,
    settings: SetOption = None,
) -> None:
    """Listen to videos; write subtitles, highlight clips, a reel and a report."""
    from rich.console import Console

    from vidtag.cli.terminal import StageProgress, print_summary
    from vidtag.core.settings import load_config
    from vidtag.pipeline import Session

    options = {
        "model.name": model,
        "model.hub": hub,
        "model.revision": revision,
        "model.language": language,
        "model.device": device,
        "model.itn": itn,
        "audio.track": audio_track,
        "audio.channel": channel,
        "vad.name": vad,
        "subtitles.formats": split(formats),
        "highlights.enabled": clips,
        "highlights.mode": mode,
        "highlights.reel": reel,
        "report.enabled": report,
        "timelines.formats": split(timeline),
        "output.folder": output,
        "output.relisten": relisten,
        "output.overwrite": overwrite,
    }
    chosen = load_config(config, *setting_values(options, settings))
    inputs = list(videos or map(Path, chosen.inputs))
    if not inputs:
        raise typer.BadParameter("no videos: name some, or give a --config file with inputs")

    out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False)
    session = Session(chosen)
    session.check_outputs(inputs)
    codes = []
    for number, video in enumerate(inputs):
        title = (
            f"{video.name}" if len(inputs) == 1 else f"{video.name} ({number + 1}/{len(inputs)})"
        )
        err.print(title, style="bold", markup=False)
        try:
            with StageProgress(err) as progress:
                result = session.run(video, on_progress=progress)
        except Exception as error:
            if len(inputs) == 1:
                raise
            codes.append(_exit_code(error))
            continue
        print_summary(out, result)
        for failure in result.failed:
            complain(failure)
        if result.failed:
            codes.append(1)
    if codes and len(inputs) == 1:
        raise typer.Exit(1)
    if codes:
        complain(f"{len(codes)} of {len(inputs)} videos failed")
        raise typer.Exit(max(codes) if len(set(codes)) == 1 else 1)


def _exit_code(error: Exception) -> int:
    """Report the error of one video among several, and let the others go on."""
    from vidtag.core.errors import VidtagError, of_the_machine

    error = of_the_machine(error) or error
    if not isinstance(error, VidtagError):
        complain(f"unexpected {type(error).__name__}: {error}")
        return 1
    complain(str(error))
    return error.exit_code
