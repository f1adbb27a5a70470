"""The sound that is listened to: mixed to mono; or its channels apart, as calls have them; or its
tracks apart, as with a microphone for each. Quiet recordings are made louder.

Apart, what one holds of another's voice (an echo, or a microphone that hears both) is silenced, so
that nothing is heard twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, zip_longest

import numpy as np

from vidtag.core.cast import speaker_tracks
from vidtag.core.errors import InputError
from vidtag.core.media_streams import Media
from vidtag.core.records import Channel
from vidtag.core.settings import Config
from vidtag.media.audio import stream_audio
from vidtag.media.echo import FRAME, SILENCE, EchoGate, Levels, levels
from vidtag.media.quiet_sound import Gain, raised
from vidtag.media.samples import CHUNK_SECONDS, SAMPLE_RATE, Samples
from vidtag.media.tracks import choose_audio

_ALIKE = 6.0
"""Decibels between streams that hold the same sound, at most."""

_ALIKE_SHARE = 0.8
"""Share of the sound that is alike in both where these are no speakers."""

_ENOUGH = 30.0
"""Seconds of sound after which it is clear whether they are alike."""

_WORTH_SAYING = 6.0
"""Decibels from which on a note says that sound was made louder."""


@dataclass(frozen=True, slots=True)
class OwnSound:
    """A speaker's own part of a file's sound.

    Attributes:
        track: number of the audio track.
        channel: which of its channels.
        name: what to call it, such as "the left channel".
    """

    track: int
    channel: Channel
    name: str


def own_sounds(media: Media, config: Config) -> tuple[OwnSound, ...]:
    """What belongs to a speaker each, in their order; none where all is heard together.

    Raises:
        InputError: the file has no such parts.
    """
    if config.speakers.by == "channels":
        stream = choose_audio(media, config.audio.track)
        if stream.channels != 2:
            have = "one channel" if stream.channels == 1 else f"{stream.channels} channels"
            cause = f"its sound has {have}, and not one for each of two speakers"
            raise _no_speakers(media, cause)
        sides = (Channel.LEFT, Channel.RIGHT)
        return tuple(OwnSound(stream.track, side, f"the {side.value} channel") for side in sides)
    if config.speakers.by == "tracks":
        choose_audio(media)
        numbers = speaker_tracks(config.speakers.count, len(media.audio))
        if len(numbers) < 2:
            raise _no_speakers(media, "it has one audio track, and not one for each speaker")
        for number in numbers:
            choose_audio(media, number)
        return tuple(OwnSound(n, Channel.MIX, f"audio track {n}") for n in numbers)
    return ()


def stream_heard(
    media: Media, config: Config, *, on_note: Callable[[str], None] | None = None
) -> Iterator[Samples]:
    """The sound that settings choose, in chunks of ``CHUNK_SECONDS``.

    Where channels or tracks are speakers, each chunk holds the sound of one after that of another
    (see ``own_sounds``); all are of one length.

    Args:
        on_note: called behind the last chunk with what the user should know about the sound.

    Raises:
        InputError: they cannot be speakers in this file; and see ``stream_audio``.
    """
    if config.speakers.apart:
        return _apart(media, own_sounds(media, config), on_note)
    return _together(media, config, on_note)


def quiet_note(decibels: float) -> str:
    """What to say of sound that was raised by so much."""
    return f"its sound is quiet, and was listened to {decibels:.0f} dB louder"


def _together(
    media: Media, config: Config, on_note: Callable[[str], None] | None
) -> Iterator[Samples]:
    gain = Gain()
    chunks = _stream(media, config.audio.track, config.audio.channel, on_note)
    for (chunk,) in raised(((one,) for one in chunks), [gain]):
        yield chunk
    if on_note is not None and gain.mean >= _WORTH_SAYING:
        on_note(quiet_note(gain.mean))


def _stream(
    media: Media, track: int | None, channel: Channel, on_note: Callable[[str], None] | None
) -> Iterator[Samples]:
    return stream_audio(
        media, track=track, channel=channel, chunk_seconds=CHUNK_SECONDS, on_note=on_note
    )


def _apart(
    media: Media, parts: Sequence[OwnSound], on_note: Callable[[str], None] | None
) -> Iterator[Samples]:
    noted = {part.track: part.channel for part in reversed(parts)}  # one note for each track
    streams = [
        _stream(media, one.track, one.channel, on_note if noted[one.track] is one.channel else None)
        for one in parts
    ]
    # First all of them together, so that each stays fainter in the other's than in its own.
    common, own = Gain(), [Gain() for _ in parts]
    sounds = _told_apart(media, parts, _of_one_length(streams))
    for chunk in raised(_gated(len(parts), raised(sounds, [common])), own):
        yield np.concatenate(chunk)
    for part, gain in zip(parts, own, strict=True):
        if on_note is not None and (mean := common.mean + gain.mean) >= _WORTH_SAYING:
            on_note(f"{part.name}: {quiet_note(mean)}")


def _of_one_length(streams: Sequence[Iterator[Samples]]) -> Iterator[list[Samples]]:
    silence = np.zeros(0, np.float32)
    for chunks in zip_longest(*streams, fillvalue=silence):
        longest = max(map(len, chunks))
        yield [np.pad(one, (0, longest - len(one))) for one in chunks]


def _told_apart(
    media: Media, parts: Sequence[OwnSound], chunks: Iterator[Sequence[Samples]]
) -> Iterator[Sequence[Samples]]:
    """The same, once it is clear that the parts are not one sound: as they are, since the noise of
    two microphones, made louder, is as loud in both."""
    likeness = _Likeness(media, parts)
    for sounds in chunks:
        likeness.watch([levels(one) for one in sounds])
        yield sounds
    likeness.check()


def _gated(parts: int, chunks: Iterator[Sequence[Samples]]) -> Iterator[list[Samples]]:
    """What is each part's own."""
    gate = EchoGate(parts)
    for sounds in chunks:
        yield gate(sounds, [levels(one) for one in sounds])


