"""Writes timelines for editing programs."""

from __future__ import annotations

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
        path = base.with_name(base.name + file.suffix)
        if file.text is None:
            path.unlink(missing_ok=True)
        else:
            files.write_text(path, file.text)
            written.append(path)
    return Written(tuple(written), notes)
