"""The one door to the ffmpeg program: finds it, says what it can do, and runs it.

Graphs are built with ffmpeg-python (or given as argument lists) and run here, always without a
terminal on stdin, with inputs that may open nothing but local files and pipes, with paths that no
name can turn into an option, a protocol or a pattern, and with everything ffmpeg complained about
kept for the error. The child is gone when a function of this module is left, however it is left.
"""

from __future__ import annotations

import collections
import contextlib
import ctypes
import fcntl
import functools
import itertools
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from vidtag.core.errors import ToolError, UserError, of_the_machine
from vidtag.files import PARTIAL_PREFIX

if TYPE_CHECKING:
    import ffmpeg

Arguments: TypeAlias = "ffmpeg.nodes.Stream | Sequence[str]"
"""An ffmpeg-python output (or merged outputs), or an argument list without the program."""

ENVIRONMENT_VARIABLE = "VIDTAG_FFMPEG"
"""Names the ffmpeg program to use, ahead of any other."""

PATIENCE_VARIABLE = "VIDTAG_FFMPEG_PATIENCE"
"""Seconds for which ffmpeg may do nothing at all before it is stopped; by default ``PATIENCE``."""

PATIENCE = 120.0
"""Long enough for a disk that has to wake up or a share that has to come back."""

REPEATABLE = {"c:v": "libx264", "x264-params": "sync-lookahead=0"}
"""Options with which ffmpeg makes the same bytes of the same frames. Where x264 looks ahead in a
thread of its own, one encode in thirty to a hundred differs; without, it is as fast on two cores.
"""

NEEDED_ENCODERS = ("libx264", "aac")
NEEDED_FILTERS = ("subtitles",)

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

_INSTALL_REMEDY = (
    f"install ffmpeg (with libx264 and libass), or 'pip install imageio-ffmpeg', "
    f"or set {ENVIRONMENT_VARIABLE} to its path"
)
_PIPE_BYTES = 1 << 16
_STDERR_LINES = 40

_CAUSES: tuple[tuple[str, str], ...] = (
    ("moov atom not found", "the file was cut off before its index (moov atom not found)"),
    ("No space left on device", "the disk is full"),
    ("Permission denied", "permission denied"),
    ("No such file or directory", "no such file"),
    ("not on whitelist", "it refers to other files or to the network, which is not allowed"),
    ("Unknown encoder", "this ffmpeg lacks an encoder"),
    ("No such filter", "this ffmpeg lacks a filter"),
    ("matches no streams", "it has no such stream"),
    ("does not contain any stream", "nothing was left to write"),
    ("already exists", "the output already exists"),
    ("Cannot allocate memory", "out of memory"),
    ("Error while decoding", "part of the file cannot be decoded"),
    ("Invalid data found when processing input", "it is damaged, or not a media file"),
)
"""What ffmpeg prints, and what it means; the first that occurs explains the failure."""

_NOISE = re.compile(
    r"^(\[[^\]]*\] )?(Conversion failed!|Error opening (input|output)( files?)?\b.*|"
    r"\s*Last message repeated.*)$"
)
_ADDRESS = re.compile(r"^\[[^\]]* @ 0x[0-9a-f]+\] ")


@dataclass(frozen=True, slots=True)
class Ffmpeg:
    """An ffmpeg program and what it can do.

    Attributes:
        path: absolute path of the program.
        version: as it reports it, such as ``7.1.1`` or ``n9.0.2``.
        encoders, filters: names of what was built into it.
    """

    path: str
    version: str
    encoders: frozenset[str] = field(repr=False)
    filters: frozenset[str] = field(repr=False)

    @property
    def lacks(self) -> tuple[str, ...]:
        """What vidtag needs and this program does not have; empty when all is there."""
        encoders = [f"encoder {name}" for name in NEEDED_ENCODERS if name not in self.encoders]
        filters = [f"filter {name}" for name in NEEDED_FILTERS if name not in self.filters]
        return (*encoders, *filters)


def find_ffmpeg() -> Ffmpeg:
    """The ffmpeg to use; looked for once per process and environment.

    ``VIDTAG_FFMPEG`` if it is set; else the one on ``PATH`` if it can do what is needed; else the
    one bundled with imageio-ffmpeg; else the one on ``PATH`` in spite of what it lacks.

    Raises:
        ToolError: there is none, or the one asked for does not run.
    """
    return _find(os.environ.get(ENVIRONMENT_VARIABLE), os.environ.get("PATH"))


