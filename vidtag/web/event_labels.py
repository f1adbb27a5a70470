"""Events of a job that are labelled by ear: the file of answers is all there is to remember.

It is the one that ``vidtag events label`` writes in the same folder, and read anew for each
request: so page and command go on with each other's answers.
"""

from __future__ import annotations

from pathlib import Path

from vidtag.core.errors import UserError
from vidtag.core.names import ANSWERS_SUFFIX, DOCUMENT_SUFFIX
from vidtag.listening.events.labelled import Answers, Labelling, read_answers
from vidtag.listening.events.questions import learnt, remarks, setting
from vidtag.web.answer_models import (
    LabelsAnswer,
    LearntAnswer,
    QuestionAnswer,
    RemarkAnswer,
)
from vidtag.web.answers import task_status
from vidtag.web.desk import ConflictError
from vidtag.web.edit_models import LabelPatch
from vidtag.web.jobs import Jobs, WebJob
from vidtag.web.tasks import TaskState

_AGAIN = "close the questions and open them again"
_RESULTS = ".vidtag"
"""How folders of results are called."""


def answers_path(job: WebJob) -> Path:
    """The file of answers: beside the folder of results, where there is one."""
    document = job.require_desk().path
    folder = document.parent
    beside = folder.parent if folder.suffix == _RESULTS else folder
    return beside / (document.name.removesuffix(DOCUMENT_SUFFIX) + ANSWERS_SUFFIX)


def labels_answer(jobs: Jobs, job: WebJob) -> LabelsAnswer:
    """How far it is: whether the questions are found, what was answered, and what that teaches.

    Raises:
        ConfigError: the file is damaged.
    """
    path, task = answers_path(job), job.label_task
    answers = read_answers(path) if _is_ready(job) else None
    video = answers.video(_fingerprint(job)) if answers is not None else None
    return LabelsAnswer(
        task=None if task is None else task_status(jobs, task),
        fingerprint=_fingerprint(job),
        candidates=0 if video is None else video.candidates,
        questions=[
            QuestionAnswer(
                kind=one.span.kind,
                start=one.span.start,
                end=one.span.end,
                part=one.span.part,
                answer=one.answer,
            )
            for one in (() if video is None else video.asked)
        ],
        learnt=[] if answers is None else _learnt(answers),
        remarks=[] if answers is None else _remarks(answers),
        file=path.name,
        setting=setting(path.name),
    )


def _learnt(answers: Answers) -> list[LearntAnswer]:
    return [
        LearntAnswer(kind=one.kind, yes=one.yes, no=one.no, on=one.on, off=one.off, shift=one.shift)
        for one in learnt(answers)
    ]


def _remarks(answers: Answers) -> list[RemarkAnswer]:
    return [RemarkAnswer(about=one.about, kind=one.kind) for one in remarks(answers)]


def take_answer(job: WebJob, patch: LabelPatch) -> None:
    """Save an answer.

    Raises:
        ConflictError: it is about another video, or the questions are not there (any more).
        UserError: there is no such question.
        ConfigError: the file is damaged.
        OutputError: it cannot be written.
    """
    if patch.fingerprint != _fingerprint(job):
        raise ConflictError(
            f"this is an answer about another video than {job.name}",
            remedy=_AGAIN,
        )
    with job.lock:
        if not _is_ready(job):
            raise ConflictError("the questions are not found (any more)", remedy=_AGAIN)
        path = answers_path(job)
        one = Labelling(path, read_answers(path), _fingerprint(job))
        if patch.number >= len(one.asked):
            raise UserError(f"there are {len(one.asked)} questions, counted from 0")
        one.answer({patch.number: patch.answer})


def _is_ready(job: WebJob) -> bool:
    """Whether the questions were found, and their file is still there."""
    task = job.label_task
    return task is not None and task.state is TaskState.DONE and answers_path(job).exists()


def _fingerprint(job: WebJob) -> str:
    return job.require_desk().now.document.media.fingerprint
