"""The one place where errors become a line of text and an exit code.

Exit codes: 0 done, 1 work that failed, 2 a mistake the user can mend, 130 interrupted.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from vidtag.errors import VidtagError

INTERRUPTED = 130
DEBUG_VARIABLE = "VIDTAG_DEBUG"
"""Set to anything, this environment variable lets every traceback through."""


class Boundary(TyperGroup):
    """A group of commands that ends every error with one clear line instead of a traceback."""

    def invoke(self, ctx: Any) -> object:
        """Run the chosen command."""
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            complain("interrupted; what was finished is whole, the rest was removed")
            raise typer.Exit(INTERRUPTED) from None
        except VidtagError as error:
            if os.environ.get(DEBUG_VARIABLE):
                raise
            complain(str(error))
            raise typer.Exit(error.exit_code) from None
        except BrokenPipeError:
            # The reader went away (``| head``). Python would complain once more at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None


def complain(message: str) -> None:
    """Print an error for the user."""
    print(f"vidtag: {message}", file=sys.stderr)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
