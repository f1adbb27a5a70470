"""Compares the picture of a written clip with the plan, and with the source frame by frame."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from av.container import InputContainer

from vidtag.core.errors import VerificationError
from vidtag.cutting.copy_recipe import FRAMES_AFTER_JOINT, CopiedFrames
from vidtag.cutting.frame_signature import Signature, frame_signature, signature_difference
from vidtag.media.container import packets, path_of, picture_stream
from vidtag.media.frame_plan import HELD, FramePlan
from vidtag.media.frame_scan import Reading
from vidtag.media.frames import decode_between, frames_from_start
from vidtag.media.rational import base_of

_ALIKE = 14.0
"""Difference of signatures, in grey levels (of 255), up to which a frame that was encoded can be
the source's."""

_SAME = 0.05
"""Difference up to which a copied frame is the source's: none, but for rounding."""

_CLOSER = 0.5
"""Grey levels by which a neighbour must resemble the written frame better to be taken for it."""

_FRAMES_BEFORE_JOINT = 3
"""Frames compared before a joint, to see that none is missing or repeated there."""

_NEAR = 30
"""Frames between two windows up to which they are decoded as one, because a decoder would have to
start over in the same place."""


@dataclass(frozen=True, slots=True)
class PictureCheck:
    """The picture of a written clip beside what it should be.

    Attributes:
        clip: the written clip, open.
        source: the file it was cut from, open; its reading position is moved.
        index: of the source's video stream.
        plan: the frames the clip should hold.
        copied: which of them were copied.
        name: the name the clip is to have, for errors.
    """

    clip: InputContainer
    source: InputContainer
    index: int
    plan: FramePlan
    copied: CopiedFrames
    name: Path

    def run(self) -> None:
        """Compare packets with the plan, and frames at both ends and around joints with the source.

        Raises:
            VerificationError: something differs.
        """
        self._check_packets()
        for first, last in self._windows():
            self._check_frames(first, last)

    def _check_packets(self) -> None:
        """Every planned frame is there once, at its time; the last one ends when it should."""
        if not self.clip.streams.video:
            raise self._error("the clip has no picture")
        plan, digests = self.plan, self.copied.digests
        stream = self.clip.streams.video[0]
        assert stream.time_base is not None
        shown = sorted(
            (packet.pts, packet.duration or 0, crc32(packet) if digests else 0)
            for packet in packets(self.clip, stream)
            if packet.size and not packet.is_discard and packet.pts is not None
        )
        if len(shown) != len(plan.times):
            raise self._error(f"the clip holds {len(shown)} frames instead of {len(plan.times)}")
        slack = min(base_of(stream) + plan.time_base, plan.shortest_gap / 2)
        rows = zip(shown, plan.times, plan.shown, strict=True)
        for number, ((shown_at, _, digest), pts, begin) in enumerate(rows):
            time, expected = shown_at * base_of(stream), begin * plan.time_base - plan.start_time
            if abs(time - expected) > slack:
                raise self._error(
                    f"frame {number} of the clip is shown at {float(time):.4f} s instead of "
                    f"{float(expected):.4f} s"
                )
            if digests.get(pts, digest) != digest:
                raise self._error(f"frame {number} of the clip is not as it was copied")
        end = (shown[-1][0] + shown[-1][1]) * base_of(stream)
        expected = plan.end_time - plan.start_time
        if abs(end - expected) > min(float(plan.longest_gap), HELD):
            raise self._error(
                f"the clip lasts {float(end):.3f} s instead of {float(expected):.3f} s"
            )

    def _windows(self) -> list[tuple[int, int]]:
        """First and last number of the frames to compare, of one window after another."""
        last = len(self.plan.times) - 1
        windows = [(0, 0)]
        if self.plan.times[-1] not in self.copied.digests:
            windows.append((last, last))
        for joint in self.copied.joints:
            at = self._number(joint)
            windows.append((max(at - _FRAMES_BEFORE_JOINT, 0), min(at + FRAMES_AFTER_JOINT, last)))
        merged: list[tuple[int, int]] = []
        for first, end in sorted(windows):
            if merged and first - merged[-1][1] <= _NEAR:
                merged[-1] = merged[-1][0], max(end, merged[-1][1])
            else:
                merged.append((first, end))
        return merged

    def _check_frames(self, first: int, last: int) -> None:
        """Frames ``first`` to ``last`` of the clip are the source's, each once and in order."""
        times = self.plan.times[first : last + 1]
        written = self._written_signatures(first, last)
        if len(written) != len(times):
            raise self._error(
                f"{len(written)} frames can be decoded instead of {len(times)} from frame {first} "
                "of the clip on"
            )
        reading = self.plan.reading
        expected = {**self.copied.signatures, **self._source_signatures(first, last, reading)}
        difference = self._difference(first, written, expected)
        if difference and reading is Reading.SOUGHT and not self.copied.digests:
            # It may be the reference that is wrong: keyframes may be none, and an index may lie.
            reading = Reading.WHOLE
            expected = self._source_signatures(first, last, reading)
            difference = self._difference(first, written, expected)
        if difference:
            raise self._error(f"{difference} (the source was read {reading.value})")

    def _difference(
        self, first: int, written: Sequence[Signature], expected: Mapping[int, Signature]
    ) -> str:
        """What tells written frames, from number ``first`` on, from the source's; empty if
        nothing does.
        """
        times = self.plan.times[first : first + len(written)]
        for number, (pts, signature) in enumerate(zip(times, written, strict=True), first):
            time = float(pts * self.plan.time_base)
            if pts not in expected:
                if self._follows_copied(pts):
                    continue
                return f"the source's frame at {time:.3f} s cannot be decoded"
            difference = signature_difference(signature, expected[pts])
            neighbours = self.plan.times[max(number - 1, 0) : number + 2]
            least = min(
                signature_difference(signature, expected[other])
                for other in neighbours
                if other in expected
            )
            most = _SAME if pts in self.copied.digests else _ALIKE
            if difference > most or difference > least + _CLOSER:
                return f"frame {number} of the clip is not the source's frame at {time:.3f} s"
        return ""

    def _written_signatures(self, first: int, last: int) -> list[Signature]:
        """Signatures of the clip's frames from ``first`` to ``last``, as far as they decode."""
        plan, stream = self.plan, self.clip.streams.video[0]
        assert stream.time_base is not None
        slack = min(plan.time_base, plan.shortest_gap / 4)
        start = plan.shown[first] * plan.time_base - plan.start_time - slack
        end = plan.shown[last] * plan.time_base - plan.start_time + slack
        low, high = round(start / base_of(stream)) - 1, round(end / base_of(stream)) + 1
        frames = decode_between(self.clip, stream, low, high)
        return [frame_signature(frame) for frame in frames if not frame.is_corrupt]

    def _source_signatures(self, first: int, last: int, reading: Reading) -> dict[int, Signature]:
        """Signatures of the source's frames in and next to a window that are not known yet."""
        around = self.plan.times[max(first - 1, 0) : last + 2]
        missing = [
            pts
            for pts in around
            if pts not in self.copied.signatures and not self._follows_copied(pts)
        ]
        if not missing:
            return {}
        if reading is Reading.SOUGHT:
            stream = picture_stream(self.source, self.index)
            # To the tick: before a keyframe, a decoder would have to start at the one before.
            frames = decode_between(self.source, stream, missing[0], missing[-1])
            found = ((frame.pts, frame) for frame in frames if frame.pts is not None)
        else:
            every = frames_from_start(path_of(self.source), self.index, self.plan.step)
            until = itertools.takewhile(lambda row: row[0] <= missing[-1], every)
            found = (row for row in until if row[0] >= missing[0])
        return {
            pts: frame_signature(frame)
            for pts, frame in found
            if reading is not Reading.SOUGHT or not frame.is_corrupt
        }

    def _follows_copied(self, pts: int) -> bool:
        """Whether a frame was copied, and is predicted only from frames that were copied too or
        were compared.
        """
        if pts not in self.copied.digests:
            return False
        starts = (0, *(self._number(joint) for joint in self.copied.joints))
        number = self._number(pts)
        return not any(start <= number <= start + FRAMES_AFTER_JOINT for start in starts)

    def _number(self, pts: int) -> int:
        """Number of a frame in the clip."""
        return bisect.bisect_left(self.plan.times, pts)

    def _error(self, cause: str) -> VerificationError:
        return VerificationError(cause, path=self.name)
