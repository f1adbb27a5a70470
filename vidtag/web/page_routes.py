"""What the page's script asks for beside the API: results as HTML, and what settings change."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vidtag.core.errors import UserError
from vidtag.core.settings import HighlightsConfig, SubtitleProfile
from vidtag.subtitles.layout.cues import make_cues
from vidtag.web import fragments
from vidtag.web.fragments import EMOTIONS, EVENTS, POINTS
from vidtag.web.jobs import Jobs
from vidtag.web.routes import done

PageLanguage = Literal["en", "zh"]


class Selection(BaseModel):
    """What the controls of the highlights say."""

    model_config = ConfigDict(extra="forbid")

    reasons: list[Annotated[str, Field(max_length=100)]] = Field(max_length=100)
    min_score: float
    setup: float
    tail: float
    merge_gap: float
    max_duration: float
    top: int = Field(ge=0, description="0 keeps all")

    def over(self, style: HighlightsConfig) -> HighlightsConfig:
        """Settings with these in them.

        Raises:
            UserError: a value is not allowed.
        """
        chosen = self.model_dump(exclude={"reasons", "top"})
        chosen["kinds"] = {kind: 1.0 for kind in EVENTS if kind.value in self.reasons}
        chosen["emotions"] = {mood: 1.0 for mood in EMOTIONS if mood.value in self.reasons}
        chosen["points"] = {point: 1.0 for point in POINTS if point in self.reasons}
        chosen["top"] = self.top or None
        try:
            return HighlightsConfig.model_validate({**style.model_dump(), **chosen})
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise UserError(f"{place}: {first['msg']}", remedy="choose another value") from error


class Profile(BaseModel):
    """A house style."""

    model_config = ConfigDict(extra="forbid")

    profile: SubtitleProfile


def router(jobs: Jobs) -> APIRouter:
    """The routes under ``/page``."""
    page = APIRouter(prefix="/page", include_in_schema=False)

    @page.get("/{identity}")
    def result(identity: str, language: PageLanguage = "en") -> Response:
        """Everything that is shown of a finished job."""
        text = fragments.result(done(jobs, identity), language)
        return Response(text, media_type="text/html; charset=utf-8", headers=_PRIVATE)

    @page.put("/{identity}/highlights")
    def reselect(
        identity: str, selection: Selection, language: PageLanguage = "en"
    ) -> dict[str, str]:
        """Other thresholds and paddings: other highlights, without listening again."""
        job = done(jobs, identity)
        with job.lock:
            style = selection.over(job.config.highlights)
            job.config = job.config.model_copy(update={"highlights": style})
        return {
            "lanes": fragments.lanes(job, language),
            "gallery": fragments.gallery(job, language),
        }

    @page.put("/{identity}/profile", status_code=204)
    def restyle(identity: str, wanted: Profile) -> None:
        """Another house style: other cues, unless somebody has edited them."""
        job = done(jobs, identity)
        with job.lock:
            style = job.config.subtitles.model_copy(update={"profile": wanted.profile})
            job.config = job.config.model_copy(update={"subtitles": style})
            if not job.edited:
                job.cues = make_cues(job.heard(), style)

    return page


_PRIVATE = {"Cache-Control": "no-store"}
