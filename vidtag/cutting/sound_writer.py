"""Puts the audio tracks of a clip into its file: those that are copied, and those encoded."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.stream import Disposition

from vidtag.core.media_streams import AudioStream
from vidtag.cutting.cut_plan import CutPlan
from vidtag.cutting.sound_copy import CopiedSound
from vidtag.cutting.sound_encoding import track_tags
from vidtag.media.container import open_media, sound_stream
from vidtag.media.muxing import Track, copied_track, interleave_tracks


@dataclass(frozen=True, slots=True)
class ClipSound:
    """The audio tracks of a clip.

    Attributes:
        sounds: the source's tracks in the clip's order: the first is on, the others are off.
        copied: those that are copied, by the index of their streams.
        encoded: waits for the file that holds all others in that order, and returns it; None where
            there are no others.
    """

    sounds: tuple[AudioStream, ...]
    copied: Mapping[int, CopiedSound]
    encoded: Callable[[], Path] | None

    def tracks(self, out: OutputContainer, source: str, stack: contextlib.ExitStack) -> list[Track]:
        """Packets of all tracks, and the streams that were added for them.

        Args:
            out: the clip.
            source: path of the media file.
            stack: keeps open what is read, until all was written.
        """
        file, number = self.encoded() if self.encoded else None, 0
        rows: list[Track] = []
        for sound in self.sounds:
            copied = self.copied.get(sound.index)
            if copied is not None:
                own = stack.enter_context(open_media(source))
                track = out.add_stream_from_template(sound_stream(own, sound.index), opaque=True)
                track.time_base = Fraction(1, copied.rate)
                rows.append((copied.packets(own), track))
            else:
                assert file is not None
                own = stack.enter_context(open_media(file))
                row = copied_track(out, own, own.streams.audio[number])
                rows.append(row)
                track, number = row[1], number + 1
            track.metadata.update(track_tags(sound))
            track.disposition = Disposition(0) if len(rows) > 1 else Disposition.default
        return rows


def join_clip(
    rendered: Path | None, sound: ClipSound, plan: CutPlan, target: Path, title: str
) -> None:
    """Write a clip of an encoded picture and its audio tracks.

    Args:
        rendered: the file with the picture; None where there is none.
        sound: its tracks that are encoded lie in the same file.
        target: the file to write.

    Raises:
        av.FFmpegError: a track cannot be copied.
    """
    form = "ipod" if plan.picture is None else "mp4"
    with (
        contextlib.ExitStack() as stack,
        av.open(str(target), "w", format=form, options={"movflags": "+faststart"}) as out,
    ):
        if title:
            out.metadata["title"] = title
        rows: list[Track] = []
        if rendered is not None and plan.picture is not None:
            own = stack.enter_context(open_media(rendered))
            rows.append(copied_track(out, own, own.streams.video[0]))
        rows += sound.tracks(out, plan.media.path, stack)
        interleave_tracks(out, rows)
