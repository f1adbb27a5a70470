"""OpenTimelineIO: its own JSON, with what Resolve and Premiere want to know of the sound."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import opentimelineio as otio

from vidtag.timelines.model import Cut, Marker, Timeline, one_line

_STEREO = 2


def otio_text(timeline: Timeline) -> str:
    """The timeline in OpenTimelineIO's own JSON."""
    return str(otio.adapters.write_to_string(otio_timeline(timeline), "otio_json")) + "\n"


def otio_timeline(timeline: Timeline) -> otio.schema.Timeline:
    """The timeline as OpenTimelineIO has it: a picture track, and one for each audio track of the
    files, with all its channels. The tracks that were listened to lie on the first and are heard;
    the others are there, turned off.

    Which audio track and channels of its file a clip plays stands where Resolve and Premiere each
    look for it; OpenTimelineIO has no words of its own for it. A track per channel would be heard
    twice in programs that look nowhere.

    Markers of a timeline that is one whole file are on the timeline itself, where editing
    programs step from one to the next; those of cuts are on the clips, and move with them.
    """
    result = otio.schema.Timeline(
        name=one_line(timeline.name),
        global_start_time=otio.opentime.RationalTime(timeline.start, float(timeline.rate)),
        metadata={"PremierePro_OTIO": {"MetadataVersion": "1.0"}},
    )
    result.tracks.name = result.name
    result.tracks.metadata["PremierePro_OTIO"] = _sequence_metadata(timeline)
    first_cut = timeline.cuts[0]
    is_whole = len(timeline.cuts) == 1 and first_cut.frames == first_cut.reference.frames
    tracks = [_picture_track()] if any(one.size for one in timeline.references) else []
    tracks += [_sound_track(n, *lane) for n, lane in enumerate(timeline.lanes)]
    picture_tracks = len(tracks) - len(timeline.lanes)
    for number, track in enumerate(tracks):
        for place, cut in enumerate(timeline.cuts, 1):
            clip = _item(cut, place, number - picture_tracks)
            if not number and not is_whole and isinstance(clip, otio.schema.Clip):
                reference = cut.reference
                marks = (_marker(mark, reference.rate, reference.start) for mark in cut.markers)
                clip.markers.extend(marks)
            track.append(clip)
        result.tracks.append(track)
    if is_whole:
        result.tracks.markers.extend(_marker(mark, timeline.rate, 0) for mark in first_cut.markers)
    return result


def _picture_track() -> otio.schema.Track:
    return otio.schema.Track(name="V1", kind=otio.schema.TrackKind.Video)


def _sound_track(lane: int, channels: int, is_on: bool) -> otio.schema.Track:
    kind = _channel_type(channels)
    track = otio.schema.Track(
        name=f"A{lane + 1}",
        kind=otio.schema.TrackKind.Audio,
        metadata={
            "Resolve_OTIO": {"Audio Type": kind, "Locked": False, "SoloOn": False},
            "PremierePro_OTIO": {
                "AudioChannels": {"ChannelType": kind, "NumberOfChannels": channels}
            },
        },
    )
    track.enabled = is_on
    return track


def _channel_type(channels: int) -> str:
    """What Resolve and Premiere call so many channels."""
    return {1: "Mono", _STEREO: "Stereo", 6: "5.1", 8: "7.1"}.get(channels, f"Adaptive {channels}")


def _item(cut: Cut, place: int, lane: int) -> otio.core.Item:
    """What of a cut lies on a track: on that of the picture, or on a lane of sound from 0."""
    reference = cut.reference
    is_picture = lane < 0
    absent = reference.size is None if is_picture else lane >= len(reference.sounds)
    if absent:
        length = otio.opentime.RationalTime(cut.frames, float(reference.rate))
        return otio.schema.Gap(source_range=otio.opentime.TimeRange(duration=length))
    clip = _clip(cut, place)
    premiere: dict[str, Any] = {"LinkID": place, "SourceClipIndex": 0}
    resolve: dict[str, Any] = {"Link Group ID": place}
    if not is_picture:
        sound = reference.sounds[lane]
        channels = range(sound.channels)
        clip.enabled = sound.is_on
        resolve["Channels"] = [
            {"Source Channel ID": channel, "Source Track ID": sound.number} for channel in channels
        ]
        premiere["OriginalChannelGroupIndex"] = sound.number
        premiere["AudioChannels"] = {
            "ChannelType": _channel_type(sound.channels),
            "SecondaryAssignments": [{"SecondaryChannelIndex": channel} for channel in channels],
        }
    clip.metadata["Resolve_OTIO"] = resolve
    clip.metadata["PremierePro_OTIO"] = premiere
    return clip


def _clip(cut: Cut, place: int) -> otio.schema.Clip:
    reference, rate = cut.reference, cut.reference.rate
    external = otio.schema.ExternalReference(
        target_url=reference.url,
        available_range=_range(reference.start, reference.frames, rate),
    )
    external.name = reference.name
    return otio.schema.Clip(
        name=one_line(cut.name),
        media_reference=external,
        source_range=_range(reference.start + cut.first, cut.frames, rate),
        metadata={"vidtag": {"cut": place, "comment": one_line(cut.comment)}},
    )


def _marker(mark: Marker, rate: Fraction, start: int) -> otio.schema.Marker:
    return otio.schema.Marker(
        name=one_line(mark.name),
        marked_range=_range(start + mark.first, mark.frames, rate),
        color=mark.color.name,
        comment=one_line(mark.comment),
        metadata={"vidtag": {"label": mark.label}},
    )


def _range(first: int, frames: int, rate: Fraction) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(first, float(rate)),
        otio.opentime.RationalTime(frames, float(rate)),
    )


def _sequence_metadata(timeline: Timeline) -> dict[str, Any]:
    """What Premiere wants to know of a sequence."""
    shown = next((one for one in timeline.references if one.size), None)
    found: dict[str, Any] = {
        "AudioFrameRate": float(timeline.sample_rate),
        "VideoFrameRate": float(timeline.rate),
    }
    if shown is not None and shown.size is not None:
        aspect = shown.pixel_aspect
        found["PixelAspectRatio"] = {
            "numerator": float(aspect.numerator),
            "denominator": float(aspect.denominator),
        }
        found["VideoResolution"] = {"width": shown.size[0], "height": shown.size[1]}
    return found
