"""What can be refused before the model is loaded, which takes a while."""

from __future__ import annotations

import functools

from vidtag.core.settings import Config, TaggerConfig
from vidtag.listening.models.known_voices import voices_for
from vidtag.listening.models.tagger_files import default_tagger
from vidtag.listening.models.voice_networks import require_extra


def check_ready(config: Config) -> None:
    """Refuse what cannot listen beside the model: ``check_speakers`` and ``check_tagger``.

    Raises:
        VidtagError: see there.
    """
    check_speakers(config)
    check_tagger(config)


def check_speakers(config: Config) -> None:
    """Refuse what speakers cannot be told apart with.

    Raises:
        UserError: the extra is not installed, or the file of known voices is of no use.
    """
    if config.speakers.by == "voices":
        voices_for(config.speakers)
        require_extra()


def check_tagger(config: Config) -> None:
    """Refuse a sound tagger that cannot be asked.

    Raises:
        UserError: its extra is not installed.
        ModelError: its files are missing or damaged, or are no tagger.
    """
    tagger = config.events.tagger.chosen(default_tagger(config))
    if tagger.model is not None:
        _check_tagger(tagger.model_dump_json())


@functools.lru_cache(maxsize=8)
def _check_tagger(settings: str) -> None:
    """Once for each that a batch's videos have; one that is refused is looked at again."""
    from vidtag.listening.events.tagger import make_tagger  # onnxruntime

    make_tagger(TaggerConfig.model_validate_json(settings))
