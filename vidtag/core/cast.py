"""What the speakers are called. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from vidtag.core.records import Document


def with_names(document: Document, names: Sequence[str]) -> Document:
    """The document with speakers called by these names, in the order in which they are first heard.

    Speakers beyond the names keep what they are called, unless that is given to another: then they
    are numbered on.
    """
    if not names or not document.turns:
        return document
    called = dict(zip(document.speakers, names, strict=False))
    free = (f"Speaker {number}" for number in itertools.count(len(names) + 1))
    for speaker in document.speakers[len(names) :]:
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
        turns=tuple(replace(turn, speaker=called[turn.speaker]) for turn in document.turns),
    )
