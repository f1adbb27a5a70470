"""Surgery on parameter sets and slices, on bits whose meaning is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidtag.cutting.nal import (
    Codec,
    CopyError,
    ParameterSets,
    Renumbering,
    escape,
    join_units,
    read_configuration,
    split_units,
    unescape,
    write_configuration,
)

SPS = bytes.fromhex("6764001facd9405005bb011000000300100000030300f1831960")
PPS = bytes.fromhex("68ebe3cb22c0")
VPS_265 = bytes.fromhex("40010c01ffff01600000030090000003000003003c959809")
SPS_265 = bytes.fromhex("42010101600000030090000003000003003ca00a080b9f7965665492")
PPS_265 = bytes.fromhex("4401c172b46240")


@given(st.binary(max_size=200).map(lambda data: data.replace(b"\0\0\3", b"\0\0\1")))
def test_escaping_is_undone_and_leaves_no_start_code(body: bytes) -> None:
    assert unescape(escape(body)) == body
    assert not any(mark in escape(body) for mark in (b"\0\0\0", b"\0\0\1", b"\0\0\2"))


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5))
def test_samples_are_split_as_they_were_joined(units: list[bytes]) -> None:
    assert split_units(join_units(units), 4) == units


def test_start_codes_of_three_and_four_bytes() -> None:
    assert split_units(b"\0\0\0\1\x67\1\0\0\1\x68\2\0\0\0\1\x65\3", 0) == [
        b"\x67\1",
        b"\x68\2",
        b"\x65\3",
    ]
    assert split_units(b"", 0) == []


def test_a_sample_that_was_cut_off_is_refused() -> None:
    with pytest.raises(CopyError, match="damaged"):
        split_units(b"\0\0\0\x09\x65", 4)


@pytest.mark.parametrize(
    ("codec", "units"), [("h264", [SPS, PPS]), ("hevc", [VPS_265, SPS_265, PPS_265])]
)
def test_a_configuration_is_read_as_it_was_written(codec: Codec, units: list[bytes]) -> None:
    sets = ParameterSets(codec).with_units(units)
    assert read_configuration(codec, write_configuration(sets, 1, 8)) == (sets, 4)
    behind_codes = b"".join(b"\0\0\0\1" + unit for unit in units)
    assert read_configuration(codec, behind_codes) == (sets, 0)


def test_one_identifier_cannot_mean_two_things() -> None:
    sets = ParameterSets("h264").with_units([SPS, PPS, SPS])
    other = SPS[:3] + b"\x1e" + SPS[4:]
    with pytest.raises(CopyError, match="changes its coding parameters"):
        sets.with_units([other])


def test_hevc_parameter_sets_get_identifiers_of_their_own() -> None:
    sets = ParameterSets("hevc").with_units([VPS_265, SPS_265, PPS_265])
    numbers = Renumbering.beside(sets)
    own = [numbers.apply(unit) for unit in (VPS_265, SPS_265, PPS_265)]
    both = sets.with_units(own)
    assert sorted(both.units) == [(32, 0), (32, 1), (33, 0), (33, 1), (34, 0), (34, 15)]
    # Done twice, the identifiers are free no more.
    assert Renumbering.beside(both) == Renumbering(2, 2, 16)


@pytest.mark.parametrize(("kind", "flags"), [(1, "1"), (1, "0"), (19, "10"), (21, "11")])
def test_a_slice_names_the_new_set_and_moves_by_whole_bytes(kind: int, flags: str) -> None:
    rest = "1" + "011010"[: 7 - len(flags)]
    data = b"\xaa\0\0\1\xbb"
    body = int(flags + rest, 2).to_bytes(1, "big") + data
    unit = bytes([kind << 1, 1]) + escape(body)
    done = unescape(Renumbering(1, 1, 15).apply(unit))[2:]
    bits = f"{int.from_bytes(done[:2], 'big'):016b}"
    assert bits == flags + "000010000" + rest[1:]
    assert done[2:] == data
