"""The records that flow through vidtag.

All times are seconds as float on the video's presentation clock (the container's: an audio stream
that starts at 1.075 s starts at 1.075 s here), and all intervals are half-open ``[start, end)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vidtag.core.media_streams import Media
from vidtag.core.names import AUTO
from vidtag.core.origins import ModelInfo, WordsFrom

DOCUMENT_VERSION = 1
"""Version of the document format this vidtag writes, and the newest it reads."""


class Language(StrEnum):
    """Languages of SenseVoiceSmall, by the names its own tags use."""

    ZH = "zh"
    YUE = "yue"
    EN = "en"
    JA = "ja"
    KO = "ko"
    NOSPEECH = "nospeech"


class _Tag(StrEnum):
    """A name of the model's own."""

    @property
    def label(self) -> str:
        """The name in settings, queries and files: ``angry``, ``laughter``."""
        return self.value.lower()


class Emotion(_Tag):
    """Emotions of SenseVoiceSmall, by the names its own tags use."""

    HAPPY = "HAPPY"
    SAD = "SAD"
    ANGRY = "ANGRY"
    NEUTRAL = "NEUTRAL"
    FEARFUL = "FEARFUL"
    DISGUSTED = "DISGUSTED"
    SURPRISED = "SURPRISED"
    UNKNOWN = "EMO_UNKNOWN"


class EventKind(_Tag):
    """Sound events of SenseVoiceSmall, by the names its own tags use."""

    LAUGHTER = "Laughter"
    APPLAUSE = "Applause"
    BGM = "BGM"
    CRY = "Cry"
    COUGH = "Cough"
    SNEEZE = "Sneeze"
    BREATH = "Breath"


class Size(StrEnum):
    """How many people laugh."""

    ONE = "one"
    SOME = "some"
    HOUSE = "house"


class Channel(StrEnum):
    """Which channels of an audio track are listened to."""

    MIX = "mix"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word: in Chinese, Cantonese and Japanese one character or Latin run, else one
    space-separated word. Punctuation belongs to the word it follows (or opens).

    ``space_before`` tells whether a space parts it from the word before, so that
    ``join_words(segment.words) == segment.text``.
    """

    text: str
    start: float
    end: float
    probability: float
    space_before: bool = False


def join_words(words: Iterable[Word]) -> str:
    """Text of consecutive words, spaced as the recogniser spaced them."""
    return "".join((" " if w.space_before else "") + w.text for w in words).strip()


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech that was recognised in one piece.

    Attributes:
        events: probability of each event kind being the segment's main sound, as the model's own
            event query gives it for the whole segment (no time within it).
        probability: geometric mean of its tokens' probabilities; None in older documents.
        speaker: who speaks; None where nobody told speakers apart, or nothing tells. A segment
            ends where another speaker begins.
    """

    start: float
    end: float
    text: str
    words: tuple[Word, ...]
    language: Language
    language_probability: float
    emotion: Emotion
    emotion_probability: float
    events: Mapping[EventKind, float] = field(default_factory=dict)
    probability: float | None = None
    speaker: str | None = None


class _Interval:
    """What begins and ends."""

    __slots__ = ()
    start: float
    end: float

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class EventSpan(_Interval):
    """A sound event with its onset, offset, and highest and mean probability in between.

    Attributes:
        size: how many people laugh; None for other kinds, and where that can't be told.
        finer: AudioSet's label for what it is more exactly, such as ``Cheering``; None where the
            tagger is not sure of any.
        recording: number of the recording, from 1, that is played here and elsewhere in the video,
            as laughter from a library is; None for what is heard once.
    """

    kind: EventKind
    start: float
    end: float
    peak: float
    mean: float
    size: Size | None = None
    finer: str | None = None
    recording: int | None = None

    @property
    def label(self) -> str:
        """Its kind as people write it: ``laughter``."""
        return self.kind.label

    @property
    def canned(self) -> bool:
        """Whether it is a recording that is played more than once."""
        return self.recording is not None


