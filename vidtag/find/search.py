"""From a query to what was found: conditions become SQL over the index."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vidtag.core.records import (
    EventKind,
    EventSpan,
    OnProgress,
    Passage,
    Reason,
    ignore_progress,
)
from vidtag.find.index import EVENT, SEGMENT, SENTENCE, Freshness, documents_in, opened, refresh
from vidtag.find.query import (
    All,
    AnySpeech,
    Condition,
    Either,
    Event,
    InEmotion,
    InLanguage,
    Length,
    Near,
    Not,
    Said,
    Sure,
    What,
    parse,
)
from vidtag.select import points


@dataclass(frozen=True, slots=True)
class Match:
    """An event or a piece of speech that was found.

    Attributes:
        document: the file of the document it is in.
        video: the video that was heard.
        span: the event, or the piece of speech, with its times on the video's clock.
        text: what was said; of an event, the last sentence before it.
    """

    document: Path
    video: Path
    span: Reason
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, by document and time, and in what."""

    matches: tuple[Match, ...]
    searched: Freshness


def find(
    query: str,
    places: Sequence[Path],
    *,
    index: Path | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Found:
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
    paths = documents_in(places)
    with opened(index) as connection:
        searched = refresh(connection, paths, on_progress=on_progress)
        return Found(tuple(_search(connection, condition)), searched)


def _search(connection: sqlite3.Connection, condition: Condition) -> Iterator[Match]:
    connection.create_function("holds", 2, _holds, deterministic=True)
    sql = _Sql()
    where = sql.scope(condition, "a")
    rows = connection.execute(
        f"""SELECT d.path, d.video, a.form, a.kind, a.start, a."end", a.p, a.mean,
                   {_sure("a", _named(condition))}, a.emotion, a.text,
                   (SELECT b.text FROM items b WHERE a.form = {EVENT} AND b.doc = a.doc
                    AND b.form = {SENTENCE} AND b.start < a.start
                    ORDER BY b.start DESC LIMIT 1)
            FROM items a JOIN wanted w ON w.doc = a.doc JOIN documents d ON d.id = a.doc
            WHERE {where}
            ORDER BY d.path, a.start, a."end", a.form""",
        sql.values,
    )
    as_path = functools.cache(Path)  # thousands of matches share few paths, and each takes a while
    emotions = {type(what) for what in _named(condition)} == {InEmotion}
    for path, video, form, kind, start, end, p, mean, sure, emotion, text, before in rows:
        span: Reason
        if form == EVENT:
            span = EventSpan(EventKind(kind), start, end, p, mean)
        else:
            span = Passage(emotion.lower() if emotions else "speech", start, end, sure, sure)
        yield Match(as_path(path), as_path(video), span, (before if form == EVENT else text) or "")


@dataclass(slots=True)
class _Sql:
    """Conditions as SQL; values go by placeholders, in order."""

    values: list[object] = field(default_factory=list)
    _scopes: int = 0

    def scope(self, condition: Condition, row: str) -> str:
        """A whole query about the thing ``row``: speech by sentences if it asks for words."""
        form = SENTENCE if _asks_for_words(condition) else SEGMENT
        inside = self.condition(condition, row, _named(condition))
        return f"{row}.form IN ({EVENT}, {form}) AND {inside}"

    def condition(self, node: Condition, row: str, named: Sequence[What]) -> str:
        if isinstance(node, All | Either):
            joint = " AND " if isinstance(node, All) else " OR "
            return f"({joint.join(self.condition(one, row, named) for one in node.ones)})"
        if isinstance(node, Not):
            return f"NOT {self.condition(node.one, row, named)}"
        if isinstance(node, Length):
            self.values.append(node.seconds)
            return f'({row}."end" - {row}.start {node.compare} ?)'
        if isinstance(node, Sure):
            self.values.append(node.probability)
            of = named if node.what is None else (node.what,)
            return f"({_sure(row, of)} {node.compare} ?)"
        if isinstance(node, Near):
            return self._near(node, row)
        return self._what(node, row)

    def _what(self, what: What, row: str) -> str:
        if isinstance(what, AnySpeech):
            return f"({row}.form <> {EVENT})"
        if isinstance(what, Said):
            self.values += [what.words.rstrip("*"), what.words]
            held = f"instr({row}.folded, ?) > 0 AND holds({row}.folded, ?)"
            return f"({row}.form = {SENTENCE} AND {held})"
        if isinstance(what, Event):
            self.values.append(what.kind.value)
            return f"({row}.form = {EVENT} AND {row}.kind = ?)"
        if isinstance(what, InEmotion):
            self.values.append(what.emotion.value)
            return f"({row}.form <> {EVENT} AND {row}.emotion = ?)"
        self.values.append(what.language.value)
        return f"({row}.form <> {EVENT} AND {row}.language = ?)"

    def _near(self, node: Near, row: str) -> str:
        self._scopes += 1
        other = f"b{self._scopes}"
        times = {
            "of": f'{other}.start <= {row}."end" + ? AND {other}."end" >= {row}.start - ?',
            "after": f'{other}.start <= {row}.start AND {other}."end" >= {row}.start - ?',
            "before": f'{other}.start >= {row}.start AND {other}.start <= {row}."end" + ?',
        }[node.side]
        self.values += [node.seconds] * times.count("?")
        inside = self.scope(node.other, other)
        return (
            f"EXISTS (SELECT 1 FROM items {other} WHERE {other}.doc = {row}.doc "
            f"AND {other}.rowid <> {row}.rowid AND {times} AND {inside})"
        )


def _sure(row: str, named: Sequence[What]) -> str:
    """How sure a thing is: an event's peak; of speech, the least sure of what the query names."""
    columns = {
        InEmotion: f"{row}.emotion_p",
        InLanguage: f"{row}.language_p",
        Said: f"{row}.words_p",
    }
    used = list(dict.fromkeys(columns[type(w)] for w in named if type(w) in columns))
    speech = used[0] if len(used) == 1 else f"min({', '.join(used)})" if used else f"{row}.words_p"
    return f"(CASE WHEN {row}.form = {EVENT} THEN {row}.p ELSE {speech} END)"


def _asks_for_words(node: Condition) -> bool:
    if isinstance(node, All | Either):
        return any(_asks_for_words(one) for one in node.ones)
    return _asks_for_words(node.one) if isinstance(node, Not) else isinstance(node, Said)


def _holds(folded: str, words: str) -> bool:
    """Whether folded text holds words of a query, as whole words."""
    phrase = points.pattern(words.rstrip("*"), prefix=words.endswith("*"))
    return phrase.search(folded) is not None


def _named(node: Condition) -> tuple[What, ...]:
    """What a query names about the thing itself, not about others beside it, nor what it is not."""
    if isinstance(node, All | Either):
        return tuple(what for one in node.ones for what in _named(one))
    if isinstance(node, Near | Not | Length | Sure):
        return ()
    return (node,)
