"""What ``vidtag doctor`` says of packages that can be left out."""

import importlib.metadata
import tomllib
from pathlib import Path

from vidtag.cli import doctor

ROOT = Path(__file__).parent.parent.parent


def test_extras_that_are_missing_say_what_for_and_how_to_get_them(monkeypatch):
    def version(name):
        if name in {package for package, _ in doctor._EXTRAS.values()}:
            raise importlib.metadata.PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(importlib.metadata, "version", version)
    found = {finding.name: finding for finding in doctor._packages()}
    assert found["torch"].state == "ok"
    gradio, matplotlib = found["gradio"], found["matplotlib"]
    assert gradio.state == matplotlib.state == "optional"
    assert gradio.detail == "not installed; needed for vidtag web; all other commands do without"
    assert gradio.remedy == 'pip install "vidtag[web]"'
    assert "vidtag plot" in matplotlib.detail


def test_every_extra_for_users_is_known():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert doctor._EXTRAS.keys() == extras.keys() - {"test", "dev", "pocket"}
    for extra, (package, _) in doctor._EXTRAS.items():
        assert any(line.startswith(package) for line in extras[extra]), extra
