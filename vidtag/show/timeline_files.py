"""Writes timelines for editing programs."""

from __future__ import annotations

import contextlib
from pathlib import Path

from vidtag import files
from vidtag.show.views import Views
from vidtag.show.written import Written
from vidtag.timelines.formats import timeline_files


def write_timelines(views: Views, base: Path) -> Written:
    """Write timelines in all formats of the settings: ``base`` and a suffix each."""
    found, notes = timeline_files(views.timelines, views.config.timelines.formats)
    written = []
    for file in found:
        path = base.parent / (base.name + file.suffix)
        if file.text is None:
            path.unlink(missing_ok=True)
            if path.parent != base.parent:
                with contextlib.suppress(OSError):  # other files are in it, or it was never there
                    path.parent.rmdir()
        else:
            files.write_text(path, file.text)
            written.append(path)
    return Written(tuple(written), notes)
