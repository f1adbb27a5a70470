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


@contextlib.contextmanager
def native_silence() -> Iterator[None]:
    """Silence what libraries that are not Python write to standard error, such as LiteRT's line
    on what it computes with; for moments only, since it holds for all threads.
    """
    try:
        kept = os.dup(2)
    except OSError:  # there is none
        yield
        return
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
