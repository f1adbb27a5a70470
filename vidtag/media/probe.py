"""What a media file holds: its streams, how long they last, and what its picture is like."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import av.container
import av.stream

from vidtag.core.errors import InputError
from vidtag.core.media_streams import AudioStream, Media, VideoStream
from vidtag.media.container import (
    DURATION_IS_GUESSED,
    clock_zero,
    codec_of,
    declared_duration,
    duration_is_ambiguous,
    open_container,
    path_of,
    readable,
)
from vidtag.media.extent import measure
from vidtag.media.fingerprint import fingerprint
from vidtag.media.input_checks import MEDIA_REMEDY, check_file, has_index, not_media_error
from vidtag.media.jumps import JUMPING
from vidtag.media.picture_probe import inspect_picture
from vidtag.media.rational import as_fraction, base_of
from vidtag.media.timecode_track import Timecode, read_timecode_track

_COVER_SHARE = 10
"""How many times as long as a single frame the sound lasts if that frame is a cover."""


def probe(path: str | Path) -> Media:
    """Read what a media file holds, without decoding more than a picture.

    Raises:
        InputError: it is not there, a folder, unreadable, empty, cut off before its index, not
            media, a playlist, or holds neither sound nor picture.
    """
    file = check_file(path)
    with open_container(file) as container:
        zero = clock_zero(container)
        # A picture in a format FFmpeg has no name for can be neither shown nor cut: it is none.
        pictures = [
            stream
            for stream in container.streams.video
            if not stream.disposition & stream.disposition.attached_pic
            and stream.codec_context is not None
        ]
        # A track that is declared and has no samples has no rate either: there is nothing to hear.
        sounds = [stream for stream in container.streams.audio if _has_samples(stream)]
        if not pictures and not sounds:
            if "mp4" in container.format.name and not has_index(file):
                raise not_media_error(file)
            raise InputError("holds neither sound nor picture", path=file, remedy=MEDIA_REMEDY)
        video = None if not pictures else _video_stream(container, pictures[0], zero)
        if video is not None and _is_cover(pictures[0], video, sounds):
            video = None
        audio = tuple(_audio_stream(track, stream, zero) for track, stream in enumerate(sounds))
        default = (t for t, s in enumerate(sounds) if s.disposition & s.disposition.default)
        default_track = next(default, 0)
        name = container.format.name
        declared = declared_duration(container)
        sure = name not in DURATION_IS_GUESSED | JUMPING and not duration_is_ambiguous(container)
    clock_jumps = False
    if declared is None or not sure:
        extent = measure(file)
        declared, clock_jumps = extent.duration, extent.clock_jumps
        if clock_jumps:
            video = None if video is None else extent.with_duration(video)
            audio = tuple(map(extent.with_duration, audio))
    return Media(
        path=str(file),
        container=name,
        duration=max(declared, 0.0),
        video=video,
        audio=audio,
        fingerprint=fingerprint(file),
        clock_jumps=clock_jumps,
        default_track=default_track,
    )


def _is_cover(stream: av.VideoStream, video: VideoStream, sounds: Sequence[av.AudioStream]) -> bool:
    """Whether a picture track is a cover: a single frame, over long before the sound is."""
    longest = max((_duration(sound) or 0.0 for sound in sounds), default=0.0)
    length = (video.duration or 0.0) + float(1 / video.frame_rate)
    return stream.frames == 1 and length * _COVER_SHARE < longest


def _has_samples(stream: av.AudioStream) -> bool:
    # PyAV's types do not say so, but there is no context where FFmpeg does not know the codec.
    context = stream.codec_context
    return context is None or context.sample_rate > 0


def _audio_stream(track: int, stream: av.AudioStream, zero: Fraction) -> AudioStream:
    context = stream.codec_context
    return AudioStream(
        index=stream.index,
        track=track,
        codec=codec_of(stream),
        sample_rate=context.sample_rate if context else 0,
        channels=context.channels if context else 0,
        start=_start(stream, zero),
        duration=_duration(stream),
        language=_tag(stream, "language", ignore="und"),
        title=_tag(stream, "title"),
    )


def _video_stream(
    container: av.container.InputContainer, stream: av.VideoStream, zero: Fraction
) -> VideoStream:
    picture = inspect_picture(container, stream)
    timecode = _timecode(container, stream)
    return VideoStream(
        index=stream.index,
        codec=codec_of(stream),
        width=stream.codec_context.width,
        height=stream.codec_context.height,
        frame_rate=picture.frame_rate,
        variable_frame_rate=picture.uneven,
        start=_start(stream, zero),
        duration=_duration(stream),
        rotation=picture.rotation,
        pixel_format=stream.codec_context.pix_fmt or "unknown",
        timecode=timecode.text,
        timecode_rate=timecode.rate,
        timecode_note=timecode.note,
        sample_aspect_ratio=picture.sample_aspect_ratio,
        field_order=picture.field_order,
        aspect_ratio_changes=picture.aspect_ratio_changes,
        flipped=picture.flipped,
        bit_depth=picture.bit_depth,
        colour=picture.colour,
    )


def _start(stream: av.stream.Stream, zero: Fraction) -> float:
    if stream.start_time is None or stream.time_base is None:
        return 0.0
    return float(stream.start_time * base_of(stream) - zero)


def _duration(stream: av.stream.Stream) -> float | None:
    if stream.duration is None or stream.time_base is None:
        return None
    return float(stream.duration * base_of(stream))


def _tag(stream: av.stream.Stream, name: str, ignore: str = "") -> str | None:
    value = readable(stream.metadata.get(name, "")).strip()
    return None if value in ("", ignore) else value


def _timecode(container: av.container.InputContainer, picture: av.VideoStream) -> Timecode:
    """Timecode of the first frame: by QuickTime's own track, else the picture's or the file's tag.

    FFmpeg's text is not what the track says: it knows no other rate than the picture's.
    """
    found: Timecode | None = None
    if "mp4" in container.format.name:
        start = (picture.start_time or 0) * as_fraction(picture.time_base or 1)
        found = read_timecode_track(Path(path_of(container)), picture.id, start)
    if found is not None:
        return found
    tracks = [stream for stream in container.streams if stream.type == "data"]
    places = [picture.metadata, *(track.metadata for track in tracks), container.metadata]
    tags = ((key.lower(), value) for place in places for key, value in place.items())
    text = next((value.strip() for key, value in tags if key == "timecode"), None)
    return Timecode(text)
