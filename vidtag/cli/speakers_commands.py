"""``vidtag speakers``: the voices that vidtag knows by name; none, unless it is asked to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vidtag.cli.error_boundary import print_error
from vidtag.core.names import VoiceModelName
from vidtag.core.terminal import say

app = typer.Typer(
    no_args_is_help=True,
    help="Learn voices, so that speakers are named in every video; list and forget them.",
)

_Name = Annotated[str, typer.Argument(help="The person's name.", metavar="NAME")]
_Voices = Annotated[
    Path | None,
    typer.Option("--voices", metavar="FILE", help="File of known voices; your own by default."),
]


@app.command("enrol")
def enrol(
    name: _Name,
    clip: Annotated[Path, typer.Argument(help="Sound or video in which this person speaks alone.")],
    voices: _Voices = None,
    model: Annotated[VoiceModelName, typer.Option(help="Voice model.")] = "cam++zh-en",
) -> None:
    """Learn a voice: runs with --speakers call this person by name from then on."""
    from vidtag.core.settings import Config
    from vidtag.listening.models.known_voices import own_voices_file, read_voices, write_voices
    from vidtag.listening.speakers.enrolment import learn

    if not name.strip():
        raise typer.BadParameter("the name is empty")
    file = voices or own_voices_file()
    known = read_voices(file) if file.is_file() else []
    voice = learn(name.strip(), clip, Config().with_values({"speakers.model": model}))
    same = (voice.name, voice.model)
    write_voices(file, [*(one for one in known if (one.name, one.model) != same), voice])
    say(f"{voice.name}: known from now on; the voice is stored in {file}")


@app.command("list")
def list_voices(voices: _Voices = None) -> None:
    """Show whose voices are known, and where they are stored."""
    from vidtag.listening.models.known_voices import own_voices_file, read_voices

    file = voices or own_voices_file()
    known = read_voices(file) if file.is_file() else []
    for voice in known:
        say(f"{voice.name} ({voice.model})")
    say(f"{len(known)} known voices in {file}" if known else "no voices are known")


@app.command("forget")
def forget(name: _Name, voices: _Voices = None) -> None:
    """Delete a person's voice; with the last one the file goes."""
    from vidtag.core.cast import listed
    from vidtag.listening.models.known_voices import own_voices_file, read_voices, write_voices

    file = voices or own_voices_file()
    known = read_voices(file) if file.is_file() else []
    left = [voice for voice in known if voice.name != name]
    if len(left) == len(known):
        names = list(dict.fromkeys(voice.name for voice in known))
        there = f"known are {listed(names)}" if names else "none is"
        print_error(f"{name}: no such voice is known; {there}")
        raise typer.Exit(1)
    write_voices(file, left)
    say(f"{name}: forgotten")
