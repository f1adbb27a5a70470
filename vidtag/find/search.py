"""From a query to what was found: conditions become SQL over the index."""

from __future__ import annotations

import difflib
import functools
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from vidtag.core.cast import who_is_there
from vidtag.core.records import (
    EventKind,
    EventSpan,
    OnProgress,
    Passage,
    Reason,
    Size,
    ignore_progress,
)
from vidtag.find.conditions import (
    All,
    BySpeaker,
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
    Subject,
    asks_for_words,
    named_subjects,
    speakers_asked_for,
)
from vidtag.find.index import (
    EVENT,
    SEGMENT,
    SENTENCE,
    DamagedDocument,
    IndexUpdate,
    documents_in,
    opened,
    refresh,
    speakers_of,
)
from vidtag.find.query import parse
from vidtag.select import points


@dataclass(frozen=True, slots=True)
class Match:
    """An event or a piece of speech that was found.

    Attributes:
        document: the file of the document it is in.
        video: the file it was made from.
        span: the event, or the piece of speech, with its times on the video's clock.
        text: what was said; of an event, the last sentence before it.
    """

    document: Path
    video: Path
    span: Reason
    text: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found, by document and time, and in what.

    Attributes:
        notes: what the query asks for that no document has: who is called so nowhere, and who is
            there.
    """

    matches: tuple[Match, ...]
    searched: IndexUpdate
    notes: tuple[str, ...] = ()


def find(
    query: str,
    places: Sequence[Path],
    *,
    index: Path | None = None,
    on_progress: OnProgress = ignore_progress,
) -> SearchResult:
    """Search all documents in some folders.

    Args:
        query: see ``vidtag.find.query``.
        places: folders, searched with all in them, and documents.
        index: file of the index; by default in the user's cache folder.
        on_progress: receives progress of the stage ``documents`` where some have to be read.

    Raises:
        UserError: the query is wrong, or a place is not there.
    """
    condition = parse(query)
    shut: list[DamagedDocument] = []

    def note(error: OSError) -> None:
        shut.append(DamagedDocument(Path(error.filename), f"cannot be read ({error.strerror})"))

    paths = documents_in(places, note)
    with opened(index) as connection:
        searched = refresh(connection, paths, on_progress=on_progress)
        searched = replace(searched, damaged=(*shut, *searched.damaged))
        notes = tuple(_strangers(connection, condition))
        return SearchResult(tuple(_search(connection, condition)), searched, notes)


def _strangers(connection: sqlite3.Connection, condition: Condition) -> Iterator[str]:
    """A line for each speaker that the query names and nobody is."""
    asked = dict.fromkeys(speakers_asked_for(condition))
    if not asked:
        return
    there = speakers_of(connection)
    for name in asked:
        if name not in there:
            alike = difflib.get_close_matches(name, there, 3)
            first = dict.fromkeys([*alike, *there])  # a typo's name may be one of thousands
            yield f"nobody is called {name!r}; {who_is_there([there[one] for one in first])}"


def _search(connection: sqlite3.Connection, condition: Condition) -> Iterator[Match]:
    connection.create_function("has_words", 2, _has_words, deterministic=True)
    named = named_subjects(condition)
    sql = _Sql()
    where = sql.scope(condition, "a")
    rows = connection.execute(
        f"""SELECT d.path, d.video, a.form, a.kind, a.start, a."end", a.p, a.mean,
                   {_probability("a", named)}, a.emotion, a.text,
                   (SELECT b.text FROM items b WHERE a.form = {EVENT} AND b.doc = a.doc
                    AND b.form = {SENTENCE} AND b.start < a.start
                    ORDER BY b.start DESC LIMIT 1),
                   a.size, a.finer, a.recording
            FROM items a JOIN wanted w ON w.doc = a.doc JOIN documents d ON d.id = a.doc
            WHERE {where}
            ORDER BY d.path, a.start, a."end", a.form""",
        sql.values,
    )
    as_path = functools.cache(Path)  # thousands of matches share few paths, and each takes a while
    by_emotion = {type(subject) for subject in named} == {HasEmotion}
    for path, video, form, kind, start, end, p, mean, probability, emotion, text, *more in rows:
        before, size, finer, recording = more
        span: Reason
        if form == EVENT:
            span = EventSpan(
                EventKind(kind), start, end, p, mean, Size(size) if size else None, finer, recording
            )
        else:
            label = emotion.lower() if by_emotion else "speech"
            span = Passage(label, start, end, probability, probability)
        yield Match(as_path(path), as_path(video), span, (before if form == EVENT else text) or "")


@dataclass(slots=True)
class _Sql:
    """Conditions as SQL; values go by placeholders, in order."""

    values: list[object] = field(default_factory=list)
    _others: int = 0

    def scope(self, condition: Condition, row: str) -> str:
        """A whole query about the item ``row``: speech by sentences if it asks for words."""
        form = SENTENCE if asks_for_words(condition) else SEGMENT
        inside = self._condition(condition, row, named_subjects(condition))
        return f"{row}.form IN ({EVENT}, {form}) AND {inside}"

    def _condition(self, condition: Condition, row: str, named: Sequence[Subject]) -> str:
        match condition:
            case All(parts) | Either(parts):
                joint = " AND " if isinstance(condition, All) else " OR "
                return f"({joint.join(self._condition(part, row, named) for part in parts)})"
            case Not(negated):
                return f"NOT {self._condition(negated, row, named)}"
            case Duration(compare, seconds):
                self.values.append(seconds)
                return f'({row}."end" - {row}.start {compare} ?)'
            case Probability(compare, probability, subject):
                self.values.append(probability)
                of = named if subject is None else (subject,)
                return f"({_probability(row, of)} {compare} ?)"
            case Near():
                return self._near(condition, row)
            case _:
                return self._subject(condition, row)

    def _subject(self, subject: Subject, row: str) -> str:
        match subject:
            case IsSpeech():
                return f"({row}.form <> {EVENT})"
            case IsEvent(kind, sort):
                self.values.append(kind.value)
                if sort is None:
                    return f"({row}.form = {EVENT} AND {row}.kind = ?)"
                self.values.append(f" {sort} ")
                asked = f"{row}.kind = ? AND instr({row}.sorts, ?) > 0"
                return f"({row}.form = {EVENT} AND {asked})"
            case HasWords(words):
                self.values += [words.rstrip("*"), words]
                matches = f"instr({row}.folded, ?) > 0 AND has_words({row}.folded, ?)"
                return f"({row}.form = {SENTENCE} AND {matches})"
            case HasEmotion(emotion):
                self.values.append(emotion.value)
                return f"({row}.form <> {EVENT} AND {row}.emotion = ?)"
            case BySpeaker(name):
                self.values.append(name)
                return f"({row}.speaker IS ?)"
            case HasLanguage(language):
                self.values.append(language.value)
                return f"({row}.form <> {EVENT} AND {row}.language = ?)"

    def _near(self, near: Near, row: str) -> str:
        self._others += 1
        other = f"b{self._others}"
        times = {
            "of": f'{other}.start <= {row}."end" + ? AND {other}."end" >= {row}.start - ?',
            "after": f'{other}.start <= {row}.start AND {other}."end" >= {row}.start - ?',
            "before": f'{other}.start >= {row}.start AND {other}.start <= {row}."end" + ?',
        }[near.side]
        self.values += [near.seconds] * times.count("?")
        inside = self.scope(near.other, other)
        return (
            f"EXISTS (SELECT 1 FROM items {other} WHERE {other}.doc = {row}.doc "
            f"AND {other}.rowid <> {row}.rowid AND {times} AND {inside})"
        )


def _probability(row: str, named: Sequence[Subject]) -> str:
    """An event's peak; of speech, the lowest probability of what the query names."""
    columns = {
        HasEmotion: f"{row}.emotion_p",
        HasLanguage: f"{row}.language_p",
        HasWords: f"{row}.words_p",
    }
    used = list(dict.fromkeys(columns[type(one)] for one in named if type(one) in columns))
    speech = used[0] if len(used) == 1 else f"min({', '.join(used)})" if used else f"{row}.words_p"
    return f"(CASE WHEN {row}.form = {EVENT} THEN {row}.p ELSE {speech} END)"


def _has_words(folded: str, words: str) -> bool:
    """Whether folded text has the words of a query, as whole words."""
    phrase = points.pattern(words.rstrip("*"), prefix=words.endswith("*"))
    return phrase.search(folded) is not None
