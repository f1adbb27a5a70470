"""vidtag from Python: listen to a file, or read a document, and make subtitles and clips of it.

A :class:`Recording` is a :class:`~vidtag.core.records.Document` with methods and nothing besides,
so it goes wherever a document goes. The methods are here and not on the record itself because
records know nothing of what is made from them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Self, Unpack

from vidtag import files
from vidtag.core import document as documents
from vidtag.core.cast import with_names
from vidtag.core.errors import InputError, UserError
from vidtag.core.names import SpokenLanguage, SubtitleFormat, SubtitleProfile
from vidtag.core.records import Clip, Cue, Document, OnProgress, ignore_progress
from vidtag.core.settings import Config, load_config
from vidtag.core.settings.typed_options import (
    HighlightsOptions,
    HouseStyleOptions,
    ListenOptions,
    ModelOptions,
    ReportOptions,
    SubtitlesOptions,
)

if TYPE_CHECKING:
    from vidtag.subtitles.check.check_result import CheckResult

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Recording(Document):
    """A document of one file, and what can be made of it without listening again.

    Options are the settings of one section of ``vidtag config``, such as
    ``recording.highlights(top=3, tail=1.0)``; a wrong one raises ConfigError.
    """

    @classmethod
    def of(cls, document: Document) -> Self:
        """The same document with methods, its numbers rounded as they are when it is saved."""
        exact = documents.rounded(document)
        return cls(**{field.name: getattr(exact, field.name) for field in fields(Document)})

    def named(self, *names: str) -> Self:
        """The same with its speakers called by these names, in the order in which they are first
        heard; or, where channels are the speakers, of the left and the right one.

        Raises:
            ConfigError: two names are alike, or one is empty.
        """
        return self.of(with_names(self, _with(cast={"names": names}).cast.names))

    @property
    def text(self) -> str:
        """What was said, one line per passage."""
        from vidtag.subtitles.formats.transcript import plain_text

        return plain_text(self)

    def cues(self, **options: Unpack[SubtitlesOptions]) -> tuple[Cue, ...]:
        """Subtitles as records; options of the section ``subtitles``."""
        from vidtag.show.views import Views

        return Views(self, _with(subtitles=options)).cues

    def subtitles(self, format: SubtitleFormat = "srt", **options: Unpack[SubtitlesOptions]) -> str:
        """Text of a subtitle file; options of the section ``subtitles``."""
        from vidtag.show.subtitle_files import subtitle_text
        from vidtag.show.views import Views

        config = _with(subtitles={**options, "formats": [format]})
        return subtitle_text(Views(self, config), format)

    def to_srt(self, **options: Unpack[SubtitlesOptions]) -> str:
        """SubRip, read by everything."""
        return self.subtitles("srt", **options)

    def to_ass(self, **options: Unpack[SubtitlesOptions]) -> str:
        """Advanced SubStation Alpha, with a style per language and speaker."""
        return self.subtitles("ass", **options)

    def to_vtt(self, **options: Unpack[SubtitlesOptions]) -> str:
        """WebVTT, for the web."""
        return self.subtitles("vtt", **options)

    def check(
        self, profile: SubtitleProfile | os.PathLike[str] | HouseStyleOptions = "netflix"
    ) -> CheckResult:
        """How its subtitles do by a house style."""
        from vidtag.show.views import Views

        return Views(self, _with(subtitles={"profile": profile})).check

    def highlights(self, **options: Unpack[HighlightsOptions]) -> tuple[Clip, ...]:
        """The moments worth a clip, in order; options of the section ``highlights``."""
        from vidtag.show.views import Views

        return Views(self, _with(highlights=options)).clips

    def cut(self, clip: Clip, path: str | Path) -> Path:
        """Cut a clip out of the video, exact to the frame, and check what was written.

        Args:
            path: the file to write: ``.mp4``, or ``.m4a`` where there is no picture.

        Raises:
            InputError: the video is gone, or is not the same any more.
            UserError: the name of the file ends in another suffix.
            VidtagError: it could not be cut or written; nothing is left of it.
        """
        from vidtag.cutting.cut import clip_suffix, cut_clip
        from vidtag.media.tracks import listened_track
        from vidtag.show.media_of import media_of

        if not isinstance(clip, Clip):
            raise UserError(f"a clip is cut, not {clip!r:.80}", remedy="take one of highlights()")
        target, suffix = _file(path), clip_suffix(self.media)
        if target.suffix.lower() != suffix:
            raise UserError(
                f"a clip of this recording is written as {suffix}",
                path=target,
                remedy=f"let the name end in {suffix}",
            )
        media = media_of(self)
        return cut_clip(media, clip, target, audio_track=listened_track(self)).path

    def report(self, path: str | Path, **options: Unpack[ReportOptions]) -> Path:
        """Write one page with everything in it; options of the section ``report``."""
        from vidtag.show.report_file import write_report
        from vidtag.show.views import Views

        target = _file(path)
        write_report(Views(self, _with(report=options)), target)
        return target

    def to_json(self) -> str:
        """The document as ``NAME.vidtag.json`` holds it."""
        return documents.to_json(self)

    def save(self, path: str | Path) -> Path:
        """Write the document; ``vidtag.read`` gives an equal recording."""
        target = _file(path)
        files.write_text(target, documents.to_json(self))
        return target

    def _repr_html_(self) -> str:
        """Timeline and transcript, as notebooks show them."""
        from vidtag.report.page import render_notebook
        from vidtag.report.report_view import report_view

        return render_notebook(report_view(self, self.highlights()))

    def __repr__(self) -> str:
        seconds, name = self.media.duration, Path(self.media.path).name
        heard = f"{len(self.segments)} segments, {len(self.events)} events"
        return f"<Recording of {name!r}: {seconds:.1f} s, {heard}, by {self.model.name}>"


def listen(
    path: str | Path,
    *,
    model: str | Path | ModelOptions | None = None,
    language: SpokenLanguage | None = None,
    transcript: str | Path | None = None,
    config: str | Path | None = None,
    settings: Mapping[str, object] | None = None,
    on_progress: OnProgress = ignore_progress,
    **options: Unpack[ListenOptions],
) -> Recording:
    """Hear everything in a video or sound file. Nothing is written.

    Args:
        path: the file.
        model: hub id, local folder, or ``pocket``; SenseVoiceSmall by default. Or options of the
            section ``model``. The model stays loaded for the next file.
        language: ``zh``, ``en``, ``yue``, ``ja``, ``ko``, or ``auto`` per segment.
        transcript: take the words from this file instead of recognising them: subtitles, JSON of
            whisper, whisperX or FunASR, or plain text.
        config: a YAML file of settings.
        settings: any settings by their full names, such as ``{"audio.channel": "left"}``.
        on_progress: receives progress; see ``vidtag.core.records.Progress``.
        options: options of the sections ``audio``, ``video``, ``vad``, ``recognition``,
            ``events`` and ``speakers``, such as ``audio={"channel": "left"}``.

    Raises:
        InputError: there is no such file, or it is nothing to listen to; or the transcript is none
            of it.
        ConfigError: a setting is wrong.
        ModelError, ModelUnavailableError: the model is not usable, or not to be had.
    """
    from vidtag.listening.ready import check_ready
    from vidtag.media.probe import probe
    from vidtag.media.tracks import choose_audio
    from vidtag.transcripts.of_media import transcript_of

    file = _file(path)
    if not callable(on_progress):
        raise UserError(f"on_progress must be a function, not {on_progress!r:.80}")
    section = model if isinstance(model, Mapping) else {} if model is None else {"name": model}
    spoken = {} if language is None else {"language": language}
    wanted = load_config(
        None if config is None else _file(config),
        {**options, "model": {**section, **spoken}},
        {} if settings is None else settings,
        {} if transcript is None else {"recognition.transcript": transcript},
    )
    media = probe(file)
    choose_audio(media, wanted.audio.track)
    words = transcript_of(media, wanted)
    check_ready(wanted)

    from vidtag.listening import run  # torch

    loaded = run.load_model(wanted.model)
    document = run.listen(media, wanted, loaded, transcript=words, on_progress=on_progress)
    return Recording.of(document)


def read(path: str | Path) -> Recording:
    """A recording from a ``.vidtag.json`` file.

    Raises:
        DocumentError: the file cannot be read, or is no document.
    """
    return Recording.of(documents.read(_file(path)))


def _with(**sections: Mapping[str, object]) -> Config:
    return Config().with_values(sections)


def _file(path: object) -> Path:
    """A path somebody gave.

    Raises:
        InputError: it is none, or an address.
    """
    name = os.fspath(path) if isinstance(path, str | os.PathLike) else None
    if not isinstance(name, str):
        raise InputError(f"a path is needed, not {path!r:.80}", remedy="give a str or a Path")
    if _ADDRESS.match(name) and not os.path.exists(name):
        raise InputError(
            "an address is not a file on this machine", path=name, remedy="download it first"
        )
    return Path(name)
