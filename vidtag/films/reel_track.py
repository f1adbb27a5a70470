"""What a written reel stores, and which of it are the clips' own samples: for its check.

A sample that is a clip's own to the bit, and follows the clip's own samples from a random access
point on, is decoded to the clip's frame: that needs no decoder to be proven.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from zlib import crc32

from vidtag.cutting.nal import (
    CopyError,
    ParameterSets,
    RandomAccess,
    is_nal_codec,
    is_parameter_set,
    random_access,
    read_configuration,
    split_units,
)
from vidtag.media.container import clock_zero, codec_of, open_media, packets
from vidtag.media.rational import base_of


@dataclass(frozen=True, slots=True)
class Sample:
    """A stored frame.

    Attributes:
        pts: in the file.
        time: seconds at which it is shown.
        digest: CRC-32 of what is coded, without parameter sets.
        starts: whether decoding can start there.
        hidden: whether it is decoded and not shown.
    """

    pts: int
    time: Fraction
    digest: int
    starts: bool
    hidden: bool


@dataclass(frozen=True, slots=True)
class Track:
    """The picture of a file.

    Attributes:
        sets: its parameter sets; None where its codec has none, or they cannot be told.
        samples: in the order they are stored.
        shown: those that are shown, in the order of time.
        times: seconds at which these are shown.
        is_even: whether they come evenly.
    """

    sets: ParameterSets | None
    samples: tuple[Sample, ...]
    shown: tuple[Sample, ...]
    times: tuple[Fraction, ...]
    is_even: bool


def read_track(path: Path) -> Track:
    """Read what a file stores of its picture.

    Raises:
        MediaError: it cannot be opened.
    """
    samples = []
    with open_media(path) as container:
        stream = container.streams.video[0]
        codec, zero = codec_of(stream), clock_zero(container)
        sets, length_size = None, 0
        if is_nal_codec(codec):
            sets, length_size = read_configuration(codec, stream.codec_context.extradata)
        for packet in packets(container, stream):
            if not packet.size or packet.pts is None or packet.time_base is None:
                continue
            data, starts = bytes(packet), packet.is_keyframe
            if sets is not None:
                try:
                    units = split_units(data, length_size)
                    starts = random_access(sets.codec, units) is not RandomAccess.NONE
                    sets = sets.with_units(u for u in units if is_parameter_set(sets.codec, u))
                    # The header of a unit of HEVC says how its group of pictures is reached.
                    header = 2 if sets.codec == "hevc" else 0
                    coded = [u[header:] for u in units if not is_parameter_set(sets.codec, u)]
                    data = b"".join(coded)
                except CopyError:
                    sets = None
            time = packet.pts * base_of(packet) - zero
            hidden = packet.is_discard or time < 0
            samples.append(Sample(packet.pts, time, crc32(data), starts, hidden))
    shown = sorted((s for s in samples if not s.hidden), key=lambda sample: sample.time)
    times = tuple(sample.time for sample in shown)
    steps = [later - time for time, later in itertools.pairwise(times)]
    is_even = not steps or max(steps) - min(steps) <= min(steps) / 5
    return Track(sets, tuple(samples), tuple(shown), times, is_even)


def own_samples(reel: Track, clip: Track, start: Fraction, slack: Fraction) -> dict[int, int]:
    """Samples of a reel that are a clip's own: the clip's pts by the reel's.

    Args:
        start: second of the reel that is the clip's zero.
        slack: seconds by which times may differ, through rounding.
    """
    if reel.sets is None or clip.sets is None or reel.sets.codec != clip.sets.codec:
        return {}
    if any(reel.sets.units.get(key) != unit for key, unit in clip.sets.units.items()):
        return {}
    places = defaultdict(list)
    for number, sample in enumerate(clip.samples):
        places[sample.digest].append(number)
    own: dict[int, int] = {}
    expected: int | None = None
    first = Fraction(0)
    for sample in reel.samples:

        def is_same(number: int, sample: Sample = sample) -> bool:
            other = clip.samples[number]
            near = abs(other.time + start - sample.time) <= slack
            return near and other.digest == sample.digest

        if expected is None or not is_same(expected):
            expected = None
            if sample.starts:
                starts = (n for n in places[sample.digest] if clip.samples[n].starts)
                expected = next(filter(is_same, starts), None)
                first = sample.time - start
        if expected is not None:
            own[sample.pts] = clip.samples[expected].pts
            expected = _following(clip.samples, expected, first - slack)
    return own


def _following(samples: Sequence[Sample], number: int, first: Fraction) -> int | None:
    """The next sample that does not belong before a random access point shown at ``first``."""
    later = range(number + 1, len(samples))
    return next((n for n in later if samples[n].time >= first), None)
