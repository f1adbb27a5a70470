"""Finds the job that a request is about, and refuses parameters that a route does not have."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, HTTPException, Request
from pydantic import BaseModel

from vidtag.web.jobs import Jobs, WebJob
from vidtag.web.tasks import TaskState


def find_job(jobs: Jobs, identity: str) -> WebJob:
    """The job of that id, or the answer 404."""
    job = jobs.get(identity)
    if job is None:
        raise HTTPException(404, "there is no such job (any more)")
    return job


def finished_job(jobs: Jobs, identity: str) -> WebJob:
    """A job that has a result, or the answer 404 or 409."""
    job = find_job(jobs, identity)
    if job.listen_task.state is not TaskState.DONE or job.desk is None:
        raise HTTPException(409, f"the job is {job.listen_task.state.value}")
    return job


def known_parameters() -> Any:
    """What makes routes refuse a query with a name that they do not know."""
    return Depends(_refuse_unknown)


def _refuse_unknown(request: Request) -> None:
    known: set[str] = set()
    for field in request.scope["route"].dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            known |= {model.alias or name for name, model in kind.model_fields.items()}
        else:
            known.add(field.alias)
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        listed = ", ".join(sorted(known)) or "none"
        raise HTTPException(422, f"{unknown[0]}: no such parameter; there is {listed}")
