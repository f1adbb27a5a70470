"""The part of the API that asks about doubtful events, and learns from the answers."""

from __future__ import annotations

import functools
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import FileResponse

from vidtag.web.answer_models import LabelsAnswer
from vidtag.web.downloads import attachment, sends
from vidtag.web.edit_models import LabelPatch, QuestionCount
from vidtag.web.event_labels import answers_path, labels_answer, take_answer
from vidtag.web.finding import finished_job, known_parameters
from vidtag.web.jobs import Jobs
from vidtag.web.label_task import find_questions


def router(jobs: Jobs) -> APIRouter:
    """The routes by which events are labelled."""
    api = APIRouter(prefix="/api/jobs/{identity}", dependencies=[known_parameters()])

    @api.post("/labels", status_code=202)
    def ask(identity: str, query: Annotated[QuestionCount, Query()]) -> LabelsAnswer:
        """Begin to look for doubtful events to ask about; listens only if more are wanted than
        there are.
        """
        job = finished_job(jobs, identity)
        find = functools.partial(find_questions, count=query.count, offered=jobs.models)
        jobs.start_labelling(job, find)
        return labels_answer(jobs, job)

    @api.get("/labels")
    def labels(identity: str) -> LabelsAnswer:
        """The questions, what was answered, and what the answers teach."""
        return labels_answer(jobs, finished_job(jobs, identity))

    @api.patch("/labels")
    def answer(identity: str, patch: LabelPatch) -> LabelsAnswer:
        """Answer a question, or take an answer back; it is saved at once."""
        job = finished_job(jobs, identity)
        take_answer(job, patch)
        return labels_answer(jobs, job)

    @api.get("/events.json", **sends("application/json"))
    def file(identity: str) -> FileResponse:
        """The file of answers, which the setting ``events.tuned`` names."""
        path = answers_path(finished_job(jobs, identity))
        if not path.exists():
            raise HTTPException(404, "nothing is labelled yet: post to /labels first")
        headers = attachment(path.name)
        return FileResponse(path, media_type="application/json", headers=headers)

    return api
