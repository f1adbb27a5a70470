"""The second witness, with real onnxruntime, real sherpa-onnx and models small enough to write by
hand.
"""

from __future__ import annotations

import errno
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from tests.listening.events import tiny_litert, tiny_onnx
from vidtag.core.errors import ModelError
from vidtag.core.records import EventKind
from vidtag.core.settings import EventsConfig, TaggerConfig
from vidtag.listening.events.labels import LABELS
from vidtag.listening.events.scan import EventScanner
from vidtag.listening.events.tagger import make_tagger
from vidtag.listening.events.track import evidence
from vidtag.listening.windows import WindowPosteriors
from vidtag.media.audio import stream_audio
from vidtag.media.probe import probe
from vidtag.media.samples import SAMPLE_RATE

KINDS = tuple(EventKind)
NAMES = ("Speech", "Laughter", "Chuckle, chortle", "Applause", "Vehicle")
# The probability of a class is sigmoid(slope * mean log-mel level + offset): the louder, the more
# of a laugh. The level of the noise below is -10 or less when quiet, and over 2 when loud.
SLOPES, OFFSETS = (0, 1, 2, 0, 0), (-2, 2, 0, -4, 4)
needs_sherpa = pytest.mark.skipif(
    importlib.util.find_spec("sherpa_onnx") is None, reason="an extra that is not installed"
)
FEATURES = [pytest.param(name, marks=needs_sherpa) for name in ("zipformer", "ced")]
WAVEFORM = ["one window", "any number", "LiteRT", "LiteRT of any length"]


def noise(amplitude: float, seconds: float = 1.0) -> np.ndarray:
    samples = np.random.default_rng(3).normal(size=round(seconds * SAMPLE_RATE))
    return (amplitude * np.clip(samples, -2, 2) / 2).astype(np.float32)


def write_labels(path: Path, names: tuple[str, ...] = NAMES, quote: str = '"') -> Path:
    """Quoted as sherpa-onnx has them, or only where a comma asks for it, as YAMNet has them."""
    marks = [quote or '"' * ("," in name) for name in names]
    rows = (
        f"{i},/m/{i},{q}{name}{q}\n" for i, (name, q) in enumerate(zip(names, marks, strict=True))
    )
    path.write_text("index,mid,display_name\n" + "".join(rows), encoding="utf-8")
    return path


def write_model(folder: Path, family: str, *, quote: str = '"') -> Path:
    """A folder with a tagger of this family and its labels."""
    folder.mkdir(exist_ok=True)
    path = folder / "model.onnx"
    if family in ("zipformer", "ced"):
        path.write_bytes(tiny_onnx.tagger(SLOPES, OFFSETS, zipformer=family == "zipformer"))
        write_labels(folder / "class_labels_indices.csv", quote=quote)
    else:  # the mean square of the noise is 0.2 when loud, 0 when quiet
        lines = (0, 60, 90, 0, 0), (-2, -6, -9, -4, 4)
        if family.startswith("LiteRT"):
            path = folder / "model.tflite"
            length = -1 if family.endswith("any length") else 15600
            path.write_bytes(tiny_litert.waveform_tagger(*lines, (length,)))
        else:
            shape = (15600,) if family == "one window" else ("N", 15600)
            path.write_bytes(tiny_onnx.waveform_tagger(*lines, shape))
        write_labels(folder / "yamnet_class_map.csv", quote=quote)
    return path


@pytest.mark.parametrize("quote", ['"', ""])
@pytest.mark.parametrize("family", [*FEATURES, *WAVEFORM])
def test_labels_become_kinds(tmp_path: Path, family: str, quote: str) -> None:
    tagger = make_tagger(TaggerConfig(model=str(write_model(tmp_path / "m", family, quote=quote))))
    assert tagger is not None
    assert set(tagger.scope.kinds) == {EventKind.LAUGHTER, EventKind.APPLAUSE}
    quiet, loud = tagger.classify_windows(np.stack([noise(0.001), noise(0.9)])).events
    column = KINDS.index(EventKind.LAUGHTER)
    assert quiet[column] < 0.1
    assert loud[column] > 0.9
    applause = KINDS.index(EventKind.APPLAUSE)
    assert quiet[applause] == loud[applause] == pytest.approx(1 / (1 + np.exp(4)), abs=1e-5)
    assert quiet[KINDS.index(EventKind.SNEEZE)] == 0


