"""Settings: what can be chosen, with defaults that do the right thing.

The models here are the one source of every default, of ``vidtag config`` (commented YAML) and of
``vidtag config --schema``. The sections ``audio``, ``video``, ``model``, ``vad``, ``recognition``
and ``events`` decide what is heard and seen (changing one means doing that again); the others only
decide what is shown. ``vidtag.core.configfile`` reads them from YAML.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from vidtag.core.records import Channel, Emotion, EventKind

Probability = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0)]
Weight = Annotated[float, Field(gt=0)]

NumberType = Literal["auto", "float32", "bfloat16", "float16"]
SubtitleFormat = Literal["srt", "ass", "vtt", "ttml", "json", "txt", "rich", "karaoke"]
TimelineFormat = Literal["otio", "fcp7", "fcpxml", "edl", "losslesscut", "audacity", "chapters"]
KNOWN_POINTS = ("decision", "dispute", "idea")
"""Points for which vidtag has phrases in every language of the model."""

SubtitleProfile = Literal["netflix", "bbc", "youtube", "social"]
CutMode = Literal["smart", "exact", "copy"]


class Section(BaseModel):
    """A group of settings: closed, so that a misspelt key is an error, and immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class AudioConfig(Section):
    """Which sound of the video is listened to."""

    track: int | None = Field(
        None, ge=0, description="audio track, counted from 0; null takes the container's default"
    )
    channel: Channel = Field(
        Channel.MIX, description="mix of all channels, or only the left or right one"
    )


class VideoConfig(Section):
    """What is looked for in the picture."""

    shots: Literal["on", "off"] = Field(
        "off",
        description="on finds where the picture cuts to another shot, for subtitles and clips to "
        "keep to; that decodes the whole picture, which takes longer than listening",
    )


class ModelConfig(Section):
    """Which model listens, and where it runs."""

    name: str = Field(
        "iic/SenseVoiceSmall",
        min_length=1,
        description="hub id, local folder, or 'pocket' (bundled, knows only its synthetic world)",
    )
    hub: Literal["ms", "hf"] = Field(
        "ms", description="where hub ids are fetched from: ModelScope or Hugging Face"
    )
    revision: str | None = Field(None, description="pin a hub revision")
    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        description="auto, cpu, cuda, cuda:N or mps",
    )
    number_type: NumberType = Field(
        "auto",
        description="what the network computes in: float32, bfloat16 or float16; auto takes 16 "
        "bits where the device is faster with them",
    )
    language: Literal["auto", "zh", "en", "yue", "ja", "ko"] = Field(
        "auto", description="auto detects the language of every segment by itself"
    )
    itn: bool = Field(True, description="write punctuation and numbers as figures")


class VadConfig(Section):
    """How speech is cut into segments; it never decides whether an event exists."""

    name: Literal["silero", "fsmn-vad"] = Field(
        "silero", description="silero is bundled; fsmn-vad is fetched from the model hub"
    )
    threshold: Probability = Field(0.5, description="speech probability that opens a segment")
    min_silence: Seconds = Field(0.3, description="seconds of silence that close a segment")
    max_segment: float = Field(
        30.0, ge=1, le=60, description="longest segment, in seconds, before it is cut at a pause"
    )
    merge_vad: bool = Field(True, description="join neighbouring segments")
    merge_length_s: float = Field(
        15.0, ge=0, le=60, description="length, in seconds, up to which segments are joined"
    )


class RecognitionConfig(Section):
    """How segments are recognised."""

    batch_size_s: float = Field(
        60.0, gt=0, description="seconds of audio, padding included, recognised at once"
    )
    word_times: Literal["drawn", "funasr"] = Field(
        "drawn",
        description="drawn corrects the model's delay and draws word edges to pauses in the sound; "
        "funasr leaves the times as FunASR gives them",
    )
    emotion_split: Probability = Field(
        0.9,
        description="a part of a joined segment that is so surely of another emotion, heard by "
        "itself, becomes a segment of its own; 1 leaves joined segments whole",
    )


