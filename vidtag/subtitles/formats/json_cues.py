"""Cues as JSON, for programs: written, and read back."""

from __future__ import annotations

import json
from collections.abc import Sequence

from vidtag.core.document import parse_json
from vidtag.core.records import Cue, CueKind, Emotion, Language
from vidtag.subtitles.formats.format_types import CueFormat, RenderOptions


def render(cues: Sequence[Cue], options: RenderOptions) -> str:
    """Text of a JSON file; times are rounded to milliseconds."""
    data = [
        {
            "start": round(cue.start, 3),
            "end": round(cue.end, 3),
            "kind": cue.kind.value,
            "language": cue.language and cue.language.value,
            "emotion": cue.emotion and cue.emotion.value,
            "lines": list(cue.lines),
            "markers": list(cue.markers),
            **({"speaker": cue.speaker} if cue.speaker else {}),
            **({"speakers": list(cue.speakers)} if cue.speakers else {}),
        }
        for cue in cues
    ]
    return json.dumps({"cues": data}, ensure_ascii=False, indent=1) + "\n"


def parse(text: str) -> tuple[Cue, ...]:
    """Cues of a file that ``render`` wrote.

    Raises:
        ValueError, TypeError, KeyError, RecursionError: it is not such a file.
    """
    return tuple(
        Cue(
            start=float(item["start"]),
            end=float(item["end"]),
            lines=tuple(map(str, item["lines"])),
            kind=CueKind(item["kind"]),
            language=None if item["language"] is None else Language(item["language"]),
            emotion=None if item["emotion"] is None else Emotion(item["emotion"]),
            markers=tuple(map(int, item["markers"])),
            speaker=None if item.get("speaker") is None else str(item["speaker"]),
            speakers=tuple(map(str, item.get("speakers", ()))),
        )
        for item in parse_json(text)["cues"]
    )


FORMAT = CueFormat("json", ".cues.json", render)
