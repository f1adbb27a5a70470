"""Where the emotion of the voice changes within a stretch."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from vidtag.core.records import Emotion
from vidtag.listening.speech.recognition import Recognition
from vidtag.listening.speech.splitting import (
    SHORT_PART,
    RecognisedStretch,
    alone,
    is_short,
)
from vidtag.listening.speech.stretches import Stretch
from vidtag.listening.speech.vad import Span
from vidtag.listening.speech.window_emotions import WindowEmotions
from vidtag.media.samples import SAMPLE_RATE

_HINT = 0.4
"""Windows that give another emotion so much, on average, make a part worth hearing by itself."""

_EVERY = round(4.0 * SAMPLE_RATE)
"""A part so long is asked for its emotion once, a longer one more often."""


@dataclass(frozen=True, slots=True)
class EmotionSplitter:
    """Splits where the emotion of the voice changes; neutral and unknown are one.

    Attributes:
        windows: emotions of windows of the same sound, which tell the parts worth recognising by
            themselves.
        least: probability that a part, recognised by itself, must give its emotion.
    """

    windows: WindowEmotions
    least: float

    def parts(self, whole: RecognisedStretch) -> Mapping[Stretch, bool]:
        """The parts that were joined; those are recognised in which windows hint at another
        emotion, and those that no window lies in."""
        if len(whole.stretch.parts) == 1 or not whole.recognition.tokens:
            return {}
        own = _emotion(whole.recognition)
        again = {alone(part): self._may_differ(part, own) for part in whole.stretch.parts}
        return again if any(again.values()) else {}

    def unheard(self, whole: RecognisedStretch) -> list[Span]:
        """Second-long windows that are missing to know where its emotion may change."""
        if len(whole.stretch.parts) == 1 or not whole.recognition.tokens:
            return []
        return [
            window
            for part in whole.stretch.parts
            if not is_short(part) and self.windows.mean_within(part) is None
            for window in _spread(part)
        ]

    def finer(self, part: RecognisedStretch) -> Mapping[Stretch, bool]:
        """Nothing: each part is recognised by itself."""
        return {}

    def home(self, whole: RecognisedStretch) -> Hashable:
        """The emotion of the whole."""
        return _emotion(whole.recognition)

    def label(
        self, whole: RecognisedStretch, part: Stretch, alone: RecognisedStretch | None
    ) -> Hashable:
        """The part's own emotion, if it is sure of one; else that of the whole."""
        if is_short((part.start, part.end)):
            return None
        if alone is None or not alone.recognition.tokens:
            return self.home(whole)
        recognition = alone.recognition
        known = recognition.emotion is not Emotion.UNKNOWN
        sure = known and recognition.emotion_probability >= self.least
        return _emotion(recognition if sure else whole.recognition)

    def accepts(self, groups: Sequence[RecognisedStretch], whole: RecognisedStretch) -> bool:
        """Whether neighbours still differ, and none lost its text."""
        emotions = [_emotion(one.recognition) for one in groups]
        differ = all(before is not after for before, after in itertools.pairwise(emotions))
        return differ and all(one.recognition.tokens for one in groups)

    def _may_differ(self, part: Span, own: Emotion) -> bool:
        if is_short(part):
            return False
        hint = self.windows.mean_within(part)
        if hint is None:
            return True
        return any(
            probability >= _HINT and emotion not in (own, Emotion.UNKNOWN)
            for emotion, probability in zip(Emotion, hint.tolist(), strict=True)
        )


def _spread(part: Span) -> list[Span]:
    """Windows of ``SHORT_PART``, evenly over a part, one to each ``_EVERY``."""
    count = max(1, round((part[1] - part[0]) / _EVERY))
    room = part[1] - part[0] - SHORT_PART
    starts = (part[0] + room * (2 * i + 1) // (2 * count) for i in range(count))
    return [(start, start + SHORT_PART) for start in starts]


def _emotion(recognition: Recognition) -> Emotion:
    unknown = recognition.emotion is Emotion.UNKNOWN
    return Emotion.NEUTRAL if unknown else recognition.emotion
