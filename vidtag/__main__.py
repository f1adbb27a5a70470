"""``python -m vidtag`` is the ``vidtag`` command."""

import signal


def main() -> None:
    """Run the command."""
    # While it is only being loaded, Ctrl-C ends it at once and without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from vidtag.cli import app
    from vidtag.cli.standard_streams import prepare_standard_streams

    prepare_standard_streams()
    app(prog_name="vidtag")


if __name__ == "__main__":
    main()
