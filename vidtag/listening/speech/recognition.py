"""What a model gives for one waveform, in the words of its vocabulary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vidtag.core.errors import ModelError
from vidtag.core.records import Emotion, EventKind, Language
from vidtag.listening.speech import ctc
from vidtag.listening.speech.spelling import Speller
from vidtag.listening.windows import Posteriors

EVENT_CLASSES: tuple[str, ...] = (*EventKind, "Speech", "Event_UNK")
"""What the event query is answered with: a kind, or what is no event."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the vocabulary as it was recognised.

    Attributes:
        piece: as the vocabulary spells it; ``▁`` stands for a space.
        start, end: half-open span of feature frames; ``ctc.seconds`` makes seconds of them.
        probability: highest within the span.
    """

    piece: str
    start: int
    end: int
    probability: float


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was recognised in one waveform.

    Attributes:
        rich_text: the model's own words, tags such as ``<|zh|>`` included, as FunASR gives them.
        tokens: the text's pieces, without tags.
        frames: length of the waveform in feature frames.
        language, emotion: the likeliest, with its probability among all languages or emotions.
        languages: probability of every language.
        events: probability of each kind; what lacks to 1 is speech or unknown.
    """

    rich_text: str
    tokens: tuple[Token, ...]
    frames: int
    language: Language
    language_probability: float
    emotion: Emotion
    emotion_probability: float
    languages: Mapping[Language, float]
    events: Mapping[EventKind, float]


class Vocabulary:
    """The pieces that a model writes; what they spell, and which are its tags.

    Attributes:
        pieces: by id.
        blank: id of the CTC blank.
        speller: spells words in these pieces.

    Raises:
        ModelError: the tokenizer is not that of a SenseVoice model.
    """

    def __init__(self, tokenizer: Any, blank: int) -> None:
        self._tokenizer = tokenizer
        self.blank = blank
        self.pieces: list[str] = [
            tokenizer.id_to_piece(i) for i in range(tokenizer.get_piece_size())
        ]
        self.language_ids = self._find(tuple(Language))
        self.emotion_ids = self._find(tuple(Emotion))
        self.event_ids = self._find(EVENT_CLASSES)
        self.speller = Speller(tokenizer, self.pieces)

    def recognition(
        self,
        tags: list[int],
        path: ctc.Decoded,
        languages: Posteriors,
        emotions: Posteriors,
        events: Posteriors,
    ) -> Recognition:
        """The result for one waveform.

        Args:
            tags: ids of the likeliest pieces at the queries.
            path: the decoded audio.
            languages, emotions, events: probabilities, as the ids of this vocabulary order them.
        """
        ids = path.ids.tolist()
        tokens = tuple(
            Token(self.pieces[i], start, end, probability)
            for i, start, end, probability in zip(
                ids,
                path.starts.tolist(),
                path.ends.tolist(),
                path.probabilities.tolist(),
                strict=True,
            )
            if not is_tag(self.pieces[i])
        )
        spelled = _join_paths(tags, ids, path, self.blank)
        language, emotion = int(languages.argmax()), int(emotions.argmax())
        return Recognition(
            rich_text=self._tokenizer.decode_ids(spelled),
            tokens=tokens,
            frames=path.frames,
            language=tuple(Language)[language],
            language_probability=float(languages[language]),
            emotion=tuple(Emotion)[emotion],
            emotion_probability=float(emotions[emotion]),
            languages=dict(zip(Language, languages.tolist(), strict=True)),
            events=dict(zip(EventKind, events.tolist(), strict=False)),
        )

    def _find(self, names: Sequence[str]) -> list[int]:
        ids = {piece: i for i, piece in enumerate(self.pieces)}
        missing = [name for name in names if f"<|{name}|>" not in ids]
        if missing:
            raise ModelError(
                f"the tokenizer has no piece <|{missing[0]}|>: not that of a SenseVoice model"
            )
        return [ids[f"<|{name}|>"] for name in names]


def is_tag(piece: str) -> bool:
    """Whether a piece of the vocabulary is a tag such as ``<|zh|>``, not text."""
    return piece.startswith("<|") and piece.endswith("|>")


def _join_paths(tags: list[int], ids: list[int], path: ctc.Decoded, blank: int) -> list[int]:
    """Ids of queries and audio as one CTC path: repeats merge, also where the two meet."""
    joined: list[int] = []
    previous = None
    for tag in tags:
        if tag not in (previous, blank):
            joined.append(tag)
        previous = tag
    touching = bool(ids) and path.starts[0] == 0 and ids[0] == previous
    return joined + (ids[1:] if touching else ids)
