"""Cuts one clip out of a video, right to the frame, and does not trust the result unseen.

A clip begins with the first frame at or after its start and ends before the first frame at or
after its end, by the frames' own timestamps; its sound is cut to the sample in one piece on the
same clock. Every written clip is opened again and compared with the plan and the source before it
appears under its name.
"""

from __future__ import annotations

import contextlib
import errno
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer

from vidtag.core.errors import MediaError, OutputError, ToolError, VerificationError
from vidtag.core.names import CutMode
from vidtag.core.records import Clip, Media, OnProgress, Progress
from vidtag.cutting.cut_plan import CutPlan, plan_cut
from vidtag.cutting.exact import exact_graph, sound_graph
from vidtag.cutting.nal import SpliceError
from vidtag.cutting.smart import copying, splicing, write
from vidtag.cutting.verify import Copied, verify_clip
from vidtag.files import replacing, scratch_file
from vidtag.media.container import open_media
from vidtag.media.ffmpeg import run
from vidtag.media.steady import steady

_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DISK_MESSAGES = ("No space left on device", "Disk quota exceeded", "File too large")


@dataclass(frozen=True, slots=True)
class CutResult:
    """A written and verified clip.

    Attributes:
        path: the file.
        mode: how it was cut.
        planned_start, planned_end: what was asked for, in seconds on the video's clock.
        start, end: what the file holds, on the same clock.
        note: what the user should know about it; empty if nothing.
        reason: why it was not cut in the mode that was asked for; empty if it was.
        has_picture: whether there is something to see, not only to hear.
    """

    path: Path
    mode: CutMode
    planned_start: float
    planned_end: float
    start: float
    end: float
    note: str = ""
    reason: str = ""
    has_picture: bool = True

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end - self.start


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
    on_progress: OnProgress | None = None,
) -> CutResult:
    """Cut a clip out of a media file into an MP4, or an M4A if it has no picture.

    Args:
        media: the source, as probed.
        clip: what to cut; parts that lie outside the source are left off.
        target: the file to write.
        mode: how to cut. Where ``smart`` or ``copy`` cannot be trusted with this video, ``exact``
            takes over; the result says so, and why.
        audio_track: number of the track to keep, from 0; None keeps the container's default.
        on_progress: receives progress of the stage ``cut``, in seconds of the clip.

    Raises:
        UserError: the clip is empty or outside the source, or the track does not exist.
        OutputError: the target cannot be written, or the disk is full.
        ToolError: ffmpeg failed.
        VerificationError: what was written is not what was planned; nothing is left of it.
    """
    with steady(media) as whole, open_media(whole.path) as source:
        plan = plan_cut(source, whole, clip, audio_track)
        told = _teller(on_progress, plan, target)
        reason = ""
        if plan.picture is not None and mode is not CutMode.EXACT:
            try:
                done = _cut_by_copying(source, plan, target, mode, clip.title, told)
                return _result(done, clip, target, mode)
            except SpliceError as error:
                reason = str(error)
            except (VerificationError, MediaError) as error:
                reason = f"what was copied did not pass the checks: {error.cause}"
        with replacing(target) as partial:
            with _full_disk_named(target):
                run(exact_graph(plan, partial, clip.title), path=media.path, on_seconds=told)
            _verify(source, plan, partial, target)
    return _result(plan, clip, target, CutMode.EXACT, reason)


def _cut_by_copying(
    source: InputContainer,
    plan: CutPlan,
    target: Path,
    mode: CutMode,
    title: str,
    told: Callable[[float], None],
) -> CutPlan:
    """Cut in the mode ``smart`` or ``copy``; gives what the clip holds.

    Raises:
        SpliceError: this video cannot be cut so.
        VerificationError: it was, and the result is wrong.
    """
    recipe = (splicing if mode is CutMode.SMART else copying)(source, plan)
    with (
        scratch_file(target.with_suffix(".m4a")) as heard,
        replacing(target) as partial,
        ThreadPoolExecutor(1) as pool,
        _set_at_the_end() as left,
    ):
        sound: Callable[[], Path] | None = None
        if recipe.plan.sound is not None:
            # The other program encodes the sound while the edges of the picture are encoded here.
            graph = sound_graph(recipe.plan, heard)
            written = pool.submit(run, graph, path=plan.media.path, stop=left.is_set)

            def sound() -> Path:
                written.result()
                return heard

        with _full_disk_named(target):
            try:
                copied = write(source, recipe, partial, title, sound)
            except av.error.FFmpegError as error:
                if error.errno in _DISK_ERRORS:
                    raise
                raise SpliceError(f"copying it failed ({error.strerror})") from error
        told(float(plan.length) / 2)
        _verify(source, recipe.plan, partial, target, copied)
        told(float(plan.length))
    return recipe.plan


@contextlib.contextmanager
def _set_at_the_end() -> Iterator[threading.Event]:
    """An event that happens when the block is left, however it is left."""
    event = threading.Event()
    try:
        yield event
    finally:
        event.set()


def _verify(
    source: InputContainer,
    plan: CutPlan,
    written: Path,
    name: Path,
    copied: Copied | None = None,
) -> None:
    """Check a written clip against its plan; see :func:`vidtag.cutting.verify.verify_clip`."""
    verify_clip(
        written,
        source,
        picture=plan.picture,
        picture_index=plan.media.video.index if plan.media.video else None,
        sound=(float(plan.start), float(plan.end)) if plan.sound else None,
        sound_index=plan.sound.index if plan.sound else None,
        copied=copied,
        name=name,
    )


@contextlib.contextmanager
def _full_disk_named(target: Path) -> Iterator[None]:
    """Tell a full disk from other failures of a writer."""
    try:
        yield
    except (ToolError, OSError) as error:
        full = (
            error.errno in _DISK_ERRORS
            if isinstance(error, OSError)
            else any(message in error.stderr for message in _DISK_MESSAGES)
        )
        if not full:
            raise
        raise OutputError(
            "the disk is full", path=target, remedy="make room, or choose another folder"
        ) from error


def _result(plan: CutPlan, clip: Clip, target: Path, mode: CutMode, reason: str = "") -> CutResult:
    return CutResult(
        path=target,
        mode=mode,
        planned_start=clip.start,
        planned_end=clip.end,
        start=float(plan.start - plan.zero),
        end=float(plan.end - plan.zero),
        note=_note(plan, clip, mode),
        reason=reason,
        has_picture=plan.picture is not None,
    )


def _teller(on_progress: OnProgress | None, plan: CutPlan, target: Path) -> Callable[[float], None]:
    total = float(plan.length)

    def tell(done: float) -> None:
        if on_progress is not None:
            on_progress(Progress("cut", min(done, total), total, target.name))

    return tell


def _note(plan: CutPlan, clip: Clip, mode: CutMode) -> str:
    """What differs from what was asked for by more than the frame it starts and ends on."""
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
    if plan.picture is None and plan.media.video is not None:
        notes.append("there is no picture in this stretch")
    if plan.sound is None and plan.media.audio:
        notes.append("there is no sound in this stretch")
    return "; ".join(notes)
