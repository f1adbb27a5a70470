"""Who speaks when, found while the sound of a video is listened to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

import numpy as np
import torch

from vidtag.core.cast import speaker_name
from vidtag.core.records import SpeakerTurn
from vidtag.core.settings import Config
from vidtag.listening.models.known_voices import KnownVoice, voices_for
from vidtag.listening.models.voice_networks import SpeakerNetworks, speaker_networks
from vidtag.listening.speakers.clustering import Assignment, assign, same_voices
from vidtag.listening.speakers.segmentation import Segmentation
from vidtag.listening.speakers.turns import turns_of
from vidtag.listening.speakers.voice_stream import Piece, VoiceStream
from vidtag.listening.speakers.voiceprints import CampPlus, Voiceprints
from vidtag.listening.speech.device import choose_device, choose_float_type
from vidtag.listening.speech.vad import Told, Vad, make_vad
from vidtag.listening.speech.workers import Workers
from vidtag.listening.stop import Stop, never_stop
from vidtag.media.samples import Samples

SAME = 0.5
"""Cosine of a speaker's mean voiceprint and a known voice from which they are one person."""

FEWER = "speakers: {found} were found, not the {wanted} that were asked for"
SAME_VOICE = (
    "speakers: {speakers} have the same voice, as far as can be heard: fewer people may speak than "
    "the {wanted} that were asked for"
)


class SpeakerFinder:
    """Takes the sound of a video as it comes, and gives the turns at the end.

    Args:
        workers: threads to compute in; those of the model that listens, so that no more of them
            run than it has.

    Attributes:
        notes: what the user should know about the result.
        same_voices: speakers who are two or more only because so many were asked for, by voice.
        voiceprints: at the end, the mean of each speaker that was found, whoever that is.
    """

    def __init__(
        self, config: Config, *, workers: Workers | None = None, stop: Stop = never_stop
    ) -> None:
        chosen = config.speakers
        self.notes: list[str] = []
        self.same_voices: list[tuple[str, ...]] = []
        self.voiceprints: dict[str, Voiceprints] = {}
        self._bounds = chosen.bounds
        self._known = voices_for(chosen)
        self._config = config
        networks = speaker_networks(chosen.model, config.model.hub)
        device = choose_device(config.model.device)
        exact = config.model.number_type == "float32"
        number_type = choose_float_type("float32" if exact else "auto", device)
        workers = workers or Workers(torch.get_num_threads() if device.type == "cpu" else None)
        self._stream = VoiceStream(*_loaded(networks, device, number_type, workers), stop=stop)
        self._pieces: list[Piece] = []

    @cached_property
    def _vad(self) -> Vad:
        return make_vad(self._config.vad, self._config.model)

    def feed(self, chunk: Samples, told: Told | None = None) -> None:
        """Take the next samples (16 kHz mono float32 in [-1, 1]).

        Args:
            told: what a detector of speech said of them, where one was asked before.
        """
        told = told or Told(tuple(self._vad.feed(chunk)), self._vad.settled)
        self._pieces += self._stream.feed(chunk, told.spans, told.settled)

    def finish(self, told: Told | None = None) -> tuple[SpeakerTurn, ...]:
        """The sound is over: who speaks when.

        Args:
            told: as in ``feed``; either always or never.
        """
        spans = self._vad.finish() if told is None else told.spans
        self._pieces += self._stream.finish(spans)
        least, most = self._bounds
        assignments = assign(self._pieces, least, most)
        turns = turns_of(self._pieces, assignments)
        found = len({turn.speaker for turn in turns})
        if 0 < found < least:
            self.notes.append(FEWER.format(found=found, wanted=least))
        self.voiceprints = _mean_prints(self._pieces, assignments)
        names = recognised(self.voiceprints, self._known)
        if least > 1:
            self.same_voices = [
                tuple(names.get(name, name) for name in map(speaker_name, voice))
                for voice in same_voices(self._pieces, assignments)
            ]
        return tuple(replace(t, speaker=names.get(t.speaker, t.speaker)) for t in turns)


def same_voice_notes(
    voices: Sequence[Sequence[str]], shown: Mapping[str, str], wanted: int
) -> tuple[str, ...]:
    """A note for each voice that several speakers have.

    Args:
        voices: speakers as a finder names them.
        shown: what each of those who have turns is called in the end.
        wanted: how many speakers were asked for at least.
    """
    called = [sorted(shown[one] for one in voice if one in shown) for voice in voices]
    return tuple(
        SAME_VOICE.format(speakers=f"{', '.join(several[:-1])} and {several[-1]}", wanted=wanted)
        for several in called
        if len(several) > 1
    )


@lru_cache(maxsize=1)
def _loaded(
    files: SpeakerNetworks, device: torch.device, number_type: torch.dtype, workers: Workers
) -> tuple[Segmentation, CampPlus]:
    """Both networks. They are kept for the next video that a model listens to."""
    return (
        Segmentation(files.segmentation, device, number_type, workers),
        CampPlus(files.voiceprint, device, number_type, workers),
    )


def recognised(speakers: Mapping[str, Voiceprints], known: Sequence[KnownVoice]) -> dict[str, str]:
    """Names of the speakers whose voices are known; no name twice, the most alike first."""
    pairs = sorted(
        (
            (float(voiceprint @ np.array(voice.voiceprint, np.float32)), speaker, voice.name)
            for speaker, voiceprint in speakers.items()
            for voice in known
        ),
        reverse=True,
    )
    names: dict[str, str] = {}
    for cosine, speaker, name in pairs:
        if cosine >= SAME and speaker not in names and name not in names.values():
            names[speaker] = name
    return names


def _mean_prints(
    pieces: Sequence[Piece], assignments: Sequence[Assignment | None]
) -> dict[str, Voiceprints]:
    sums: dict[str, Voiceprints] = {}
    for piece, one in zip(pieces, assignments, strict=True):
        if one is not None and piece.voiceprint is not None:
            name = speaker_name(one.speaker)
            weighted = piece.voiceprint * piece.seconds
            sums[name] = sums[name] + weighted if name in sums else weighted
    return {name: total / max(float(np.linalg.norm(total)), 1e-9) for name, total in sums.items()}
