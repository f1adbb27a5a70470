"""Judges every frame of a written reel against the clips and cards that it is made of.

A frame is a clip's own, sample by sample, or it is decoded and compared with what should be seen.
Frames about the places where copied samples begin and end are decoded as well.
"""

from __future__ import annotations

import bisect
import contextlib
import itertools
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

from vidtag.core.errors import VerificationError
from vidtag.cutting.frame_signature import frame_signature
from vidtag.films.clip_info import ClipInfo
from vidtag.films.composition import Composition
from vidtag.films.reel_track import Track, own_samples, read_track
from vidtag.media.container import open_media
from vidtag.media.frames import decode_between

Gray = NDArray[np.float32]

_ALIKE = 14.0
"""Mean difference in grey levels up to which a frame that was encoded is what it should be."""

_SAME = 0.05
"""Difference up to which a copied frame is the clip's: none, but for rounding."""

_CLOSER = 1.0
"""Grey levels by which a neighbour must resemble a frame better to be taken for it."""

_AFTER = 12
"""Frames compared after copied samples begin: where a decoder starts with a wrong frame, those that
are predicted from it are wrong too."""

_AT_ONCE = 2
"""Places that are decoded at the same time."""

_NEAR = 30
"""Frames between two windows up to which they are decoded as one."""


@dataclass(frozen=True, slots=True)
class _Clip:
    """A clip of the reel.

    Attributes:
        info: what it is.
        track: what it stores.
        own: the pts of its samples, by that of the samples of the reel that are the same.
    """

    info: ClipInfo
    track: Track
    own: dict[int, int]


