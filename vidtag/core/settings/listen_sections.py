"""The settings of LISTEN: they decide what the document holds; after a change it is made anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Literal, Self

from pydantic import Field, model_validator

from vidtag.core.names import AUTO, SENSEVOICE, Hub, NumberType, SpokenLanguage, VadName
from vidtag.core.records import Channel, EventKind
from vidtag.core.settings.section import PathText, Probability, Seconds, Section
from vidtag.core.settings.tuned_events import TunedEvents


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

    name: PathText = Field(
        SENSEVOICE,
        min_length=1,
        description="hub id, local folder, or 'pocket' (bundled, knows only its synthetic world)",
    )
    hub: Hub = Field("ms", description="where hub ids are fetched from: ModelScope or Hugging Face")
    revision: str | None = Field(None, description="pin a hub revision")
    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        description="auto, cpu, cuda, cuda:N or mps",
    )
    number_type: NumberType = Field(
        "auto",
        description="what the network computes in: float32, bfloat16, float16 or int8; auto takes "
        "16 bits, or 8 on x86 CPUs without matrix tiles, where the device is faster so",
    )
    language: SpokenLanguage = Field(
        "auto", description="auto detects the language of every segment by itself"
    )
    itn: bool = Field(True, description="write punctuation and numbers as figures")


class VadConfig(Section):
    """How speech is cut into segments; it never decides whether an event exists."""

    name: VadName = Field(
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

    batch_size_s: float | None = Field(
        None, gt=0, description="seconds of audio at once; null is 60, or 32 a core, GPUs up to 600"
    )
    word_times: Literal["drawn", "funasr"] = Field(
        "drawn",
        description="drawn corrects the model's delay and draws word edges to pauses in the sound; "
        "funasr leaves the times as FunASR gives them",
    )
    emotion_split: Probability = Field(
        0.9,
        description="a part of a joined segment that, recognised by itself, has another emotion "
        "with at least this probability becomes a segment of its own; 1 leaves joined segments "
        "whole",
    )
    transcript: PathText | None = Field(
        None,
        min_length=1,
        description="take the words from this file: subtitles, JSON of whisper, whisperX or "
        "FunASR, or plain text; relative to this file, or with {stem} beside the video, as in "
        "'{stem}.srt'",
    )


class EventKindConfig(Section):
    """When the probability of one kind of event becomes a span. What is null is as the model has
    it (see ``calibration.json``), or else vidtag's default.
    """

    on: Probability | None = Field(
        None, description="a span counts where the probability reaches this"
    )
    off: Probability | None = Field(None, description="and lasts as long as it stays above this")
    min_duration: Seconds | None = Field(None, description="shorter spans are dropped")
    merge_gap: Seconds | None = Field(None, description="spans closer than this are one")
    edge: float | None = Field(
        None,
        ge=0,
        lt=0.5,
        description="share of the window by which a span begins too early and ends too late",
    )
    sustain: Seconds | None = Field(
        None, description="on must be reached by the mean of so many seconds, not by one moment"
    )
    smooth: Seconds | None = Field(
        None, description="the curve is averaged over so many seconds before anything else"
    )
    window: float | None = Field(
        None, ge=0.5, le=10, description="window for this kind alone; null takes the common one"
    )

    @model_validator(mode="after")
    def _off_is_not_above_on(self) -> Self:
        if self.on is not None and self.off is not None and self.off > self.on:
            raise ValueError(f"off ({self.off:g}) must not be above on ({self.on:g})")
        return self

    def over(self, default: EventKindSettings) -> EventKindSettings:
        """All settings of the kind: those given here, the others from ``default``.

        Where ``on`` and ``off`` come from both and do not fit, the given one holds.
        """
        given = {name: value for name in FIELDS if (value := getattr(self, name)) is not None}
        whole = replace(default, **given)
        if whole.off > whole.on:
            both = whole.on if "on" in given else whole.off
            whole = replace(whole, on=both, off=both)
        return whole


@dataclass(frozen=True, slots=True)
class EventKindSettings:
    """All settings of one kind of event; see ``EventKindConfig`` for what they mean."""

    on: float = 0.6
    off: float = 0.35
    min_duration: float = 0.4
    merge_gap: float = 0.5
    edge: float = 0.25
    sustain: float = 0.0
    smooth: float = 0.0
    window: float = 1.0


FIELDS = tuple(field.name for field in fields(EventKindSettings))

DEFAULT_KINDS: Mapping[EventKind, EventKindSettings] = {
    EventKind.LAUGHTER: EventKindSettings(on=0.6, off=0.3, merge_gap=0.8),
    EventKind.APPLAUSE: EventKindSettings(on=0.6, off=0.3, min_duration=0.6, merge_gap=1.2),
    EventKind.BGM: EventKindSettings(
        on=0.6, off=0.3, min_duration=3.0, merge_gap=3.0, edge=0.1, smooth=2.0
    ),
    EventKind.CRY: EventKindSettings(min_duration=0.6),
    EventKind.COUGH: EventKindSettings(off=0.2, min_duration=0.2, edge=0.3),
    EventKind.SNEEZE: EventKindSettings(min_duration=0.2),
    EventKind.BREATH: EventKindSettings(on=0.8, off=0.5, min_duration=0.3),
}
"""Where neither the user nor the model says anything else; the window is the common one."""

BESIDE_TAGGER: Mapping[EventKind, Mapping[str, float]] = {
    EventKind.LAUGHTER: {"off": 0.2, "min_duration": 0.5, "merge_gap": 1.2, "edge": 0.15},
    EventKind.APPLAUSE: {"off": 0.05},
}
"""What else holds by default where a tagger listens too: people laugh in pieces, and it hears the
quiet ones between the loud as little, nor those at both ends under speech; nor does it hear much of
the claps that begin and end under speech (docs/events.md)."""

Calibration = Mapping[EventKind, Mapping[str, float]]
"""Settings of event kinds that suit a model's own probabilities."""


