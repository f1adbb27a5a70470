"""What clients send, as models: the queries and JSON bodies of API and page.

Values are optional and mean "as the job has it" or "the default of the settings". Bounds are those
of the settings: values are checked by the section of the settings that they belong to.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vidtag.core.errors import UserError
from vidtag.core.names import SpokenLanguage
from vidtag.core.records import Cue, CueKind, Emotion, EventKind, Language
from vidtag.core.settings import KNOWN_POINTS, Config, HighlightsConfig
from vidtag.web.offered_styles import OfferedStyles

MAX_CUES = 100_000
OFFERED_EVENTS = (EventKind.LAUGHTER, EventKind.APPLAUSE, EventKind.CRY)
OFFERED_EMOTIONS = (Emotion.ANGRY, Emotion.HAPPY)
OFFERED_POINTS = KNOWN_POINTS
"""What the page offers as reasons for a highlight."""
_NEW_WEIGHT = 1.0
"""Weight of a reason that the settings do not have yet."""


class _Closed(BaseModel):
    """A model that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid")


class ListenOptions(_Closed):
    """What a user may choose before listening."""

    language: SpokenLanguage | None = None
    model: str | None = Field(None, description="one of those offered; the first by default")
    profile: str | None = Field(
        None, max_length=100, description="house style, one of those offered; the first by default"
    )

    def config(self, offered: tuple[str, ...], styles: OfferedStyles) -> Config:
        """Settings with these values.

        Args:
            offered: models that may be chosen, the default first.
            styles: house styles that may be, alike.

        Raises:
            UserError: the model or the style is not among them.
        """
        model = offered[0] if self.model is None else self.model
        if model not in offered:
            raise UserError(
                f"the model {model!r} is not offered here",
                remedy=f"choose one of {', '.join(offered)}",
            )
        style = styles.default if self.profile is None else styles.named(self.profile)
        values: dict[str, object] = {"model.name": model, "subtitles.profile": style}
        if self.language is not None:
            values["model.language"] = self.language
        return Config().with_values(values)


class PostQuery(ListenOptions):
    """Query of a request that posts a file."""

    name: str = Field("", max_length=1000, description="name of the file in the body")
    path: str = Field("", max_length=4000, description="a file in an allowed folder, in its place")


class HighlightsQuery(_Closed):
    """Settings of the section ``highlights`` that select clips; what is left out is the job's."""

    min_score: float | None = None
    setup: float | None = None
    tail: float | None = None
    merge_gap: float | None = None
    min_duration: float | None = None
    max_duration: float | None = None
    top: int | None = None
    total_duration: float | None = None

    def values(self) -> dict[str, object]:
        """The settings that were given, by name within their section."""
        names = HighlightsQuery.model_fields.keys()
        return self.model_dump(include=set(names), exclude_unset=True)


class ClipQuery(HighlightsQuery):
    """Query for one clip: by which settings it is counted, and when it begins."""

    start: float | None = Field(None, description="409 if the clip does not begin at this second")


class PageSelection(HighlightsQuery):
    """The state of the page's controls for highlights."""

    reasons: list[Annotated[str, Field(max_length=100)]] = Field(max_length=100)
    top: int | None = Field(None, ge=0, description="0 keeps all")

    def values_over(self, style: HighlightsConfig) -> dict[str, object]:
        """The settings with these reasons and no others; reasons the job has keep their weights."""
        chosen: dict[str, object] = {
            **self.values(),
            "kinds": {
                kind: style.kinds.get(kind, _NEW_WEIGHT)
                for kind in OFFERED_EVENTS
                if kind.value in self.reasons
            },
            "emotions": {
                emotion: style.emotions.get(emotion, _NEW_WEIGHT)
                for emotion in OFFERED_EMOTIONS
                if emotion.value in self.reasons
            },
            "points": {
                point: style.points.get(point, _NEW_WEIGHT)
                for point in OFFERED_POINTS
                if point in self.reasons
            },
        }
        if "top" in chosen:
            chosen["top"] = self.top or None
        return chosen


class EditedCue(_Closed):
    """A cue as a client sends it."""

    start: float = Field(ge=0, le=1e6)
    end: float = Field(ge=0, le=1e6)
    lines: list[Annotated[str, Field(max_length=500)]] = Field(max_length=20)
    kind: CueKind = CueKind.SPEECH
    language: Language | None = None
    emotion: Emotion | None = None
    markers: list[int] = Field(default_factory=list, max_length=20)

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> EditedCue:
        if self.end <= self.start:
            raise ValueError("a cue must end after it starts")
        return self

    def cue(self) -> Cue:
        """The same as a record: lines without white space around them, empty ones left out."""
        lines = tuple(plain for line in self.lines if (plain := " ".join(line.split())))
        markers = tuple(number for number in self.markers if 0 <= number < len(lines))
        return Cue(
            start=round(self.start, 3),
            end=round(self.end, 3),
            lines=lines,
            kind=self.kind,
            language=self.language,
            emotion=self.emotion,
            markers=markers,
        )


EditedCues = Annotated[list[EditedCue], Field(max_length=MAX_CUES)]
