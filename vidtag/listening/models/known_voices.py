"""The voices that the user has asked vidtag to know: one JSON file, written by
``vidtag speakers enrol`` alone.

Voices are personal data. The file holds a name and 192 numbers for each; a voice cannot be heard
from them, but a person can be recognised by them. Deleting the file forgets all.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter, ValidationError

from vidtag import files
from vidtag.core.errors import UserError
from vidtag.core.names import VoiceModelName
from vidtag.core.settings import SpeakersConfig
from vidtag.core.whole_file import read_whole

NUMBERS = 192
"""Of a voiceprint."""

_LARGEST_FILE = 1 << 24
"""Bytes of a file of voices that is read: some 5,000 voices."""


class KnownVoice(BaseModel):
    """A person's name and voiceprint, and the model that made it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    model: VoiceModelName
    voiceprint: Annotated[tuple[FiniteFloat, ...], Field(min_length=NUMBERS, max_length=NUMBERS)]


_VOICES = TypeAdapter(list[KnownVoice])


def own_voices_file() -> Path:
    """Where the user's voices are kept if no other file is named."""
    return Path(platformdirs.user_data_dir("vidtag", appauthor=False)) / "voices.json"


def voices_file(chosen: str | None) -> Path | None:
    """The file of known voices; None if none is named and the user has none."""
    if chosen is not None:
        return Path(os.path.expanduser(chosen))
    own = own_voices_file()
    return own if own.is_file() else None


def read_voices(file: Path) -> list[KnownVoice]:
    """The voices of a file, in the order in which they were learnt.

    Raises:
        UserError: it cannot be read, or is no such file.
    """
    try:
        return _VOICES.validate_json(read_whole(file, _LARGEST_FILE))
    except OSError as error:
        raise UserError(
            f"the known voices cannot be read ({error.strerror})",
            path=file,
            remedy="write them with `vidtag speakers enrol NAME CLIP`",
        ) from error
    except ValidationError as error:
        raise UserError(
            "this is no file of known voices",
            path=file,
            remedy="write one with `vidtag speakers enrol NAME CLIP`",
        ) from error


def voices_for(chosen: SpeakersConfig) -> list[KnownVoice]:
    """The known voices that speakers are compared with: those of the same model.

    Raises:
        UserError: they cannot be read; or a file that was named holds none of this model.
    """
    file = voices_file(chosen.voices)
    if file is None:
        return []
    all_voices = read_voices(file)
    fitting = [voice for voice in all_voices if voice.model == chosen.model]
    if chosen.voices is not None and not fitting:
        models = ", ".join(dict.fromkeys(voice.model for voice in all_voices))
        raise UserError(
            f"its voices were learnt with {models}, and {chosen.model} cannot compare them"
            if all_voices
            else "it holds no voice",
            path=file,
            remedy=f"run `vidtag speakers enrol NAME CLIP --model {chosen.model} --voices {file}`",
        )
    return fitting


def write_voices(file: Path, voices: Sequence[KnownVoice]) -> None:
    """Write the file anew; without a voice it is deleted. Only its owner may read it."""
    if not voices:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(file, _VOICES.dump_json(list(voices), indent=1).decode() + "\n")
    file.chmod(0o600)