@dataclass(frozen=True, slots=True)
class SpeakerTurn(_Interval):
    """One speaker speaks, with pauses no longer than a breath. Turns that overlap are two people
    at once.

    Attributes:
        speaker: what the speaker is called.
        probability: how sure it is that this speaker speaks, over its length (0 to 1).
    """

    speaker: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class Passage(_Interval):
    """Speech that stands out: in an emotion, or because a point is made, such as a decision.

    Attributes:
        label: the emotion, as in ``angry``, or the name of the point, as in ``decision``.
        peak, mean: how sure that is, 0 to 1: at most, and over its length.
        speaker: who speaks; None where that is not known, or several do.
    """

    label: str
    start: float
    end: float
    peak: float
    mean: float
    speaker: str | None = None


Reason = EventSpan | Passage
"""Why a clip is a highlight; whatever it is has a label, a start, an end, a peak and a mean."""


@dataclass(frozen=True, slots=True)
class Document:
    """Speech, events and shots of one video, on one clock.

    ``vidtag.core.document`` has its JSON form.

    Attributes:
        settings: the LISTEN settings that acted, as plain data; nothing in them is left open.
        segments: speech, ordered by start, not overlapping.
        events: spans of all kinds, ordered by start; kinds may overlap each other.
        shots: times of the first frames of new shots, in order; empty where nobody looked.
        turns: who speaks when, ordered by start; empty where nobody told speakers apart.
        digests, listening_version: see ``vidtag.listening.identity``; none in older documents.
        notes: things the user should know, such as "no speech was found".
        words_from: the transcript that the words are from; None where they were recognised.
        names: what the last run called the speakers (``vidtag.core.cast.called``), for commands
            that are given no names.
    """

    media: Media
    model: ModelInfo
    settings: Mapping[str, object]
    segments: tuple[Segment, ...]
    events: tuple[EventSpan, ...]
    notes: tuple[str, ...] = ()
    shots: tuple[float, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    listening_version: int = 0
    turns: tuple[SpeakerTurn, ...] = ()
    version: int = DOCUMENT_VERSION
    words_from: WordsFrom | None = None
    names: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[Word, ...]:
        """All words, in order."""
        return tuple(word for segment in self.segments for word in segment.words)

    @property
    def speakers(self) -> tuple[str, ...]:
        """Everybody who speaks, in the order of their first words; then who says none."""
        told = (segment.speaker for segment in self.segments)
        heard = (turn.speaker for turn in self.turns)
        return tuple(dict.fromkeys(name for name in (*told, *heard) if name is not None))

    @property
    def tagger(self) -> str | None:
        """The sound tagger that listened beside the model, by name or file; None if none did."""
        value: object = self.settings
        for key in ("events", "tagger", "model"):
            value = value.get(key) if isinstance(value, Mapping) else None
        return value if isinstance(value, str) and value != AUTO else None


class CueKind(StrEnum):
    """What a cue shows."""

    SPEECH = "speech"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle: plain text lines (no markup of any format) shown from start to end.

    Attributes:
        markers: which of the lines, counted from 0, are markers such as ``[laughter]``.
        speaker: who speaks; None where nobody told speakers apart, or two speak.
        speakers: who speaks in each line, where two speak; else empty.
    """

    start: float
    end: float
    lines: tuple[str, ...]
    kind: CueKind = CueKind.SPEECH
    language: Language | None = None
    emotion: Emotion | None = None
    markers: tuple[int, ...] = ()
    speaker: str | None = None
    speakers: tuple[str, ...] = ()

    def speaker_of(self, line: int) -> str | None:
        """Who speaks in a line, counted from 0."""
        return self.speakers[line] if len(self.speakers) == len(self.lines) else self.speaker

    @property
    def text(self) -> str:
        """Lines joined by newlines."""
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Clip(_Interval):
    """A highlight: what to cut, why, how good it is (0 to 1), and what to call it.

    Attributes:
        speaker: who says what it was chosen for, or what an event is about; None if not known.
    """

    start: float
    end: float
    reason: tuple[Reason, ...]
    score: float
    title: str
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage has come; ``done`` and ``total`` are in the stage's own unit."""

    stage: str
    done: float
    total: float
    detail: str = ""


OnProgress = Callable[[Progress], None]
"""Called with progress, often and maybe from another thread; must return at once."""


def ignore_progress(progress: Progress) -> None:
    """For callers who do not follow progress."""
