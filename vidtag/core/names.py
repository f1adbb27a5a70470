"""Names that several parts of vidtag share: one table for each kind of name.

A ``Literal`` lists what a setting may be; settings, typed options, commands and tables of formats
all take it from here. Where records have an enumeration, the ``Literal`` beside it lists the same
values for those who write plain text.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePath
from typing import Literal

from vidtag.core.file_names import usable_name

ChannelName = Literal["mix", "left", "right"]
EventKindName = Literal["Laughter", "Applause", "BGM", "Cry", "Cough", "Sneeze", "Breath"]
EmotionName = Literal[
    "HAPPY", "SAD", "ANGRY", "NEUTRAL", "FEARFUL", "DISGUSTED", "SURPRISED", "EMO_UNKNOWN"
]

LanguageName = Literal["zh", "yue", "en", "ja", "ko", "nospeech"]

SpokenLanguage = Literal["auto", "zh", "en", "yue", "ja", "ko"]
"""Languages the model can be set to; ``auto`` lets it decide."""

PageLanguage = Literal["en", "zh"]
"""Languages of the report, of plots and of the web page."""

SENSEVOICE = "iic/SenseVoiceSmall"
"""Hub id of the default model."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""This machine's names for itself."""

POCKET = "pocket"
"""Name of the bundled trial model."""

YAMNET = "yamnet"
"""Name of the sound tagger that listens beside a real model."""

AUTO = "auto"
"""What a setting is called that vidtag fills in by itself."""

Hub = Literal["ms", "hf"]
"""Where models are fetched from: ModelScope or Hugging Face."""

NumberType = Literal["auto", "float32", "bfloat16", "float16", "int8"]
VadName = Literal["silero", "fsmn-vad"]
SpeakerSource = Literal["off", "voices", "channels", "tracks"]
"""What tells speakers apart: nothing, their voices, or that each has an audio channel or track."""
VoiceModelName = Literal["cam++zh-en", "cam++"]

SubtitleFormat = Literal[
    "srt", "ass", "vtt", "ttml", "scc", "itt", "ebuttd", "stl", "json", "txt", "rich", "karaoke"
]
SubtitleProfile = Literal["netflix", "netflix-subtitles", "bbc", "youtube", "social"]
WrittenLanguage = Literal["en", "zh-Hans", "zh-Hant", "yue", "ja", "ko"]
"""Languages that labels of events are written in."""
MarkerLanguage = Literal["speech", "en", "zh-Hans", "zh-Hant", "yue", "ja", "ko"]
"""The same, or that of the passage."""
ChineseScript = Literal["as-heard", "simplified", "traditional"]
TextEncoding = Literal["utf-8", "utf-16", "gb18030", "big5hkscs", "cp932", "cp949", "cp1252"]
"""Encodings of text that old players and editors want."""
SpeechColours = Literal["speakers", "emotions", "none"]
"""What the colours of speech tell."""
TimelineFormat = Literal[
    "otio",
    "fcp7",
    "fcpxml",
    "edl",
    "kdenlive",
    "capcut",
    "jianying",
    "losslesscut",
    "audacity",
    "chapters",
    "chapters-vtt",
    "chapters-ffmetadata",
]
ChapterStart = Literal["highlights", "applause"]
"""What begins a chapter: a highlight, or what follows the applause that ends a number."""

CutModeName = Literal["smart", "exact", "copy"]


class CutMode(StrEnum):
    """How a clip is cut.

    ``smart`` copies whole groups of pictures and encodes the edges; ``exact`` encodes every frame;
    ``copy`` encodes none and begins at the keyframe before.
    """

    SMART = "smart"
    EXACT = "exact"
    COPY = "copy"


HardwareName = Literal["nvenc", "videotoolbox", "qsv", "vaapi"]
"""Hardware that encodes: NVIDIA's, Apple's, Intel's, and what Linux offers for AMD and Intel."""
EncoderName = Literal["software", "auto", HardwareName]
"""What encodes films; ``auto`` takes the first hardware that works."""

AspectRatioName = Literal["vertical", "square", "source"]


class AspectRatio(StrEnum):
    """Aspect ratio of social clips: 9:16 for phones, 1:1 for feeds, or that of the video."""

    VERTICAL = "vertical"
    SQUARE = "square"
    SOURCE = "source"


FramingName = Literal["crop", "blur"]


class Framing(StrEnum):
    """How a wide picture gets into a narrow one.

    ``crop`` keeps the part that matters; ``blur`` shows all of it, smaller, in front of a blurred
    background.
    """

    CROP = "crop"
    BLUR = "blur"


CropPlaceName = Literal["left", "centre", "right"]
"""Where a crop can be told to stay, besides a share of the picture."""

DOCUMENT_SUFFIX = ".vidtag.json"
EDITS_SUFFIX = ".vidtag-edits.json"
ANSWERS_SUFFIX = ".events.json"
REPORT_SUFFIX = ".report.html"
MINUTES_SUFFIX = ".minutes.md"
MANIFEST_SUFFIX = ".highlights.json"
CLIPS_SUFFIX = ".clips"
SOCIAL_SUFFIX = ".social"
REEL_SUFFIX = ".reel"
"""What follows a video's name in the names of results. Those of subtitles and timelines stand in
their tables of formats."""

QUESTIONS = 50
"""Doubtful spans that a user is asked about in a video unless another number is wanted."""

PAGE_SUFFIXES = (".html", ".htm")

_MEDIA = (
    "3gp aac aif aiff amr asf avi caf divx dv f4v flac flv m2t m2ts m4a m4b m4v mka mkv mov mp2 "
    "mp3 mp4 mpeg mpg mts mxf oga ogg ogv opus rm rmvb ts vob w64 wav webm wma wmv"
)
MEDIA_SUFFIXES = frozenset(f".{name}" for name in _MEDIA.split())
"""What is taken for a video or a sound file where a folder is named and not its files."""


def result_stem(path: str) -> str:
    """What the names of all results of a media file begin with: its name without its suffix.

    It is never empty, nor one of the names by which a folder calls itself and the one above, so
    that nothing made of it leaves the folder it is put into: ``..mp4`` gives ``video``. Nor is it a
    name that this system cannot have.
    """
    stem = PurePath(path).stem
    return usable_name(stem) if stem.strip(".") else "video"
