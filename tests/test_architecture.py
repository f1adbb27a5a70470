"""The shape of the package: which way imports run, and that light parts stay light.

Every module has a place in ``MODULES``: a new or renamed module is added there, in the first row
that stands below all that it imports.
"""

import ast
import functools
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

SHOW_SIDE = {"select", "subtitles", "timelines", "cutting", "films", "report", "show"}
MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "system": set(),
    "locks": {"system"},
    "files": {"core", "locks", "system"},
    "owners": {"core", "locks", "files"},
    "figures": {"core", "files"},
    "media": {"core", "files", "system"},
    "select": {"core", "files", "media"},
    "subtitles": {"core", "files", "media"},
    "timelines": {"core", "files", "media"},
    "retiming": {"core", "files", "media", "subtitles"},
    "cutting": {"core", "files", "media", "select"},
    "films": {"core", "files", "media", "select", "subtitles", "cutting"},
    "transcripts": {"core", "files", "media", "subtitles"},
    "listening": {"core", "files", "figures", "media", "system"},
    "report": {"core", "files", "figures", "media", "select", "subtitles"},
    "show": {"core", "files", "media", *SHOW_SIDE} - {"show"},
    "pipeline": {"core", "files", "owners", "media", "transcripts", "listening", "show"},
    "api": {"core", "files", "media", "transcripts", "listening", *SHOW_SIDE, "pipeline"},
    "find": {"core", "files", "media", *SHOW_SIDE},
    "batch": {
        *("core", "files", "owners", "media", "transcripts", "listening", "show", "system"),
        "pipeline",
    },
    "web": {"core", "files", "media", "listening", *SHOW_SIDE, "pipeline", "api"},
    "cli": {
        *("core", "files", "figures", "media", "listening", *SHOW_SIDE, "system"),
        *("pipeline", "api", "find", "batch", "web", "retiming"),
    },
    "__init__": {"core", "api"},
    "__main__": {"cli"},
}
"""What each part of the package may import besides itself; a part stands below those it imports."""

