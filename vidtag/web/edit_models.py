"""What clients send to change results."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vidtag.core.edits import KeptClip
from vidtag.core.names import QUESTIONS
from vidtag.listening.events.labelled import Answer
from vidtag.web.request_models import MAX_CUES, PageSelection

MOST_SPEAKERS = 100
Name = Annotated[str, Field(max_length=100)]
Moment = Annotated[float, Field(ge=0, le=1e6)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Timed(_Closed):
    start: Moment
    end: Moment

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> _Timed:
        if self.end <= self.start:
            raise ValueError("the end must come after the start")
        return self


class PutCue(_Timed):
    """A cue that is new or changed."""

    id: Name | None = Field(None, description="of the cue that it changes; a new one if left out")
    of: list[Name] = Field(
        default_factory=list, max_length=100, description="cues that it was made of"
    )
    lines: list[Annotated[str, Field(max_length=500)]] = Field(max_length=20)
    speaker: int | None = Field(
        None, ge=0, description="number of who says all of it; left out, whoever said it before"
    )
    new_speaker: Name | None = Field(
        None,
        description="name of who says all of it: somebody who was not heard apart, and is one of "
        "the speakers from now on; the speaker who is called so already, if there is one",
    )

    @model_validator(mode="after")
    def _is_said_by_one(self) -> PutCue:
        if self.speaker is not None and self.new_speaker is not None:
            raise ValueError("speaker or new_speaker, not both")
        if self.new_speaker is not None and not self.new_speaker.strip():
            raise ValueError("the new speaker has no name")
        return self


class CuePatch(_Closed):
    """Cues that take the place of others."""

    revision: int = Field(ge=0, description="what the client has seen")
    remove: list[Name] = Field(default_factory=list, max_length=MAX_CUES)
    put: list[PutCue] = Field(default_factory=list, max_length=MAX_CUES)


class PutClip(_Timed):
    """A clip that is new or changed."""

    id: Name | None = Field(None, description="of the clip that it changes; a new one if left out")
    title: str = Field("", max_length=300)
    dropped: bool = False
    reel: bool = True
    social: bool = True
    crop: float | None = Field(
        None,
        ge=0,
        le=1,
        description="where the crop of the social clip stays; null follows who speaks",
    )

    def kept(self, name: str) -> KeptClip:
        """The same as a record."""
        title = " ".join(self.title.split())
        return KeptClip(
            name, round(self.start, 3), round(self.end, 3), title,
            self.dropped, self.reel, self.social, self.crop,
        )  # fmt: skip


class ClipPatch(_Closed):
    """Clips that were made, changed or dropped."""

    revision: int = Field(ge=0, description="what the client has seen")
    put: list[PutClip] = Field(default_factory=list, max_length=1000)
    remove: list[Name] = Field(default_factory=list, max_length=1000)
    order: list[Name] | None = Field(
        None, max_length=2000, description="ids in their order; empty for the order of time"
    )


class SettingsPatch(_Closed):
    """Another house style, other thresholds of the highlights, or other names of the speakers."""

    profile: str | None = Field(None, max_length=100, description="one of those offered")
    highlights: PageSelection | None = None
    speakers: list[Name] | None = Field(
        None,
        max_length=MOST_SPEAKERS,
        description="names, in the order in which the results have them; one more adds a speaker",
    )
    remove_speaker: int | None = Field(
        None,
        ge=0,
        description="number of a speaker to remove: the one that edits call removable, who was "
        "added last and says nothing",
    )


class Known(_Closed):
    """Which revision a client has seen."""

    since: int = Field(-1, ge=-1, description="the last revision seen; everything if left out")


class Window(_Closed):
    """A part of the recording."""

    start: Moment
    end: Moment
    count: int = Field(2000, ge=1, le=20_000, description="values at most")


class OwnClip(_Timed):
    """A clip of any length that a client names by its times."""

    name: str = Field("clip", max_length=200)
    social: bool = Field(False, description="upright, with its subtitles in the picture")
    burnt: bool = Field(False, description="as it is, with its subtitles in the picture")

    @model_validator(mode="after")
    def _is_one_of_them(self) -> OwnClip:
        if self.social and self.burnt:
            raise ValueError("social or burnt, not both")
        return self


class QuestionCount(_Closed):
    """How many questions there shall be."""

    count: int = Field(QUESTIONS, ge=1, le=1000, description="those that are there included")


class LabelPatch(_Closed):
    """An answer to a question about an event."""

    fingerprint: Name = Field(description="of the video that was asked about")
    number: int = Field(ge=0, description="of the question, from 0")
    answer: Answer | None = Field(description="null takes back what was answered")
