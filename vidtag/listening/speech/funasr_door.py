"""The one door to FunASR: builds networks from model folders, without its side effects."""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import random
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from vidtag.core.errors import ModelError
from vidtag.listening.side_effects import silenced


def build(
    folder: Path, modules: Sequence[str], *, empty: bool = False, **options: object
) -> tuple[Any, dict[str, Any]]:
    """Build what a folder's configuration describes, on the CPU.

    Args:
        modules: FunASR's modules that hold the parts such a configuration names. If these are
            not all it names, every one of FunASR's modules is imported, which takes seconds.
        empty: leave the network's weights without memory, on PyTorch's device ``meta``, because
            they are going to be put there: filling them at random first takes a second and as much
            memory as they will.
        options: override the configuration.

    Returns:
        The network, and FunASR's settings with the parts it built (tokenizer, frontend).

    Raises:
        ModelError: FunASR cannot build it.
    """

    def attempt() -> tuple[Any, dict[str, Any]]:
        with _late_clustering():
            from funasr.auto.auto_model import AutoModel

        with _empty() if empty else contextlib.nullcontext():
            network, parts = AutoModel.build_model(
                model=str(folder),
                device="meta" if empty else "cpu",
                # FunASR sets the threads of the whole process; tell it what they are.
                ncpu=torch.get_num_threads(),
                trust_remote_code=False,
                **options,
            )
        if empty:  # so was the frontend, whose numbers come from elsewhere
            parts["frontend"] = type(parts["frontend"])(**parts.get("frontend_conf", {}))
        return network, parts

    with silenced(), _preserved_random_state():
        try:
            _import_only(modules)
            try:
                return attempt()
            except (RuntimeError, TypeError) as error:
                if not _lacks_part(error):
                    raise
            import funasr

            funasr.import_submodules("funasr")
            return attempt()
        except MemoryError:
            raise
        except Exception as error:  # FunASR has no errors of its own, and stumbles anywhere
            reason = next(iter(str(error).splitlines()), "") or type(error).__name__
            raise ModelError(
                f"FunASR cannot build a model of this folder ({reason})", path=folder
            ) from error


@contextlib.contextmanager
def _empty() -> Iterator[None]:
    """Tensors have no memory here, and nothing fills them."""
    with torch.device("meta"), _Unfilled():
        yield


class _Unfilled(TorchFunctionMode):
    """Leaves out what fills weights at first: without memory there is nothing to fill, and PyTorch
    would load its compiler for it, which takes a second and makes a folder in the temporary one.
    """

    def __torch_function__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        given = kwargs or {}
        if getattr(func, "__module__", None) == "torch.nn.init":
            return args[0] if args else given["tensor"]
        return func(*args, **given)


def campplus_network() -> Any:
    """FunASR's CAM++, without weights.

    Raises:
        ModelError: this FunASR has none.
    """
    with silenced(), _preserved_random_state():
        try:
            _import_only(("funasr.models.campplus.model",))
            return sys.modules["funasr.models.campplus.model"].CAMPPlus(
                feat_dim=80, embedding_size=192
            )
        except Exception as error:  # as above
            reason = next(iter(str(error).splitlines()), "") or type(error).__name__
            raise ModelError(f"FunASR cannot build its CAM++ ({reason})") from error


def _lacks_part(error: Exception) -> bool:
    """Whether FunASR did not find a class by the name that the configuration gives it."""
    return "is not registered" in str(error) or "'NoneType' object is not callable" in str(error)


def _import_only(modules: Sequence[str]) -> None:
    """Import some of FunASR's modules, without the more than a thousand that it imports itself."""
    with contextlib.nullcontext() if "funasr" in sys.modules else _no_walking():
        importlib.import_module("funasr")
    for module in modules:
        importlib.import_module(module)


@contextlib.contextmanager
def _no_walking() -> Iterator[None]:
    """FunASR's package imports all that ``pkgutil`` finds in it; let it find nothing."""
    walk = pkgutil.walk_packages
    pkgutil.walk_packages = lambda *_, **__: iter(())
    try:
        yield
    finally:
        pkgutil.walk_packages = walk


@contextlib.contextmanager
def _late_clustering() -> Iterator[None]:
    """FunASR's clustering of speakers, which vidtag has no use for, imports scikit-learn, SciPy
    and pandas, which takes two seconds; let it do so when somebody clusters."""
    name = "funasr.models.campplus.cluster_backend"
    if name in sys.modules:
        yield
        return
    late: Any = types.ModuleType(name)
    late.ClusterBackend = lambda **options: importlib.import_module(name).ClusterBackend(**options)
    sys.modules[name] = late
    try:
        yield
    finally:
        del sys.modules[name]


@contextlib.contextmanager
def _preserved_random_state() -> Iterator[None]:
    """Put the global random generators back as they were; FunASR seeds them while it loads."""
    python, numpy, own = random.getstate(), np.random.get_state(), torch.random.get_rng_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        torch.random.set_rng_state(own)
