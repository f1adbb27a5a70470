"""Transcripts as programs write them: what is read, and what is refused in one line."""

import itertools
import json

import pytest

from vidtag.core.errors import InputError, UserError
from vidtag.core.records import Language
from vidtag.transcripts.of_media import transcript_path
from vidtag.transcripts.transcript_file import read_transcript


def words(text):
    return [{"word": w, "start": 0.5 * i, "end": 0.5 * i + 0.4} for i, w in enumerate(text)]


def piece_texts(transcript):
    return [piece.text for passage in transcript.passages for piece in passage.pieces]


WHISPER = {
    "text": " Hello there.",
    "language": "en",
    "segments": [
        {
            "start": 0.0,
            "end": 1.0,
            "text": " Hello there.",
            "words": [{**w, "probability": 0.7} for w in words([" Hello", " there."])],
        }
    ],
}
WHISPERX = {
    "segments": [
        {
            "start": 0.0,
            "end": 2.0,
            "text": "At 50 miles",
            "words": [
                {"word": "At", "start": 0.0, "end": 0.4, "score": 0.9},
                {"word": "50"},
                {"word": "miles", "start": 1.0, "end": 1.6, "score": 0.8},
            ],
        },
        {
            "start": 3.0,
            "end": 4.0,
            "text": "你好",
            "words": [
                {"word": "你", "start": 3.0, "end": 3.4, "score": 1},
                {"word": "好", "start": 3.5, "end": 3.9, "score": 1},
            ],
        },
    ]
}
WHISPER_CPP = {
    "result": {"language": "en"},
    "transcription": [
        {
            "offsets": {"from": 0, "to": 1000},
            "text": " Hello",
            "tokens": [
                {"text": "[_BEG_]", "offsets": {"from": 0, "to": 0}, "p": 0.9},
                {"text": " Hel", "offsets": {"from": 100, "to": 300}, "p": 0.9},
                {"text": "lo", "offsets": {"from": 300, "to": 500}, "p": 0.6},
            ],
        }
    ],
}
FUNASR = [
    {
        "key": "talk",
        "text": "你好，it's Apple。",
        "timestamp": [[0, 200], [200, 400], [500, 700], [700, 1200]],
    }
]


@pytest.mark.parametrize(
    ("data", "form", "pieces", "second_start"),
    [
        (WHISPER, "whisper", [" Hello", " there."], 0.5),
        (WHISPERX, "whisperX", ["At", " 50", " miles", "你", "好"], 0.4),
        (WHISPER_CPP, "whisper.cpp", [" Hel", "lo"], 0.3),
        (FUNASR, "FunASR", ["你", "好，", "it's", " Apple。"], 0.2),
        (WHISPER["segments"], "whisper", [" Hello", " there."], 0.5),
    ],
)
def test_json_of_recognisers_gives_words_with_their_times(
    tmp_path, data, form, pieces, second_start
):
    file = tmp_path / "talk.json"
    file.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    found = read_transcript(file)
    assert found.source.format == form
    assert found.source.times == "words"
    assert piece_texts(found) == pieces
    timed = [piece for passage in found.passages for piece in passage.pieces]
    assert timed[1].start == pytest.approx(second_start)
    assert all(a.end <= b.start for a, b in itertools.pairwise(timed))


def test_subtitles_give_what_is_said_in_them(tmp_path):
    file = tmp_path / "talk.srt"
    file.write_text(
        "1\n00:00:01,000 --> 00:00:02,000\n- Hello.\n- [laughs] Hi, you.\n\n"
        "2\n00:00:02,000 --> 00:00:03,000\n(applause)\n\n"
        "3\n00:00:03,000 --> 00:00:04,000\n下午\n好\n",
        encoding="utf-8",
    )
    found = read_transcript(file)
    assert [passage.text for passage in found.passages] == ["Hello. Hi, you.", "下午好"]
    assert [passage.language for passage in found.passages] == [Language.EN, Language.ZH]
    assert found.source.times == "cues"
    assert [passage.said for passage in found.passages] == [("Hello.", "Hi, you."), ()]


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("talk.fr.srt", "Bonsoir à tous", None),
        ("talk.srt", "Добрый вечер", None),
        ("talk.srt", "Good evening", Language.EN),
        ("talk.yue.srt", "你好", Language.YUE),
    ],
)
def test_the_language_is_told_by_name_and_script(tmp_path, name, text, language):
    file = tmp_path / name
    file.write_text(f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n", encoding="utf-8")
    assert read_transcript(file).passages[0].language is language


CUE = "1\n00:00:04,000 --> 00:00:08,000\nHi there\n\n"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.srt", "", "is empty"),
        ("a.srt", CUE.replace("Hi there", "[laughs]"), "holds no words"),
        ("a.srt", CUE + CUE.replace("04,", "05,"), "overlap"),
        ("a.srt", CUE + CUE.replace("04,", "09,"), "'Hi there' (0:09 to 0:08) ends before"),
        ("a.json", '{"a": 1}', "is not JSON of whisper"),
        ("a.json", '{"segments":', "is not JSON of a transcript"),
        ("a.json", '{"segments": [{"start": 1, "text": "x"}]}', "lacks 'end'"),
        ("a.pdf", "x", "is no transcript"),
        ("missing.srt", None, "cannot be read"),
    ],
)
def test_what_is_no_transcript_is_refused_in_one_line(tmp_path, name, content, told):
    file = tmp_path / name
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_transcript(file)
    assert told in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_lost_of_subtitles_is_noted(tmp_path):
    file = tmp_path / "a.srt"
    file.write_text(CUE + "2\n00:00:09,000 -> 00:00:12,000\nLost\n", encoding="utf-8")
    given = read_transcript(file)
    assert [passage.text for passage in given.passages] == ["Hi there"]
    (note,) = given.notes
    assert note.startswith("a.srt was not read whole: line 6: ")


@pytest.mark.parametrize(
    ("pattern", "video", "path"),
    [
        ("{stem}.srt", "/v/a.b.mp4", "/v/a.b.srt"),
        ("words/{stem}.json", "talk.mp4", "words/talk.json"),
        ("{stem}.en.srt", "s3://bucket/in/talk.mp4", "s3://bucket/in/talk.en.srt"),
        ("/w/{stem}.txt", "/v/talk.mp4", "/w/talk.txt"),
        ("/w/one.txt", "/v/talk.mp4", "/w/one.txt"),
    ],
)
def test_a_pattern_names_the_transcript_beside_the_video(pattern, video, path):
    assert transcript_path(pattern, video) == path


@pytest.mark.parametrize("pattern", ["{name}.srt", "{stem", "{0}.srt"])
def test_a_wrong_pattern_is_refused(pattern):
    with pytest.raises(UserError, match=r"\{stem\}"):
        transcript_path(pattern, "/v/talk.mp4")
