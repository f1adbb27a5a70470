"""What the speakers are called. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

from vidtag.core.records import Document

CHANNEL_SPEAKERS = ("Speaker 1", "Speaker 2")
"""Whoever speaks in the left and in the right channel, where nobody gave them names."""


def with_names(document: Document, names: Sequence[str]) -> Document:
    """The document with speakers called by these names: in the order in which they are first heard,
    or of their channels where these are the speakers.

    Speakers beyond the names keep what they are called, unless that is given to another: then they
    are numbered on.
    """
    if not names or not document.turns:
        return document
    order = _order(document)
    called = dict(zip(order, names, strict=False))
    free = (f"Speaker {number}" for number in itertools.count(len(names) + 1))
    for speaker in order[len(names) :]:
        taken = {*names, *called.values()}
        called[speaker] = (
            speaker if speaker not in taken else next(name for name in free if name not in taken)
        )
    return replace(
        document,
        segments=tuple(
            replace(one, speaker=called.get(one.speaker, one.speaker)) if one.speaker else one
            for one in document.segments
        ),
        turns=tuple(
            replace(turn, speaker=called.get(turn.speaker, turn.speaker)) for turn in document.turns
        ),
    )


def _order(document: Document) -> Sequence[str]:
    """The speakers as names are given to them."""
    chosen = document.settings.get("speakers")
    by_channel = isinstance(chosen, Mapping) and chosen.get("count") == "channels"
    return CHANNEL_SPEAKERS if by_channel else document.speakers
