"""The shape of the package: which way imports run, and that the light parts stay light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "vidtag"
BOTTOM = set()
FOUNDATION = BOTTOM | {"atomic", "config", "document"}
MEDIA = {"media"}
STAGES = {"speech", "events", "subtitles", "highlights", "timelines", "report"}
ALLOWED = {
    **{name: set() for name in BOTTOM},
    "atomic": {"errors"},
    "config": {"types"},
    "configfile": {"config", "errors"},
    "document": {"types", "errors", "atomic"},
    "media": FOUNDATION,
    **dict.fromkeys(STAGES, FOUNDATION | MEDIA),
    "report": FOUNDATION | MEDIA | {"subtitles", "highlights"},
    "listening": FOUNDATION | MEDIA | {"speech", "events"},
    "watch": FOUNDATION | MEDIA,
    "clips": FOUNDATION | MEDIA | {"subtitles", "highlights"},
    "show": FOUNDATION | MEDIA | {"subtitles", "highlights", "timelines", "report", "clips"},
    "pipeline": FOUNDATION | MEDIA | STAGES | {"listening", "show", "watch"},
    "api": FOUNDATION | MEDIA | STAGES | {"configfile", "pipeline", "show"},
    "web": FOUNDATION | MEDIA | STAGES | {"api", "configfile", "pipeline", "show"},
    "batch": FOUNDATION | MEDIA | STAGES | {"configfile", "listening", "show", "watch", "pipeline"},
    "find": FOUNDATION | MEDIA | {"highlights", "timelines", "show"},
}
HEAVY = {"torch", "funasr", "moviepy", "av", "numpy", "gradio", "onnxruntime", "ray", "jinja2"}


def top_modules() -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found.setdefault(parts[0], []).append(path)
    return found


def imports(path: Path) -> set[str]:
    """Top-level vidtag modules that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if node.module == "vidtag":
                found |= {alias.name for alias in node.names}
            elif (node.module or "").startswith("vidtag."):
                found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("vidtag.")}
    return found - {"__version__"}


@pytest.mark.parametrize("module", sorted(ALLOWED.keys() & top_modules().keys()))
def test_imports_run_one_way(module):
    for path in top_modules()[module]:
        wrong = imports(path) - ALLOWED[module] - {module}
        assert not wrong, f"{path.relative_to(PACKAGE)} imports {wrong}"


def test_only_one_door_leads_to_subprocesses():
    doors = {
        path.relative_to(PACKAGE).as_posix()
        for paths in top_modules().values()
        for path in paths
        if "subprocess" in path.read_text(encoding="utf-8")
    }
    assert doors == {"media/ffmpeg.py"}


def test_a_system_it_does_not_run_on_is_told_what_to_do():
    code = "import sys; sys.platform = 'win32'; import vidtag"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("ImportError: vidtag runs on Linux and macOS.")
    assert "WSL" in done.stderr


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
