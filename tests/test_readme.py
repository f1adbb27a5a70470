"""What the README says holds: its commands are one line each, its links lead somewhere."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_ci_runs_the_two_commands_as_they_stand():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^<!-- ci -->\n```sh\n([^\n]+)\n```$", text, re.M)
    assert len(commands) == 2
    for command in commands:
        assert subprocess.run(["bash", "-n", "-c", command]).returncode == 0


def test_options_in_the_readme_exist():
    from typer.testing import CliRunner

    from vidtag.cli import app

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^vidtag [^#\n]+", text, re.M)
    assert len(lines) >= 5
    for line in lines:
        command, *rest = shlex.split(line)[1:]
        shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output
        for option in (word for word in rest if word.startswith("-")):
            assert option in shown, f"{option} of: {line}"
