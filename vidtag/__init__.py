"""vidtag: subtitles with event markers, and highlight clips cut where people laugh or clap."""

from importlib.metadata import version as _version

__version__ = _version("vidtag")
