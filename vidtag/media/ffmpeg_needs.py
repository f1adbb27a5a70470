"""What vidtag asks of the ffmpeg program, in one table; pure.

Every job is tried as it is done: with the filters, their options and the encoders that it uses.
What an ffmpeg cannot do so, it will not do in earnest. The oldest that was found to do everything
is 4.4; 4.2 has neither ``tmedian`` nor ``scdet``, by which shots are found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SUPPORTED = "4.4 to 9.0"
"""The ffmpegs with which the tests pass (``tools/other_ffmpegs.py``)."""

_SCRIPT = """[Script Info]
ScriptType: v4.00+
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Alignment
Style: Default,Sans,8,&H00FFFFFF,5
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,a
"""

_PICTURE = "testsrc=size=64x48:rate=25:duration=0.2"
_SOUND = "sine=sample_rate=44100:duration=0.2"
_X264 = ("-c:v", "libx264", "-x264-params", "sync-lookahead=0:chromaloc=0", "-preset", "veryfast")


@dataclass(frozen=True, slots=True)
class Job:
    """A job of ffmpeg's.

    Attributes:
        name: what it does, as part of a sentence.
        picture, sound: the filters that a picture and a sound go through; empty where there is
            none.
        options: of the output.
    """

    name: str
    picture: str = ""
    sound: str = ""
    options: tuple[str, ...] = ()


JOBS = (
    Job(
        "find shots",
        picture="settb=AVTB,scale=64:36:flags=area,format=gbrp,tmedian=radius=2,"
        "scdet=threshold=100,metadata=mode=print:key=lavfi.scd.mafd:file=-",
        options=("-fps_mode", "passthrough"),
    ),
    Job(
        "cut exactly",
        picture="settb=expr=1/25,trim=start_pts=0:end_pts=4,setpts=PTS-(0),"
        "crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0,scale=out_color_matrix=bt709:out_range=tv,"
        "format=yuv420p",
        sound="atrim=start=0.000000:end=0.160000,asetpts=PTS-(0),aresample=48000:async=1:"
        "first_pts=0,apad=whole_len=7680,atrim=end_sample=7680",
        options=(
            *_X264,
            *("-fps_mode:v", "passthrough", "-enc_time_base:v", "1/25", "-profile:v", "high"),
            *("-force_key_frames:v", "0.25", "-forced-idr:v", "1"),
            *("-bsf:v", "setts=pts=PTS:dts=DTS:duration=DURATION+1*not(DURATION)", "-c:a", "aac"),
        ),
    ),
    Job(
        "make reels",
        picture="fps=fps=25/1:round=near:start_time=0,tpad=stop=2:stop_mode=clone,"
        "trim=end_frame=4:start_frame=1,setpts=PTS-STARTPTS,"
        "scale=32:24:out_color_matrix=bt709:out_range=tv,pad=64:48:(ow-iw)/2:(oh-ih)/2,setsar=1,"
        "format=yuv420p,setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:"
        "field_mode=prog:range=tv",
        options=(*_X264, "-r", "25/1", "-profile:v", "high", "-level:v", "4.0"),
    ),
    Job(
        "measure loudness",
        sound="ebur128=metadata=1:peak=true,ametadata=direct=1:file=-:key=lavfi.r128.I:mode=print",
    ),
    Job(
        "mix tracks",
        sound="asplit=outputs=2[one][two];[one][two]amix=inputs=2:normalize=0:dropout_transition=0,"
        "alimiter=level=0",
    ),
    Job(
        "show interlaced and HDR video on ordinary screens",
        picture="bwdif=mode=send_frame:parity=tff:deint=all,"
        "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt2020nc:range=tv,"
        "scale=in_color_matrix=bt2020,format=gbrp16le,lut3d=interp=tetrahedral,"
        "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,"
        "scale=32:24:flags=lanczos:eval=frame,pad=64:48:(ow-iw)/2:(oh-ih)/2:eval=frame,setsar=1",
        options=_X264,
    ),
    Job(
        "make social clips",
        picture="split[front][ground];[ground]scale=16:16:force_original_aspect_ratio=increase,"
        "crop=16:16,gblur=sigma=4,eq=brightness=-0.12,scale=32:32,setsar=1[blurred];"
        "[front]scale=32:32:flags=lanczos:force_divisible_by=2:"
        "force_original_aspect_ratio=decrease[shown];"
        "[blurred][shown]overlay=x=(W-w)/2:y=(H-h)/2:eof_action=repeat,format=yuv420p",
        options=(*_X264, "-enc_time_base", "1/12800", "-fps_mode:v", "passthrough"),
    ),
)
"""The jobs that are tried on a picture and a sound that ffmpeg makes."""

DRAWING = "subtitles"
"""The filter (libass's) that draws subtitles and titles. It is only asked for: to try it would take
seconds in which it looks through all fonts."""

TRACKS = ("mov_text", "ass", "webvtt")
"""Encoders of the subtitle tracks that are put into videos, with a script as their input."""


def trial(jobs: Sequence[Job]) -> list[str]:
    """Arguments of ffmpeg that try jobs, all in one run.

    They are spelled as today's ffmpeg has them (:mod:`vidtag.media.ffmpeg_spelling`).
    """
    inputs: list[str] = []
    graphs: list[str] = []
    outputs: list[str] = []
    for job in jobs:
        for filters, source, name in ((job.picture, _PICTURE, "p"), (job.sound, _SOUND, "s")):
            if filters:
                number = len(graphs)
                inputs += ["-f", "lavfi", "-i", source]
                graphs.append(f"[{number}:0]{filters}[{name}{number}]")
                outputs += ["-map", f"[{name}{number}]"]
        outputs += [*job.options, "-f", "null", "-"]
    return [*inputs, "-filter_complex", ";".join(graphs), *outputs]


def tracks_trial() -> tuple[list[str], bytes]:
    """Arguments of ffmpeg that try all subtitle tracks, and what it then reads from stdin."""
    outputs = [word for codec in TRACKS for word in ("-c:s", codec, "-f", "null", "-")]
    return ["-f", "ass", "-i", "pipe:0", *outputs], _SCRIPT.encode()