class FramesCheck:
    """The picture of a reel beside what it should be."""

    def __init__(self, composition: Composition, written: Path, name: Path) -> None:
        assert composition.size is not None
        self._composition, self._size = composition, composition.size
        self._rate = composition.rate
        self._parts = composition.parts
        self._written, self._name = written, name
        self._track = read_track(written)
        self._clips: dict[int, _Clip] = {}
        for number, part in enumerate(self._parts):
            if part.clip is not None:
                track = composition.track(part.clip.path)
                own = own_samples(self._track, track, part.start, 1 / self._rate / 8)
                self._clips[number] = _Clip(part.clip, track, own)
        own_pts = {pts for clip in self._clips.values() for pts in clip.own}
        self._is_own = [sample.pts in own_pts for sample in self._track.shown]

    def run(self) -> None:
        """Compare.

        Raises:
            VerificationError: a frame is missing, or another one than planned.
        """
        self._check_times()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for _ in pool.map(self._check_window, *zip(*self._windows(), strict=True)):
                pass

    def _check_times(self) -> None:
        """Something is shown from the beginning on, and nothing longer than it should be."""
        shown = self._track.shown
        if len(shown) != len(self._track.samples) or not shown or shown[0].time > 0:
            raise self._error("the reel does not show a frame from its beginning on")
        held = self._held()
        usual = Fraction(3, 2) / self._rate
        for one, other in itertools.pairwise(shown):
            step = other.time - one.time
            if step <= 0 or step > held.get(one.pts, 0) + usual:
                raise self._error(f"the reel misses a frame at {float(one.time):.3f} s")

    def _held(self) -> dict[int, Fraction]:
        """For how long copied frames are shown in their clips, by the pts of the reel."""
        held: dict[int, Fraction] = {}
        for clip in self._clips.values():
            steps = {a.pts: b.time - a.time for a, b in itertools.pairwise(clip.track.shown)}
            held |= {pts: steps.get(theirs, Fraction(0)) for pts, theirs in clip.own.items()}
        return held

    def _windows(self) -> list[tuple[int, int]]:
        """First and last number of frames to decode, of one window after another."""
        shown = self._track.shown
        is_own = self._is_own
        wanted = {number for number, copied in enumerate(is_own) if not copied}
        for number in range(1, len(shown)):
            if is_own[number] != is_own[number - 1]:
                wanted |= set(range(number, number + _AFTER))
        # The beginning, and the random access point next to the middle of each part.
        wanted |= {0, *range(1, _AFTER)}
        starts = [number for number, sample in enumerate(shown) if sample.starts]
        for part in self._parts:
            middle = self._number(part.start + part.duration / 2)
            wanted.add(min(starts, key=lambda start: abs(start - middle)))
        windows: list[tuple[int, int]] = []
        for number in sorted(n for n in wanted if 0 <= n < len(shown)):
            if windows and number - windows[-1][1] <= 1:
                windows[-1] = windows[-1][0], number
            else:
                windows.append((number, number))
        return self._merged(windows)

    def _merged(self, windows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Windows joined where a decoder would have to start over in the same place."""
        merged: list[tuple[int, int]] = []
        for first, last in windows:
            if merged and first - merged[-1][1] <= _NEAR:
                between = self._track.shown[merged[-1][1] + 1 : first + 1]
                if not any(sample.starts for sample in between):
                    merged[-1] = merged[-1][0], last
                    continue
            merged.append((first, last))
        return merged

    def _check_window(self, first: int, last: int) -> None:
        """Frames ``first`` to ``last`` are decoded in one go, and show what they should."""
        shown = self._track.shown
        with _opened(self._written) as (reel, stream):
            frames = decode_between(reel, stream, shown[first].pts, shown[last].pts)
            whole = [(f.pts, _gray(frame_signature(f))) for f in frames if not f.is_corrupt]
        if [pts for pts, _ in whole] != [sample.pts for sample in shown[first : last + 1]]:
            raise self._error(
                f"not every frame is shown once and in its place from "
                f"{float(shown[first].time):.3f} s of the reel on"
            )
        written = [picture for _, picture in whole]
        seen = self._seen(first, last)
        for number, picture in enumerate(written, first):
            self._check_frame(number, picture, seen)

    def _check_frame(self, number: int, picture: Gray, seen: dict[int, dict[int, Gray]]) -> None:
        """A frame is the clip's, or the mixture, that should be shown then."""
        moment = self._moment(number)
        sample = self._track.shown[number]
        parts = self._parts_at(moment)
        clips = [self._clips[n] for n in parts if n in self._clips]
        by_step = {
            steps: _difference(picture, self._mixed(moment, parts, steps, seen))
            for steps in self._steps(parts, number)
        }
        difference = by_step[(0,) * len(parts)]
        if self._is_own[number]:
            most = _SAME
        else:
            most = _ALIKE
            if not all(clip.track.is_even for clip in clips):
                difference = min(by_step.values())  # the reel's come evenly
        if difference > most or difference > min(by_step.values()) + _CLOSER:
            names = " and ".join(clip.info.path.name for clip in clips) or "its title card"
            raise self._error(f"the reel does not show {names} at {float(sample.time):.3f} s")

    def _steps(self, parts: Sequence[int], number: int) -> set[tuple[int, ...]]:
        """How many frames too late each part may be shown, to compare with: all of them alike, and
        those whose frames come unevenly each by itself, because each is made even by itself.
        A clip's own frame has to be that frame exactly, and is compared with no other.
        """
        if self._is_own[number]:
            return {(0,) * len(parts)}
        clips = [self._clips.get(part) for part in parts]
        alike = {tuple(step if clip else 0 for clip in clips) for step in (-1, 0, 1)}
        free = [(-1, 0, 1) if clip and not clip.track.is_even else (0,) for clip in clips]
        return alike | set(itertools.product(*free))

    def _seen(self, first: int, last: int) -> dict[int, dict[int, Gray]]:
        """Pictures of the parts that some frames show: by number of the part, by that of its
        frame."""
        found: dict[int, dict[int, Gray]] = {}
        wanted: dict[int, list[int]] = {}
        for number in range(first, last + 1):
            moment = self._moment(number)
            beside = 0 if self._is_own[number] else 1
            for part in self._parts_at(moment):
                place = self._place(part, moment)
                wanted.setdefault(part, []).extend((place - beside, place + beside))
        for part, places in wanted.items():
            content = self._parts[part].content
            if isinstance(content, ClipInfo):
                found[part] = self._clip_pictures(self._clips[part], min(places), max(places))
            else:
                card = av.VideoFrame.from_ndarray(np.ascontiguousarray(content), format="rgb24")
                found[part] = {0: _gray(frame_signature(card))}
        return found

    def _clip_pictures(self, clip: _Clip, first: int, last: int) -> dict[int, Gray]:
        """Pictures of a clip's frames, in the frame of the reel."""
        shown = clip.track.shown[max(first, 0) : last + 1]
        fills = self._fitted(clip.info) == self._size
        decoded = self._composition.signatures(clip.info.path) if fills else {}
        wanted = [sample.pts for sample in shown]
        found = {pts: _gray(decoded[pts]) for pts in wanted if pts in decoded}
        if missing := [pts for pts in wanted if pts not in found]:
            with _opened(clip.info.path) as (container, stream):
                for frame in decode_between(container, stream, missing[0], missing[-1]):
                    if frame.pts is not None:
                        found[frame.pts] = self._framed(frame, clip.info)
        numbered = enumerate(wanted, max(first, 0))
        return {number: found[pts] for number, pts in numbered if pts in found}

    def _fitted(self, info: ClipInfo) -> tuple[int, int]:
        """Width and height of a clip in the frame of the reel."""
        assert info.size is not None
        scale = min(self._size[0] / info.size[0], self._size[1] / info.size[1])
        return round(info.size[0] * scale / 2) * 2, round(info.size[1] * scale / 2) * 2

    def _framed(self, frame: av.VideoFrame, info: ClipInfo) -> Gray:
        """A frame of a clip as the reel shows it, in the middle of a black picture."""
        width, height = self._size
        across, down = self._fitted(info)
        if (across, down) == (width, height):
            return _gray(frame_signature(frame))
        framed = np.zeros((height, width), np.uint8)
        top, left = (height - down) // 2, (width - across) // 2
        framed[top : top + down, left : left + across] = frame_signature(frame, (down, across))
        return _gray(frame_signature(av.VideoFrame.from_ndarray(framed, format="gray")))

    def _mixed(
        self,
        moment: Fraction,
        parts: Sequence[int],
        steps: Sequence[int],
        seen: dict[int, dict[int, Gray]],
    ) -> Gray | None:
        """What is seen at a moment; of each part the frame so many later. None if that is
        unknown.
        """
        mixed: Gray | None = None
        for number, step in zip(parts, steps, strict=True):
            place = self._place(number, moment) + step
            picture = seen[number].get(place)
            if picture is None:
                return None
            part = self._parts[number]
            opacity = float((moment - part.start) / part.fade_in) if part.fade_in else 1.0
            opacity = min(opacity, 1.0)
            mixed = picture if mixed is None else mixed * (1 - opacity) + picture * opacity
        return mixed

    def _moment(self, number: int) -> Fraction:
        """A moment at which a frame is shown, half a frame of the reel after it appears."""
        return self._track.shown[number].time + 1 / self._rate / 2

    def _parts_at(self, moment: Fraction) -> list[int]:
        """Numbers of the parts that are shown at a moment."""
        shown = [n for n, part in enumerate(self._parts) if part.start <= moment < part.end]
        return shown or [len(self._parts) - 1]

    def _place(self, part: int, moment: Fraction) -> int:
        """Number of the frame of a part that is shown at a moment of the reel; 0 for a card."""
        if part not in self._clips:
            return 0
        times = self._clips[part].track.times
        return max(bisect.bisect_right(times, moment - self._parts[part].start) - 1, 0)

    def _number(self, time: Fraction) -> int:
        """Number of the frame of the reel that is shown at a second."""
        return max(bisect.bisect_right(self._track.times, time) - 1, 0)

    def _error(self, cause: str) -> VerificationError:
        return VerificationError(cause, path=self._name)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[InputContainer, av.VideoStream]]:
    """A file and its picture, to be decoded in one thread, because several are at work."""
    with open_media(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        yield container, stream


def _gray(picture: NDArray[np.uint8]) -> Gray:
    return picture.astype(np.float32)


def _difference(one: Gray, other: Gray | None) -> float:
    if other is None or one.shape != other.shape:
        return math.inf
    return float(abs(one - other).mean())
