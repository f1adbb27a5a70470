"""Settings of a batch: those of ``vidtag run``, and how to go about many videos."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, create_model

from vidtag.core.settings import Config, OutputConfig, Section


class BatchOutputConfig(OutputConfig):
    """Where results go."""

    folder: str | None = Field(
        None,
        description="root of all results; relative to this file, or an address such as "
        "s3://bucket/results; null is NAME.batch/ in the current folder, NAME being this file's",
    )
    template: str = Field(
        "{relpath}",
        description="folder of one video's results under the root, made of {relpath} (its path "
        "below the input folder, without suffix), {stem}, {suffix} and {parent} (name of its "
        "folder)",
    )
    state: str | None = Field(
        None,
        description="folder of the ledger; null is .vidtag-batch/ in the root, or beside this "
        "file if the root is an address",
    )


class _VideoOverrides(Section):
    """Settings for some of the videos; keys that are left out stay as they are."""

    match: str | tuple[str, ...] = Field(
        description="patterns such as '*/lectures/*' or '*.wav'; * also stands for slashes; "
        "compared with the whole path and with the name alone"
    )


if TYPE_CHECKING:
    VideoOverrides = _VideoOverrides
else:  # with every section of the settings, whichever there are
    _sections: dict[str, Any] = {
        name: (field.annotation | None, None)
        for name, field in Config.model_fields.items()
        if name not in ("inputs", "output")
    }
    VideoOverrides = create_model(
        "VideoOverrides", __base__=_VideoOverrides, __doc__=_VideoOverrides.__doc__, **_sections
    )


class WorkersConfig(Section):
    """How many processes work at once."""

    cpu: int | None = Field(
        None, ge=1, description="processes that decode and cut; null is one per processor core"
    )
    models: int | None = Field(
        None, ge=1, description="processes that listen; null is one per GPU, or one without GPUs"
    )
    threads: int | None = Field(
        None,
        ge=1,
        description="processor threads per listening process; null shares the cores among them "
        "(with runner ray: 4)",
    )
    ahead: int = Field(
        3,
        ge=1,
        description="decoded videos that wait, per listening process, before no more are decoded; "
        "each takes 230 MB of disk (with runner ray: of object store) per hour of sound",
    )


class LimitsConfig(Section):
    """What one video may take; one that takes more is stopped and counts as failed.

    A stage may take ``grace`` seconds and, on top, so many times the length of the video.
    """

    grace: float = Field(300.0, gt=0, description="seconds any stage may take")
    decode: float = Field(
        4.0, ge=0, description="and, times the video's length, decoding and finding shot changes"
    )
    listen: float = Field(4.0, ge=0, description="and, times the video's length, listening")
    show: float = Field(
        4.0, ge=0, description="and, times the video's length, subtitles, clips and reel"
    )
    memory_gb: float | None = Field(
        None,
        gt=0,
        description="memory of one process and its children, in GB; null shares nine tenths of "
        "the machine's memory among the processes, at least 2 GB each",
    )
    patience: float = Field(
        600.0,
        ge=0,
        description="seconds in which what fails for all videos alike (a storage that does not "
        "answer, a full disk) may come back, before the batch ends and leaves the rest for later",
    )
    retries: int = Field(
        2, ge=0, description="how often a video whose process or machine died is tried again"
    )


class BatchConfig(Config):
    """All settings of a batch."""

    inputs: tuple[str, ...] = Field(
        (),
        description="files, folders (with all below), patterns such as 'shows/**/*.mp4', @FILE "
        "(a list, a path per line); relative to this file, or addresses such as s3://bucket/in",
    )
    exclude: tuple[str, ...] = Field(
        (), description="patterns of paths or names that are left out, such as '*.proxy.mp4'"
    )
    output: BatchOutputConfig = BatchOutputConfig()
    profiles: tuple[VideoOverrides, ...] = Field(
        (), description="other settings for videos that match a pattern; later ones win"
    )
    runner: Literal["local", "ray"] = Field(
        "local", description="processes on this machine, or a Ray cluster (pip install vidtag[ray])"
    )
    address: str = Field(
        "auto",
        description="with runner ray: auto (the cluster this machine belongs to), local (one just "
        "for this run), HOST:PORT or ray://HOST:PORT",
    )
    workers: WorkersConfig = WorkersConfig()
    limits: LimitsConfig = LimitsConfig()


BATCH_KEYS = frozenset(BatchConfig.model_fields) - frozenset(Config.model_fields) | {"inputs"}
"""Top-level keys that are not settings of a single video."""
