"""The settings that only decide what is shown: changing one never means listening again."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from vidtag.core.clock import from_file_clock
from vidtag.core.names import (
    AspectRatio,
    ChapterStart,
    ChineseScript,
    CropPlaceName,
    CutMode,
    EncoderName,
    Framing,
    MarkerLanguage,
    PageLanguage,
    SpeechColours,
    SubtitleFormat,
    TextEncoding,
    TimelineFormat,
)
from vidtag.core.records import Emotion, EventKind
from vidtag.core.settings.house_style import HouseStyle
from vidtag.core.settings.section import PathText, Probability, Seconds, Section, Weight

KNOWN_POINTS = ("decision", "dispute", "idea", "action")
"""Points for which vidtag has rules in every language of the model."""

TURN, EXCHANGE = "turn", "exchange"
"""Labels of highlights that are somebody speaking at length, and two in quick turn."""


class SubtitlesConfig(Section):
    """What subtitles look like."""

    formats: tuple[SubtitleFormat, ...] = Field(("srt", "ass"), description="files to write")
    profile: HouseStyle = Field(
        "netflix",
        description="house style: netflix, netflix-subtitles, bbc, youtube, social, a YAML file of "
        "your own, or its figures",
    )
    event_markers: bool = Field(True, description="show events such as [laughter]")
    marker_language: MarkerLanguage = Field(
        "speech", description="language that markers are written in; speech: that of the passage"
    )
    marker_detail: Literal["kind", "finer"] = Field(
        "kind",
        description="finer tells how many laugh, [laughs] or [audience laughs], and what the sound "
        "tagger is sure of: [cheering], [baby crying], [singing], [sad music]",
    )
    marker_wording: dict[EventKind, str] = Field(
        default_factory=dict,
        description="your own markers, such as {Laughter: (they laugh)}; an empty one hides it",
    )
    language_tags: bool = Field(
        False, description="put the language before speech where it changes: [中文]"
    )
    emotion_tags: bool = Field(
        False, description="put the emotion before speech where it changes: [happily]"
    )
    emotion_probability: Probability = Field(
        0.7, description="an emotion is shown only from this probability on"
    )
    colours: SpeechColours = Field(
        "speakers",
        description="what the colours of speech tell: speakers (white, yellow, cyan, green), "
        "emotions, none",
    )
    speaker_names: Literal["off", "no-picture", "always"] = Field(
        "off",
        description="put who speaks before speech where that changes: [Ana]; no-picture does it "
        "only where there is no picture to show who talks",
    )
    snap_before: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description="a subtitle that would appear up to so many seconds before a shot change "
        "appears on it, later than the speech; editions of the guides differ, 0.3 is common",
    )
    crlf: bool = Field(False, description="end the lines of SRT files as Windows does")
    bom: bool = Field(
        False, description="begin SRT files with a byte order mark, as old Windows programs want"
    )
    encoding: TextEncoding = Field(
        "utf-8",
        description="of SRT files, for old programs: utf-16, gb18030 (Chinese), big5hkscs "
        "(traditional Chinese), cp932 (Japanese), cp949 (Korean), cp1252 (Western Europe)",
    )
    programme_start: str = Field(
        "00:00:00:00",
        pattern=r"^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d[:;][0-2]\d$",
        description="timecode of the video's first frame in EBU-STL and SCC; broadcasters mostly "
        "want 10:00:00:00",
    )
    clean: bool = Field(
        False,
        description="write each file twice: NAME.sdh.srt with sounds, for the deaf and hard of "
        "hearing, and NAME.srt with speech alone",
    )
    name_language: str = Field(
        "off",
        pattern=r"^(?:off|auto|[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)$",
        description="put the language into names of files, as Plex, Jellyfin and YouTube want it, "
        "and sdh after it where sounds are shown: NAME.en.sdh.srt; auto, or a tag such as zh-Hant",
    )
    replace: dict[str, str] = Field(
        default_factory=dict,
        description="words or phrases to show as others, such as names by their spelling: "
        "{vid tag: vidtag}; case and the signs around them do not matter",
    )
    chinese: ChineseScript = Field(
        "as-heard",
        description="show Chinese in simplified or traditional characters; Cantonese too",
    )
    drop_fillers: bool = Field(False, description="leave out um, uh, 嗯, えっと and their like")


class HighlightsConfig(Section):
    """Which moments become clips, and how they are cut."""

    enabled: bool = Field(True, description="cut highlight clips")
    kinds: dict[EventKind, Weight] = Field(
        default_factory=lambda: {EventKind.LAUGHTER: 1.0, EventKind.APPLAUSE: 1.0},
        description="kinds of event that make a highlight, each with its weight",
    )
    emotions: dict[Emotion, Weight] = Field(
        default_factory=dict,
        description="emotions that make a highlight, each with its weight: {ANGRY: 1.0}",
    )
    emotion_probability: Probability = Field(
        0.7, description="an emotion counts only from this probability on"
    )
    points: dict[str, Weight] = Field(
        default_factory=dict,
        description="points made in speech that make a highlight, each with its weight: "
        "decision, dispute, idea, action (a task that is taken on or given), or a name of your own "
        "that phrases has",
    )
    phrases: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="more phrases that tell a point, whatever the language: {decision: [ship it]}",
    )
    speakers: tuple[str, ...] = Field(
        (),
        description="only what these people say, and events after it: [Ana]; in an exchange they "
        "all take part. Speakers have to be told apart",
    )
    turns: Weight | None = Field(
        None,
        description="weight of somebody speaking at length, 8 seconds or more; null does not count",
    )
    exchanges: Weight | None = Field(
        None,
        description="weight of two people speaking in quick turn, four times or more; null does "
        "not count",
    )
    setup: Seconds = Field(
        12.0, description="at most so many seconds before the event, for what led to it"
    )
    tail: Seconds = Field(0.6, description="seconds kept after the event")
    merge_gap: Seconds = Field(2.5, description="reactions closer than this share one clip")
    min_duration: Seconds = Field(2.0, description="shorter clips are lengthened")
    max_duration: float = Field(60.0, gt=0, description="no clip is longer than this")
    min_score: Probability = Field(0.0, description="clips with a lower score are dropped")
    top: int | None = Field(None, ge=1, description="keep only the best so many; null keeps all")
    total_duration: float | None = Field(
        None, gt=0, description="keep the best clips up to so many seconds; null keeps all"
    )
    mode: CutMode = Field(
        CutMode.SMART,
        description="smart copies what it can and encodes the edges; exact encodes all of a clip; "
        "copy encodes nothing, and begins at the keyframe before",
    )
    encoder: EncoderName = Field(
        "software",
        description="what encodes the picture of exact clips, social clips and reels: software "
        "makes the same bytes everywhere; nvenc, videotoolbox, qsv, vaapi are hardware, auto the "
        "first of it that works; where none does, software takes over",
    )
    strip_metadata: bool = Field(
        False, description="leave the camera and the place off the clips, which the video names"
    )
    canned: Literal["keep", "leave-out"] = Field(
        "keep",
        description="laughs and applause that are one recording played several times: leave-out "
        "makes no highlights of them",
    )
    reel: bool = Field(True, description="also join the clips into one reel")
    reel_order: Literal["time", "score"] = Field(
        "time", description="clips of the reel as they come, or the best first"
    )
    reel_titles: bool = Field(False, description="show the title of each clip on a card before it")
    reel_from: Literal["clips", "social"] = Field(
        "clips", description="social makes the reel of the versions for phones"
    )
    social: bool = Field(
        False, description="also write each clip for phones, with its subtitles in the picture"
    )
    loudness: float | None = Field(
        -16.0,
        ge=-40,
        le=-5,
        description="LUFS to which the clips of the reel and social clips are brought; null leaves "
        "them as they are",
    )
    social_shape: AspectRatio = Field(
        AspectRatio.VERTICAL, description="9:16, 1:1, or the shape of the video"
    )
    social_fit: Framing = Field(
        Framing.CROP,
        description="crop follows who speaks, or takes the part of the picture that draws the eye; "
        "blur shows all of it before a blurred background",
    )
    social_crop: CropPlaceName | Probability | None = Field(
        None,
        description="where the crop stays: left, centre, right, or a number from 0 (left or top) "
        "to 1; null follows who speaks",
    )
    social_crops: dict[str, CropPlaceName | Probability] = Field(
        default_factory=dict,
        description="the same for single clips, each named by a moment in it as its file is: "
        "{1m02s: left}",
    )

    @field_validator("social_crops")
    @classmethod
    def _moments_are_as_in_file_names(cls, crops: dict[str, object]) -> dict[str, object]:
        for moment in crops:
            if from_file_clock(moment) is None:
                raise ValueError(f"{moment!r} is no moment: write it as 1m02s or 1h01m02s")
        return crops

    @model_validator(mode="after")
    def _reel_has_what_it_is_made_of(self) -> Self:
        if self.reel_from == "social" and not self.social:
            raise ValueError("reel_from: social needs social: true")
        return self

    @model_validator(mode="after")
    def _shortest_is_not_above_longest(self) -> Self:
        if self.min_duration > self.max_duration:
            raise ValueError(
                f"min_duration ({self.min_duration:g}) must not be above max_duration "
                f"({self.max_duration:g})"
            )
        return self

    @model_validator(mode="after")
    def _points_are_known(self) -> Self:
        taken = {kind.label for kind in EventKind} | {e.label for e in Emotion}
        for name in self.points:
            if name in taken | {TURN, EXCHANGE}:
                raise ValueError(f"points: {name!r} is an event or an emotion, or has a setting")
            if name not in KNOWN_POINTS and not self.phrases.get(name):
                raise ValueError(
                    f"points: {name!r} is not known; list its phrases under phrases, or choose "
                    f"of {', '.join(KNOWN_POINTS)}"
                )
        if any(not phrase.strip() for phrases in self.phrases.values() for phrase in phrases):
            raise ValueError("phrases: one is empty")
        return self

    @property
    def weights(self) -> dict[str, float]:
        """Weight of everything that makes a highlight, by its label."""
        return {
            **{kind.label: weight for kind, weight in self.kinds.items()},
            **{emotion.label: weight for emotion, weight in self.emotions.items()},
            **self.points,
            **({TURN: self.turns} if self.turns else {}),
            **({EXCHANGE: self.exchanges} if self.exchanges else {}),
        }


class ReportConfig(Section):
    """The page that shows everything at once."""

    enabled: bool = Field(True, description="write NAME.report.html")
    language: PageLanguage = Field("en", description="language of the report itself")
    minutes: bool = Field(
        False,
        description="also write NAME.minutes.md: the points of highlights.points, who made them "
        "and when, and who spoke how much",
    )


class TimelinesConfig(Section):
    """Timelines for editing programs: the whole source with markers, and the highlights cut."""

    formats: tuple[TimelineFormat, ...] = Field(
        (),
        description="otio, fcp7 (Premiere, Resolve), fcpxml (Final Cut), edl, kdenlive, capcut, "
        "jianying, losslesscut, audacity, chapters (YouTube), chapters-vtt (players), "
        "chapters-ffmetadata (FFmpeg)",
    )
    chapters: ChapterStart | None = Field(
        None,
        description="what begins a chapter: a highlight, or what follows the applause that ends a "
        "number, a talk or an act; null means highlights in lists, and vidtag mux then writes none",
    )


class OutputConfig(Section):
    """Where results go."""

    folder: PathText | None = Field(
        None, description="relative to this file; null is NAME.vidtag/ in the current folder"
    )
    overwrite: bool = Field(False, description="write even over subtitles edited by hand")
    relisten: bool = Field(
        False, description="listen again even if a document with the same settings is there"
    )
