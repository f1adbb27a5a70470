"""The ffmpeg graphs of a clip's audio tracks that are encoded: each in one piece, to the sample."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from vidtag.core.media_streams import AudioStream
from vidtag.cutting.cut_plan import CutPlan
from vidtag.media.ffmpeg import file_url, input_file

PRE_ROLL = 0.2
"""Seconds of sound decoded before a clip: the first packet after a seek depends on those before it
(in AAC on one, in Opus on 80 ms)."""

_NO_SEEK = Fraction(1, 2)
"""Seconds at the beginning of a file in which nothing is sought: ffmpeg aims a little before the
place, and in some containers seeking fails when that is before their first frame."""

_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_AAC_BITS_PER_CHANNEL = 96_000
_AAC_CHANNELS = 8
"""Channels of a track that decoders of AAC are sure to take."""


def sound_graph(plan: CutPlan, sounds: Sequence[AudioStream], target: Path) -> Any:
    """The ffmpeg graph that writes audio tracks of a clip, without its picture, into an M4A."""
    source = source_from(plan, plan.start - Fraction(PRE_ROLL))
    options = {"map_metadata": -1, "map_chapters": -1} | sound_options(sounds)
    chains = [sound_chain(source, plan, sound) for sound in sounds]
    output = ffmpeg.output(*chains, file_url(target), format="ipod", **options)
    return output.global_args("-copyts")


def source_from(plan: CutPlan, begin: Fraction) -> Any:
    """The source from ``begin`` or earlier on, on its container's own timestamps."""
    seek: dict[str, Any] = {}
    if begin > plan.zero + _NO_SEEK:
        # Filters see the container's timestamps, which the plan is made of. ffmpeg does not trim by
        # itself (accurate seek), because it would count the container's start time twice.
        seek = {"ss": _seconds(begin), "seek_timestamp": 1, "noaccurate_seek": None}
    return input_file(plan.media.path, **seek)


def sound_chain(source: Any, plan: CutPlan, sound: AudioStream) -> Any:
    """A track of the plan from time 0 on, in one piece, silence where the source has none."""
    rate = sound.sample_rate
    kept = rate if rate in _AAC_RATES else 48_000
    samples = round(plan.length * kept)
    return (
        source[str(sound.index)]
        .filter("atrim", start=_seconds(plan.start), end=_seconds(plan.end))
        .filter("asetpts", f"PTS-({round(plan.start * rate)})")
        .filter("aresample", kept, **{"async": 1, "first_pts": 0})
        .filter("apad", whole_len=samples)
        .filter("atrim", end_sample=samples)
    )


def sound_options(sounds: Sequence[AudioStream]) -> dict[str, Any]:
    """Options of ffmpeg that encode audio tracks of a clip, the first of them the default one."""
    options: dict[str, Any] = {"c:a": "aac"}
    for number, sound in enumerate(sounds):
        channels = min(sound.channels, _AAC_CHANNELS)
        options[f"b:a:{number}"] = _AAC_BITS_PER_CHANNEL * channels
        options[f"disposition:a:{number}"] = "0" if number else "default"
        tags = track_tags(sound)
        if tags:
            options[f"metadata:s:a:{number}"] = [f"{key}={value}" for key, value in tags.items()]
    return options


def track_tags(sound: AudioStream) -> dict[str, str]:
    """What an audio track of a clip says of itself: the source's language and title."""
    tags = {"language": sound.language, "title": sound.title, "handler_name": sound.title}
    return {key: value for key, value in tags.items() if value}


def _seconds(time: Fraction) -> str:
    return f"{float(time):.6f}"
