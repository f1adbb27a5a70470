"""Drafts of CapCut and Jianying: a folder with the timeline and a note about it, as JSON.

The format is not published. What is here is what several libraries that write such drafts agree on
(pyJianYingDraft and pyCapCut, whose loaders read it in the tests): times in whole microseconds,
media in ``materials``, tracks of segments that name a material, markers in ``time_marks``.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vidtag.timelines.model import Cut, MediaReference, Timeline, one_line

_SECOND = 1_000_000
_SIZE = (1920, 1080)
"""Picture of a draft that has only sound."""

_MATERIALS = """
    ai_translates audio_balances audio_effects audio_fades audio_track_indexes audios beats canvases
    chromas color_curves common_mask digital_humans drafts effects flowers green_screens handwrites
    hsl images log_color_wheels loudnesses manual_deformations masks material_animations
    material_colors multi_language_refs placeholders plugin_effects primary_color_wheels
    realtime_denoises shapes smart_crops smart_relights sound_channel_mappings speeds stickers
    tail_leaders text_templates texts time_marks transitions video_effects video_trackings videos
    vocal_beautifys vocal_separations
"""
"""Kinds of things that a draft lists; the programs want each of them to be there."""

_KEYFRAMES = "adjusts audios effects filters handwrites stickers texts videos"
_CHECKED = {"videos": 63487, "audios": 3}
"""What the programs write of a file that they have looked at."""


@dataclass(frozen=True, slots=True)
class Program:
    """The program that a draft is for.

    Attributes:
        app_id, source, version: as it writes itself into its drafts.
        format_version: of the draft.
    """

    app_id: int
    source: str
    version: str
    format_version: str


CAPCUT = Program(359289, "cc", "6.7.0", "140.0.0")
JIANYING = Program(3704, "lv", "5.9.0", "110.0.0")


def draft_files(timeline: Timeline, program: Program) -> dict[str, str]:
    """The files of a draft, by name.

    Windows has the timeline in ``draft_content.json``, macOS in ``draft_info.json``.
    """
    draft = _Draft(timeline, program)
    content = json.dumps(draft.content(), ensure_ascii=False)
    return {
        "draft_content.json": content,
        "draft_info.json": content,
        "draft_meta_info.json": json.dumps(draft.about(), ensure_ascii=False),
    }


def draft_note(timeline: Timeline) -> str:
    """What a draft cannot say of a timeline; empty if nothing."""
    numbers = {one.sound.number for one in timeline.references if one.sound is not None}
    if not numbers - {0}:
        return ""
    return (
        "CapCut and Jianying play one audio track of a file, and drafts do not choose it: "
        "import the clips instead, which have the one that was listened to first"
    )


class _Draft:
    """A draft that is being written."""

    def __init__(self, timeline: Timeline, program: Program) -> None:
        self.timeline = timeline
        self.program = program
        self.materials: dict[str, list[dict[str, Any]]] = {n: [] for n in _MATERIALS.split()}

    def content(self) -> dict[str, Any]:
        timeline = self.timeline
        for reference in timeline.references:
            self.materials[_kind(reference)].append(self._material(reference))
        tracks = [
            track for kind in ("videos", "audios") if (track := self._track(kind))["segments"]
        ]
        shown = next((one for one in timeline.references if one.size), None)
        width, height = (shown and shown.size) or _SIZE
        if shown is not None and shown.pixel_aspect != 1:
            width = round(width * shown.pixel_aspect)
        app = {"app_id": self.program.app_id, "app_source": self.program.source}
        app |= {"app_version": self.program.version, "os": "windows"}
        return {
            "canvas_config": {"height": height, "ratio": "original", "width": width},
            "color_space": 0,
            "config": {"maintrack_adsorb": True, "video_mute": False},
            "cover": None,
            "create_time": 0,
            "duration": self._moment(timeline.frames),
            "extra_info": None,
            "fps": float(timeline.rate),
            "free_render_index_mode_on": False,
            "group_container": None,
            "id": self._id("draft").upper(),
            "is_drop_frame_timecode": timeline.drop,
            "keyframe_graph_list": [],
            "keyframes": {name: [] for name in _KEYFRAMES.split()},
            "last_modified_platform": app,
            "materials": self.materials,
            "mutable_config": None,
            "name": one_line(timeline.name),
            "new_version": self.program.format_version,
            "platform": app,
            "relationships": [],
            "render_index_track_mode_on": False,
            "retouch_cover": None,
            "source": "default",
            "static_cover_image_path": "",
            "time_marks": {"id": self._id("marks").upper(), "mark_items": list(self._marks())},
            "tracks": tracks,
            "update_time": 0,
            "version": 360000,
        }

    def about(self) -> dict[str, Any]:
        """The note by which the programs list a draft."""
        return {
            "draft_cover": "",
            "draft_fold_path": "",
            "draft_id": self._id("draft").upper(),
            "draft_is_from_deeplink": "false",
            "draft_is_invisible": False,
            "draft_materials": [{"type": n, "value": []} for n in (0, 1, 2, 3, 6, 7, 8)],
            "draft_name": one_line(self.timeline.name),
            "draft_root_path": "",
            "tm_draft_create": 0,
            "tm_draft_modified": 0,
            "tm_draft_removed": 0,
            "tm_duration": self._moment(self.timeline.frames),
        }

    def _id(self, *of: object) -> str:
        """A name that is the same whenever the same draft is written."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(map(str, (self.timeline.name, *of)))))

    def _moment(self, frames: int) -> int:
        """Microseconds from the beginning of the timeline to one of its frames."""
        return round(frames * _SECOND / self.timeline.rate)

    def _material(self, reference: MediaReference) -> dict[str, Any]:
        kind, name = _kind(reference), self._id("file", reference.path)
        about = {
            "category_name": "local",
            "check_flag": _CHECKED[kind],
            "duration": round(reference.frames * reference.frame_duration * _SECOND),
            "id": name,
            "local_material_id": uuid.UUID(name).hex.upper(),
            "path": reference.place,
        }
        if reference.size is None:
            return about | {"name": reference.name, "type": "extract_music", "music_id": name}
        corners = [(f"{a}_{b}", x, y) for a, y in (("upper", 0), ("lower", 1))
                   for b, x in (("left", 0), ("right", 1))]  # fmt: skip
        crop = {f"{corner}_{axis}": float(value)
                for corner, x, y in corners for axis, value in (("x", x), ("y", y))}  # fmt: skip
        return about | {
            "crop": crop,
            "crop_ratio": "free",
            "crop_scale": 1.0,
            "has_audio": reference.sound is not None,
            "height": reference.size[1],
            "material_id": name,
            "material_name": reference.name,
            "media_path": "",
            "type": "video",
            "width": reference.size[0],
        }

    def _track(self, kind: str) -> dict[str, Any]:
        placed = enumerate(self.timeline.placed())
        segments = [self._segment(n, *one) for n, one in placed if _kind(one[2].reference) == kind]
        return {
            "attribute": 0,
            "flag": 0,
            "id": self._id("track", kind),
            "is_default_name": True,
            "name": "",
            "segments": segments,
            "type": kind.removesuffix("s"),
        }

    def _segment(self, number: int, first: int, frames: int, cut: Cut) -> dict[str, Any]:
        start, end = self._moment(first), self._moment(first + frames)
        begin = round(cut.first * cut.reference.frame_duration * _SECOND)
        speed = {"curve_speed": None, "id": self._id("speed", number), "mode": 0, "speed": 1.0}
        self.materials["speeds"].append(speed | {"type": "speed"})
        seen: dict[str, Any] = {}
        if cut.reference.size is not None:
            seen = {
                "clip": {
                    "alpha": 1.0,
                    "flip": {"horizontal": False, "vertical": False},
                    "rotation": 0.0,
                    "scale": {"x": 1.0, "y": 1.0},
                    "transform": {"x": 0.0, "y": 0.0},
                },
                "uniform_scale": {"on": True, "value": 1.0},
            }
        return {
            "common_keyframes": [],
            "enable_adjust": True,
            "extra_material_refs": [speed["id"]],
            "id": self._id("segment", number),
            "keyframe_refs": [],
            "last_nonzero_volume": 1.0,
            "material_id": self._id("file", cut.reference.path),
            "render_index": 0,
            "reverse": False,
            "source_timerange": {"duration": end - start, "start": begin},
            "speed": 1.0,
            "target_timerange": {"duration": end - start, "start": start},
            "track_attribute": 0,
            "track_render_index": 0,
            "visible": True,
            "volume": 1.0,
            **seen,
        }

    def _marks(self) -> Iterator[Mapping[str, Any]]:
        for first, frames, cut in self.timeline.placed():
            scale = self.timeline.rate * cut.reference.frame_duration
            for number, mark in enumerate(cut.markers):
                since = round((mark.first - cut.first) * scale)
                if 0 <= since < frames:
                    start = self._moment(first + since)
                    end = self._moment(first + min(since + round(mark.frames * scale), frames))
                    yield {
                        "color": "#{:02x}{:02x}{:02x}".format(*mark.color.value),
                        "id": self._id("mark", first, number).upper(),
                        "time_range": {"duration": end - start, "start": start},
                        "title": one_line(mark.name),
                    }


def _kind(reference: MediaReference) -> str:
    return "audios" if reference.size is None else "videos"
