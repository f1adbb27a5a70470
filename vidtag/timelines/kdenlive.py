"""Kdenlive's project file: MLT's XML, with what Kdenlive adds to it.

A project has a bin of its files, a sequence of tracks, each of two playlists, and as its last part
what ``melt`` plays. Every audio track of the files has a track of its own; those that nobody
listened to are muted. Sources: Kdenlive's description of its format (dev-docs/fileformat.md,
document version 1.1, Kdenlive 23.04 and later), MLT's of its XML.
"""

from __future__ import annotations

import json
import uuid
from fractions import Fraction
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from vidtag.core.media_streams import FieldOrder
from vidtag.timelines.model import Color, MediaReference, Timeline, one_line

_SIZE = (1920, 1080)
"""Picture of a project that has only sound."""

_VERSION = "1.1"
_BLACK, _BIN, _SEQUENCE_TYPE, _INTERNAL = "black_track", "main_bin", "17", "237"
_ENDLESS = "2147483647"
_COLORSPACES = {"smpte170m": "601", "bt470bg": "601", "bt2020": "2020"}


def kdenlive_text(timeline: Timeline) -> str:
    """The timeline as a project of one sequence, its markers as guides."""
    root = Element("mlt", LC_NUMERIC="C", producer=_BIN, version="7.0.0")
    _Project(timeline, root).write()
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