class TaggerKindConfig(Section):
    """How a tagger's word on one kind of event counts. What is null is vidtag's default."""

    shift: float | None = Field(
        None,
        ge=-10,
        le=10,
        description="added to the log odds of its probability, so that on and off mean the same "
        "with it and without",
    )
    weight: Probability | None = Field(
        None, description="its share of the vote on this kind: 0 ignores it, 1 asks nobody else"
    )


@dataclass(frozen=True, slots=True)
class TaggerKindSettings:
    """Both settings of one kind; see ``TaggerKindConfig`` for what they mean."""

    shift: float = 0.0
    weight: float = 0.5


DEFAULT_TAGGER_KINDS: Mapping[EventKind, TaggerKindSettings] = {
    EventKind.LAUGHTER: TaggerKindSettings(shift=3.0),
    EventKind.APPLAUSE: TaggerKindSettings(shift=4.0, weight=0.75),
    EventKind.BGM: TaggerKindSettings(shift=0.4, weight=1.0),
    EventKind.CRY: TaggerKindSettings(),
    EventKind.COUGH: TaggerKindSettings(shift=3.0, weight=0.8),
    EventKind.SNEEZE: TaggerKindSettings(shift=4.0, weight=0.7),
    EventKind.BREATH: TaggerKindSettings(),
}
"""Measured with YAMNet on real clips (docs/events.md). Other AudioSet taggers are trained on the
same labels with the same loss, but have not been measured."""


