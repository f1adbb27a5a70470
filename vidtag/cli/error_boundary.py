"""The one place where errors become a line of text and an exit code.

Exit codes: 0 done, 1 work that failed, 2 a mistake the user can mend, 130 interrupted.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import time
from typing import Any

import typer
from typer.core import TyperGroup

from vidtag.core.errors import VidtagError, of_the_machine

INTERRUPTED = 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SOON = 0.05
"""Seconds within which Python is done with printing an exception."""
DEBUG_VARIABLE = "VIDTAG_DEBUG"
"""Set to anything, this environment variable lets every traceback through."""


class Boundary(TyperGroup):
    """A group of commands that ends every error with one clear line instead of a traceback."""

    def invoke(self, ctx: Any) -> object:
        """Run the chosen command."""
        stop = _Stop()
        try:
            with stop:
                return super().invoke(ctx)
        except KeyboardInterrupt:
            raise _interrupted() from None
        except VidtagError as error:
            if stop.asked:
                raise _interrupted() from None
            if os.environ.get(DEBUG_VARIABLE):
                raise
            print_error(str(error))
            raise typer.Exit(error.exit_code) from None
        except BrokenPipeError:
            # The reader went away (``| head``). Python would print_error once more at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None
        except BaseException as error:
            if stop.asked:  # libraries turn an interruption into errors of their own
                raise _interrupted() from None
            if hasattr(error, "exit_code") or os.environ.get(DEBUG_VARIABLE):
                raise  # Typer's own, which it explains itself
            if (known := of_the_machine(error)) is not None:
                print_error(str(known))
                raise typer.Exit(known.exit_code) from None
            print_error(
                f"unexpected {type(error).__name__}: {error}. This is a bug in vidtag; please "
                f"report it with what {DEBUG_VARIABLE}=1 shows"
            )
            raise typer.Exit(1) from None


class _Stop:
    """Lets signals interrupt a block, and remembers that one did."""

    def __init__(self) -> None:
        self.asked = False
        self._over = False

    def __enter__(self) -> None:
        self._before = sys.unraisablehook
        sys.unraisablehook = self._lost
        for number in _SIGNALS:
            signal.signal(number, self._interrupt)

    def __exit__(self, *_: object) -> None:
        # Nothing is left to be interrupted: a signal now must neither replace the error on its way
        # nor hit Python while it shuts down.
        self._over = True
        if not self.asked:  # else what was interrupted may be cleared up later, and print_error
            sys.unraisablehook = self._before
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)

    def _interrupt(self, number: int, frame: object) -> None:
        if not self._over:
            self.asked = True
            raise _Interruption

    def _lost(self, lost: Any) -> None:
        """Interrupt once more where it was raised in vain: Python only prints what is raised while
        it clears up an object, or called back by a library. An object whose making was interrupted
        may fail to be cleared up: nothing to tell the user."""
        if not self.asked:
            self._before(lost)
        elif isinstance(lost.exc_value, _Interruption) and not self._over:
            _thread.start_new_thread(_interrupt_soon, ())


def _interrupt_soon() -> None:
    time.sleep(_SOON)
    os.kill(os.getpid(), signal.SIGINT)


class _Interruption(KeyboardInterrupt):
    """A ``KeyboardInterrupt`` that Python doesn't take for its own.

    One that passes through ``exec("...")``, as in the making of a dataclass, would be remembered
    there as not handled, and end the process by SIGINT instead of with the exit code asked for.
    """


def _interrupted() -> typer.Exit:
    print_error("interrupted; what was finished is whole, the rest was removed")
    return typer.Exit(INTERRUPTED)


def print_error(message: str) -> None:
    """Print an error for the user."""
    print(f"vidtag: {message}", file=sys.stderr)
