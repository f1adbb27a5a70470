"""A batch whose videos and results lie on S3: a server that speaks it, and knows who may what.

The server is Moto's, a process of its own that is talked to over HTTP and checks signatures.
"""

import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from tests.batch.conftest import SETTINGS, Batch
from vidtag.batch.batch_settings import BatchConfig
from vidtag.batch.claims import claimed
from vidtag.batch.engine import run_plan
from vidtag.batch.ledger import VideoState
from vidtag.batch.opening import read_ledger
from vidtag.batch.plan import Planner
from vidtag.batch.progress import JsonDisplay
from vidtag.core.errors import VidtagError
from vidtag.core.settings import load_config_as

boto3 = pytest.importorskip("boto3")
pytest.importorskip("moto")
pytest.importorskip("s3fs")

EVERYTHING = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
READ = {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*", "s3:Head*"], "Resource": "*"}
OUTSIDE = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Whatever the machine's own S3 settings are, they are none of this test's."""


WITH_TIMELINES = (
    SETTINGS.replace("enabled: false", "enabled: true")
    + "timelines: {formats: [otio, fcp7, fcpxml, edl, losslesscut]}\n"
)
"""Everything that may name a video, or show its picture."""


class Store:
    """A running server with a bucket ``shows``, one who may all there, and one who may read."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.endpoint = f"http://127.0.0.1:{port}"
        iam = self._client("iam", "root", "root")
        users = {"owner": EVERYTHING, "reader": READ}
        keys = {}
        for name, may in users.items():
            iam.create_user(UserName=name)
            policy = json.dumps({"Version": "2012-10-17", "Statement": [may]})
            iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=policy)
            keys[name] = iam.create_access_key(UserName=name)["AccessKey"]
        self.env, self.reader = (
            {
                **OUTSIDE,
                "AWS_ENDPOINT_URL": self.endpoint,
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": keys[name]["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": keys[name]["SecretAccessKey"],
            }
            for name in users
        )
        self.s3 = self._client(
            "s3", self.env["AWS_ACCESS_KEY_ID"], self.env["AWS_SECRET_ACCESS_KEY"]
        )
        self.s3.create_bucket(Bucket="shows")

    def _client(self, service: str, key: str, secret: str):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
        )

    def files(self, below: str) -> dict[str, bytes]:
        found = self.s3.list_objects_v2(Bucket="shows", Prefix=below).get("Contents", [])
        return {
            row["Key"].removeprefix(below): self.s3.get_object(Bucket="shows", Key=row["Key"])[
                "Body"
            ].read()
            for row in found
        }

    def results(self, below: str) -> dict[str, bytes]:
        """Results byte for byte; what tells times excepted."""
        found = self.files(below)
        return {
            name: data
            for name, data in found.items()
            if not name.endswith(("summary.json", "failures.csv")) and ".vidtag-owners" not in name
        }


@pytest.fixture(scope="module")
def store(tmp_path_factory, media):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (tmp_path_factory.mktemp("s3") / "server.log").open("w")
    # The first six requests, which make the users, need no signature; all that follow do.
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "6"},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None, "the server did not start"
            time.sleep(0.1)
        made = Store(port)
        for name in ("say0.wav", "say1.wav", "clap.mp4"):
            made.s3.upload_file(str(media / name), "shows", f"in/day 1/{name}")
        yield made
    finally:
        process.kill()
        process.wait()
        log.close()


class S3Batch(Batch):
    """A batch from ``s3://shows/in`` to ``s3://shows/OUT``."""

    results = "s3://shows/out"
    videos = "s3://shows/in"

    def write(self, more: str = "") -> "S3Batch":
        text = f"inputs: ['{self.videos}']\noutput: {{folder: '{self.results}'}}\n"
        (self.folder / "batch.yaml").write_text(text + self.settings + more)
        return self

    @property
    def state(self):
        return self.folder / "batch.vidtag-batch"


@pytest.fixture
def batch(tmp_path, store):
    return S3Batch(tmp_path, WITH_TIMELINES, store.env)


def states(batch) -> list[VideoState]:
    with contextlib.closing(read_ledger(batch.state)) as ledger:
        return [row["state"] for row in ledger.rows()]


@pytest.mark.long
def test_killed_and_taken_up_again_it_makes_what_one_machine_makes(batch, store, media, tmp_path):
    """By the local runner; what comes out has the bytes of a batch from disk to disk."""
    batch.write()
    process = batch.start("batch", "--log-format", "json")
    for line in process.stdout:  # killed when two videos are heard and their documents are there
        row = json.loads(line)
        if row["event"] == "ended" and len(store.files("out/")) >= 2:
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    half = store.results("out/")
    assert half
    done = batch("batch", "--log-format", "json")
    assert done.code == 0, done.err
    assert set(states(batch)) == {VideoState.DONE}
    results = store.results("out/")
    for name, content in half.items():  # what was there was whole
        assert name.endswith(".highlights.json") or results[name] == content, name
    summary = json.loads(store.files("out/")["batch.summary.json"])
    assert (summary["done"], summary["failed"]) == (3, 0)
    assert not [name for name in results if "partial" in name]
    assert any(name.endswith(".mp4") for name in results)

    on_disk = Batch(tmp_path / "disk", WITH_TIMELINES)
    (on_disk.folder / "in" / "day 1").mkdir(parents=True)
    for name in ("say0.wav", "say1.wav", "clap.mp4"):
        os.link(media / name, on_disk.folder / "in" / "day 1" / name)
    assert on_disk.write()("batch").code == 0
    expected = on_disk.tree()
    assert results.keys() == expected.keys()
    here, there = str(on_disk.folder / "in").encode(), b"s3://shows/in"
    for name, content in expected.items():  # documents, lists and timelines name their videos
        named = content.replace(b"file://" + here, there).replace(here, there)
        assert results[name] == named, name
    for suffix in (".otio", ".xml", ".fcpxml"):
        assert b"s3://shows/in/day%201/clap.mp4" in results[f"day 1/clap/clap.highlights{suffix}"]
    assert b"* FROM CLIP NAME: clap.mp4" in results["day 1/clap/clap.highlights.edl"]

    again = batch("batch", "--log-format", "json")
    assert [row["event"] for row in again.rows] == ["start", "summary"]


