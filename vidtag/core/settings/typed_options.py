"""The settings as typed keyword options of the Python API: one ``TypedDict`` per section.

Field by field the same as the sections, which a test holds. Where a section has an enumeration its
names are taken too, a path object where it has a path, and any sequence or mapping where it has a
tuple or a dictionary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Literal, TypedDict

from vidtag.core.names import (
    AspectRatio,
    AspectRatioName,
    ChannelName,
    ChineseScript,
    CropPlaceName,
    CutMode,
    CutModeName,
    EmotionName,
    EncoderName,
    EventKindName,
    Framing,
    FramingName,
    Hub,
    LanguageName,
    MarkerLanguage,
    NumberType,
    PageLanguage,
    SpeechColours,
    SpokenLanguage,
    SubtitleFormat,
    SubtitleProfile,
    TextEncoding,
    VadName,
    VoiceModelName,
)
from vidtag.core.records import Channel, Emotion, EventKind, Language


class AudioOptions(TypedDict, total=False):
    """See :class:`~vidtag.core.settings.AudioConfig`."""

    track: int | None
    channel: Channel | ChannelName


class VideoOptions(TypedDict, total=False):
    """See :class:`~vidtag.core.settings.VideoConfig`."""

    shots: Literal["on", "off"]


class ModelOptions(TypedDict, total=False):
    """See :class:`~vidtag.core.settings.ModelConfig`."""

    name: str | PathLike[str]
    hub: Hub
    revision: str | None
    device: str
    number_type: NumberType
    language: SpokenLanguage
    itn: bool


class VadOptions(TypedDict, total=False):
    """See :class:`~vidtag.core.settings.VadConfig`."""

    name: VadName
    threshold: float
    min_silence: float
    max_segment: float
    merge_vad: bool
    merge_length_s: float


class RecognitionOptions(TypedDict, total=False):
    """See :class:`~vidtag.core.settings.RecognitionConfig`."""

    batch_size_s: float | None
    word_times: Literal["drawn", "funasr"]
    emotion_split: float
    transcript: str | PathLike[str] | None


class EventKindOptions(TypedDict, total=False):
    """See :class:`~vidtag.core.settings.EventKindConfig`."""

    on: float | None
    off: float | None
    min_duration: float | None
    merge_gap: float | None
    edge: float | None
    sustain: float | None
    smooth: float | None
    window: float | None


class TaggerKindOptions(TypedDict, total=False):
    """See :class:`~vidtag.core.settings.TaggerKindConfig`."""

    shift: float | None
    weight: float | None


class TaggerOptions(TypedDict, total=False):
    """See :class:`~vidtag.core.settings.TaggerConfig`."""

    model: str | PathLike[str] | None
    labels: str | PathLike[str] | None
    weight: float | None
    kinds: Mapping[EventKind | EventKindName, TaggerKindOptions]
    threads: int


class ListenerOptions(TypedDict, total=False):
    """See :class:`~vidtag.core.settings.ListenerConfig`."""

    name: str
    digest: str


class TunedKindOptions(TypedDict, total=False):
    """See :class:`~vidtag.core.settings.TunedKindConfig`."""

    on: float
    off: float
    shift: float | None


class TunedEventsOptions(TypedDict, total=False):
    """See :class:`~vidtag.core.settings.TunedEventsConfig`."""

    file: str
    model: ListenerOptions
    tagger: ListenerOptions | None
    kinds: Mapping[EventKind | EventKindName, TunedKindOptions]


class EventsOptions(TypedDict, total=False):
    """See :class:`~vidtag.core.settings.EventsConfig`."""

    window: float
    hop: float
    fine_hop: float
    snap: float
    kinds: Mapping[EventKind | EventKindName, EventKindOptions | None]
    tagger: TaggerOptions
    tuned: TunedEventsOptions | PathLike[str] | None


class SpeakersOptions(TypedDict, total=False):
    """See :class:`~vidtag.core.settings.SpeakersConfig`."""

    count: str
    model: VoiceModelName
    voices: str | PathLike[str] | None


class LanguageStyleOptions(TypedDict, total=False):
    """See :class:`~vidtag.core.settings.LanguageStyleConfig`."""

    characters: float | None
    vertical_characters: float | None
    tall_characters: float | None
    characters_a_second: float | None
    half_width: float | None
    min_duration: float | None
    gap: int | None
    close_gaps: bool | None
    dash: str | None


class HouseStyleOptions(TypedDict, total=False):
    """See :class:`~vidtag.core.settings.HouseStyleConfig`."""

    name: str
    based_on: SubtitleProfile
    lines: int | None
    min_duration: float | None
    max_duration: float | None
    gap: int | None
    close_below: float | None
    linger: float | None
    near_change: float | None
    capitals: bool | None
    languages: Mapping[Language | LanguageName, LanguageStyleOptions]


class SubtitlesOptions(TypedDict, total=False):
    """See :class:`~vidtag.core.settings.SubtitlesConfig`."""

    formats: Sequence[SubtitleFormat]
    profile: SubtitleProfile | PathLike[str] | HouseStyleOptions
    event_markers: bool
    marker_language: MarkerLanguage
    marker_detail: Literal["kind", "finer"]
    marker_wording: Mapping[EventKind | EventKindName, str]
    language_tags: bool
    emotion_tags: bool
    emotion_probability: float
    colours: SpeechColours
    speaker_names: Literal["off", "no-picture", "always"]
    snap_before: float
    crlf: bool
    bom: bool
    encoding: TextEncoding
    programme_start: str
    clean: bool
    name_language: str
    replace: Mapping[str, str]
    chinese: ChineseScript
    drop_fillers: bool


class HighlightsOptions(TypedDict, total=False):
    """See :class:`~vidtag.core.settings.HighlightsConfig`."""

    enabled: bool
    kinds: Mapping[EventKind | EventKindName, float]
    emotions: Mapping[Emotion | EmotionName, float]
    emotion_probability: float
    points: Mapping[str, float]
    phrases: Mapping[str, Sequence[str]]
    speakers: Sequence[str]
    turns: float | None
    exchanges: float | None
    setup: float
    tail: float
    merge_gap: float
    min_duration: float
    max_duration: float
    min_score: float
    top: int | None
    total_duration: float | None
    canned: Literal["keep", "leave-out"]
    mode: CutMode | CutModeName
    encoder: EncoderName
    strip_metadata: bool
    reel: bool
    reel_order: Literal["time", "score"]
    reel_titles: bool
    reel_from: Literal["clips", "social"]
    social: bool
    loudness: float | None
    social_shape: AspectRatio | AspectRatioName
    social_fit: Framing | FramingName
    social_crop: CropPlaceName | float | None
    social_crops: Mapping[str, CropPlaceName | float]


class ReportOptions(TypedDict, total=False):
    """See :class:`~vidtag.core.settings.ReportConfig`."""

    enabled: bool
    language: PageLanguage
    minutes: bool


class ListenOptions(TypedDict, total=False):
    """The sections of LISTEN, without the model's."""

    audio: AudioOptions
    video: VideoOptions
    vad: VadOptions
    recognition: RecognitionOptions
    events: EventsOptions
    speakers: SpeakersOptions
