"""OpenTimelineIO: its own format, and through its adapter the XML of Final Cut Pro 7, which
Premiere, Resolve and LosslessCut read.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar
from xml.etree import ElementTree

from vidtag.timelines.model import Cut, Marker, Sequence, Source
from vidtag.timelines.timecode import STANDARD_RATES

if TYPE_CHECKING:
    import opentimelineio as otio

Spanned = TypeVar("Spanned", Cut, Marker)

_FACTORS = (1, 2, 3, 4, 5, 6, Fraction(1, 2), Fraction(1, 4), Fraction(1, 5), Fraction(1, 8))
_WITH_TIMECODE = frozenset(rate for rate in STANDARD_RATES if rate <= 60)
_MOST_SOUND_TRACKS = 2
"""Sound tracks of a source that are laid out, one channel each."""


def otio_text(sequence: Sequence) -> str:
    """The timeline in OpenTimelineIO's own JSON."""
    import opentimelineio as otio

    return str(otio.adapters.write_to_string(timeline(sequence), "otio_json")) + "\n"


def fcp7_text(sequence: Sequence) -> str:
    """The timeline as Final Cut Pro 7 XML (``xmeml``)."""
    import opentimelineio as otio

    sequence = _with_timecode(sequence)
    text = otio.adapters.write_to_string(timeline(sequence, from_zero=True), "fcp_xml")
    root = ElementTree.fromstring(text)
    _link(root)
    _describe_files(root, {source.url: source for source in sequence.sources})
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n{body}\n'


def _with_timecode(sequence: Sequence) -> Sequence:
    """The timeline counted at rates that there is timecode for, in which this format counts: 30 a
    second where a source has 15, 60 where it has 120."""

    def counted(rate: Fraction) -> Fraction:
        multiples = [rate * factor for factor in _FACTORS if rate * factor in _WITH_TIMECODE]
        return next(iter(multiples), Fraction(30))

    def at(source: Source) -> Source:
        rate = counted(source.rate)
        k = rate / source.rate
        frames = max(1, round(source.frames * k))
        return replace(source, rate=rate, frames=frames, start=round(source.start * k))

    def moved(span: Spanned, k: Fraction) -> Spanned:
        return replace(span, first=round(span.first * k), frames=max(1, round(span.frames * k)))

    cuts = []
    for cut in sequence.cuts:
        source = at(cut.source)
        k = source.rate / cut.source.rate
        marks = tuple(moved(mark, k) for mark in cut.markers)
        cuts.append(replace(moved(cut, k), source=source, markers=marks))
    rate = counted(sequence.rate)
    start = round(sequence.start * rate / sequence.rate)
    return replace(sequence, rate=rate, start=start, cuts=tuple(cuts))


def timeline(sequence: Sequence, *, from_zero: bool = False) -> otio.schema.Timeline:
    """The timeline as OpenTimelineIO has it: a picture track, and a track per sound channel.

    Markers of a timeline that is one whole source are on the timeline itself, where editing
    programs step from one to the next; those of cuts are on the clips, and move with them.

    Args:
        from_zero: whether markers of clips count from the source's first frame, as in Final Cut
            Pro 7, and not on its timecode, as OpenTimelineIO has it.
    """
    import opentimelineio as otio

    rate = float(sequence.rate)
    result = otio.schema.Timeline(
        name=clean(sequence.name),
        global_start_time=otio.opentime.RationalTime(sequence.start, rate),
        metadata={"fcp_xml": _sequence_metadata(sequence)},
    )
    result.tracks.name = result.name
    pictures = any(source.size for source in sequence.sources)
    channels = min(_MOST_SOUND_TRACKS, max(source.channels for source in sequence.sources))
    tracks = [("V1", otio.schema.TrackKind.Video, 0)] if pictures else []
    tracks += [(f"A{n}", otio.schema.TrackKind.Audio, n) for n in range(1, channels + 1)]
    is_whole = len(sequence.cuts) == 1 and sequence.cuts[0].frames == sequence.cuts[0].source.frames
    for number, (name, kind, channel) in enumerate(tracks):
        track = otio.schema.Track(name=name, kind=kind)
        marked = not is_whole and not number
        for place, cut in enumerate(sequence.cuts, 1):
            absent = channel > cut.source.channels or (not channel and cut.source.size is None)
            if absent:
                track.append(_gap(cut))
                continue
            clip = _clip(cut, channel, place)
            if marked:
                start = 0 if from_zero else cut.source.start
                clip.markers.extend(_marker(mark, cut.source.rate, start) for mark in cut.markers)
            track.append(clip)
        result.tracks.append(track)
    if is_whole:
        (cut,) = sequence.cuts
        result.tracks.markers.extend(_marker(mark, sequence.rate, 0) for mark in cut.markers)
    return result


