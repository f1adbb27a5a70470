"""Quiet recordings are raised as a whole, and nothing else is."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidtag.core.settings import Config
from vidtag.media.channels import stream_heard
from vidtag.media.level import AUDIBLE_DB, dbfs, frame_power
from vidtag.media.probe import probe
from vidtag.media.quiet_sound import HUSHED_DB, LOUD_DB, MOST_DB, TOP_DB, Gain, raised
from vidtag.media.samples import SAMPLE_RATE, Samples


def noise(seconds: float, level: float, seed: int = 0) -> Samples:
    """White noise of so many dBFS."""
    samples = np.random.default_rng(seed).normal(
        0, 10 ** (level / 20), round(seconds * SAMPLE_RATE)
    )
    return samples.astype(np.float32)


def talk(seconds: float, loud: float, pause: float) -> Samples:
    """A second of each level in turns."""
    parts = [noise(1, loud if i % 2 == 0 else pause, i) for i in range(round(seconds))]
    return np.concatenate(parts)


def heard(*chunks: Samples) -> tuple[list[Samples], Gain]:
    """The chunks of one sound, raised."""
    gain = Gain()
    return [sound for (sound,) in raised([(one,) for one in chunks], [gain])], gain


def level(sound: Samples) -> float:
    return float(10 * np.log10(np.square(sound, dtype=np.float64).mean()))


@pytest.mark.parametrize("below", [0, 12, 24])
def test_talk_recorded_low_is_as_loud_as_talk_recorded_well(below: float) -> None:
    (sound,), gain = heard(talk(20, LOUD_DB - below, LOUD_DB - below - 40))
    assert gain.mean == pytest.approx(below, abs=1.5)
    assert level(sound[4 * SAMPLE_RATE : 5 * SAMPLE_RATE]) == pytest.approx(LOUD_DB, abs=2)


def test_what_is_loud_enough_stays_the_very_same() -> None:
    sound = talk(20, LOUD_DB + 3, LOUD_DB - 30)
    (same,), gain = heard(sound)
    assert same is sound
    assert gain.mean == 0


def test_the_noise_of_a_room_does_not_become_audible() -> None:
    (sound,), _ = heard(noise(30, -70))
    assert dbfs(frame_power(sound)).max() < AUDIBLE_DB
    (sound,), gain = heard(talk(20, -60, -66))
    assert gain.mean <= HUSHED_DB + 66 + 1


def test_digital_silence_is_no_part_of_a_recording() -> None:
    (sound, _), gain = heard(talk(20, LOUD_DB - 12, -90), np.zeros(60 * SAMPLE_RATE, np.float32))
    assert gain.mean == pytest.approx(12, abs=1.5)
    (sound,), gain = heard(np.zeros(SAMPLE_RATE, np.float32))
    assert not sound.any()
    assert gain.mean == 0


def test_no_more_than_so_much() -> None:
    _, gain = heard(talk(20, LOUD_DB - MOST_DB - 10, -110))
    assert gain.mean == MOST_DB


def test_a_loud_part_after_a_quiet_hour_is_not_raised() -> None:
    quiet, loud = talk(60, -60, -100), talk(60, -20, -60)
    chunks, _ = heard(*[quiet] * 20, loud, quiet)
    assert level(chunks[0]) > level(quiet) + 15
    np.testing.assert_array_equal(chunks[20][SAMPLE_RATE:], loud[SAMPLE_RATE:])
    assert level(chunks[21]) > level(quiet) + 15


def test_what_begins_in_quiet_knows_of_the_chunk_that_follows() -> None:
    hum, speech = noise(60, -75), talk(60, -30, -75)
    chunks, gain = heard(hum, speech)
    assert gain.mean == 0
    np.testing.assert_array_equal(chunks[0], hum)


def test_sounds_raised_together_stay_as_loud_beside_each_other() -> None:
    chunk = [talk(20, -50, -90), talk(20, -62, -100)]
    (together,) = raised([chunk], [Gain()])
    assert level(together[0]) - level(together[1]) == pytest.approx(12, abs=0.5)
    (apart,) = raised([chunk], [Gain(), Gain()])
    assert level(apart[0]) == pytest.approx(level(apart[1]), abs=1.5)


def test_a_click_of_full_scale_is_not_raised_beyond_it() -> None:
    sound = talk(20, -60, -95)
    sound[1000] = 1.0
    (louder,), gain = heard(sound)
    assert gain.mean > 10
    assert np.abs(louder).max() <= 1.0


def test_a_gain_falls_at_once_and_rises_within_a_second() -> None:
    quiet = talk(60, -60, -100)
    burst = quiet.copy()
    burst[30 * SAMPLE_RATE : 31 * SAMPLE_RATE] = noise(1, -26)
    chunks, _ = heard(quiet, burst, quiet)
    before, at, after = (dbfs(frame_power(one)) - dbfs(frame_power(quiet)) for one in chunks)
    assert before[-100:].mean() == pytest.approx(24, abs=1)
    assert at[:100] == pytest.approx(8, abs=1)
    assert after[:10] == pytest.approx(8, abs=2)
    assert (np.diff(after[:100]) > 0).mean() > 0.9
    assert after[100:200].mean() == pytest.approx(24, abs=1)


def test_rare_sound_of_the_usual_level_is_not_raised_for_the_quiet_around_it() -> None:
    room = noise(60, -80)
    room[20 * SAMPLE_RATE : 22 * SAMPLE_RATE] = noise(2, TOP_DB + 2)
    (same,), gain = heard(room)
    assert same is room
    assert gain.mean == 0


def test_of_a_muted_minute_the_gain_stays() -> None:
    quiet, muted = talk(60, -60, -100), np.zeros(60 * SAMPLE_RATE, np.float32)
    chunks, _ = heard(muted, quiet, muted, quiet)
    assert not chunks[0].any()
    assert not chunks[2].any()
    for chunk in (chunks[1], chunks[3]):
        raised_by = dbfs(frame_power(chunk)) - dbfs(frame_power(quiet))
        assert raised_by[:100] == pytest.approx(24, abs=1)


def test_what_is_said_is_by_how_much_the_audible_was_raised() -> None:
    _, gain = heard(noise(60, -95), noise(60, -95), talk(60, -20, -60))
    assert gain.mean < 1


def test_a_constant_offset_is_no_sound() -> None:
    offset = talk(20, -70, -110) + np.float32(0.003)
    (louder,), gain = heard(offset)
    assert gain.mean == pytest.approx(34, abs=1.5)
    assert abs(float(louder.mean())) < 1e-4
    (plain,), _ = heard(talk(20, -70, -110))
    assert level(louder) == pytest.approx(level(plain), abs=0.1)


@given(
    levels=st.lists(st.tuples(st.integers(-110, -3), st.integers(1, 30)), min_size=1, max_size=5)
)
def test_nothing_gets_quieter_or_longer(levels: Sequence[tuple[int, int]]) -> None:
    chunks = [noise(tenths / 10, low, tenths).clip(-1, 1) for low, tenths in levels]
    louder, _ = heard(*chunks)
    assert [len(one) for one in louder] == [len(one) for one in chunks]
    for one, other in zip(chunks, louder, strict=True):
        assert (frame_power(other) >= frame_power(one - one.mean()) * 0.9).all()
        assert np.abs(other).max() <= 1


def call(level: float) -> npt.NDArray[np.float32]:
    """Two people in turns, each in a channel, which has the other's voice 20 dB fainter."""
    turns = [noise(2, -20, seed) for seed in range(20)]
    silence = np.zeros_like(turns[0])
    own = [[one if i % 2 == side else silence for i, one in enumerate(turns)] for side in (0, 1)]
    left, right = (np.concatenate(one) for one in own)
    room = noise(40, -75, 99)
    both = np.stack([left + right * np.float32(0.1) + room, right + left * np.float32(0.1) + room])
    return both * np.float32(10 ** (level / 20))


