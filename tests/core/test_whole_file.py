"""Files that anybody may have written: what is too large, or no file, is refused unread."""

import os
import sys
import threading
import time
import tracemalloc

import pytest

from vidtag.core import document as documents
from vidtag.core.errors import DocumentError
from vidtag.core.whole_file import read_stream, read_whole


def test_a_file_is_read_up_to_a_size(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(bytes(1000))
    assert read_whole(file, 1000) == bytes(1000)
    with pytest.raises(OSError, match="larger than"):
        read_whole(file, 999)


def test_a_document_that_is_too_large_is_refused_unread(tmp_path):
    file = tmp_path / "huge.vidtag.json"
    with file.open("wb") as out:
        out.truncate(1 << 40)  # holes take no room
    tracemalloc.start()
    try:
        with pytest.raises(DocumentError, match="larger than 512 MB"):
            documents.read(file)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        read_whole(tmp_path / "pipe", 1000)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_into_which_nobody_writes_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="nobody writes"):
        read_stream(tmp_path / "pipe", 100)


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/fd opens a pipe anew on Linux alone")
def test_what_is_piped_in_is_waited_for():
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as out:
            for _ in range(5):
                time.sleep(0.05)
                out.write(b"x" * 20_000)
                out.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert read_stream(f"/dev/fd/{reading}", 200_000) == b"x" * 100_000
    finally:
        writer.join()
        os.close(reading)


@pytest.mark.skipif(sys.platform == "win32", reason="no such device")
def test_no_more_of_a_stream_is_read_than_asked_for():
    assert read_stream("/dev/zero", 100_000) == bytes(100_000)
