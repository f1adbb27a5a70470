"""What reads text that anybody may have written: from any bytes comes a result, or one error.

``PARSERS`` lists them, each with whole files to begin with; ``mutated`` damages such a file. A part
runs with the tests, ``python -m tests.torture.fuzz`` lets a fuzzer that sees the code's branches go
on for as long as one likes.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.torture import damage
from vidtag.batch.batch_settings import BatchConfig
from vidtag.batch.contract import Stage, StageEnded, Step
from vidtag.batch.inputs import Video, expand
from vidtag.batch.ledger_database import FILE
from vidtag.batch.opening import open_ledger, read_ledger
from vidtag.batch.plan import PlannedVideo, Planner
from vidtag.core import document
from vidtag.core.errors import InputError, VidtagError
from vidtag.core.settings import (
    Config,
    SettingsSource,
    load_config,
    load_config_as,
    parse_setting,
)
from vidtag.find import query
from vidtag.listening.models import model_folder
from vidtag.listening.speech import richtext
from vidtag.report import stats
from vidtag.report.report_view import report_view
from vidtag.select.clips import select_clips
from vidtag.show.highlight_files import remove_highlights
from vidtag.subtitles.check import judge as check
from vidtag.subtitles.formats import registry
from vidtag.subtitles.layout import cues
from vidtag.subtitles.reading.subtitle_file import read_cues
from vidtag.timelines.build import DocumentTimelines
from vidtag.timelines.formats import FORMATS as TIMELINE_FORMATS
from vidtag.timelines.formats import timeline_files

ROOT = Path(__file__).parent.parent.parent
FORMATS = tuple(registry.FORMATS)


@dataclass(frozen=True)
class Parser:
    """Something that reads text.

    Attributes:
        seeds: what it may be given.
        read: reads such bytes, in a folder to work in, and does with the result what the program
            does; raises nothing but vidtag's own errors.
    """

    seeds: tuple[bytes, ...]
    read: Callable[[bytes, Path], None]


def judge(parser: Parser, data: bytes, folder: Path) -> str:
    """What came of it in a line; whatever is not one of vidtag's errors goes through."""
    try:
        parser.read(data, folder)
    except VidtagError as error:
        said = str(error)
        assert said.strip(), "an error without a word"
        assert said.count("\n") <= 2, "more than the line, the query and the place in it"
        return "refused"
    return "read"


# ---------------------------------------------------------------------------------- readers
def _document(data: bytes, folder: Path) -> None:
    """Read it, and show it as everything that a document becomes."""
    found = document.from_json(data)
    assert document.from_json(document.to_json(found).encode()).segments is not None
    config = Config()
    laid_out = cues.lay_out(found, config.subtitles)
    for name in FORMATS:
        registry.document_file(found, laid_out, name, config.subtitles)
    chosen = select_clips(found, config.highlights)
    for file in timeline_files(DocumentTimelines.of(found, chosen), TIMELINE_FORMATS)[0]:
        (file.text or "").encode()
    stats.measure(found)
    shown = cues.cues_of(laid_out)
    report = check.check_cues(
        shown, config.subtitles.profile, video=found.media.video, document=found
    )
    report_view(found, chosen, check=report)


def _list_of_clips(data: bytes, folder: Path) -> None:
    """Clear away what it names, and nothing else."""
    heard = document.from_json(_DOCUMENT)
    outside = folder / "outside.mp4"
    outside.write_bytes(b"")
    place = folder / "results"
    (place / "v.clips").mkdir(parents=True, exist_ok=True)
    (place / "v.highlights.json").write_bytes(data)
    remove_highlights(heard, place)
    assert outside.exists()


def _written(name: str, data: bytes, folder: Path) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _settings(data: bytes, folder: Path) -> None:
    load_config(_written("settings.yaml", data, folder))


def _override(data: bytes, folder: Path) -> None:
    load_config(None, parse_setting(data.decode("utf-8", "surrogateescape")))


