"""Finds what to ask about a video, or goes on where a user stopped."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from vidtag.core.errors import UserError
from vidtag.core.media_streams import Media
from vidtag.core.names import QUESTIONS
from vidtag.core.records import EventKind
from vidtag.core.settings import EventsConfig, ListenerConfig
from vidtag.listening.events.doubt import candidates, most_doubtful
from vidtag.listening.events.labelled import (
    Answers,
    Asked,
    LabelledVideo,
    Labelling,
    check_same,
    read_answers,
)
from vidtag.listening.events.scan import Curves
from vidtag.listening.events.tuning import untuned


def labelling(
    path: Path,
    media: Media,
    config: EventsConfig,
    listeners: tuple[ListenerConfig, ListenerConfig | None],
    hear: Callable[[], Curves],
    *,
    count: int = QUESTIONS,
    kinds: Collection[EventKind] = tuple(EventKind),
) -> Labelling:
    """Questions about a video, with the answers there are.

    Args:
        path: file of the answers; made if it is not there.
        config: settings that act, without tuning.
        listeners: the model and the tagger.
        hear: gives the curves; only called where not enough is asked about yet.
        count: how many questions there shall be.
        kinds: those to ask about.

    Raises:
        UserError: answers are there about what others heard; or nothing was heard.
        ConfigError: the file is damaged.
        OutputError: it cannot be written.
    """
    model, tagger = listeners
    answers = Answers(model, tagger, untuned(config))
    if path.exists():
        before = read_answers(path)
        check_same(before, answers, path)
        answers = before
    one = Labelling(path, answers, media.fingerprint)
    video = answers.video(media.fingerprint)
    known = () if video is None else video.asked
    if video is None or (len(known) < min(count, video.candidates)):
        every = [span for span in candidates(hear(), config) if span.kind in kinds]
        if not every:
            named = ", ".join(kind.value for kind in EventKind if kind in kinds)
            raise UserError(
                f"nothing was heard that may be {named}, so there is nothing to ask",
                path=media.path,
            )
        fresh = [span for span in every if span not in {row.span for row in known}]
        more = most_doubtful(fresh, config, max(0, count - len(known)))
        asked = (*known, *(Asked(span) for span in more))
        video = LabelledVideo(Path(media.path).name, media.fingerprint, len(every), asked)
        one.save(answers.with_video(video))
    return one
