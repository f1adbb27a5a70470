"""Cuts one clip out of a video, right to the frame, and does not trust the result unseen.

A clip begins with the first frame at or after its start and ends before the first frame at or
after its end, by the frames' own timestamps; its sound is cut to the sample in one piece on the
same clock. Every written clip is opened again and compared with the plan and the source before it
appears under its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidtag.atomic import replacing
from vidtag.errors import OutputError, ToolError, UserError
from vidtag.highlights.frames import FramePlan, is_even, open_media, picture_stream, plan_frames
from vidtag.highlights.verify import verify_clip
from vidtag.media.ffmpeg import file_url, input_file, run
from vidtag.types import AudioStream, Clip, Media, Progress, Reporter

if TYPE_CHECKING:
    from av.container import InputContainer

CRF = 18
"""Quality of the re-encoded picture: x264's constant rate factor, hardly told from the source."""

KEYFRAME_SECONDS = 2
"""Longest time between two keyframes of a clip, so that an editor can move about in it."""

_PRE_ROLL = 0.2
"""Seconds of sound decoded before a clip: the first packet after a seek depends on the ones before
it (AAC on one, Opus on 80 ms)."""

_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_AAC_BITS_PER_CHANNEL = 96_000


class CutMode(StrEnum):
    """How a clip was cut."""

    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class CutResult:
    """A written and verified clip.

    Attributes:
        path: the file.
        mode: how it was cut.
        planned_start, planned_end: what was asked for, in seconds on the video's clock.
        start, end: what the file holds, on the same clock.
        note: what the user should know about it; empty if nothing.
    """

    path: Path
    mode: CutMode
    planned_start: float
    planned_end: float
    start: float
    end: float
    note: str = ""

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class CutPlan:
    """What exactly is cut.

    Attributes:
        media: the source.
        picture: its frames, or None for sound alone.
        sound: the audio track, or None for a silent clip.
        start, end: seconds on the container's timestamps; those of the frames if there are any.
        zero: the container's timestamp that is 0 on the video's clock, in seconds.
    """

    media: Media
    picture: FramePlan | None
    sound: AudioStream | None
    start: Fraction
    end: Fraction
    zero: Fraction

    @property
    def length(self) -> Fraction:
        """Seconds the clip lasts."""
        return self.end - self.start


def clip_suffix(media: Media) -> str:
    """Suffix of the clips of a media file: ``.mp4``, or ``.m4a`` where there is no picture."""
    return ".m4a" if media.video is None else ".mp4"


def cut_clip(
    media: Media,
    clip: Clip,
    target: Path,
    *,
    audio_track: int | None = None,
    report: Reporter | None = None,
) -> CutResult:
    """Cut a clip out of a media file into an MP4 (H.264, AAC), or an M4A if it has no picture.

    Args:
        media: the source, as probed.
        clip: what to cut; parts that lie outside the source are left off.
        target: the file to write.
        audio_track: number of the track to keep, from 0; None keeps the container's default.
        report: receives progress of the stage ``cut``, in seconds of the clip.

    Raises:
        UserError: the clip is empty or outside the source, or the track does not exist.
        OutputError: the target cannot be written, or the disk is full.
        ToolError: ffmpeg failed.
        VerificationError: what was written is not what was planned; nothing is left of it.
    """
    plan = plan_cut(media, clip, audio_track)
    with replacing(target) as partial:
        try:
            run(
                _exact_graph(plan, partial, clip.title),
                path=media.path,
                on_progress=_reporter(report, plan, target),
            )
        except ToolError as error:
            if "No space left on device" in error.stderr:
                raise OutputError(
                    "the disk is full", path=target, remedy="make room, or choose another folder"
                ) from error
            raise
        verify_plan(plan, partial, target)
    return CutResult(
        path=target,
        mode=CutMode.EXACT,
        planned_start=clip.start,
        planned_end=clip.end,
        start=float(plan.start - plan.zero),
        end=float(plan.end - plan.zero),
        note=_note(plan, clip),
    )


