"""AudioSet's labels: which mean a kind of event, and which say more than a kind does.

Names are the display names of AudioSet's ontology (research.google.com/audioset).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vidtag.core.errors import ModelError
from vidtag.core.records import EventKind
from vidtag.core.whole_file import read_whole
from vidtag.listening.models.tagger_files import LABEL_FILES

_LARGEST_FILE = 1 << 22
"""Bytes of a label file that is read: AudioSet's has 15 thousand."""
_NAMES, _NAMES_AT = "display_name", 2
"""What AudioSet's own files call the column of the names, and which it is, from 0."""


@dataclass(frozen=True, slots=True)
class KindLabels:
    """The labels of one kind.

    Attributes:
        own: labels that mean the kind; their probabilities are added up.
        finer: labels that say which of its sounds it is; they count for the kind only if they are
            in ``own`` too.
    """

    own: frozenset[str]
    finer: frozenset[str] = frozenset()


_LAUGHS = frozenset({"Baby laughter", "Giggle", "Snicker", "Belly laugh", "Chuckle, chortle"})
_CRIES = frozenset({"Baby cry, infant cry", "Whimper", "Wail, moan"})
_BREATHS = frozenset({"Gasp", "Pant"})

LABELS: Mapping[EventKind, KindLabels] = {
    EventKind.LAUGHTER: KindLabels(_LAUGHS | {"Laughter"}, _LAUGHS),
    EventKind.APPLAUSE: KindLabels(
        frozenset({"Applause", "Clapping"}), frozenset({"Clapping", "Cheering"})
    ),
    EventKind.BGM: KindLabels(
        frozenset({"Music", "Background music", "Theme music", "Soundtrack music"}),
        frozenset(
            {"Singing", "Happy music", "Sad music", "Tender music", "Exciting music", "Angry music",
             "Scary music"}
        ),
    ),
    EventKind.CRY: KindLabels(_CRIES | {"Crying, sobbing"}, _CRIES),
    EventKind.COUGH: KindLabels(frozenset({"Cough"}), frozenset({"Throat clearing"})),
    EventKind.SNEEZE: KindLabels(frozenset({"Sneeze"})),
    EventKind.BREATH: KindLabels(_BREATHS | {"Breathing"}, _BREATHS),
}  # fmt: skip


def read_labels(path: Path) -> Sequence[str]:
    """Display names in the order of a model's classes.

    The file is a CSV with a heading, then rows of index, id and name; quoted, as sherpa-onnx has
    it, or not, as YAMNet has it.

    Raises:
        ModelError: it cannot be read, or is something else.
    """
    try:
        text = read_whole(path, _LARGEST_FILE).decode("utf-8-sig")
        heading, *rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row] or [[]]
    except OSError as error:
        raise ModelError(
            f"the labels of the tagger cannot be read ({error.strerror or error})",
            path=path,
            remedy="put the label file that belongs to the model beside it, as "
            f"{' or '.join(LABEL_FILES)}, or set events.tagger.labels to it",
        ) from None
    except (UnicodeDecodeError, csv.Error):
        heading, rows = [], []
    named = [name.strip() for name in heading]
    if _NAMES in named and named.index(_NAMES) != _NAMES_AT:
        raise ModelError(
            f"its columns are {', '.join(named)[:100]}, where index, mid, {_NAMES} are expected",
            path=path,
            remedy="put them into this order, the names last",
        )
    # An unquoted name may itself have commas: what follows the second is the name.
    if not rows or any(len(row) < 3 or row[0] != str(i) for i, row in enumerate(rows)):
        raise ModelError(
            "not a label file: expected a heading, then rows of index, id and name, from index 0",
            path=path,
            remedy="take the label file that belongs to the model",
        )
    return [",".join(row[2:]).strip() for row in rows]


def columns(names: Sequence[str]) -> Mapping[EventKind, tuple[int, ...]]:
    """Which classes mean each kind; kinds without one are left out."""
    found = {
        kind: tuple(index for index, name in enumerate(names) if name in labels.own)
        for kind, labels in LABELS.items()
    }
    return {kind: classes for kind, classes in found.items() if classes}


def finer(names: Sequence[str]) -> Mapping[str, int]:
    """The classes of labels that say more than a kind."""
    wanted = frozenset().union(*(labels.finer for labels in LABELS.values()))
    return {name: index for index, name in enumerate(names) if name in wanted}


def some_labels() -> str:
    """A few labels, to show what they look like."""
    return ", ".join(f"'{name}'" for name in sorted(LABELS[EventKind.LAUGHTER].own)[:3])