def _batch(data: bytes, folder: Path) -> None:
    """A batch file, and where it puts a video; its inputs are not looked for."""
    path = _written("batch.yaml", data, folder)
    loaded = load_config_as(BatchConfig, path)
    planner = Planner(loaded, path)
    planner.place(Video("/in/a/b.mp4", "a/b", None))


def _batch_list(data: bytes, folder: Path) -> None:
    """A list of inputs."""
    _written("inputs.txt", data, folder)
    expand([f"@{folder / 'inputs.txt'}"], (), SettingsSource({}, {}))


def _ledger(data: bytes, folder: Path) -> None:
    """Look into it, and go on with it."""
    state = folder / "state"
    state.mkdir(exist_ok=True)
    for file in state.iterdir():
        file.unlink()
    (state / FILE).write_bytes(data)
    with contextlib.closing(read_ledger(state)) as ledger:
        for look in (ledger.counts, ledger.failures, ledger.running, ledger.costs, ledger.rows):
            look()
        ledger.video_seconds()
    with open_ledger(state) as ledger:
        ledger.begin_run()
        for job in ledger.jobs(_PLANNED, retry_failed=True):
            ledger.end(StageEnded(job.number, Stage.LISTEN, "cpu0"))


def _subtitles(data: bytes, folder: Path) -> None:
    """Under every name; the cues are judged and written again."""
    for suffix in (".srt", ".json"):
        with contextlib.suppress(VidtagError):
            found = read_cues(_written(f"in{suffix}", data, folder))
            check.check_cues(found, Config().subtitles.profile)
            for name in ("srt", "ass", "vtt"):
                registry.render_cues(found, name, video=None, config=Config().subtitles)


def _query(data: bytes, folder: Path) -> None:
    query.parse(data.decode("utf-8", "surrogateescape"))


@dataclass(frozen=True)
class _Piece:
    piece: str
    start: int
    end: int
    probability: float = 0.5


def _rich_text(data: bytes, folder: Path) -> None:
    text = data.decode("utf-8", "surrogateescape")
    rich = richtext.parse(text)
    assert richtext.parse(richtext.render(rich)).text == rich.text
    pieces = [_Piece(piece, n, n + 1) for n, piece in enumerate(re.split(r"(?=[▁<])|\|", text))]
    for word in richtext.words(pieces):
        assert word.text
        assert word.start <= word.end


def _model(data: bytes, folder: Path) -> None:
    """The files of a model's folder that are text."""
    place = model_folder.ModelFolder(
        "m", folder, "folder", None, *(folder / name for name in ("model.pt", "bpe", "am.mvn"))
    )
    _written(model_folder.CALIBRATION, data, folder)
    with contextlib.suppress(VidtagError):
        model_folder.read_word_delays(place)
        model_folder.read_event_settings(place)
    model_folder._architecture(_written("config.yaml", data, folder))


