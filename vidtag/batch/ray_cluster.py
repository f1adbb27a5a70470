"""A Ray cluster: joining one, and how its resources are shared out."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ray

from vidtag.batch.batch_settings import WorkersConfig
from vidtag.core.errors import UserError

_THREADS = 4
"""Processor cores of an actor that listens without a GPU."""

_LISTENING_SHARE = 0.75
"""Share of a cluster's cores that listen, where there are no GPUs."""


@dataclass(frozen=True, slots=True)
class ClusterShares:
    """How a cluster's resources are shared out.

    Attributes:
        listeners: number of actors.
        listener_gpus, listener_cpus: what each asks Ray for.
        tasks: decode and show tasks at once.
        task_cpus: what each asks Ray for.
    """

    listeners: int
    listener_gpus: float
    listener_cpus: float
    tasks: int
    task_cpus: float


def share_out(
    cpus: float,
    gpus: float,
    largest: float,
    *,
    models: int | None = None,
    threads: int | None = None,
    tasks: int | None = None,
) -> ClusterShares:
    """Share out a cluster.

    Args:
        cpus, gpus: of the whole cluster.
        largest: cores of its largest machine.
        models, threads, tasks: as the settings ask for; None leaves the choice.
    """
    if gpus >= 1:
        listeners = models or int(gpus)
        spare = max(1.0, cpus - listeners)
        share = min(1.0, gpus / listeners)
        return ClusterShares(listeners, share, 1.0, tasks or int(spare), 1.0)
    if cpus < 2:  # one core for everything: Ray deals in shares
        return ClusterShares(models or 1, 0.0, 0.5, tasks or 1, 0.5)
    each = float(min(threads or _THREADS, largest, cpus - 1))
    listeners = models or max(1, int(_LISTENING_SHARE * cpus / each))
    # One core stays for what must be done before anything can be listened to.
    listeners = min(listeners, max(1, int((cpus - 1) / each)))
    spare = max(1.0, cpus - listeners * each)
    return ClusterShares(listeners, 0.0, each, tasks or int(spare), 1.0)


def measure(workers: WorkersConfig) -> ClusterShares:
    """How the cluster that this process belongs to is shared out now."""
    total: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    nodes: list[Any] = ray.nodes()  # type: ignore[no-untyped-call]
    machines = [node["Resources"].get("CPU", 0.0) for node in nodes if node["Alive"]]
    return share_out(
        total.get("CPU", 1.0),
        total.get("GPU", 0.0),
        max(machines, default=1.0),
        models=workers.models,
        threads=workers.threads,
        tasks=workers.cpu,
    )


def connect(address: str) -> bool:
    """Join a cluster; False if this process belongs to one already.

    Raises:
        UserError: there is none at the address.
    """
    if ray.is_initialized():
        return False
    alone = address == "local"
    try:
        with _by_itself() if alone else contextlib.nullcontext():
            ray.init(
                address=address,
                include_dashboard=False if alone else None,
                logging_level=logging.ERROR,
                log_to_driver=False,
            )
    except Exception as error:  # Ray raises a bare one when a node does not start in time
        raise _refused(address, error) from error
    return True


@contextlib.contextmanager
def _by_itself() -> Iterator[None]:
    """A cluster that begins meanwhile listens to this machine alone, and asks no other.

    Left to itself, Ray (2.60) listens on the machine's address in the network, and starts a process
    for usage statistics, which asks the metadata hosts of three clouds where it runs even if
    statistics are off (``ray/dashboard/modules/usage_stats/usage_stats_head.py``). There is no
    public setting for either; a Ray whose parts have other names goes on as it likes.
    """
    variable = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
    with contextlib.ExitStack() as restored:
        if variable in os.environ:
            restored.callback(os.environ.__setitem__, variable, os.environ[variable])
        else:
            restored.callback(os.environ.pop, variable, None)
        os.environ[variable] = "0"
        for part, name, value in (
            ("ray_constants", "ENABLE_RAY_CLUSTER", False),
            ("services", "start_api_server", lambda *_, **__: (None, None)),
        ):
            module = getattr(ray._private, part, None)
            if hasattr(module, name):
                restored.callback(setattr, module, name, getattr(module, name))
                setattr(module, name, value)
        yield


def _refused(address: str, error: Exception) -> UserError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    if isinstance(error, OSError) and error.filename:
        return UserError(
            f"Ray cannot keep its token ({error.strerror})",
            path=str(error.filename),
            remedy="let HOME be a folder that can be written, or set RAY_AUTH_MODE=disabled",
        )
    if type(error).__name__ == "AuthenticationError" or "auth_token" in str(error):  # Ray 2.51 on
        return UserError(
            f"Ray cannot use a token for '{address}' ({reason.partition('. ')[0]})",
            remedy="give the cluster's token in RAY_AUTH_TOKEN, or in a file that "
            "RAY_AUTH_TOKEN_PATH names; RAY_AUTH_MODE=disabled does without tokens",
        )
    return UserError(
        f"there is no Ray cluster at '{address}' ({reason})",
        remedy="start one with 'ray start --head', or set address to local",
    )
