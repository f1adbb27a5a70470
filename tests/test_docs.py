"""What README, CONTRIBUTING and docs name exists: links, files, modules, commands, options."""

import ast
import functools
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import typer

from vidtag.cli import app

ROOT = Path(__file__).parent.parent
DOCS = [
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY")),
    *sorted((ROOT / "docs").glob("*.md")),
]
FOLDERS = ("vidtag", "tests", "tools", "benchmarks", "docs", "configs")
EXAMPLES = {"vidtag/subtitles/formats/tsv.py"}
"""Files that a page shows how to add."""


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_files_that_are_named_exist(page):
    text = re.sub(r"https?://\S+|\]\([^)]*\)", "", page.read_text(encoding="utf-8"))
    paths = set(
        re.findall(r"(?<![\w/.])(?:vidtag|tests|tools|benchmarks|docs|configs)/[\w./-]+", text)
    )
    for path in {path.rstrip("./") for path in paths} - EXAMPLES:
        assert (ROOT / path).exists(), path
    names = {Path(file).name for file in EXAMPLES}
    names |= {file.name for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")}
    for name in re.findall(r"`([a-z_]+\.py)`", text):
        assert name in names, name


@pytest.mark.parametrize("page", ["SECURITY.md", "docs/reliability.md"])
def test_what_a_page_promises_names_tests_that_exist(page):
    """Every row of a table of promises names what shows it: a module, or a test in one."""
    text = (ROOT / page).read_text(encoding="utf-8")
    tables = re.findall(r"^\|[^\n]*shown by[^\n]*\|\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.M)
    assert tables
    for row in "".join(tables).splitlines():
        assert re.search(r"`tests/[\w/]+(\.py|/)", row.rpartition(" | ")[2]), row
    for file, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text):
        assert name in defined(ROOT / file), f"{name} in {file}"


@functools.cache
def defined(module: Path) -> set[str]:
    """Names that a module's own text defines."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name)
    return found


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_modules_and_their_names_exist(page):
    for dotted in re.findall(r"`(vidtag(?:\.\w+)+)", page.read_text(encoding="utf-8")):
        place = ROOT
        parts = dotted.split(".")
        while parts and (place / parts[0]).is_dir():
            place /= parts.pop(0)
        if parts and (place / f"{parts[0]}.py").is_file():
            place /= f"{parts.pop(0)}.py"
        else:
            place /= "__init__.py"
        for part in parts:
            assert part in defined(place), dotted


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_what_a_page_places_in_a_file_is_defined_there(page):
    """Such as `stream_audio` (`vidtag/media/audio.py`), or `listen` in the same."""
    text = page.read_text(encoding="utf-8")
    placed = re.findall(r"`(\w+(?:\.\w+)*)`\s+(?:in\s+|\()`(vidtag/[\w/]+\.py)`", text)
    assert placed or page.name != "architecture.md"
    for name, file in placed:
        assert set(name.split(".")) <= defined(ROOT / file), f"{name} in {file}"


def commands_in(text: str) -> list[list[str]]:
    """The words of all vidtag commands: in blocks of shell, and in running text."""
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.S))
    lines = re.findall(r"^(?:\w+=\S+ )*vidtag (.+)$", blocks, re.M)
    lines += re.findall(r"`vidtag ([a-z][^`]*)`", text)
    found = []
    for line in lines:
        words = shlex.split(line, comments=True)
        ends = [words.index(end) for end in ("|", ">", "&&", ";") if end in words]
        found.append(words[: min(ends, default=len(words))])
    return found


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_commands_and_their_options_exist(page):
    named = commands_in(page.read_text(encoding="utf-8"))
    assert len(named) >= 5 or page.name != "README.md"
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    commands = group.commands
    for name, *words in named:
        if name.startswith("-"):
            continue
        assert name in commands
        options = {"--help"}
        for parameter in commands[name].params:
            options |= {*parameter.opts, *parameter.secondary_opts}
        for word in words:
            if word.startswith("-") and word != "-":
                assert word.split("=")[0] in options, f"{word} of: {name} {' '.join(words)}"


def test_ci_runs_the_two_commands_as_they_stand():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^<!-- ci -->\n```sh\n([^\n]+)\n```$", text, re.M)
    assert len(commands) == 2
    for command in commands:
        assert subprocess.run(["bash", "-n", "-c", command]).returncode == 0