MODULES: dict[str, str] = {
    "core": """
        addresses bounded_values cache_folder cantonese clock errors file_names installing intervals
        media_streams no_home origins telemetry terminal text_width timestamps version whole_file
        names sentence_ends
        machine records timecode wordbreaks
        cast display document joined_events settings.section settings.source settings.typed_options
        stage_progress
        edits given_transcript settings.validation settings.yaml_file
        settings.house_style settings.tuned_events
        settings.listen_sections settings.show_sections settings.speaker_sections
        settings.values
        settings.config
        settings.template
        settings.loading
    """,
    "system": """
        posix_system windows_system
        this_system
    """,
    "media": """
        fingerprint flag_runs full_disk mp4_boxes passed_over rational samples
        child_process input_checks jumps level tone_mapping timecode_track timed_samples
        ffmpeg_needs ffmpeg_spelling quiet_sound sound_gaps
        ffmpeg_program mixdown
        resample
        ffmpeg_errors
        ffmpeg
        container
        extent frame_rate muxing tracks
        audio echo encoded_pictures picture_probe
        channels encoders probe
        carrying steady viewable
        excerpt hidden_frames
        frames shots
        frame_scan
        frame_plan
    """,
    "select": """
        point_rules shot_edges word_index
        points_en points_ja points_ko points_zh talk titles
        points
        numbers reasons
        clips
    """,
    "subtitles": """
        formats.escape formats.tints
        layout.arrays layout.frame_grid layout.rebase layout.style_profiles
        characters layout.taste
        formats.languages formats.text_ems layout.breaks layout.markers layout.ruler
        layout.gap_scores layout.word_times shown_words
        formats.ass_styles layout.in_times layout.unit
        fonts layout.boundary_costs layout.marker_placement layout.speech_units layout.tags
        layout.wide_units
        layout.unit_table layout.units
        layout.out_times
        layout.cue_costs
        layout.dividing
        layout.cues
        formats.format_types
        formats.itt formats.json_cues formats.scc formats.srt formats.transcript formats.ttml
        formats.txt formats.vtt
        reading.found reading.ttml_times reading.xml_tree reading.times reading.encodings
        reading.file_language reading.ttml_spans
        reading.ttml_parts
        reading.ass_reader reading.broadcast_readers reading.line_readers reading.sami_reader
        reading.srt_reader reading.ttml_reader reading.vtt_reader
        reading.subtitle_file
        check.check_result check.english_breaks check.frame_rates check.japanese_words
        check.korean_breaks formats.ass formats.ebu_stl formats.ebu_tt_d
        check.line_breaks formats.karaoke
        check.cue_rules
        check.forced formats.registry
        check.judge
        burn mux two_languages
    """,
    "transcripts": """
        speech_json
        transcript_file
        of_media
    """,
    "timelines": """
        model
        audacity build capcut chapters edl fcpxml kdenlive losslesscut otio timecode_rates
        fcp7
        formats
    """,
    "retiming": """
        edit_model fingerprints timeline_text
        by_sound edl_cuts fcpxml_cuts moved_cues otio_cuts xmeml_cuts
        cut_file retime
    """,
    "cutting": """
        bitstream cut_plan frame_signature
        clip_origin exact_encoder nal sound_copy sound_encoding verify_sound
        coding dynamic_metadata exact frame_partition joined_track sound_writer
        copy_recipe
        copy edge_encoding verify_picture
        copy_writer smart verify
        cut
    """,
    "films": """
        burnt_titles camera clip_info face_finder focus loudness stored_clip true_peak
        face_tracks film_sound reel_layout viewing
        gains reel_track talking
        reframing
        title_room
        social
        timed_frames
        composition piece_encoding reel_pieces title_cards
        reel_frames reel_joining reel_plan reel_sound reel_sound_check
        reel_check
        reel_encoding
        reel
    """,
    "listening": """
        events.tuning models.known_voices models.published models.yamnet prefetch side_effects stop
        windows
        models.hubs models.model_folder
        models.locate models.voice_networks
        models.tagger_files
        models.digests
        channel_speakers identity picture
        reuse
        heard_before
        speech.audio_buffer speech.batches speech.ctc speech.device speech.transfer speech.workers
        speech.features
        speech.funasr_door speech.given_groups speech.kernels speech.richtext speech.weights
        speech.word_edges
        speech.alignment speech.given_words speech.int8 speech.spelling speech.vad
        speech.given_text speech.linear speech.recognition speech.stretches
        speech.window_emotions
        speech.encoder speech.head speech.in_batches
        speech.forced_path speech.network_inputs
        speech.sensevoice
        speech.examples speech.splitting
        speech.emotion_changes speech.language_changes
        speech.recognise
        speech.given_speech
        speakers.attribution speakers.campplus speakers.checkpoints
        speakers.segmentation speakers.voiceprints
        speakers.voice_stream
        speakers.clustering
        speakers.turns
        speakers.finder
        speakers.enrolment
        events.labels events.onnx_file events.pooling
        events.litert_file
        events.sweep events.tagger events.texture
        events.canned events.scan events.size ready
        events.finer events.track
        events.describe
        events.curve_plot events.doubt
        events.labelled
        events.labelling events.questions
        ear
        run
    """,
    "report": """
        quality_view stats thumbnails words
        highlights_view lanes statistics_view transcript_view
        dense_lanes minutes report_view
        page plot
    """,
    "show": """
        clip_choice clip_cutting hand_edits manifest masking media_of reassigned written
        revision taken_along timed_cues
        views
        edited_views name_notes reel_file report_file social_clips subtitle_files timeline_files
        highlight_files two_language_file
        everything
    """,
    "find": """
        conditions tokens
        query
        index
        search
        found_files
    """,
    "batch": """
        batch_settings contract ledger_database outage storage_access
        storage
        changes claims inputs progress steps
        plan worker
        renaming
        ledger schedule
        opening
        arrivals estimate local_runner ray_cluster
        ray_tasks
        ray_runner
        engine
    """,
    "web": """
        offered_styles
        client connections downloads faults limits peaks preview projects request_models tasks
        wording
        bodies user_files work_wording
        desk edit_models guard
        compression cue_patches http_errors jobs uploads
        finding listen_answer listen_task results
        answer_models bundle work_page
        answers
        event_labels
        label_task
        edit_routes label_routes project_routes routes
        gradio_page
        server
    """,
    "cli": """
        doctor error_boundary options progress_bars run_summary standard_streams web_command
        label_command
        batch_commands events_command find_command models_commands report_commands retime_command
        run_command
        setup_commands speakers_commands subtitles_commands timeline_command
    """,
}
"""The modules of each part from the bottom up: each imports only modules of earlier rows."""

