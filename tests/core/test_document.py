import contextlib
import json
from dataclasses import replace
from fractions import Fraction

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders.documents import make_document
from vidtag.core import document as documents
from vidtag.core.errors import DocumentError
from vidtag.core.media_streams import AudioStream, Media, VideoStream
from vidtag.core.origins import ModelInfo
from vidtag.core.records import (
    Document,
    Emotion,
    EventKind,
    EventSpan,
    Language,
    Segment,
    Word,
    join_words,
)

times = st.floats(0, 1e6).map(lambda x: round(x, 4))
probabilities = st.floats(0, 1).map(lambda x: round(x, 4))
words = st.builds(Word, st.text(max_size=8), times, times, probabilities, st.booleans())
segments = st.builds(
    Segment,
    times,
    times,
    st.text(max_size=30),
    st.lists(words, max_size=4).map(tuple),
    st.sampled_from(Language),
    probabilities,
    st.sampled_from(Emotion),
    probabilities,
    st.dictionaries(st.sampled_from(EventKind), probabilities),
)
spans = st.builds(EventSpan, st.sampled_from(EventKind), times, times, probabilities, probabilities)
videos = st.builds(
    VideoStream,
    st.integers(0, 9),
    st.just("h264"),
    st.integers(2, 7680),
    st.integers(2, 4320),
    st.sampled_from([Fraction(24000, 1001), Fraction(25)]),
    st.booleans(),
    times,
    st.none() | times,
    st.sampled_from([0, 90, 180, 270]),
    st.just("yuv420p"),
)
audios = st.builds(
    AudioStream, st.integers(0, 9), st.integers(0, 9), st.just("aac"), st.just(48000),
    st.integers(1, 8), times, st.none() | times, st.none() | st.text(max_size=3), st.none(),
)  # fmt: skip
paths = st.text(max_size=9).map(lambda name: "/" + name.replace("\0", ""))
medias = st.builds(
    Media, paths, st.just("mp4"), times, st.none() | videos,
    st.lists(audios, max_size=2).map(tuple), st.just("f00d"),
)  # fmt: skip
models = st.builds(
    ModelInfo,
    st.text(max_size=9),
    st.just("folder"),
    st.none(),
    st.integers(0, 2**53),
    st.just("ab"),
)
settings = st.dictionaries(
    st.text(max_size=5), st.none() | st.booleans() | st.integers(-(2**53), 2**53) | probabilities
)
valid = st.builds(
    Document, medias, models, settings, st.lists(segments, max_size=3).map(tuple),
    st.lists(spans, max_size=3).map(tuple), st.lists(st.text(max_size=9), max_size=2).map(tuple),
)  # fmt: skip


@given(valid)
def test_a_document_comes_back_as_it_was(document):
    assert documents.from_json(documents.to_json(document)) == document


@given(valid)
def test_the_json_satisfies_the_published_schema(document):
    schema = documents.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(documents.to_json(document)))


@given(st.text() | st.binary())
def test_anything_else_is_a_document_error(text):
    with pytest.raises(DocumentError):
        documents.from_json(text, path="x.vidtag.json")


@given(valid, st.data())
def test_a_mutilated_document_is_a_document_error_or_valid(document, data):
    tree = json.loads(documents.to_json(document))
    key = data.draw(st.sampled_from(sorted(tree)))
    tree[key] = data.draw(
        st.none() | st.integers() | st.text(max_size=3) | st.lists(st.none(), max_size=2)
    )
    with contextlib.suppress(DocumentError):
        documents.from_json(json.dumps(tree))


def test_a_newer_version_is_refused_with_the_remedy():
    with pytest.raises(DocumentError, match=r"newer than this vidtag knows.*Upgrade"):
        documents.from_json('{"version": 99}', path="x")


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(DocumentError, match=r"a\.json.*No such file"):
        documents.read(tmp_path / "a.json")


def test_words_join_as_they_are_spaced():
    assert join_words([Word("Hi,", 0, 1, 1), Word("you", 1, 2, 1, True)]) == "Hi, you"
    assert join_words([Word("你", 0, 1, 1), Word("好。", 1, 2, 1)]) == "你好。"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "-1e10", "9" * 30, "9" * 5000])
def test_numbers_that_are_too_large_are_refused(number):
    with pytest.raises(DocumentError, match="broken JSON"):
        documents.from_json(f'{{"version": 1, "shots": [{number}]}}')


@pytest.mark.parametrize("path", ["", " ", "/a/\0.mp4", "/" + "a" * 256, "/a" * 2049])
def test_a_video_that_can_be_nowhere_is_the_fault_of_the_document(path):
    document = make_document(duration=1.0)
    impossible = replace(document, media=replace(document.media, path=path))
    with pytest.raises(DocumentError, match=r"media\.path"):
        documents.from_json(documents.to_json(impossible))
