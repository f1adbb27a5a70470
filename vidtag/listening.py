"""LISTEN: everything in a video's sound becomes one document."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from vidtag.config import Config
from vidtag.events.scan import Asked, Curves, EventScanner
from vidtag.events.tagger import with_second_opinion
from vidtag.events.track import find_spans
from vidtag.media.audio import stream_audio
from vidtag.prefetch import prefetch
from vidtag.speech.moods import Moods
from vidtag.speech.recognise import SpeechStream
from vidtag.types import SAMPLE_RATE, Document, Media, Progress, Reporter, unreported

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from vidtag.speech.sensevoice import SenseVoice

BLOCKS_AHEAD = 2
"""Blocks of sound decoded while the model works on one; bounds memory."""


NO_SPEECH = "no speech was found; the subtitles are empty or show only events"
CLOCK_JUMPS = "the clock in the file jumps, as in joined recordings; times are as if it did not"


def listen(
    media: Media,
    config: Config,
    model: SenseVoice,
    *,
    blocks: Iterator[npt.NDArray[np.float32]] | None = None,
    report: Reporter = unreported,
) -> Document:
    """Hear everything in a video: speech with words, and sound events.

    The sound flows through in blocks, decoded ahead in a thread, so memory does not grow with the
    length of the video.

    Args:
        blocks: the sound, if it was decoded before: what ``stream_audio`` yields.
    """
    moods = Moods()
    speech = SpeechStream(model, config, moods)
    events = config.events.with_defaults(model.event_settings)
    scanner = EventScanner(with_second_opinion(model, events.tagger), events)
    total, heard, done = max(media.duration, 1e-3), 0.0, 0.0
    segments = []
    if blocks is None:
        blocks = stream_audio(media, track=config.audio.track, channel=config.audio.channel)
    # Events are looked for beside speech, so that cores have work while one of the two has none.
    with ThreadPoolExecutor(1, thread_name_prefix="vidtag-events") as beside:
        scanned: Future[Asked] = beside.submit(Asked)
        for block in prefetch(blocks, BLOCKS_AHEAD):
            heard += len(block) / SAMPLE_RATE
            moods.extend(*scanned.result())
            report(Progress("events", done, total))
            done = min(heard, total)
            report(Progress("decode", done, total))
            scanned = beside.submit(scanner.feed, block)
            segments += speech.feed(block)
            report(Progress("speech", done, total, f"{len(segments)} segments"))
        moods.extend(*scanned.result())
        curves = beside.submit(scanner.finish)
        segments += speech.finish()
        spans = find_spans(curves.result(), events)
    for stage in ("decode", "speech", "events"):
        report(Progress(stage, total, total))
    return Document(
        media=media,
        model=model.info,
        settings=config.listen_settings(),
        segments=tuple(segments),
        events=tuple(spans),
        notes=(
            *((CLOCK_JUMPS,) if media.clock_jumps else ()),
            *(() if segments else (NO_SPEECH,)),
            *model.notes,
        ),
    )


def listen_for_events(
    media: Media, config: Config, model: SenseVoice, *, report: Reporter = unreported
) -> Curves:
    """Only the event pass of ``listen``: the curves that its spans come from."""
    events = config.events.with_defaults(model.event_settings)
    scanner = EventScanner(with_second_opinion(model, events.tagger), events)
    total, heard = max(media.duration, 1e-3), 0.0
    sound = stream_audio(media, track=config.audio.track, channel=config.audio.channel)
    for block in prefetch(sound, BLOCKS_AHEAD):
        heard += len(block) / SAMPLE_RATE
        scanner.feed(block)
        report(Progress("events", min(heard, total), total))
    report(Progress("events", total, total))
    return scanner.finish()
