"""What a run tells of events besides their times, down to the files: how many laugh, what is played
again, the tagger's finer label, and where applause ends a number.
"""

import wave

import numpy as np
import pytest

from tests.e2e.conftest import SAMPLES, Vidtag
from tests.listening.events.tiny_onnx import waveform_tagger
from vidtag.core.document import read
from vidtag.core.records import EventKind, Size
from vidtag.media.audio import stream_audio
from vidtag.media.probe import probe
from vidtag.media.samples import SAMPLE_RATE

LAUGH, CLAPS = (24.9, 28.2), (12.55, 15.7)
"""In the demo: a laughing audience, and its applause, both without words."""
TALK = ((43.3, 47.1), (16.5, 24.8), (28.6, 34.4), (4.1, 8.5), (16.5, 19.3))
NUMBERS = (
    ((16.5, 24.8), LAUGH, (28.6, 34.4), *TALK[:4]),
    (*TALK[:2], LAUGH, *TALK[2:], (16.5, 24.8)),
    (*TALK[2:4], LAUGH, *TALK),
)
"""Talk, in which the same recording of a laugh is played; six seconds of claps end each number."""
SETTINGS = """
model: {name: pocket}
events:
  tagger: {model: tagger.onnx, labels: labels.csv, weight: 0}
  kinds: {Laughter: {"on": 0.6, "off": 0.3}, Applause: {"on": 0.6, "off": 0.3}, BGM: null}
subtitles: {formats: [srt], marker_detail: finer}
highlights: {enabled: false}
report: {enabled: false}
timelines: {formats: [chapters], chapters: applause}
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A show of three numbers, run beside a tagger that hears cheers all the time."""
    vidtag = Vidtag(tmp_path_factory.mktemp("told"))
    demo = np.concatenate(list(stream_audio(probe(SAMPLES / "demo.mp4"))))
    parts = [part for number in NUMBERS for part in (*number, CLAPS, CLAPS)][:-2]
    pause, rest = (np.zeros(n * SAMPLE_RATE // 4, np.float32) for n in (1, 8))
    sound = []
    for part, after in zip(parts, [*parts[1:], None], strict=True):
        start, end = (round(time * SAMPLE_RATE) for time in part)
        sound += [demo[start:end], *(() if part == after else (rest if part == CLAPS else pause,))]
    with wave.open(str(vidtag.cwd / "show.wav"), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes((np.concatenate(sound) * 32767).astype("<i2").tobytes())
    cheers = waveform_tagger([0.0, 0.0], [-4.0, 0.0], ["N", 15600])
    (vidtag.cwd / "tagger.onnx").write_bytes(cheers)
    (vidtag.cwd / "labels.csv").write_text("index,mid,name\n0,/m/1,Applause\n1,/m/2,Cheering\n")
    (vidtag.cwd / "show.yaml").write_text(SETTINGS, "utf-8")
    done = vidtag("run", "show.wav", "-c", "show.yaml")
    assert done.code == 0, done.err
    return vidtag.cwd / "show.vidtag"


def test_the_document_tells_how_many_laugh_and_what_is_played_again(told):
    events = read(told / "show.vidtag.json").events
    laughs = [one.recording for one in events if one.size is Size.HOUSE]
    assert len(laughs) == 3
    again = {number for number in laughs if number is not None and laughs.count(number) > 1}
    assert len(again) == 1
    claps = [event for event in events if event.kind is EventKind.APPLAUSE]
    assert [one.finer for one in claps] == ["Cheering", "Cheering"]
    assert {one.recording for one in claps}.isdisjoint({None, *laughs})


def test_the_subtitles_do(told):
    subtitles = (told / "show.srt").read_text("utf-8")
    assert subtitles.count("[audience laughs]") == 3
    assert subtitles.count("[cheering]") == 2


def test_chapters_begin_after_the_applause(told):
    events = read(told / "show.vidtag.json").events
    over = [event.end for event in events if event.kind is EventKind.APPLAUSE]
    lines = (told / "show.chapters.txt").read_text("utf-8").splitlines()
    first, *others = (line.split(" ", 1)[0] for line in lines)
    assert first == "0:00"
    starts = [60 * int(clock[:-3]) + int(clock[-2:]) for clock in others]
    assert starts == [pytest.approx(end, abs=2) for end in over]
    assert "doctor" in lines[2]
