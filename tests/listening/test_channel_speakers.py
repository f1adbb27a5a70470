"""Calls with a channel for each of two speakers: heard apart, shown in one row."""

import json
import re
import wave
from itertools import pairwise

import av
import numpy as np
import pytest
from typer.testing import CliRunner

import vidtag
from tests.builders.documents import laugh, make_segment, make_words
from tests.listening.speech.conftest import DATA, RATE, decode, silence
from vidtag.cli import app
from vidtag.core.errors import ConfigError, InputError
from vidtag.core.records import EventSpan, join_words
from vidtag.core.settings import Config
from vidtag.listening.channel_speakers import interleaved, united
from vidtag.show.views import Views

CALL = {"speakers.count": "channels"}


def letters(text):
    return "".join(filter(str.isalnum, text.lower()))


def written(folder, name, *channels):
    length = max(map(len, channels))
    sound = np.stack([np.pad(one, (0, length - len(one))) for one in channels], axis=1)
    with wave.open(str(folder / name), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return folder / name


@pytest.fixture(scope="module")
def said():
    truth = json.loads((DATA / "clips.json").read_text(encoding="utf-8"))
    return {name: (one["text"], decode(DATA / f"{name}.opus")) for name, one in truth.items()}


@pytest.fixture(scope="module")
def call(tmp_path_factory, said):
    """The customer speaks first, and the agent over the customer's end; each is faintly heard in
    the other's channel, as on phones whose loudspeaker is on."""
    customer, agent = said["en1"][1], said["en2"][1]
    over = silence(0.5 + len(customer) / RATE - 0.4)
    left = np.concatenate((over, agent, silence(1.0), said["zh2"][1], silence(1.0)))
    right = np.pad(np.concatenate((silence(0.5), customer)), (0, len(left)))[: len(left)]
    path = written(
        tmp_path_factory.mktemp("call"), "call.wav", left + 0.05 * right, right + 0.05 * left
    )
    return vidtag.listen(path, model="pocket", settings=CALL)


def test_each_channel_is_heard_alone_even_while_both_talk(call, said):
    assert call.speakers == ("Speaker 2", "Speaker 1")
    spoken = {
        name: letters("".join(s.text for s in call.segments if s.speaker == name))
        for name in call.speakers
    }
    assert spoken["Speaker 2"] == letters(said["en1"][0])
    assert spoken["Speaker 1"] == letters(said["en2"][0] + said["zh2"][0])
    words = [word for segment in call.segments for word in segment.words]
    assert all(a.end <= b.start for a, b in pairwise(words))
    assert all(a.end <= b.start for a, b in pairwise(call.segments))
    both = [turn for turn in call.turns if turn.start < call.turns[0].end]
    assert {turn.speaker for turn in both} == {"Speaker 1", "Speaker 2"}


def test_names_go_by_the_channel(call):
    settings = Config().with_values({"cast.names": ["Agent", "Customer"]})
    views = Views(call, settings)
    first = views.document.segments[0]
    assert first.speaker == "Customer"
    assert views.document.speakers == ("Customer", "Agent")
    assert call.named("Agent", "Customer").speakers == ("Customer", "Agent")


def test_a_party_that_says_nothing_is_told(tmp_path, said):
    path = written(tmp_path, "one.wav", said["en1"][1], silence(3.0))
    document = vidtag.listen(path, model="pocket", settings=CALL)
    assert document.speakers == ("Speaker 1",)
    assert "speakers: nothing was said in the right channel" in document.notes


def test_what_holds_no_two_speakers_is_refused_in_one_line(tmp_path, said):
    sound = said["en1"][1]
    for name, channels, cause in (
        ("mono.wav", (sound,), "one channel"),
        ("room.wav", (sound, 0.8 * sound), "same sound"),
        ("surround.wav", (sound,) * 6, "6 channels"),
    ):
        path = written(tmp_path, name, *channels)
        with pytest.raises(InputError, match=cause) as caught:
            vidtag.listen(path, model="pocket", settings=CALL)
        assert "--speakers auto" in str(caught.value)
    with pytest.raises(ConfigError, match=r"audio\.channel"):
        Config().with_values({**CALL, "audio.channel": "left"})
    with pytest.raises(ConfigError, match="transcript"):
        Config().with_values({**CALL, "recognition.transcript": "words.srt"})


def tracks_written(folder, name, *tracks):
    """A file with an audio track for each sound, as recorders of several microphones write it."""
    path = folder / name
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("pcm_s16le", rate=RATE, layout="mono") for _ in tracks]
        for stream, sound in zip(streams, tracks, strict=True):
            samples = (np.clip(sound, -1, 1) * 32767).astype("<i2")[None]
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, 0
            container.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def test_microphones_with_a_track_each_are_speakers_in_the_order_of_the_tracks(tmp_path, said):
    ana, ben, eva = said["en1"], said["en2"], said["zh2"]
    starts = np.cumsum([0.5, len(eva[1]) / RATE + 0.5, len(ana[1]) / RATE + 0.5])
    clean = [
        np.concatenate((silence(start), one[1]))
        for start, one in zip(starts, (eva, ana, ben), strict=True)
    ]
    length = max(map(len, clean))
    eva_on, ana_on, ben_on = (np.pad(one, (0, length - len(one))) for one in clean)
    room = [eva_on + 0.3 * ana_on, ana_on + 0.3 * ben_on, (ben_on + 0.3 * eva_on)[: len(clean[2])]]
    mix = eva_on + ana_on + ben_on
    path = tracks_written(tmp_path, "talk.mkv", mix, *room)
    with pytest.raises(InputError, match="audio track 0 holds what the others do") as caught:
        vidtag.listen(path, model="pocket", settings={"speakers.count": "tracks"})
    assert "--speakers tracks:1,2" in str(caught.value)
    found = vidtag.listen(path, model="pocket", settings={"speakers.count": "tracks:1,2,3"})
    spoken = {
        name: letters("".join(s.text for s in found.segments if s.speaker == name))
        for name in found.speakers
    }
    assert spoken == {
        "Speaker 1": letters(eva[0]),
        "Speaker 2": letters(ana[0]),
        "Speaker 3": letters(ben[0]),
    }
    assert found.named("Eva", "Ana").speakers == ("Eva", "Ana", "Speaker 3")


