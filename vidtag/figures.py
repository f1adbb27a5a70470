"""Pictures drawn by matplotlib (the extra ``plot``) as files: PNG, SVG or PDF."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from vidtag import files
from vidtag.core.errors import UserError, import_failure
from vidtag.core.installing import install_command

SUFFIXES = (".png", ".svg", ".pdf")

_NO_DATE = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
"""Metadata without a date, so that the same input makes the same bytes."""


def check_figure_path(path: Path) -> None:
    """Refuse, before any work, a picture that could not be drawn.

    Raises:
        UserError: the format is unknown, or matplotlib is not installed.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(
            f"a picture cannot be a {path.suffix or 'file without suffix'}",
            path=path,
            remedy=f"let its name end in {', '.join(SUFFIXES)}",
        )
    # Where its cache cannot be written it says so at length, and works.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        remedy = f"install it with: {install_command('vidtag[plot]')}"
        use = "pictures are drawn with matplotlib"
        raise import_failure(error, "matplotlib", use, remedy) from error


def save_figure(figure: Any, path: Path, *, dpi: int, svg_text: bool = False) -> None:
    """Write a figure, whole or not at all, in the format that its name tells.

    Args:
        dpi: dots per inch of a PNG.
        svg_text: whether text stays text in an SVG; outlines look the same whatever fonts there
            are.

    Raises:
        OutputError: the file cannot be written.
    """
    from matplotlib import rc_context

    fonts = "none" if svg_text else "path"
    with (
        files.replacing(path) as partial,
        rc_context({"svg.hashsalt": "vidtag", "svg.fonttype": fonts}),
    ):
        figure.savefig(
            partial,
            dpi=dpi,
            facecolor=figure.get_facecolor(),
            metadata=_NO_DATE[path.suffix.lower()],
        )