@pytest.mark.long
def test_on_a_cluster(batch, store):
    pytest.importorskip("ray")
    batch.results = "s3://shows/ray"
    done = batch.write("runner: ray\naddress: local\n")("batch", "--log-format", "json")
    assert done.code == 0, done.err
    one, other = store.results("out/"), store.results("ray/")
    assert [name for name in other if name.endswith(".mp4")], "clips, too"
    assert other == one


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("no such bucket to read", "matches no video"),
        ("no such bucket to write", "bucket does not exist"),
        ("may not write", "access is refused"),
        ("unknown key", "Access Key Id you provided does not exist"),
        ("wrong secret", "signature"),
        ("nobody there", "Could not connect"),
    ],
)
def test_what_is_wrong_is_said_before_anything_starts(batch, store, monkeypatch, what, message):
    import s3fs

    env = {
        "may not write": store.reader,
        "unknown key": {**store.env, "AWS_ACCESS_KEY_ID": "NOBODY"},
        "wrong secret": {**store.env, "AWS_SECRET_ACCESS_KEY": "wrong"},
        "nobody there": {**store.env, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
    }
    for name, value in env.get(what, store.env).items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    batch.results = "s3://nosuch/out" if what == "no such bucket to write" else "s3://shows/no"
    batch.videos = "s3://nosuch/in" if what == "no such bucket to read" else "s3://shows/in"
    file = batch.write().folder / "batch.yaml"
    with pytest.raises(VidtagError, match=message) as refused:
        run_plan(
            Planner(load_config_as(BatchConfig, file), file).plan(), JsonDisplay(io.StringIO())
        )
    assert "\n" not in str(refused.value)
    assert "s3://" in str(refused.value)
    assert store.files("no/") == {}
    assert [row["Name"] for row in store.s3.list_buckets()["Buckets"]] == ["shows"]


def test_a_second_batch_with_a_ledger_of_its_own_is_refused(batch, store, monkeypatch):
    import s3fs

    for name, value in store.env.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    batch.results = "s3://shows/shared/results"
    with claimed("s3://shows/shared", "another"):
        refused = batch.write()("batch", "--set", "output.state=mine")
        assert refused.code == 2
        assert f"a batch is working here (process {os.getpid()} on " in refused.err
        assert "--wait" in refused.err
        assert len(refused.err.splitlines()) == 1
        assert list(store.files("shared/")) == [".vidtag-owners/another"]
    assert store.files("shared/") == {}


def test_a_wrong_bucket_is_one_line_for_the_user(batch):
    batch.results = "s3://nosuch/out"
    done = batch.write()("batch")
    assert done.code in (1, 2)
    assert done.err.startswith("vidtag: s3://nosuch/out: cannot be reached")
    assert len(done.err.splitlines()) == 1


class Gate:
    """A way to a server that can be shut: whoever comes then is refused."""

    def __init__(self, port: int) -> None:
        self._server = port
        self._open: list[socket.socket] = []
        self.port = 0
        self.open()

    def open(self) -> None:
        self._door = socket.create_server(("127.0.0.1", self.port))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._let_in, args=(self._door,), daemon=True).start()

    def shut(self) -> None:
        for one in [self._door, *self._open]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def _let_in(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                guest, _ = door.accept()
                host = socket.create_connection(("127.0.0.1", self._server))
                self._open += [guest, host]
                for one, other in ((guest, host), (host, guest)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    @staticmethod
    def _pass_on(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)


@pytest.mark.skipif("VIDTAG_OUTAGE" not in os.environ, reason="takes minutes: VIDTAG_OUTAGE=1")
@pytest.mark.timeout(600)
def test_a_server_that_goes_away_for_a_while_fails_no_video(batch, store):
    gate = Gate(store.port)
    batch.env["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{gate.port}"
    batch.results = "s3://shows/outage"
    process = batch.write().start("batch", "--log-format", "json")
    rows = []
    for line in process.stdout:
        rows.append(json.loads(line))
        if rows[-1]["event"] == "began" and len(rows) == 2:
            gate.shut()
        if rows[-1]["event"] == "message":
            assert "paused: s3://shows/" in rows[-1]["text"]
            gate.open()
    out, err = process.communicate()
    assert process.returncode == 0, (out, err)
    assert any(row["event"] == "message" for row in rows)
    assert (rows[-1]["done"], rows[-1]["failed"]) == (3, 0)
    assert store.results("outage/").keys() >= {"day 1/clap/clap.vidtag.json"}
