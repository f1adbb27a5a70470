"""What exactly a clip holds: which frames, and which stretch of which sound."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from av.container import InputContainer

from vidtag.core.errors import UserError
from vidtag.core.media_streams import AudioStream, Media
from vidtag.core.records import Clip
from vidtag.media.container import clock_zero, picture_stream
from vidtag.media.frame_plan import FramePlan, plan_frames
from vidtag.media.frame_scan import Reading
from vidtag.media.tracks import choose_audio

_PICTURE_HAS_ENDED = 5.0
"""Seconds without a frame that mean the picture has ended."""

FADE = 0.25
"""Seconds from which on a clip has a keyframe, so that films fade into it and copy the rest."""


@dataclass(frozen=True, slots=True)
class CutPlan:
    """What exactly is cut.

    Attributes:
        media: the source.
        picture: its frames, or None for sound alone.
        sounds: the audio tracks, the one that was listened to first; none for a silent clip.
        start, end: seconds on the container's timestamps; those of the frames if there are any.
        zero: the container's timestamp that is 0 on vidtag's clock, in seconds.
    """

    media: Media
    picture: FramePlan | None
    sounds: tuple[AudioStream, ...]
    start: Fraction
    end: Fraction
    zero: Fraction

    @property
    def length(self) -> Fraction:
        """Seconds the clip lasts."""
        return self.end - self.start


def plan_cut(
    source: InputContainer,
    media: Media,
    clip: Clip,
    audio_track: int | None = None,
    reading: Reading = Reading.SOUGHT,
) -> CutPlan:
    """Find the frames and the stretch of sound that a clip covers.

    Args:
        source: the media file, open; its reading position is moved.
        reading: the way to find frames.

    Raises:
        UserError: the clip is empty or outside the source, or the track does not exist.
    """
    if not clip.end > clip.start:
        raise UserError(
            f"the clip from {clip.start:.3f} to {clip.end:.3f} s is empty",
            path=media.path,
            remedy="a clip must end after it starts",
        )
    # A video without sound is cut as it is, but a track that was asked for has to be there.
    sounds: tuple[AudioStream, ...] = ()
    if media.audio or audio_track is not None:
        sounds = _tracks(media, choose_audio(media, audio_track))
    zero = clock_zero(source)
    if media.video is None:
        return _plan_sound(media, clip, sounds, zero)
    start, end = (float(Fraction(time) + zero) for time in (clip.start, clip.end))
    stream = picture_stream(source, media.video.index)
    last = media.duration + float(zero)
    picture = plan_frames(source, stream, start, end, last=last, reading=reading)
    if picture is None:
        ended = plan_frames(source, stream, start, start + _PICTURE_HAS_ENDED) is None
        if ended and sounds and clip.start > media.video.start:
            return _plan_sound(media, clip, sounds, zero)
        raise _empty(media, clip, "has no picture")
    start_time, end_time = picture.start_time, picture.end_time
    heard = tuple(s for s in sounds if _overlap(s, start_time - zero, end_time - zero))
    return CutPlan(media, picture, heard, start_time, end_time, zero)


def _tracks(media: Media, first: AudioStream) -> tuple[AudioStream, ...]:
    """Audio tracks of a clip: that one, and the others whose codec is known."""
    others = (s for s in media.audio if s.track != first.track and s.sample_rate)
    return (first, *others)


def _plan_sound(
    media: Media, clip: Clip, sounds: tuple[AudioStream, ...], zero: Fraction
) -> CutPlan:
    """A clip of sound alone, exact to the sample of its first track."""
    if not sounds:
        raise UserError("there is neither picture nor sound to cut", path=media.path)
    sound = sounds[0]
    rate = sound.sample_rate
    last = media.duration if sound.duration is None else sound.start + sound.duration
    start = max(Fraction(clip.start), Fraction(sound.start))
    samples = round((min(Fraction(clip.end), Fraction(last)) - start) * rate)
    if samples <= 0:
        raise _empty(media, clip, "has no sound")
    start, length = Fraction(round((start + zero) * rate), rate), Fraction(samples, rate)
    others = (s for s in sounds[1:] if _overlap(s, start - zero, start + length - zero))
    return CutPlan(media, None, (sound, *others), start, start + length, zero)


def _empty(media: Media, clip: Clip, lack: str) -> UserError:
    return UserError(
        f"the clip would be empty: the file {lack} between {clip.start:.3f} and {clip.end:.3f} s",
        path=media.path,
        remedy=f"the file ends at {media.duration:.3f} s",
    )


def _overlap(sound: AudioStream, start: Fraction, end: Fraction) -> bool:
    """Whether any of the sound falls into a stretch of vidtag's clock."""
    last = None if sound.duration is None else sound.start + sound.duration
    return sound.start < end and (last is None or last > start)