class _Likeness:
    """Whether what should be speakers holds the same sound, or one of them the others' mixed.

    Raises:
        InputError: it does.
    """

    def __init__(self, media: Media, parts: Sequence[OwnSound]) -> None:
        self._media, self._parts = media, parts
        numbers = range(len(parts))
        pairs = {(one, (other,)) for one, other in combinations(numbers, 2)}
        mixes = {(n, tuple(m for m in numbers if m != n)) for n in numbers if len(parts) > 2}
        self._alike = dict.fromkeys(sorted(pairs | mixes), 0)
        self._sounding = dict.fromkeys(self._alike, 0)

    def watch(self, loud: Sequence[Levels]) -> None:
        """Look at the levels of the next sound."""
        for one, others in self._alike:
            other = np.max([loud[number] for number in others], axis=0)
            heard = np.maximum(loud[one], other) > SILENCE
            self._sounding[one, others] += int(heard.sum())
            self._alike[one, others] += int((heard & (np.abs(loud[one] - other) < _ALIKE)).sum())
        self.check(_ENOUGH)

    def check(self, seconds: float = 0.0) -> None:
        """Judge what is heard for so long at least."""
        for (one, others), alike in self._alike.items():
            sounding = self._sounding[one, others]
            if sounding * FRAME <= seconds * SAMPLE_RATE or alike <= _ALIKE_SHARE * sounding:
                continue
            names = [self._parts[number].name for number in (one, *others)]
            if len(others) == 1:
                cause = f"{names[0]} and {names[1]} hold the same sound, and not a speaker each"
            else:
                cause = f"{names[0]} holds what the others do, mixed, and no speaker of its own"
            raise _no_speakers(self._media, cause)


def _no_speakers(media: Media, cause: str) -> InputError:
    remedy = "tell speakers apart by their voices: --speakers auto"
    if len(media.audio) > 2:
        remedy += "; or say which tracks have a speaker each: --speakers tracks:1,2"
    return InputError(cause, path=media.path, remedy=remedy)
