"""OpenTimelineIO: its own JSON, and the timeline that its adapters write from."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import opentimelineio as otio

from vidtag.timelines.model import Cut, Marker, Timeline, one_line

_MOST_SOUND_TRACKS = 2
"""Sound tracks of a file that are laid out, one channel each."""


def otio_text(timeline: Timeline) -> str:
    """The timeline in OpenTimelineIO's own JSON."""
    return str(otio.adapters.write_to_string(otio_timeline(timeline), "otio_json")) + "\n"


def otio_timeline(timeline: Timeline, *, from_zero: bool = False) -> otio.schema.Timeline:
    """The timeline as OpenTimelineIO has it: a picture track, and a track per sound channel.

    Markers of a timeline that is one whole file are on the timeline itself, where editing
    programs step from one to the next; those of cuts are on the clips, and move with them.

    Args:
        from_zero: whether markers of clips count from the file's first frame, as in Final Cut
            Pro 7, and not on its timecode, as OpenTimelineIO has it.
    """
    rate = float(timeline.rate)
    result = otio.schema.Timeline(
        name=one_line(timeline.name),
        global_start_time=otio.opentime.RationalTime(timeline.start, rate),
        metadata={"fcp_xml": _sequence_metadata(timeline)},
    )
    result.tracks.name = result.name
    media = timeline.references
    tracks = [("V1", otio.schema.TrackKind.Video, 0)] if any(one.size for one in media) else []
    channels = min(_MOST_SOUND_TRACKS, max(one.channels for one in media))
    tracks += [(f"A{n}", otio.schema.TrackKind.Audio, n) for n in range(1, channels + 1)]
    first_cut = timeline.cuts[0]
    is_whole = len(timeline.cuts) == 1 and first_cut.frames == first_cut.reference.frames
    for number, (name, kind, channel) in enumerate(tracks):
        track = otio.schema.Track(name=name, kind=kind)
        marked = not is_whole and not number
        for place, cut in enumerate(timeline.cuts, 1):
            reference = cut.reference
            absent = channel > reference.channels or (not channel and reference.size is None)
            if absent:
                track.append(_gap(cut))
                continue
            clip = _clip(cut, channel, place)
            if marked:
                start = 0 if from_zero else reference.start
                clip.markers.extend(_marker(mark, reference.rate, start) for mark in cut.markers)
            track.append(clip)
        result.tracks.append(track)
    if is_whole:
        result.tracks.markers.extend(_marker(mark, timeline.rate, 0) for mark in first_cut.markers)
    return result


def _gap(cut: Cut) -> otio.schema.Gap:
    length = otio.opentime.RationalTime(cut.frames, float(cut.reference.rate))
    return otio.schema.Gap(source_range=otio.opentime.TimeRange(duration=length))


def _clip(cut: Cut, channel: int, place: int) -> otio.schema.Clip:
    reference, rate = cut.reference, cut.reference.rate
    drop = "DF" if reference.drop else "NDF"
    external = otio.schema.ExternalReference(
        target_url=reference.url,
        available_range=_range(reference.start, reference.frames, rate),
        metadata={"fcp_xml": {"timecode": {"displayformat": drop}}},
    )
    external.name = reference.name
    clip = otio.schema.Clip(
        name=one_line(cut.name),
        media_reference=external,
        source_range=_range(reference.start + cut.first, cut.frames, rate),
        metadata={"vidtag": {"cut": place, "comment": one_line(cut.comment)}},
    )
    if channel:
        clip.metadata["fcp_xml"] = {"sourcetrack": {"mediatype": "audio", "trackindex": channel}}
    return clip


def _marker(mark: Marker, rate: Fraction, start: int) -> otio.schema.Marker:
    red, green, blue = mark.color.value
    color = {"alpha": 255, "red": red, "green": green, "blue": blue}
    return otio.schema.Marker(
        name=one_line(mark.name),
        marked_range=_range(start + mark.first, mark.frames, rate),
        color=mark.color.name,
        comment=one_line(mark.comment),
        metadata={
            "fcp_xml": {"comment": one_line(mark.comment), "color": color},
            "vidtag": {"label": mark.label},
        },
    )


def _range(first: int, frames: int, rate: Fraction) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(first, float(rate)),
        otio.opentime.RationalTime(frames, float(rate)),
    )


def _sequence_metadata(timeline: Timeline) -> dict[str, Any]:
    """What Final Cut Pro 7 wants to know of a sequence."""
    size = next((one.size for one in timeline.references if one.size), None)
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
        "timecode": {"displayformat": "DF" if timeline.drop else "NDF"},
        "media": {"video": {"format": {"samplecharacteristics": picture}}},
    }
