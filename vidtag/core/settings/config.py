"""All settings of one run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from vidtag.core.names import result_stem
from vidtag.core.records import Channel
from vidtag.core.settings.listen_sections import (
    AudioConfig,
    EventsConfig,
    ModelConfig,
    RecognitionConfig,
    VadConfig,
    VideoConfig,
)
from vidtag.core.settings.section import Section
from vidtag.core.settings.show_sections import (
    HighlightsConfig,
    OutputConfig,
    ReportConfig,
    SubtitlesConfig,
    TimelinesConfig,
)
from vidtag.core.settings.source import SettingsSource
from vidtag.core.settings.speaker_sections import CastConfig, SpeakersConfig
from vidtag.core.settings.validation import validate
from vidtag.core.settings.values import Values, lay_values, plain


class Config(Section):
    """All settings of one run."""

    inputs: tuple[str, ...] = Field((), description="videos; relative to this file")
    audio: AudioConfig = AudioConfig()
    video: VideoConfig = VideoConfig()
    model: ModelConfig = ModelConfig()
    vad: VadConfig = VadConfig()
    recognition: RecognitionConfig = RecognitionConfig()
    events: EventsConfig = EventsConfig()
    speakers: SpeakersConfig = SpeakersConfig()
    cast: CastConfig = CastConfig()
    subtitles: SubtitlesConfig = SubtitlesConfig()
    highlights: HighlightsConfig = HighlightsConfig()
    report: ReportConfig = ReportConfig()
    timelines: TimelinesConfig = TimelinesConfig()
    output: OutputConfig = OutputConfig()

    @model_validator(mode="after")
    def _channels_are_free_to_be_speakers(self) -> Self:
        by = self.speakers.by
        if self.speakers.apart:
            if self.audio.channel is not Channel.MIX:
                raise ValueError(f"speakers.count: {by} hears all; leave audio.channel out")
            if self.recognition.transcript is not None:
                raise ValueError(
                    f"speakers.count: {by} hears the words of each; it can't take them from "
                    "recognition.transcript"
                )
        if by == "tracks" and self.audio.track is not None:
            raise ValueError("speakers.count: tracks says which are heard; leave audio.track out")
        return self

    def listen_settings(self) -> dict[str, object]:
        """The LISTEN settings as plain data: part of a document's identity.

        Left out are those that do not change the result: the device, the size of batches, where a
        transcript lies (its digest tells it), how speakers would be told apart if they were, and
        the name of the file that events were tuned by.
        """
        settings = self.model_dump(
            mode="json",
            include={"audio", "video", "model", "vad", "recognition", "events"},
            exclude={
                "model": {"device"},
                "recognition": {"batch_size_s", "transcript"},
                "events": {
                    "tagger": {"threads"},
                    "tuned": True if self.events.tuned is None else {"file"},
                },
            },
        )
        settings["speakers"] = self.speakers.acting()
        return dict(sorted(settings.items()))

    def with_values(self, values: Values) -> Self:
        """The same settings with others on top.

        Args:
            values: Python values by name, such as ``{"highlights.tail": 1.5}``; see
                :data:`~vidtag.core.settings.values.Values`.

        Raises:
            ConfigError: a name or a value is wrong.
        """
        data: dict[str, Any] = plain(self)
        lay_values(type(self), data, values)
        return validate(type(self), SettingsSource(data, {}))

    def output_folder(self, video: Path) -> Path:
        """Folder the results of one video go to."""
        return (
            Path(self.output.folder)
            if self.output.folder
            else Path(f"{result_stem(str(video))}.vidtag")
        )
