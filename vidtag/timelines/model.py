"""Timelines in whole frames, from which the formats of editing programs are written."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from pathlib import Path
from urllib.parse import quote

from vidtag.core.addresses import is_address
from vidtag.core.errors import UserError
from vidtag.core.media_streams import Colour, FieldOrder, Media, VideoStream
from vidtag.core.timecode import can_drop, from_timecode, nominal, usable_rate

SOUND_RATE = Fraction(25)
"""Frames per second at which sound without picture is counted."""

_UNKNOWN_COLOUR = Colour()

_EARLY = Fraction(2, 1000)
"""Seconds that a frame may come before a time and still be the first after it, as in cutting."""

Row = tuple[float, float, str]
"""A line of a plain list: start and end in seconds, and a label."""


def one_line(text: str) -> str:
    """Text on one line, without characters that XML cannot hold."""
    return "".join(char if char.isprintable() else " " for char in text).strip()


class Color(Enum):
    """Colours of markers that OpenTimelineIO, Avid and Resolve know, in red, green and blue."""

    RED = (230, 60, 60)
    PINK = (255, 130, 190)
    ORANGE = (255, 150, 50)
    YELLOW = (250, 215, 70)
    GREEN = (80, 190, 100)
    CYAN = (70, 200, 220)
    BLUE = (80, 120, 240)
    PURPLE = (160, 100, 230)


@dataclass(frozen=True, slots=True)
class Marker:
    """An event, a passage or a highlight, in frames from the first one of its media.

    Attributes:
        label: what kind it is, such as ``laughter``.
        highlight: whether it marks a highlight, not a single event.
    """

    first: int
    frames: int
    label: str
    name: str
    comment: str
    color: Color
    highlight: bool = False


@dataclass(frozen=True, slots=True)
class SoundTrack:
    """An audio track of a media file, as timelines lay it out.

    Attributes:
        number: among the file's audio tracks, from 0.
        index: among all streams of the file, from 0.
        first_channel: its first channel among those of all tracks, from 0.
        channels: how many it has.
        sample_rate: in hertz.
        is_on: whether it is heard: only the one that was listened to is.
    """

    number: int
    index: int
    first_channel: int
    channels: int
    sample_rate: int
    is_on: bool


@dataclass(frozen=True, slots=True)
class MediaReference:
    """A media file as an editing program counts it.

    Attributes:
        path: path or address of the file, as documents give it.
        rate: frames per second; of sound without picture ``SOUND_RATE``.
        frames: length.
        start: timecode of the first frame, as a number of frames.
        timecode_rate: numbers per second of the file's own timecode, which need not be ``rate``:
            50 frames a second are numbered at 25.
        drop: whether its timecode is drop-frame.
        offset: seconds on vidtag's clock at which the first frame is shown.
        size: width and height in pixels, turned as shown; None without picture.
        sounds: its audio tracks: the one that was listened to, then the others as in the file.
        pixel_aspect: width of a pixel by its height, as shown.
        field_order: which lines of a frame were taken first.
        colour: what the numbers of its picture mean.
        note: what the user should know about how frames are counted; empty if nothing.
    """

    path: str
    rate: Fraction
    frames: int
    start: int
    timecode_rate: Fraction
    drop: bool
    offset: float
    size: tuple[int, int] | None
    sounds: tuple[SoundTrack, ...]
    note: str = ""
    pixel_aspect: Fraction = Fraction(1)
    field_order: FieldOrder = FieldOrder.PROGRESSIVE
    colour: Colour = _UNKNOWN_COLOUR

    @property
    def name(self) -> str:
        """Name of the file, which is what editing programs look for when they link it again."""
        return Path(self.path).name

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return Path(self.path).stem

    @property
    def place(self) -> str:
        """The path, as this system spells it, or the address."""
        return self.path if is_address(self.path) else str(Path(self.path))

    @property
    def url(self) -> str:
        """Where the file lies, as timelines write it.

        An address is one already; a name alone is one too, of a file beside the timeline.
        """
        if is_address(self.path):
            scheme, _, place = self.path.partition("://")
            # What is fetched by HTTP is written as a URL already; other names are plain.
            return self.path if scheme in ("http", "https") else f"{scheme}://{quote(place)}"
        path = Path(self.path)
        return path.as_uri() if path.is_absolute() else quote(path.as_posix())

    @property
    def sound(self) -> SoundTrack | None:
        """The audio track that was listened to; None without sound."""
        return self.sounds[0] if self.sounds else None

    @property
    def channels(self) -> int:
        """Channels of all its audio tracks."""
        return sum(sound.channels for sound in self.sounds)

    @property
    def timecode_number(self) -> int:
        """What its own timecode calls the first frame, counted at ``timecode_rate``."""
        return round(self.start * Fraction(nominal(self.timecode_rate), nominal(self.rate)))

    @property
    def frame_duration(self) -> Fraction:
        """Seconds a frame lasts."""
        return 1 / self.rate

    def frame(self, seconds: float) -> int:
        """Number of the first frame at or after a time on vidtag's clock, within the media."""
        early = min(_EARLY, self.frame_duration / 4)
        place = (Fraction(seconds) - Fraction(self.offset) - early) * self.rate
        return min(max(0, math.ceil(place)), self.frames)

    def span(self, start: float, end: float) -> tuple[int, int]:
        """First frame and number of frames, at least one, of a stretch of time."""
        first = min(self.frame(start), self.frames - 1)
        return first, max(1, self.frame(end) - first)


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece of a media file on a timeline; its markers are in frames of that file."""

    reference: MediaReference
    first: int
    frames: int
    name: str
    comment: str = ""
    markers: tuple[Marker, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """A timeline: cuts one after another.

    Attributes:
        rate: its own frame rate; cuts from media of another rate keep their length in seconds.
        start: timecode of its first frame, as a number of frames.
        drop: whether its timecode is drop-frame.
    """

    name: str
    rate: Fraction
    start: int
    drop: bool
    cuts: tuple[Cut, ...]

    @property
    def references(self) -> tuple[MediaReference, ...]:
        """Every media file once, in the order of use."""
        return tuple(dict.fromkeys(cut.reference for cut in self.cuts))

    @property
    def lanes(self) -> tuple[tuple[int, bool], ...]:
        """Tracks of sound from the first: the most channels that a file has there, and whether it
        is heard. The tracks that were listened to share the first one.
        """
        count = max(len(reference.sounds) for reference in self.references)
        found = []
        for lane in range(count):
            there = [one.sounds[lane] for one in self.references if lane < len(one.sounds)]
            found.append((max(sound.channels for sound in there), any(s.is_on for s in there)))
        return tuple(found)

    @property
    def sample_rate(self) -> int:
        """Samples per second: the commonest of what is heard; 48,000 where nothing is."""
        rates = Counter(one.sound.sample_rate for one in self.references if one.sound)
        return rates.most_common(1)[0][0] if rates else 48_000

    def placed(self) -> tuple[tuple[int, int, Cut], ...]:
        """First frame, number of frames and cut, for each cut, in frames of the timeline."""
        found, at = [], Fraction(0)
        for cut in self.cuts:
            following = at + cut.frames * cut.reference.frame_duration
            first = round(at * self.rate)
            found.append((first, max(1, round(following * self.rate) - first), cut))
            at = following
        return tuple(found)

    @property
    def frames(self) -> int:
        """Its length."""
        first, frames, _ = self.placed()[-1]
        return first + frames


def media_reference(media: Media, track: int | None = None) -> MediaReference:
    """A media file as editing programs count it.

    Args:
        track: audio track that was listened to, from 0; None for the file's default.

    Timecode starts where the file says, else at 0, in drop-frame at 29.97 and 59.94 because that
    keeps to the clock.
    """
    video = media.video
    sounds = _sound_tracks(media, media.default_track if track is None else track)
    if video is None:
        return MediaReference(
            path=media.path,
            rate=SOUND_RATE,
            frames=max(1, math.ceil(Fraction(media.duration) * SOUND_RATE)),
            start=0,
            timecode_rate=SOUND_RATE,
            drop=False,
            offset=0.0,
            size=None,
            sounds=sounds,
            note=f"there is no picture: frames are counted at {SOUND_RATE} per second",
        )
    rate = usable_rate(video.frame_rate, video.variable_frame_rate)
    length = media.duration - video.start if video.duration is None else video.duration
    timecode = _start_timecode(video, rate)
    shape = video.sample_aspect_ratio
    return MediaReference(
        path=media.path,
        rate=rate,
        frames=max(1, round(Fraction(length) * rate)),
        start=timecode.start,
        timecode_rate=timecode.rate,
        drop=timecode.drop,
        offset=video.start,
        size=video.rotated_size,
        sounds=sounds,
        note="; ".join(filter(None, (timecode.note, _rate_note(video, rate)))),
        pixel_aspect=1 / shape if video.rotation % 180 else shape,
        field_order=video.field_order,
        colour=video.colour,
    )


def _sound_tracks(media: Media, listened_to: int) -> tuple[SoundTrack, ...]:
    """The audio tracks, the one that was listened to first; the first where that is not there."""
    on = listened_to if 0 <= listened_to < len(media.audio) else 0
    found, channel = [], 0
    for number, sound in enumerate(media.audio):
        channels = max(1, sound.channels)
        rate, is_on = sound.sample_rate, number == on
        found.append(SoundTrack(number, sound.index, channel, channels, rate, is_on))
        channel += channels
    return tuple(sorted(found, key=lambda sound: not sound.is_on))


def _rate_note(video: VideoStream, rate: Fraction) -> str:
    """What the user should know of the rate that frames are counted at."""
    if video.variable_frame_rate:
        return (
            "the frame rate varies: times are right, but frames are counted at "
            f"{float(rate):g} per second; convert to a constant rate before a frame-exact edit"
        )
    if abs(rate - video.frame_rate) > video.frame_rate / 1000:
        return f"no editing program has its frame rate: frames are counted at {float(rate):g}"
    return ""


@dataclass(frozen=True, slots=True)
class _StartTimecode:
    """Where the timecode of a file starts, in frames of its picture, and how it is counted."""

    start: int
    rate: Fraction
    drop: bool
    note: str = ""


def _start_timecode(video: VideoStream, rate: Fraction) -> _StartTimecode:
    """The start timecode of a picture whose frames are counted at ``rate``.

    A number of a timecode that is counted at another rate stands for the frame with the same
    hours, minutes and seconds: 12 of 25 is 24 of 50.
    """
    none = _StartTimecode(0, rate, can_drop(rate))
    if not video.timecode:
        note = f"{video.timecode_note}; frames are counted from 0" if video.timecode_note else ""
        return replace(none, note=note)
    counted = rate if video.timecode_rate is None else usable_rate(video.timecode_rate, False)
    try:
        number, drop = from_timecode(video.timecode, counted)
    except UserError as error:
        return replace(none, note=f"{error.cause}; frames are counted from 0")
    start = round(number * Fraction(nominal(rate), nominal(counted)))
    return _StartTimecode(start, counted, drop and nominal(rate) % 30 == 0, video.timecode_note)
