"""Settings: what can be chosen, with defaults that do the right thing.

The sections are the one source of every default, of ``vidtag config`` (commented YAML) and of
``vidtag config --schema``. Those of ``listen_sections`` decide what the document holds, those of
``show_sections`` only what is shown. Everything public is imported from here.
"""

from vidtag.core.settings.config import Config
from vidtag.core.settings.house_style import HouseStyleConfig, LanguageStyleConfig
from vidtag.core.settings.listen_sections import (
    AudioConfig,
    Calibration,
    EventKindConfig,
    EventKindSettings,
    EventsConfig,
    ModelConfig,
    RecognitionConfig,
    TaggerConfig,
    TaggerKindConfig,
    TaggerKindSettings,
    VadConfig,
    VideoConfig,
)
from vidtag.core.settings.loading import Loaded, load_config, load_config_as, parse_setting
from vidtag.core.settings.section import Section
from vidtag.core.settings.show_sections import (
    KNOWN_POINTS,
    HighlightsConfig,
    OutputConfig,
    ReportConfig,
    SubtitlesConfig,
    TimelinesConfig,
)
from vidtag.core.settings.source import Location, Place, SettingsSource, merged
from vidtag.core.settings.speaker_sections import CastConfig, SpeakersConfig
from vidtag.core.settings.template import commented_yaml, json_schema
from vidtag.core.settings.tuned_events import (
    ANSWERS_VERSION,
    LARGEST_FILE,
    ListenerConfig,
    TunedEventsConfig,
    TunedKindConfig,
    read_answers_file,
)
from vidtag.core.settings.validation import validate
from vidtag.core.settings.values import Values

__all__ = [
    "ANSWERS_VERSION",
    "KNOWN_POINTS",
    "LARGEST_FILE",
    "AudioConfig",
    "Calibration",
    "CastConfig",
    "Config",
    "EventKindConfig",
    "EventKindSettings",
    "EventsConfig",
    "HighlightsConfig",
    "HouseStyleConfig",
    "LanguageStyleConfig",
    "ListenerConfig",
    "Loaded",
    "Location",
    "ModelConfig",
    "OutputConfig",
    "Place",
    "RecognitionConfig",
    "ReportConfig",
    "Section",
    "SettingsSource",
    "SpeakersConfig",
    "SubtitlesConfig",
    "TaggerConfig",
    "TaggerKindConfig",
    "TaggerKindSettings",
    "TimelinesConfig",
    "TunedEventsConfig",
    "TunedKindConfig",
    "VadConfig",
    "Values",
    "VideoConfig",
    "commented_yaml",
    "json_schema",
    "load_config",
    "load_config_as",
    "merged",
    "parse_setting",
    "read_answers_file",
    "validate",
]
