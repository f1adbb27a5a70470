"""Published weights into a network, without running anything that the file might hold."""

from __future__ import annotations

import pickle
from pathlib import Path

import torch
from torch import nn

from vidtag.core.errors import ModelError


def load_tensors(network: nn.Module, file: Path, key: str | None = None) -> None:
    """Fill a network with the tensors of a file.

    Args:
        key: the entry of the file that holds the tensors; None if it holds nothing else.

    Raises:
        ModelError: the file cannot be read, or is of another network.
    """
    try:
        found = torch.load(file, map_location="cpu", weights_only=True)
        network.load_state_dict(found if key is None else found[key])
    except (OSError, RuntimeError, KeyError, TypeError, EOFError, pickle.UnpicklingError) as error:
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise ModelError(f"these weights cannot be used ({reason})", path=file) from error