class EventKindConfig(Section):
    """When the probability of one kind of event becomes a span."""

    on: Probability = Field(0.6, description="a span counts where the probability reaches this")
    off: Probability = Field(0.35, description="and lasts as long as it stays above this")
    min_duration: Seconds = Field(0.4, description="shorter spans are dropped")
    merge_gap: Seconds = Field(0.5, description="spans closer than this are one")
    edge: float = Field(
        0.25,
        ge=0,
        lt=0.5,
        description="share of the window by which a span begins too early and ends too late",
    )
    sustain: Seconds = Field(
        0.0, description="on must be reached by the mean of so many seconds, not by one moment"
    )
    smooth: Seconds = Field(
        0.0, description="the curve is averaged over so many seconds before anything else"
    )
    window: float | None = Field(
        None, ge=0.5, le=10, description="window for this kind alone; null takes the common one"
    )

    @model_validator(mode="after")
    def _off_is_not_above_on(self) -> Self:
        if self.off > self.on:
            raise ValueError(f"off ({self.off:g}) must not be above on ({self.on:g})")
        return self


def _event_kinds() -> dict[EventKind, EventKindConfig]:
    return {
        EventKind.LAUGHTER: EventKindConfig(on=0.6, off=0.3, merge_gap=0.8),
        EventKind.APPLAUSE: EventKindConfig(on=0.6, off=0.3, min_duration=0.6, merge_gap=0.8),
        EventKind.BGM: EventKindConfig(
            on=0.6, off=0.3, min_duration=3.0, merge_gap=3.0, edge=0.1, smooth=2.0
        ),
        EventKind.CRY: EventKindConfig(min_duration=0.6),
        EventKind.COUGH: EventKindConfig(min_duration=0.2, edge=0.3),
        EventKind.SNEEZE: EventKindConfig(min_duration=0.2),
        EventKind.BREATH: EventKindConfig(on=0.8, off=0.5, min_duration=0.3),
    }


class TaggerConfig(Section):
    """A second opinion on events: a general sound tagger, run through sherpa-onnx."""

    model: str | None = Field(
        None, description="its .onnx file (zipformer or CED), relative to this file; null is none"
    )
    labels: str | None = Field(
        None, description="its label file; null is class_labels_indices.csv beside the model"
    )
    weight: Probability = Field(
        0.5, description="its share of the vote: 0 ignores it, 1 listens to nothing else"
    )
    threads: int = Field(1, ge=1, description="threads it computes with")


class EventsConfig(Section):
    """How sound events are found: a window slides over all the audio."""

    window: float = Field(1.0, ge=0.5, le=10, description="length of the window, in seconds")
    hop: float = Field(
        2.0, ge=0.06, le=5, description="seconds between two windows where nothing happens"
    )
    fine_hop: float = Field(
        0.125, ge=0.02, le=5, description="and where an event begins or ends, about"
    )
    snap: float = Field(
        0.25,
        ge=0,
        le=1,
        description="an edge moves up to so many seconds to where the sound itself begins or ends",
    )
    kinds: dict[EventKind, EventKindConfig | None] = Field(
        default_factory=dict,
        description="thresholds per kind, each over its default (a model may bring its own); "
        "null does not look for a kind",
    )
    tagger: TaggerConfig = TaggerConfig()

    @field_validator("kinds", mode="wrap")
    @classmethod
    def _over_defaults(cls, value: Any, validate: Callable[[Any], Any]) -> Any:
        """Lay what is given over the defaults, so that tuning one kind leaves the others, and keep
        in mind what was given: a model's own settings take the place of the rest.
        """
        if not isinstance(value, Mapping):
            return validate(value)
        merged: dict[Any, Any] = {
            kind.value: row.model_dump() for kind, row in _event_kinds().items()
        }
        given: dict[Any, set[str]] = {}
        for kind, row in value.items():
            default = merged.get(kind)
            if isinstance(row, Mapping) and isinstance(default, Mapping):
                given[kind] = set(row)
                row = {**default, **row}
            elif row is not None:
                given[kind] = set(EventKindConfig.model_fields)
            merged[kind] = row
        return {
            kind: row
            and EventKindConfig.model_construct(given.get(kind, set()), **row.model_dump())
            for kind, row in validate(merged).items()
        }

    def with_defaults(self, own: Mapping[EventKind, Mapping[str, float]]) -> EventsConfig:
        """The same settings, those that nobody gave as a model has them for itself."""
        kinds = dict(self.kinds)
        for kind, row in kinds.items():
            if row is not None:
                free = {k: v for k, v in own.get(kind, {}).items() if k not in row.model_fields_set}
                kinds[kind] = row.model_copy(update=free)
        return self.model_copy(update={"kinds": kinds})

    @model_validator(mode="after")
    def _windows_leave_no_gap(self) -> Self:
        if self.hop > 2 * self.window:
            raise ValueError(
                f"hop ({self.hop:g}) must not be above two windows ({2 * self.window:g}): too much "
                "between two windows would not be heard"
            )
        return self

    @property
    def wanted(self) -> dict[EventKind, EventKindConfig]:
        """The kinds that are looked for, in the order of ``EventKind``."""
        rows = ((kind, self.kinds.get(kind)) for kind in EventKind)
        return {kind: row for kind, row in rows if row is not None}


