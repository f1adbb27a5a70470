"""The settings of who speaks: how speakers are told apart, and what they are called."""

from __future__ import annotations

import re
from typing import Self

from pydantic import Field, field_validator, model_validator

from vidtag.core.names import SpeakerSource, VoiceModelName
from vidtag.core.settings.section import PathText, Section

_COUNT = re.compile(r"off|auto|channels|tracks(:\d+(,\d+)+)?|[1-9]\d?|[1-9]\d?-[1-9]\d?")


class SpeakersConfig(Section):
    """Whether and how speakers are told apart."""

    count: str = Field(
        "off",
        description="tell speakers apart by their voices: auto finds out how many there are; or "
        "a number, or a range such as 2-4; needs the extra vidtag[speakers]; channels takes the "
        "left and the right one for a speaker each, as in calls, and tracks the audio tracks, all "
        "or some (tracks:1,2), as with a microphone for each; these need no extra",
    )
    model: VoiceModelName = Field(
        "cam++zh-en",
        description="cam++zh-en comes with the extra; cam++ is FunASR's, trained on Chinese alone, "
        "and is fetched",
    )
    voices: PathText | None = Field(
        None,
        description="file of known voices that `vidtag speakers enrol` has written, relative to "
        "this file; null is your own, if there is one",
    )

    @field_validator("count", mode="before")
    @classmethod
    def _a_number_is_a_count(cls, value: object) -> object:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("count")
    @classmethod
    def _is_a_count(cls, value: str) -> str:
        if not _COUNT.fullmatch(value):
            raise ValueError(
                "must be auto, off, channels, tracks, some tracks such as tracks:1,2, a number, "
                "or a range such as 2-4"
            )
        return value

    @model_validator(mode="after")
    def _range_ascends(self) -> Self:
        least, most = self.bounds
        if most is not None and least > most:
            raise ValueError(f"count ({self.count}) must ascend, such as 2-4")
        _, _, listed = self.count.partition(":")
        tracks = listed.split(",")
        if len({*tracks}) < len(tracks):
            raise ValueError(f"count ({self.count}) names a track twice")
        return self

    def acting(self) -> dict[str, object]:
        """The settings that act, as plain data; the file of known voices counts by its digest."""
        names = {"count", "model"} if self.by == "voices" else {"count"}
        return self.model_dump(mode="json", include=names)

    @property
    def by(self) -> SpeakerSource:
        """What speakers are told apart by."""
        if self.count == "off":
            return "off"
        if self.count == "channels":
            return "channels"
        return "tracks" if self.count.startswith("tracks") else "voices"

    @property
    def apart(self) -> bool:
        """Whether each speaker has sound of their own, a channel or a track."""
        return self.by in ("channels", "tracks")

    @property
    def bounds(self) -> tuple[int, int | None]:
        """Fewest and most speakers; None where there is no limit."""
        if not self.count[0].isdigit():
            return 1, None
        least, _, most = self.count.partition("-")
        return int(least), int(most or least)


class CastConfig(Section):
    """What the speakers are called."""

    names: tuple[str, ...] = Field(
        (),
        description="names in the order in which the speakers are first heard: [Ana, Ben]; where "
        "channels or tracks are speakers, in their order; the others are called Speaker 3 "
        "and so on",
    )

    @model_validator(mode="after")
    def _names_are_names(self) -> Self:
        if any(not name.strip() or "\n" in name for name in self.names):
            raise ValueError("names: one is empty, or has more than one line")
        if len(set(self.names)) < len(self.names):
            raise ValueError("names: two are alike")
        return self
