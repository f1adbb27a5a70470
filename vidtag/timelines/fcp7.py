"""The XML of Final Cut Pro 7 (``xmeml``), which Premiere, Resolve, OpenShot and LosslessCut read.

Elements are those of Apple's "Final Cut Pro XML Interchange Format" and, where Premiere needs more
to know stereo from two monos, those that it writes itself: a stereo track is an exploded pair of
tracks, one per channel, and every picture is linked with all its channels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from vidtag.core.media_streams import FieldOrder
from vidtag.core.timecode import nominal, to_timecode
from vidtag.timelines.model import Cut, Marker, MediaReference, Timeline, one_line
from vidtag.timelines.timecode_rates import at_timecode_rates

_STEREO = 2
_OUTPUTS = 2
"""Channels that a timeline is heard in."""

_FIELDS = {
    FieldOrder.PROGRESSIVE: "none",
    FieldOrder.TOP_FIRST: "upper",
    FieldOrder.BOTTOM_FIRST: "lower",
}

_PIXEL_SHAPES = (
    *((Fraction(1), "square", False),),
    *((Fraction(10, 11), "NTSC-601", False), (Fraction(40, 33), "NTSC-601", True)),
    *((Fraction(12, 11), "PAL-601", False), (Fraction(16, 11), "PAL-601", True)),
    *((Fraction(4, 3), "HD-(1440x1080)", False), (Fraction(3, 2), "HD-(1280x1080)", False)),
)
"""Shapes of pixels that have a name: width by height, name, and whether it is anamorphic."""

_SAME_SHAPE = Fraction(3, 100)
"""Part by which a shape may differ from a named one: there are two ways to count lines of 601."""


def fcp7_text(timeline: Timeline) -> str:
    """The timeline as Final Cut Pro 7 XML."""
    timeline = at_timecode_rates(timeline)
    root = Element("xmeml", version="4")
    sequence = SubElement(root, "sequence", id="sequence-1", explodedTracks="true")
    SubElement(sequence, "name").text = one_line(timeline.name)
    SubElement(sequence, "duration").text = str(timeline.frames)
    _rate(sequence, timeline.rate)
    _timecode(sequence, timeline.start, timeline.rate, drop=timeline.drop)
    media = SubElement(sequence, "media")
    _Writer.of(timeline).write(media)
    cut = timeline.cuts[0]
    if _is_whole(timeline):
        for mark in cut.markers:
            _marker(sequence, mark)
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n{body}\n'


def _is_whole(timeline: Timeline) -> bool:
    """Whether a timeline is one whole file: its markers are then the timeline's own."""
    cut = timeline.cuts[0]
    return len(timeline.cuts) == 1 and cut.frames == cut.reference.frames