def plan_cut(media: Media, clip: Clip, audio_track: int | None = None) -> CutPlan:
    """Find the frames and the stretch of sound that a clip covers, without writing anything.

    Raises:
        UserError: the clip is empty or outside the source, or the track does not exist.
    """
    if not clip.end > clip.start:
        raise UserError(
            f"the clip from {clip.start:.3f} to {clip.end:.3f} s is empty",
            path=media.path,
            remedy="a clip must end after it starts",
        )
    with open_media(media.path) as container:
        # The clock of vidtag starts where the container does, as a player's.
        zero = Fraction(container.start_time or 0, 1_000_000)
        sound = _chosen_sound(media, container, audio_track)
        if media.video is None:
            return _plan_sound(media, clip, sound, zero)
        stream = picture_stream(container, media.video.index)
        start, end = (float(Fraction(time) + zero) for time in (clip.start, clip.end))
        picture = plan_frames(container, stream, start, end)
    if picture is None:
        raise _outside(media, clip, "has no picture")
    if sound is not None and not _overlap(sound, picture, zero):
        sound = None
    return CutPlan(media, picture, sound, picture.start_time, picture.end_time, zero)


def verify_plan(plan: CutPlan, written: Path, name: Path, joints: Sequence[int] = ()) -> None:
    """Check a written clip against its plan; see :func:`vidtag.highlights.verify.verify_clip`."""
    verify_clip(
        written,
        Path(plan.media.path),
        picture=plan.picture,
        picture_index=plan.media.video.index if plan.media.video else None,
        sound=(float(plan.start), float(plan.end)) if plan.sound else None,
        sound_index=plan.sound.index if plan.sound else None,
        joints=joints,
        name=name,
    )


def _chosen_sound(media: Media, container: InputContainer, track: int | None) -> AudioStream | None:
    if track is None:
        default = [s for s in media.audio if _is_default(container, s.index)]
        return next(iter(default or media.audio), None)
    if track >= len(media.audio):
        raise UserError(
            f"there is no audio track {track}",
            path=media.path,
            remedy=f"it has {len(media.audio)} audio tracks, counted from 0",
        )
    return media.audio[track]


def _is_default(container: InputContainer, index: int) -> bool:
    from av.stream import Disposition

    return bool(container.streams[index].disposition & Disposition.default)


def _plan_sound(media: Media, clip: Clip, sound: AudioStream | None, zero: Fraction) -> CutPlan:
    """A clip of sound alone: what there is of it between start and end, to the sample."""
    if sound is None:
        raise UserError("there is neither picture nor sound to cut", path=media.path)
    rate = sound.sample_rate
    last = media.duration if sound.duration is None else sound.start + sound.duration
    start = max(Fraction(clip.start), Fraction(sound.start))
    samples = round((min(Fraction(clip.end), Fraction(last)) - start) * rate)
    if samples <= 0:
        raise _outside(media, clip, "has no sound")
    start = Fraction(round((start + zero) * rate), rate)
    return CutPlan(media, None, sound, start, start + Fraction(samples, rate), zero)


def _outside(media: Media, clip: Clip, lack: str) -> UserError:
    return UserError(
        f"the clip would be empty: the file {lack} between {clip.start:.3f} and {clip.end:.3f} s",
        path=media.path,
        remedy=f"the file ends at {media.duration:.3f} s",
    )


def _overlap(sound: AudioStream, picture: FramePlan, zero: Fraction) -> bool:
    """Whether any of the sound falls into the time of the frames."""
    start, end = picture.start_time - zero, picture.end_time - zero
    last = None if sound.duration is None else sound.start + sound.duration
    return sound.start < end and (last is None or last > start)


