"""Keep the side effects of FunASR and what it imports to themselves."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import warnings
from collections.abc import Iterator


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