@dataclass(frozen=True, slots=True)
class _Track:
    """A track of the timeline.

    Attributes:
        kind: ``video`` or ``audio``.
        number: among the tracks of its kind, from 1.
        lane: for sound, which of a file's audio tracks lie on it; see ``Timeline.lanes``.
        channel: for sound, channel of these, from 0.
        channels: for sound, how many channels the lane has.
        is_on: whether it is shown or heard.
    """

    kind: str
    number: int
    lane: int = 0
    channel: int = 0
    channels: int = 0
    is_on: bool = True

    def holds(self, cut: Cut) -> bool:
        """Whether a cut has something to lie on the track."""
        reference = cut.reference
        if self.kind == "video":
            return reference.size is not None
        return self.lane < len(reference.sounds) and (
            self.channel < reference.sounds[self.lane].channels
        )

    @property
    def is_stereo(self) -> bool:
        """Whether it is one channel of a stereo track."""
        return self.channels == _STEREO


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the tracks of a timeline.

    Attributes:
        tracks: those of picture, then those of sound.
        files: identifier of each file.
    """

    timeline: Timeline
    tracks: tuple[_Track, ...]
    files: dict[MediaReference, str]

    @classmethod
    def of(cls, timeline: Timeline) -> _Writer:
        """The tracks of a timeline: one of picture, and one for every channel of sound."""
        tracks = []
        if any(reference.size for reference in timeline.references):
            tracks.append(_Track("video", 1))
        number = 1
        for lane, (channels, is_on) in enumerate(timeline.lanes):
            for channel in range(channels):
                tracks.append(_Track("audio", number, lane, channel, channels, is_on))
                number += 1
        files = {one: f"file-{n}" for n, one in enumerate(timeline.references, 1)}
        return cls(timeline, tuple(tracks), files)

    def write(self, media: Element) -> None:
        """Write picture and sound."""
        described: set[MediaReference] = set()
        for kind in ("video", "audio"):
            tracks = [track for track in self.tracks if track.kind == kind]
            if not tracks:
                continue
            parent = SubElement(media, kind)
            self._describe(parent, kind)
            for track in tracks:
                element = SubElement(parent, "track")
                if track.kind == "audio":
                    _track_type(element, track)
                for place, (first, frames, cut) in enumerate(self.timeline.placed()):
                    if track.holds(cut):
                        item = self._item(element, track, place, first, frames, cut)
                        self._file(item, track, cut.reference, described)
                        self._contents(item, track, place, cut)
                _flags(element, track)

    def _describe(self, parent: Element, kind: str) -> None:
        if kind == "audio":
            SubElement(parent, "numOutputChannels").text = str(_OUTPUTS)
        characteristics = SubElement(SubElement(parent, "format"), "samplecharacteristics")
        if kind == "audio":
            SubElement(characteristics, "depth").text = "16"
            SubElement(characteristics, "samplerate").text = str(self.timeline.sample_rate)
            outputs = SubElement(parent, "outputs")
            for number in range(1, _OUTPUTS + 1):
                group = SubElement(outputs, "group")
                SubElement(group, "index").text = str(number)
                SubElement(group, "numchannels").text = "1"
                SubElement(group, "downmix").text = "0"
                SubElement(SubElement(group, "channel"), "index").text = str(number)
            return
        shown = next(one for one in self.timeline.references if one.size)
        _picture(characteristics, shown, self.timeline.rate)

    def _item(
        self, parent: Element, track: _Track, place: int, first: int, frames: int, cut: Cut
    ) -> Element:
        reference = cut.reference
        item = SubElement(parent, "clipitem", id=_item_id(track, place))
        if track.kind == "audio":
            sound = reference.sounds[track.lane]
            stereo = track.is_stereo and sound.channels == _STEREO
            item.set("premiereChannelType", "stereo" if stereo else "mono")
        number = self.timeline.references.index(reference) + 1
        SubElement(item, "masterclipid").text = f"masterclip-{number}"
        SubElement(item, "name").text = one_line(cut.name)
        SubElement(item, "enabled").text = _truth(track.is_on)
        SubElement(item, "duration").text = str(reference.frames)
        _rate(item, reference.rate)
        for tag, value in zip(
            ("start", "end", "in", "out"),
            (first, first + frames, cut.first, cut.first + cut.frames),
            strict=True,
        ):
            SubElement(item, tag).text = str(value)
        return item

    def _file(
        self,
        item: Element,
        track: _Track,
        reference: MediaReference,
        described: set[MediaReference],
    ) -> None:
        """The file of a clip, described where it is named first.

        OpenShot takes no clip that does not say where its file lies, and the sound with the
        picture: it is said again beside the later ones on the first track.
        """
        file = SubElement(item, "file", id=self.files[reference])
        if reference not in described:
            described.add(reference)
            _describe_file(file, reference)
        elif track == self.tracks[0]:
            SubElement(item, "pathurl").text = reference.url

    def _contents(self, item: Element, track: _Track, place: int, cut: Cut) -> None:
        if track.kind == "audio":
            sound = cut.reference.sounds[track.lane]
            source = SubElement(item, "sourcetrack")
            SubElement(source, "mediatype").text = "audio"
            number = sound.first_channel + track.channel + 1
            SubElement(source, "trackindex").text = str(number)
        if cut.comment:
            comments = SubElement(item, "comments")
            SubElement(comments, "mastercomment1").text = one_line(cut.comment)
        if track == self.tracks[0] and not _is_whole(self.timeline):
            for mark in cut.markers:
                _marker(item, mark)
        for other in self._linked(cut):
            link = SubElement(item, "link")
            SubElement(link, "linkclipref").text = _item_id(other, place)
            SubElement(link, "mediatype").text = other.kind
            SubElement(link, "trackindex").text = str(other.number)
            index = sum(other.holds(before) for before in self.timeline.cuts[: place + 1])
            SubElement(link, "clipindex").text = str(index)
            if other.kind == "audio":
                SubElement(link, "groupindex").text = str(other.lane + 1)

    def _linked(self, cut: Cut) -> Iterator[_Track]:
        return (track for track in self.tracks if track.holds(cut))


def _item_id(track: _Track, place: int) -> str:
    return f"clipitem-{track.kind[0]}{track.number}-{place + 1}"


def _track_type(element: Element, track: _Track) -> None:
    """What Premiere wants to know of a track of sound."""
    count = _STEREO if track.is_stereo else 1
    element.set("currentExplodedTrackIndex", str(track.channel if track.is_stereo else 0))
    element.set("totalExplodedTrackCount", str(count))
    element.set("premiereTrackType", "Stereo" if track.is_stereo else "Mono")


def _flags(element: Element, track: _Track) -> None:
    SubElement(element, "enabled").text = _truth(track.is_on)
    SubElement(element, "locked").text = "FALSE"
    if track.kind == "audio":
        SubElement(element, "outputchannelindex").text = str(track.channel % _OUTPUTS + 1)


def _describe_file(file: Element, reference: MediaReference) -> None:
    SubElement(file, "name").text = reference.name
    SubElement(file, "pathurl").text = reference.url
    _rate(file, reference.rate)
    SubElement(file, "duration").text = str(reference.frames)
    number, rate = reference.timecode_number, reference.timecode_rate
    _timecode(file, number, rate, drop=reference.drop)
    media = SubElement(file, "media")
    if reference.size is not None:
        video = SubElement(media, "video")
        _picture(SubElement(video, "samplecharacteristics"), reference, reference.rate)
    for sound in sorted(reference.sounds, key=lambda sound: sound.number):
        audio = SubElement(media, "audio")
        characteristics = SubElement(audio, "samplecharacteristics")
        SubElement(characteristics, "depth").text = "16"
        SubElement(characteristics, "samplerate").text = str(sound.sample_rate)
        SubElement(audio, "channelcount").text = str(sound.channels)


def _picture(parent: Element, reference: MediaReference, rate: Fraction) -> None:
    assert reference.size is not None
    name, anamorphic = _pixel_shape(reference.pixel_aspect)
    _rate(parent, rate)
    for tag, text in (
        ("width", str(reference.size[0])),
        ("height", str(reference.size[1])),
        ("anamorphic", _truth(anamorphic)),
        ("pixelaspectratio", name),
        ("fielddominance", _FIELDS[reference.field_order]),
    ):
        SubElement(parent, tag).text = text


def _pixel_shape(aspect: Fraction) -> tuple[str, bool]:
    """Name of the nearest shape that has one, and whether it is anamorphic; else square."""
    near = min(_PIXEL_SHAPES, key=lambda shape: abs(shape[0] - aspect))
    return near[1:] if abs(near[0] - aspect) <= aspect * _SAME_SHAPE else ("square", False)


def _rate(parent: Element, rate: Fraction) -> None:
    element = SubElement(parent, "rate")
    SubElement(element, "timebase").text = str(nominal(rate))
    SubElement(element, "ntsc").text = _truth(rate.denominator == 1001)


def _timecode(parent: Element, frame: int, rate: Fraction, *, drop: bool) -> None:
    element = SubElement(parent, "timecode")
    _rate(element, rate)
    SubElement(element, "string").text = to_timecode(frame, rate, drop=drop)
    SubElement(element, "frame").text = str(frame)
    SubElement(element, "displayformat").text = "DF" if drop else "NDF"


def _marker(parent: Element, mark: Marker) -> None:
    element = SubElement(parent, "marker")
    SubElement(element, "name").text = one_line(mark.name)
    SubElement(element, "comment").text = one_line(mark.comment)
    SubElement(element, "in").text = str(mark.first)
    SubElement(element, "out").text = str(mark.first + mark.frames)
    color = SubElement(element, "color")
    for tag, value in zip(("alpha", "red", "green", "blue"), (255, *mark.color.value), strict=True):
        SubElement(color, tag).text = str(value)


def _truth(value: bool) -> str:
    return "TRUE" if value else "FALSE"
