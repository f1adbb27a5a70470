"""The page to work on: a small document and plain ES modules, which ask the API for all else.

All addresses in it are relative, so it works below any path of a proxy.
"""

from __future__ import annotations

import functools
import html
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse

from vidtag.core.display import EMOTION_NAMES, EVENT_NAMES
from vidtag.core.names import PageLanguage
from vidtag.core.version import __version__
from vidtag.web.request_models import OFFERED_EMOTIONS, OFFERED_EVENTS, OFFERED_POINTS
from vidtag.web.wording import WORDS, preferred_language
from vidtag.web.work_wording import WORK_WORDS

_ASSETS = Path(__file__).parent / "page"
_TYPES = {".js": "text/javascript", ".css": "text/css"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Scripts and styles are files of this server: what is in a transcript can be neither."""


@dataclass(frozen=True, slots=True)
class Slider:
    """A setting of the highlights that the page changes, and the range in which it does."""

    name: str
    lowest: float
    highest: float
    step: float


SLIDERS = (
    Slider("min_score", 0, 1, 0.01),
    Slider("setup", 0, 60, 0.5),
    Slider("tail", 0, 10, 0.1),
    Slider("merge_gap", 0, 15, 0.5),
    Slider("max_duration", 5, 180, 1),
    Slider("top", 0, 50, 1),
)


def router() -> APIRouter:
    """The routes of the page; they need no job, which the page asks for itself."""
    page = APIRouter(include_in_schema=False)

    @page.get("/work/{identity}", response_class=HTMLResponse)
    def work(identity: str, request: Request) -> HTMLResponse:
        """The page of one job."""
        language = preferred_language(request.headers.get("accept-language"))
        text = _document(identity, language)
        headers = {"content-security-policy": POLICY, "cache-control": "no-cache"}
        return HTMLResponse(text, headers=headers)

    @page.get("/page-assets/{name}")
    def asset(name: str) -> FileResponse:
        """A module or a style sheet of the page."""
        if name not in _names():
            raise HTTPException(404, "there is nothing here")
        path = _ASSETS / name
        headers = {"cache-control": "no-cache"}  # asked for again, answered 304 by its ETag
        return FileResponse(path, media_type=_TYPES[path.suffix], headers=headers)

    return page


@functools.cache
def _names() -> frozenset[str]:
    return frozenset(path.name for path in _ASSETS.iterdir() if path.suffix in _TYPES)


def _document(identity: str, language: PageLanguage) -> str:
    events = {f"event_{kind.value}": name for kind, name in EVENT_NAMES[language].items()}
    words = {**WORDS[language], **WORK_WORDS[language], **events}
    data = {
        "id": identity,
        "language": language,
        "words": words,
        "sliders": [asdict(slider) for slider in SLIDERS],
        "reasons": _reasons(language),
    }
    spoken = "zh-Hans" if language == "zh" else "en"
    return (
        f'<!doctype html><html lang="{spoken}"><head><meta charset="utf-8"><title>vidtag</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="../page-assets/work.css?{__version__}">'
        '</head><body><div id="app"></div>'
        f"<noscript>{html.escape(words['needs_script'])}</noscript>"
        f'<template id="data" data-json="{html.escape(json.dumps(data, ensure_ascii=False))}">'
        f'</template><script type="module" src="../page-assets/main.js?{__version__}"></script>'
        "</body></html>"
    )


def _reasons(language: PageLanguage) -> list[dict[str, str]]:
    """What may be a reason for a highlight: the setting's value, its section and its name."""
    events = [("kinds", kind.value, EVENT_NAMES[language][kind]) for kind in OFFERED_EVENTS]
    feelings = [("emotions", one.value, EMOTION_NAMES[language][one]) for one in OFFERED_EMOTIONS]
    points = [("points", point, WORDS[language][point]) for point in OFFERED_POINTS]
    return [
        {"section": section, "value": value, "name": name}
        for section, value, name in (*events, *feelings, *points)
    ]
