"""Which audio track of a file is listened to."""

from __future__ import annotations

from collections.abc import Mapping

from vidtag.core.cast import speaker_tracks
from vidtag.core.errors import InputError
from vidtag.core.media_streams import AudioStream, Media
from vidtag.core.records import Document


def choose_audio(media: Media, track: int | None = None) -> AudioStream:
    """The audio track to listen to: number ``track``, or the container's default.

    Raises:
        InputError: there is no sound, or no track of that number.
    """
    if not media.audio:
        raise InputError(
            "has no sound", path=media.path, remedy="choose a video with an audio track"
        )
    if track is None:
        track = media.default_track
    if not 0 <= track < len(media.audio):
        raise InputError(
            f"has no audio track {track}; there is {_listing(media)}",
            path=media.path,
            remedy="choose one of these with --audio-track",
        )
    return media.audio[track]


def listened_track(document: Document) -> int:
    """Number of the audio track that a document was made from, from 0."""
    audio = document.settings.get("audio")
    track = audio.get("track") if isinstance(audio, Mapping) else None
    return track if isinstance(track, int) else document.media.default_track


def heard_together(document: Document) -> tuple[int, ...]:
    """The audio tracks that are heard at once where a video is played whole: those of all
    microphones, where tracks are the speakers.

    Where the file's own choice is none of these, it is taken for a mix, and heard alone.
    """
    first = listened_track(document)
    speakers = document.settings.get("speakers")
    count = str(speakers.get("count")) if isinstance(speakers, Mapping) else ""
    if not count.startswith("tracks"):
        return (first,)
    own = speaker_tracks(count, len(document.media.audio))
    return own if first in own else (first,)


def heard_in_clip(document: Document) -> tuple[int, ...]:
    """The same tracks as they stand in a clip, whose first is the one that was listened to."""
    first = listened_track(document)
    others = (s.track for s in document.media.audio if s.track != first and s.sample_rate)
    order = [first, *others]
    return tuple(order.index(track) for track in heard_together(document) if track in order)


def nothing_heard_note(media: Media, track: int | None) -> str:
    """What to tell where a track held nothing to hear; empty if there is no other track."""
    if len(media.audio) < 2:
        return ""
    return (
        f"nothing was heard on audio track {choose_audio(media, track).track}; there is "
        f"{_listing(media)}: listen to another with --audio-track"
    )


def _listing(media: Media) -> str:
    return ", ".join(
        " ".join(
            part
            for part in (
                f"track {stream.track}",
                f"({stream.language})" if stream.language else "",
                f"{stream.title!r}" if stream.title else "",
            )
            if part
        )
        for stream in media.audio
    )