def test_labels_of_one_kind_are_added_up_and_the_finer_ones_kept(tmp_path: Path) -> None:
    path = write_model(tmp_path, "any number")
    path.write_bytes(
        tiny_onnx.waveform_tagger((0,) * 5, (-2.0, -1.5, -1.0, -9.0, 0.0), ("N", 15600))
    )
    tagger = make_tagger(TaggerConfig(model=str(path)))
    assert tagger is not None
    answer = tagger.classify_windows(noise(0.3)[None])
    laugh, chuckle = 1 / (1 + np.exp(1.5)), 1 / (1 + np.exp(1.0))
    assert answer.events[0, KINDS.index(EventKind.LAUGHTER)] == pytest.approx(laugh + chuckle)
    assert tagger.scope.labels == ("Chuckle, chortle",)
    assert answer.labels is not None
    assert answer.labels[0] == pytest.approx([chuckle])


@pytest.mark.parametrize("seconds", [0.5, 0.975, 1.0, 4.0])
@pytest.mark.parametrize("family", WAVEFORM)
def test_any_window_fits_a_model_of_one_length(tmp_path: Path, family: str, seconds: float) -> None:
    tagger = make_tagger(TaggerConfig(model=str(write_model(tmp_path, family))))
    assert tagger is not None
    loud = tagger.classify_windows(np.stack([noise(0.9, seconds)] * 3)).events
    assert loud[:, KINDS.index(EventKind.LAUGHTER)] == pytest.approx([1.0] * 3)


def test_a_scan_with_a_second_witness(tmp_path: Path) -> None:
    """The model is in doubt throughout; the tagger decides."""

    class Doubts:
        def classify_windows(self, windows: np.ndarray) -> WindowPosteriors:
            return WindowPosteriors(np.full((len(windows), len(KINDS)), 1 / 7, np.float32))

    audio = np.concatenate([noise(0.02, 4), noise(0.9, 3), noise(0.02, 4)])
    config = EventsConfig(tagger=TaggerConfig(model=str(write_model(tmp_path, "any number"))))
    scanner = EventScanner(Doubts(), config, make_tagger(config.tagger))
    scanner.feed(audio)
    curves = scanner.finish()
    strength = evidence(curves, config)[EventKind.LAUGHTER]
    assert strength[np.abs(curves.times - 5.5) < 0.5].min() > 0.6
    assert strength[(curves.times > 0.5) & (curves.times < 3)].max() < 0.3
    assert curves.tagger is not None
    assert curves.tagger.label_posteriors.max() > 0.9
    # What it has no label for is the model's word alone.
    assert evidence(curves, config)[EventKind.BREATH].max() == pytest.approx(1 / 7)


def test_no_tagger_is_made_where_none_is_named() -> None:
    assert make_tagger(TaggerConfig(weight=1)) is None


def test_every_kind_has_labels() -> None:
    assert set(LABELS) == set(EventKind)
    names = [name for kind in EventKind for name in LABELS[kind].own]
    assert len(names) == len(set(names))


def refusal(model: Path, labels: Path | None = None) -> str:
    with pytest.raises(ModelError) as caught:
        make_tagger(TaggerConfig(model=str(model), labels=None if labels is None else str(labels)))
    return str(caught.value)


