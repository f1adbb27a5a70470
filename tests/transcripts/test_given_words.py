"""Words that a transcript gives, on the demo whose word onsets are known."""

import json
import statistics
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest

import vidtag
from vidtag.core.errors import InputError
from vidtag.core.settings import load_config
from vidtag.core.timestamps import timestamp
from vidtag.listening.run import load_model
from vidtag.listening.speech.given_speech import GivenSpeech
from vidtag.media.samples import SAMPLE_RATE
from vidtag.pipeline import Session
from vidtag.transcripts.transcript_file import read_transcript

SAMPLES = Path(__file__).parent.parent.parent / "samples"
DEMO = SAMPLES / "demo.mp4"
TRUTH = json.loads((SAMPLES / "demo.truth.json").read_text(encoding="utf-8"))


def letters(words):
    """The letters of words, and the onset of each word's first."""
    found = []
    for word in words:
        text = [c for c in unicodedata.normalize("NFKC", word["text"]) if c.isalnum()]
        found += [(c, word["start"] if i == 0 else None) for i, c in enumerate(text)]
    return found


def errors(recording):
    """Seconds between the onsets in a recording and the true ones; its letters must be right."""
    true = letters([word for one in TRUTH["segments"] for word in one["words"]])
    given = letters([{"text": w.text, "start": w.start} for w in recording.words])
    assert [c for c, _ in given] == [c for c, _ in true]
    pairs = zip(true, given, strict=True)
    return [abs(a - b) for (_, a), (_, b) in pairs if a is not None and b is not None]


def listen(file, **options):
    return vidtag.listen(DEMO, model="pocket", transcript=file, **options)


@pytest.fixture(scope="module")
def srt(tmp_path_factory):
    """The demo's sentences as somebody times them by hand: a third of a second off."""
    cues = "".join(
        f"{number}\n{timestamp(one['start'] - 0.3, ',')} --> {timestamp(one['end'] + 0.25, ',')}\n"
        f"{one['text']}\n\n"
        for number, one in enumerate(TRUTH["segments"], 1)
    )
    file = tmp_path_factory.mktemp("given") / "demo.srt"
    file.write_text(cues, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def aligned(srt):
    return listen(srt)


def test_words_of_cues_are_found_in_the_sound(aligned):
    off = errors(aligned)
    assert len(off) > 100
    assert statistics.median(off) < 0.05
    assert max(off) < 0.3


def test_the_document_says_where_its_words_are_from_and_has_the_rest_from_the_sound(aligned, srt):
    assert (aligned.words_from.name, aligned.words_from.times) == (srt.name, "cues")
    assert {"Laughter", "Applause", "BGM"} <= {event.kind.value for event in aligned.events}
    happy = [one for one in aligned.segments if "beautiful" in one.text]
    assert happy[0].emotion.value == "HAPPY"
    assert aligned.highlights()
    assert "Good evening, it is great" in aligned.to_srt()


def test_words_without_times_are_found_in_the_sound(tmp_path):
    file = tmp_path / "demo.txt"
    file.write_text("\n".join(one["text"] for one in TRUTH["segments"]), encoding="utf-8")
    recording = listen(file)
    assert statistics.median(errors(recording)) < 0.05
    assert recording.words_from.times == "none"


def test_words_with_times_keep_them(tmp_path):
    file = tmp_path / "demo.json"
    rows = [
        {
            "start": one["start"],
            "end": one["end"],
            "text": one["text"],
            "words": [
                {
                    "word": (" " if one["language"] in ("en", "ko") else "") + word["text"],
                    "start": word["start"],
                    "end": word["end"],
                }
                for word in one["words"]
            ],
        }
        for one in TRUTH["segments"]
    ]
    file.write_text(json.dumps({"segments": rows}), encoding="utf-8")
    recording = listen(file)
    assert max(errors(recording)) < 0.001
    text = "".join(one.text for one in recording.segments)
    assert "下午我问姐姐，为什么蛋糕在山上？" in text
    assert "Good evening, it is great to see 50 people" in text
    assert sum(one.emotion.value != "EMO_UNKNOWN" for one in recording.segments) >= 6


def test_where_passages_begin_and_what_each_of_several_people_says_is_known(tmp_path):
    file = tmp_path / "demo.srt"
    file.write_text(
        "1\n00:00:01,000 --> 00:00:04,000\n- 你好吗\n- 很好\n\n"
        "2\n00:00:04,000 --> 00:00:05,000\n谢谢\n",
        encoding="utf-8",
    )
    config = load_config(None, {"model": {"name": "pocket"}})
    speech = GivenSpeech(load_model(config.model), config, read_transcript(file))
    speech.feed(np.zeros(6 * SAMPLE_RATE, np.float32))
    words = [word for segment in speech.finish() for word in segment.words]
    assert "".join(word.text for word in words) == "你好吗很好谢谢"
    assert [word.text for word in words if word.start in speech.openings] == ["你", "很", "谢"]


def test_words_of_another_language_are_timed_by_characters(tmp_path):
    file = tmp_path / "demo.fr.srt"
    file.write_text("1\n00:00:04,000 --> 00:00:08,000\nBonsoir à tous\n", encoding="utf-8")
    recording = listen(file, events={"kinds": {"BGM": None}})
    assert [word.text for word in recording.words] == ["Bonsoir", "à", "tous"]
    assert (recording.words[0].start, recording.words[-1].end) == (4.0, 8.0)
    assert recording.words_from.language == "fr"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("long.srt", "1\n00:00:04,000 --> 00:05:08,000\nHi\n", "ends at 1:38.6"),
        ("ru.txt", "Добрый вечер", "does not know its language"),
        ("other.txt", "The quick brown fox jumps over a lazy dog", "were heard"),
    ],
)
def test_a_transcript_of_something_else_is_refused(tmp_path, name, text, told):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        listen(file)


def test_another_transcript_makes_the_document_anew(srt, tmp_path):
    video = tmp_path / "talk.mp4"
    video.write_bytes(DEMO.read_bytes())
    (tmp_path / "talk.srt").write_text(srt.read_text(encoding="utf-8"), encoding="utf-8")
    settings = tmp_path / "s.yaml"
    settings.write_text(
        "recognition: {transcript: '{stem}.srt'}\nmodel: {name: pocket}\n"
        "report: {enabled: false}\nhighlights: {enabled: false}\noutput: {folder: out}\n"
    )
    session = Session(load_config(settings))
    first = session.run(video)
    assert first.document.words_from is not None
    assert first.document.words_from.name == "talk.srt"
    assert session.run(video).document == first.document
    (tmp_path / "talk.srt").write_text("1\n00:00:04,000 --> 00:00:08,000\nGood evening\n")
    again = session.run(video)
    assert any("transcript: file changed" in note for note in again.notes)
    assert [word.text for word in again.document.words] == ["Good", "evening"]


def test_one_transcript_is_not_taken_for_two_videos():
    command = ["run", "a.mp4", "b.mp4", "--transcript", "talk.srt"]
    done = subprocess.run(
        [sys.executable, "-m", "vidtag", *command], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "{stem}.srt" in done.stderr
