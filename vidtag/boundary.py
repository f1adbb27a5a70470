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

from vidtag.errors import VidtagError, of_the_machine

INTERRUPTED = 130
DEBUG_VARIABLE = "VIDTAG_DEBUG"
"""Set to anything, this environment variable lets every traceback through."""


class Boundary(TyperGroup):
    """A group of commands that ends every error with one clear line instead of a traceback."""

    def invoke(self, ctx: Any) -> object:
        """Run the chosen command."""
        stop = _Stop()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise _interrupted() from None
        except VidtagError as error:
            if stop.asked:
                raise _interrupted() from None
            if os.environ.get(DEBUG_VARIABLE):
                raise
            complain(str(error))
            raise typer.Exit(error.exit_code) from None
        except BrokenPipeError:
            # The reader went away (``| head``). Python would complain once more at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None
        except BaseException as error:
            if stop.asked:  # libraries turn an interruption into errors of their own
                raise _interrupted() from None
            if hasattr(error, "exit_code") or os.environ.get(DEBUG_VARIABLE):
                raise  # Typer's own, which it explains itself
            if (known := of_the_machine(error)) is not None:
                complain(str(known))
                raise typer.Exit(known.exit_code) from None
            complain(
                f"unexpected {type(error).__name__}: {error}. This is a bug in vidtag; please "
                f"report it with what {DEBUG_VARIABLE}=1 shows"
            )
            raise typer.Exit(1) from None


class _Stop:
    """Signal handler that interrupts, and remembers that it did."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, number: int, frame: object) -> None:
        self.asked = True
        raise _Interruption


class _Interruption(KeyboardInterrupt):
    """A ``KeyboardInterrupt`` that Python doesn't take for its own.

    One that passes through ``exec("...")``, as in the making of a dataclass, would be remembered
    there as not handled, and end the process by SIGINT instead of with the exit code asked for.
    """


def _interrupted() -> typer.Exit:
    complain("interrupted; what was finished is whole, the rest was removed")
    return typer.Exit(INTERRUPTED)


def complain(message: str) -> None:
    """Print an error for the user."""
    print(f"vidtag: {message}", file=sys.stderr)
