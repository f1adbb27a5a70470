"""What the witnesses say about each kind, joined into one strength. Pure functions.

SenseVoice shares one probability among all kinds, a tagger does not, and each speaks on a scale of
its own. So SenseVoice's word is set right first, then log odds are pooled, each tagger's with a
shift that brings it onto the same scale. Nothing is paired after that: where a tagger says
laughter, it has not said applause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from vidtag.core.records import EventKind
from vidtag.core.settings import TaggerConfig
from vidtag.media.level import highest_near

Floats = npt.NDArray[np.floating]

TOGETHER = (EventKind.LAUGHTER, EventKind.APPLAUSE)
"""Kinds that an audience makes at the same time."""

_LESSER = 3.0
"""A kind with this part of what both together have is heard as well as the two are."""

_MISTAKEN_FOR_LAUGHS = {EventKind.CRY: 0.0, EventKind.COUGH: 3.0, EventKind.SNEEZE: 3.0}
"""What a laugh is made of by mistake, each with what its log odds count for more than a laugh's: a
tagger's word on coughs and sneezes is weak, as they are short."""
_TRACE = -6.0
"""Log odds from which on a tagger hears a cough or a sneeze at all; it hears as little of a laugh
under speech, and nothing follows from a smaller trace of a cough."""
_YIELDS = 0.4
"""What is left of a laugh where the tagger hears one of these more strongly, and of applause where
it hears laughter more strongly: SenseVoice takes a laughing crowd for one that claps. Measured on
real recordings, as the numbers above (docs/events.md)."""

_COMES_AND_GOES = (EventKind.APPLAUSE,)
"""Kinds that last while a tagger's word on them, under speech, rises and falls a hundredfold within
an eighth of a second: what it says both before and after a moment counts for the moment."""

_ORDER = tuple(EventKind)

_MODEL_FLOOR = 1e-3
"""SenseVoice's probabilities are cut off at this and at 1 less this: beyond, it is no surer."""
_SURE_MODEL = 0.99
"""As sure as SenseVoice commonly is of what it knows."""
_FAINTEST = -5.5
"""Shifted log odds of the faintest trace of a kind that a tagger's windows half a second from there
are worth asking about: applause under speech comes through in one of several."""
_TAGGER_FLOOR = 1e-6
"""A tagger's are finely graded much further down: 0.01 is a laugh under speech, 0.0001 is none."""


def paired(kinds: Sequence[EventKind], own: Floats) -> Floats:
    """Give kinds that sound together their due, of ``[n, kinds]`` that exclude each other.

    Laughter and applause at once get half each, though nothing is in doubt. So for those two the
    question is put in two parts, whether it is one of them at all, and whether this one is not far
    the lesser: ``min(sum, 3 * own)``.
    """
    both = [column for column, kind in enumerate(kinds) if kind in TOGETHER]
    strength = np.array(own, np.float64)
    together = np.clip(strength[:, both].sum(axis=1), 0.0, 1.0)
    for column in both:
        strength[:, column] = np.minimum(together, _LESSER * strength[:, column])
    return strength


def pooled(
    kinds: Sequence[EventKind],
    own: Floats,
    tagger: Floats,
    known: Sequence[EventKind],
    config: TaggerConfig,
    *,
    near: int = 0,
) -> Floats:
    """How strongly each kind is heard by both witnesses, ``[n, kinds]`` between 0 and 1.

    Args:
        own: ``[n, kinds]`` SenseVoice's probabilities, not paired.
        tagger: ``[n, len(EventKind)]`` a tagger's, in the order of ``EventKind``.
        known: the kinds a tagger knows; of the others SenseVoice alone speaks.
        config: shift and weight of each kind.
        near: rows before and after in which a cough takes a laugh away, and in which a tagger's
            word on applause is looked for, where rows follow each other evenly.
    """
    strength = paired(kinds, own)
    said = _said(tagger, known, near)
    shifted = {kind: odds + config.settings_of(kind).shift for kind, odds in said.items()}
    for column, kind in enumerate(kinds):
        weight = config.settings_of(kind).weight if kind in shifted else 0.0
        if weight > 0.0:
            # Where neither was asked, because there was nothing to hear, both are 0.
            asked = (own[:, column] > 0) | (tagger[:, _ORDER.index(kind)] > 0)
            own_odds = _log_odds(strength[:, column], _MODEL_FLOOR)
            together = (1 - weight) * own_odds + weight * shifted[kind]
            strength[:, column] = np.where(asked, 1 / (1 + np.exp(-together)), 0.0)
    for kind, outdone in _outdone(said, near).items():
        if kind in kinds:
            strength[:, list(kinds).index(kind)] *= np.where(outdone, _YIELDS, 1.0)
    return strength


