"""The answers of the API, as models: they are what ``/api/openapi.json`` describes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from vidtag.core.names import PageLanguage
from vidtag.core.records import CueKind, Emotion, EventKind, Language
from vidtag.listening.events.labelled import Answer
from vidtag.listening.events.questions import About
from vidtag.listening.events.tuning import Part
from vidtag.web.tasks import TaskState


class Stage(BaseModel):
    """How far a stage of a task is, 0 to 1."""

    stage: str
    share: float


class TaskAnswer(BaseModel):
    """How far a task is."""

    state: TaskState
    waiting_for: int
    error: str
    stages: list[Stage]
    seconds: float
    """Since it began."""


class JobAnswer(TaskAnswer):
    """A job: its file is listened to, and then there are results."""

    id: str
    name: str
    everything: TaskAnswer | None
    edited: bool
    kept: bool
    found: dict[str, int] | None
    links: dict[str, str]


class FaultAnswer(BaseModel):
    """A rule that a cue breaks."""

    rule: str
    detail: str
    forced: str | None


class CueAnswer(BaseModel):
    """A cue."""

    id: str
    start: float
    end: float
    lines: list[str]
    kind: CueKind
    language: Language | None
    emotion: Emotion | None
    markers: list[int]
    speakers: list[int]
    """Who speaks: numbers of speakers, from 0."""
    edited: bool
    faults: list[FaultAnswer]


class WordsAnswer(BaseModel):
    """All words that were said, in columns."""

    texts: list[str]
    """Each with the space before it, if there is one."""
    starts: list[int]
    """In hundredths of a second."""
    lengths: list[int]
    """In hundredths of a second."""
    segments: list[int]
    """Numbers of the words that segments begin with."""
    speakers: list[str | None]
    """What they are called who speak in the segments."""


class NewsAnswer(BaseModel):
    """What changed since a revision."""

    revision: int
    whole: bool
    cues: list[CueAnswer]
    removed: list[str]
    can_undo: bool
    can_redo: bool
    edited: bool
    profile: str
    speakers: list[str]
    """What they are called, in the order in which they have names."""
    removable: int | None = None
    """Number of the one who was added last, if they say nothing: they can be removed."""
    note: str = ""


class ClipAnswer(BaseModel):
    """A highlight."""

    id: str
    start: float
    end: float
    score: float
    title: str
    reasons: list[str]
    own: bool
    reel: bool
    social: bool
    crop: float | None


class ClipsAnswer(BaseModel):
    """All clips, in their order."""

    revision: int
    clips: list[ClipAnswer]
    dropped: list[ClipAnswer]
    settings: dict[str, Any]
    can_undo: bool
    can_redo: bool


class ProjectAnswer(BaseModel):
    """A project in the folder."""

    id: str
    name: str
    changed: float
    edited: bool


class ProjectsAnswer(BaseModel):
    """All projects, the latest first; ``folder`` is null where none is kept."""

    folder: str | None
    projects: list[ProjectAnswer]


class PlainCue(BaseModel):
    """A cue as earlier versions of the API have it."""

    start: float
    end: float
    lines: list[str]
    kind: CueKind
    language: Language | None
    emotion: Emotion | None
    markers: list[int]


class PlainFault(FaultAnswer):
    """A rule that is broken by the cue of that number, from 0."""

    cue: int


class CheckedCues(BaseModel):
    """The cues, and the rules they break."""

    edited: bool
    profile: str
    cues: list[PlainCue]
    faults: list[PlainFault]


LaneKind = Literal["event", "speaker", "language", "emotion"]


class Lane(BaseModel):
    """Stretches of time with a name: laughter, a speaker, a language, an emotion."""

    id: str
    kind: LaneKind
    name: str
    colour: str
    spans: list[tuple[float, float]]


class LimitsAnswer(BaseModel):
    """What the house style asks of one language."""

    line_length: float
    cps: float
    half_width: float


class WorkAnswer(BaseModel):
    """What the page needs to know of a job besides its cues and clips."""

    id: str
    name: str
    duration: float
    frame_rate: float
    picture: bool
    playable: bool
    kept: bool
    note: str
    model: str
    shots: list[float]
    lanes: list[Lane]
    profile: str
    profiles: list[str]
    gap_frames: int
    min_duration: float
    max_duration: float
    max_lines: int
    limits: dict[str, LimitsAnswer]
    formats: dict[str, str]
    timelines: list[str]
    language: PageLanguage


class QuestionAnswer(BaseModel):
    """A span that is asked about, and what was answered."""

    kind: EventKind
    start: float
    end: float
    part: Part
    """``whole`` asks whether it is such an event, ``end`` whether one goes on there."""
    answer: Answer | None


class LearntAnswer(BaseModel):
    """What was answered about a kind, and what that changes: each value before and after."""

    kind: EventKind
    yes: int
    no: int
    on: tuple[float, float]
    off: tuple[float, float]
    shift: tuple[float, float] | None
    """Of the tagger's word; null where that doesn't count."""


class RemarkAnswer(BaseModel):
    """What to know about the answers; of one kind, if of any."""

    about: About
    kind: EventKind | None


class LabelsAnswer(BaseModel):
    """Questions about events, their answers, and what these teach."""

    task: TaskAnswer | None
    """Finds the questions; null until that was requested."""
    fingerprint: str
    """Of the video."""
    candidates: int
    """How many spans could be asked about."""
    questions: list[QuestionAnswer]
    """In the order in which they are put; empty until ``task`` is done."""
    learnt: list[LearntAnswer]
    remarks: list[RemarkAnswer]
    file: str
    """Name of the file of answers."""
    setting: str
    """The line of YAML that makes it act."""
