"""``vidtag timeline``: timelines for editing programs, from a document."""

from __future__ import annotations

from dataclasses import replace

from vidtag.cli.options import (
    CHAPTERS,
    DEFAULT_TIMELINES,
    TIMELINE_FORMATS,
    DocumentArgument,
    OutputFolder,
    SettingsInput,
    output_base,
    print_written,
    with_settings,
)
from vidtag.core.terminal import say


@with_settings(TIMELINE_FORMATS, CHAPTERS)
def timeline(
    document: DocumentArgument, settings: SettingsInput, output: OutputFolder = None
) -> None:
    """Write timelines for editing programs: the source with markers, and the highlights cut."""
    from vidtag.core import document as documents
    from vidtag.show.edited_views import edited_views
    from vidtag.show.media_of import media_if_present
    from vidtag.show.name_notes import name_notes
    from vidtag.show.timeline_files import write_timelines

    config = settings.load()
    if not config.timelines.formats:
        config = config.with_values({"timelines.formats": DEFAULT_TIMELINES})
    read = documents.read(document)
    media = media_if_present(read, beside=document)
    if media is None:
        say(
            f"{read.media.path}: the video is not there now; show your program where it is",
            err=True,
        )
    views = edited_views(replace(read, media=media or read.media), config, document)
    print_written(write_timelines(views, output_base(document, output)))
    for note in name_notes(views):
        say(note, err=True)
