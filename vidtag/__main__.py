"""``python -m vidtag`` is the ``vidtag`` command."""

import signal


def main() -> None:
    """Run the command."""
    # While it is only being loaded, Ctrl-C ends it at once and without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from vidtag.cli import app

    app(prog_name="vidtag")


if __name__ == "__main__":
    main()