CLI = {"vidtag": "--help stays light"}
SEAMS: dict[str, dict[str, str]] = {
    "__init__": {"vidtag.api": "`import vidtag` stays light"},
    "__main__": {"vidtag.cli": "Ctrl-C ends the command quietly while it is being loaded"},
    "api": {"vidtag": "a method loads what it needs; reading a document needs no torch"},
    "pipeline": {"vidtag.listening": "a document that is there already needs no torch"},
    "batch.engine": {"vidtag.batch.ray_runner": "ray is an extra"},
    "batch.steps": dict.fromkeys(
        ("vidtag.listening", "torch"), "a worker that only decodes and shows needs no torch"
    ),
    "cli.__init__": CLI,
    "cli.batch_commands": CLI,
    "cli.doctor": CLI | {"torch": "--help stays light"},
    "cli.events_command": CLI,
    "cli.find_command": CLI,
    "cli.options": CLI,
    "cli.label_command": CLI,
    "cli.models_commands": CLI | {"numpy": "--help stays light"},
    "cli.report_commands": CLI,
    "cli.retime_command": CLI,
    "cli.run_command": CLI,
    "cli.setup_commands": CLI,
    "cli.speakers_commands": CLI,
    "cli.subtitles_commands": CLI,
    "cli.timeline_command": CLI,
    "cli.web_command": CLI,
    "core.wordbreaks": dict.fromkeys(
        ("fugashi", "ipadic", "jieba", "opencc"), "their dictionaries take a second to load"
    ),
    "figures": {"matplotlib": "an extra"},
    "listening.events.curve_plot": {"matplotlib": "an extra"},
    "listening.models.hubs": dict.fromkeys(
        ("huggingface_hub", "modelscope", "modelscope_hub"), "only the hub that is asked"
    ),
    "listening.speech.funasr_door": {"funasr": "imported in silence, and only the parts needed"},
    "listening.events.litert_file": {"ai_edge_litert": "only YAMNet needs it"},
    "listening.events.tagger": {"sherpa_onnx": "an extra"},
    "listening.ready": {"vidtag.listening.events.tagger": "onnxruntime, where there is a tagger"},
    "listening.speech.encoder": {
        "vidtag.listening.speech.kernels": "compiled, and only for CPUs that need them"
    },
    "listening.speech.linear": {
        "vidtag.listening.speech.int8": "compiled, and only for CPUs that need it"
    },
    "media.ffmpeg_program": {"imageio_ffmpeg": "only looked for where no other ffmpeg will do"},
    "report.plot": {"matplotlib": "an extra"},
    "timelines.formats": {"vidtag.timelines": "OpenTimelineIO takes 0.3 s to load"},
    "films.composition": {"moviepy": "takes a second to load, and only reels need it"},
    "web.label_task": {"vidtag.listening": "the page opens before torch is loaded"},
    "web.listen_task": {"vidtag.listening": "the page opens before torch is loaded"},
    "web.server": {
        "gradio": "an extra",
        "fastapi": "comes with gradio, an extra",
        "uvicorn": "comes with gradio, an extra",
        "vidtag.web": "these modules need gradio, an extra",
    },
}
"""Modules whose functions may import, what they may import there, and why."""

SAME_NAME = {
    "run": "each folder with one way in calls it so",
}
"""Module names that several folders have, and why."""

MOST_LINES = 350
MOST_PARAMETERS = 8

MANY_PARAMETERS = {"cli.subtitles_commands.check", "cli.web_command.web"}
"""A command's parameters are its options."""

HEAVY = {"torch", "funasr", "moviepy", "av", "numpy", "gradio", "onnxruntime", "ray", "jinja2"}


@dataclass(frozen=True)
class Import:
    """A module that another imports; ``lazily`` where it does so inside a function."""

    name: str
    lazily: bool


@dataclass(frozen=True)
class Module:
    """A module of the package: its name without ``vidtag.``, its lines and its syntax tree."""

    name: str
    lines: int
    tree: ast.Module

    @property
    def part(self) -> str:
        return self.name.split(".")[0]


@functools.cache
def modules() -> dict[str, Module]:
    found = {}
    for path in sorted((ROOT / "vidtag").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT / "vidtag").with_suffix("").parts)
        text = path.read_text(encoding="utf-8")
        found[name] = Module(name, len(text.splitlines()), ast.parse(text))
    return found


