"""FCPXML 1.9 for Final Cut Pro and Resolve, with rational times.

Final Cut refuses what lies off a frame by a rounding, so every time is a whole number of frames
times the exact duration of one: 1001/30000 s at 29.97. Elements and their order follow Apple's
published document type definition (Final Cut Pro XML DTDs, support.apple.com/final-cut-pro).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from vidtag.core.media_streams import FieldOrder
from vidtag.timelines.model import Cut, Marker, MediaReference, Timeline, one_line

VERSION = "1.9"
"""Read by Final Cut Pro from 10.4.9 on and by Resolve from 17 on."""

_SOUND_SIZE = (1920, 1080)
"""Picture of a timeline that has only sound."""

_AUDIO_RATES = {
    32_000: "32k",
    44_100: "44.1k",
    48_000: "48k",
    88_200: "88.2k",
    96_000: "96k",
    176_400: "176.4k",
    192_000: "192k",
}
"""Sample rates that the document type definition lets a sequence have."""

_FIELDS = {FieldOrder.TOP_FIRST: "upper first", FieldOrder.BOTTOM_FIRST: "lower first"}

_COLOR_SPACES = {
    ("bt470bg", "bt709"): "5-1-6 (Rec. 601 (PAL))",
    ("bt470bg", "smpte170m"): "5-1-6 (Rec. 601 (PAL))",
    ("smpte170m", "bt709"): "6-1-6 (Rec. 601 (NTSC))",
    ("smpte170m", "smpte170m"): "6-1-6 (Rec. 601 (NTSC))",
    ("bt2020", "bt709"): "9-1-9 (Rec. 2020)",
    ("bt2020", "bt2020-10"): "9-1-9 (Rec. 2020)",
    ("bt2020", "smpte2084"): "9-16-9 (Rec. 2020 PQ)",
    ("bt2020", "arib-std-b67"): "9-18-9 (Rec. 2020 HLG)",
}
"""Names of Final Cut's colour spaces, by primaries and transfer. They begin with the numbers of
primaries, transfer and matrix (ITU-T H.273)."""

_OTHER_COLOR_SPACE = "1-1-1 (Rec. 709)"

_CONFORM = {"23.98", "24", "25", "29.97", "30", "47.95", "48", "50", "59.94", "60"}
"""Frame rates that the document type definition lets a clip be conformed from."""


def fcpxml_text(timeline: Timeline) -> str:
    """The timeline as FCPXML: its files with keywords in the browser, and the project."""
    root = Element("fcpxml", version=VERSION)
    resources = SubElement(root, "resources")
    frame = 1 / timeline.rate
    shown = next((one for one in timeline.references if one.size), None)
    main = _PictureFormat.of(shown, timeline.rate)
    formats = {main: _format(resources, "r1", main)}
    assets = {}
    for number, reference in enumerate(timeline.references, 1):
        picture = _PictureFormat.of(reference, reference.rate)
        if reference.size is not None and picture not in formats:
            formats[picture] = _format(resources, f"r1_{number}", picture)
        format_id = formats.get(picture, formats[main])
        assets[reference] = _asset(resources, f"a{number}", reference, format_id)
    event = SubElement(SubElement(root, "library"), "event", name=one_line(timeline.name))
    for reference in timeline.references:
        marks = [m for cut in timeline.cuts if cut.reference == reference for m in cut.markers]
        clip = _asset_clip(event, reference, assets[reference], reference.name, 0, reference.frames)
        _add_keywords(clip, reference, marks)
    project = SubElement(event, "project", name=one_line(timeline.name))
    sequence = SubElement(
        project,
        "sequence",
        format=formats[main],
        duration=time(timeline.frames * frame),
        tcStart=time(timeline.start * frame),
        tcFormat="DF" if timeline.drop else "NDF",
        audioLayout="stereo",
        audioRate=_AUDIO_RATES.get(timeline.sample_rate, "48k"),
    )
    spine = SubElement(sequence, "spine")
    for first, frames, cut in timeline.placed():
        _place(spine, timeline, assets[cut.reference], first, frames, cut)
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{body}\n'


def time(seconds: Fraction) -> str:
    """A time as FCPXML writes it: ``1001/30000s``; whole seconds too, as ``5/1s``.

    Final Cut reads ``5s`` as well, LosslessCut only fractions.
    """
    return f"{seconds.numerator}/{seconds.denominator}s"


@dataclass(frozen=True, slots=True)
class _PictureFormat:
    """What a format says of a picture."""

    rate: Fraction
    size: tuple[int, int] = _SOUND_SIZE
    pixel_aspect: Fraction = Fraction(1)
    field_order: FieldOrder = FieldOrder.PROGRESSIVE
    color_space: str = _OTHER_COLOR_SPACE

    @classmethod
    def of(cls, reference: MediaReference | None, rate: Fraction) -> _PictureFormat:
        """The format of a file's picture; a common one where there is none."""
        if reference is None or reference.size is None:
            return cls(rate)
        colour = (reference.colour.primaries, reference.colour.transfer)
        space = _COLOR_SPACES.get(colour, _OTHER_COLOR_SPACE)
        return cls(rate, reference.size, reference.pixel_aspect, reference.field_order, space)


