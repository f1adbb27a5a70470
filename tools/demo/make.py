"""Make the demo video and the truth about it.

::

    python -m tools.demo.make            # writes samples/demo.mp4 and samples/demo.truth.json

The same tools always make the same files. It needs the speech synthesisers that
``tools/pocket`` names and the fonts DejaVu and Noto CJK.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from tools.demo import mux, rundown, sound, stage
from tools.demo.sound import Track
from tools.pocket.sounds import HELDOUT
from tools.pocket.sounds import RATE as VOICE_RATE

_START = Fraction(str(rundown.AUDIO_START))
_ROUND = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("samples"))
    parser.add_argument(
        "--still", type=int, action="append", default=[], metavar="FRAME",
        help="write only this picture, as PNG",
    )  # fmt: skip
    arguments = parser.parse_args()
    rundown.check()
    track = sound.perform()
    scene = make_scene(track)
    if arguments.still:
        _stills(scene, arguments.still, arguments.folder)
        return
    video = arguments.folder / "demo.mp4"
    audio = sound.widen(track.stereo(), mux.AUDIO_RATE)
    mux.write(video, _told(stage.Stage(scene).frames(), scene.frames), rundown.RATE, audio, _START)
    truth = make_truth(track, scene, video)
    text = json.dumps(truth, ensure_ascii=False, indent=1)
    video.with_suffix(".truth.json").write_text(text + "\n", encoding="utf-8")
    print(f"\n{video}: {video.stat().st_size / 1e6:.1f} MB, {truth['duration']:.2f} s")


def make_scene(track: Track) -> stage.Scene:
    """What the pictures show, from what is heard."""
    rate = rundown.RATE
    frames = math.ceil((rundown.AUDIO_START + track.seconds) * rate)
    actors = [p for p in rundown.PEOPLE if p.actor]
    moods = [["NEUTRAL"] * frames for _ in actors]
    tongues = [[p.actor.language] * frames for p in actors if p.actor]
    keys = [p.key for p in actors]
    kinds = np.full(frames, len(stage.KINDS) - 1, np.int8)
    for line in track.lines:
        first, last = _frame(line.start), _frame(line.end)
        kinds[first:last] = stage.KINDS.index("speech")
        if line.person.key in keys:
            row = keys.index(line.person.key)
            calm = last + rate // 2
            moods[row][first:calm] = [line.item.delivery.emotion] * len(moods[row][first:calm])
            tongues[row][first:] = [line.item.lang] * len(tongues[row][first:])
    for heard in track.sounds:
        span = slice(_frame(heard.start), _frame(heard.end))
        if heard.item.kind == "BGM":
            quiet = kinds[span] == len(stage.KINDS) - 1
            kinds[span] = np.where(quiet, stage.KINDS.index("BGM"), kinds[span])
        else:
            kinds[span] = stage.KINDS.index(heard.item.kind)
    return stage.Scene(
        rate=rate,
        title=rundown.TITLE,
        actors=tuple(p.actor for p in actors if p.actor),
        chapters=tuple(
            stage.Chapter(0 if i == 0 else _frame(at), caption.title, caption.lang)
            for i, (at, caption) in enumerate(track.captions)
        ),
        voices=tuple(_levels(track.voice(p.key), frames) for p in actors),
        moods=tuple(map(tuple, moods)),
        tongues=tuple(map(tuple, tongues)),
        sounds={
            kind: _levels(track.sound(kind), frames)
            for kind in sorted({s.item.kind for s in track.sounds})
        },
        bars=_levels(track.stereo().mean(axis=0), frames),
        bar_kinds=kinds,
    )


def make_truth(track: Track, scene: stage.Scene, video: Path) -> dict[str, Any]:
    """What is heard when, on the container's clock, and how the file is built."""
    with av.open(str(video)) as container:
        picture, audio = container.streams.video[0], container.streams.audio[0]
        starts = {s.type: float((s.start_time or 0) * (s.time_base or 0)) for s in (picture, audio)}
        duration = (container.duration or 0) / av.time_base
        size = picture.width, picture.height
    return {
        "made_by": "python -m tools.demo.make",
        "clock": "seconds from the container's zero, which is the first frame",
        "video": video.name,
        "sha256": hashlib.sha256(video.read_bytes()).hexdigest(),
        "duration": round(duration, _ROUND),
        "picture": {
            "width": size[0], "height": size[1], "rate": scene.rate, "frames": scene.frames,
            "start": starts["video"],
        },
        "audio": {
            "start": round(starts["audio"], 6),
            "first_sample": rundown.AUDIO_START,
            "note": "start is the stream's; the codec's 1024 priming samples lie before the first",
        },
        "chapters": [
            {"start": c.frame / scene.rate, "title": c.title, "language": c.language}
            for c in scene.chapters
        ],
        "segments": [_segment(line) for line in track.lines],
        "events": [_event(track, heard) for heard in track.sounds],
    }  # fmt: skip


def _segment(line: sound.Line) -> dict[str, Any]:
    said = line.spoken.sentence
    words = None
    if line.words:
        words = [
            {"text": shown, "plain": plain, "start": _clock(start), "end": _clock(end)}
            for shown, plain, (start, end) in zip(said.shown, said.words, line.words, strict=True)
        ]
    return {
        "start": _clock(line.start),
        "end": _clock(line.end),
        "speaker": line.person.key,
        "voice": f"{line.person.voice.family} {line.person.voice.name}",
        "language": line.item.lang,
        "emotion": line.spoken.emotion,
        "text": said.text,
        "plain": said.plain,
        "words": words,
    }


def _event(track: Track, heard: sound.Heard) -> dict[str, Any]:
    """An event; ``setup`` is the start of the sentence that led to a reaction."""
    before = [line.start for line in track.lines if line.start < heard.start]
    reaction = heard.item.kind in ("Laughter", "Applause")
    return {
        "kind": heard.item.kind,
        "start": _clock(heard.start),
        "end": _clock(heard.end),
        "setup": _clock(before[-1]) if reaction and before else None,
        "over_speech": any(
            line.start < heard.end and heard.start < line.end for line in track.lines
        ),
        "method": heard.item.method,
        "heldout": heard.item.method in {m.__name__ for m in HELDOUT.get(heard.item.kind, ())},
    }


def _clock(seconds: float) -> float:
    return round(rundown.AUDIO_START + seconds, _ROUND)


def _frame(seconds: float) -> int:
    return round((rundown.AUDIO_START + seconds) * rundown.RATE)


def _levels(audio: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """Loudness of each frame, from 0 to 1, as the ear would grade it."""
    per = VOICE_RATE // rundown.RATE
    shift = np.zeros(round(rundown.AUDIO_START * VOICE_RATE), np.float32)
    whole = np.concatenate([shift, audio, np.zeros(frames * per, np.float32)])[: frames * per]
    loud = np.sqrt((whole.reshape(frames, per) ** 2).mean(axis=1))
    return np.asarray(np.clip((loud / 0.22) ** 0.6, 0, 1), np.float32)


def _told(pictures: Iterator[NDArray[np.uint8]], frames: int) -> Iterator[NDArray[np.uint8]]:
    for number, picture in enumerate(pictures):
        if number % 100 == 0:
            print(f"\rframe {number} of {frames}", end="", flush=True)
        yield picture


def _stills(scene: stage.Scene, numbers: list[int], folder: Path) -> None:
    from PIL import Image

    drawn = stage.Stage(scene)
    for number in numbers:
        Image.fromarray(drawn.frame(number)).save(folder / f"frame-{number:05d}.png")


if __name__ == "__main__":
    main()
