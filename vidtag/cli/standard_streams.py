"""Standard input, output and error, made fit for printing whatever the surroundings are."""

from __future__ import annotations

import io
import os
import sys


def prepare_standard_streams() -> None:
    """Let no character end the program that a terminal cannot show, and no stream be missing.

    A character that has no place in the encoding of the terminal becomes ``\\xe9`` or ``\\u4f60``.
    Where one of the three descriptors is closed, the next file that is opened would take its
    number, and what libraries print would be written into that file.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