class _Project:
    """A project that is being written."""

    def __init__(self, timeline: Timeline, root: Element) -> None:
        self.timeline = timeline
        self.root = root
        self.numbers = {one: number for number, one in enumerate(timeline.references, 1)}
        self.sequence = "{" + str(uuid.uuid5(uuid.NAMESPACE_URL, timeline.name)) + "}"

    def write(self) -> None:
        timeline = self.timeline
        _profile(self.root, timeline)
        black = SubElement(self.root, "producer", {"id": _BLACK, "in": "0", "out": self._end})
        for name, value in {
            "length": _ENDLESS,
            "eof": "continue",
            "resource": "black",
            "mlt_service": "color",
            "kdenlive:playlistid": _BLACK,
            "set.test_audio": "0",
        }.items():
            _set(black, name, value)
        for reference in timeline.references:
            self._producer(f"bin{self.numbers[reference]}", reference)
        # From the lowest track to the highest: A2, A1, V1.
        lanes = list(enumerate(timeline.lanes))
        tracks = [self._track(lane, is_on) for lane, (_, is_on) in reversed(lanes)]
        tracks.append(self._track(None, True))
        self._sequence(tracks)
        self._bin()
        project = SubElement(self.root, "tractor", {"id": "project", "in": "0", "out": self._end})
        _set(project, "kdenlive:projectTractor", "1")
        SubElement(project, "track", {"producer": self.sequence, "in": "0", "out": self._end})

    @property
    def _end(self) -> str:
        return self._time(self.timeline.frames - 1)

    def _time(self, frames: int) -> str:
        """A number of frames, as MLT writes times: to the millisecond."""
        milliseconds = round(frames * 1000 / self.timeline.rate)
        seconds, rest = divmod(milliseconds, 1000)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"

    def _frames(self, frames: int, reference: MediaReference) -> int:
        """A number of a file's frames, in frames of the timeline, which MLT counts all files in."""
        return round(frames * Fraction(self.timeline.rate) / reference.rate)

    def _producer(self, name: str, reference: MediaReference) -> Element:
        """A file, as the bin or a track plays it."""
        frames = max(1, self._frames(reference.frames, reference))
        ends = {"in": "00:00:00.000", "out": self._time(frames - 1)}
        producer = SubElement(self.root, "producer", {"id": name, **ends})
        for key, value in {
            "length": str(frames),
            "eof": "pause",
            "resource": reference.place,
            "mlt_service": "avformat-novalidate",
            "seekable": "1",
            "kdenlive:clipname": reference.name,
            "kdenlive:id": str(self._bin_number(reference)),
            "kdenlive:folderid": "-1",
            "kdenlive:clip_type": "0",
        }.items():
            _set(producer, key, value)
        if reference.sound is not None:
            _set(producer, "audio_index", str(reference.sound.index))
            streams = ";".join(str(sound.index) for sound in reference.sounds)
            _set(producer, "kdenlive:active_streams", streams)
        return producer

    def _bin_number(self, reference: MediaReference) -> int:
        """Kdenlive's number of a file; 2 and less are taken."""
        return self.numbers[reference] + 3

    def _track(self, lane: int | None, is_on: bool) -> tuple[str, str]:
        """A track of picture (no lane) or sound; gives its name and what of it is hidden."""
        name = "V1" if lane is None else f"A{lane + 1}"
        hidden = "audio" if lane is None else "video"
        entries = []
        for first, frames, cut in self.timeline.placed():
            entries.append((first, frames, cut, self._on_track(name, lane, cut.reference)))
        playlist = SubElement(self.root, "playlist", id=f"{name}a")
        if lane is not None:
            _set(playlist, "kdenlive:audio_track", "1")
        at = 0
        for first, frames, cut, producer in entries:
            if producer is None:
                continue
            if first > at:
                SubElement(playlist, "blank", length=self._time(first - at))
            begin = self._frames(cut.first, cut.reference)
            ends = {"in": self._time(begin), "out": self._time(begin + frames - 1)}
            entry = SubElement(playlist, "entry", {"producer": producer, **ends})
            _set(entry, "kdenlive:id", str(self._bin_number(cut.reference)))
            at = first + frames
        other = SubElement(self.root, "playlist", id=f"{name}b")
        tractor = SubElement(self.root, "tractor", {"id": name, "in": "0", "out": self._end})
        if lane is not None:
            _set(other, "kdenlive:audio_track", "1")
            _set(tractor, "kdenlive:audio_track", "1")
        _set(tractor, "kdenlive:track_name", name)
        for part in "ab":
            SubElement(tractor, "track", producer=f"{name}{part}", hide=hidden)
        return name, hidden if is_on else "both"

    def _on_track(self, track: str, lane: int | None, reference: MediaReference) -> str | None:
        """The producer of a file's picture or of one of its audio tracks; None if it has none."""
        absent = reference.size is None if lane is None else lane >= len(reference.sounds)
        if absent:
            return None
        name = f"{track}_{self.numbers[reference]}"
        if self.root.find(f"producer[@id='{name}']") is None:
            producer = self._producer(name, reference)
            only, off = ("audio", "image") if lane is not None else ("image", "audio")
            _set(producer, f"set.test_{only}", "0")
            _set(producer, f"set.test_{off}", "1")
            if lane is not None:
                _set(producer, "audio_index", str(reference.sounds[lane].index))
                _set(producer, "video_index", "-1")
        return name

    def _sequence(self, tracks: list[tuple[str, str]]) -> None:
        ends = {"in": "0", "out": self._end}
        tractor = SubElement(self.root, "tractor", {"id": self.sequence, **ends})
        count = str(len(tracks))
        for name, value in {
            "kdenlive:uuid": self.sequence,
            "kdenlive:control_uuid": self.sequence,
            "kdenlive:clipname": one_line(self.timeline.name),
            "kdenlive:duration": self._time(self.timeline.frames),
            "kdenlive:maxduration": str(self.timeline.frames),
            "kdenlive:producer_type": _SEQUENCE_TYPE,
            "kdenlive:id": "3",
            "kdenlive:folderid": "-1",
            "kdenlive:clip_type": "0",
            "kdenlive:sequenceproperties.hasAudio": "1",
            "kdenlive:sequenceproperties.hasVideo": "1",
            "kdenlive:sequenceproperties.tracks": count,
            "kdenlive:sequenceproperties.tracksCount": count,
            "kdenlive:sequenceproperties.activeTrack": str(len(tracks) - 1),
            "kdenlive:sequenceproperties.guides": json.dumps(self._guides(), ensure_ascii=False),
        }.items():
            _set(tractor, name, value)
        SubElement(tractor, "track", producer=_BLACK)
        for name, hidden in tracks:
            SubElement(tractor, "track", producer=name, hide=hidden)
        for number in range(1, len(tracks)):
            mix = SubElement(tractor, "transition", id=f"mix{number}")
            for name, value in {
                "a_track": "0",
                "b_track": str(number),
                "mlt_service": "mix",
                "kdenlive_id": "mix",
                "internal_added": _INTERNAL,
                "always_active": "1",
                "accepts_blanks": "1",
                "sum": "1",
            }.items():
                _set(mix, name, value)

    def _guides(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        for first, frames, cut in self.timeline.placed():
            for mark in cut.markers:
                since = self._frames(mark.first - cut.first, cut.reference)
                if 0 <= since < frames:
                    length = max(1, self._frames(mark.frames, cut.reference))
                    text = " ".join(filter(None, (one_line(mark.name), one_line(mark.comment))))
                    colour = list(Color).index(mark.color)
                    place = {"pos": first + since, "duration": min(length, frames - since)}
                    found.append({"comment": text, "type": colour, **place})
        return found

    def _bin(self) -> None:
        playlist = SubElement(self.root, "playlist", id=_BIN)
        categories = [
            {"color": "#{:02x}{:02x}{:02x}".format(*one.value), "comment": one.name, "index": n}
            for n, one in enumerate(Color)
        ]
        for name, value in {
            "version": _VERSION,
            "uuid": self.sequence,
            "activetimeline": self.sequence,
            "opensequences": self.sequence,
            "documentid": str(uuid.UUID(self.sequence).int % 10**13),
            "audioChannels": "2",
            "enableproxy": "0",
            "generateproxy": "0",
            "guidesCategories": json.dumps(categories),
        }.items():
            _set(playlist, f"kdenlive:docproperties.{name}", value)
        _set(playlist, "xml_retain", "1")
        for reference, number in self.numbers.items():
            frames = max(1, self._frames(reference.frames, reference))
            ends = {"in": "00:00:00.000", "out": self._time(frames - 1)}
            SubElement(playlist, "entry", {"producer": f"bin{number}", **ends})
        ends = {"in": "00:00:00.000", "out": self._end}
        SubElement(playlist, "entry", {"producer": self.sequence, **ends})


def _profile(root: Element, timeline: Timeline) -> None:
    """What the project's picture is like: that of its first file that has one."""
    shown = next((one for one in timeline.references if one.size), None)
    width, height = (side + side % 2 for side in (shown and shown.size) or _SIZE)
    pixel = shown.pixel_aspect if shown else Fraction(1)
    aspect = pixel * Fraction(width, height)
    progressive = shown is None or shown.field_order is FieldOrder.PROGRESSIVE
    colorspace = _COLORSPACES.get(shown.colour.primaries, "709") if shown else "709"
    SubElement(
        root,
        "profile",
        description=f"{width}x{height} {float(timeline.rate):g} fps",
        width=str(width),
        height=str(height),
        progressive=str(int(progressive)),
        sample_aspect_num=str(pixel.numerator),
        sample_aspect_den=str(pixel.denominator),
        display_aspect_num=str(aspect.numerator),
        display_aspect_den=str(aspect.denominator),
        frame_rate_num=str(timeline.rate.numerator),
        frame_rate_den=str(timeline.rate.denominator),
        colorspace=colorspace,
    )


def _set(parent: Element, name: str, value: str) -> None:
    """Give an element a property; one that it has gets another value."""
    found = parent.find(f"property[@name='{name}']")
    found = SubElement(parent, "property", name=name) if found is None else found
    found.text = value
