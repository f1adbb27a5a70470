"""LISTEN: everything in a video's sound, and the shots of its picture, become one document.

Samples enter here in chunks. Each chunk goes to the event pass first, which gives the answered
windows as records (``WindowBatch``), then with these to the speech pass, which gives segments. The
event pass and the detector of speech run in a thread each, up to ``CHUNKS_SCANNED_AHEAD`` chunks
ahead of recognition, so that cores have work while one of them has none. Memory does not grow with
the length of the video.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from vidtag.core.given_transcript import Transcript
from vidtag.core.media_streams import Media
from vidtag.core.names import AUTO, POCKET
from vidtag.core.records import (
    Document,
    OnProgress,
    Progress,
    ignore_progress,
)
from vidtag.core.settings import Config, ListenerConfig, ModelConfig
from vidtag.listening.channel_speakers import (
    channel_turns,
    interleaved,
    silent_channels,
    united,
)
from vidtag.listening.ear import Ear, Heard
from vidtag.listening.events.scan import Curves, EventScanner
from vidtag.listening.events.tagger import make_tagger
from vidtag.listening.events.tuning import check_tuned
from vidtag.listening.identity import LISTENING_VERSION, resolve
from vidtag.listening.models.digests import transcript_digest, witness_digests
from vidtag.listening.models.tagger_files import default_tagger
from vidtag.listening.models.yamnet import FETCH
from vidtag.listening.picture import PictureResult, searching_picture
from vidtag.listening.prefetch import prefetch
from vidtag.listening.speakers.attribution import attribute, numbered_by_words
from vidtag.listening.speakers.finder import same_voice_notes
from vidtag.listening.speech.given_speech import GivenSpeech
from vidtag.listening.speech.given_text import place_text
from vidtag.listening.speech.recognise import SpeechStream
from vidtag.listening.speech.sensevoice import SenseVoice
from vidtag.listening.stop import Stop, never_stop
from vidtag.media.channels import own_sounds, stream_heard
from vidtag.media.fingerprint import check_unchanged
from vidtag.media.samples import SAMPLE_RATE, Samples
from vidtag.media.tracks import nothing_heard_note

CHUNKS_DECODED_AHEAD = 2
"""Chunks of sound decoded while the model works on one; bounds memory."""

NO_SPEECH = "no speech was found; the subtitles are empty or show only events"
NO_TAGGER = (
    "events were found without the sound tagger, which tells laughter and applause from what "
    f"sounds like them; fetch it: {FETCH}"
)
CLOCK_JUMPS = "the clock in the file jumps, as in joined recordings; times are as if it did not"


@dataclass(frozen=True, slots=True)
class DecodedMedia:
    """What another process took out of a media file: its sound, and what was in its picture.

    Attributes:
        chunks: what ``stream_heard`` yields.
        notes: what it noted.
    """

    chunks: Iterator[Samples]
    picture: PictureResult = field(default_factory=PictureResult)
    notes: tuple[str, ...] = ()


@functools.lru_cache(maxsize=1)
def load_model(settings: ModelConfig) -> SenseVoice:
    """A loaded model, kept for the next call with the same settings."""
    return SenseVoice.load(settings)


def listen(
    media: Media,
    config: Config,
    model: SenseVoice,
    *,
    decoded: DecodedMedia | None = None,
    transcript: Transcript | None = None,
    on_progress: OnProgress = ignore_progress,
    stop: Stop = never_stop,
) -> Document:
    """Hear everything in a media file: speech with words, and sound events; and find its shots.

    Args:
        decoded: the sound and the shots, if they were taken out of the file before; the file is
            then not opened.
        transcript: where the words are from; speech is recognised only if it has no times.
        stop: asked before every batch that goes through the model.

    Raises:
        InputError: the file was changed or removed meanwhile.
        VidtagError: it could not be decoded, or not be listened to.
    """
    asked, config = config, acting(config, media, model)
    parts = own_sounds(media, config)
    speech = [_speech(model, config, transcript, stop) for _ in parts or (media,)]
    # Before listening: a file that is replaced meanwhile is not what listened.
    digests = {**model.digests, **witness_digests(config), **transcript_digest(transcript)}
    earlier_notes = len(model.notes)  # a model outlives a video; only this one's are its own
    sound_notes: list[str] = []
    if decoded is not None:
        sound_notes += decoded.notes
        heard = _hear(media, config, model, speech, decoded.chunks, on_progress, stop)
        picture = decoded.picture
    else:
        with searching_picture(media, config.video, on_progress=on_progress, stop=stop) as found:
            chunks = stream_heard(media, config, on_note=sound_notes.append)
            heard = _hear(media, config, model, speech, chunks, on_progress, stop)
            picture = found()
        check_unchanged(media)
    segments, turns = heard.segments, heard.turns
    if transcript is not None and transcript.source.times == "none":
        segments = tuple(place_text(transcript, segments))
    speaker_notes: tuple[str, ...] = ()
    if config.speakers.by == "voices":
        segments, turns = numbered_by_words(attribute(segments, turns, speech[0].openings), turns)
        shown = {a.speaker: b.speaker for a, b in zip(heard.turns, turns, strict=True)}
        speaker_notes = same_voice_notes(heard.same_voices, shown, config.speakers.bounds[0])
    silent = ""
    if media.audio and config.speakers.by != "tracks":
        silent = nothing_heard_note(media, config.audio.track)
    return Document(
        media=media,
        model=model.info,
        settings=config.listen_settings(),
        segments=segments,
        events=heard.events,
        turns=turns,
        notes=(
            *((CLOCK_JUMPS,) if media.clock_jumps else ()),
            *sound_notes,
            *(transcript.notes if transcript is not None else ()),
            *(() if segments else (NO_SPEECH,)),
            *((silent,) if silent and not segments and not heard.events else ()),
            *lacking(asked, config),
            *heard.notes,
            *speaker_notes,
            *dict.fromkeys(model.notes[earlier_notes:]),
            *picture.notes,
        ),
        shots=picture.shots,
        digests=digests,
        listening_version=LISTENING_VERSION,
        words_from=None if transcript is None else transcript.source,
    )


def acting(config: Config, media: Media, model: SenseVoice) -> Config:
    """The settings that act when this model listens to this file on this machine.

    Raises:
        ConfigError: events were tuned with another model or tagger.
    """
    if config.events.tuned is not None:
        check_tuned(config.events.tuned, {**model.digests, **witness_digests(config)})
    return resolve(config, media, replace(model.facts, tagger=default_tagger(config)))


def listeners(config: Config, model: SenseVoice) -> tuple[ListenerConfig, ListenerConfig | None]:
    """The model and the tagger whose word counts, as files of answers name them."""
    own = ListenerConfig(name=Path(model.info.name).name, digest=model.digests["model.weights"])
    tagger = config.events.tagger.chosen(default_tagger(config)).model
    digest = witness_digests(config).get("tagger.model")
    if tagger is None or digest is None:
        return own, None
    return own, ListenerConfig(name=Path(tagger).name, digest=digest)


def listen_for_events(
    media: Media,
    config: Config,
    model: SenseVoice,
    *,
    on_progress: OnProgress = ignore_progress,
    on_note: Callable[[str], None] | None = None,
    stop: Stop = never_stop,
) -> Curves:
    """Only the event pass of ``listen``: the curves that its spans come from.

    Args:
        on_note: see ``stream_heard``.
    """
    events = acting(config, media, model).events
    scanner = EventScanner(model, events, make_tagger(events.tagger), stop=stop)
    total, done = max(media.duration, 1e-3), 0.0
    on_progress(Progress("events", 0, total))
    alone = config.with_values({"speakers.count": "off"})
    for chunk in prefetch(stream_heard(media, alone, on_note=on_note), CHUNKS_DECODED_AHEAD):
        done += len(chunk) / SAMPLE_RATE
        scanner.feed(chunk)
        on_progress(Progress("events", min(done, total), total))
    on_progress(Progress("events", total, total))
    return scanner.finish()


def lacking(asked: Config, acted: Config) -> tuple[str, ...]:
    """What is to be said where a real model finds events alone only because no tagger is on this
    machine.

    Args:
        asked: settings as they were given.
        acted: with nothing left open; see ``acting``.
    """
    left_open = asked.events.tagger.model == AUTO and not acted.events.tagger.acts
    lacks = left_open and asked.model.name != POCKET and bool(acted.events.wanted)
    return (NO_TAGGER,) if lacks else ()


def _hear(
    media: Media,
    config: Config,
    model: SenseVoice,
    speech: Sequence[SpeechStream | GivenSpeech],
    chunks: Iterator[Samples],
    on_progress: OnProgress,
    stop: Stop,
) -> Heard:
    """What is in sound that comes in chunks, one part of each for everything in ``speech``;
    ``config`` has nothing left open.
    """
    total, seconds = max(media.duration, 1e-3), 0.0
    prefetched = prefetch(chunks, CHUNKS_DECODED_AHEAD)
    with (
        ThreadPoolExecutor(1, thread_name_prefix="vidtag-events") as beside,
        ThreadPoolExecutor(1, thread_name_prefix="vidtag-vad") as detecting,
        contextlib.closing(prefetched),
        contextlib.ExitStack() as ending,
    ):
        tagger = make_tagger(config.events.tagger)
        ears = [Ear(model, config, one, tagger, beside, detecting, stop) for one in speech]
        for ear in ears:
            ending.callback(ear.close)
        for chunk in prefetched:
            for ear, own in zip(ears, np.split(chunk, len(ears)), strict=True):
                ear.feed(own)
            seconds += len(chunk) / len(ears) / SAMPLE_RATE
            on_progress(Progress("decode", min(seconds, total), total))
            on_progress(Progress("events", min(seconds, total), total))
            found = sum(len(ear.segments) for ear in ears)
            spoken = min(ears[0].seconds, total)
            on_progress(Progress("speech", spoken, total, f"{found} segments"))
        heard = [ear.finish() for ear in ears]
    for stage in ("decode", "speech", "events"):
        on_progress(Progress(stage, total, total))
    if not config.speakers.apart:
        return heard[0]
    channels = [one.segments for one in heard]
    return Heard(
        interleaved(channels),
        united([one.events for one in heard]),
        channel_turns(channels),
        silent_channels(channels, [part.name for part in own_sounds(media, config)]),
    )


def _speech(
    model: SenseVoice, config: Config, transcript: Transcript | None, stop: Stop
) -> SpeechStream | GivenSpeech:
    """What makes segments: of the sound, or of a transcript's words."""
    if transcript is None or transcript.source.times == "none":
        return SpeechStream(model, config, expects_windows=True, stop=stop)
    return GivenSpeech(model, config, transcript, stop=stop)
