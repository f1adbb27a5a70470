"""The command where not all is as on the machine that it was made on."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders.documents import make_document, make_segment, make_words
from vidtag.core.document import to_json
from vidtag.core.installing import install_command

ROOT = Path(__file__).parent.parent.parent
ENCODINGS = ("latin-1", "gbk")
_ADDRESS = re.compile(r"http://[\w.:]+")
TALK = "你好，世界 — café 😀"


def command(
    folder: Path, *arguments: object, before: str = "", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run vidtag by a shell, with what stands before it there."""
    line = f'{before}exec "$0" -m vidtag "$@"'
    return subprocess.run(
        ["bash", "-c", line, sys.executable, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A document and subtitles with text of many kinds, under such a name too."""
    place = tmp_path_factory.mktemp("surroundings")
    talk = make_document([make_segment(make_words(TALK, 1.0))])
    (place / "café 你.vidtag.json").write_text(to_json(talk), encoding="utf-8")
    srt = f"1\n00:00:01,000 --> 00:00:01,200\n{TALK * 9}\n"
    (place / "字幕.srt").write_text(srt, encoding="utf-8")
    return place


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_a_terminal_cannot_show_is_shown_as_its_number(folder: Path, encoding: str) -> None:
    for arguments, status in (
        (("find", '"世界"'), 0),
        (("check", "字幕.srt"), 1),
        (("report", "café 你.vidtag.json"), 0),
        (("report", "nowhere 你.vidtag.json"), 2),
    ):
        done = command(folder, *arguments, PYTHONIOENCODING=encoding)
        printed = (done.stdout + done.stderr).decode(encoding)
        if arguments[0] == "find":
            shown = TALK.encode(encoding, "backslashreplace").decode(encoding)
            assert shown.split()[-1] in printed
        assert done.returncode == status, printed
        assert "bug" not in printed
    as_json = command(folder, "find", '"世界"', "--json", PYTHONIOENCODING=encoding)
    assert "世界" in json.loads(as_json.stdout.decode(encoding))[0]["text"]


def test_without_streams_it_works_as_with_them(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    closed = "exec <&- >&- 2>&-; "
    assert command(tmp_path, "report", "café 你.vidtag.json", before=closed).returncode == 0
    (report,) = tmp_path.glob("*.html")
    assert report.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert command(tmp_path, "report", "nowhere.vidtag.json", before=closed).returncode == 2
    # Without standard error, an error does not get into what another program reads.
    assert command(tmp_path, "find", "(", "--json", before="exec 2>&-; ").stdout == b""


def test_a_reader_that_ends_early_is_no_error(folder: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", 'exec "$0" -m vidtag config --schema | head -n 1', sys.executable],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
    )
    assert done.stdout == b"{\n"
    assert done.stderr == b""


def test_a_large_file_is_no_subtitle_file_at_once(folder: Path, tmp_path: Path) -> None:
    with (tmp_path / "film.srt").open("wb") as film:
        film.truncate(1 << 30)
    # So little memory and time that the file cannot have been read.
    limits = "ulimit -t 20; "
    done = command(tmp_path, "check", "film.srt", before=limits)
    assert done.returncode == 2
    assert b"film.srt: is larger than 64 MB" in done.stderr


def test_a_video_is_no_subtitle_file(tmp_path: Path) -> None:
    done = command(tmp_path, "check", ROOT / "samples" / "demo.mp4", before="ulimit -t 20; ")
    assert done.returncode == 2
    assert b"is a video, not a subtitle file" in done.stderr


def test_a_package_that_is_there_and_fails_is_not_called_absent(
    folder: Path, tmp_path: Path
) -> None:
    plot = ("plot", folder / "café 你.vidtag.json", "-o", tmp_path / "a.png")
    (tmp_path / "matplotlib").mkdir()
    (tmp_path / "matplotlib" / "__init__.py").write_text("raise ImportError('libpng is too old')")
    broken = command(tmp_path, *plot, PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert b"cannot be loaded (libpng is too old)" in broken.stderr
    assert b"not installed" not in broken.stderr
    (tmp_path / "matplotlib" / "__init__.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'matplotlib'\", name='matplotlib')"
    )
    absent = command(tmp_path, *plot, PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert b"matplotlib, which is not installed" in absent.stderr
    assert install_command("vidtag[plot]").encode() in absent.stderr


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 64 KiB."""
    place = tmp_path / "tiny"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_of_temporary_files_is_named(tiny_disk: Path, tmp_path: Path) -> None:
    code = """
from pathlib import Path
from vidtag.core.records import Cue
from vidtag.core.settings import SubtitlesConfig
from vidtag.media.probe import probe
from vidtag.subtitles.burn import burn_in
cues = (Cue(1.0, 2.0, ("Hello " * 20_000,)),)
burn_in(probe("film.mp4"), cues, Path("out.mp4"), SubtitlesConfig())
"""
    shutil.copy(ROOT / "samples" / "demo.mp4", tmp_path / "film.mp4")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tiny_disk)},
        capture_output=True,
        text=True,
    )
    said = done.stderr.splitlines()[-1]
    assert f"FullDiskError: {tiny_disk}: temporary files cannot be written here" in said
    assert "TMPDIR" in said
    assert not (tmp_path / "out.mp4").exists()
    assert not any(tiny_disk.iterdir())


def test_a_few_open_files_are_enough_to_show_a_document(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    done = command(tmp_path, "report", "café 你.vidtag.json", before="ulimit -n 64; ")
    assert done.returncode == 0, done.stderr


def test_a_server_on_this_machine_is_asked_without_proxy(tmp_path: Path) -> None:
    answer = b'HTTP/1.0 418 Here\r\nContent-Length: 23\r\n\r\n{"error": "I am here."}'

    def serve(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(answer)

    (tmp_path / "a.wav").write_bytes(b"RIFF")
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        code = (
            "from vidtag.web.client import Client\n"
            f"Client('http://127.0.0.1:{server.getsockname()[1]}').listen('a.wav')"
        )
        proxies = {"http_proxy": "http://127.0.0.1:9", "all_proxy": "socks5://127.0.0.1:9"}
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **proxies},
            capture_output=True,
            text=True,
        )
        thread.join(5)
    assert "I am here." in done.stderr


def test_a_socks_proxy_does_not_keep_the_page_from_opening(tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "vidtag", "web", "-m", "pocket", "--port", "0"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "ALL_PROXY": "socks5://127.0.0.1:9"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        found = next(filter(None, (_ADDRESS.search(line) for line in server.stdout)))
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        assert b"vidtag" in direct.open(found[0], timeout=60).read()
    finally:
        server.terminate()
        server.communicate(timeout=60)


def test_a_current_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    (gone := tmp_path / "gone").mkdir()
    leave = f"cd '{gone}' && rmdir '{gone}' && exec \"$0\" -m vidtag find laughter"
    done = subprocess.run(
        ["bash", "-c", leave, sys.executable],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
    )
    assert done.returncode == 2
    assert done.stderr == b"vidtag: the current folder was removed. Change into another one\n"
