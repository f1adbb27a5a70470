"""What is shown of a document: laid-out cues, clips, timelines and the rest, each made once.

Every writer is handed the same ``Views``, so that none of them lays out or selects on its own. A
view is made when it is first needed, and kept. The cues of social clips are a second layout,
because their picture has another shape.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from vidtag.core.cast import cues_with_names, with_names
from vidtag.core.media_streams import Media, VideoStream
from vidtag.core.names import result_stem
from vidtag.core.records import Clip, Cue, Document
from vidtag.core.settings import Config, SubtitlesConfig
from vidtag.films.social import social_size
from vidtag.select.clips import select_clips
from vidtag.select.numbers import numbers
from vidtag.select.titles import shorten
from vidtag.show.clip_choice import ChosenClip, ClipChoice
from vidtag.show.media_of import media_of
from vidtag.show.timed_cues import timed
from vidtag.subtitles.check.check_result import CheckResult
from vidtag.subtitles.check.judge import check_cues
from vidtag.subtitles.formats.tints import by_talk
from vidtag.subtitles.layout.cues import LaidOutCue, cues_of, lay_out
from vidtag.subtitles.shown_words import unlabelled, worded
from vidtag.timelines.build import DocumentTimelines
from vidtag.timelines.chapters import ffmetadata_text

_OPENING_COLUMNS = 60
"""Width of the title of the first chapter."""


@dataclass(frozen=True, slots=True)
class SocialView:
    """The subtitles of social clips.

    Attributes:
        cues: laid out for the shape of the social clips.
        video: the picture they stand in.
        style: settings they were laid out by.
    """

    cues: tuple[Cue, ...]
    video: VideoStream
    style: SubtitlesConfig


@dataclass(frozen=True, eq=False)
class Views:
    """Views of one document by one set of settings.

    Attributes:
        document: the document, its speakers called as the settings say; whatever is written names
            the video as it does.
        config: settings of everything that is shown.
        video: where the video can be read, if not where the document says.
        edited_cues: cues edited by hand, shown in place of those laid out here.
        choice: what somebody made of the highlights; None takes them as they are selected.
        path: where the document is, if it is a file: its video may have moved along with it.
        heard: the document before it was edited, if it was: names go to speakers in its order.
    """

    document: Document
    config: Config
    video: Path | None = None
    edited_cues: tuple[Cue, ...] | None = None
    choice: ClipChoice | None = None
    path: Path | None = None
    heard: Document | None = None

    def __post_init__(self) -> None:
        names = self.config.cast.names or self.document.names
        named = with_names(self.document, names, self.heard)
        if names and self.edited_cues is not None:
            cues = tuple(cues_with_names(self.edited_cues, self.heard or self.document, names))
            object.__setattr__(self, "edited_cues", cues)
        object.__setattr__(self, "document", named)

    @property
    def stem(self) -> str:
        """Name of the video without its suffix, which all file names begin with."""
        return result_stem(self.document.media.path)

    @cached_property
    def media(self) -> Media:
        """The video, as it is now.

        Raises:
            InputError: it is gone, or has changed since it was listened to.
        """
        return media_of(self.document, self.video, beside=self.path)

    @cached_property
    def shown(self) -> Document:
        """The document with the words that subtitles shall have."""
        return worded(self.document, self.config.subtitles)

    @cached_property
    def laid_out(self) -> tuple[LaidOutCue, ...]:
        """Cues that still know their words."""
        return lay_out(self.shown, self.config.subtitles)

    @cached_property
    def timed(self) -> tuple[LaidOutCue, ...]:
        """Subtitles that know when their words are said: as edited, else as laid out."""
        if self.edited_cues is not None:
            return timed(self.edited_cues, self.shown)
        return self.laid_out

    @cached_property
    def cues(self) -> tuple[Cue, ...]:
        """Subtitles: as edited, else as laid out."""
        if self.edited_cues is not None:
            return self.edited_cues
        return cues_of(self.laid_out)

    @cached_property
    def clean(self) -> Views:
        """The same with speech alone: no sounds, no tags."""
        bare = {"event_markers": False, "emotion_tags": False, "language_tags": False}
        style = self.config.subtitles.model_copy(update=bare)
        edited = None if self.edited_cues is None else tuple(unlabelled(self.edited_cues))
        config = self.config.model_copy(update={"subtitles": style})
        return replace(self, config=config, edited_cues=edited)

    @property
    def editions(self) -> tuple[Views, ...]:
        """What subtitle files are written of: this, and the clean one if the settings want it."""
        return (self, self.clean) if self.config.subtitles.clean else (self,)

    @cached_property
    def by_talk(self) -> tuple[str, ...]:
        """The speakers, whoever says most first."""
        return by_talk(self.cues)

    @cached_property
    def clips(self) -> tuple[Clip, ...]:
        """The highlights: in the order of time, or in that which somebody put them into."""
        return tuple(chosen.clip for chosen in self.chosen)

    @cached_property
    def chosen(self) -> tuple[ChosenClip, ...]:
        """The same with their names, and what somebody made of them."""
        worded = None if self.shown is self.document else self.shown.words
        selected = select_clips(self.document, self.config.highlights, worded)
        return (self.choice or ClipChoice({})).of(selected)

    def goes_into(self, clip: Clip) -> tuple[bool, bool]:
        """Whether a clip goes into the reel, and whether it becomes a social clip."""
        return (True, True) if self.choice is None else self.choice.goes_into(clip)

    @cached_property
    def check(self) -> CheckResult:
        """How the subtitles do by their profile."""
        return check_cues(
            self.cues,
            self.config.subtitles.profile,
            video=self.document.media.video,
            document=self.shown,
        )

    @cached_property
    def timelines(self) -> DocumentTimelines:
        """Timelines for editing programs; the first chapter has the words that are said first."""
        texts = (segment.text for segment in self.shown.segments if segment.text.strip())
        opening = shorten(next(texts, ""), _OPENING_COLUMNS) or "Start"
        by_applause = self.config.timelines.chapters == "applause"
        chapters = numbers(self.shown) if by_applause else None
        return DocumentTimelines.of(self.document, self.clips, opening, chapters)

    @cached_property
    def file_chapters(self) -> tuple[str | None, str]:
        """Chapters as FFmpeg puts them into a video, if the settings want them there; None and why
        not where nothing begins one.
        """
        if self.config.timelines.chapters is None:
            return None, ""
        made = self.timelines
        return ffmetadata_text(made.chapters, made.duration, made.opening)

    @cached_property
    def social(self) -> SocialView | None:
        """The subtitles of social clips; None where there is no picture to put them in."""
        video = self.document.media.video
        if video is None:
            return None
        aspect_ratio = self.config.highlights.social_shape
        width, height = social_size(*video.display_size, aspect_ratio)
        picture = replace(video, width=width, height=height, rotation=0)
        style = self.config.subtitles.model_copy(update={"profile": "social"})
        document = replace(self.shown, media=replace(self.document.media, video=picture))
        cues = cues_of(lay_out(document, style))
        return SocialView(cues, picture, style)
