"""The weights of a network, from a model's checkpoint."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import torch

from vidtag.core.errors import ModelError
from vidtag.core.machine import check_memory
from vidtag.listening.models.model_folder import ModelFolder
from vidtag.system.this_system import give_back


def load_weights(network: Any, folder: ModelFolder) -> Callable[[], None]:
    """Give a network the weights of a folder's checkpoint, every one of them.

    They are not read into memory but seen in the file, where its kind allows that: whoever keeps
    one copies it. They have the number type that the file has.

    Weights may lie in half precision, in a wrapper such as ``state_dict``, or under ``module.``.
    Only tensors are unpickled, never code.

    Args:
        network: as FunASR builds it; its own weights are never looked at.

    Returns:
        What to call now and then once some weights were copied: gives the memory back that holds
        what was seen of the file. They can be seen again.

    Raises:
        ModelError: the file is damaged or belongs to another network.
        UserError: this process may not have the memory to use it.
    """
    file = folder.checkpoint
    check_memory(file.stat().st_size)
    try:
        state, mapped = _read(file)
        for wrapper in ("state_dict", "model_state_dict", "model"):
            if isinstance(state.get(wrapper), dict):
                state = state[wrapper]
        weights = {name.removeprefix("module."): value for name, value in state.items()}
        shapes = {name: value.shape for name, value in weights.items()}
    except MemoryError:
        raise
    except Exception as error:  # torch raises a dozen kinds for a file that is not a checkpoint
        raise ModelError(
            "the checkpoint cannot be read: it is damaged, or holds something else than weights",
            path=file,
            remedy="fetch the model again",
        ) from error
    wanted = network.state_dict()
    wrong = [name for name, value in wanted.items() if shapes.get(name) != value.shape]
    if wrong:
        raise ModelError(
            f"the checkpoint is not of the network in config.yaml: {len(wrong)} of {len(wanted)} "
            f"weights are missing or of another shape, {wrong[0]} for one",
            path=file,
            remedy="take config.yaml and the checkpoint from the same model",
        )
    forget = _forgetter(weights if mapped else {})
    for name in wanted:
        if not torch.isfinite(weights[name]).all():
            raise ModelError(
                f"the checkpoint holds NaN or infinite weights, in {name} for one",
                path=file,
                remedy="fetch the model again; where it was fine-tuned, take an earlier checkpoint",
            )
        forget()
    network.load_state_dict({name: weights[name] for name in wanted}, assign=True)
    return forget


def _read(file: Any) -> tuple[Any, bool]:
    """What a checkpoint holds, and whether its tensors are parts of the file."""
    try:
        return torch.load(file, map_location="cpu", weights_only=True, mmap=True), True
    except RuntimeError:  # PyTorch's older format cannot be seen in place
        return torch.load(file, map_location="cpu", weights_only=True), False


def _forgetter(weights: Mapping[str, torch.Tensor]) -> Callable[[], None]:
    """Gives back the memory of tensors that are all parts of one mapped file; of none, nothing."""
    storages = [value.untyped_storage() for value in weights.values()]
    start = min((one.data_ptr() for one in storages), default=0)
    end = max((one.data_ptr() + one.nbytes() for one in storages), default=0)
    return functools.partial(give_back, start, end - start)
