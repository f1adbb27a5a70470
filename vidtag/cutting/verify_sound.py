"""Compares the sound of a written clip with the source's, at both ends."""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from av import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from vidtag.core.errors import VerificationError
from vidtag.core.media_streams import AudioStream as AudioTrack
from vidtag.cutting.cut_plan import CutPlan
from vidtag.media.container import frames_of, open_media, packets, path_of, sound_stream
from vidtag.media.frame_scan import Reading
from vidtag.media.level import dbfs, frame_power
from vidtag.media.rational import base_of

_COMPARED = 5.0
"""Seconds of sound that are compared at the beginning and at the end of a clip."""

_COMPARABLE = 0.5
"""Seconds of sound from which on a comparison means something."""

_RATE = 8000
"""Samples per second at which sound is compared."""

_LAG = 0.25
"""Seconds by which one sound is shifted against the other, in search of the best match."""

_LEAST_CORRELATION = 0.3
"""Correlation, of 1, below which two sounds are not the same."""

_GOOD_MATCH = 0.8
"""Share of the best correlation that the allowed shifts must reach."""

_COPIED_SLACK = 0.0025
"""Seconds by which copied sound may be shifted: containers round times to milliseconds."""

_GAP = 0.05
"""Seconds by which a timestamp must be off to mean that sound is missing there."""

_SILENT_DB = -60.0
"""Level below which there is nothing to compare."""

_LOUD_DB = -40.0
"""Level above which a sound cannot be one that is silent."""


class CopiedSoundError(VerificationError):
    """Sound that was copied is not right: it has to be encoded."""


@dataclass(frozen=True, slots=True)
class SoundCheck:
    """An audio track of a written clip beside what it should be.

    Attributes:
        clip: the written clip, open.
        number: of its track, from 0.
        source: the file it was cut from, open; its reading position is moved.
        sound: the source's track.
        plan: what the clip should hold.
        name: the name the clip is to have, for errors.
    """

    clip: InputContainer
    number: int
    source: InputContainer
    sound: AudioTrack
    plan: CutPlan
    name: Path

    def run(self, slack: float, *, copied: bool) -> None:
        """The sound begins and ends with the clip, and is the source's at both ends.

        Args:
            slack: seconds by which encoded sound may be shifted, and any sound may end early.
            copied: whether it was copied.

        Raises:
            CopiedSoundError: it was copied, and is not right.
            VerificationError: it was encoded, and is not right.
        """
        difference = self._difference(slack, _COPIED_SLACK if copied else slack)
        if difference:
            raise (CopiedSoundError if copied else VerificationError)(difference, path=self.name)

    def _difference(self, extent_slack: float, slack: float) -> str:
        """What tells the track from the source's; empty if nothing does."""
        start, length = float(self.plan.start), float(self.plan.end) - float(self.plan.start)
        own = self.clip.streams.audio[self.number]
        misplaced = _extent_difference(own, length, extent_slack)
        if misplaced or length < _COMPARABLE:
            return misplaced
        part = min(length, _COMPARED)
        original = sound_stream(self.source, self.sound.index)
        for offset in sorted({0.0, length - part}):
            written = _read(self.clip, own, offset, part)
            expected = _read(self.source, original, start + offset, part)
            if _difference(written, expected, slack):
                # It may be the reference that is wrong, where seeking does not land right.
                with open_media(path_of(self.source)) as anew:
                    stream = sound_stream(anew, self.sound.index)
                    expected = _read(anew, stream, start + offset, part, seeking=False)
                difference = _difference(written, expected, slack)
                if difference:
                    return f"{difference} (the source was read {Reading.WHOLE.value})"
        return ""


def _extent_difference(stream: AudioStream, length: float, slack: float) -> str:
    """Where the sound does not start with the clip or last as long; empty if it does."""
    assert stream.time_base is not None
    start = float((stream.start_time or 0) * base_of(stream))
    end = start + float((stream.duration or 0) * base_of(stream))
    if abs(start) > slack or abs(end - length) > slack:
        return (
            f"the clip's sound runs from {start:.3f} to {end:.3f} s instead of 0 to {length:.3f} s"
        )
    return ""