def _imported(node: ast.Import | ast.ImportFrom, inside: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    assert node.level == 0, f"{inside}: relative import"
    assert node.module
    names = []
    for alias in node.names:
        full = f"{node.module}.{alias.name}"
        short = full.removeprefix("vidtag.")
        is_module = short in modules() or f"{short}.__init__" in modules()
        names.append(full if full.startswith("vidtag.") and is_module else node.module)
    return names


@functools.cache
def imports(name: str) -> tuple[Import, ...]:
    """All that a module imports, wherever in it, and for type checking alone too."""

    def walk(node: ast.AST, in_function: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import | ast.ImportFrom):
                for imported in _imported(child, name):
                    yield Import(imported, in_function)
            is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            yield from walk(child, in_function or is_function)

    return tuple(dict.fromkeys(walk(modules()[name].tree, False)))


@functools.cache
def imported_here(name: str) -> frozenset[str]:
    """Modules of the package that a module imports."""
    found = set()
    for one in imports(name):
        if one.name == "vidtag" or one.name.startswith("vidtag."):
            short = one.name.removeprefix("vidtag").removeprefix(".")
            package = f"{short}.__init__".removeprefix(".")
            found.add(package if package in modules() else short)
    return frozenset(found - {name})


def test_every_module_has_its_place():
    named = {f"{part}.{name}" for part, rows in MODULES.items() for name in rows.split()}
    there = {name for name in modules() if not name.endswith("__init__") and "." in name}
    assert not there - named, f"not in MODULES of {__file__}: {sorted(there - named)}"
    assert not named - there, f"in MODULES of {__file__} and gone: {sorted(named - there)}"
    assert {module.part for module in modules().values()} <= MAY_IMPORT.keys()


def test_a_package_file_has_no_code_of_its_own():
    for name, module in modules().items():
        if name.endswith(".__init__") and name not in ("cli.__init__", "core.settings.__init__"):
            assert len(module.tree.body) == 1, f"{name} holds more than a docstring"


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_imports_run_one_way_between_parts(part):
    wrong = {
        (name, imported)
        for name, module in modules().items()
        if module.part == part
        for imported in imported_here(name)
        if imported.split(".")[0] not in MAY_IMPORT[part] | {part}
    }
    assert not wrong


def test_the_table_of_parts_runs_one_way():
    below: set[str] = set()
    for part, allowed in MAY_IMPORT.items():
        assert allowed <= below, f"{part} stands below {allowed - below}"
        below.add(part)


@pytest.mark.parametrize("part", MODULES)
def test_imports_run_one_way_inside_a_part(part):
    rows = [row.split() for row in MODULES[part].strip().splitlines()]
    row_of = {f"{part}.{name}": number for number, row in enumerate(rows) for name in row}
    wrong = {
        (name, imported)
        for name in row_of.keys() & modules().keys()
        for imported in imported_here(name) & row_of.keys()
        if row_of[imported] >= row_of[name]
    }
    assert not wrong


def test_no_module_imports_itself_by_way_of_others():
    def reached(name: str) -> set[str]:
        found: set[str] = set()
        waiting = [name]
        while waiting:
            new = imported_here(waiting.pop()) & modules().keys() - found
            found |= new
            waiting += new
        return found

    circle = {name for name in modules() if name in reached(name)}
    assert not circle


def test_functions_import_only_at_seams():
    wrong = {}
    for name in modules():
        lazy = {one.name for one in imports(name) if one.lazily}
        seams = SEAMS.get(name, {})
        found = {i for i in lazy if not any(f"{i}.".startswith(f"{seam}.") for seam in seams)}
        if found:
            wrong[name] = found
    assert not wrong, f"import at the top of the file, or say in SEAMS of {__file__} why not"


def test_every_seam_is_used():
    unused = {}
    for name, seams in SEAMS.items():
        assert name in modules(), f"in SEAMS of {__file__} and gone: {name}"
        lazy = {one.name for one in imports(name) if one.lazily}
        idle = {seam for seam in seams if not any(f"{i}.".startswith(f"{seam}.") for i in lazy)}
        if idle:
            unused[name] = idle
    assert not unused, f"in SEAMS of {__file__} and not imported in a function"


def test_no_file_is_too_long():
    long = {name for name, module in modules().items() if module.lines > MOST_LINES}
    assert not long, f"more than {MOST_LINES} lines"


def test_no_function_has_too_many_parameters():
    wrong = set()
    for name, module in modules().items():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                if len([a for a in given if a.arg not in ("self", "cls")]) > MOST_PARAMETERS:
                    wrong.add(f"{name}.{node.name}")
    assert wrong == MANY_PARAMETERS, f"more than {MOST_PARAMETERS} parameters"


def test_a_module_name_is_used_once():
    seen: dict[str, list[str]] = {}
    for name in modules():
        last = name.split(".")[-1]
        if last not in ("__init__", "__main__"):
            seen.setdefault(last, []).append(name)
    twice = {last: names for last, names in seen.items() if len(names) > 1}
    wrong = twice.keys() - SAME_NAME.keys()
    assert not wrong, {last: twice[last] for last in wrong}


def test_only_one_door_leads_to_programs_and_one_to_the_shell_that_watches_them():
    doors = {
        path.relative_to(ROOT / "vidtag").as_posix()
        for path in (ROOT / "vidtag").rglob("*.py")
        if "subprocess" in path.read_text(encoding="utf-8")
    }
    assert doors == {"media/child_process.py", "system/posix_system.py"}


@pytest.mark.parametrize(
    "code",
    [
        "import vidtag",
        "import sys; sys.argv[1:] = ['--help']; from vidtag.cli import app; app()",
        "import sys; sys.argv[1:] = ['run', '--help']; from vidtag.cli import app; app()",
    ],
)
def test_light_things_import_nothing_heavy(code):
    report = (
        "\nfinally:\n import sys"
        f"\n print('HEAVY', sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"try:\n {code}{report}"], capture_output=True, text=True
    )
    assert "HEAVY []" in done.stderr, done.stderr
