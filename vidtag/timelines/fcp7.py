"""The XML of Final Cut Pro 7 (``xmeml``), which Premiere, Resolve and LosslessCut read.

OpenTimelineIO's adapter writes it; what the adapter leaves out is put in afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar
from xml.etree import ElementTree

import opentimelineio as otio

from vidtag.core.timecode import STANDARD_RATES
from vidtag.timelines.model import Cut, Marker, MediaReference, Timeline
from vidtag.timelines.otio import otio_timeline

Spanned = TypeVar("Spanned", Cut, Marker)

_FACTORS = (1, 2, 3, 4, 5, 6, Fraction(1, 2), Fraction(1, 4), Fraction(1, 5), Fraction(1, 8))
_RATES_WITH_TIMECODE = frozenset(rate for rate in STANDARD_RATES if rate <= 60)
_OTHER_RATE = Fraction(30)
"""Frames per second for rates that no factor brings to one with timecode."""


def fcp7_text(timeline: Timeline) -> str:
    """The timeline as Final Cut Pro 7 XML."""
    timeline = _at_timecode_rates(timeline)
    text = otio.adapters.write_to_string(otio_timeline(timeline, from_zero=True), "fcp_xml")
    root = ElementTree.fromstring(text)
    _link(root)
    _describe_files(root, {reference.url: reference for reference in timeline.references})
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n{body}\n'


def _at_timecode_rates(timeline: Timeline) -> Timeline:
    """The timeline counted at rates that have timecode, because this format counts in it: 30 a
    second where a file has 15, 60 where it has 120.
    """
    cuts = []
    for cut in timeline.cuts:
        reference = _reference_at_timecode_rate(cut.reference)
        factor = reference.rate / cut.reference.rate
        marks = tuple(_scaled(mark, factor) for mark in cut.markers)
        cuts.append(replace(_scaled(cut, factor), reference=reference, markers=marks))
    rate = _timecode_rate(timeline.rate)
    start = round(timeline.start * rate / timeline.rate)
    return replace(timeline, rate=rate, start=start, cuts=tuple(cuts))


def _timecode_rate(rate: Fraction) -> Fraction:
    multiples = (rate * factor for factor in _FACTORS if rate * factor in _RATES_WITH_TIMECODE)
    return next(multiples, _OTHER_RATE)


def _reference_at_timecode_rate(reference: MediaReference) -> MediaReference:
    rate = _timecode_rate(reference.rate)
    factor = rate / reference.rate
    frames = max(1, round(reference.frames * factor))
    return replace(reference, rate=rate, frames=frames, start=round(reference.start * factor))


def _scaled(span: Spanned, factor: Fraction) -> Spanned:
    frames = max(1, round(span.frames * factor))
    return replace(span, first=round(span.first * factor), frames=frames)


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


def _describe_files(root: ElementTree.Element, references: Mapping[str, MediaReference]) -> None:
    """Say of each file what it holds, which the adapter guesses from its name."""
    for file in root.iter("file"):
        reference = references.get(file.findtext("pathurl", ""))
        media = file.find("media")
        if reference is None or media is None:
            continue
        media.clear()
        if reference.size is not None:
            video = ElementTree.SubElement(media, "video")
            picture = ElementTree.SubElement(video, "samplecharacteristics")
            for tag, value in zip(("width", "height"), reference.size, strict=True):
                ElementTree.SubElement(picture, tag).text = str(value)
        if reference.channels:
            audio = ElementTree.SubElement(media, "audio")
            sound = ElementTree.SubElement(audio, "samplecharacteristics")
            ElementTree.SubElement(sound, "samplerate").text = str(reference.sample_rate)
            ElementTree.SubElement(audio, "channelcount").text = str(reference.channels)