def _difference(written: NDArray[np.float32], expected: NDArray[np.float32], slack: float) -> str:
    """What tells two stretches of sound apart, shifted by at most ``slack`` seconds; empty if
    nothing does.
    """
    levels = [float(dbfs(frame_power(part, part.size))[0]) for part in (written, expected)]
    if min(levels) < _SILENT_DB:
        # Encoding sound above the compared range leaves faint noise within it.
        if max(levels) > _LOUD_DB:
            return "the clip is silent where the source is not, or the reverse"
        return ""
    reach = round(_LAG * _RATE)
    correlation = _correlation(written, expected, reach)
    within = min(reach, round(slack * _RATE))
    allowed = float(correlation[reach - within : reach + within + 1].max())
    best = int(correlation.argmax())
    if allowed < _LEAST_CORRELATION or allowed < _GOOD_MATCH * float(correlation[best]):
        return (
            "the clip's sound is not the source's, or is shifted against the picture by "
            f"{(best - reach) / _RATE:+.3f} s"
        )
    return ""


def _correlation(
    one: NDArray[np.float32], other: NDArray[np.float32], reach: int
) -> NDArray[np.float64]:
    """Normalised cross-correlation for shifts from ``-reach`` to ``reach`` samples."""
    # The transform is circular: zeros keep the shifts that are wanted from wrapping around.
    size = 1 << (one.size + reach).bit_length()
    spectrum = np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size))
    circular = np.fft.irfft(spectrum, size)
    shifted = np.concatenate([circular[-reach:], circular[: reach + 1]])
    return np.asarray(shifted / (np.sqrt(np.sum(one**2) * np.sum(other**2)) + 1e-12))


def _read(
    container: InputContainer,
    stream: AudioStream,
    start: float,
    length: float,
    *,
    seeking: bool = True,
) -> NDArray[np.float32]:
    """Mono samples of a stretch at ``_RATE``, silence where there are none.

    Timestamps place the first sample and tell of gaps; the other samples follow one another,
    because Matroska rounds timestamps to milliseconds, and packets of several frames (AMR in 3GP)
    have one timestamp.

    Args:
        seeking: go to the stretch; else read from where the file is, which has to be its beginning.
    """
    assert stream.time_base is not None
    result = np.zeros(round(length * _RATE), np.float32)
    resampler = AudioResampler(format="flt", layout="mono", rate=_RATE)
    # A decoder needs the packet before the first one whose samples should be right.
    if seeking:
        _seek(container, stream, start - 0.5)
    position: int | None = None
    following: float | None = None  # seconds at which the next frame begins
    frames = itertools.chain.from_iterable(map(frames_of, packets(container, stream)))
    for frame in frames:
        begin = following if frame.pts is None else float(frame.pts * base_of(stream))
        if begin is None:
            continue
        following = begin + frame.samples / frame.sample_rate
        if begin >= start + length:
            break
        # The resampler counts in the samples of the frame.
        frame.pts, frame.time_base = (
            round(begin * frame.sample_rate),
            Fraction(1, frame.sample_rate),
        )
        for resampled in resampler.resample(frame):
            assert resampled.pts is not None
            assert resampled.time_base is not None
            samples = resampled.to_ndarray()[0]
            time = float(resampled.pts * base_of(resampled))
            stamped = round((time - start) * _RATE)
            if position is None or abs(stamped - position) > _GAP * _RATE:
                position = stamped
            low, high = max(position, 0), min(position + samples.size, result.size)
            if low < high:
                result[low:high] = samples[low - position : high - position]
            position += samples.size
    return result


def _seek(container: InputContainer, stream: AudioStream, time: float) -> None:
    """Go to ``time`` or before; where a track of AVI refuses that, by the file's own index."""
    assert stream.time_base is not None
    at = max(round(time / base_of(stream)), stream.start_time or 0)
    try:
        container.seek(at, stream=stream, backward=True)
    except OSError:
        with contextlib.suppress(OSError):
            container.seek(max(round(time * 1_000_000), container.start_time or 0))
