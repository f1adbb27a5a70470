"""What a document was made with: the model, and the transcript its words are from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model made a result.

    Attributes:
        name: as the user asked for it: ``pocket``, a hub id, or a folder.
        origin: ``bundled``, ``modelscope``, ``huggingface`` or ``folder``.
        revision: hub revision, if one was pinned.
        parameters: number of weights.
        digest: first 16 hexadecimal digits of the SHA-256 of the checkpoint file.
    """

    name: str
    origin: str
    revision: str | None
    parameters: int
    digest: str


@dataclass(frozen=True, slots=True)
class WordsFrom:
    """The transcript that the words of a document were taken from.

    Attributes:
        name: of the file.
        digest: first 16 hexadecimal digits of the SHA-256 of the file.
        format: what wrote it, such as ``subtitles``, ``whisper`` or ``text``.
        times: what times it had: of ``words``, of ``cues``, or ``none``.
        language: tag of the language it says it is in.
    """

    name: str
    digest: str
    format: str
    times: str
    language: str | None = None
