"""Addresses: an object store (fsspec's in memory) and ``file://``, which is treated the same."""

import fsspec
import pytest

from vidtag.batch import storage
from vidtag.batch.batch_settings import BatchConfig
from vidtag.batch.plan import Planner
from vidtag.core.addresses import is_address
from vidtag.core.errors import ConfigError, InputError, OutputError, UserError
from vidtag.core.settings import load_config_as


@pytest.fixture
def root(store):
    return store


def put(address: str, text: str) -> None:
    with fsspec.open(address, "w", auto_mkdir=True) as file:
        file.write(text)


def names(root: str) -> dict[str, int]:
    return {path.split("/store/")[-1]: size for path, size in storage.find(root).items()}


def test_what_is_local_and_what_is_not():
    assert not is_address("/a/b.mp4")
    assert not is_address("C:\\videos\\b.mp4")
    assert is_address("s3://bucket/b.mp4")
    assert storage.join("s3://bucket/out", "a", "b") == "s3://bucket/out/a/b"
    assert storage.join("/out", "a", "b") == "/out/a/b"
    assert storage.name_of("s3://bucket/in/b.mp4") == storage.name_of("/in/b.mp4") == "b.mp4"


def test_files_are_found_by_folder_and_pattern(root):
    for name in ("a.mp4", "deep/b.mp4", "deep/c.txt"):
        put(f"{root}/{name}", name)
    assert names(root) == {"a.mp4": 5, "deep/b.mp4": 10, "deep/c.txt": 10}
    assert [path[-8:] for path in storage.matches(f"{root}/deep/*.mp4")] == ["ep/b.mp4"]
    assert storage.exists(f"{root}/a.mp4")
    assert not storage.exists(f"{root}/z.mp4")
    assert storage.is_folder(f"{root}/deep")
    assert not storage.is_folder(f"{root}/a.mp4")


def test_errors_about_a_copy_are_about_the_file(root):
    put(f"{root}/a.mp4", "no media")
    with (
        pytest.raises(InputError, match="is text") as wrong,
        storage.fetched(f"{root}/a.mp4") as copy,
    ):
        raise InputError("is text, not media", path=copy)
    assert wrong.value.path == f"{root}/a.mp4"
    with (
        pytest.raises(OutputError) as elsewhere,
        storage.fetched(f"{root}/a.mp4") as copy,
    ):
        raise OutputError("cannot write here", path=copy.parent)
    assert elsewhere.value.path != f"{root}/a.mp4"


def test_a_version_changes_when_the_file_does(root):
    put(f"{root}/a.mp4", "1")
    first = storage.version(f"{root}/a.mp4")
    assert storage.version(f"{root}/a.mp4") == first
    put(f"{root}/a.mp4", "12")
    assert storage.version(f"{root}/a.mp4") != first


def test_a_file_is_fetched_for_as_long_as_it_is_needed(root):
    put(f"{root}/a.mp4", "content")
    with storage.fetched(f"{root}/a.mp4") as copy:
        assert copy.name == "a.mp4"
        assert copy.read_text() == "content"
    assert not copy.exists()
    with pytest.raises(InputError, match="no such file"), storage.fetched(f"{root}/z.mp4"):
        pass


def test_results_go_there_and_come_back(root, tmp_path):
    folder = tmp_path / "here"
    (folder / "clips").mkdir(parents=True)
    for name in ("a.srt", "clips/1.mp4", "clips/1.srt", "not.changed"):
        (folder / name).write_text(name)
    storage.publish(folder, f"{root}/a", ["a.srt", "clips/1.mp4", "clips/1.srt"])
    assert set(names(root)) == {"a/a.srt", "a/clips/1.mp4", "a/clips/1.srt"}
    back = tmp_path / "back"
    back.mkdir()
    storage.fetch_folder(f"{root}/a", back)
    assert (back / "clips" / "1.srt").read_text() == "clips/1.srt"
    assert (back / "clips" / "1.mp4").read_text() == ""  # a video is only stood for
    storage.publish(back, f"{root}/a", [], gone=["clips/1.mp4", "clips/absent.mp4"])
    assert set(names(root)) == {"a/a.srt", "a/clips/1.srt"}
    storage.fetch_folder(f"{root}/nothing", back)


def test_a_trial_shows_whether_results_can_be_put_there(root, tmp_path):
    storage.check_writable(f"{root}/new/folder")
    assert names(root) == {}
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be reached"):
        storage.check_writable(f"file://{tmp_path}/file/below")


def test_an_unknown_kind_of_address_is_named():
    with pytest.raises(UserError, match="nosuch://"):
        storage.exists("nosuch://a/b")


def test_a_plan_over_addresses(root, tmp_path):
    for name in ("in/a.mp4", "in/deep/b.wav", "in/notes.txt"):
        put(f"{root}/{name}", name)
    file = tmp_path / "batch.yaml"

    def plan(text: str):
        file.write_text(text)
        return Planner(load_config_as(BatchConfig, file), file).plan()

    made = plan(f"inputs: ['{root}/in']\noutput: {{folder: '{root}/out'}}\n")
    folders = [video.folder.split("/store/")[-1] for video in made.videos]
    assert folders == ["out/a", "out/deep/b"]
    assert made.state == tmp_path / "batch.vidtag-batch"  # the ledger stays on this machine
    assert len(plan(f"inputs: ['{root}/in/**/*.wav']\noutput: {{folder: out}}\n").videos) == 1
    for text, message in [
        (f"inputs: ['{root}/in/*.mkv']\noutput: {{folder: out}}\n", "matches no video"),
        (f"inputs: ['{root}/in']\noutput: {{folder: '{root}/in/out'}}\n", "inside the input"),
        (f"inputs: ['{root}/in', '{root}/in/a.mp4']\noutput: {{folder: out}}\n", "twice"),
    ]:
        with pytest.raises(ConfigError, match=message):
            plan(text)


@pytest.mark.parametrize(
    "address", ["zip://a.mp4", "github://a.mp4", "reference://a", "odd://a", "file://a\0b"]
)
def test_addresses_that_need_more_than_an_address_are_refused(address):
    with pytest.raises(UserError) as refused:
        storage.exists(address)
    assert address.partition("/")[0] in str(refused.value)
    assert "\n" not in str(refused.value)
