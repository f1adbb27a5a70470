"""The door to ffmpeg: how it is called, and what is left when it fails."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import ffmpeg
import numpy as np
import pytest

from vidtag.core.errors import ToolError
from vidtag.files import PARTIAL_PREFIX, replacing
from vidtag.media.ffmpeg import (
    FORMATS,
    command_line,
    file_url,
    input_file,
    run,
    stream,
)

TONE = ["-f", "lavfi", "-i", "sine=d=2"]
ENDLESS = ["-f", "lavfi", "-i", "anullsrc", "-f", "s16le", "pipe:1"]


def children() -> set[str]:
    """Ids of this process's children that run FFmpeg: a test before may have started others."""
    ids = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return {id_ for id_ in ids if "ffmpeg" in Path(f"/proc/{id_}/comm").read_text()}


def test_every_input_is_kept_to_local_files_and_known_formats() -> None:
    command = command_line(
        ["-ss", "1", "-i", "file:/a.mp4", "-f", "lavfi", "-i", "sine", "-c", "copy", "file:/b.mp4"],
        "ffmpeg",
    )
    assert command[:2] == ["ffmpeg", "-nostdin"]
    assert command.count("-protocol_whitelist") == 2
    assert command[command.index("file:/a.mp4") - 3 :][:2] == ["-format_whitelist", FORMATS]
    assert command.count("-format_whitelist") == 1
    assert "-n" in command
    assert "-y" not in command


def test_only_partial_files_are_written_over() -> None:
    partial = f"file:/x/{PARTIAL_PREFIX}1.mp4"
    assert "-y" in command_line([*TONE, partial], "ffmpeg")
    assert "-n" in command_line([*TONE, partial, "file:/x/other.mp4"], "ffmpeg")


@pytest.mark.parametrize(
    "arguments",
    [["-i", "http://x/y.mp4", "pipe:1"], ["-i", "y.mp4", "pipe:1"], [*TONE, "out.mp4"],
     [*TONE, "-y", "pipe:1"], []],
)  # fmt: skip
def test_a_url_without_a_scheme_and_an_overwrite_option_are_bugs(arguments: list[str]) -> None:
    with pytest.raises(ValueError, match=r"file:|overwrite"):
        command_line(arguments, "ffmpeg")


@pytest.mark.parametrize("name", ["-y", "a 'b\" %d.wav", "http:x.wav", "笑\n.wav", "a,b;[c].wav"])
def test_graphs_of_files_with_odd_names(name: str, tmp_path: Path) -> None:
    source = tmp_path / (name if name.endswith("wav") else f"{name}.wav")
    with replacing(source) as partial:
        assert run([*TONE, file_url(partial)]) == b""
    sound = input_file(source).audio.filter("volume", 0.5)
    data = run(ffmpeg.output(sound, "pipe:1", format="s16le", ac=1, ar=16_000))
    assert len(np.frombuffer(data, "<i2")) == 32_000


def test_an_existing_file_stays(tmp_path: Path) -> None:
    there = tmp_path / "there.wav"
    there.write_text("precious")
    with pytest.raises(ToolError, match="already exists"):
        run([*TONE, file_url(there)])
    assert there.read_text() == "precious"


def test_failure_names_file_cause_and_command(tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08free")
    with pytest.raises(ToolError, match="moov atom not found") as caught:
        run(["-i", file_url(bad), "-f", "null", "-"])
    error = caught.value
    assert error.path == str(bad)
    assert file_url(bad) in error.command
    assert "moov" in error.stderr
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    with pytest.raises(ToolError, match="no such file"):
        run(["-i", file_url(tmp_path / "none"), "-f", "null", "-"])
    with pytest.raises(ToolError, match="lacks an encoder"):
        run([*TONE, "-c:a", "nothing", "-f", "null", "-"])


def test_playlists_are_not_followed(tmp_path: Path) -> None:
    inner = tmp_path / "inner.ts"
    run([*TONE, "-c:a", "mp2", file_url(inner)])
    outer = tmp_path / "outer.m3u8"
    outer.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\ninner.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(ToolError, match="not allowed"):
        run(["-i", file_url(outer), "-f", "null", "-"])


def test_stdin_in_pieces_and_at_once() -> None:
    graph = ["-f", "s16le", "-ar", "8000", "-ac", "1", "-i", "pipe:0", "-f", "s16le", "pipe:1"]
    data = np.random.default_rng(0).integers(-999, 999, 400_000).astype("<i2").tobytes()
    assert run(graph, stdin=data) == data
    assert run(graph, stdin=(data[i : i + 999] for i in range(0, len(data), 999))) == data


def test_an_error_of_the_iterable_stdin_is_raised() -> None:
    def feed() -> object:
        yield bytes(1000)
        raise KeyError("feeder")

    with pytest.raises(KeyError, match="feeder"):
        run(["-f", "s16le", "-i", "pipe:0", "-f", "null", "-"], stdin=feed())  # type: ignore[arg-type]
    assert not children()


def test_progress() -> None:
    seen: list[float] = []
    run([*TONE, "-f", "null", "-"], on_seconds=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(2, abs=0.1)


def test_timeout_kills() -> None:
    begin = time.monotonic()
    with pytest.raises(ToolError, match=r"stopped after 0\.4 seconds"):
        run(["-re", *ENDLESS[:4], "-f", "null", "-"], timeout=0.4)
    assert time.monotonic() - begin < 10
    assert not children()


def test_leaving_a_stream_early_stops_it_without_complaint() -> None:
    with stream(ENDLESS) as output:
        assert output.read(4000) == bytes(4000)
        assert children()
    assert not children()
    with pytest.raises(KeyboardInterrupt), stream(ENDLESS) as output:
        output.read(10)
        raise KeyboardInterrupt
    assert not children()


def test_failure_shows_at_the_end_of_a_stream(tmp_path: Path) -> None:
    with (
        pytest.raises(ToolError),
        stream(["-i", file_url(tmp_path / "none"), "-f", "s16le", "pipe:1"]) as output,
    ):
        assert output.read() == b""


def test_interrupt_leaves_no_child(tmp_path: Path) -> None:
    """Ctrl-C in the middle of a run: the program ends, ffmpeg with it, nothing is left."""
    target = tmp_path / "out.wav"
    script = (
        "from vidtag.media.ffmpeg import *; from vidtag.files import replacing\n"
        "import sys\n"
        "with replacing(sys.argv[1]) as partial:\n"
        "    run(['-re', '-f', 'lavfi', '-i', 'anullsrc', file_url(partial)])\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(target)], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    task = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while time.monotonic() < deadline and not any(
        part.stat().st_size for part in tmp_path.glob(f"{PARTIAL_PREFIX}*")
    ):
        time.sleep(0.05)
    running = task.read_text().split()
    assert running
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=20)
    assert b"KeyboardInterrupt" in complaint
    assert not any(Path(f"/proc/{child}").exists() for child in running)
    assert list(tmp_path.iterdir()) == []
