"""Runs the ffmpeg program: the door for all that is decoded, filtered or encoded by it.

Graphs are built with ffmpeg-python or given as argument lists. ffmpeg always runs without a
terminal on stdin. Its inputs may open nothing but local files and pipes, no name of a file can be
taken for an option, a protocol or a pattern, and what it prints becomes the error.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, TypeAlias

import ffmpeg

from vidtag.files import PARTIAL_PREFIX
from vidtag.media.child_process import Input, Limits, running
from vidtag.media.ffmpeg_errors import failure, has_failed
from vidtag.media.ffmpeg_program import find_ffmpeg, longest_idle
from vidtag.media.ffmpeg_spelling import spelled_for

Arguments: TypeAlias = "ffmpeg.nodes.Stream | Sequence[str]"
"""An ffmpeg-python output (or merged outputs), or an argument list without the program."""

ENCODER_THREADS = 4
"""Threads of every encoder, however many cores there are: x264 searches less far with more, and so
makes other bytes.
"""

X265_THREADS = "frame-threads=2"
"""The same for x265, of the frames that it works on at once; the rows of each are free."""

REPEATABLE: dict[str, str] = {
    "c:v": "libx264", "threads:v": str(ENCODER_THREADS), "x264-params": "sync-lookahead=0",
}  # fmt: skip
"""Options with which ffmpeg makes the same bytes of the same frames. Where x264 looks ahead in a
thread of its own, one encode in thirty to a hundred differs; without, it is as fast on two cores.
"""

PROTOCOLS = "file,pipe"
"""What inputs may open: never the network."""

FORMATS = (
    "3dostr aa aac aax ac3 aiff amr ape apng asf asf_o ast au av1 avi avs2 avs3 bink "
    "caf dirac dnxhd dsf dss dts dtshd dv eac3 ea evc f4v flac flic flv gif gsm gxf h261 h263 h264 "
    "hevc iamf iff ilbc ircam ivf ivr kux lc3 live_flv loas m4v matroska mjpeg mlp mov mp3 mp4 mpc "
    "mpc8 mpeg mpegts mpegvideo mtv mxf nistsphere nsv nut nuv obu ogg oma paf pmp pva qcp qoa r3d "
    "rm roq rpl sbc shn siff smk sol sox swf tak thp truehd tta ty vc1 vivo voc vqf vvc w64 wav "
    "wc3 webm wsd wtv wv xa xmv xwma yuv4mpegpipe"
).replace(" ", ",")
"""Containers that are read (FFmpeg's demuxer names). Left out on purpose: what names other files
or addresses (playlists, concat scripts, DASH, SDP), runs scripts, or turns any text into pictures.
"""

_PIPE_BYTES = 1 << 16


def file_url(path: str | Path) -> str:
    """``path`` as a URL that ffmpeg cannot misread, whatever characters are in the name."""
    return f"file:{Path(path).absolute()}"


def input_file(path: str | Path, **options: object) -> ffmpeg.nodes.FilterableStream:
    """An ffmpeg-python input node for a media file; ``options`` as in ``ffmpeg.input``."""
    return ffmpeg.input(file_url(path), **options)


def run(
    arguments: Arguments,
    *,
    stdin: Input | None = None,
    timeout: float | None = None,
    path: str | Path | None = None,
    on_seconds: Callable[[float], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> bytes:
    """Run ffmpeg to its end and give what it wrote to ``pipe:1`` (empty if it wrote to a file).

    Args:
        arguments: files in them are named by :func:`file_url`. An existing file is written over
            only when its name is a partial one (:func:`vidtag.files.replacing`).
        stdin: what ``pipe:0`` reads; an iterable is read on as ffmpeg takes it.
        timeout: seconds after which ffmpeg is killed.
        path: the file that an error names; by default the first input.
        on_seconds: called now and then with the seconds of output written so far. Not to be used
            together with output to ``pipe:1``.
        stop: called twice a second; true ends the work without an error.

    Raises:
        ToolError: ffmpeg is missing, failed, hung, or took longer than ``timeout``.
    """
    extra = () if on_seconds is None else ("-progress", "pipe:1")
    command = _command(arguments, extra)
    # While ffmpeg waits for sound or pictures of ours, it may be idle for long.
    idle = longest_idle() if stdin is None or isinstance(stdin, bytes) else None
    with _output(command, stdin, Limits(timeout, idle, stop), path) as output:
        if on_seconds is None:
            return b"".join(iter(lambda: output.read(_PIPE_BYTES), b""))
        for line in output:
            # FFmpeg's out_time_us is in microseconds, or N/A before the first frame.
            if (match := re.match(rb"out_time_us=(\d+)", line)) is not None:
                on_seconds(int(match[1]) / 1e6)
        return b""


@contextlib.contextmanager
def stream(
    arguments: Arguments,
    *,
    path: str | Path | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[IO[bytes]]:
    """Run ffmpeg and read its ``pipe:1`` while it works; arguments and errors as for :func:`run`.

    Use as ``with stream(...) as output: output.read(n)``. If the output was read to its end,
    leaving the block raises when ffmpeg failed; if not, ffmpeg is stopped without an error.

    Args:
        stop: called twice a second, also while nothing comes; true ends the output without an
            error.
    """
    command = _command(arguments)
    with _output(command, None, Limits(idle=longest_idle(), stop=stop), path) as output:
        yield output


def _command(arguments: Arguments, extra: Sequence[str] = ()) -> list[str]:
    found = find_ffmpeg()
    return spelled_for(command_line(arguments, found.path, extra), found.libavcodec)


def command_line(arguments: Arguments, program: str, extra: Sequence[str] = ()) -> list[str]:
    """The full command for ``arguments``, with the inputs kept to local files; pure.

    Raises:
        ValueError: a bug in the caller: an input or output that is neither ``file:`` nor
            ``pipe:``, or ``-y``/``-n``, which are decided here.
    """
    words = list(arguments) if isinstance(arguments, (list, tuple)) else _compile(arguments)
    if "-y" in words or "-n" in words:
        raise ValueError("whether to overwrite is decided by the name of the output")
    if not words or not words[-1].startswith(("file:", "pipe:", "-")):
        raise ValueError(f"not a file: or pipe: output: {words[-1:]}")
    command: list[str] = []
    outputs: list[str] = []
    options: list[str] = []  # of the next input
    is_input = False
    for word, following in itertools.zip_longest(words, words[1:], fillvalue=""):
        if word == "-i":
            command += _input_limits(following, options)
            options = []
        elif is_input:
            options = []
        else:
            options.append(word)
            if word.startswith("file:"):
                outputs.append(word)
        is_input = word == "-i"
        command.append(word)
    partial = all(Path(url).name.startswith(PARTIAL_PREFIX) for url in outputs)
    start = [program, "-nostdin", "-hide_banner", "-nostats", "-loglevel", "error"]
    return [*start, "-y" if partial else "-n", *extra, *command]


def _input_limits(url: str, options: Sequence[str]) -> list[str]:
    """What keeps an input to local files and to containers that hold media."""
    if not (url.startswith(("file:", "pipe:")) or "lavfi" in options):
        raise ValueError(f"not a file: or pipe: input: {url}")
    # The caller may force a format (lavfi, rawvideo, concat); a file may not choose any.
    formats = [] if "-f" in options else ["-format_whitelist", FORMATS]
    return ["-protocol_whitelist", PROTOCOLS, *formats]


def _compile(output: Any) -> list[str]:
    return [str(argument) for argument in ffmpeg.get_args(output)]


@contextlib.contextmanager
def _output(
    command: Sequence[str], stdin: Input | None, limits: Limits, path: str | Path | None
) -> Iterator[IO[bytes]]:
    """Start ffmpeg, give its stdout, and raise at the end if it failed."""
    # FFREPORT would make ffmpeg write a log file.
    environment = {name: value for name, value in os.environ.items() if name != "FFREPORT"}
    environment["AV_LOG_FORCE_NOCOLOR"] = "1"
    # A static ffmpeg crashes where it loads the system's own tables of characters, as it does for
    # the name of every transport stream. Without any, such a name stays as it is written.
    environment["GCONV_PATH"] = os.devnull
    with running(command, stdin=stdin, environment=environment, limits=limits) as child:
        yield child.output
    if child.end is not None and has_failed(child.end):
        raise failure(command, child.end, path)