def test_wrong_files_are_named(tmp_path: Path) -> None:
    good = write_model(tmp_path / "good", "any number")
    labels = tmp_path / "good" / "yamnet_class_map.csv"
    missing = refusal(tmp_path / "none.onnx", labels)
    assert "no such tagger" in missing
    assert "to yamnet, or to null to do without" in missing
    for name, data in (("junk.tflite", b"not a model"), ("cut.onnx", good.read_bytes()[:-3]),
                       ("empty.tflite", b""), ("junk.onnx", b"not a model")):  # fmt: skip
        junk = tmp_path / name
        junk.write_bytes(data)
        assert "neither a TensorFlow Lite nor an ONNX model" in refusal(junk, labels)
    assert "cannot be read" in refusal(good, tmp_path / "none.csv")
    assert "not a label file" in refusal(good, junk)
    few = write_labels(tmp_path / "few.csv", NAMES[:3])
    assert "3 labels for a model of 5 classes" in refusal(good, few)
    foreign = write_labels(tmp_path / "foreign.csv", ("a", "b", "c", "d", "e"))
    assert "none of its labels" in refusal(good, foreign)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: tiny_onnx.waveform_tagger((0,) * 5, OFFSETS, ("N", 3, 15600, 1)), "of rank 4"),
        (lambda: tiny_onnx.waveform_tagger((0,) * 5, OFFSETS, (15600,), kind=7), "int64 of rank 1"),
        (lambda: tiny_onnx.waveform_tagger((0,) * 5, OFFSETS, (15600,), kind=5), "int16 of rank 1"),
        (lambda: tiny_onnx.waveform_tagger((0,) * 5, OFFSETS, (100,)), "0.00625 s"),
        (lambda: tiny_onnx.waveform_tagger((0,) * 5, OFFSETS, (8, 15600)), "exactly 8 windows"),
        (
            lambda: tiny_onnx.waveform_tagger((0,) * 5, OFFSETS, (15600,), rate="32000"),
            "32000 Hz, and vidtag listens at 16000 Hz",
        ),
        (
            lambda: tiny_onnx.waveform_tagger((0,) * 5, (np.nan,) * 5, ("N", 15600)),
            "not finite",
        ),
        (
            lambda: tiny_onnx.waveform_tagger((0,) * 5, (3.0,) * 5, ("N", 15600), sigmoid=False),
            "no probabilities",
        ),
        (
            lambda: tiny_onnx.waveform_tagger((0,) * 5, OFFSETS, (15600,), rate="32 kHz"),
            "32000 Hz, and vidtag listens at 16000 Hz",
        ),
        (
            lambda: tiny_onnx.waveform_tagger((0,) * 5, (0,) * 5, ("N", 15600), nan_at=0.05),
            "not finite",
        ),
        (
            lambda: tiny_onnx.waveform_tagger((0,) * 5, (0,) * 5, ("N", 15600), nan_at=0.5),
            "not finite",
        ),
        (
            lambda: tiny_onnx.waveform_tagger((0,) * 5, OFFSETS, (15600,), opset=99),
            "it is of opset 99, and onnxruntime",
        ),
    ],
    ids=[
        "rank",
        "type",
        "int16",
        "length",
        "batch",
        "rate",
        "nan",
        "logits",
        "kHz",
        "loud nan",
        "clipped nan",
        "opset",
    ],
)
def test_a_model_that_is_no_tagger_of_ours_is_refused_before_listening(
    tmp_path: Path, make, said: str
) -> None:
    path = write_model(tmp_path, "any number")
    path.write_bytes(make())
    message = refusal(path)
    assert message.startswith(f"{path}: ")
    assert said in message
    assert "\n" not in message
    assert "onnxruntime_src" not in message


