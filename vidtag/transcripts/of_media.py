"""The transcript that settings give to a recording."""

from __future__ import annotations

import os
import posixpath
import string
from pathlib import Path

from vidtag.core.addresses import is_address
from vidtag.core.errors import ConfigError
from vidtag.core.given_transcript import Transcript
from vidtag.core.media_streams import Media
from vidtag.core.names import result_stem
from vidtag.core.settings import Config
from vidtag.transcripts.transcript_file import check_fits, read_transcript

_FIELDS = ("stem",)


def transcript_of(media: Media, config: Config, file: Path | None = None) -> Transcript | None:
    """The transcript of a recording, read; None where its words are to be recognised.

    Args:
        file: where it can be read, if not where the settings say.

    Raises:
        ConfigError: the setting is wrong.
        InputError: there is no such file, or it is no transcript of this recording.
    """
    if config.recognition.transcript is None:
        return None
    path = transcript_path(config.recognition.transcript, media.path)
    transcript = read_transcript(file or Path(path), language=config.model.language)
    check_fits(transcript, media, file or path)
    return transcript


def check_one_each(config: Config, videos: int) -> None:
    """Refuse one transcript for several recordings.

    Raises:
        ConfigError: it is that.
    """
    pattern = config.recognition.transcript
    if videos > 1 and pattern is not None and "{" not in pattern:
        raise ConfigError(
            f"one transcript ('{pattern}') for {videos} videos",
            remedy="name those beside the videos, as in '{stem}.srt'",
        )


def transcript_path(pattern: str, video: str) -> str:
    """The path, or address, of a video's transcript.

    Args:
        pattern: a path, which is that of the transcript; or one with ``{stem}``, the video's name
            without its suffix, which is looked for beside the video.
        video: a path or an address.

    Raises:
        ConfigError: the pattern has other names in braces.
    """
    if "{" not in pattern:
        return os.path.expanduser(pattern)
    try:
        fields = [field for _, field, _, _ in string.Formatter().parse(pattern) if field]
        unknown = [field for field in fields if field not in _FIELDS]
        name = pattern.format(stem=result_stem(video)) if not unknown else ""
    except (ValueError, LookupError) as error:
        raise ConfigError(
            f"recognition.transcript is wrong ('{pattern}')", remedy="only {stem} is known"
        ) from error
    if unknown:
        raise ConfigError(
            f"recognition.transcript has no {{{unknown[0]}}}", remedy="only {stem} is known"
        )
    if os.path.isabs(name) or is_address(name):
        return name
    if is_address(video):
        return posixpath.join(posixpath.dirname(video), name)
    return os.path.join(os.path.dirname(video), name)
