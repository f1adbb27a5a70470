"""Words as subtitles shall have them: names by a glossary, fillers left out; pure.

The document stays as it was heard. What is shown has the new words at the old ones' time, so that
cues, clips and karaoke have them alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from vidtag.core.records import Cue, CueKind, Document, Language, Segment, Word, join_words
from vidtag.core.settings import SubtitlesConfig
from vidtag.core.wordbreaks import chinese_in
from vidtag.subtitles.characters import script_language, without_labels

_FILLERS: Mapping[Language, tuple[str, ...]] = {
    Language.EN: ("um", "umm", "uh", "uhh", "uhm", "er", "erm"),
    Language.ZH: ("嗯", "呃", "额"),
    Language.YUE: ("嗯", "呃"),
    Language.JA: ("えーっと", "えっと", "えーと", "えと", "あのー", "うーん"),
    Language.KO: ("음", "어"),
}
"""What is said while thinking, and means nothing else where it stands alone."""

_ALONE = frozenset({Language.ZH, Language.YUE, Language.JA})
"""Languages without spaces: a filler is one only at the ends of a clause, else part of a word."""

_PARTS = re.compile(
    "[\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\\s\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)


def worded(document: Document, config: SubtitlesConfig) -> Document:
    """A document with the words that settings want."""
    if not config.replace and not config.drop_fillers and config.chinese == "as-heard":
        return document
    if config.chinese != "as-heard":
        traditional = config.chinese == "traditional"
        converted = (_in_script(one, traditional) for one in document.segments)
        document = replace(document, segments=tuple(converted))
    glossary = [
        (_keys(old), new) for text, new in config.replace.items() for old in _scripts(text, config)
    ]
    glossary.sort(key=lambda entry: -len(entry[0]))
    segments = (_segment(one, glossary, config.drop_fillers) for one in document.segments)
    return replace(document, segments=tuple(one for one in segments if one.words))


def in_script(cues: Iterable[Cue], config: SubtitlesConfig) -> tuple[Cue, ...]:
    """Cues of a subtitle file with their Chinese in the script that settings want."""
    if config.chinese == "as-heard":
        return tuple(cues)
    traditional = config.chinese == "traditional"

    def shown(line: str, language: Language | None) -> str:
        script = script_language(line, language)
        if script not in (Language.ZH, Language.YUE):
            return line
        return chinese_in(line, traditional=traditional, cantonese=script is Language.YUE)

    return tuple(
        replace(cue, lines=tuple(shown(line, cue.language) for line in cue.lines)) for cue in cues
    )


def words_stay_notes(file: str, config: SubtitlesConfig) -> list[str]:
    """A note on settings that change the words of documents, and not of the subtitles in a file."""
    given = {"subtitles.replace": config.replace, "subtitles.drop_fillers": config.drop_fillers}
    names = " and ".join(name for name, value in given.items() if value)
    return [f"{file} keeps its words: {names} changes those of documents alone"] if names else []


def has_labels(cues: Iterable[Cue]) -> bool:
    """Whether cues tell sounds, not speech alone."""
    return any(cue.markers or any(without_labels(x) != x for x in cue.lines) for cue in cues)


def unlabelled(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Cues with speech alone, without lines and labels that are not said."""
    for cue in cues:
        spoken = (line for n, line in enumerate(cue.lines) if n not in cue.markers)
        lines = tuple(said for line in spoken if (said := without_labels(line)))
        if lines:
            yield replace(cue, lines=lines, markers=(), kind=CueKind.SPEECH)


def _scripts(text: str, config: SubtitlesConfig) -> Iterator[str]:
    """A phrase of the glossary, and the same in the script that is shown."""
    if _keys(text):
        yield text
    if config.chinese != "as-heard":
        for cantonese in (False, True):
            traditional = config.chinese == "traditional"
            yield chinese_in(text, traditional=traditional, cantonese=cantonese)


