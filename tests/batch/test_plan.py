"""What a batch file asks for, and everything that is refused before anything starts."""

import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vidtag.batch.batch_settings import BatchConfig, VideoOverrides
from vidtag.batch.plan import Plan, Planner
from vidtag.core.errors import ConfigError, ModelError, UserError
from vidtag.core.records import EventKind
from vidtag.core.settings import Config, load_config_as


@pytest.fixture
def plan(tmp_path):
    def make(text: str, *files: str) -> Plan:
        for name in files:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
        file = tmp_path / "batch.yaml"
        file.write_text(text)
        return Planner(load_config_as(BatchConfig, file), file).plan()

    return make


def folders(plan: Plan) -> dict[str, str]:
    """Folder of the results below the root, by name of the video."""
    return {
        Path(video.source).name: Path(video.folder).relative_to(plan.root).as_posix()
        for video in plan.videos
    }


def test_inputs_by_folder_pattern_file_and_list(plan, tmp_path):
    (tmp_path / "list.txt").write_text("# a list\nfour/a/7.mp4\n\nfour/b/8.mp4\n")
    made = plan(
        "inputs: [one, 'two/*.mp4', 'three/**/*.wav', four/6.mkv, '@list.txt']\n"
        "exclude: ['*.proxy.mp4', '*/secret/*']\n"
        "output: {folder: out}\n",
        *("one/1.mp4", "one/deep/2.MOV", "one/notes.txt", "one/.hidden.mp4", "one/x.proxy.mp4"),
        *("one/secret/0.mp4", "two/3.mp4", "two/deep/no.mp4", "three/4.wav", "three/d/5.wav"),
        *("four/6.mkv", "four/a/7.mp4", "four/b/8.mp4"),
    )
    assert folders(made) == {
        "1.mp4": "1",
        "2.MOV": "deep/2",
        "3.mp4": "3",
        "4.wav": "4",
        "5.wav": "d/5",
        "6.mkv": "6",
        "7.mp4": "a/7",
        "8.mp4": "b/8",
    }


def test_the_template_places_results(plan):
    made = plan(
        "inputs: [in]\noutput: {folder: out, template: 'x/{parent}-{stem}.{suffix}'}\n",
        "in/a/1.mp4",
        "in/b/1.mp4",
        "in/b/1.mov",
    )
    assert sorted(Path(v.folder).name for v in made.videos) == ["a-1.mp4", "b-1.mov", "b-1.mp4"]
    assert {Path(v.folder).parent.name for v in made.videos} == {"x"}


def test_a_name_with_the_marks_of_a_pattern_is_a_name(plan):
    assert folders(plan("inputs: ['talk [1].mp4']\noutput: {folder: out}\n", "talk [1].mp4"))


def test_profiles_are_laid_over_the_settings_and_each_other(plan):
    made = plan(
        "inputs: [in]\noutput: {folder: out}\n"
        "highlights: {top: 9, tail: 1}\n"
        "events: {kinds: {Laughter: {on: 0.7}}}\n"
        "profiles:\n"
        "  - match: '*/talkshow/*'\n"
        "    events: {kinds: {Laughter: {off: 0.2}}}\n"
        "    highlights: {top: 3}\n"
        "  - match: ['*.wav', '*.flac']\n"
        "    highlights: {enabled: false}\n",
        "in/talkshow/1.mp4",
        "in/talkshow/2.wav",
        "in/lecture/3.mp4",
    )
    found = {Path(v.source).name: v.config for v in made.videos}
    assert [found[n].highlights.top for n in ("1.mp4", "2.wav", "3.mp4")] == [3, 3, 9]
    assert [found[n].highlights.enabled for n in ("1.mp4", "2.wav", "3.mp4")] == [True, False, True]
    assert all(config.highlights.tail == 1 for config in found.values())
    laughter = [found[n].events.wanted[EventKind.LAUGHTER] for n in ("1.mp4", "3.mp4")]
    default = Config().events.wanted[EventKind.LAUGHTER].off
    assert [(kind.on, kind.off) for kind in laughter] == [(0.7, 0.2), (0.7, default)]


def test_a_profile_can_hold_every_section_of_the_settings():
    assert set(VideoOverrides.model_fields) - {"match"} == set(Config.model_fields) - {
        "inputs",
        "output",
    }


