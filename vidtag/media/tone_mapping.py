"""Pictures of high dynamic range (PQ, HLG) brought to BT.709 for ordinary screens; pure.

A table of colours (3D LUT) holds the whole conversion. FFmpeg's ``lut3d`` applies it to films, in
every build, and :func:`to_bt709` to single pictures. Light above the knee is compressed as in ITU-R
BT.2390-10 (EETF); white is 203 cd/m2 as in ITU-R BT.2408.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidtag.core.media_streams import Colour

_WHITE = 203.0
"""cd/m2 of the white of an ordinary screen (BT.2408)."""

_USUAL_PEAK = 1000.0
"""cd/m2 of the brightest light where the file does not tell; that of HLG's reference display."""

_SIZE = 33
"""Points of the table along each of red, green and blue."""

_TO_709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
)
"""Linear light from BT.2020's primaries to BT.709's (ITU-R BT.2087)."""

_LUMINANCE_2020 = np.array([0.2627, 0.6780, 0.0593])

# Constants of PQ (SMPTE ST 2084) and of HLG (ITU-R BT.2100).
_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
_A, _B, _C = 0.17883277, 0.28466892, 0.55991073

Values = NDArray[np.float64]


def pq_to_light(signal: Values) -> Values:
    """Signals from 0 to 1 as cd/m2."""
    power = np.clip(signal, 0, 1) ** (1 / _M2)
    light: Values = 10_000 * (np.maximum(power - _C1, 0) / (_C2 - _C3 * power)) ** (1 / _M1)
    return light


def light_to_pq(light: Values) -> Values:
    """The inverse of :func:`pq_to_light`."""
    power = np.clip(light / 10_000, 0, 1) ** _M1
    signal: Values = ((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2
    return signal


def hlg_to_light(signal: Values) -> Values:
    """Red, green and blue from 0 to 1 as cd/m2 of a display of 1000 cd/m2; ... x 3."""
    signal = np.clip(signal, 0, 1)
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - _C) / _A) + _B) / 12)
    luminance = scene @ _LUMINANCE_2020
    light: Values = _USUAL_PEAK * scene * np.maximum(luminance, 1e-9)[..., None] ** 0.2
    return light


def compress(light: Values, peak: float) -> Values:
    """Light up to ``peak`` brought below white: unchanged to the knee, then ever less (EETF).

    Args:
        light, peak: in cd/m2.
    """
    top = float(light_to_pq(np.array(peak)))
    most = float(light_to_pq(np.array(_WHITE))) / top
    if most >= 1:
        return light
    signal = np.clip(light_to_pq(light) / top, 0, 1)
    knee = 1.5 * most - 0.5
    t = np.clip((signal - knee) / (1 - knee), 0, 1)
    bent = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (-2 * t**3 + 3 * t**2) * most
    )
    return pq_to_light(np.where(signal < knee, signal, bent) * top)


def to_bt709(picture: Values, colour: Colour) -> Values:
    """Red, green and blue of high dynamic range as those of BT.709; all from 0 to 1, ... x 3."""
    hlg = colour.transfer == "arib-std-b67"
    light = hlg_to_light(picture) if hlg else pq_to_light(picture)
    # All three by the same factor, that of the brightest: hues stay.
    brightest = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
    light = light * (compress(brightest, brightest_light(colour)) / brightest) / _WHITE
    if colour.primaries in ("bt2020", "unknown"):
        light = light @ _TO_709.T
    # An ordinary screen's gamma (ITU-R BT.1886).
    mapped: Values = np.clip(light, 0, 1) ** (1 / 2.4)
    return mapped


def brightest_light(colour: Colour) -> float:
    """cd/m2 of the brightest light to expect."""
    if colour.transfer == "arib-std-b67":
        return _USUAL_PEAK
    graded = colour.mastering.max_luminance if colour.mastering else 0.0
    known = [value for value in (colour.max_content_light, graded) if value > 0]
    return max(_WHITE, min(known, default=_USUAL_PEAK))


@functools.lru_cache(maxsize=8)
def table(colour: Colour) -> Values:
    """The conversion of every colour: red x green x blue x 3."""
    axis = np.linspace(0, 1, _SIZE)
    return to_bt709(np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1), colour)


def write_table(colour: Colour, path: Path) -> None:
    """Write the conversion as a .cube file, which FFmpeg's ``lut3d`` reads: red changes first."""
    rows = table(colour).transpose(2, 1, 0, 3).reshape(-1, 3)
    lines = [f"LUT_3D_SIZE {_SIZE}", *(f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
