"""The sound that is listened to: mixed to mono, or its two channels apart, as calls have them.

Apart, what one channel holds of the other's voice (an echo, or a microphone that hears both) is
silenced, so that nothing is heard twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from vidtag.core.errors import InputError
from vidtag.core.media_streams import Media
from vidtag.core.records import Channel
from vidtag.core.settings import Config
from vidtag.media.audio import stream_audio
from vidtag.media.level import highest_near
from vidtag.media.samples import CHUNK_SECONDS, SAMPLE_RATE, Samples
from vidtag.media.tracks import choose_audio

_FRAME = SAMPLE_RATE // 50
"""Samples over which a level is measured."""

_QUIETER = 15.0
"""Decibels below the other channel from which a channel holds but the other's voice."""

_HELD = 5
"""Frames before and after a loud one that count as loud: an echo is late, and words have gaps."""

_SILENCE = -50.0
"""Decibels of full scale below which nobody speaks."""

_ALIKE = 6.0
"""Decibels between channels that hold the same sound, at most."""

_ALIKE_SHARE = 0.8
"""Share of the sound that is alike in both channels where these are no speakers."""

_ENOUGH = 30.0
"""Seconds of sound after which it is clear whether channels are alike."""

Levels = npt.NDArray[np.float64]


def stream_heard(
    media: Media, config: Config, *, on_note: Callable[[str], None] | None = None
) -> Iterator[Samples]:
    """The sound that settings choose, in chunks of ``CHUNK_SECONDS``.

    Where channels are speakers, each chunk holds its left channel, then its right one; both are of
    one length.

    Args:
        on_note: see ``stream_audio``.

    Raises:
        InputError: channels cannot be speakers in this file; and see ``stream_audio``.
    """
    chosen = config.audio
    if config.speakers.by == "channels":
        return _apart(media, chosen.track, on_note)
    return _stream(media, chosen.track, chosen.channel, on_note)


def _stream(
    media: Media, track: int | None, channel: Channel, on_note: Callable[[str], None] | None
) -> Iterator[Samples]:
    return stream_audio(
        media, track=track, channel=channel, chunk_seconds=CHUNK_SECONDS, on_note=on_note
    )


def _apart(
    media: Media, track: int | None, on_note: Callable[[str], None] | None
) -> Iterator[Samples]:
    stream = choose_audio(media, track)
    if stream.channels != 2:
        have = "one channel" if stream.channels == 1 else f"{stream.channels} channels"
        raise _no_speakers(media, f"its sound has {have}, and not one for each of two speakers")
    left = _stream(media, track, Channel.LEFT, on_note)
    right = _stream(media, track, Channel.RIGHT, None)  # its gaps are the same
    alike = sounding = 0
    for pair in zip(left, right, strict=True):
        levels = [_levels(one) for one in pair]
        heard = np.maximum(*levels) > _SILENCE
        sounding += int(heard.sum())
        alike += int((heard & (np.abs(levels[0] - levels[1]) < _ALIKE)).sum())
        if sounding * _FRAME > _ENOUGH * SAMPLE_RATE:
            _check_unlike(media, alike, sounding)
        yield np.concatenate((_own(pair[0], *levels), _own(pair[1], *levels[::-1])))
    _check_unlike(media, alike, sounding)


def _check_unlike(media: Media, alike: int, sounding: int) -> None:
    if alike > _ALIKE_SHARE * max(sounding, 1):
        raise _no_speakers(media, "both channels hold the same sound, and not a speaker each")


def _no_speakers(media: Media, cause: str) -> InputError:
    return InputError(
        cause, path=media.path, remedy="tell speakers apart by their voices: --speakers auto"
    )


def _levels(sound: Samples) -> Levels:
    """Level of each frame, in decibels of full scale; the last frame may be shorter."""
    starts = np.arange(0, len(sound), _FRAME)
    power = np.add.reduceat(np.square(sound, dtype=np.float64), starts)
    lengths = np.diff(np.append(starts, len(sound)))
    levels: Levels = 10 * np.log10(power / lengths + 1e-12)
    return levels


def _own(sound: Samples, level: Levels, other_level: Levels) -> Samples:
    """A channel's sound without what it has of the other channel's voice."""
    own, other = highest_near(level, _HELD), highest_near(other_level, _HELD)
    gain = np.where((other > _SILENCE) & (other - own > _QUIETER), 0.0, 1.0)
    centres = np.arange(len(gain)) * _FRAME + _FRAME / 2
    smooth = np.interp(np.arange(len(sound)), centres, gain)
    return (sound * smooth).astype(np.float32)
