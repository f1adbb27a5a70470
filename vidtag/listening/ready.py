"""What can be refused before the model is loaded, which takes a while."""

from __future__ import annotations

from vidtag.core.settings import Config
from vidtag.listening.models.known_voices import voices_for
from vidtag.listening.models.voice_networks import require_extra


def check_speakers(config: Config) -> None:
    """Refuse what speakers cannot be told apart with.

    Raises:
        UserError: the extra is not installed, or the file of known voices is of no use.
    """
    if config.speakers.by == "voices":
        voices_for(config.speakers)
        require_extra()
