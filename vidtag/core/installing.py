"""How what is missing is installed beside this vidtag."""

from __future__ import annotations

import sys
from pathlib import Path


def install_command(package: str, *options: str) -> str:
    """The command that adds a package, or one of vidtag's extras, where this vidtag is installed.

    pipx and uv keep a program in an environment of its own, which the shell's pip does not reach,
    and which may have no pip.

    Args:
        package: a requirement, such as ``vidtag[web]``.
        options: of ``pip install``.
    """
    home = Path(sys.prefix)
    if (home / "pipx_metadata.json").is_file():
        command = "pipx runpip vidtag install"
    elif _is_of_uv(home):
        command = f'uv pip install --python "{sys.executable}"'
    else:
        command = "pip install"
    return " ".join([command, *options, _quoted(package)])


def _quoted(package: str) -> str:
    """Every shell, that of Windows too, takes double quotes."""
    return package if all(one.isalnum() or one in "-_." for one in package) else f'"{package}"'


def _is_of_uv(home: Path) -> bool:
    try:
        lines = (home / "pyvenv.cfg").read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    return any(line.partition("=")[0].strip() == "uv" for line in lines)