# ------------------------------------------------------------------------------------- seeds
def _plain(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode()


_WORDS = [
    {"text": text, "start": 1.0 + n, "end": 1.8 + n, "probability": 0.9, "space_before": n > 0}
    for n, text in enumerate(("That", "is", "not", "funny,", "是", "吗？"))
]
_DOCUMENT = _plain(
    {
        "version": 1,
        "media": {
            "path": "/in/v.mp4",
            "container": "mov,mp4,m4a,3gp,3g2,mj2",
            "duration": 60.0,
            "video": {
                "index": 0,
                "codec": "h264",
                "width": 1280,
                "height": 720,
                "frame_rate": "30000/1001",
                "variable_frame_rate": False,
                "start": 0.0,
                "duration": 60.0,
                "rotation": 0,
                "pixel_format": "yuv420p",
                "timecode": "01:00:00:00",
            },
            "audio": [
                {
                    "index": 1,
                    "track": 0,
                    "codec": "aac",
                    "sample_rate": 48000,
                    "channels": 2,
                    "start": 0.0,
                    "duration": 60.0,
                    "language": "eng",
                    "title": None,
                }
            ],
            "fingerprint": "f00d",
        },
        "model": {
            "name": "pocket",
            "origin": "bundled",
            "revision": None,
            "parameters": 1,
            "digest": "ab",
        },
        "settings": {},
        "segments": [
            {
                "start": 0.9,
                "end": 7.0,
                "text": "That is not funny,是吗？",
                "words": _WORDS,
                "language": "en",
                "language_probability": 0.9,
                "emotion": "HAPPY",
                "emotion_probability": 0.8,
                "events": {"Laughter": 0.2},
                "probability": 0.9,
            }
        ],
        "events": [
            {"kind": kind, "start": start, "end": start + 2, "peak": 0.95, "mean": 0.8}
            for kind, start in (("Laughter", 7.1), ("Applause", 20.0), ("BGM", 30.0))
        ],
        "notes": ["a note"],
        "shots": [3.0, 8.5],
    }
)
_SRT = "1\n00:00:01,000 --> 00:00:02,500\n<i>Hello</i>, {\\an8}world\n- 你好吗？\n\n2\n".encode()
_VTT = b"WEBVTT\n\nNOTE x\n\n00:01.000 --> 00:02.000 align:start\n<v Bob>Hi &amp; <c.red>bye</c>\n"
_ASS = (
    b"[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\n"
    b"Style: Default,Arial,20\n\n[Events]\nFormat: Layer, Start, End, Style, Text\n"
    b"Dialogue: 0,0:00:01.00,0:00:02.00,Default,{\\k20}Hel{\\k30}lo\\N{\\p1}m 0 0{\\p0}x\n"
)
_TTML = (
    b'<?xml version="1.0"?><tt xmlns="http://www.w3.org/ns/ttml"><body><div>'
    b'<p begin="00:00:01.000" end="2s">Hi<br/>you</p></div></body></tt>'
)
_CUES = _plain(
    {
        "cues": [
            {
                "start": 1.0,
                "end": 2.0,
                "lines": ["Hi"],
                "kind": "speech",
                "language": "en",
                "emotion": "HAPPY",
                "markers": [0],
            }
        ]
    }
)
_CLIPS = _plain(
    {
        "video": "/in/v.mp4",
        "reel": "v.reel.mp4",
        "clips": [
            {"file": "v.clips/a.mp4", "subtitles": ["../outside.mp4"], "social": None},
            {"file": "a" * 300, "subtitles": ["\0", "/etc/passwd"], "social": "v.social/b.mp4"},
        ],
    }
)
_QUERIES = (
    b'laughter > 3s and said:"thank you" not applause',
    b"(emotion:angry or emotion:sad) within 2s of bgm p>=0.8 language:en",
)
_RICH = "<|en|><|HAPPY|><|Laughter|><|withitn|>▁He|llo|,▁w|.▁3|.|5|<0xE9><0xBE><0x98>笑（".encode()
_CALIBRATION = _plain(
    {"word_start_delay": {"en": 0.02}, "events": {"Laughter": {"on": 0.9, "off": 0.2}}}
)


def _configurations() -> tuple[bytes, ...]:
    files = sorted((ROOT / "configs").glob("*.yaml"))
    return tuple(file.read_bytes() for file in files)


_OVERRIDES = (b"model.name=pocket", b"highlights.weights={Laughter: 1, Applause: .5}")
_PLANNED = [
    PlannedVideo(
        f"/in/{name}.mp4", f"/out/{name}", load_config(None, {"highlights.enabled": False})
    )
    for name in "abc"
]


def _a_ledger() -> bytes:
    with tempfile.TemporaryDirectory() as name:
        state = Path(name)
        with open_ledger(state) as ledger:
            for job in ledger.jobs(_PLANNED):
                ledger.begin(job.number, Step.DECODE, "cpu0")
                error = InputError("is empty") if job.number == 2 else None
                files = {"a.vidtag.json": 3}
                ledger.end(StageEnded(job.number, Stage.LISTEN, "cpu0", error, files=files))
        with contextlib.closing(sqlite3.connect(state / FILE)) as database:
            database.execute("PRAGMA journal_mode = DELETE")
        return (state / FILE).read_bytes()


_HOSTILE_YAML = (
    b"2001-13-45", b"!!bool x", b"!!int x", b"!!float x", b"!!binary x", b"&a [*a]", b"[" * 400,
    b"9" * 5000, b".nan", b"{a: {b: c}}", b'"\\0"', b'"\\ud800"', b"!!set {a}", b"'",
)  # fmt: skip

PARSERS: dict[str, Parser] = {
    "document": Parser((_DOCUMENT,), _document),
    "clips": Parser((_CLIPS,), _list_of_clips),
    "settings": Parser(_configurations(), _settings),
    "override": Parser(
        (*_OVERRIDES, *(b"model.name=" + value for value in _HOSTILE_YAML)), _override
    ),
    "batch": Parser(_configurations(), _batch),
    "batch list": Parser((f"# all\n{__file__}\n\n".encode(),), _batch_list),
    "ledger": Parser((_a_ledger(),), _ledger),
    "subtitles": Parser((_SRT, _VTT, _ASS, _TTML, _CUES), _subtitles),
    "query": Parser(_QUERIES, _query),
    "rich text": Parser((_RICH,), _rich_text),
    "model": Parser(
        (_CALIBRATION, (ROOT / "vidtag/pocket/config.yaml").read_bytes(), b"[" * 400), _model
    ),
}


# --------------------------------------------------------------------------------- mutations
_HOSTILE: tuple[Any, ...] = (
    None, True, -1, 0, 1e300, -1e300, float("nan"), float("inf"), float("-inf"), 10**30, 0.1, "",
    "\0", "\ud800", "\u202e", "a" * 5000, "../../x", "笑" * 300, "-->", [], {}, [[]], [None],
    "1/0", "0/1", "nan", "1e999", -0.5, 2**31, 2**63, "zh", "Laughter",
)  # fmt: skip


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The bytes with one to three things changed: a value, where they are JSON or YAML, or some."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        change = rng.choice((_other_value, _other_value, _other_scalar, _other_bytes))
        data = change(data, rng) or b"x"
    return data


def _other_value(data: bytes, rng: random.Random) -> bytes:
    """JSON with a value replaced, doubled or taken out."""
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return _other_scalar(data, rng)
    places = list(_places(tree))
    if not places:
        return json.dumps(rng.choice(_HOSTILE)).encode()
    holder, key = rng.choice(places)
    act = rng.random()
    if act < 0.1:
        del holder[key]
    elif act < 0.2 and isinstance(holder, list):
        holder.insert(key, holder[key])
    elif act < 0.3 and isinstance(holder[key], (int, float)):
        holder[key] *= rng.choice((-1, 0, 1e-9, 1e9, 3))
    else:
        holder[key] = rng.choice(_HOSTILE)
    return json.dumps(tree).encode()


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    keys = tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in list(keys):
        yield tree, key
        yield from _places(tree[key])


def _other_scalar(data: bytes, rng: random.Random) -> bytes:
    """Text with what stands behind a colon or an equals sign replaced."""
    found = list(re.finditer(rb"(?<=[:=])[^\n#]+", data))
    if not found:
        return _other_bytes(data, rng)
    one = rng.choice(found)
    return data[: one.start()] + b" " + rng.choice(_HOSTILE_YAML) + data[one.end() :]


def _other_bytes(data: bytes, rng: random.Random) -> bytes:
    return rng.choice(damage.ALL)(data, rng)