def test_an_onnx_model_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    session = onnxruntime.InferenceSession

    def opening(path: str, *rest: object, **options: object) -> object:
        opened.append(path)
        return session(path, *rest, **options)

    monkeypatch.setattr(onnxruntime, "InferenceSession", opening)
    path = write_model(tmp_path, "any number")
    tagger = make_tagger(TaggerConfig(model=str(path)))
    assert tagger is not None
    tagger.classify_windows(noise(0.1)[None])
    assert opened == [str(path)]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (tiny_litert.waveform_tagger((0,) * 5, OFFSETS, (8, 15600)), "8x15600 of float32"),
        (tiny_litert.waveform_tagger((0,) * 5, OFFSETS, (100,)), "0.00625 s"),
        (tiny_litert.waveform_tagger((0,) * 5, (np.nan,) * 5), "not finite"),
        (tiny_litert.waveform_tagger((0,) * 5, OFFSETS)[:700], "LiteRT cannot run it"),
        (b"    TFL3" + bytes(500), "LiteRT cannot run it"),
        (
            tiny_litert.waveform_tagger((0,) * 5, OFFSETS, inputs=(0, 4)),
            "its inputs are 15600 of float32, 5x1 of float32",
        ),
        (tiny_litert.waveform_tagger((0,) * 5, OFFSETS, inputs=()), "it takes nothing"),
        (tiny_litert.waveform_tagger((0,) * 5, OFFSETS, outputs=()), "it gives nothing"),
        (
            tiny_litert.waveform_tagger((0,) * 5, OFFSETS).replace(b"waveform", b"w\x80veform"),
            "LiteRT cannot run it",
        ),
    ],
    ids=[
        "batch",
        "length",
        "nan",
        "cut off",
        "junk",
        "two inputs",
        "no input",
        "no output",
        "name that is no text",
    ],
)
def test_a_litert_model_that_is_no_tagger_of_ours_is_refused_too(
    tmp_path: Path, data: bytes, said: str
) -> None:
    path = write_model(tmp_path, "LiteRT")
    path.write_bytes(data)
    message = refusal(path)
    assert message.startswith(f"{path}: ")
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize("family", ["any number", "LiteRT"])
def test_a_model_that_may_not_be_read_says_so(
    tmp_path: Path, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = write_model(tmp_path, family)
    opening = os.open

    def refusing(path: str, *rest: int, **more: int) -> int:
        if Path(path) == good:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opening(path, *rest, **more)

    monkeypatch.setattr(os, "open", refusing)
    assert "the tagger's model cannot be read (Permission denied)" in refusal(good)


def test_a_folder_is_not_called_missing(tmp_path: Path) -> None:
    labels = write_model(tmp_path, "any number").parent / "yamnet_class_map.csv"
    (tmp_path / "folder.onnx").mkdir()
    assert "cannot be read (Is a directory)" in refusal(tmp_path / "folder.onnx", labels)


def test_labels_in_another_order_of_columns_are_told_so(tmp_path: Path) -> None:
    good = write_model(tmp_path, "any number")
    rows = "".join(f'{n},"{name}",/m/{n}\n' for n, name in enumerate(NAMES))
    moved = tmp_path / "moved.csv"
    moved.write_text(f"index,display_name,mid\n{rows}", encoding="utf-8")
    said = "its columns are index, display_name, mid, where index, mid, display_name are expected"
    assert said in refusal(good, moved)


def test_labels_that_are_missing_say_what_they_may_be_called(tmp_path: Path) -> None:
    good = write_model(tmp_path, "any number")
    (tmp_path / "yamnet_class_map.csv").unlink()
    assert "as class_labels_indices.csv or yamnet_class_map.csv" in refusal(good)


def test_labels_with_a_bom_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    good = write_model(tmp_path, "any number")
    labels = tmp_path / "yamnet_class_map.csv"
    labels.write_bytes(b"\xef\xbb\xbf" + labels.read_bytes().replace(b"\n", b"\r\n"))
    tagger = make_tagger(TaggerConfig(model=str(good)))
    assert tagger is not None
    assert EventKind.LAUGHTER in tagger.scope.kinds


def test_litert_writes_nothing_on_the_terminal(tmp_path: Path, capfd) -> None:
    make_tagger(TaggerConfig(model=str(write_model(tmp_path, "LiteRT"))))
    assert capfd.readouterr() == ("", "")


SHARED = Path(__file__).parents[3].parent / "shared"
REAL = SHARED / "models" / "yamnet.tflite"


@pytest.mark.skipif(not REAL.is_file(), reason="the real YAMNet is not on this machine")
@pytest.mark.parametrize(
    ("folder", "kind"), [("laughter", EventKind.LAUGHTER), ("applause", EventKind.APPLAUSE)]
)
def test_the_real_yamnet_knows_real_clips(folder: str, kind: EventKind) -> None:
    tagger = make_tagger(TaggerConfig(model=str(REAL)))
    assert tagger is not None
    assert set(tagger.scope.kinds) == set(EventKind)
    peaks = []
    for clip in sorted((SHARED / "real" / "sound" / "clips" / folder).iterdir()):
        sound = np.concatenate(list(stream_audio(probe(clip))))
        windows = max(1, len(sound) // SAMPLE_RATE)
        whole = np.resize(sound, windows * SAMPLE_RATE).reshape(windows, SAMPLE_RATE)
        peaks.append(tagger.classify_windows(whole).events[:, KINDS.index(kind)].max())
    assert np.median(peaks) > 0.5
    silence = np.zeros((1, SAMPLE_RATE), np.float32)
    assert tagger.classify_windows(silence).events.max() < 0.1


def test_what_turns_to_nan_in_the_midst_is_one_clear_error(tmp_path: Path) -> None:
    path = write_model(tmp_path, "any number")
    path.write_bytes(tiny_onnx.waveform_tagger((0,) * 5, (0,) * 5, ("N", 15600), nan_at=1.5))
    tagger = make_tagger(TaggerConfig(model=str(path)))
    assert tagger is not None
    with pytest.raises(ModelError, match="not finite"):
        tagger.classify_windows(np.full((2, SAMPLE_RATE), 1.9, np.float32))


@needs_sherpa
def test_unquoted_labels_do_not_end_the_process(tmp_path: Path) -> None:
    """sherpa-onnx ends the process at labels that are not quoted; so it has one of its own here."""
    path = write_model(tmp_path, "ced", quote="")
    code = (
        "from vidtag.core.settings import TaggerConfig\n"
        "from vidtag.listening.events.tagger import make_tagger\n"
        f"print(make_tagger(TaggerConfig(model={str(path)!r})).scope.kinds[0].value)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "Laughter\n"), done.stderr
