"""Options that several commands share, and how they become settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from vidtag.core.names import Hub, SubtitleProfile

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
_TIMELINES = (
    "otio, fcp7 (Premiere, Resolve), fcpxml (Final Cut), edl, losslesscut, audacity, chapters "
    "(YouTube)"
)
TimelineOption = Annotated[
    str | None, typer.Option(help=f"Timelines to write, separated by commas: {_TIMELINES}.")
]
TimelineFormatsOption = Annotated[
    str | None,
    typer.Option("--formats", help=f"Separated by commas: {_TIMELINES}. The first three if none."),
]
ProfileOption = Annotated[SubtitleProfile | None, typer.Option(help="House style.")]
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


def setting_values(
    options: Mapping[str, object], settings: list[str] | None = None
) -> list[Mapping[str, object]]:
    """Options that were given, by setting; those of ``--set`` come last and win."""
    from vidtag.core.settings import parse_setting

    chosen = {name: value for name, value in options.items() if value is not None}
    return [chosen, *map(parse_setting, settings or ())]


def split(formats: str | None) -> list[str] | None:
    """Names separated by commas, as a list."""
    return None if formats is None else [name.strip() for name in formats.split(",")]
