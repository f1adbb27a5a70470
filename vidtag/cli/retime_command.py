"""``vidtag retime``: subtitles follow an edit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vidtag.cli.options import PROFILE, SettingsInput, with_settings
from vidtag.core.terminal import say

if TYPE_CHECKING:
    from fractions import Fraction

    from vidtag.retiming.edit_model import Edit


@with_settings(PROFILE)
def retime(
    subtitles: Annotated[
        Path, typer.Argument(help="Any subtitle file, or a .vidtag.json.", metavar="FILE")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The subtitle file to write.")],
    settings: SettingsInput,
    cut: Annotated[
        Path | None, typer.Option(help="The new cut: OTIO, FCPXML, Final Cut Pro 7 XML or EDL.")
    ] = None,
    video: Annotated[
        Path | None, typer.Option(help="The new cut as a video: found by its sound.")
    ] = None,
    old: Annotated[
        Path | None, typer.Option("--from", help="The video that the subtitles are of.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Name of that video in the cut, if it is not the file's.")
    ] = None,
    frame_rate: Annotated[
        str | None, typer.Option(metavar="RATE", help="Frames a second of an EDL.")
    ] = None,
) -> None:
    """Move subtitles to a new cut of their video, by its timeline or by its sound."""
    from vidtag.retiming.retime import retime as move
    from vidtag.subtitles.check.frame_rates import rate_of

    if (cut is None) == (video is None):
        raise typer.BadParameter("give either --cut TIMELINE, or --video NEW --from OLD")
    rate = None if frame_rate is None else rate_of(frame_rate)
    if video is not None:
        if old is None:
            raise typer.BadParameter("--video needs --from: the video that the subtitles are of")
        edit, source = _by_sound(video, old), old.name
    else:
        assert cut is not None
        edit = _by_timeline(cut, old, rate)
        source = source or (old.name if old else None)
    done = move(subtitles, edit, output, source=source, config=settings.load().subtitles)
    for note in done.notes:
        say(f"note: {note}", err=True)
    say(output)


def _by_timeline(cut: Path, old: Path | None, rate: Fraction | None) -> Edit:
    from vidtag.media.probe import probe
    from vidtag.retiming.cut_file import read_cut
    from vidtag.retiming.retime import source_start

    media = probe(old) if old else None
    if rate is None and media is not None and media.video is not None:
        rate = media.video.frame_rate
    return read_cut(cut, rate=rate, source_start=source_start(media))


def _by_sound(new: Path, old: Path) -> Edit:
    from vidtag.media.probe import probe
    from vidtag.retiming.by_sound import edit_by_sound

    return edit_by_sound(probe(new), probe(old))
