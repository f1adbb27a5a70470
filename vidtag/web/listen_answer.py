"""What Gradio answers to a click on Listen: a line of HTML that the page's script reads."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from html import escape

from vidtag.web.jobs import WebJob


def listen_answer(tab: str, jobs: Sequence[WebJob] = (), *, error: str = "") -> str:
    """The jobs that a click began, or what is wrong.

    The serial number distinguishes two answers with the same content.
    """
    content = {
        "serial": secrets.token_hex(8),
        "tab": tab,
        "jobs": [{"id": job.id, "name": job.name} for job in jobs],
        "error": error,
    }
    return f'<span data-answer="{escape(json.dumps(content))}"></span>'
