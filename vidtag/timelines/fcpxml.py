"""FCPXML 1.9 for Final Cut Pro and Resolve, with rational times.

Final Cut refuses what lies off a frame by a rounding, so every time is a whole number of frames
times the exact duration of one: 1001/30000 s at 29.97. Elements and their order follow Apple's
published document type definition (Final Cut Pro XML DTDs, support.apple.com/final-cut-pro).
"""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from vidtag.timelines.model import Cut, Marker, Sequence, Source
from vidtag.timelines.otio import clean

VERSION = "1.9"
"""Read by Final Cut Pro from 10.4.9 on and by Resolve from 17 on."""

_SOUND_SIZE = (1920, 1080)
"""Picture of a timeline that has only sound."""

_CONFORM = {"23.98", "24", "25", "29.97", "30", "47.95", "48", "50", "59.94", "60"}
"""Frame rates that the document type definition lets a clip be conformed from."""


def fcpxml_text(sequence: Sequence) -> str:
    """The timeline as FCPXML: its sources with keywords in the browser, and the project."""
    root = Element("fcpxml", version=VERSION)
    resources = SubElement(root, "resources")
    frame = 1 / sequence.rate
    size = next((s.size for s in sequence.sources if s.size), _SOUND_SIZE)
    main = _format(resources, "r1", sequence.rate, size)
    formats, assets = {(sequence.rate, size): main}, {}
    for number, source in enumerate(sequence.sources, 1):
        key = (source.rate, source.size or size)
        if source.size is not None and key not in formats:
            formats[key] = _format(resources, f"r1_{number}", source.rate, source.size)
        assets[source] = _asset(resources, f"a{number}", source, formats.get(key, main))
    event = SubElement(SubElement(root, "library"), "event", name=clean(sequence.name))
    for source in sequence.sources:
        marks = [m for cut in sequence.cuts if cut.source == source for m in cut.markers]
        clip = _asset_clip(event, source, assets[source], source.name, 0, source.frames)
        _add_keywords(clip, source, marks)
    project = SubElement(event, "project", name=clean(sequence.name))
    timeline = SubElement(
        project,
        "sequence",
        format=main,
        duration=time(sequence.frames * frame),
        tcStart=time(sequence.start * frame),
        tcFormat="DF" if sequence.drop else "NDF",
    )
    spine = SubElement(timeline, "spine")
    for first, frames, cut in sequence.placed():
        _place(spine, sequence, assets[cut.source], first, frames, cut)
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{body}\n'


def time(seconds: Fraction) -> str:
    """A time as FCPXML writes it: ``1001/30000s``, or ``5s``."""
    if seconds.denominator == 1:
        return f"{seconds.numerator}s"
    return f"{seconds.numerator}/{seconds.denominator}s"


def _format(resources: Element, name: str, rate: Fraction, size: tuple[int, int]) -> str:
    width, height = map(str, size)
    SubElement(
        resources, "format", id=name, frameDuration=time(1 / rate), width=width, height=height
    )
    return name


def _asset(resources: Element, name: str, source: Source, format_id: str) -> str:
    asset = SubElement(resources, "asset", id=name, name=clean(source.name))
    asset.set("start", time(source.start * source.frame_duration))
    asset.set("duration", time(source.frames * source.frame_duration))
    if source.size is not None:
        asset.set("hasVideo", "1")
        asset.set("format", format_id)
        asset.set("videoSources", "1")
    if source.channels:
        asset.set("hasAudio", "1")
        asset.set("audioSources", "1")
        asset.set("audioChannels", str(source.channels))
        asset.set("audioRate", str(source.sample_rate))
    SubElement(asset, "media-rep", kind="original-media", src=source.url)
    return name


def _asset_clip(
    parent: Element, source: Source, asset: str, name: str, first: int, frames: int
) -> Element:
    clip = SubElement(parent, "asset-clip", ref=asset, name=clean(name))
    clip.set("start", time((source.start + first) * source.frame_duration))
    clip.set("duration", time(frames * source.frame_duration))
    clip.set("tcFormat", "DF" if source.drop else "NDF")
    return clip


def _place(
    spine: Element, sequence: Sequence, asset: str, first: int, frames: int, cut: Cut
) -> None:
    source = cut.source
    clip = _asset_clip(spine, source, asset, cut.name, cut.first, cut.frames)
    clip.set("offset", time((sequence.start + first) / sequence.rate))
    if cut.comment:
        SubElement(clip, "note").text = clean(cut.comment)
    if source.rate != sequence.rate:
        # What lies on a timeline of another rate is as long as whole frames of that.
        clip.set("duration", time(frames / sequence.rate))
        conform = SubElement(clip, "conform-rate", scaleEnabled="0")
        rate = f"{float(source.rate):.2f}".removesuffix(".00")
        if rate in _CONFORM:
            conform.set("srcFrameRate", rate)
    for mark in cut.markers:
        _add_marker(clip, source, mark)


def _add_marker(clip: Element, source: Source, mark: Marker) -> None:
    """A marker; those of highlights are chapters, which Final Cut shows in orange.

    Other colours Final Cut does not know. Its markers are points: one frame long.
    """
    element = SubElement(clip, "chapter-marker" if mark.highlight else "marker")
    element.set("start", time((source.start + mark.first) * source.frame_duration))
    element.set("duration", time(source.frame_duration))
    element.set("value", clean(mark.name))
    element.set("note", clean(mark.comment))
    if mark.highlight:
        element.set("posterOffset", "0s")


def _add_keywords(clip: Element, source: Source, marks: list[Marker]) -> None:
    """Ranges by kind, as Final Cut's browser lists and filters them."""
    for mark in marks:
        SubElement(
            clip,
            "keyword",
            start=time((source.start + mark.first) * source.frame_duration),
            duration=time(mark.frames * source.frame_duration),
            value=mark.label,
            note=clean(mark.comment),
        )
