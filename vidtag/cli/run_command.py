"""``vidtag run``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vidtag.cli.error_boundary import print_error
from vidtag.cli.options import (
    FORMATS,
    HUB,
    MODEL,
    OVERWRITE,
    PROFILE,
    REVISION,
    TIMELINE,
    SettingOption,
    SettingsInput,
    split,
    with_settings,
)
from vidtag.core.names import ChannelName, CutModeName, EncoderName, SpokenLanguage, VadName
from vidtag.core.terminal import terminal_console

_OPTIONS = (
    SettingOption(
        "output.folder",
        "output",
        Path,
        typer.Option("--output", "-o", help="Folder for the results."),
    ),
    MODEL,
    HUB,
    REVISION,
    SettingOption(
        "model.language",
        "language",
        SpokenLanguage,
        typer.Option(help="Language, or auto per segment."),
    ),
    SettingOption(
        "recognition.transcript",
        "transcript",
        str,
        typer.Option(
            metavar="FILE",
            help="Take the words from subtitles, JSON of whisper or FunASR, or text; '{stem}.srt' "
            "names those beside the videos.",
        ),
    ),
    SettingOption(
        "model.device", "device", str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")
    ),
    SettingOption(
        "model.itn",
        "itn",
        bool,
        typer.Option("--itn/--no-itn", help="Punctuation, and numbers as figures."),
    ),
    SettingOption(
        "audio.track",
        "audio_track",
        int,
        typer.Option(help="Audio track to listen to, counted from 0."),
    ),
    SettingOption(
        "audio.channel", "channel", ChannelName, typer.Option(help="Channel to listen to.")
    ),
    SettingOption(
        "speakers.count",
        "speakers",
        str,
        typer.Option(
            help="Tell speakers apart: auto, a number, a range such as 2-4, channels (of calls), "
            "or tracks (a microphone each)."
        ),
    ),
    SettingOption(
        "cast.names",
        "speaker_names",
        str,
        typer.Option(help="Names in the order in which they are first heard, such as Ana,Ben."),
        split,
    ),
    SettingOption("vad.name", "vad", VadName, typer.Option(help="Voice activity detector.")),
    FORMATS,
    PROFILE,
    SettingOption(
        "highlights.enabled",
        "clips",
        bool,
        typer.Option("--clips/--no-clips", help="Cut highlight clips."),
    ),
    SettingOption(
        "highlights.speakers",
        "clips_of",
        str,
        typer.Option(help="Only clips of what these people say, such as Ana,Ben."),
        split,
    ),
    SettingOption(
        "highlights.mode",
        "mode",
        CutModeName,
        typer.Option(help="Cut by copying and encoding the edges, by encoding, or by copying."),
    ),
    SettingOption(
        "highlights.encoder",
        "encoder",
        EncoderName,
        typer.Option(help="Encode films by x264 (software), or by hardware where that works."),
    ),
    SettingOption(
        "highlights.strip_metadata",
        "strip_metadata",
        bool,
        typer.Option("--strip-metadata", help="Leave camera and place off the clips."),
    ),
    SettingOption(
        "highlights.reel",
        "reel",
        bool,
        typer.Option("--reel/--no-reel", help="Join the clips into a reel."),
    ),
    SettingOption(
        "report.enabled",
        "report",
        bool,
        typer.Option("--report/--no-report", help="Write the page NAME.report.html."),
    ),
    TIMELINE,
    SettingOption(
        "output.relisten",
        "relisten",
        bool,
        typer.Option("--relisten", help="Listen again even if an up-to-date document is there."),
    ),
    OVERWRITE,
)


@with_settings(*_OPTIONS)
def run(
    videos: Annotated[
        list[Path] | None,
        typer.Argument(help="Videos or sound files.", metavar="VIDEO...", show_default=False),
    ] = None,
    *,
    settings: SettingsInput,
) -> None:
    """Listen to videos; write subtitles, highlight clips, a reel and a report."""

    from vidtag.cli.progress_bars import ProgressBars
    from vidtag.cli.run_summary import print_summary
    from vidtag.pipeline import Session

    chosen = settings.load()
    inputs = list(videos or map(Path, chosen.inputs))
    if not inputs:
        raise typer.BadParameter("no videos: name some, or give a --config file with inputs")

    out, err = terminal_console(soft_wrap=True), terminal_console(stderr=True)
    session = Session(chosen)
    session.check_outputs(inputs)
    codes = []
    for number, video in enumerate(inputs):
        title = (
            f"{video.name}" if len(inputs) == 1 else f"{video.name} ({number + 1}/{len(inputs)})"
        )
        err.print(title, style="bold", markup=False)
        try:
            with ProgressBars(err) as progress:
                result = session.run(video, on_progress=progress)
        except Exception as error:
            if len(inputs) == 1:
                raise
            codes.append(_exit_code(error))
            continue
        print_summary(out, result)
        for failure in result.failed:
            print_error(failure)
        if result.failed:
            codes.append(1)
    if codes and len(inputs) == 1:
        raise typer.Exit(1)
    if codes:
        print_error(f"{len(codes)} of {len(inputs)} videos failed")
        raise typer.Exit(max(codes) if len(set(codes)) == 1 else 1)


def _exit_code(error: Exception) -> int:
    """Report the error of one video among several, and let the others go on."""
    from vidtag.core.errors import VidtagError, machine_error

    error = machine_error(error) or error
    if not isinstance(error, VidtagError):
        print_error(f"unexpected {type(error).__name__}: {error}")
        return 1
    print_error(str(error))
    return error.exit_code