@functools.cache
def _find(chosen: str | None, search: str | None) -> Ffmpeg:
    if chosen:
        program = shutil.which(chosen, path=search)
        if program is None:
            raise ToolError(
                f"{ENVIRONMENT_VARIABLE} names no program that can be run",
                path=chosen,
                remedy=f"point {ENVIRONMENT_VARIABLE} at an ffmpeg, or unset it",
            )
        return _inspect(program)
    found: list[Ffmpeg] = []
    failures: list[ToolError] = []
    for program in _candidates(search):
        try:
            found.append(_inspect(program))
        except ToolError as error:
            failures.append(error)
            continue
        if not found[-1].lacks:
            return found[-1]
    if found:
        return found[0]
    if failures:
        raise failures[0]
    raise ToolError("ffmpeg was not found", remedy=_INSTALL_REMEDY)


def _candidates(search: str | None) -> Iterator[str]:
    installed = shutil.which("ffmpeg", path=search)
    if installed is not None:
        yield installed
    with contextlib.suppress(ImportError, RuntimeError):
        import imageio_ffmpeg

        yield str(imageio_ffmpeg.get_ffmpeg_exe())


def _inspect(program: str) -> Ffmpeg:
    path = str(Path(program).absolute())
    version = re.match(r"ffmpeg version (\S+)", _ask(path, "-version"))
    return Ffmpeg(
        path=path,
        version=version[1] if version else "unknown",
        encoders=_second_column(_ask(path, "-hide_banner", "-encoders")),
        filters=_second_column(_ask(path, "-hide_banner", "-filters")),
    )


def _ask(*command: str) -> str:
    try:
        answer = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError) as error:
        if (short_of := of_the_machine(error)) is not None:
            raise short_of from error
        raise ToolError(
            "this ffmpeg does not run", command=command, path=command[0], remedy=_INSTALL_REMEDY
        ) from error
    return answer.stdout.decode("utf-8", "replace")


def _second_column(listing: str) -> frozenset[str]:
    """Names in the tables ffmpeg prints: flags, name, description; legend lines hold an ``=``."""
    rows = (line.split() for line in listing.splitlines() if line.startswith(" "))
    return frozenset(row[1] for row in rows if len(row) > 1 and row[1] != "=")


def file_url(path: str | Path) -> str:
    """``path`` as ffmpeg cannot misread it, whatever is in the name."""
    return f"file:{Path(path).absolute()}"


def input_file(path: str | Path, **options: object) -> ffmpeg.nodes.FilterableStream:
    """An ffmpeg-python input node for a media file; ``options`` as in ``ffmpeg.input``."""
    import ffmpeg

    return ffmpeg.input(file_url(path), **options)


