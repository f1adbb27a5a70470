"""``vidtag models``: see, fetch and check the models that vidtag listens with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from vidtag.cli.error_boundary import print_error
from vidtag.cli.options import HubOption, ModelArgument, RevisionOption
from vidtag.core.names import POCKET, SENSEVOICE, YAMNET, Hub
from vidtag.core.terminal import say, terminal_console

if TYPE_CHECKING:
    from vidtag.core.settings import ModelConfig

app = typer.Typer(
    no_args_is_help=True, help="See, fetch and check the models that vidtag listens with."
)


@app.command("list")
def models_list() -> None:
    """Show the models vidtag knows by name, and where each is on this machine."""
    from vidtag.listening.models.locate import list_models

    for known in list_models():
        where = str(known.path) if known.path else "not on this machine"
        if known.remedy:
            where += f": damaged; {known.remedy}"
        say(f"{known.name} ({known.origin}): {known.description}\n    {where}")


@app.command("fetch")
def models_fetch(
    model: ModelArgument = SENSEVOICE, hub: HubOption = None, revision: RevisionOption = None
) -> None:
    """Fetch a model from its hub, and the sound tagger that listens beside it, so that vidtag works
    without a network from then on. 'yamnet' fetches the tagger alone.
    """
    from vidtag.core.errors import VidtagError
    from vidtag.listening.models.locate import fetch
    from vidtag.listening.models.yamnet import LICENCE, fetch_yamnet

    def fetch_tagger() -> None:
        say(fetch_yamnet())
        say(f"{YAMNET}: {LICENCE}", err=True)

    if model == YAMNET:
        fetch_tagger()
        return
    say(fetch(_model_config(model, hub, revision), show=True).path)
    if model != POCKET:
        try:
            fetch_tagger()
        except VidtagError as error:
            print_error(str(error))


@app.command("path")
def models_path(
    model: ModelArgument = SENSEVOICE, hub: HubOption = None, revision: RevisionOption = None
) -> None:
    """Print where a model is on this machine; exit with 1 if it is not."""
    from vidtag.listening.models.locate import local_path
    from vidtag.listening.models.yamnet import local_yamnet

    here = local_yamnet() if model == YAMNET else local_path(_model_config(model, hub, revision))
    found = here.parent if here is not None and model == YAMNET else here
    if found is None:
        print_error(f"{model}: not on this machine. Fetch it with 'vidtag models fetch {model}'")
        raise typer.Exit(1)
    say(found)


@app.command("verify")
def models_verify(
    model: ModelArgument = SENSEVOICE, hub: HubOption = None, revision: RevisionOption = None
) -> None:
    """Run a model's own example recordings and compare with what is known of them."""
    import numpy as np

    from vidtag.listening.models.locate import fetch
    from vidtag.listening.models.published import differing
    from vidtag.listening.speech.examples import verify
    from vidtag.media.audio import stream_audio
    from vidtag.media.probe import probe

    console = terminal_console(soft_wrap=True)
    if model != POCKET:
        changed = differing(fetch(_model_config(model, hub, revision)).path)
        console.print(
            f"not as SenseVoiceSmall was published: {', '.join(changed)}"
            if changed
            else "its files are those that were published as SenseVoiceSmall"
        )
    right = True
    for example in verify(
        _model_config(model, hub, revision),
        lambda file: np.concatenate(list(stream_audio(probe(file)))),
    ):
        right &= example.right
        mark = "[green]ok[/]" if example.right else "[red]wrong[/]"
        console.print(
            f"{mark} {example.language}, recognised as {example.heard_language}, "
            f"{example.duration:.1f} s at {example.speed:.0f} times real time, "
            f"{example.error:.1%} of characters wrong"
        )
        console.print(f"   recognised {example.text}", markup=False)
        console.print(f"   expected   {example.expected}", markup=False)
    if not right:
        print_error(
            f"{model}: does not recognise its own examples. Fetch it again, or choose another model"
        )
        raise typer.Exit(1)


def _model_config(name: str, hub: Hub | None, revision: str | None) -> ModelConfig:
    from vidtag.core.settings import Config

    values = {"model.name": name, "model.hub": hub, "model.revision": revision}
    given = {setting: value for setting, value in values.items() if value is not None}
    return Config().with_values(given).model