def _in_script(segment: Segment, traditional: bool) -> Segment:
    """A segment with its Chinese in one script; each word keeps its time."""
    texts = [word.text for word in segment.words]
    language = script_language("".join(texts), segment.language)
    if language not in (Language.ZH, Language.YUE):
        return segment

    def shown(text: str) -> str:
        new = chinese_in(text, traditional=traditional, cantonese=language is Language.YUE)
        if len(new) != len(text):  # a word keeps its letters, so that it keeps its time
            new = "".join(map(shown, text)) if len(text) > 1 else text
        return new

    whole = shown("".join(texts))
    words, at = [], 0
    for word in segment.words:
        words.append(replace(word, text=whole[at : at + len(word.text)]))
        at += len(word.text)
    return replace(segment, words=tuple(words), text=join_words(words))


def _segment(
    segment: Segment, glossary: Sequence[tuple[tuple[str, ...], str]], drops: bool
) -> Segment:
    words = segment.words
    if drops:
        fillers = [_keys(text) for text in _FILLERS.get(segment.language, ())]
        words = _without(words, fillers, alone=segment.language in _ALONE)
    words = _replaced(words, glossary)
    if words == segment.words:
        return segment
    if words:
        words = (replace(words[0], space_before=False), *words[1:])
    return replace(segment, words=words, text=join_words(words))


def _replaced(
    words: tuple[Word, ...], glossary: Sequence[tuple[tuple[str, ...], str]]
) -> tuple[Word, ...]:
    keys = [_key(word.text) for word in words]
    result: list[Word] = []
    at = 0
    while at < len(words):
        for old, new in glossary:
            if tuple(keys[at : at + len(old)]) == old:
                result += _new_words(words[at : at + len(old)], new)
                at += len(old)
                break
        else:
            result.append(words[at])
            at += 1
    return tuple(result)


def _new_words(old: Sequence[Word], text: str) -> list[Word]:
    """Words of a text at the time of others, with the signs around these."""
    first, last = old[0], old[-1]
    before, after = _signs(first.text)[0], _signs(last.text)[1]
    parts = [(m[0], m.start() > 0 and text[m.start() - 1] == " ") for m in _PARTS.finditer(text)]
    if not parts:
        return []
    total = sum(len(part) for part, _ in parts)
    words, done = [], 0
    for number, (part, spaced) in enumerate(parts):
        start = first.start + (last.end - first.start) * done / total
        done += len(part)
        end = first.start + (last.end - first.start) * done / total
        shown = (before if number == 0 else "") + part + (after if number == len(parts) - 1 else "")
        space = first.space_before if number == 0 else spaced
        words.append(Word(shown, start, end, min(word.probability for word in old), space))
    return words


def _without(
    words: tuple[Word, ...], fillers: Sequence[tuple[str, ...]], *, alone: bool
) -> tuple[Word, ...]:
    keys = [_key(word.text) for word in words]
    result: list[Word] = []
    at, capital = 0, False
    while at < len(words):
        length = next((len(f) for f in fillers if tuple(keys[at : at + len(f)]) == f), 0)
        begins = at == 0 or bool(_signs(words[at - 1].text)[1])
        last = words[at + length - 1] if length else words[at]
        ends = at + length == len(words) or bool(_signs(last.text)[1])
        if length and (not alone or (begins and ends)):
            capital = capital or (words[at].text[:1].isupper() and (at == 0 or begins))
            if result and _signs(last.text)[1][:1] in tuple(".?!。？！"):  # the sentence ends here
                kept = result[-1].text.rstrip(",，、") + _signs(last.text)[1]
                result[-1] = replace(result[-1], text=kept)
            at += length
            continue
        word = words[at]
        if capital:
            word = replace(word, text=word.text[:1].upper() + word.text[1:])
        result.append(word)
        capital = False
        at += 1
    return tuple(result)


def _keys(text: str) -> tuple[str, ...]:
    return tuple(key for part in _PARTS.findall(text) if (key := _key(part)))


def _key(text: str) -> str:
    """A word without case, width and the signs around it."""
    before, after = _signs(text)
    inner = text[len(before) : len(text) - len(after)]
    return unicodedata.normalize("NFKC", inner).casefold()


def _signs(text: str) -> tuple[str, str]:
    """The signs before and after a word."""
    spoken = [i for i, c in enumerate(text) if unicodedata.category(c)[0] in "LMN"]
    return (text[: spoken[0]], text[spoken[-1] + 1 :]) if spoken else ("", "")
