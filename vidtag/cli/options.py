"""Options that several commands share, and how options become settings.

``--config``, the options that stand for one setting each, and ``--set`` are declared once here.
``with_settings`` gives them to a command, which receives all of them as one ``SettingsInput``.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_type_hints

import typer

from vidtag.core.names import ChapterStart, Hub, PageLanguage, SubtitleProfile, TimelineFormat
from vidtag.core.terminal import say

if TYPE_CHECKING:
    from vidtag.core.settings import Config, Loaded
    from vidtag.show.written import Written

C = TypeVar("C", bound="Config")

DEFAULT_TIMELINES: tuple[TimelineFormat, ...] = get_args(TimelineFormat)[:3]
"""Timelines that are written where neither option nor settings choose."""
_TIMELINES = (
    "otio, fcp7 (Premiere, Resolve), fcpxml (Final Cut), edl, kdenlive, capcut, "
    "jianying, losslesscut, audacity, chapters (YouTube), chapters-vtt (players), "
    "chapters-ffmetadata (FFmpeg)"
)
_MODEL_HELP = "Hub id, local folder, or 'pocket'."
_HUB_HELP = "Fetch hub ids from ModelScope (ms) or Hugging Face (hf)."
_REVISION_HELP = "Pin a hub revision."

ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", metavar="FILE", help="Settings from a YAML file.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Any setting, as in highlights.tail=1.5."),
]
ModelArgument = Annotated[str, typer.Argument(help=_MODEL_HELP)]
HubOption = Annotated[Hub | None, typer.Option(help=_HUB_HELP)]
RevisionOption = Annotated[str | None, typer.Option(help=_REVISION_HELP)]
DocumentArgument = Annotated[Path, typer.Argument(help="A .vidtag.json file.", metavar="DOCUMENT")]
OutputFolder = Annotated[
    Path | None, typer.Option("--output", "-o", help="Folder; the document's by default.")
]
OutputVideo = Annotated[Path, typer.Option("--output", "-o", help="The video to write.")]


@dataclass(frozen=True, slots=True)
class SettingOption:
    """An option that stands for one setting; it has no default, so that the setting's holds.

    Attributes:
        setting: its name, such as ``model.name``.
        parameter: name of the option, with underscores.
        type: what Typer parses.
        option: what Typer shows.
        parse: makes the setting's value of what was parsed.
    """

    setting: str
    parameter: str
    type: Any
    option: Any
    parse: Callable[[Any], object] = lambda value: value


@dataclass(frozen=True, slots=True)
class SettingsInput:
    """What a command line says about settings.

    Attributes:
        file: of ``--config``.
        values: given by options, by name of the setting.
        assignments: of ``--set``; they win over the others.
    """

    file: Path | None
    values: Mapping[str, object]
    assignments: tuple[str, ...]

    def load(self) -> Config:
        """The settings.

        Raises:
            ConfigError: one is wrong.
        """
        from vidtag.core.settings import Config

        return self.load_as(Config).settings

    def load_as(self, model: type[C]) -> Loaded[C]:
        """The same for settings with further keys.

        Args:
            model: class of the settings.
        """
        from vidtag.core.settings import load_config_as, parse_setting

        return load_config_as(model, self.file, self.values, *map(parse_setting, self.assignments))


def with_settings(*options: SettingOption) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command ``--config``, these options, and ``--set``.

    The command's parameter ``settings`` receives what was chosen as a ``SettingsInput``; its place
    among the parameters is that of ``--config`` and the options in the help.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(**given: Any) -> None:
            values = {
                option.setting: option.parse(value)
                for option in options
                if (value := given.pop(option.parameter)) is not None
            }
            file, assignments = given.pop("config"), given.pop("assignments")
            command(**given, settings=SettingsInput(file, values, tuple(assignments or ())))

        run.__signature__ = _signature(command, options)  # type: ignore[attr-defined]
        run.__annotations__ = {
            parameter.name: parameter.annotation
            for parameter in inspect.signature(run).parameters.values()
        }
        return run

    return decorate


def _signature(
    command: Callable[..., None], options: tuple[SettingOption, ...]
) -> inspect.Signature:
    """The parameters that Typer sees: a command's own, with the options in place of ``settings``.

    They are keyword-only, because those with and without a default stand in any order.
    """
    types = get_type_hints(command, include_extras=True)
    added = {
        "config": ConfigOption,
        **{option.parameter: Annotated[option.type | None, option.option] for option in options},
    }
    parameters = []
    for parameter in inspect.signature(command).parameters.values():
        if parameter.name == "settings":
            parameters += [_keyword(name, type_, None) for name, type_ in added.items()]
        else:
            parameters.append(_keyword(parameter.name, types[parameter.name], parameter.default))
    return inspect.Signature([*parameters, _keyword("assignments", SetOption, None)])


def _keyword(name: str, type_: Any, default: object) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=type_
    )


def output_base(document: Path, folder: Path | None = None) -> Path:
    """What the names of files made of a document begin with, in its folder or another."""
    name = document.name.removesuffix(".json").removesuffix(".vidtag")
    return (folder or document.parent) / name


def print_written(written: Written) -> None:
    """Print the files that were written, and notes about them on standard error."""
    for path in written.files:
        say(path)
    for note in written.notes:
        say(note, err=True)


def split(names: str) -> list[str]:
    """Names separated by commas, as a list."""
    return [name.strip() for name in names.split(",")]


MODEL = SettingOption(
    "model.name",
    "model",
    str,
    typer.Option("--model", "-m", help=_MODEL_HELP, show_default=False),
)
HUB = SettingOption("model.hub", "hub", Hub, typer.Option(help=_HUB_HELP))
REVISION = SettingOption("model.revision", "revision", str, typer.Option(help=_REVISION_HELP))
FORMATS = SettingOption(
    "subtitles.formats",
    "formats",
    str,
    typer.Option(help="Subtitle formats, separated by commas, such as srt,ass."),
    split,
)
PROFILE = SettingOption(
    "subtitles.profile",
    "profile",
    str,
    typer.Option(
        metavar="NAME|FILE",
        help=f"House style: {', '.join(get_args(SubtitleProfile))}, or a YAML file of your own.",
    ),
)
OVERWRITE = SettingOption(
    "output.overwrite",
    "overwrite",
    bool,
    typer.Option("--overwrite", help="Write even over subtitles edited by hand."),
)
TIMELINE = SettingOption(
    "timelines.formats",
    "timeline",
    str,
    typer.Option(help=f"Timelines to write, separated by commas: {_TIMELINES}."),
    split,
)
TIMELINE_FORMATS = SettingOption(
    "timelines.formats",
    "formats",
    str,
    typer.Option("--formats", help=f"Separated by commas: {_TIMELINES}. The first three if none."),
    split,
)
CHAPTERS = SettingOption(
    "timelines.chapters",
    "chapters",
    ChapterStart,
    typer.Option(help="What begins a chapter: highlights, or applause that ends a number."),
)
CHAPTERS_OF_VIDEO = replace(
    CHAPTERS,
    option=typer.Option(
        help="Write chapters too, in place of the video's own: from highlights or applause on."
    ),
)


def report_language(help_: str) -> SettingOption:
    """The language of a report or a plot."""
    return SettingOption("report.language", "language", PageLanguage, typer.Option(help=help_))
