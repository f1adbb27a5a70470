"""``python -m vidtag`` is the ``vidtag`` command."""

from vidtag.cli import app

if __name__ == "__main__":
    app(prog_name="vidtag")