def clean(text: str) -> str:
    """Text on one line, without characters that XML cannot hold."""
    return "".join(char if char.isprintable() else " " for char in text).strip()


def _gap(cut: Cut) -> otio.schema.Gap:
    import opentimelineio as otio

    length = otio.opentime.RationalTime(cut.frames, float(cut.source.rate))
    return otio.schema.Gap(source_range=otio.opentime.TimeRange(duration=length))


def _clip(cut: Cut, channel: int, place: int) -> otio.schema.Clip:
    import opentimelineio as otio

    source, rate = cut.source, float(cut.source.rate)

    def span(first: int, frames: int) -> otio.opentime.TimeRange:
        start = otio.opentime.RationalTime(source.start + first, rate)
        return otio.opentime.TimeRange(start, otio.opentime.RationalTime(frames, rate))

    reference = otio.schema.ExternalReference(
        target_url=source.url,
        available_range=span(0, source.frames),
        metadata={"fcp_xml": {"timecode": {"displayformat": "DF" if source.drop else "NDF"}}},
    )
    reference.name = source.name
    clip = otio.schema.Clip(
        name=clean(cut.name),
        media_reference=reference,
        source_range=span(cut.first, cut.frames),
        metadata={"vidtag": {"cut": place, "comment": clean(cut.comment)}},
    )
    if channel:
        clip.metadata["fcp_xml"] = {"sourcetrack": {"mediatype": "audio", "trackindex": channel}}
    return clip


def _marker(mark: Marker, rate: Fraction, start: int) -> otio.schema.Marker:
    import opentimelineio as otio

    red, green, blue = mark.color.value
    color = {"alpha": 255, "red": red, "green": green, "blue": blue}
    return otio.schema.Marker(
        name=clean(mark.name),
        marked_range=otio.opentime.TimeRange(
            otio.opentime.RationalTime(start + mark.first, float(rate)),
            otio.opentime.RationalTime(mark.frames, float(rate)),
        ),
        color=mark.color.name,
        comment=clean(mark.comment),
        metadata={
            "fcp_xml": {"comment": clean(mark.comment), "color": color},
            "vidtag": {"label": mark.label},
        },
    )


def _sequence_metadata(sequence: Sequence) -> dict[str, Any]:
    size = next((source.size for source in sequence.sources if source.size), None)
    picture: dict[str, Any] = {}
    if size is not None:
        picture = {
            "width": size[0],
            "height": size[1],
            "anamorphic": "FALSE",
            "pixelaspectratio": "square",
            "fielddominance": "none",
        }
    return {
        "timecode": {"displayformat": "DF" if sequence.drop else "NDF"},
        "media": {"video": {"format": {"samplecharacteristics": picture}}},
    }


def _link(root: ElementTree.Element) -> None:
    """Tie picture and sound of each cut together and say its rate once; the adapter does not."""
    for item in root.iter("clipitem"):
        for rate in item.findall("rate")[1:]:
            item.remove(rate)
    tracks = [
        (kind, number, track.findall("clipitem"))
        for kind in ("video", "audio")
        for number, track in enumerate(root.findall(f".//sequence/media/{kind}/track"), 1)
    ]
    together: dict[str, list[tuple[str, int, int, ElementTree.Element]]] = {}
    for kind, number, items in tracks:
        for place, item in enumerate(items, 1):
            together.setdefault(item.findtext("start", ""), []).append((kind, number, place, item))
    for group in together.values():
        for *_, item in group:
            for kind, number, place, other in group:
                link = ElementTree.SubElement(item, "link")
                ElementTree.SubElement(link, "linkclipref").text = other.get("id")
                ElementTree.SubElement(link, "mediatype").text = kind
                ElementTree.SubElement(link, "trackindex").text = str(number)
                ElementTree.SubElement(link, "clipindex").text = str(place)


def _describe_files(root: ElementTree.Element, sources: dict[str, Source]) -> None:
    """Say of each file what it holds, which the adapter guesses from its name."""
    for file in root.iter("file"):
        source = sources.get(file.findtext("pathurl", ""))
        media = file.find("media")
        if source is None or media is None:
            continue
        media.clear()
        if source.size is not None:
            video = ElementTree.SubElement(media, "video")
            picture = ElementTree.SubElement(video, "samplecharacteristics")
            for tag, value in zip(("width", "height"), source.size, strict=True):
                ElementTree.SubElement(picture, tag).text = str(value)
        if source.channels:
            audio = ElementTree.SubElement(media, "audio")
            sound = ElementTree.SubElement(audio, "samplecharacteristics")
            ElementTree.SubElement(sound, "samplerate").text = str(source.sample_rate)
            ElementTree.SubElement(audio, "channelcount").text = str(source.channels)
