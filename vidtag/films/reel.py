"""Joins clips into one reel: short cross-fades, optional title cards, equal loudness."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from vidtag.core.errors import MediaError, OutputError, ToolError, UserError, VerificationError
from vidtag.core.records import OnProgress, ignore_progress
from vidtag.core.stage_progress import stage_progress
from vidtag.cutting.cut_plan import FADE
from vidtag.cutting.nal import CopyError
from vidtag.files import replacing, scratch_folder
from vidtag.films.clip_info import ClipInfo, inspect_clip
from vidtag.films.composition import Composition
from vidtag.films.gains import Gains
from vidtag.films.loudness import Heard
from vidtag.films.piece_encoding import CRF, encoding_alone
from vidtag.films.reel_check import verify_reel
from vidtag.films.reel_encoding import encode_reel
from vidtag.films.reel_layout import Picture, arrange, common_rate
from vidtag.films.reel_plan import ReelPlan, plan_reel
from vidtag.films.reel_sound import sound_beside_picture
from vidtag.films.viewing import for_viewing
from vidtag.media.encoders import Encoders, FilmEncoder
from vidtag.media.full_disk import disk_full

CROSS_FADE = FADE
"""Seconds two neighbours overlap."""

_FULL = 1 << 20
"""Bytes left on a disk below which a broken file means a full disk."""


@dataclass(frozen=True, slots=True)
class Reel:
    """A written and verified reel.

    Attributes:
        path: the file.
        duration: in seconds.
        starts: second of the reel at which each clip begins (its title card, if it has one, comes
            before that).
        copied: number of frames that were copied from the clips, not encoded.
        reason: why not more were copied; empty if each clip was.
    """

    path: Path
    duration: float
    starts: tuple[float, ...]
    copied: int = 0
    reason: str = ""


def make_reel(
    paths: Sequence[Path],
    target: Path,
    *,
    title_cards: Sequence[Picture] | None = None,
    cross_fade: float = CROSS_FADE,
    heard: Heard | None = None,
    copying: bool = True,
    encoders: Encoders | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Reel:
    """Join clips, in the order given, into one video; or, if they are sound alone, into one M4A.

    The reel has the size of the first clip, into which others are fitted between black bars, and
    the highest frame rate among them.

    Args:
        paths: clips to join; one is enough.
        target: the file to write, ``.mp4`` (or ``.m4a`` for sound alone).
        title_cards: a picture to show before each clip, in the size of :func:`reel_size`; None
            shows none.
        cross_fade: seconds that neighbours overlap; less where a clip is shorter than twice that.
        heard: of every clip; None is the first track, at the usual loudness.
        copying: copy what the clips hold already as far as possible; else all is encoded anew.
        encoders: of what is encoded whole; None is x264, which always encodes what stands beside
            copied frames.
        on_progress: receives progress of the stage ``reel``, in seconds of the reel.

    Raises:
        UserError: no clips, or clips with and without picture.
        OutputError: the target cannot be written, or the disk is full.
        ToolError: ffmpeg failed.
        VerificationError: what was written is not what was planned; nothing is left of it.
    """
    encoders, heard = encoders or Encoders(), heard or Heard()
    with contextlib.ExitStack() as stack:
        gains = stack.enter_context(Gains(heard.loudness))
        clips = []
        for path in paths:
            shown = stack.enter_context(for_viewing(path, CRF, encoders))
            clips.append(clip := inspect_clip(shown, heard.tracks))
            if clip.has_sound:
                gains.measure(clip)
        _check_alike(clips, target)
        composition = _compose(clips, title_cards, cross_fade, gains)
        sound = stack.enter_context(sound_beside_picture(composition))
        on_seconds = stage_progress(on_progress, "reel", composition.duration, target.name)
        return _write(composition, sound, target, on_seconds, copying, encoders)


def _write(
    composition: Composition,
    sound: Callable[[], Path | None],
    target: Path,
    on_seconds: Callable[[float], None],
    copying: bool,
    encoders: Encoders,
) -> Reel:
    """Make and check a reel; see :func:`make_reel`."""
    plan = None if composition.size is None else plan_reel(composition, copying=copying)
    reason = ""
    if plan is not None and plan.copied:
        try:
            _write_as_planned(composition, plan, sound, target, on_seconds)
        except CopyError as error:
            reason = str(error)
        except (VerificationError, MediaError) as error:
            reason = f"what was copied did not pass the checks: {error.cause}"
        if reason:
            plan = plan_reel(composition, copying=False)
            _write_encoded(composition, plan, sound, target, on_seconds, encoders)
    elif plan is not None:
        _write_encoded(composition, plan, sound, target, on_seconds, encoders)
    else:
        _write_as_planned(composition, None, sound, target, on_seconds)
    on_seconds(composition.duration)
    if plan is not None and not reason:
        reason = next((f"{path.name}: {why}" for path, why in plan.reasons.items()), "")
    return Reel(
        target,
        composition.duration,
        tuple(float(part.start) for part in composition.parts if part.clip is not None),
        copied=0 if plan is None else plan.copied,
        reason=reason,
    )


def _write_encoded(
    composition: Composition,
    plan: ReelPlan,
    sound: Callable[[], Path | None],
    target: Path,
    on_seconds: Callable[[float], None],
    encoders: Encoders,
) -> None:
    """Write and check a reel of which nothing is copied."""
    assert composition.size is not None

    def write(encoder: FilmEncoder) -> None:
        alone = replace(plan, encoding=encoding_alone(encoder))
        try:
            _write_as_planned(composition, alone, sound, target, on_seconds)
        except CopyError as error:
            # Pieces of one encoder that do not fit together.
            raise VerificationError(str(error), path=target) from error

    encoders.encode(composition.size, write)


def _write_as_planned(
    composition: Composition,
    plan: ReelPlan | None,
    sound: Callable[[], Path | None],
    target: Path,
    on_seconds: Callable[[float], None],
) -> None:
    """Write and check a reel.

    Raises:
        CopyError: what is copied does not fit what is encoded.
        VerificationError: the result is wrong; nothing is left of it.
    """
    with replacing(target) as partial, scratch_folder() as scratch:
        try:
            encode_reel(composition, plan, sound, partial, scratch, on_seconds)
        except VerificationError as error:
            error.path = str(target)
            raise
        finally:
            composition.close()
        try:
            verify_reel(composition, partial, target)
        except MediaError as error:
            raise _unfinished(target) from error


def reel_size(first: Path) -> tuple[int, int] | None:
    """Width and height of the reel whose first clip this is; None for sound alone."""
    return _size(inspect_clip(first))


def _size(first: ClipInfo) -> tuple[int, int] | None:
    size = first.size
    return None if size is None else (size[0] - size[0] % 2, size[1] - size[1] % 2)


def _check_alike(clips: Sequence[ClipInfo], target: Path) -> None:
    """Raise where there are no clips, or clips with and without picture."""
    if not clips:
        raise UserError("there are no clips to join into a reel", path=target)
    without_picture = [clip.path for clip in clips if clip.size is None]
    if without_picture and len(without_picture) < len(clips):
        raise UserError(
            "has no picture, unlike other clips of the reel",
            path=without_picture[0],
            remedy="join clips with picture, or clips of sound alone",
        )


def _compose(
    clips: Sequence[ClipInfo],
    title_cards: Sequence[Picture] | None,
    cross_fade: float,
    gains: Gains,
) -> Composition:
    """Lay out the reel of some clips; see :func:`make_reel`."""
    if title_cards is not None and len(title_cards) != len(clips):
        raise ValueError(f"{len(title_cards)} title cards for {len(clips)} clips")
    fade = Fraction(cross_fade).limit_denominator(1000)
    size = _size(clips[0])
    parts = arrange(clips, None if size is None else title_cards, fade)
    return Composition(parts, size, common_rate(clips), gains)


def _unfinished(target: Path) -> OutputError | ToolError:
    """Why what was written cannot be read."""
    if shutil.disk_usage(target.parent).free < _FULL:
        return disk_full(target)
    return ToolError("ffmpeg could not finish the reel", path=target)
