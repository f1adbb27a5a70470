"""Cuts of made-up films, found to the frame; nothing else is taken for one."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.film import make_film
from vidtag.core.errors import ToolError
from vidtag.media.ffmpeg import file_url, run
from vidtag.media.probe import probe
from vidtag.media.shots import find_cuts, shot_changes


@pytest.mark.parametrize(("seed", "rate"), [(1, Fraction(25)), (5, Fraction(24000, 1001))])
def test_every_cut_is_found_on_its_frame_and_nothing_else(tmp_path, seed, rate):
    film = make_film(tmp_path / "film.mp4", 14, seed, rate=rate)
    lures = {name for name, _, _ in film.lures}
    assert len(film.cuts) >= 8
    assert len(lures) >= 3, "a film without temptations proves little"
    found = shot_changes(probe(film.path))
    assert [round(time * rate) for time in found] == film.cuts
    assert found == pytest.approx([float(frame / rate) for frame in film.cuts], abs=1e-3)


def test_times_are_those_of_the_presentation_clock(tmp_path, ffmpeg_cli):
    """A picture that begins late, in uneven steps, in a container that begins at 1.4 s."""
    film = make_film(tmp_path / "film.mp4", 6, 2)
    late = tmp_path / "late.ts"
    ffmpeg_cli(
        *("-f", "lavfi", "-i", "sine=duration=30", "-itsoffset", "0.5", "-i", film.path),
        *("-map", "0:a", "-map", "1:v", "-c:v", "copy", "-c:a", "aac", "-f", "mpegts", late),
    )
    media = probe(late)
    assert media.video is not None
    assert media.video.start == pytest.approx(0.5, abs=0.06)
    expected = [media.video.start + float(frame / film.rate) for frame in film.cuts]
    assert shot_changes(media) == pytest.approx(expected, abs=2e-3)

    uneven = tmp_path / "uneven.mkv"
    dropped = "select='not(eq(mod(n,5),2))'"
    ffmpeg_cli(
        *("-i", film.path, "-vf", dropped, "-fps_mode", "vfr", "-an"),
        *("-c:v", "libx264", "-preset", "ultrafast", uneven),
    )
    times = [float(frame / film.rate) for frame in film.cuts]
    assert shot_changes(probe(uneven)) == pytest.approx(times, abs=0.041)


def test_sound_alone_has_no_shots(tmp_path):
    sound = tmp_path / "sound.wav"
    run(["-f", "lavfi", "-i", "sine=duration=1", file_url(sound)])
    assert shot_changes(probe(sound)) == ()


def test_a_search_that_is_stopped_ends(tmp_path):
    film = make_film(tmp_path / "film.mp4", 4, 3)
    assert shot_changes(probe(film.path), stop=lambda: True) == ()


def test_a_picture_that_cannot_be_decoded_is_an_error(tmp_path, monkeypatch):
    film = make_film(tmp_path / "film.mp4", 2, 3)
    media = probe(film.path)
    monkeypatch.setenv("VIDTAG_FFMPEG", "/nowhere/ffmpeg")
    with pytest.raises(ToolError, match="VIDTAG_FFMPEG"):
        shot_changes(media)


@given(
    st.lists(st.floats(0, 40), max_size=60).map(np.array),
    st.integers(1, 8),
)
def test_cuts_are_never_nearer_than_they_must_stand_out(differences, near):
    cuts = find_cuts(differences, near)
    assert cuts == sorted(cuts)
    assert all(b - a > near for a, b in itertools.pairwise(cuts))


def test_what_all_frames_do_alike_is_no_cut():
    assert find_cuts(np.full(50, 9.0), 6) == []
    ramp = np.concatenate((np.zeros(20), np.full(15, 4.0), np.zeros(20)))
    assert find_cuts(ramp, 6) == []
    cut = ramp + np.eye(55)[27] * 20
    assert find_cuts(cut, 6) == [27]
