"""Keep the side effects of FunASR and what it imports to themselves."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import random
import warnings
from collections.abc import Iterator

import numpy as np


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Silence prints, warnings and logging; put the logging set-up back as it was afterwards.

    FunASR prints on import and while loading, ModelScope and jieba install handlers of their own,
    and FunASR sets up the root logger.
    """
    os.environ.setdefault("MODELSCOPE_LOG_LEVEL", str(logging.ERROR))
    root = logging.getLogger()
    handlers, level, disabled = root.handlers[:], root.level, logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
        root.handlers[:] = handlers
        root.setLevel(level)


@contextlib.contextmanager
def preserved_random_state() -> Iterator[None]:
    """Put the global random generators back as they were; FunASR seeds them while it loads."""
    import torch

    python, numpy, own = random.getstate(), np.random.get_state(), torch.random.get_rng_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        torch.random.set_rng_state(own)
