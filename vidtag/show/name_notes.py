"""What to know of names that the settings have and nobody in a document."""

from __future__ import annotations

from collections.abc import Iterator

from vidtag.core.cast import in_order, listed, who_is_there
from vidtag.show.views import Views


def name_notes(views: Views) -> Iterator[str]:
    """A note on everybody whom the settings name and nobody is."""
    yield from names_notes(views)
    if missing := strangers(views):
        there = who_is_there(views.document.speakers)
        yield f"no clips of {listed(missing)}: nobody is called so; {there}"


def names_notes(views: Views) -> Iterator[str]:
    """A note on names that were given to no speaker."""
    names, heard = views.config.cast.names, views.heard or views.document
    if not names:
        return
    if not heard.turns:
        yield f"names are given ({listed(names)}), but {who_is_there(())}"
        return
    edited = {name for cue in views.edited_cues or () for name in (cue.speaker, *cue.speakers)}
    apart = len(in_order(heard))
    if left := [name for name in names[apart:] if name not in edited]:
        counted = f"{apart} speaker{'s were' if apart != 1 else ' was'} told apart"
        yield f"{len(names)} names are given, but {counted}: nobody is called {listed(left)}"


def strangers(views: Views) -> list[str]:
    """Whose clips the settings ask for, and who is not there."""
    known = {name.casefold() for name in views.document.speakers}
    return [name for name in views.config.highlights.speakers if name.casefold() not in known]