def run(
    arguments: Arguments,
    *,
    stdin: bytes | Iterable[bytes] | None = None,
    timeout: float | None = None,
    path: str | Path | None = None,
    on_progress: Callable[[float], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> bytes:
    """Run ffmpeg to its end and give what it wrote to ``pipe:1`` (empty if it wrote to a file).

    Args:
        arguments: an ffmpeg-python output (or merged outputs), or an argument list without the
            program. Files are named through :func:`file_url`. An existing file is written over
            only when its name is a partial one (:func:`vidtag.files.replacing`).
        stdin: what ``pipe:0`` reads; an iterable is fed as ffmpeg takes it.
        timeout: seconds after which ffmpeg is killed.
        path: the file that an error shall name; by default the first input.
        on_progress: called now and then with the seconds of output written so far. Not to be
            used together with output to ``pipe:1``.
        stop: asked now and then; true ends the work, without complaint.

    Raises:
        ToolError: ffmpeg is missing, failed, or took longer than ``timeout``.
    """
    extra = () if on_progress is None else ("-progress", "pipe:1")
    with _running(arguments, extra, stdin=stdin, timeout=timeout, path=path, stop=stop) as output:
        if on_progress is None:
            return b"".join(iter(lambda: output.read(_PIPE_BYTES), b""))
        for line in output:
            # FFmpeg's out_time_us is in microseconds, or N/A before the first frame.
            if (match := re.match(rb"out_time_us=(\d+)", line)) is not None:
                on_progress(int(match[1]) / 1e6)
        return b""


@contextlib.contextmanager
def stream(
    arguments: Arguments,
    *,
    stdin: bytes | Iterable[bytes] | None = None,
    timeout: float | None = None,
    path: str | Path | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[IO[bytes]]:
    """Run ffmpeg and read its ``pipe:1`` while it works; arguments and errors as for :func:`run`.

    Use as ``with stream(...) as output: output.read(n)``. If the output was read to its end,
    leaving the block raises when ffmpeg failed; if not, ffmpeg is stopped without complaint.

    Args:
        stop: asked now and then, also while nothing comes; true ends the output there, without
            complaint.
    """
    with _running(arguments, (), stdin=stdin, timeout=timeout, path=path, stop=stop) as output:
        yield output


def command_line(arguments: Arguments, program: str, extra: Sequence[str] = ()) -> list[str]:
    """The full command for ``arguments``; pure.

    Raises:
        ValueError: a bug in the caller: an input or output that is neither ``file:`` nor
            ``pipe:``, or ``-y``/``-n``, which are decided here.
    """
    given: list[str]
    given = list(arguments) if isinstance(arguments, (list, tuple)) else _compile(arguments)
    if "-y" in given or "-n" in given:
        raise ValueError("whether to overwrite is decided by the name of the output")
    command: list[str] = []
    outputs: list[str] = []
    first = 0
    for position, argument in enumerate(given):
        before = given[position - 1] if position else ""
        if argument == "-i":
            options, first = given[first:position], position + 2
            url = given[position + 1]
            # A forced format (lavfi, rawvideo, concat) is the caller's own; what a file says about
            # itself is not.
            formats = [] if "-f" in options else ["-format_whitelist", FORMATS]
            if not (url.startswith(("file:", "pipe:")) or "lavfi" in options):
                raise ValueError(f"not a file: or pipe: input: {url}")
            command += ["-protocol_whitelist", PROTOCOLS, *formats]
        elif argument.startswith("file:") and before != "-i":
            outputs.append(argument)
        command.append(argument)
    if not given or not given[-1].startswith(("file:", "pipe:", "-")):
        raise ValueError(f"not a file: or pipe: output: {given[-1:]}")
    partial = all(Path(url).name.startswith(PARTIAL_PREFIX) for url in outputs)
    start = [program, "-nostdin", "-hide_banner", "-nostats", "-loglevel", "error"]
    return [*start, "-y" if partial else "-n", *extra, *command]


def _compile(output: Any) -> list[str]:
    import ffmpeg

    return [str(argument) for argument in ffmpeg.get_args(output)]


@contextlib.contextmanager
def _running(
    arguments: Arguments,
    extra: Sequence[str],
    *,
    stdin: bytes | Iterable[bytes] | None,
    timeout: float | None,
    path: str | Path | None,
    stop: Callable[[], bool],
) -> Iterator[IO[bytes]]:
    """Start ffmpeg, give its stdout, and see it to its end; see :func:`stream`."""
    command = command_line(arguments, find_ffmpeg().path, extra)
    # While ffmpeg waits for sound or pictures of ours, it is no wonder that it does nothing.
    patience = _patience() if stdin is None or isinstance(stdin, bytes) else None
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(os.environ),
        # Ctrl-C reaches this process only, which then stops the child: one order of events.
        start_new_session=True,
        preexec_fn=_DIE_WITH_PARENT,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    complaints: collections.deque[str] = collections.deque(maxlen=_STDERR_LINES)
    feeding: list[BaseException] = []
    guard = _Guard(process, timeout, patience, stop)
    threads = [threading.Thread(target=_drain, args=(process.stderr, complaints), daemon=True)]
    if stdin is not None:
        threads.append(threading.Thread(target=_feed, args=(process, stdin, feeding), daemon=True))
    threads.append(guard)
    try:
        for thread in threads:
            thread.start()
        yield process.stdout
        if process.stdout.read(1):
            return
        code = process.wait()
    finally:
        guard.done.set()
        _kill_family(process)
        process.wait()
        for thread in threads:
            thread.join()
        process.stdout.close()
    if feeding:
        raise feeding[0]
    if guard.stopped:
        return
    # FFmpeg ends well when it leaves an existing file alone.
    if code != 0 or any(line.endswith("already exists. Exiting.") for line in complaints):
        raise _failure(command, complaints, guard.reason, path)


def _environment(outer: Mapping[str, str]) -> dict[str, str]:
    """The child's environment: ours, without what would make ffmpeg write reports or colours."""
    kept = {name: value for name, value in outer.items() if name != "FFREPORT"}
    return {**kept, "AV_LOG_FORCE_NOCOLOR": "1"}


class _Guard(threading.Thread):
    """Kills a child that takes too long, that hangs, or that is no longer wanted.

    A child hangs when neither it nor a child of its own uses any processor time, and nothing that
    it wrote waits to be read.

    Attributes:
        done: to be set when the child is seen to.
        reason: why it was killed; None if it was not, or if it was ``stopped``.
    """

    _EVERY = 0.5
    """Seconds between two looks."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        timeout: float | None,
        patience: float | None,
        stop: Callable[[], bool],
    ) -> None:
        super().__init__(name="vidtag-ffmpeg-guard", daemon=True)
        self.done = threading.Event()
        self.reason: str | None = None
        self.stopped = False
        self._process, self._stop = process, stop
        self._timeout, self._patience = timeout, patience

    def run(self) -> None:
        # Looks are counted, not time: a machine that slept, or a run that was held, is no hang.
        passed = idle = 0.0
        used = -1.0
        while True:
            left = self._EVERY if self._timeout is None else self._timeout - passed
            step = max(0.0, min(self._EVERY, left))
            if self.done.wait(step):
                return
            passed += step
            if self._stop():
                self.stopped = True
            elif self._timeout is not None and passed >= self._timeout:
                self.reason = f"ffmpeg was stopped after {self._timeout:g} seconds"
            elif self._patience is not None:
                before, used = used, _processor_seconds(self._process.pid)
                idle = idle + step if used == before and not self._unread() else 0.0
                if idle >= self._patience:
                    self.reason = f"ffmpeg hung: it did nothing for {self._patience:g} seconds"
            if self.stopped or self.reason:
                _kill_family(self._process)
                return

    def _unread(self) -> bool:
        """Whether something waits to be read, so that the child may wait for its reader."""
        assert self._process.stdout is not None
        try:
            answer = fcntl.ioctl(self._process.stdout.fileno(), termios.FIONREAD, b"\0" * 4)
        except (OSError, ValueError):  # closed meanwhile
            return True
        return bool(struct.unpack("i", answer)[0])


def _kill_family(process: subprocess.Popen[bytes]) -> None:
    """Kill a child that leads a session of its own, with what it may have started itself."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _processor_seconds(number: int) -> float:
    """Processor time that a process and its children have used; they differ after any work."""
    import psutil

    total = 0.0
    with contextlib.suppress(psutil.Error):
        child = psutil.Process(number)
        for process in (child, *child.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                total += times.user + times.system
    return total


def _patience() -> float:
    text = os.environ.get(PATIENCE_VARIABLE)
    if not text:
        return PATIENCE
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise UserError(
            f"{PATIENCE_VARIABLE} is {text!r}, not a number of seconds",
            remedy="set it to a number above 0, or unset it",
        )
    return seconds


def _ties_to_parent() -> Callable[[], None] | None:
    """What a child does first, so that it dies with the process that started it; Linux only.

    Otherwise an ffmpeg whose parent was killed goes on writing, for hours perhaps. The kernel takes
    the *thread* that started the child for its parent (PR_SET_PDEATHSIG in prctl(2)), so that the
    end of a pool's thread would kill it. Here that thread stays in ``_running`` until the child is
    gone, so it outlives it: a stream must be left by the thread that entered it.
    """
    if sys.platform != "linux":
        return None
    control = ctypes.CDLL(None, use_errno=True).prctl  # looked up here: the child only calls it
    number = int(signal.SIGKILL)
    return lambda: control(_PR_SET_PDEATHSIG, number, 0, 0, 0) and None


_PR_SET_PDEATHSIG = 1
_DIE_WITH_PARENT = _ties_to_parent()


def _drain(pipe: IO[bytes], lines: collections.deque[str]) -> None:
    with pipe:
        for line in pipe:
            lines.append(line.decode("utf-8", "replace").rstrip())


def _feed(
    process: subprocess.Popen[bytes],
    data: bytes | Iterable[bytes],
    feeding: list[BaseException],
) -> None:
    """Write ``data`` to the child; an exception of the iterable is kept and ends the child."""
    assert process.stdin is not None
    try:
        # A child that needs no more closes its end: its exit status tells whether that was right.
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            for chunk in (data,) if isinstance(data, bytes) else data:
                pipe.write(chunk)
    except BaseException as error:
        feeding.append(error)
        process.kill()


def _failure(
    command: Sequence[str],
    complaints: Iterable[str],
    reason: str | None,
    path: str | Path | None,
) -> ToolError:
    lines = [line for line in complaints if line]
    if path is None:
        path = next(
            (
                b.removeprefix("file:")
                for a, b in itertools.pairwise(command)
                if a == "-i" and b.startswith("file:")
            ),
            None,
        )
    cause = reason or f"ffmpeg failed: {explain(lines)}"
    return ToolError(
        cause,
        command=tuple(command),
        stderr="\n".join(lines),
        path=path,
        remedy=_remedy(cause),
    )


def _remedy(cause: str) -> str | None:
    if "ffmpeg lacks" in cause:
        return f"'vidtag doctor' tells what is missing; {_INSTALL_REMEDY}"
    if "hung" in cause:
        return f"see that the disk answers; {PATIENCE_VARIABLE} sets how long ffmpeg may be idle"
    return None


def explain(lines: Sequence[str]) -> str:
    """A human cause for what ffmpeg printed; pure."""
    text = "\n".join(lines)
    telling = [line for line in lines if not _NOISE.match(line)] or lines
    for sign, cause in _CAUSES:
        if sign in text:
            return cause
    return _ADDRESS.sub("", telling[-1]) if telling else "it said nothing about why"