def _exact_graph(plan: CutPlan, target: Path, title: str) -> Any:
    """The ffmpeg graph that decodes from the keyframe before the clip and encodes its frames."""
    import ffmpeg

    begin = plan.start - Fraction(_PRE_ROLL)
    if plan.picture is not None:
        begin = min(begin, plan.picture.keyframe * plan.picture.time_base)
    # Timestamps stay the container's up to the filters, so that they mean what was planned.
    source = input_file(plan.media.path, ss=_seconds(max(begin, plan.zero)), seek_timestamp=1)
    streams = []
    options: dict[str, Any] = {"map_metadata": -1, "map_chapters": -1}
    if plan.picture is not None:
        chain, time_base = _picture_chain(source, plan)
        streams.append(chain)
        options |= picture_options(plan, time_base)
    if plan.sound is not None:
        streams.append(sound_chain(source, plan))
        options |= sound_options(plan.sound)
    if title:
        options["metadata"] = f"title={title}"
    container = "ipod" if plan.picture is None else "mp4"
    output = ffmpeg.output(
        *streams, file_url(target), format=container, movflags="+faststart", **options
    )
    return output.global_args("-copyts")


def _picture_chain(source: Any, plan: CutPlan) -> tuple[Any, Fraction]:
    """The frames of the plan from time 0 on, playable by everything, and their time base."""
    picture, video = plan.picture, plan.media.video
    assert picture is not None
    assert video is not None
    chain = source[str(video.index)].filter("settb", expr=_ratio(picture.time_base))
    chain = chain.filter("trim", start_pts=picture.times[0], end_pts=picture.times[-1] + 1)
    even = is_even(picture.times, video.frame_rate, picture.time_base)
    if even and not video.variable_frame_rate:
        # Matroska's milliseconds would make a film of 23.976 frames look uneven to an editor.
        time_base = 1 / video.frame_rate
        chain = chain.filter("settb", expr=_ratio(time_base)).filter("setpts", "N")
    else:
        time_base = picture.time_base
        chain = chain.filter("setpts", f"PTS-({picture.times[0]})")
    if video.width % 2 or video.height % 2:
        # 4:2:0 has one sample of colour for 2 x 2 pixels.
        chain = chain.filter("crop", "trunc(iw/2)*2", "trunc(ih/2)*2", 0, 0)
    if video.pixel_format.startswith(("rgb", "bgr", "gbr", "argb", "abgr", "pal8")):
        chain = chain.filter("scale", out_color_matrix="bt709", out_range="tv")
    return chain.filter("format", "yuv420p"), time_base


def picture_options(plan: CutPlan, time_base: Fraction) -> dict[str, Any]:
    """Options of ffmpeg that encode the picture of a clip."""
    assert plan.media.video is not None
    return {
        "c:v": "libx264",
        "preset": "fast",
        "crf": CRF,
        "profile:v": "high",
        "g": max(1, round(KEYFRAME_SECONDS * plan.media.video.frame_rate)),
        "fps_mode:v": "passthrough",
        "enc_time_base:v": _ratio(time_base),
    }


def sound_chain(source: Any, plan: CutPlan) -> Any:
    """The sound of the plan from time 0 on, in one piece, silence where the source has none."""
    sound = plan.sound
    assert sound is not None
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


def sound_options(sound: AudioStream) -> dict[str, Any]:
    """Options of ffmpeg that encode the sound of a clip."""
    options: dict[str, Any] = {"c:a": "aac", "b:a": _AAC_BITS_PER_CHANNEL * min(sound.channels, 8)}
    if sound.language:
        options["metadata:s:a:0"] = f"language={sound.language}"
    return options


def _reporter(report: Reporter | None, plan: CutPlan, target: Path) -> Any:
    total = float(plan.length)

    def receive(done: float) -> None:
        if report is not None:
            report(Progress("cut", min(done, total), total, target.name))

    return receive


def _note(plan: CutPlan, clip: Clip) -> str:
    """What differs from what was asked for by more than the frame it starts and ends on."""
    frame = float(plan.picture.longest_gap) if plan.picture else 0.0
    start, end = float(plan.start - plan.zero), float(plan.end - plan.zero)
    notes = []
    if start - clip.start > frame + 0.001:
        notes.append(f"starts at {start:.3f} s, where the file does")
    if clip.end - end > frame + 0.001:
        notes.append(f"ends at {end:.3f} s, where the file does")
    if plan.sound is None and plan.media.audio:
        notes.append("there is no sound in this stretch")
    return "; ".join(notes)


def _seconds(time: Fraction) -> str:
    return f"{float(time):.6f}"


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"