def test_tracks_that_cannot_be_speakers_are_refused_in_one_line(tmp_path, said):
    path = written(tmp_path, "one.wav", said["en1"][1])
    for count, cause in (("tracks", "one audio track"), ("tracks:0,4", "no audio track 4")):
        with pytest.raises(InputError, match=cause) as caught:
            vidtag.listen(path, model="pocket", settings={"speakers.count": count})
        assert "\n" not in str(caught.value)
    for wrong in ({"audio.track": 1}, {"audio.channel": "left"}):
        with pytest.raises(ConfigError, match=r"speakers\.count: tracks"):
            Config().with_values({"speakers.count": "tracks", **wrong})
    for wrong_count in ("many", "tracks:1", "0", "2-", "channels "):
        with pytest.raises(ConfigError, match="a range such as 2-4"):
            Config().with_values({"speakers.count": wrong_count})
    with pytest.raises(ConfigError, match="twice"):
        Config().with_values({"speakers.count": "tracks:1,1"})


def test_who_interrupts_stands_between_phrases():
    long = make_segment(make_words("well I thought, that we could meet on Monday", 0.0))
    yes = make_segment(make_words("yes", long.words[1].start + 0.05))
    row = interleaved([[long], [yes]])
    assert [(one.speaker, one.text) for one in row] == [
        ("Speaker 1", "well I thought,"),
        ("Speaker 2", "yes"),
        ("Speaker 1", "that we could meet on Monday"),
    ]
    words = [word for one in row for word in one.words]
    assert all(a.end <= b.start < b.end for a, b in pairwise(words))
    assert words[-1] == long.words[-1]
    spoken = [word for one in row if one.speaker == "Speaker 1" for word in one.words]
    assert join_words(spoken).replace("thought,that", "thought, that") == long.text


def test_a_laugh_in_both_channels_is_one_laugh():
    found = united([[laugh(1.0, 3.0, 0.7)], [laugh(2.0, 4.0, 0.9), laugh(9.0, 10.0)]])
    assert [(e.start, e.end, e.peak) for e in found] == [(1.0, 4.0, 0.9), (9.0, 10.0, 0.95)]
    assert all(isinstance(event, EventSpan) for event in found)


def test_a_recorder_with_two_microphones_and_their_mix_from_the_command_line(
    tmp_path, said, monkeypatch
):
    """Each microphone hears the other's voice, 16 dB fainter and 4 ms later."""
    ana, ben = said["en1"], said["en2"]
    first = np.concatenate((silence(0.5), ana[1], silence(0.4 + len(ben[1]) / RATE), ana[1]))
    second = np.concatenate((silence(0.3 + len(ana[1]) / RATE), ben[1]))  # before Ana has ended
    first, second = (np.pad(one, (0, len(first) + RATE - len(one))) for one in (first, second))
    late = [np.pad(one, (64, 0))[: len(one)] for one in (first, second)]
    heard = first + 0.16 * late[1], second + 0.16 * late[0]
    monkeypatch.chdir(tmp_path)
    tracks_written(tmp_path, "talk.mkv", heard[0] + heard[1], *heard)
    command = ["run", "talk.mkv", "-m", "pocket", "--formats", "vtt", "--speaker-names", "Ana,Ben"]

    refused = CliRunner().invoke(app, [*command, "--speakers", "tracks"])
    assert refused.exit_code == 2
    assert "--speakers tracks:1,2" in refused.output
    assert not (tmp_path / "talk.vidtag" / "talk.vtt").exists()

    done = CliRunner().invoke(app, [*command, "--speakers", "tracks:1,2"])
    assert done.exit_code == 0, done.output
    shown = (tmp_path / "talk.vidtag" / "talk.vtt").read_text(encoding="utf-8")
    lines = {name: re.findall(rf"<v {name}>(.*?)</v>", shown) for name in ("Ana", "Ben")}
    spoken = {name: letters(re.sub("<[^>]*>", "", "".join(said))) for name, said in lines.items()}
    assert spoken == {"Ana": letters(ana[0]) * 2, "Ben": letters(ben[0])}
