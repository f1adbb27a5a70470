"""What an event is more exactly, where a tagger is sure of it: cheering, a baby crying. Pure.

Of AudioSet's finer labels few are heard surely. YAMNet gives an adult's laugh as much of ``Baby
laughter`` as of ``Giggle``, and to no music more than a trace of a mood. A label that is wrong is
worse than a general one, so it has to be likely and far likelier than the others of its kind.
"""

from __future__ import annotations

from collections.abc import Mapping

from vidtag.core.display import FINER_KINDS
from vidtag.core.records import EventKind, EventSpan
from vidtag.listening.events.scan import Curves, TaggerCurves

_SURE = 0.3
"""Mean probability over an event from which on a label is sure."""
_CHEERING, _CHEERING_SHARE = 0.06, 0.5
"""YAMNet gives cheers little: so much of it, and half of what it gives applause, is a cheer."""
_FARTHER = 2.0
"""How many times as likely as any other finer label of its kind it is."""


def finer_of(span: EventSpan, curves: Curves) -> str | None:
    """AudioSet's label for what a span is more exactly; None where no tagger is sure of one."""
    tagger = curves.tagger
    if tagger is None:
        return None
    first = round(span.start / curves.hop)
    rows = slice(first, max(first + 1, round(span.end / curves.hop)))
    heard = _means(tagger, rows, span.kind)
    if not heard:
        return None
    label = max(heard, key=heard.__getitem__)
    least = _SURE
    if span.kind is EventKind.APPLAUSE:
        own = float(tagger.posteriors[rows, tuple(EventKind).index(span.kind)].mean())
        least = max(_CHEERING, _CHEERING_SHARE * own)
    others = max((mean for name, mean in heard.items() if name != label), default=0.0)
    return label if heard[label] >= max(least, _FARTHER * others) else None


def _means(tagger: TaggerCurves, rows: slice, kind: EventKind) -> Mapping[str, float]:
    return {
        label: float(tagger.label_posteriors[rows, column].astype(float).mean())
        for column, label in enumerate(tagger.labels)
        if FINER_KINDS.get(label) is kind and len(tagger.label_posteriors[rows])
    }
