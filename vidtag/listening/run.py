"""LISTEN: everything in a video's sound becomes one document."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from vidtag.core.records import (
    BLOCK_SECONDS,
    SAMPLE_RATE,
    Document,
    Media,
    OnProgress,
    Progress,
    ignore_progress,
)
from vidtag.core.settings import Config
from vidtag.listening.events.scan import Asked, Curves, EventScanner
from vidtag.listening.events.tagger import with_second_opinion
from vidtag.listening.events.track import find_spans
from vidtag.listening.prefetch import prefetch
from vidtag.listening.speech.moods import Moods
from vidtag.listening.speech.recognise import SpeechStream
from vidtag.media.audio import stream_audio

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from vidtag.listening.speech.sensevoice import SenseVoice

    Block = npt.NDArray[np.float32]

BLOCKS_AHEAD = 2
"""Blocks of sound decoded while the model works on one; bounds memory."""

EVENTS_AHEAD = 2
"""Blocks by which the look for events may be ahead of speech."""

NO_SPEECH = "no speech was found; the subtitles are empty or show only events"
CLOCK_JUMPS = "the clock in the file jumps, as in joined recordings; times are as if it did not"


def listen(
    media: Media,
    config: Config,
    model: SenseVoice,
    *,
    blocks: Iterator[Block] | None = None,
    on_progress: OnProgress = ignore_progress,
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
    total, heard = max(media.duration, 1e-3), 0.0
    segments = []
    if blocks is None:
        blocks = _sound(media, config)
    with ThreadPoolExecutor(1, thread_name_prefix="vidtag-events") as beside:
        for block, asked in _scanned(prefetch(blocks, BLOCKS_AHEAD), scanner, beside):
            heard += len(block) / SAMPLE_RATE
            done = min(heard, total)
            on_progress(Progress("decode", done, total))
            on_progress(Progress("events", done, total))
            moods.extend(*asked)
            segments += speech.feed(block)
            on_progress(Progress("speech", done, total, f"{len(segments)} segments"))
        curves = beside.submit(scanner.finish)
        segments += speech.finish()
        spans = find_spans(curves.result(), events)
    for stage in ("decode", "speech", "events"):
        on_progress(Progress(stage, total, total))
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


def _sound(media: Media, config: Config) -> Iterator[Block]:
    """The chosen sound of a video, in blocks."""
    chosen = config.audio
    return stream_audio(media, track=chosen.track, channel=chosen.channel, block=BLOCK_SECONDS)


def _scanned(
    blocks: Iterator[Block], scanner: EventScanner, beside: Executor
) -> Iterator[tuple[Block, Asked]]:
    """Blocks with what the look for events asked of the model at each.

    It goes on beside and ahead of whoever takes them, so that cores have work while one of the two
    has none.
    """
    ahead: deque[tuple[Block, Future[Asked]]] = deque()
    try:
        for block in blocks:
            ahead.append((block, beside.submit(scanner.feed, block)))
            if len(ahead) > EVENTS_AHEAD:
                earlier, asked = ahead.popleft()
                yield earlier, asked.result()
        while ahead:
            earlier, asked = ahead.popleft()
            yield earlier, asked.result()
    finally:
        for _, asked in ahead:
            asked.cancel()


def listen_for_events(
    media: Media,
    config: Config,
    model: SenseVoice,
    *,
    on_progress: OnProgress = ignore_progress,
) -> Curves:
    """Only the event pass of ``listen``: the curves that its spans come from."""
    events = config.events.with_defaults(model.event_settings)
    scanner = EventScanner(with_second_opinion(model, events.tagger), events)
    total, heard = max(media.duration, 1e-3), 0.0
    for block in prefetch(_sound(media, config), BLOCKS_AHEAD):
        heard += len(block) / SAMPLE_RATE
        scanner.feed(block)
        on_progress(Progress("events", min(heard, total), total))
    on_progress(Progress("events", total, total))
    return scanner.finish()
