"""Films of a video with a microphone on each audio track: everybody is heard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import ffmpeg as graph
import numpy as np
import pytest

from tests.builders.documents import make_document
from tests.builders.loudness import measure_loudness
from vidtag.core.records import Document
from vidtag.films.film_sound import SOUND_RATE, read_stereo
from vidtag.films.loudness import Heard
from vidtag.films.reel import make_reel
from vidtag.films.social import SocialLook, make_social
from vidtag.media.ffmpeg import file_url, run
from vidtag.media.probe import probe
from vidtag.media.tracks import heard_in_clip, heard_together
from vidtag.web.peaks import read_peaks, write_peaks
from vidtag.web.preview import playable_file

ANA, BEN = 500, 1700
"""Hertz: what each microphone hears, one after the other; Ben is half as loud."""

SECONDS = 4.0


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds: Ana sounds in the first two on track 0, Ben in the last on track 1."""
    target = tmp_path_factory.mktemp("microphones") / "talk.mp4"
    picture = graph.input("testsrc=size=160x90:rate=25", format="lavfi", t=SECONDS)
    sounds = [
        graph.input(f"aevalsrc={volume}*sin(2*PI*{tone}*t)*{when}", format="lavfi", t=SECONDS)
        for tone, volume, when in ((ANA, 0.4, "lt(t\\,2)"), (BEN, 0.2, "gte(t\\,2)"))
    ]
    options = {"c:v": "libx264", "pix_fmt": "yuv420p", "c:a": "aac", "ar": 48_000}
    run(graph.output(picture, *sounds, file_url(target), **options), path=target)
    return target


def levels(path: Path) -> dict[tuple[int, int], float]:
    """Decibels of each voice in each half, in the one track that players play."""
    samples = read_stereo(path).mean(axis=1)
    halves = {0: samples[: 2 * SOUND_RATE], 1: samples[2 * SOUND_RATE :]}
    found = {}
    for half, part in halves.items():
        middle = part[SOUND_RATE // 4 : -SOUND_RATE // 4]
        power = np.abs(np.fft.rfft(middle * np.hanning(len(middle)))) ** 2
        hertz = np.fft.rfftfreq(len(middle), 1 / SOUND_RATE)
        for tone in (ANA, BEN):
            near = power[np.abs(hertz - tone) < 20].sum()
            found[tone, half] = 10 * float(np.log10(near + 1e-9))
    return found


def talk(count: str, clip: Path, default: int = 0) -> Document:
    media = replace(probe(clip), default_track=default)
    settings = {"speakers": {"count": count}, "audio": {"track": default}}
    return replace(make_document(media=media), settings=settings)


@pytest.mark.parametrize("film", ["reel", "social", "preview"])
def test_both_voices_are_heard_as_loud_as_they_were(film: str, clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "film.mp4"
    if film == "reel":
        make_reel([clip], target, heard=Heard(tracks=(0, 1)))
    elif film == "social":
        make_social(clip, target, look=SocialLook(heard=Heard(tracks=(0, 1))))
    else:
        assert playable_file(probe(clip), target, lambda _: None, (0, 1)) == target
    heard = levels(target)
    assert heard[ANA, 0] - heard[BEN, 0] > 40
    assert heard[BEN, 1] - heard[ANA, 1] > 40
    assert heard[ANA, 0] - heard[BEN, 1] == pytest.approx(6.0, abs=0.5)
    assert len(probe(target).audio) == 1
    if film == "reel":
        assert measure_loudness(target) == pytest.approx(-16.0, abs=0.7)


def test_without_microphones_the_first_track_is_heard(clip: Path, tmp_path: Path) -> None:
    make_reel([clip], tmp_path / "reel.mp4")
    heard = levels(tmp_path / "reel.mp4")
    assert heard[ANA, 0] - heard[BEN, 1] > 40
    assert playable_file(probe(clip), tmp_path / "copy.mp4", lambda _: None) == clip


def test_the_page_plays_the_track_that_was_listened_to(clip: Path, tmp_path: Path) -> None:
    """Browsers play the first track, so another one is played from a copy, alone."""
    target = tmp_path / "copy.mp4"
    assert playable_file(probe(clip), target, lambda _: None, (1,)) == target
    heard = levels(target)
    assert heard[BEN, 1] - heard[ANA, 0] > 40
    assert len(probe(target).audio) == 1


def test_the_waveform_shows_everybody(clip: Path, tmp_path: Path) -> None:
    for tracks, loud in (((0,), [True, False]), ((0, 1), [True, True])):
        write_peaks(probe(clip), tracks, tmp_path / "peaks", lambda _: None)
        peaks = np.frombuffer(read_peaks(tmp_path / "peaks", 0, SECONDS, 400), np.uint8)
        assert [bool(half.max() > 30) for half in (peaks[50:150], peaks[250:350])] == loud


def test_which_tracks_are_heard_together(clip: Path) -> None:
    assert heard_together(talk("tracks", clip)) == (0, 1)
    assert heard_together(talk("auto", clip)) == (0,)
    assert heard_together(talk("tracks:1,0", clip)) == (1, 0)
    # Clips have the track that was listened to first.
    assert heard_in_clip(talk("tracks", clip, default=1)) == (1, 0)
    assert heard_in_clip(talk("auto", clip, default=1)) == (0,)


def test_a_default_track_that_is_nobodys_is_a_mix_and_heard_alone(clip: Path) -> None:
    three = replace(probe(clip), audio=(*probe(clip).audio, replace(probe(clip).audio[0], track=2)))
    document = replace(talk("tracks:1,2", clip), media=three)
    assert heard_together(document) == (0,)
    assert heard_in_clip(document) == (0,)
