"""What the page's ZIP holds when a part of everything could not be made."""

import shlex
import zipfile

import ffmpeg

from tests.builders.documents import laugh, make_document
from vidtag.core.settings import Config
from vidtag.media.ffmpeg import run
from vidtag.media.ffmpeg_program import find_ffmpeg
from vidtag.media.probe import probe
from vidtag.web.bundle import make_bundle
from vidtag.web.desk import Desk
from vidtag.web.jobs import WebJob, public
from vidtag.web.tasks import Task


def test_a_zip_says_what_is_not_in_it_and_not_where_the_file_lay(tmp_path, monkeypatch):
    video = tmp_path / "secret" / "talk.mp4"
    video.parent.mkdir()
    partial = video.with_name(".vidtag-partial-talk.mp4")
    picture = ffmpeg.input("testsrc2=size=64x36:rate=25:duration=3", f="lavfi")
    sound = ffmpeg.input("sine=duration=3", f="lavfi")
    run(ffmpeg.output(picture, sound, f"file:{partial}", vcodec="libx264", acodec="aac"))
    partial.rename(video)
    broken = tmp_path / "ffmpeg"
    real = shlex.quote(find_ffmpeg().path)
    broken.write_text(f"""#!/bin/sh\ncase "$*" in *"-i "*) exit 1 ;; esac\nexec {real} "$@"\n""")
    broken.chmod(0o755)
    monkeypatch.setenv("VIDTAG_FFMPEG", str(broken))

    config = Config().with_values({"highlights.mode": "exact"})
    job = WebJob("x", "talk.mp4", tmp_path / "job", video, config)
    document = make_document(events=[laugh(1.0, 2.5, 0.9)], media=probe(video))
    path = job.folder / "talk.vidtag.json"
    job.desk = Desk(public(document), config, path, video)
    make_bundle(job, Task(lambda task: None))
    with zipfile.ZipFile(job.bundle) as archive:
        assert {"talk.srt", "talk.report.html", "talk.vidtag.json"} <= set(archive.namelist())
        said = archive.read("not-made.txt").decode()
        assert said.startswith("clip 1 (0m")
        assert "): talk.mp4: ffmpeg failed" in said
        for name in archive.namelist():
            assert b"secret" not in archive.read(name), name
