"""The task that finds which events of a job to ask about; like ``listen_task``, it needs torch."""

from __future__ import annotations

from collections.abc import Mapping

from vidtag.core.errors import UserError
from vidtag.core.records import Document, Progress
from vidtag.core.settings import Config
from vidtag.listening.events.labelling import labelling
from vidtag.listening.ready import check_tagger
from vidtag.media.tracks import choose_audio
from vidtag.show.media_of import media_of
from vidtag.web.event_labels import answers_path
from vidtag.web.jobs import WebJob
from vidtag.web.tasks import Task


def find_questions(job: WebJob, task: Task, *, count: int, offered: tuple[str, ...]) -> None:
    """Write questions about a job's events into its file of answers; those that are there stay.

    Args:
        count: how many there shall be.
        offered: models of the server.

    Raises:
        VidtagError: the video is gone or another; nothing was heard in it that may be an event;
            or the answers there are of what others heard.
    """
    from vidtag.listening.run import (  # torch
        acting,
        listen_for_events,
        listeners,
        load_model,
    )

    desk = job.require_desk()
    document = desk.now.document
    config = settings_of(document, offered)
    media = media_of(document, desk.video)
    choose_audio(media, config.audio.track)
    check_tagger(config)
    task.on_progress(Progress("model", 0, 1, config.model.name))
    model = load_model(config.model)
    task.on_progress(Progress("model", 1, 1, config.model.name))
    labelling(
        answers_path(job),
        media,
        acting(config, media, model).events,
        listeners(config, model),
        lambda: listen_for_events(
            media, config, model, on_progress=task.on_progress, stop=task.check
        ),
        count=count,
    )


def settings_of(document: Document, offered: tuple[str, ...]) -> Config:
    """Settings with which a document was heard, as far as the page has a choice of them.

    A document may be from anybody, so nothing else in it is believed.

    Raises:
        UserError: the model is not one of the server's.
        ConfigError: a setting in the document is wrong.
    """
    model, audio = (_section(document, name) for name in ("model", "audio"))
    if model.get("name") not in offered:
        raise UserError(
            f"it was heard by the model {str(model.get('name'))[:100]!r}, which this server does "
            "not offer",
            remedy="start it with --model, or listen to the video here again",
        )
    values = {
        "model.name": model["name"],
        "model.language": model.get("language", "auto"),
        "audio.track": audio.get("track"),
    }
    return Config().with_values(values)


def _section(document: Document, name: str) -> Mapping[str, object]:
    found = document.settings.get(name)
    return found if isinstance(found, Mapping) else {}
