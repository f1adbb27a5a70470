"""Searching: the index says what reading every document says, and follows the files."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders.documents import (
    clap,
    laugh,
    make_document,
    make_media,
    make_segment,
    make_words,
)
from vidtag import files
from vidtag.core import document as documents
from vidtag.core.errors import InputError
from vidtag.core.records import Document, Emotion, EventKind, EventSpan, Language, Size, join_words
from vidtag.find.conditions import (
    All,
    Condition,
    Duration,
    Either,
    HasEmotion,
    HasLanguage,
    HasWords,
    IsEvent,
    IsSpeech,
    Near,
    Not,
    Probability,
    asks_for_words,
    named_subjects,
    sorts_of,
)
from vidtag.find.index import documents_in, opened, refresh
from vidtag.find.search import _search, find
from vidtag.select.points import pattern
from vidtag.select.word_index import sentences


def show(name: str) -> Document:
    segments = [
        make_segment(make_words("I asked my uncle. He laughed at me.", 5.0), emotion=Emotion.HAPPY),
        make_segment(
            make_words("Das war alles, danke.", 20.0),
            emotion=Emotion.ANGRY,
            emotion_probability=0.6,
        ),
    ]
    events = [laugh(10, 14, 0.9), clap(15, 16, 0.7), laugh(40, 41, 0.8)]
    return make_document(segments, events, media=make_media(f"/videos/{name}.mp4"))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    for name in ("a", "b"):
        files.write_text(
            folder / f"{name}.vidtag" / f"{name}.vidtag.json", documents.to_json(show(name))
        )
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "find.sqlite3"


def starts(query: str, place: Path, index: Path) -> list[float]:
    return [match.span.start for match in find(query, [place], index=index).matches]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("laughter", [10, 40]),
        ("laughter>3s", [10]),
        ("laughter p>0.85", [10]),
        ("laughter>0.75 or applause", [10, 15, 40]),
        ("applause within 2s of laughter", [15]),
        ("laughter within 2s of applause", [10]),
        ("laughter within 30s of laughter", [10, 40]),
        ("applause within 2s after laughter", [15]),
        ("laughter within 2s after applause", []),
        ("laughter within 2s before applause", [10]),
        ('laughter within 3s after "laughed at"', [10]),
        ("laughter not within 2s of applause", [40]),
        ("emotion:happy", [5]),
        ("emotion:angry>0.7", []),
        ("speech", [5, 20]),
        ("language:en emotion:angry p<0.65", [20]),
        ('"uncle"', [5]),
        ('"UNCLE" emotion:happy', [5]),
        ('"laugh"', []),
        ('"laugh*"', [pytest.approx(6.4)]),
        ('speech not "uncle"', [pytest.approx(6.4), 20]),
    ],
)
def test_what_is_found(library: Path, index: Path, query: str, wanted: list[float]) -> None:
    assert starts(query, library / "a.vidtag", index) == wanted


def test_a_hit_says_where_and_what(library: Path, index: Path) -> None:
    found = find("laughter>3s", [library], index=index)
    assert [match.document for match in found.matches] == documents_in([library])
    match = found.matches[0]
    assert match.video == Path("/videos/a.mp4")
    assert match.span == EventSpan(EventKind.LAUGHTER, 10, 14, 0.9, 0.9)
    assert match.text == "He laughed at me."
    (match,) = find("emotion:happy", [library / "b.vidtag"], index=index).matches
    assert (match.span.label, match.span.peak) == ("happy", 0.9)


def test_the_index_follows_the_files(library: Path, index: Path) -> None:
    assert find("laughter", [library], index=index).searched.read == 2
    assert find("laughter", [library], index=index).searched.read == 0
    path = library / "a.vidtag" / "a.vidtag.json"
    files.write_text(path, documents.to_json(replace(show("a"), events=())))
    found = find("laughter", [library], index=index)
    assert (found.searched.read, len(found.matches)) == (1, 2)
    path.unlink()
    found = find("laughter", [library], index=index)
    assert (found.searched.documents, found.searched.read, len(found.matches)) == (1, 0, 2)
    assert starts("laughter", library / "b.vidtag", index) == [10, 40]


def test_a_damaged_document_is_named_and_the_others_are_searched(
    library: Path, index: Path
) -> None:
    broken = library / "c.vidtag.json"
    broken.write_text('{"version": 1, "media"')
    for _ in range(2):
        found = find("laughter", [library], index=index)
        assert [damage.path for damage in found.searched.damaged] == [broken]
        assert "broken JSON" in found.searched.damaged[0].reason
        assert len(found.matches) == 4
    files.write_text(broken, documents.to_json(show("c")))
    assert find("laughter", [library], index=index).searched.damaged == ()


@pytest.mark.parametrize("content", [b"", b"not a database" * 100, None])
def test_a_broken_or_foreign_index_is_made_again(
    library: Path, index: Path, content: bytes | None
) -> None:
    index.parent.mkdir()
    if content is None:
        with opened(index) as connection:
            connection.execute("PRAGMA user_version = 99")
    else:
        index.write_bytes(content)
    assert len(find("laughter", [library], index=index).matches) == 4
    assert find("laughter", [library], index=index).searched.read == 0


def test_without_a_place_for_the_index_it_is_slower_but_right(library: Path) -> None:
    assert len(find("laughter", [library], index=Path(os.devnull) / "x" / "y").matches) == 4


def test_places(library: Path, tmp_path: Path) -> None:
    (library / ".hidden").mkdir()
    files.write_text(library / ".hidden" / "h.vidtag.json", documents.to_json(show("h")))
    both = documents_in([library, library / "a.vidtag"])
    assert [path.name for path in both] == ["a.vidtag.json", "b.vidtag.json"]
    with pytest.raises(InputError, match="no such file or folder"):
        documents_in([tmp_path / "nowhere"])
    (tmp_path / "x.txt").touch()
    with pytest.raises(InputError, match="is not a document"):
        documents_in([tmp_path / "x.txt"])


# ---------------------------------------------------------------- against reading it all

conditions = st.recursive(
    st.one_of(
        st.sampled_from(list(EventKind)[:3]).map(IsEvent),
        st.just(IsSpeech()),
        st.sampled_from([Emotion.HAPPY, Emotion.ANGRY]).map(HasEmotion),
        st.sampled_from([Language.EN, Language.ZH]).map(HasLanguage),
        st.sampled_from(["so", "so yes", "哈", "ye*"]).map(HasWords),
        st.builds(Duration, st.sampled_from([">", "<=", "<", ">="]), st.sampled_from([0.5, 1, 2])),
        st.builds(Probability, st.sampled_from([">", "<="]), st.sampled_from([0.3, 0.5, 0.8])),
    ),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda ones: All(tuple(ones))),
        st.lists(inner, min_size=2, max_size=3).map(lambda ones: Either(tuple(ones))),
        st.builds(
            Near,
            st.sampled_from([0.0, 1.0, 5.0]),
            st.sampled_from(["of", "before", "after"]),
            inner,
        ),
    ),
    max_leaves=6,
)


@st.composite
def heard(draw: st.DrawFn) -> Document:
    time = 0.0
    segments = []
    for _ in range(draw(st.integers(0, 4))):
        time += draw(st.sampled_from([0.25, 2.0]))
        text = " ".join(draw(st.lists(st.sampled_from(["so", "yes.", "哈", "yeah"]), min_size=1)))
        words = make_words(text, time, each=0.25, gap=0.0)
        segments.append(
            make_segment(
                words,
                draw(st.sampled_from([Language.EN, Language.ZH])),
                draw(st.sampled_from([Emotion.HAPPY, Emotion.ANGRY, Emotion.NEUTRAL])),
                emotion_probability=draw(st.sampled_from([0.25, 0.75])),
            )
        )
        time = words[-1].end
    events = []
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, 80)) / 4
        length = draw(st.integers(1, 12)) / 4
        peak = draw(st.sampled_from([0.25, 0.5, 0.75, 1.0]))
        kind = draw(st.sampled_from(list(EventKind)[:3]))
        events.append(EventSpan(kind, start, start + length, peak, peak))
    return make_document(segments, sorted(events, key=lambda event: event.start))


Thing = tuple[str, float, float, Any]


def things(doc: Document, by_sentence: bool) -> list[Thing]:
    found: list[Thing] = [("event", e.start, e.end, e) for e in doc.events]
    for segment in doc.segments:
        if not by_sentence:
            found.append(("speech", segment.start, segment.end, (segment, None)))
            continue
        for words in sentences(segment.words):
            found.append(("speech", words[0].start, words[-1].end, (segment, words)))
    return found


def holds(thing: Thing, node: Condition, doc: Document, named: tuple[object, ...]) -> bool:
    form, start, end, what = thing
    if isinstance(node, All):
        return all(holds(thing, one, doc, named) for one in node.parts)
    if isinstance(node, Either):
        return any(holds(thing, one, doc, named) for one in node.parts)
    if isinstance(node, Not):
        return not holds(thing, node.negated, doc, named)
    compare = {">": float.__gt__, "<": float.__lt__, ">=": float.__ge__, "<=": float.__le__}
    if isinstance(node, Duration):
        return compare[node.compare](end - start, float(node.seconds))
    if isinstance(node, Probability):
        if form == "event":
            return compare[node.compare](what.peak, node.probability)
        segment, words = what
        heard_words = words or segment.words
        mean = sum(word.probability for word in heard_words) / len(heard_words)
        by = {HasEmotion: segment.emotion_probability, HasLanguage: 1.0, HasWords: mean}
        used = [by[type(one)] for one in named if type(one) in by]
        return compare[node.compare](float(min(used, default=mean)), node.probability)
    if isinstance(node, Near):
        inner = named_subjects(node.other)
        for other in things(doc, asks_for_words(node.other)):
            if other == thing or not holds(other, node.other, doc, inner):
                continue
            if node.side == "of":
                near = other[1] <= end + node.seconds and other[2] >= start - node.seconds
            elif node.side == "after":
                near = other[1] <= start and other[2] >= start - node.seconds
            else:
                near = start <= other[1] <= end + node.seconds
            if near:
                return True
        return False
    if isinstance(node, IsEvent):
        of = form == "event" and what.kind is node.kind
        return of and (node.sort is None or node.sort in sorts_of(what))
    if form == "event":
        return False
    segment, words = what
    if isinstance(node, HasEmotion):
        return segment.emotion is node.emotion
    if isinstance(node, HasLanguage):
        return segment.language is node.language
    if isinstance(node, HasWords):
        plain = pattern(node.words.rstrip("*"), prefix=node.words.endswith("*"))
        return words is not None and plain.search(join_words(words)) is not None
    return True


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(heard(), conditions)
def test_the_index_finds_what_reading_finds(
    tmp_path: Path, doc: Document, condition: Condition
) -> None:
    path = tmp_path / "x.vidtag.json"
    files.write_text(path, documents.to_json(doc))
    with opened(Path(":memory:")) as connection:
        refresh(connection, [path])
        found = [(match.span.start, match.span.end) for match in _search(connection, condition)]
    named = named_subjects(condition)
    everything = things(doc, asks_for_words(condition))
    wanted = [(t[1], t[2]) for t in everything if holds(t, condition, doc, named)]
    assert sorted(found) == sorted(wanted)


def test_sorts_of_laughs_are_found(tmp_path: Path) -> None:
    house = replace(laugh(10, 14, 0.9), size=Size.HOUSE, recording=1)
    one = replace(laugh(20, 21, 0.8), size=Size.ONE)
    cheer = replace(clap(30, 34, 0.7), finer="Cheering")
    document = make_document([], [house, one, cheer], media=make_media("/videos/a.mp4"))
    files.write_text(tmp_path / "a.vidtag.json", documents.to_json(document))

    def found(query: str) -> list[object]:
        hits = find(query, [tmp_path], index=tmp_path / "index.sqlite3").matches
        return [hit.span for hit in hits]

    assert found("laughter:house") == [house]
    assert found("laughter:live") == [one]
    assert found("laughter:canned or applause:cheering") == [house, cheer]
    assert found("laughter:some") == []
    assert found("laughter:house within 20s of applause:cheering") == [house]