def _format(resources: Element, name: str, picture: _PictureFormat) -> str:
    width, height = map(str, picture.size)
    element = SubElement(resources, "format", id=name, frameDuration=time(1 / picture.rate))
    if picture.field_order is not FieldOrder.PROGRESSIVE:
        element.set("fieldOrder", _FIELDS[picture.field_order])
    element.set("width", width)
    element.set("height", height)
    if picture.pixel_aspect != 1:
        element.set("paspH", str(picture.pixel_aspect.numerator))
        element.set("paspV", str(picture.pixel_aspect.denominator))
    element.set("colorSpace", picture.color_space)
    return name


def _asset(resources: Element, name: str, reference: MediaReference, format_id: str) -> str:
    asset = SubElement(resources, "asset", id=name, name=one_line(reference.name))
    asset.set("start", time(reference.start * reference.frame_duration))
    asset.set("duration", time(reference.frames * reference.frame_duration))
    if reference.size is not None:
        asset.set("hasVideo", "1")
        asset.set("format", format_id)
        asset.set("videoSources", "1")
    if reference.sound is not None:
        asset.set("hasAudio", "1")
        asset.set("audioSources", str(len(reference.sounds)))
        asset.set("audioChannels", str(reference.channels))
        asset.set("audioRate", str(reference.sound.sample_rate))
    SubElement(asset, "media-rep", kind="original-media", src=reference.url)
    return name


def _asset_clip(
    parent: Element, reference: MediaReference, asset: str, name: str, first: int, frames: int
) -> Element:
    clip = SubElement(parent, "asset-clip", ref=asset, name=one_line(name))
    clip.set("start", time((reference.start + first) * reference.frame_duration))
    clip.set("duration", time(frames * reference.frame_duration))
    clip.set("tcFormat", "DF" if reference.drop else "NDF")
    return clip


def _place(
    spine: Element, timeline: Timeline, asset: str, first: int, frames: int, cut: Cut
) -> None:
    reference = cut.reference
    clip = _asset_clip(spine, reference, asset, cut.name, cut.first, cut.frames)
    clip.set("offset", time((timeline.start + first) / timeline.rate))
    if cut.comment:
        SubElement(clip, "note").text = one_line(cut.comment)
    if reference.rate != timeline.rate:
        # What lies on a timeline of another rate is as long as whole frames of that.
        clip.set("duration", time(frames / timeline.rate))
        conform = SubElement(clip, "conform-rate", scaleEnabled="0")
        rate = f"{float(reference.rate):.2f}".removesuffix(".00")
        if rate in _CONFORM:
            conform.set("srcFrameRate", rate)
    for mark in cut.markers:
        _add_marker(clip, reference, mark)
    _add_channels(clip, reference)


def _add_marker(clip: Element, reference: MediaReference, mark: Marker) -> None:
    """A marker; those of highlights are chapters, which Final Cut shows in orange.

    Other colours Final Cut does not know. Its markers are points: one frame long.
    """
    element = SubElement(clip, "chapter-marker" if mark.highlight else "marker")
    element.set("start", time((reference.start + mark.first) * reference.frame_duration))
    element.set("duration", time(reference.frame_duration))
    element.set("value", one_line(mark.name))
    element.set("note", one_line(mark.comment))
    if mark.highlight:
        element.set("posterOffset", time(Fraction(0)))


def _add_channels(clip: Element, reference: MediaReference) -> None:
    """Which channels are heard, where a file has several audio tracks: those that were listened to.

    Channels are counted over all tracks of a file. The others stay there, turned off.
    """
    if len(reference.sounds) < 2:
        return
    for sound in sorted(reference.sounds, key=lambda sound: sound.number):
        channels = range(sound.first_channel + 1, sound.first_channel + sound.channels + 1)
        source = SubElement(clip, "audio-channel-source", srcCh=", ".join(map(str, channels)))
        source.set("role", f"dialogue.dialogue-{sound.number + 1}")
        if not sound.is_on:
            source.set("enabled", "0")


def _add_keywords(clip: Element, reference: MediaReference, marks: list[Marker]) -> None:
    """Ranges by kind, as Final Cut's browser lists and filters them."""
    for mark in marks:
        SubElement(
            clip,
            "keyword",
            start=time((reference.start + mark.first) * reference.frame_duration),
            duration=time(mark.frames * reference.frame_duration),
            value=mark.label,
            note=one_line(mark.comment),
        )