class TaggerConfig(Section):
    """A second witness of events: a general sound tagger, trained on AudioSet."""

    model: PathText | None = Field(
        AUTO,
        description="auto is YAMNet beside a real model, where it is on this machine ('vidtag "
        "models fetch' brings it along); yamnet asks for it; or its .tflite or .onnx file, "
        "relative to this file: YAMNet or another that takes the waveform, or zipformer or CED as "
        "sherpa-onnx publishes them; null is none",
    )
    labels: PathText | None = Field(
        None,
        description="its label file; null is class_labels_indices.csv or yamnet_class_map.csv "
        "beside the model",
    )
    weight: Probability | None = Field(
        None,
        description="its share of the vote on all kinds: 0 ignores it, 1 listens to nothing else; "
        "null is vidtag's default for each kind",
    )
    kinds: dict[EventKind, TaggerKindConfig] = Field(
        default_factory=dict,
        description="how its word counts on single kinds, such as {Laughter: {shift: 2.1}}; what "
        "is not given is vidtag's default",
    )
    threads: int = Field(1, ge=1, description="threads it computes with")

    @property
    def acts(self) -> bool:
        """Whether there is a tagger; none where it is still open which."""
        return self.model not in (None, AUTO)

    def chosen(self, default: str | None) -> TaggerConfig:
        """The same settings where ``auto`` stands for ``default``."""
        return self.model_copy(update={"model": default}) if self.model == AUTO else self

    def settings_of(self, kind: EventKind) -> TaggerKindSettings:
        """How its word on a kind counts."""
        default = DEFAULT_TAGGER_KINDS[kind]
        given = self.kinds.get(kind, TaggerKindConfig())
        common = default.weight if self.weight is None else self.weight
        return TaggerKindSettings(
            shift=default.shift if given.shift is None else given.shift,
            weight=common if given.weight is None else given.weight,
        )

    def complete(self) -> TaggerConfig:
        """The same settings with no kind left open; as it is where there is no tagger."""
        if not self.acts:
            return self
        kinds = {
            kind: TaggerKindConfig.model_validate(asdict(self.settings_of(kind)))
            for kind in EventKind
        }
        return self.model_copy(update={"kinds": kinds})


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
        description="settings of single kinds, such as {Laughter: {on: 0.7}, BGM: null}: null does "
        "not look for a kind; what is not given is as the model has it, or vidtag's default",
    )
    tagger: TaggerConfig = TaggerConfig()
    tuned: TunedEvents | None = Field(
        None, description="what 'vidtag events label' learnt of this show: its file"
    )

    def with_calibration(self, calibration: Calibration) -> EventsConfig:
        """The same settings with nothing left open: every kind has all of its settings, as given,
        else as the model has them for itself, else by default; or is null.

        Settings of the model's own are about its probability alone. Beside a tagger they are left
        out: what is pooled is on the scale of the defaults.
        """
        if self.tagger.acts:
            calibration = {}
        kinds = {
            kind: EventKindConfig.model_validate(asdict(settings)) if settings else None
            for kind, settings in self._complete(calibration).items()
        }
        return self.model_copy(update={"kinds": kinds})

    @model_validator(mode="after")
    def _windows_leave_no_gap(self) -> Self:
        if self.hop > 2 * self.window:
            raise ValueError(
                f"hop ({self.hop:g}) must not be above two windows ({2 * self.window:g}): events "
                "between two windows would be missed"
            )
        return self

    @property
    def wanted(self) -> dict[EventKind, EventKindSettings]:
        """The kinds that are looked for, in the order of ``EventKind``, with all settings."""
        return {kind: row for kind, row in self._complete({}).items() if row is not None}

    def _complete(self, calibration: Calibration) -> dict[EventKind, EventKindSettings | None]:
        complete: dict[EventKind, EventKindSettings | None] = {}
        for kind in EventKind:
            beside = BESIDE_TAGGER.get(kind, {}) if self.tagger.acts else {}
            default = replace(DEFAULT_KINDS[kind], window=self.window, **beside)
            own = EventKindConfig.model_validate(calibration.get(kind, {})).over(default)
            given = self.kinds.get(kind, EventKindConfig())
            complete[kind] = None if given is None else given.over(own)
        return complete
