"""Timelines read by OpenShot's own importers, where its source is there.

``VIDTAG_OPENSHOT`` names a folder that holds ``classes/importers``, as Debian's package
``openshot-qt`` has it. Its window, its file dialog and its library for media are stood in for; what
is read, and where clips come to lie, is OpenShot's.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlparse

import pytest

from tests.builders.documents import make_audio_stream, make_media, make_video_stream
from vidtag.core.records import Clip
from vidtag.timelines.build import highlights_timeline
from vidtag.timelines.edl import edl_text
from vidtag.timelines.fcp7 import fcp7_text
from vidtag.timelines.model import Timeline, media_reference

FOLDER = Path(os.environ.get("VIDTAG_OPENSHOT", "/usr/lib/python3/dist-packages/openshot_qt"))
pytestmark = pytest.mark.skipif(
    not (FOLDER / "classes/importers").is_dir(), reason="OpenShot's source is not here"
)
MOMENTS = [(55.32, 70.6), (300.0, 308.52)]


class Stored:
    """A clip, track or file as OpenShot's project stores it."""

    saved: list[Stored]

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self.id = "1"

    @classmethod
    def get(cls, **_: Any) -> None:
        """Nothing is in the project yet."""

    def save(self) -> None:
        self.data.setdefault("id", "1")
        self.saved.append(self)


class OpenShot:
    """Imports files into an empty project."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, rate: Fraction) -> None:
        self.monkeypatch = monkeypatch
        self.opened = ""
        self.kinds: dict[str, Any] = {
            name: type(name, (Stored,), {"saved": []}) for name in ("Clip", "Track", "File")
        }
        project = {
            "fps": {"num": rate.numerator, "den": rate.denominator},
            "layers": [{"number": 1_000_000}],
        }
        anything = SimpleNamespace(emit=lambda: None)
        app = SimpleNamespace(
            _tr=str,
            project=SimpleNamespace(get=project.get, current_filepath=""),
            window=SimpleNamespace(
                refreshFrameSignal=anything,
                propertyTableView=SimpleNamespace(select_frame=lambda _: None),
                preview_thread=SimpleNamespace(player=SimpleNamespace(Position=lambda: 1)),
            ),
        )
        dialog = SimpleNamespace(getOpenFileName=lambda *_: (self.opened, ""))
        self._stand_in("openshot", Clip=self._media)
        self._stand_in("PyQt5")
        self._stand_in("PyQt5.QtWidgets", QFileDialog=dialog)
        # Packages without code of their own: what is not stood in for is OpenShot's.
        for package in ("classes", "classes.importers", "windows", "windows.views"):
            self._stand_in(package, __path__=[str(FOLDER / package.replace(".", "/"))])
        info = self._stand_in(
            "classes.info", HOME_PATH="/", PATH="/", THUMBNAIL_PATH="/", USER_PATH="/"
        )
        sys.modules["classes"].info = info  # type: ignore[attr-defined]
        self._stand_in("classes.app", get_app=lambda: app)
        self._stand_in("classes.logger", log=SimpleNamespace(warning=self._warned))
        self._stand_in("classes.query", **self.kinds)
        found = self._stand_in("windows.views.find_file")
        found.find_missing_file = self._find  # type: ignore[attr-defined]

    def _stand_in(self, name: str, **attributes: Any) -> ModuleType:
        module = ModuleType(name)
        vars(module).update(attributes)
        self.monkeypatch.setitem(sys.modules, name, module)
        return module

    @staticmethod
    def _media(path: str) -> Any:
        seen = json.dumps({"has_video": True, "has_audio": True, "path": path})
        reader = SimpleNamespace(Json=lambda: seen)
        return SimpleNamespace(Json=lambda: "{}", Reader=lambda: reader)

    @staticmethod
    def _find(path: str) -> tuple[str, bool, bool]:
        """What the user answers when a file is asked for."""
        return unquote(urlparse(path).path), False, False

    @staticmethod
    def _warned(message: str, **_: Any) -> None:
        raise AssertionError(message)

    def imports(self, file: Path, importer: str, function: str) -> list[dict[str, Any]]:
        """The clips that a file becomes."""
        self.opened = str(file)
        name = f"classes.importers.{importer}"
        self.monkeypatch.delitem(sys.modules, name, raising=False)
        getattr(importlib.import_module(name), function)()
        return [clip.data for clip in self.kinds["Clip"].saved]


def timeline(rate: Fraction) -> Timeline:
    video = make_video_stream(rate, duration=None)
    sound = replace(make_audio_stream(2), index=1)
    source = make_media("/videos/one & two.mov", 900.0, video=video, audio=[sound])
    reference = media_reference(source)
    chosen = [Clip(a, b, (), 0.9, "<b> & c") for a, b in MOMENTS]
    return highlights_timeline("found", [(reference, clip) for clip in chosen])


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001)])
def test_final_cut_pro_7_xml(
    rate: Fraction, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, file = timeline(rate), tmp_path / "found.xml"
    file.write_text(fcp7_text(made), encoding="utf-8")
    found = OpenShot(monkeypatch, rate).imports(file, "final_cut_pro", "import_xml")
    assert [clip["title"] for clip in found] == ["<b> & c"] * 2
    for clip, (first, frames, cut) in zip(found, made.placed(), strict=True):
        assert clip["position"] * rate == pytest.approx(first)
        assert clip["start"] * rate == pytest.approx(cut.first)
        assert clip["end"] * rate == pytest.approx(cut.first + frames)


def test_edit_decision_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rate = Fraction(25)
    made, file = timeline(rate), tmp_path / "found.edl"
    file.write_text(edl_text(made), encoding="utf-8")
    found = OpenShot(monkeypatch, rate).imports(file, "edl", "import_edl")
    # It knows one channel of sound: the second's clip has no times.
    timed = [clip for clip in found if clip["end"]]
    pictures = [clip for clip in timed if "has_audio" in clip]
    sounds = [clip for clip in timed if "has_video" in clip]
    for clips in (pictures, sounds):
        places = [tuple(clip[key] * rate for key in ("position", "start", "end")) for clip in clips]
        assert places == [
            pytest.approx((made.start + first, cut.first, cut.first + frames))
            for first, frames, cut in made.placed()
        ]
