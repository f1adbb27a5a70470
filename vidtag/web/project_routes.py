"""The part of the API that lists projects, opens documents and brings back what was removed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from vidtag.web.answer_models import JobAnswer, ProjectAnswer, ProjectsAnswer
from vidtag.web.answers import job_status
from vidtag.web.finding import find_job, known_parameters
from vidtag.web.jobs import Jobs
from vidtag.web.limits import MAX_DOCUMENT_BYTES
from vidtag.web.user_files import safe_name

_DOCUMENT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


class _Named(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field("document.vidtag.json", max_length=1000, description="name of the file")


def router(jobs: Jobs) -> APIRouter:
    """The routes under ``/api/projects``."""
    api = APIRouter(prefix="/api/projects", dependencies=[known_parameters()])

    @api.get("")
    def projects() -> ProjectsAnswer:
        """The projects in the folder, the latest first."""
        if jobs.projects is None:
            return ProjectsAnswer(folder=None, projects=[])
        found = [
            ProjectAnswer(id=p.id, name=p.name, changed=p.changed, edited=p.edited)
            for p in jobs.projects.all()
        ]
        return ProjectsAnswer(folder=jobs.projects.folder.name, projects=found)

    @api.post("", status_code=201, openapi_extra=_DOCUMENT_BODY)
    async def open_document(request: Request, query: Annotated[_Named, Query()]) -> JobAnswer:
        """Open a ``.vidtag.json``, the body of the request; the video need not be there."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_DOCUMENT_BYTES:
                raise HTTPException(413, "this is larger than any document")
        job = await run_in_threadpool(jobs.open_document, safe_name(query.name), bytes(body))
        return job_status(jobs, job)

    @api.post("/{identity}/restore")
    def restore(identity: str) -> JobAnswer:
        """Bring back a project that was removed."""
        project = jobs.projects.restore(identity) if jobs.projects else None
        if project is None:
            raise HTTPException(404, "there is no such project to restore")
        return job_status(jobs, find_job(jobs, identity))

    return api