class SubtitlesConfig(Section):
    """What subtitles look like."""

    formats: tuple[SubtitleFormat, ...] = Field(("srt", "ass"), description="files to write")
    profile: SubtitleProfile = Field(
        "netflix", description="house style: lengths of lines, reading speed, gaps"
    )
    event_markers: bool = Field(True, description="show events such as [laughter]")
    marker_wording: dict[EventKind, str] = Field(
        default_factory=dict,
        description="your own markers, such as {Laughter: (they laugh)}; an empty one hides it",
    )
    language_tags: bool = Field(
        False, description="put the language before speech where it changes: [中文]"
    )
    emotion_tags: bool = Field(
        False, description="put the emotion before speech where it changes: [happily]"
    )
    emotion_probability: Probability = Field(
        0.7, description="an emotion is shown only from this probability on"
    )
    snap_before: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description="a subtitle that would appear up to so many seconds before a shot change "
        "appears on it, later than it is heard; editions of the guides differ, 0.3 is common",
    )
    crlf: bool = Field(False, description="end the lines of SRT files as Windows does")


class HighlightsConfig(Section):
    """Which moments become clips, and how they are cut."""

    enabled: bool = Field(True, description="cut highlight clips")
    kinds: dict[EventKind, Weight] = Field(
        default_factory=lambda: {EventKind.LAUGHTER: 1.0, EventKind.APPLAUSE: 1.0},
        description="kinds of event that make a highlight, each with its weight",
    )
    emotions: dict[Emotion, Weight] = Field(
        default_factory=dict,
        description="emotions that make a highlight, each with its weight: {ANGRY: 1.0}",
    )
    emotion_probability: Probability = Field(
        0.7, description="an emotion counts only from this probability on"
    )
    points: dict[str, Weight] = Field(
        default_factory=dict,
        description="points made in speech that make a highlight, each with its weight: "
        "decision, dispute, idea, or a name of your own that phrases has",
    )
    phrases: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="more phrases that tell a point, whatever the language: {decision: [ship it]}",
    )
    setup: Seconds = Field(
        12.0, description="at most so many seconds before the event, for what led to it"
    )
    tail: Seconds = Field(0.6, description="seconds kept after the event")
    merge_gap: Seconds = Field(2.5, description="reactions closer than this share one clip")
    min_duration: Seconds = Field(2.0, description="shorter clips are lengthened")
    max_duration: float = Field(60.0, gt=0, description="no clip is longer than this")
    min_score: Probability = Field(0.0, description="clips with a lower score are dropped")
    top: int | None = Field(None, ge=1, description="keep only the best so many; null keeps all")
    total_duration: float | None = Field(
        None, gt=0, description="keep the best clips up to so many seconds; null keeps all"
    )
    mode: CutMode = Field(
        "smart",
        description="smart copies what it can and encodes the edges; exact encodes all of a clip; "
        "copy encodes nothing, and begins at the keyframe before",
    )
    reel: bool = Field(True, description="also join the clips into one reel")
    reel_order: Literal["time", "score"] = Field(
        "time", description="clips of the reel as they come, or the best first"
    )
    reel_titles: bool = Field(False, description="show the title of each clip on a card before it")
    reel_from: Literal["clips", "social"] = Field(
        "clips", description="social makes the reel of the versions for phones"
    )
    social: bool = Field(
        False, description="also write each clip for phones, with its subtitles in the picture"
    )
    social_shape: Literal["vertical", "square", "source"] = Field(
        "vertical", description="9:16, 1:1, or the shape of the video"
    )
    social_fit: Literal["crop", "blur"] = Field(
        "crop",
        description="crop takes the part of the picture that draws the eye, blur all of it before "
        "a blurred background",
    )

    @model_validator(mode="after")
    def _reel_has_what_it_is_made_of(self) -> Self:
        if self.reel_from == "social" and not self.social:
            raise ValueError("reel_from: social needs social: true")
        return self

    @model_validator(mode="after")
    def _shortest_is_not_above_longest(self) -> Self:
        if self.min_duration > self.max_duration:
            raise ValueError(
                f"min_duration ({self.min_duration:g}) must not be above max_duration "
                f"({self.max_duration:g})"
            )
        return self

    @model_validator(mode="after")
    def _points_can_be_told(self) -> Self:
        taken = {kind.value.lower() for kind in EventKind} | {e.value.lower() for e in Emotion}
        for name in self.points:
            if name in taken:
                raise ValueError(f"points: {name!r} is an event or an emotion already")
            if name not in KNOWN_POINTS and not self.phrases.get(name):
                raise ValueError(
                    f"points: nothing tells {name!r}; list its phrases under phrases, or choose "
                    f"of {', '.join(KNOWN_POINTS)}"
                )
        if any(not phrase.strip() for phrases in self.phrases.values() for phrase in phrases):
            raise ValueError("phrases: one is empty")
        return self

    @property
    def weights(self) -> dict[str, float]:
        """Weight of everything that makes a highlight, by its label."""
        return {
            **{kind.value.lower(): weight for kind, weight in self.kinds.items()},
            **{emotion.value.lower(): weight for emotion, weight in self.emotions.items()},
            **self.points,
        }


