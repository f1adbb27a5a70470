"""Long recordings for measuring, made in no time: the pocket model's held-out set (nine minutes of
synthetic speech in five languages, events, music, noise), repeated."""

from __future__ import annotations

from pathlib import Path

import ffmpeg

from vidtag.media.ffmpeg import run

HELD_OUT = Path(__file__).parent.parent / "tests" / "tools" / "pocket" / "heldout.opus"


def make(folder: Path, seconds: float) -> Path:
    """A file of AAC, 48 kHz stereo, of so many seconds."""
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
