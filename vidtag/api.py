"""vidtag from Python: listen to a file, or read what was heard before, and ask for things.

A :class:`Recording` is a :class:`~vidtag.core.records.Document` with methods and nothing besides,
so it goes wherever a document goes. The methods are here and not on the record itself because
records know nothing of what is made from them.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from vidtag.core import document as documents
from vidtag.core.names import SubtitleFormat, SubtitleProfile
from vidtag.core.records import Clip, Cue, Document, OnProgress, ignore_progress
from vidtag.core.settings import Config, load_config

if TYPE_CHECKING:
    from vidtag.core.settings import ModelConfig
    from vidtag.listening.speech.sensevoice import SenseVoice
    from vidtag.subtitles.check.check_result import CheckResult


@dataclass(frozen=True, slots=True)
class Recording(Document):
    """Everything heard in one file, and what can be made of it without listening again.

    Keyword arguments called ``settings`` are those of the section of ``vidtag config`` that is
    named, such as ``recording.highlights(top=3, tail=1.0)``; a wrong one raises ConfigError.
    """

    @classmethod
    def of(cls, document: Document) -> Self:
        """The same document, with methods."""
        return cls(**{field.name: getattr(document, field.name) for field in fields(Document)})

    @property
    def text(self) -> str:
        """What was said, one line per passage."""
        from vidtag.subtitles.formats.transcript import plain_text

        return plain_text(self)

    def cues(self, **settings: object) -> tuple[Cue, ...]:
        """Subtitles as records; ``settings`` of the section ``subtitles``."""
        from vidtag.show.views import Views

        return Views(self, _settings("subtitles", settings)).cues

    def subtitles(self, format: SubtitleFormat = "srt", **settings: object) -> str:
        """Text of a subtitle file; ``settings`` of the section ``subtitles``."""
        from vidtag.show.subtitle_files import subtitle_text
        from vidtag.show.views import Views

        config = _settings("subtitles", {**settings, "formats": [format]})
        text = subtitle_text(Views(self, config), format)
        assert text is not None  # only edited cues may have none
        return text

    def to_srt(self, **settings: object) -> str:
        """SubRip, read by everything."""
        return self.subtitles("srt", **settings)

    def to_ass(self, **settings: object) -> str:
        """Advanced SubStation Alpha, with a style per language and emotion."""
        return self.subtitles("ass", **settings)

    def to_vtt(self, **settings: object) -> str:
        """WebVTT, for the web."""
        return self.subtitles("vtt", **settings)

    def check(self, profile: SubtitleProfile = "netflix") -> CheckResult:
        """How its subtitles do by a house style."""
        from vidtag.show.views import Views

        return Views(self, _settings("subtitles", {"profile": profile})).check

    def highlights(self, **settings: object) -> tuple[Clip, ...]:
        """The moments worth a clip, in order; ``settings`` of the section ``highlights``."""
        from vidtag.show.views import Views

        return Views(self, _settings("highlights", settings)).clips

    def cut(self, clip: Clip, path: str | Path) -> Path:
        """Cut a clip out of the video, exact to the frame, and check what was written.

        Raises:
            InputError: the video is gone, or is not the same any more.
            VidtagError: it could not be cut or written; nothing is left of it.
        """
        from vidtag.cutting.cut import cut_clip
        from vidtag.show.media_of import media_of

        return cut_clip(media_of(self), clip, Path(path)).path

    def report(self, path: str | Path, **settings: object) -> Path:
        """Write one page with everything in it; ``settings`` of the section ``report``."""
        from vidtag.show.report_file import write_report
        from vidtag.show.views import Views

        write_report(Views(self, _settings("report", settings)), Path(path))
        return Path(path)

    def to_json(self) -> str:
        """The document as ``NAME.vidtag.json`` holds it."""
        return documents.to_json(self)

    def save(self, path: str | Path) -> Path:
        """Write the document, to be read again with ``vidtag.read``."""
        documents.write(self, path)
        return Path(path)

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
    model: str | None = None,
    language: str | None = None,
    config: str | Path | None = None,
    settings: Mapping[str, object] | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Recording:
    """Hear everything in a video or sound file. Nothing is written.

    Args:
        path: the file.
        model: hub id, local folder, or ``pocket``; SenseVoiceSmall by default. The model stays
            loaded for the next file.
        language: ``zh``, ``en``, ``yue``, ``ja``, ``ko``, or ``auto`` per segment.
        config: a YAML file of settings.
        settings: any settings by their full names, such as ``{"audio.channel": "left"}``.
        on_progress: told about progress; see ``vidtag.core.records.Progress``.

    Raises:
        InputError: there is no such file, or it is nothing to listen to.
        ConfigError: a setting is wrong.
        ModelError, ModelUnavailableError: the model is not usable, or not to be had.
    """
    from vidtag.listening import run  # torch
    from vidtag.media.probe import probe
    from vidtag.media.tracks import choose_audio

    chosen = {"model.name": model, "model.language": language}
    given = {key: value for key, value in chosen.items() if value is not None}
    wanted = load_config(Path(config) if config else None, given, settings or {})
    media = probe(path)
    choose_audio(media, wanted.audio.track)
    return Recording.of(run.listen(media, wanted, _model(wanted.model), on_progress=on_progress))


def read(path: str | Path) -> Recording:
    """What was heard before, from a ``.vidtag.json`` file.

    Raises:
        DocumentError: the file cannot be read, or is no document.
    """
    return Recording.of(documents.read(path))


@functools.lru_cache(maxsize=1)
def _model(config: ModelConfig) -> SenseVoice:
    from vidtag.listening.speech.sensevoice import SenseVoice

    return SenseVoice.load(config)


def _settings(section: str, given: Mapping[str, Any]) -> Config:
    return Config().with_values({section: given})