class ReportConfig(Section):
    """The page that shows everything at once."""

    enabled: bool = Field(True, description="write NAME.report.html")
    language: Literal["en", "zh"] = Field("en", description="language of the report itself")


class TimelinesConfig(Section):
    """Timelines for editing programs: the whole source with markers, and the highlights cut."""

    formats: tuple[TimelineFormat, ...] = Field(
        (),
        description="otio, fcp7 (Premiere, Resolve), fcpxml (Final Cut), edl, losslesscut, "
        "audacity, chapters (YouTube)",
    )


class OutputConfig(Section):
    """Where results go."""

    folder: str | None = Field(
        None, description="relative to this file; null is NAME.vidtag/ in the current folder"
    )
    overwrite: bool = Field(False, description="write even over subtitles edited by hand")
    relisten: bool = Field(
        False, description="listen again even if a document with the same settings is there"
    )


class Config(Section):
    """All settings of one run."""

    inputs: tuple[str, ...] = Field((), description="videos; relative to this file")
    audio: AudioConfig = AudioConfig()
    video: VideoConfig = VideoConfig()
    model: ModelConfig = ModelConfig()
    vad: VadConfig = VadConfig()
    recognition: RecognitionConfig = RecognitionConfig()
    events: EventsConfig = EventsConfig()
    subtitles: SubtitlesConfig = SubtitlesConfig()
    highlights: HighlightsConfig = HighlightsConfig()
    report: ReportConfig = ReportConfig()
    timelines: TimelinesConfig = TimelinesConfig()
    output: OutputConfig = OutputConfig()

    def listen_settings(self) -> dict[str, object]:
        """The settings that decide what is heard, as plain data: part of a document's identity.

        Where the model runs and how much it takes at once do not change what it hears.
        """
        settings = self.model_dump(
            mode="json",
            include={"audio", "video", "model", "vad", "recognition", "events"},
            exclude={
                "model": {"device"},
                "recognition": {"batch_size_s"},
                "events": {"tagger": {"threads"}},
            },
        )
        return dict(sorted(settings.items()))

    def output_folder(self, video: Path) -> Path:
        """Folder the results of one video go to."""
        return Path(self.output.folder) if self.output.folder else Path(f"{video.stem}.vidtag")
