"""Cuts one clip out of a video, exact to the frame, and checks what was written.

A clip begins with the first frame at or after its start and ends before the first frame at or
after its end, by the frames' own timestamps; its sound is cut to the sample in one piece on the
same clock. Every written clip is opened again and compared with the plan and the source before it
appears under its name.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Container, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import av
from av.container import InputContainer

from vidtag.core.errors import MediaError, VerificationError
from vidtag.core.media_streams import AudioStream, Media
from vidtag.core.names import CutMode
from vidtag.core.records import Clip, OnProgress, ignore_progress
from vidtag.core.stage_progress import stage_progress
from vidtag.cutting.clip_origin import ClipOrigin, write_origin
from vidtag.cutting.coding import Coding
from vidtag.cutting.copy import plan_copy
from vidtag.cutting.copy_writer import write_copied_clip
from vidtag.cutting.cut_plan import CutPlan, plan_cut
from vidtag.cutting.exact import exact_graph
from vidtag.cutting.exact_encoder import lost_by_encoding, unfit_for_hardware
from vidtag.cutting.nal import CopyError
from vidtag.cutting.smart import plan_smart
from vidtag.cutting.sound_copy import CopiedSound, copied_sounds
from vidtag.cutting.sound_encoding import sound_graph
from vidtag.cutting.sound_writer import ClipSound, join_clip
from vidtag.cutting.verify import verify_clip
from vidtag.cutting.verify_sound import CopiedSoundError
from vidtag.files import replacing, scratch_file
from vidtag.media.container import open_media
from vidtag.media.encoders import SOFTWARE, Encoders, FilmEncoder
from vidtag.media.ffmpeg import run
from vidtag.media.frame_scan import Reading
from vidtag.media.full_disk import is_disk_full, naming_full_disk
from vidtag.media.steady import steady


@dataclass(frozen=True, slots=True)
class CutResult:
    """A written and verified clip.

    Attributes:
        path: the file.
        mode: how it was cut.
        planned_start, planned_end: what was asked for, in seconds on the video's clock.
        start, end: what the file holds, on the same clock.
        note: what the user should know about it; empty if nothing.
        mode_reason: why it was not cut in the mode that was asked for; empty if it was.
        has_picture: whether there is something to see, not only to hear.
    """

    path: Path
    mode: CutMode
    planned_start: float
    planned_end: float
    start: float
    end: float
    note: str = ""
    mode_reason: str = ""
    has_picture: bool = True

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class _Task:
    """One clip to write.

    Attributes:
        source: the video, open.
        clip: what was asked for.
        plan: what will be cut.
        target: the file to write.
        strip_metadata: whether the camera and the place that the source names are left off.
        copied: codecs of sound that are copied where they can be.
        on_seconds: receives the seconds of the clip that are finished.
        encoder: of a picture of which every frame is encoded.
    """

    source: InputContainer
    clip: Clip
    plan: CutPlan
    target: Path
    strip_metadata: bool
    copied: Container[str]
    on_seconds: Callable[[float], None]
    encoder: FilmEncoder = SOFTWARE


def clip_suffix(media: Media) -> str:
    """Suffix of the clips of a media file: ``.mp4``, or ``.m4a`` where there is no picture."""
    return ".m4a" if media.video is None else ".mp4"


def cut_clip(
    media: Media,
    clip: Clip,
    target: Path,
    *,
    mode: CutMode = CutMode.SMART,
    audio_track: int | None = None,
    strip_metadata: bool = False,
    coding: Coding | None = None,
    on_progress: OnProgress = ignore_progress,
) -> CutResult:
    """Cut a clip out of a media file into an MP4, or an M4A if it has no picture.

    Args:
        media: the source, as probed.
        clip: what to cut; parts that lie outside the source are left off.
        target: the file to write.
        mode: how to cut. Where ``smart`` or ``copy`` cannot be trusted with this video, ``exact``
            takes over; the result says so, and why.
        audio_track: number of the audio track that comes first and is on, from 0: the one that was
            listened to; None takes the container's default. All others are kept behind it, off.
        strip_metadata: leave off the camera and the place that the source names; the clip carries
            them else, and the source's timecode and date always.
        coding: what is encoded, and with what; None copies sound where it can be, and encodes by
            x264.
        on_progress: receives progress of the stage ``cut``, in seconds of the clip.

    Raises:
        UserError: the clip is empty or outside the source, or the track does not exist.
        OutputError: the target cannot be written, or the disk is full.
        ToolError: ffmpeg failed.
        VerificationError: what was written is not what was planned; nothing is left of it.
    """
    with steady(media) as steady_media, open_media(steady_media.path) as source:
        plan = plan_cut(source, steady_media, clip, audio_track)
        on_seconds = stage_progress(on_progress, "cut", float(plan.length), target.name)
        coding = coding or Coding()
        task = _Task(source, clip, plan, target, strip_metadata, coding.copied, on_seconds)
        mode_reason = ""
        if plan.picture is not None and mode is not CutMode.EXACT:
            try:
                return _result(task, _with_sound(task, lambda it: _cut_by_copying(it, mode)), mode)
            except CopyError as error:
                mode_reason = str(error)
            except (VerificationError, MediaError) as error:
                mode_reason = f"what was copied did not pass the checks: {error.cause}"
        try:
            _encoded_whole(task, coding.encoders)
        except VerificationError:
            if plan.picture is None or plan.picture.reading is not Reading.SOUGHT:
                raise
            # A file whose keyframes or index lie is still right from its beginning on.
            plan = plan_cut(source, steady_media, clip, audio_track, Reading.WHOLE)
            task = replace(task, plan=plan)
            _encoded_whole(task, coding.encoders)
        return _result(task, plan, CutMode.EXACT, mode_reason)


def _encoded_whole(task: _Task, encoders: Encoders) -> None:
    """Cut in the mode ``exact``, with the encoder that is asked for or with x264."""
    video = task.plan.media.video
    if task.plan.picture is None or video is None:
        _with_sound(task, _cut_by_encoding)
        return
    encoders.encode(
        video.rotated_size,
        lambda encoder: _with_sound(replace(task, encoder=encoder), _cut_by_encoding),
        unfit=unfit_for_hardware(video),
    )


def _with_sound(task: _Task, cut: Callable[[_Task], CutPlan]) -> CutPlan:
    """Cut with sound that is copied, and once more with encoded sound where that is not right."""
    try:
        return cut(task)
    except CopiedSoundError:
        return cut(replace(task, copied=()))


def _cut_by_encoding(task: _Task) -> CutPlan:
    """Cut in the mode ``exact``.

    Returns:
        What the clip holds.

    Raises:
        CopiedSoundError: sound that was copied is not right.
        VerificationError: the result is wrong.
    """
    plan, target, title = task.plan, task.target, task.clip.title
    copied = _copied_sounds(task, plan)
    others = _encoded_sounds(plan, copied)
    with replacing(target) as partial, scratch_file(target) as rendered:
        graph = None
        if plan.picture is not None or others:
            file = rendered if copied else partial
            graph = exact_graph(plan, others, file, title, task.encoder)
        with naming_full_disk(target):
            if graph is not None:
                run(graph, path=plan.media.path, on_seconds=task.on_seconds)
            if copied:
                sound = ClipSound(plan.sounds, copied, lambda: rendered)
                try:
                    join_clip(rendered, sound, plan, partial, title)
                except (av.error.FFmpegError, ValueError) as error:
                    # PyAV's ValueError: the container does not hold the codec.
                    if is_disk_full(error):
                        raise
                    raise CopiedSoundError(_cause(error), path=target) from error
        _write_origin(task, plan, partial)
        verify_clip(partial, task.source, plan, copied_sounds=copied, name=target)
    return plan


def _cut_by_copying(task: _Task, mode: CutMode) -> CutPlan:
    """Cut in the mode ``smart`` or ``copy``.

    Returns:
        What the clip holds.

    Raises:
        CopyError: this video cannot be cut so.
        VerificationError: it was, and the result is wrong.
    """
    source, target = task.source, task.target
    recipe = (plan_smart if mode is CutMode.SMART else plan_copy)(source, task.plan)
    with (
        scratch_file(target.with_suffix(".m4a")) as sound_file,
        replacing(target) as partial,
        ThreadPoolExecutor(1) as pool,
        set_on_exit() as left,
    ):
        copied_tracks = _copied_sounds(task, recipe.plan)
        others = _encoded_sounds(recipe.plan, copied_tracks)
        encoded: Callable[[], Path] | None = None
        if others:
            # ffmpeg encodes the sound while the edges of the picture are encoded here.
            graph = sound_graph(recipe.plan, others, sound_file)
            encoding = pool.submit(run, graph, path=recipe.plan.media.path, stop=left.is_set)

            def encoded() -> Path:
                encoding.result()
                return sound_file

        sound = ClipSound(recipe.plan.sounds, copied_tracks, encoded)
        with naming_full_disk(target):
            try:
                copied = write_copied_clip(source, recipe, partial, task.clip.title, sound)
            except (av.error.FFmpegError, ValueError) as error:
                if is_disk_full(error):
                    raise
                raise CopyError(f"copying it failed ({_cause(error)})") from error
        length = float(task.plan.length)
        task.on_seconds(length / 2)
        _write_origin(task, recipe.plan, partial)
        verify_clip(
            partial, source, recipe.plan, copied=copied, copied_sounds=copied_tracks, name=target
        )
        task.on_seconds(length)
    return recipe.plan


def _cause(error: Exception) -> str:
    """What FFmpeg says, without the name of the temporary file."""
    return getattr(error, "strerror", None) or str(error)


def _copied_sounds(task: _Task, plan: CutPlan) -> dict[int, CopiedSound]:
    return copied_sounds(task.source, plan, task.copied)


def _encoded_sounds(plan: CutPlan, copied: Mapping[int, CopiedSound]) -> list[AudioStream]:
    return [sound for sound in plan.sounds if sound.index not in copied]


def _write_origin(task: _Task, held: CutPlan, partial: Path) -> None:
    """Let a written clip say where it comes from."""
    origin = ClipOrigin.of(held, task.source.metadata, strip=task.strip_metadata)
    with naming_full_disk(task.target):
        write_origin(partial, origin)


@contextlib.contextmanager
def set_on_exit() -> Iterator[threading.Event]:
    """An event that is set when the block is left, however it is left."""
    event = threading.Event()
    try:
        yield event
    finally:
        event.set()


def _result(task: _Task, held: CutPlan, mode: CutMode, mode_reason: str = "") -> CutResult:
    """The record of a clip that holds ``held``."""
    return CutResult(
        path=task.target,
        mode=mode,
        planned_start=task.clip.start,
        planned_end=task.clip.end,
        start=float(held.start - held.zero),
        end=float(held.end - held.zero),
        note=_note(held, task.clip, mode),
        mode_reason=mode_reason,
        has_picture=held.picture is not None,
    )


def _note(plan: CutPlan, clip: Clip, mode: CutMode) -> str:
    """What differs by more than a frame from what was asked for."""
    frame = float(plan.picture.longest_gap) if plan.picture else 0.0
    start, end = float(plan.start - plan.zero), float(plan.end - plan.zero)
    notes = []
    if mode is CutMode.COPY:
        drift = [
            f"{abs(by):.3f} s {'early' if by < 0 else 'late'}"
            for by in (start - clip.start, end - clip.end)
        ]
        notes.append(f"begins {drift[0]} and ends {drift[1]}, because only keyframes are cut at")
    else:
        if start - clip.start > frame + 0.001:
            notes.append(f"starts at {start:.3f} s, where the file does")
        if clip.end - end > frame + 0.001:
            notes.append(f"ends at {end:.3f} s, where the file does")
    if plan.picture is not None and plan.media.video is not None and mode is CutMode.EXACT:
        notes += lost_by_encoding(plan.media.video)
    if plan.picture is None and plan.media.video is not None:
        notes.append("there is no picture in this stretch")
    if not plan.sounds and plan.media.audio:
        notes.append("there is no sound in this stretch")
    notes += [
        f"audio track {sound.track} is left out: FFmpeg does not know its codec"
        for sound in plan.media.audio
        if not sound.sample_rate
    ]
    return "; ".join(notes)
