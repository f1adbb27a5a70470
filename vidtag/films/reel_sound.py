"""Encodes the sound of a reel once, while its picture is planned and made."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from vidtag.cutting.cut import set_on_exit
from vidtag.files import scratch_folder
from vidtag.films.composition import Composition
from vidtag.films.film_sound import SOUND_RATE, encode_sound


@contextlib.contextmanager
def sound_beside_picture(composition: Composition) -> Iterator[Callable[[], Path | None]]:
    """Encode the sound of a reel in a thread, for as long as the block runs.

    Gives what waits for the file, an M4A, and raises :class:`ToolError` where ffmpeg failed; the
    file is None where there is no sound, or no picture that it could be encoded beside.
    """
    if composition.size is None or not composition.has_sound:
        yield lambda: None
        return
    length = round(composition.duration * SOUND_RATE)
    with scratch_folder() as scratch, ThreadPoolExecutor(1) as pool, set_on_exit() as left:
        file = scratch / "sound.m4a"
        encoding = pool.submit(encode_sound, composition.sound, length, file, stop=left.is_set)

        def wait() -> Path:
            encoding.result()
            return file

        yield wait