ENTRY = "inputs:\n  - in\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (ENTRY + "  - 'no/*.mp4'\n", 3, "'.*no/\\*.mp4' matches no video"),
        (ENTRY + "  - absent.mp4\n", 3, "no file or folder"),
        (ENTRY + "exclude: ['*']\n", 2, "that is not excluded"),
        (ENTRY + "  - in/a/1.mp4\n", 3, "twice \\(line 2\\)"),
        (ENTRY + "  - link.mp4\n", 3, "twice .*as "),
        (ENTRY + "  - hard.mp4\n", 3, "twice .*as "),
        (ENTRY + "  - linked\n", 3, "twice"),
        (ENTRY + "output:\n  folder: out\n  template: '{stem}'\n", 2, "would both write to"),
        (
            ENTRY + "output:\n  folder: out\n  template: '{stem}/{x}'\n",
            5,
            "no \\{x\\}.*known are \\{relpath\\}",
        ),
        (ENTRY + "output:\n  folder: out\n  template: '{stem.__class__}'\n", 5, "known are"),
        (ENTRY + "output:\n  folder: out\n  template: '{stem:9}'\n", 5, "known are"),
        (ENTRY + "output:\n  folder: out\n  template: '{stem'\n", 5, "expected"),
        (ENTRY + "output:\n  folder: out\n  template: '../{stem}'\n", 5, "leads out"),
        (ENTRY + "output:\n  folder: out\n  template: '/tmp/{stem}'\n", 5, "leads out"),
        (
            ENTRY + "output:\n  folder: out\n  template: '.vidtag-batch/{relpath}'\n",
            5,
            "out of the output",
        ),
        (
            ENTRY + "output:\n  folder: out\n  template: 'away/{relpath}'\n",
            5,
            "out of the output folder",
        ),
        (ENTRY + "output:\n  folder: in/out\n", 4, "inside the input folder"),
        (ENTRY + "output:\n  folder: in\n", 4, "inside the input folder"),
        (ENTRY + "output:\n  folder: .\n", 2, "lies in the output folder"),
        ("inputs:\n  - in/a/*.mp4\noutput:\n  folder: in/a\n", 4, "inside the input folder"),
        ("inputs:\n  - in/**/1.mp4\noutput:\n  folder: in/z/y\n", 4, "inside the input folder"),
        (ENTRY + "profiles:\n  - match: '*/no/*'\n", 4, "matches no input"),
        (ENTRY + "profiles:\n  - match: '*'\n    highlight: {}\n", 5, "unknown setting"),
        (ENTRY + "profiles:\n  - match: '*'\n    highlights: {tial: 3}\n", 5, "highlights.tial"),
        (ENTRY + "profiles:\n  - highlights: {}\n", 4, "match"),
        (
            ENTRY + "profiles:\n  - match: '*'\n    model: {name: other}\n",
            5,
            "another model.name",
        ),
        (ENTRY + "runner: slurm\n", 3, "'local' or 'ray'"),
        (ENTRY + "workers:\n  cpus: 3\n", 4, "did you mean 'workers.cpu'"),
        (ENTRY + "x: !!python/object/apply:os.system [ls]\n", 3, "not allowed"),
        ("output: {}\n", None, "no inputs"),
    ],
)
def test_refused_before_anything_starts(plan, tmp_path, text, line, message):
    for name in ("in/a/1.mp4", "in/b/1.mp4"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(name)
    (tmp_path / "link.mp4").symlink_to(tmp_path / "in/a/1.mp4")
    (tmp_path / "linked").symlink_to(tmp_path / "in/b")
    os.link(tmp_path / "in/a/1.mp4", tmp_path / "hard.mp4")
    (tmp_path / "batch.batch").mkdir()
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "away").symlink_to(elsewhere)
    before = sorted(tmp_path.rglob("*"))
    where = r"batch\.yaml" if line is None else rf"batch\.yaml:{line}"
    with pytest.raises(ConfigError, match=rf"(?i){where}: .*{message}"):
        plan(text)
    assert sorted(p for p in tmp_path.rglob("*") if p.name != "batch.yaml") == before


def test_an_output_beside_the_inputs_of_a_flat_pattern_is_fine(plan):
    assert folders(plan("inputs: ['*.mp4']\noutput: {folder: out}\n", "1.mp4")) == {"1.mp4": "1"}


def test_a_list_that_names_an_absent_file_tells_its_own_line(plan, tmp_path):
    (tmp_path / "list.txt").write_text("# header\nabsent.mp4\n")
    with pytest.raises(ConfigError, match=r"list\.txt:2: .*absent\.mp4"):
        plan("inputs: ['@list.txt']\n")


def test_links_that_run_in_a_circle_are_walked_once(plan, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "again").symlink_to(tmp_path / "in")
    assert len(plan("inputs: [in]\noutput: {folder: out}\n", "in/1.mp4").videos) == 1


NAMES = st.text(
    st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1, max_size=12
)


