"""The weights of a network, from a model's checkpoint."""

from __future__ import annotations

from typing import Any

import torch

from vidtag.core.errors import ModelError
from vidtag.core.machine import check_memory
from vidtag.listening.models.model_folder import ModelFolder


def load_weights(network: Any, folder: ModelFolder) -> None:
    """Fill a network with the weights of a folder's checkpoint, every one of them.

    Weights may lie in half precision, in a wrapper such as ``state_dict``, or under ``module.``.
    Only tensors are unpickled, never code.

    Raises:
        ModelError: the file is damaged or belongs to another network.
        UserError: this process may not have the memory to use it.
    """
    file = folder.checkpoint
    check_memory(file.stat().st_size)
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
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
    spoilt = [name for name in wanted if not torch.isfinite(weights[name]).all()]
    if spoilt:
        raise ModelError(
            f"the checkpoint holds NaN or infinite weights, in {spoilt[0]} for one",
            path=file,
            remedy="fetch the model again; where it was fine-tuned, take an earlier checkpoint",
        )
    network.load_state_dict({name: weights[name] for name in wanted})
