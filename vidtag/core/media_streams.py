"""What a media file holds: its picture and its audio tracks.

Times are seconds on the video's presentation clock, as everywhere (``vidtag.core.records``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class FieldOrder(StrEnum):
    """Whether a frame was taken at once, or in two halves of alternate lines, and which first."""

    PROGRESSIVE = "progressive"
    TOP_FIRST = "top_first"
    BOTTOM_FIRST = "bottom_first"


@dataclass(frozen=True, slots=True)
class MasteringDisplay:
    """The display that a picture of high dynamic range was graded on (SMPTE ST 2086).

    Attributes:
        red, green, blue, white: CIE 1931 x and y of its primaries and its white point; all None
            where only its luminance is known.
        min_luminance, max_luminance: in cd/m2; 0 where only its primaries are known.
    """

    red: tuple[float, float] | None
    green: tuple[float, float] | None
    blue: tuple[float, float] | None
    white: tuple[float, float] | None
    min_luminance: float
    max_luminance: float


@dataclass(frozen=True, slots=True)
class Colour:
    """What the numbers of a picture mean, by FFmpeg's names; ``unknown`` where nothing says it.

    Attributes:
        primaries: such as ``bt709`` or ``bt2020``.
        transfer: such as ``bt709``, ``smpte2084`` (PQ) or ``arib-std-b67`` (HLG).
        matrix: such as ``bt709`` or ``bt2020nc``.
        range: ``tv`` (16 to 235) or ``pc`` (0 to 255).
        mastering: the display it was graded on, if the file tells.
        max_content_light, max_average_light: of the brightest pixel and of the brightest frame,
            in cd/m2; 0 where the file does not tell.
        dolby_vision: whether frames carry Dolby Vision's metadata.
    """

    primaries: str = "unknown"
    transfer: str = "unknown"
    matrix: str = "unknown"
    range: str = "unknown"
    mastering: MasteringDisplay | None = None
    max_content_light: int = 0
    max_average_light: int = 0
    dolby_vision: bool = False

    @property
    def is_hdr(self) -> bool:
        """Whether its dynamic range is high: PQ, HLG, or Dolby Vision alone (profile 5)."""
        hdr = self.transfer in ("smpte2084", "arib-std-b67")
        return hdr or (self.dolby_vision and self.transfer == "unknown")


@dataclass(frozen=True, slots=True)
class VideoStream:
    """The picture of a media file.

    Attributes:
        index: index of the stream in the container.
        codec: name as FFmpeg gives it, such as ``h264``.
        width, height: coded size in pixels, before rotation.
        frame_rate: mean frames per second, exact (24000/1001 stays a fraction); 25 where a file
            that was opened does not tell.
        variable_frame_rate: whether frames are not evenly spaced.
        start: presentation time of the first frame, in seconds.
        duration: in seconds; None where the container does not tell.
        rotation: clockwise degrees a player turns the picture by: 0, 90, 180 or 270.
        pixel_format: such as ``yuv420p``.
        timecode: of the first frame, such as ``01:00:00;00``; None if the file has none.
        timecode_rate: frames per second at which the timecode counts, which need not be the
            picture's: a camera numbers 50 frames a second at 25; None where the file does not say.
        timecode_note: why a timecode that the file has could not be read; empty if nothing.
        sample_aspect_ratio: width of a pixel by its height, before rotation; 1 is square.
        field_order: which lines of a frame were taken first.
        aspect_ratio_changes: whether the shape of pixels is another one later in the file, as in
            broadcasts; each clip has its own.
        flipped: whether a player turns the picture upside down before it rotates it; together with
            a rotation of 180 that is a mirror of left and right.
        bit_depth: bits of each component of a pixel.
        colour: what its numbers mean, of its first frame.
    """

    index: int
    codec: str
    width: int
    height: int
    frame_rate: Fraction
    variable_frame_rate: bool
    start: float
    duration: float | None
    rotation: int
    pixel_format: str
    timecode: str | None = None
    timecode_rate: Fraction | None = None
    timecode_note: str = ""
    sample_aspect_ratio: Fraction = Fraction(1)
    field_order: FieldOrder = FieldOrder.PROGRESSIVE
    aspect_ratio_changes: bool = False
    flipped: bool = False
    bit_depth: int = 8
    colour: Colour = Colour()

    @property
    def rotated_size(self) -> tuple[int, int]:
        """Width and height in the file's own pixels, turned as players turn it."""
        return (self.height, self.width) if self.rotation % 180 else (self.width, self.height)

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height as displayed, in square pixels, turned as players turn it.

        The longer of a pixel's sides is kept: no line and no column is lost.
        """
        return display_size(self.width, self.height, self.sample_aspect_ratio, self.rotation)


def display_size(width: int, height: int, pixel: Fraction, rotation: int) -> tuple[int, int]:
    """Width and height in square pixels of a picture of ``width`` x ``height`` that is turned.

    Args:
        pixel: width of a pixel by its height, before it is turned.
        rotation: degrees, clockwise or not.
    """
    if pixel > 1:
        width = round(width * pixel)
    else:
        height = round(height / pixel)
    return (height, width) if round(rotation / 90) % 2 else (width, height)


@dataclass(frozen=True, slots=True)
class AudioStream:
    """One audio track of a media file.

    Attributes:
        index: index of the stream in the container.
        track: 0-based number among the audio streams, as ``--audio-track`` counts.
        codec: name as FFmpeg gives it, such as ``aac``.
        sample_rate: in hertz.
        channels: number of channels.
        start: presentation time of the first sample, in seconds.
        duration: in seconds; None where the container does not tell.
        language, title: ISO 639 code and track title from the container, if any.
    """

    index: int
    track: int
    codec: str
    sample_rate: int
    channels: int
    start: float
    duration: float | None
    language: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """What a media file holds.

    Attributes:
        path: the file, as the user named it, made absolute.
        container: format name as FFmpeg gives it.
        duration: seconds from the clock's zero to the end of the last stream.
        video: the picture, or None (cover art does not count).
        audio: all audio tracks, in container order.
        fingerprint: identifies the content without reading all of it.
        clock_jumps: whether the times in the file jump, as those of joined transport streams do;
            the times given here and everywhere else go on as if they did not.
        default_track: audio track that the container marks as its default, else the first.
    """

    path: str
    container: str
    duration: float
    video: VideoStream | None
    audio: tuple[AudioStream, ...]
    fingerprint: str
    clock_jumps: bool = False
    default_track: int = 0
