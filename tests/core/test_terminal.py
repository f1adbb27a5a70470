"""Nothing that comes from outside does anything to a terminal."""

import os
import subprocess
import sys

from vidtag.core.terminal import terminal_console

HOSTILE = "a\x1b]0;title\x07\x1b]52;c;aGk=\x07\x1b[2Jb\u202etxt.mp4"
VISIBLE = "\\x1b]0;title\\x07\\x1b]52;c;aGk=\\x07\\x1b[2Jb\\u202etxt.mp4"


def run(folder, *arguments):
    command = [sys.executable, "-m", "vidtag", *arguments]
    env = {**os.environ, "PYTHONPATH": os.getcwd(), "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)


def test_an_error_shows_the_name_and_does_not_obey_it(tmp_path):
    (tmp_path / HOSTILE).write_text("no video")
    (tmp_path / f"{HOSTILE}.vidtag.json").write_text("{}")
    for done in (
        run(tmp_path, "run", HOSTILE, "-m", "pocket"),
        run(tmp_path, "report", f"{HOSTILE}.vidtag.json"),
    ):
        assert done.returncode == 2
        assert VISIBLE.encode() in done.stderr.replace(b"\n", b"")
        assert b"\x1b" not in done.stderr + done.stdout
        assert "\u202e".encode() not in done.stderr + done.stdout


def test_a_console_keeps_its_own_colours_and_no_others(capsys):
    console = terminal_console(force_terminal=True, color_system="standard", width=200)
    console.print(HOSTILE, style="red", markup=False)
    shown = capsys.readouterr().out
    # Rich itself leaves out BEL.
    without_bell = VISIBLE.replace("\\x07", "")
    assert shown == f"\x1b[31ma{without_bell}\x1b[0m\n"