@given(
    st.lists(NAMES, min_size=1, max_size=3),
    st.sampled_from(["{relpath}", "{parent}/{stem}", "{stem}", "a/{stem}.{suffix}", "{suffix}"]),
)
def test_no_name_leads_out_of_the_output_folder(tmp_path_factory, parts, template):
    """Whatever a file is called, its results lie below the root, or it is refused."""
    from vidtag.batch.inputs import Video, without_suffix
    from vidtag.core.settings import Loaded, SettingsSource

    root = str(tmp_path_factory.getbasetemp() / "out")
    settings = BatchConfig.model_validate({"output": {"folder": root, "template": template}})
    planner = Planner(Loaded(settings, SettingsSource({}, {})), None)
    path = "/".join(parts) + ".mp4"
    try:
        folder, _, _ = planner.place(Video("/in/" + path, without_suffix(path), None))
    except (ConfigError, ValueError):
        return
    assert os.path.normpath(folder) == root or os.path.normpath(folder).startswith(root + "/")


FIELDS = ["{relpath}", "{stem}", "{suffix}", "{parent}", "{}", "{0}", "{stem!r}", "{stem[0]}"]
MARKS = ["{stem.__class__}", "{stem:>99}", "{", "}", "{{", "}}", "..", ".", "/", "//", "~", "C:"]
PIECES = st.sampled_from([*FIELDS, *MARKS, ".vidtag-x", "\\", " ", "\0", "\n", "%d", "日本"])


@given(
    st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=6).map("".join)),
    st.lists(NAMES, min_size=1, max_size=2),
)
@example("{stem!r}", ["a"])
@example("{stem:>9999999999}", ["a"])
def test_any_template_is_refused_or_leads_below_the_output_folder(
    tmp_path_factory, template, parts
):
    """Whatever is written there: one clear error, or results below the root."""
    from vidtag.batch.inputs import Video, without_suffix
    from vidtag.core.settings import load_config_as

    base = tmp_path_factory.getbasetemp()
    root, file = str(base / "out"), base / "template.yaml"
    text = json.dumps({"output": {"folder": root, "template": template}, "inputs": ["x"]})
    file.write_text(text, encoding="utf-8")
    path = "/".join(parts) + ".mp4"
    complaint, folder = "", root
    try:
        planner = Planner(load_config_as(BatchConfig, file), file)
        folder, _, _ = planner.place(Video("/in/" + path, without_suffix(path), None))
    except ConfigError as error:
        complaint = str(error)
    assert not complaint or str(file) in complaint
    assert "\0" not in folder
    assert os.path.normpath(folder) == root or os.path.normpath(folder).startswith(root + "/")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_not_utf8_is_refused_with_its_line(plan, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / os.fsdecode(b"\xff.mp4")).write_text("x")
    with pytest.raises(ConfigError, match=r"not UTF-8.*exclude it") as refused:
        plan("inputs: [in]\noutput: {folder: out}\n")
    assert refused.value.line == 1
    assert (
        len(plan("inputs: [in]\noutput: {folder: out}\nexclude: ['?.mp4']\n", "in/bb.mp4").videos)
        == 1
    )


@pytest.mark.parametrize(
    ("voices", "cause"), [("{", "no file of known voices"), ("[]", "holds no voice")]
)
def test_voices_of_no_use_are_refused_also_those_of_a_profile(voices, cause, plan, tmp_path):
    file = tmp_path / "voices.json"
    file.write_text(voices)
    chosen = f"speakers: {{count: auto, voices: '{file}'}}"
    for text in (f"{chosen}\n", f"profiles: [{{match: '*1*', {chosen}}}]\n"):
        with pytest.raises(UserError, match=cause) as raised:
            plan("inputs: [one]\n" + text, "one/1.mp4")
        assert "voices.json" in str(raised.value)
        assert "vidtag speakers enrol" in str(raised.value)
    # Nothing is compared with voices that nobody asks for.
    assert plan(f"inputs: [one]\nspeakers: {{voices: '{file}'}}\n", "one/1.mp4").videos
    # What a worker on another machine finds there is not known here.
    assert plan(f"inputs: [one]\n{chosen}\nrunner: ray\n", "one/1.mp4").videos


def test_a_tagger_that_is_none_is_refused_at_once(plan, tmp_path):
    asked = "inputs: [1.mp4, 2.mp4]\noutput: {folder: out}\nevents: {tagger: {model: %s}}\n"
    broken = tmp_path / "tagger.onnx"
    broken.write_bytes(b"no network")
    with pytest.raises(ModelError, match=r"tagger\.onnx"):
        plan(asked % broken, "1.mp4", "2.mp4")
    with pytest.raises(ModelError, match="no such tagger"):
        plan(asked % "gone.onnx", "1.mp4", "2.mp4")
    elsewhere = plan(asked % broken + "runner: ray\n", "1.mp4", "2.mp4")
    assert len(elsewhere.videos) == 2
