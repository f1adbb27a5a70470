"""Progress of a stage that counts in a unit of its own, such as seconds."""

from __future__ import annotations

from collections.abc import Callable

from vidtag.core.records import OnProgress, Progress


def stage_progress(
    on_progress: OnProgress, stage: str, total: float, detail: str = ""
) -> Callable[[float], None]:
    """A callback for the part of a stage that is done, in its unit; at most ``total`` is passed on.

    Args:
        on_progress: receives the progress of the stage.
    """

    def on_done(done: float) -> None:
        on_progress(Progress(stage, min(done, total), total, detail))

    return on_done
