"""Views of a document with the edits that lie beside it, for every command that writes anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from vidtag.core.edits import CuesChange, SettingsChange, read_edits
from vidtag.core.records import Document
from vidtag.core.settings import Config
from vidtag.show.clip_choice import ClipChoice
from vidtag.show.revision import Revision, revise
from vidtag.show.views import Views


def edited_views(
    document: Document, config: Config, path: Path, *, video: Path | None = None
) -> Views:
    """What is shown of a document by these settings, with the edits beside it.

    Settings that were chosen on the page count where ``config`` has the default.

    Args:
        path: of the document.
        video: where the video can be read, if not where the document says.

    Raises:
        DocumentError: the edits are damaged, or belong to another video.
        ConfigError: a setting that was chosen is none of this vidtag's.
    """
    edits = read_edits(path, document.media.fingerprint)
    if not edits.current:
        return Views(document, config, video, path=path)
    changes = (_but_given(change, config) for change in edits.current)
    kept = tuple(change for change in changes if change is not None)
    revision = revise(document, config, kept)
    return views_of(revision, video=video, path=path)


def views_of(
    revision: Revision,
    *,
    config: Config | None = None,
    video: Path | None = None,
    path: Path | None = None,
) -> Views:
    """What is shown of a revision.

    Args:
        config: other settings than the revision's.
        video: where the video can be read, if not where the document says.
        path: of the document.
    """
    changed = revision.clips or revision.order
    choice = ClipChoice(revision.clips, revision.order) if changed else None
    settings = config or revision.config
    cues = revision.as_cues()
    return Views(revision.rewritten, settings, video, cues, choice, path, revision.document)


def _but_given(change: Any, config: Config) -> Any:
    """A change without the settings that were given otherwise than by default."""
    if isinstance(change, CuesChange) and config.cast.names:
        return replace(change, names=None)
    if not isinstance(change, SettingsChange):
        return change
    given, default = getattr(config, change.section), getattr(Config(), change.section)
    values = {
        name: value
        for name, value in change.values.items()
        if getattr(given, name, None) == getattr(default, name, None)
    }
    return SettingsChange(change.section, values) if values else None