def _said(tagger: Floats, known: Sequence[EventKind], near: int = 0) -> Mapping[EventKind, Floats]:
    """A tagger's log odds of the kinds it knows; ``near`` as in ``pooled``."""
    words = {kind: tagger[:, _ORDER.index(kind)].astype(np.float64) for kind in known}
    for kind in set(_COMES_AND_GOES) & set(known):
        words[kind] = -highest_near(-highest_near(words[kind], near), near)
    return {kind: _log_odds(word, _TAGGER_FLOOR) for kind, word in words.items()}


def _outdone(
    said: Mapping[EventKind, Floats], near: int = 0
) -> Mapping[EventKind, npt.NDArray[np.bool_]]:
    """Where a tagger's log odds leave a kind no more than ``_YIELDS``, for each that yields."""
    if EventKind.LAUGHTER not in said:
        return {}
    laughter = said[EventKind.LAUGHTER]
    outdone = {}
    if EventKind.APPLAUSE in said:
        outdone[EventKind.APPLAUSE] = laughter > said[EventKind.APPLAUSE]
    rivals = [
        np.where((more == 0.0) | (said[kind] >= _TRACE), said[kind] + more, -np.inf)
        for kind, more in _MISTAKEN_FOR_LAUGHS.items()
        if kind in said
    ]
    if rivals:
        outdone[EventKind.LAUGHTER] = highest_near(np.max(rivals, axis=0), near) > laughter
    return outdone


def undecided(
    kinds: Sequence[EventKind],
    tagger: Floats,
    known: Sequence[EventKind],
    config: TaggerConfig,
) -> npt.NDArray[np.bool_]:
    """Whether SenseVoice's word may make one of these kinds likely, ``[n]``.

    Where a tagger is so sure of nothing that even ``_SURE_MODEL`` would not outweigh it, SenseVoice
    need not be asked; nor where a kind has to yield; nor where the tagger alone counts.

    Args:
        tagger: ``[n, len(EventKind)]``, as in ``pooled``.
    """
    open_: npt.NDArray[np.bool_] = np.zeros(len(tagger), bool)
    sure = _log_odds(np.array(_SURE_MODEL), _MODEL_FLOOR)
    said = _said(tagger, known)
    outdone = _outdone(said)
    for kind in set(kinds) & set(known):
        row = config.settings_of(kind)
        if 0.0 < row.weight < 1.0:
            most = (1 - row.weight) * sure + row.weight * (said[kind] + row.shift)
            open_ |= (most >= 0.0) & ~outdone.get(kind, np.zeros(len(tagger), bool))
    return open_


def traces(
    kinds: Sequence[EventKind],
    tagger: Floats,
    known: Sequence[EventKind],
    config: TaggerConfig,
) -> npt.NDArray[np.bool_]:
    """Whether a tagger hears a trace of each kind on which its word counts, ``[n, kinds]``.

    Args:
        tagger: ``[n, len(EventKind)]``, as in ``pooled``.
    """
    found: npt.NDArray[np.bool_] = np.zeros((len(tagger), len(kinds)), bool)
    said = _said(tagger, known)
    for column, kind in enumerate(kinds):
        row = config.settings_of(kind)
        if kind in said and row.weight > 0.0:
            found[:, column] = said[kind] + row.shift >= _FAINTEST
    return found


def _log_odds(probability: Floats, floor: float) -> Floats:
    clipped = np.clip(np.asarray(probability, np.float64), floor, 1 - floor)
    odds: Floats = np.log(clipped / (1 - clipped))
    return odds
