"""Long recordings for measuring, made in no time: the pocket model's held-out set (nine minutes of
synthetic speech in five languages, events, music, noise), repeated."""

from __future__ import annotations

from pathlib import Path

import ffmpeg

from vidtag.media.ffmpeg import run

HELD_OUT = Path(__file__).parent.parent / "tests" / "tools" / "pocket" / "heldout.opus"


KINDS = ("speech", "speech-then-silence", "silence", "music")
SPOKEN = 30.0
"""Seconds of speech before the silence."""

_MUSIC = "+".join(
    f"0.1*sin(2*PI*{hertz}*t)*(1+sin({beat}*t))"
    for hertz, beat in ((220, 3), (277, 5), (330, 2), (440, 7))
)


def make(folder: Path, seconds: float, kind: str = "speech") -> Path:
    """A file of 48 kHz of so many seconds: the held-out set over and over; or its beginning and
    then silence; or only silence, or only music.
    """
    if kind == "speech":
        return _speech(folder, seconds)
    whole = folder / f"{kind}-{seconds:.0f}.flac"
    if not whole.is_file():
        source = {
            "speech-then-silence": lambda: ffmpeg.input(
                f"file:{_speech(folder, SPOKEN)}"
            ).audio.filter("apad"),
            "silence": lambda: ffmpeg.input("anullsrc=r=48000:cl=mono", f="lavfi"),
            "music": lambda: ffmpeg.input(f"aevalsrc={_MUSIC}:s=48000", f="lavfi"),
        }[kind]()
        partial = folder / f".vidtag-partial-{whole.name}"
        run(ffmpeg.output(source, f"file:{partial}", t=seconds, ac=1))
        partial.rename(whole)
    return whole


def _speech(folder: Path, seconds: float) -> Path:
    piece = folder / "piece.m4a"
    if not piece.is_file():
        held_out = ffmpeg.input(f"file:{HELD_OUT}")
        run(ffmpeg.output(held_out, f"file:{piece}", ar=48_000, ac=2, acodec="aac"))
    whole = folder / f"{seconds:.0f}.m4a"
    if not whole.is_file():
        source = ffmpeg.input(f"file:{piece}", stream_loop=int(seconds // 500))
        partial = folder / f".vidtag-partial-{seconds:.0f}.m4a"
        run(ffmpeg.output(source, f"file:{partial}", c="copy", t=seconds))
        partial.rename(whole)
    return whole
