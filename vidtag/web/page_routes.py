"""What the page's script requests beside the API: results as HTML, and changes of settings."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from vidtag.core.names import PageLanguage
from vidtag.web import fragments
from vidtag.web.jobs import Jobs
from vidtag.web.request_models import PageSelection, ProfileChoice
from vidtag.web.results import change_settings
from vidtag.web.routes import finished_job

_NOT_STORED = {"Cache-Control": "no-store"}


def router(jobs: Jobs) -> APIRouter:
    """The routes under ``/page``."""
    page = APIRouter(prefix="/page", include_in_schema=False)

    @page.get("/{identity}")
    def result(identity: str, language: PageLanguage = "en") -> Response:
        """Everything that is shown of a finished job."""
        text = fragments.result(finished_job(jobs, identity), language)
        return Response(text, media_type="text/html; charset=utf-8", headers=_NOT_STORED)

    @page.put("/{identity}/highlights")
    def select_again(
        identity: str, selection: PageSelection, language: PageLanguage = "en"
    ) -> dict[str, str]:
        """Change the job's settings of highlights; listening is not repeated."""
        job = finished_job(jobs, identity)
        change_settings(job, "highlights", selection.values_over(job.config.highlights))
        return {
            "lanes": fragments.lanes(job, language),
            "gallery": fragments.gallery(job, language),
        }

    @page.put("/{identity}/profile", status_code=204)
    def change_profile(identity: str, choice: ProfileChoice) -> None:
        """Another house style: other cues, unless a user has edited them."""
        change_settings(finished_job(jobs, identity), "subtitles", choice.model_dump())

    return page
