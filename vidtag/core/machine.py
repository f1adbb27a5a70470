"""What this process may use of its machine."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path

from vidtag.core.errors import UserError

_CGROUP = Path("/sys/fs/cgroup")


def usable_cores(cgroup: Path = _CGROUP) -> int:
    """Cores this process may run on: by its affinity, and by the limit of its container.

    Args:
        cgroup: where the limits of the process's own control group are (version 2: ``cpu.max``,
            version 1: ``cpu/cpu.cfs_quota_us``).
    """
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    else:
        allowed = os.cpu_count() or 1
    return max(1, min(allowed, math.ceil(_quota(cgroup) or allowed)))


def _quota(cgroup: Path) -> float | None:
    try:
        quota, period = (cgroup / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            quota = (cgroup / "cpu/cpu.cfs_quota_us").read_text().strip()
            period = (cgroup / "cpu/cpu.cfs_period_us").read_text().strip()
        except OSError:
            return None
    if not (quota.isdigit() and period.isdigit()) or int(period) == 0:
        return None  # "max" and -1 are no limit
    return int(quota) / int(period)


_SPACE, _RESIDENT = 2_500_000_000, 500_000_000
"""Bytes of address space, and of memory, that everything but the weights needs to listen and cut:
with the pocket model, below 1.9 GB of space some library crashed, below 2.4 GB ffmpeg failed."""


def check_memory(weights: int = 0, cgroup: Path = _CGROUP) -> None:
    """See that this process may have the memory that listening needs.

    Libraries that get none end the process by a signal, which says nothing to anybody.

    Args:
        weights: bytes of the model's checkpoint, if it is known.
        cgroup: where the limits of the process's own control group are.

    Raises:
        UserError: a limit is lower.
    """
    space, resident = _SPACE + 2 * weights, _RESIDENT + weights
    allowed = _address_space()
    if allowed is not None and allowed < space:
        raise UserError(
            f"not memory enough: this process may have {_gb(allowed)} of address space, and "
            f"{_gb(space)} are needed",
            remedy=f"raise the limit, as with 'ulimit -v {space // 1024}'",
        )
    held = _container_memory(cgroup)
    if held is not None and held < resident:
        raise UserError(
            f"not memory enough: this container may have {_gb(held)}, and "
            f"{_gb(resident)} are needed",
            remedy="give it more, as with 'docker run --memory'",
        )


def _address_space() -> int | None:
    """Linux alone tells it in a file."""
    try:
        limits = Path("/proc/self/limits").read_text()
    except OSError:
        return None
    found = re.search(r"^Max address space +(\d+)", limits, re.M)
    return int(found[1]) if found else None


def _container_memory(cgroup: Path) -> int | None:
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            text = (cgroup / name).read_text().strip()
        except OSError:
            continue
        return int(text) if text.isdigit() else None  # "max" is no limit
    return None


def _gb(count: int) -> str:
    return f"{count / 1e9:.2f} GB"