def write_wav(path: Path, sound: npt.NDArray[np.float32]) -> None:
    """24 bits: with 16, what is so quiet would be rough."""
    whole = np.round(sound.T * 8388607).astype("<i4").reshape(-1, 1).view(np.uint8)
    with wave.open(str(path), "wb") as file:
        file.setparams((len(sound), 3, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes(whole.reshape(-1, 4)[:, :3].tobytes())


@pytest.mark.parametrize(("left", "right"), [(-34, -34), (-36, -33)])
def test_a_quiet_call_is_heard_as_a_loud_one(tmp_path: Path, left: float, right: float) -> None:
    config = Config().with_values({"speakers.count": "channels"})
    heard = []
    for name, levels in {"loud.wav": (0.0, 0.0), "low.wav": (left, right)}.items():
        sound = np.stack([call(level)[side] for side, level in enumerate(levels)])
        write_wav(tmp_path / name, sound)
        notes: list[str] = []
        chunks = list(stream_heard(probe(tmp_path / name), config, on_note=notes.append))
        sides = np.split(chunks[0], 2)
        assert len(chunks) == 1
        heard.append(([side.reshape(-1, SAMPLE_RATE // 50) for side in sides], notes))
    (loud, nothing), (low, notes) = heard
    assert nothing == []
    assert len(notes) == 2
    assert notes[0].startswith("the left channel: its sound is quiet, and was listened to ")
    for one, other in zip(loud, low, strict=True):
        # What is the other's voice is silenced in both, and what is left is loud enough.
        assert (one.any(axis=1) == other.any(axis=1)).mean() > 0.98
        assert dbfs(np.square(other).mean(axis=1)).max() > LOUD_DB - 3


def test_a_fan_that_starts_does_not_make_one_sound_of_two_microphones(tmp_path: Path) -> None:
    fans = [np.concatenate([noise(10, -85, side), noise(60, -68, side)]) for side in (1, 2)]
    voices = call(-30)[:, : 40 * SAMPLE_RATE]
    for fan, voice in zip(fans, voices, strict=True):
        fan[: len(voice)] += voice
    write_wav(tmp_path / "call.wav", np.stack(fans))
    config = Config().with_values({"speakers.count": "channels"})
    assert len(list(stream_heard(probe(tmp_path / "call.wav"), config))) == 2
