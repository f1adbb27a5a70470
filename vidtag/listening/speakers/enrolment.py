"""Learning a person's voice from a clip, so that later videos name who speaks."""

from __future__ import annotations

from pathlib import Path

from vidtag.core.errors import InputError
from vidtag.core.settings import Config
from vidtag.listening.models.known_voices import KnownVoice
from vidtag.listening.speakers.finder import SpeakerFinder
from vidtag.media.channels import stream_heard
from vidtag.media.probe import probe

LEAST = 3.0
"""Seconds of speech that a voice is learnt from at least."""

_OTHERS = 0.2
"""Share of the speech that may be somebody else's."""


def learn(name: str, clip: Path, config: Config) -> KnownVoice:
    """The voice that is heard in a clip.

    Raises:
        InputError: the clip cannot be read, or has too little speech, or that of several people.
        UserError: the extra is not installed.
    """
    media = probe(clip)
    settings = config.with_values({"speakers.count": "auto", "speakers.voices": None})
    finder = SpeakerFinder(settings)
    for chunk in stream_heard(media, Config()):
        finder.feed(chunk)
    seconds: dict[str, float] = {}
    for turn in finder.finish():
        seconds[turn.speaker] = seconds.get(turn.speaker, 0.0) + turn.duration
    loudest = max(seconds, key=lambda speaker: seconds[speaker], default="")
    spoken = seconds.get(loudest, 0.0)
    if spoken < LEAST or loudest not in finder.voiceprints:
        raise InputError(
            f"there is too little speech ({spoken:.1f} s) to know a voice by",
            path=clip,
            remedy="give a clip in which this person alone speaks for ten seconds or more",
        )
    if sum(seconds.values()) - spoken > _OTHERS * spoken:
        raise InputError(
            f"{len(seconds)} people speak in this clip",
            path=clip,
            remedy="give a clip in which one person speaks alone",
        )
    voiceprint = tuple(round(float(x), 5) for x in finder.voiceprints[loudest])
    return KnownVoice(name=name, model=settings.speakers.model, voiceprint=voiceprint)
