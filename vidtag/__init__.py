"""vidtag: subtitles with event markers, and highlight clips cut where people laugh or clap.

    recording = vidtag.listen("talk.mp4")
    print(recording.to_srt())

``listen`` and ``read`` give a :class:`Recording`; all that goes wrong is a :class:`VidtagError`.
"""

import typing as _typing

from vidtag.core.errors import VidtagError
from vidtag.core.no_home import name_a_home as _name_a_home
from vidtag.core.telemetry import switch_off_telemetry as _switch_off_telemetry
from vidtag.core.version import __version__

if _typing.TYPE_CHECKING:
    from vidtag.api import Recording, listen, read

_name_a_home()
_switch_off_telemetry()  # every other module of the package is loaded after this one

__all__ = ["Recording", "VidtagError", "__version__", "listen", "read"]


def __getattr__(name: str) -> _typing.Any:
    """The public names, imported when they are first used: ``import vidtag`` alone stays light."""
    if name in __all__:
        from vidtag import api

        globals()[name] = getattr(api, name)
        return globals()[name]
    raise AttributeError(f"module 'vidtag' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
