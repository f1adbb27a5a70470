"""The ``vidtag`` command: thin faces over settings and pipeline.

Nothing heavy is imported at the top, so that help answers at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from vidtag.boundary import Boundary, complain

if TYPE_CHECKING:
    from vidtag.config import ModelConfig

app = typer.Typer(
    cls=Boundary,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Subtitles with event markers, and highlight clips cut where people laugh or clap.",
)
models_app = typer.Typer(
    no_args_is_help=True, help="See, fetch and check the models that vidtag listens with."
)
app.add_typer(models_app, name="models")

Hub = Literal["ms", "hf"]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", metavar="FILE", help="Settings from a YAML file.")
]
ModelOption = Annotated[
    str | None,
    typer.Option("--model", "-m", help="Hub id, local folder, or 'pocket'.", show_default=False),
]
HubOption = Annotated[
    Hub | None, typer.Option(help="Fetch hub ids from ModelScope (ms) or Hugging Face (hf).")
]
RevisionOption = Annotated[str | None, typer.Option(help="Pin a hub revision.")]
ModelArgument = Annotated[str, typer.Argument(help="Hub id, local folder, or 'pocket'.")]
FormatsOption = Annotated[
    str | None, typer.Option(help="Subtitle formats, separated by commas, such as srt,ass.")
]
ProfileOption = Annotated[
    Literal["netflix", "bbc", "youtube", "social"] | None, typer.Option(help="House style.")
]
OverwriteOption = Annotated[
    bool | None, typer.Option("--overwrite", help="Write even over subtitles edited by hand.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Any setting, as in highlights.tail=1.5."),
]
DocumentArgument = Annotated[Path, typer.Argument(help="A .vidtag.json file.", metavar="DOCUMENT")]
OutputVideo = Annotated[Path, typer.Option("--output", "-o", help="The video to write.")]
DEFAULT_MODEL = "iic/SenseVoiceSmall"


def _version(wanted: bool) -> None:
    if wanted:
        import vidtag

        typer.echo(f"vidtag {vidtag.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
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
        Literal["auto", "zh", "en", "yue", "ja", "ko"] | None,
        typer.Option(help="Language, or auto per segment."),
    ] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")] = None,
    itn: Annotated[
        bool | None, typer.Option("--itn/--no-itn", help="Punctuation, and numbers as figures.")
    ] = None,
    audio_track: Annotated[
        int | None, typer.Option(help="Audio track to listen to, counted from 0.")
    ] = None,
    channel: Annotated[
        Literal["mix", "left", "right"] | None, typer.Option(help="Channel to listen to.")
    ] = None,
    vad: Annotated[
        Literal["silero", "fsmn-vad"] | None, typer.Option(help="Voice activity detector.")
    ] = None,
    formats: FormatsOption = None,
    clips: Annotated[
        bool | None, typer.Option("--clips/--no-clips", help="Cut highlight clips.")
    ] = None,
    reel: Annotated[
        bool | None, typer.Option("--reel/--no-reel", help="Join the clips into a reel.")
    ] = None,
    relisten: Annotated[
        bool | None,
        typer.Option("--relisten", help="Listen again even if an up-to-date document is there."),
    ] = None,
    overwrite: OverwriteOption = None,
    settings: SetOption = None,
) -> None:
    """Listen to videos; write subtitles, highlight clips and a reel."""
    from rich.console import Console

    from vidtag import configfile
    from vidtag.pipeline import Session
    from vidtag.terminal import StageProgress, print_summary

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
        "subtitles.formats": _split(formats),
        "highlights.enabled": clips,
        "highlights.reel": reel,
        "output.folder": output,
        "output.relisten": relisten,
        "output.overwrite": overwrite,
    }
    chosen = configfile.load(config, _overrides(options, settings))
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
                result = session.run(video, report=progress)
        except Exception as error:
            if len(inputs) == 1:
                raise
            codes.append(_exit_code(error))
            continue
        print_summary(out, result)
    if codes:
        complain(f"{len(codes)} of {len(inputs)} videos failed")
        raise typer.Exit(max(codes) if len(set(codes)) == 1 else 1)


def _exit_code(error: Exception) -> int:
    """Report the error of one video among several, and let the others go on."""
    from vidtag.errors import VidtagError

    if not isinstance(error, VidtagError):
        complain(f"unexpected {type(error).__name__}: {error}")
        return 1
    complain(str(error))
    return error.exit_code


def _overrides(options: Mapping[str, object], settings: list[str] | None = None) -> list[str]:
    """Options that were given, as settings; ``--set`` comes last and wins."""
    import json

    given = {key: value for key, value in options.items() if value is not None}
    plain = {k: v if isinstance(v, (bool, int, list)) else str(v) for k, v in given.items()}
    return [*(f"{key}={json.dumps(value)}" for key, value in plain.items()), *(settings or [])]


def _split(formats: str | None) -> list[str] | None:
    return None if formats is None else [name.strip() for name in formats.split(",")]


@app.command()
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
    from vidtag import configfile
    from vidtag import document as documents
    from vidtag.show import write_subtitles

    options = {
        "subtitles.formats": _split(formats),
        "subtitles.profile": profile,
        "output.overwrite": overwrite,
    }
    chosen = configfile.load(config, _overrides(options, settings))
    folder = output or document.parent
    base = folder / document.name.removesuffix(".json").removesuffix(".vidtag")
    shown = write_subtitles(documents.read(document), chosen, base)
    for path in shown.written:
        typer.echo(path)
    for note in shown.notes:
        typer.echo(note, err=True)


@app.command()
def burn(
    document: DocumentArgument,
    output: OutputVideo,
    config: ConfigOption = None,
    fonts: Annotated[Path | None, typer.Option(help="A folder of fonts to use as well.")] = None,
    settings: SetOption = None,
) -> None:
    """Write the video again with its subtitles in the picture."""
    from rich.console import Console

    from vidtag import configfile
    from vidtag import document as documents
    from vidtag.show import source
    from vidtag.subtitles.burn import burn_in
    from vidtag.subtitles.cues import make_cues
    from vidtag.terminal import StageProgress
    from vidtag.types import Progress

    heard = documents.read(document)
    media, style = source(heard), configfile.load(config, settings or []).subtitles
    with StageProgress(Console(stderr=True, highlight=False)) as progress:
        burn_in(
            media,
            make_cues(heard, style),
            output,
            style,
            fonts_folder=fonts,
            on_progress=lambda done: progress(Progress("burn", done, media.duration)),
        )
    typer.echo(output)


@app.command()
def mux(
    document: DocumentArgument,
    output: OutputVideo,
    config: ConfigOption = None,
    settings: SetOption = None,
) -> None:
    """Write the video again with its subtitles as a track that players can show; no re-encoding."""
    from vidtag import configfile
    from vidtag import document as documents
    from vidtag.show import source
    from vidtag.subtitles import mux as muxing
    from vidtag.subtitles.cues import make_cues

    heard = documents.read(document)
    style = configfile.load(config, settings or []).subtitles
    muxing.mux(source(heard), make_cues(heard, style), output, style)
    typer.echo(output)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="Any subtitle file.", metavar="FILE")],
    video: Annotated[Path | None, typer.Option(help="The video: its frame rate and size.")] = None,
    document: Annotated[
        Path | None, typer.Option(help="The .vidtag.json: tells which violations words force.")
    ] = None,
    profile: ProfileOption = None,
) -> None:
    """Judge a subtitle file against a house style; exit with 1 if it breaks a rule unforced."""
    from vidtag import document as documents
    from vidtag.media.probe import probe
    from vidtag.subtitles.check import check_file
    from vidtag.terminal import clock

    heard = documents.read(document) if document else None
    picture = probe(video).video if video else heard.media.video if heard else None
    report = check_file(file, profile or "netflix", video=picture, document=heard)
    for fault in report.violations:
        forced = f" (forced: {fault.forced})" if fault.forced else ""
        place = f"{file}:{fault.number}: {clock(fault.start)}"
        typer.echo(f"{place} {fault.rule.value}: {fault.detail}{forced}")
    forced_count = len(report.violations) - len(report.avoidable)
    typer.echo(
        f"{report.cues} cues by {report.profile}: {len(report.avoidable)} violations"
        + (f", and {forced_count} that the words force" if forced_count else "")
    )
    if report.avoidable:
        raise typer.Exit(1)


@app.command()
def config(
    schema: Annotated[
        bool, typer.Option("--schema", help="JSON Schema for editors' autocompletion instead.")
    ] = False,
) -> None:
    """Print all settings with their defaults, as commented YAML."""
    import json

    from vidtag import configfile

    typer.echo(
        json.dumps(configfile.json_schema(), indent=2) if schema else configfile.commented_yaml()
    )


@app.command()
def doctor() -> None:
    """Say what is installed, what is missing, and what to do about it."""
    from rich.console import Console

    from vidtag.doctor import examine, print_findings

    findings = examine()
    print_findings(Console(highlight=False, soft_wrap=True), findings)
    if any(f.state == "missing" for f in findings):
        raise typer.Exit(1)


@models_app.command("list")
def models_list() -> None:
    """Show the models vidtag knows by name, and where each is on this machine."""
    from vidtag.speech.models import list_models

    for known in list_models():
        where = str(known.path) if known.path else "not on this machine"
        typer.echo(f"{known.name} ({known.origin}): {known.description}\n    {where}")


@models_app.command("fetch")
def models_fetch(
    model: ModelArgument = DEFAULT_MODEL, hub: HubOption = None, revision: RevisionOption = None
) -> None:
    """Fetch a model from its hub, so that vidtag works without a network from then on."""
    from vidtag.speech.models import fetch

    typer.echo(fetch(_model_config(model, hub, revision), show=True).path)


@models_app.command("path")
def models_path(
    model: ModelArgument = DEFAULT_MODEL, hub: HubOption = None, revision: RevisionOption = None
) -> None:
    """Print where a model is on this machine; exit with 1 if it is not."""
    from vidtag.speech.models import path

    found = path(_model_config(model, hub, revision))
    if found is None:
        complain(f"{model}: not on this machine. Fetch it with 'vidtag models fetch {model}'")
        raise typer.Exit(1)
    typer.echo(found)


@models_app.command("verify")
def models_verify(
    model: ModelArgument = DEFAULT_MODEL, hub: HubOption = None, revision: RevisionOption = None
) -> None:
    """Run a model's own example recordings and compare with what is known of them."""
    import numpy as np
    from rich.console import Console

    from vidtag.media.audio import stream_audio
    from vidtag.media.probe import probe
    from vidtag.speech.verify import verify

    console = Console(highlight=False, soft_wrap=True)
    right = True
    for example in verify(
        _model_config(model, hub, revision),
        lambda file: np.concatenate(list(stream_audio(probe(file)))),
    ):
        right &= example.right
        mark = "[green]ok[/]" if example.right else "[red]wrong[/]"
        console.print(
            f"{mark} {example.language}, heard as {example.heard_language}, "
            f"{example.duration:.1f} s at {example.speed:.0f} times real time, "
            f"{example.error:.1%} of characters wrong"
        )
        console.print(f"   heard     {example.text}", markup=False)
        console.print(f"   expected  {example.expected}", markup=False)
    if not right:
        complain(f"{model} does not hear its own examples as it should")
        raise typer.Exit(1)


def _model_config(name: str, hub: Hub | None, revision: str | None) -> ModelConfig:
    from vidtag import configfile

    options = {"model.name": name, "model.hub": hub, "model.revision": revision}
    return configfile.load(None, _overrides(options)).model
