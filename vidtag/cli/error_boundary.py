"""The one place where errors become a line of text and an exit code.

Exit codes: 0 done, 1 work that failed, 2 a mistake that the user can correct, 130 interrupted.
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

from vidtag.core.errors import VidtagError, machine_error
from vidtag.core.terminal import say
from vidtag.media.passed_over import passed_over
from vidtag.system.this_system import interrupt_soon

INTERRUPTED = 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_PRINTING_SECONDS = 0.05
"""Time in which Python has printed an exception that it ignores."""
DEBUG_VARIABLE = "VIDTAG_DEBUG"
"""Environment variable: with any value, errors end with their traceback."""


class ErrorBoundary(TyperGroup):
    """A group of commands that ends every error with one clear line instead of a traceback."""

    def invoke(self, ctx: Any) -> object:
        """Run the chosen command."""
        signals = _Signals()
        try:
            with signals:
                return super().invoke(ctx)
        except KeyboardInterrupt:
            raise _interrupted() from None
        except VidtagError as error:
            if signals.interrupted:
                raise _interrupted() from None
            if os.environ.get(DEBUG_VARIABLE):
                raise
            print_error(str(error))
            raise typer.Exit(error.exit_code) from None
        except BrokenPipeError:
            # The reader has ended (``| head``). Without this, Python prints an error at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            raise typer.Exit(1) from None
        except BaseException as error:
            if signals.interrupted:  # libraries may raise their own errors instead
                raise _interrupted() from None
            if hasattr(error, "exit_code") or os.environ.get(DEBUG_VARIABLE):
                raise  # of Typer, which prints it
            if (known := machine_error(error)) is not None:
                print_error(str(known))
                raise typer.Exit(known.exit_code) from None
            print_error(
                f"unexpected {type(error).__name__}: {error}. This is a bug in vidtag; please "
                f"report it with what {DEBUG_VARIABLE}=1 shows"
            )
            raise typer.Exit(1) from None
        finally:
            if ctx.invoked_subcommand != "doctor" and (line := passed_over()) is not None:
                print_error(line)


class _Signals:
    """Lets signals interrupt a block.

    Attributes:
        interrupted: whether one did.
    """

    def __init__(self) -> None:
        self.interrupted = False
        self._ended = False

    def __enter__(self) -> None:
        self._previous_hook = sys.unraisablehook
        sys.unraisablehook = self._on_unraisable
        for number in _SIGNALS:
            signal.signal(number, self._interrupt)

    def __exit__(self, *_: object) -> None:
        # The work has ended: from now on a signal must neither replace the error that is being
        # raised nor reach Python while it shuts down.
        self._ended = True
        if not self.interrupted:  # else objects that were interrupted may still fail to be deleted
            sys.unraisablehook = self._previous_hook
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)

    def _interrupt(self, number: int, frame: object) -> None:
        if not self._ended:
            self.interrupted = True
            raise _Interruption

    def _on_unraisable(self, unraisable: Any) -> None:
        """Handle an exception that Python can only print, as one raised in ``__del__``.

        If that is our interruption, the signal is sent again. After an interruption, other such
        exceptions come from half-made objects, and are not shown.
        """
        if not self.interrupted:
            self._previous_hook(unraisable)
        elif isinstance(unraisable.exc_value, _Interruption) and not self._ended:
            _thread.start_new_thread(_interrupt_soon, ())


def _interrupt_soon() -> None:
    time.sleep(_PRINTING_SECONDS)
    interrupt_soon()


class _Interruption(KeyboardInterrupt):
    """A ``KeyboardInterrupt`` that is not Python's own.

    Python's own, when it passes through ``exec("...")`` as in the making of a dataclass, ends the
    process by SIGINT later, although it was caught, and the exit code is lost.
    """


def _interrupted() -> typer.Exit:
    print_error("interrupted; what was finished is whole, the rest was removed")
    return typer.Exit(INTERRUPTED)


def print_error(message: str) -> None:
    """Print an error for the user."""
    say(f"vidtag: {message}", err=True)
