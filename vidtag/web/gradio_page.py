"""The page. Gradio has the upload, the choices and the two buttons; our own script has the rest.

Gradio handles one event only: a click on Listen queues files and answers with the ids of their
jobs. Nothing is an input and an output at once, nothing changes what is visible, and no event
triggers another, so that page and server cannot end in a loop. The script reads the answer, follows
the job over the HTTP API, and opens the page to work on once it is done (``work_page.py``).
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, Literal, get_args

import gradio as gr

from vidtag.core.display import LANGUAGE_NAMES
from vidtag.core.errors import UserError, VidtagError
from vidtag.core.names import MEDIA_SUFFIXES, PageLanguage, SpokenLanguage
from vidtag.core.records import Language
from vidtag.core.settings import Config
from vidtag.report.page import styles
from vidtag.web.jobs import Jobs, WebJob
from vidtag.web.listen_answer import listen_answer
from vidtag.web.listen_task import listen_to
from vidtag.web.request_models import ListenOptions
from vidtag.web.tasks import public_message
from vidtag.web.user_files import SESSION_COOKIE, local_file
from vidtag.web.wording import WORDS, preferred_language

I18N = gr.I18n(
    en=dict(WORDS["en"]), **{name: dict(WORDS["zh"]) for name in ("zh", "zh-CN", "zh-TW")}
)

_ASSETS = Path(__file__).parent / "assets"
_SCRIPTS = ("base.js", "projects.js", "jobs.js")
"""In this order they are one script, with one scope."""
_AUTO_LANGUAGE = "Auto 自动"
_EVENT: dict[str, Any] = {
    "queue": False,  # one request, one answer; the work has its own queue
    "show_progress": "hidden",  # we show our own
    "api_visibility": "private",  # other programs have the API
}


def build(jobs: Jobs) -> gr.Blocks:
    """The page over a queue of jobs."""
    blocks: gr.Blocks
    with gr.Blocks(
        title="vidtag",
        analytics_enabled=False,
        fill_width=True,
        delete_cache=(300, max(300, int(jobs.limits.keep_seconds))),
    ) as blocks:
        gr.HTML(_header(), apply_default_css=False)
        with gr.Tabs():
            with gr.Tab(I18N("one"), id="one"):
                _Single(jobs)
            with gr.Tab(I18N("many"), id="many"):
                _Batch(jobs)
    return blocks


def theme() -> gr.themes.Base:
    """Quiet, with the fonts of the system: nothing is fetched."""
    fonts = ("system-ui", "Segoe UI", "Roboto", "Noto Sans", "Noto Sans CJK SC", "sans-serif")
    made = gr.themes.Base(
        primary_hue=gr.themes.colors.orange,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_md,
        font=fonts,
        font_mono=("ui-monospace", "Consolas", "monospace"),
    )
    return made.set(
        body_background_fill="#ffffff",
        body_background_fill_dark="#12151c",
        body_text_color="#171b24",
        body_text_color_dark="#e9ecf3",
        body_text_color_subdued="#545d70",
        body_text_color_subdued_dark="#a3adc2",
        block_label_text_color="#545d70",
        block_label_text_color_dark="#a3adc2",
        block_info_text_color="#545d70",
        block_info_text_color_dark="#a3adc2",
        background_fill_primary_dark="#12151c",
        background_fill_secondary_dark="#1a1f2a",
        block_background_fill_dark="#1a1f2a",
        input_background_fill_dark="#12151c",
        border_color_primary_dark="#313a4c",
        button_primary_background_fill="#b93a12",
        button_primary_background_fill_hover="#9c2f0d",
        button_primary_background_fill_dark="#ff9a73",
        button_primary_background_fill_hover_dark="#ffb091",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="#171b24",
        color_accent="#b93a12",
    )


def head() -> str:
    """Styles and script of our own parts, with their words in both languages.

    They are not given to Gradio as ``css``, which rewrites rules it does not know.
    """
    style = styles() + (_ASSETS / "page.css").read_text(encoding="utf-8")
    words = json.dumps({name: dict(words) for name, words in WORDS.items()})
    own = "".join((_ASSETS / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    script = f"(() => {{\n{own}\n}})();"
    return (
        f'<link rel="icon" href="data:,"><style>{style}</style>'
        f"<script>window.vidtagWords = {words};</script><script>{script}</script>"
    )


class _Choices:
    """What is chosen before listening, on both tabs."""

    def __init__(self, jobs: Jobs) -> None:
        defaults = Config()
        languages = [
            (_AUTO_LANGUAGE if name == "auto" else LANGUAGE_NAMES[Language(name)], name)
            for name in get_args(SpokenLanguage)
        ]
        self.language = gr.Dropdown(
            languages, value=defaults.model.language, label=I18N("language")
        )
        self.model = gr.Dropdown(list(jobs.models), value=jobs.models[0], label=I18N("model"))
        self.profile = gr.Dropdown(
            list(jobs.styles.by_name),
            value=next(iter(jobs.styles.by_name)),
            label=I18N("profile"),
        )

    @property
    def inputs(self) -> list[gr.Dropdown]:
        return [self.language, self.model, self.profile]


class _Single:
    """The tab for one file: what is chosen, and places for the script to put the rest."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=280, elem_classes="vt-side"):
                self.upload = _upload_box("drop", "single", 150, "vt-upload")
                self.path = _path_box(jobs)
                self.choices = _Choices(jobs)
                listen = gr.Button(I18N("listen"), variant="primary", elem_id="vt-listen")
                answer = _answer_place()
                gr.HTML('<div id="vt-progress"></div>', apply_default_css=False)
            with gr.Column(scale=3, min_width=320):
                gr.HTML(_empty() + '<div id="vt-projects"></div>', apply_default_css=False)
        listen.click(self.start, [self.upload, self.path, *self.choices.inputs], answer, **_EVENT)

    def start(
        self,
        upload: str | None,
        path: str | None,
        language: str,
        model: str,
        profile: str,
        request: gr.Request,
    ) -> str:
        """Queue a file; the answer names its job, or says what is wrong."""
        try:
            config = _config(self.jobs, language, model, profile)
            # Gradio sends null for a field that is not shown.
            job = _submit(self.jobs, config, upload, path or "", request)
        except VidtagError as error:
            return listen_answer("one", error=public_message(error))
        return listen_answer("one", [job])


class _Batch:
    """The tab for several files."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=280, elem_classes="vt-side"):
                self.uploads = _upload_box(
                    "drop_many", "multiple", height=200, elem_id="vt-uploads"
                )
                self.choices = _Choices(jobs)
                listen = gr.Button(I18N("listen"), variant="primary", elem_id="vt-listen-many")
                answer = _answer_place()
            with gr.Column(scale=3, min_width=320):
                gr.HTML('<div id="vt-batch"></div>', apply_default_css=False)
        listen.click(self.start, [self.uploads, *self.choices.inputs], answer, **_EVENT)

    def start(
        self,
        uploads: list[str] | None,
        language: str,
        model: str,
        profile: str,
        request: gr.Request,
    ) -> str:
        """Queue all files, or none of them."""
        batch: list[WebJob] = []
        try:
            config = _config(self.jobs, language, model, profile)
            if not uploads:
                raise UserError(WORDS[_page_language(request)]["nothing"])
            for upload in uploads:
                batch.append(_submit(self.jobs, config, upload, "", request))
        except VidtagError as error:
            for job in batch:
                self.jobs.remove(job.id)
            return listen_answer("many", error=public_message(error))
        return listen_answer("many", batch)


def _config(jobs: Jobs, language: str, model: str, profile: str) -> Config:
    """Settings with what was chosen; Gradio refuses values that its lists do not have."""
    values = {"language": language, "model": model, "profile": profile}
    return ListenOptions.model_validate(values).config(jobs.models, jobs.styles)


def _submit(
    jobs: Jobs, config: Config, upload: str | None, path: str, request: gr.Request
) -> WebJob:
    """Queue a file that this browser uploaded, or one in an allowed folder."""
    if path.strip() and not upload:
        source = local_file(jobs.allowed, path.strip())
        identity, _ = jobs.reserve(source.name)
        return jobs.submit(identity, source, config, listen_to)
    if not upload:
        raise UserError(WORDS[_page_language(request)]["nothing"])
    session = request.cookies.get(SESSION_COOKIE, "")
    uploaded = jobs.uploads.file(upload, session)
    identity, source = jobs.reserve(uploaded.name)
    try:
        os.link(uploaded, source)  # Gradio keeps the upload for as long as the page shows it
    except OSError:
        shutil.copyfile(uploaded, source)
    return jobs.submit(identity, source, config, listen_to)


def _upload_box(
    label: str, count: Literal["single", "multiple"], height: int, elem_id: str
) -> gr.File:
    """Gradio's box for files, which here gives nothing but paths, and opens none of them.

    By itself it copies whatever path, and fetches whatever address, a client sends as its upload
    into the folder of uploads; it checks them only in applications that are launched, not mounted.
    Whoever uses a path checks it: see ``Uploads.file``.
    """
    box = gr.File(
        label=I18N(label),
        file_types=sorted(MEDIA_SUFFIXES),
        file_count=count,
        height=height,
        elem_id=elem_id,
    )

    def same_path(path: object) -> str:
        return str(path)

    async def same_path_later(path: object) -> str:
        return str(path)

    def sent_paths(payload: Any) -> Any:
        if payload is None:
            return None
        return payload.path if count == "single" else [file.path for file in payload]

    # A class of its own would have Gradio write a stub beside this file.
    for name, instead in {
        "move_resource_to_block_cache": same_path,
        "async_move_resource_to_block_cache": same_path_later,
        "preprocess": sent_paths,
    }.items():
        setattr(box, name, instead)
    return box


def _path_box(jobs: Jobs) -> gr.Textbox:
    allowed = ", ".join(map(str, jobs.allowed))
    return gr.Textbox(
        label=I18N("path"), info=allowed or None, visible=bool(jobs.allowed), elem_id="vt-path"
    )


def _answer_place() -> gr.HTML:
    """Where the answer to a click goes, for the script to read."""
    return gr.HTML("", apply_default_css=False, elem_classes="vt-answer", padding=False)


def _page_language(request: gr.Request) -> PageLanguage:
    return preferred_language(request.headers.get("accept-language"))


def _header() -> str:
    return (
        '<header class="vidtag vt-header"><h1>vidtag</h1>'
        f'<p class="vt-en">{WORDS["en"]["lead"]}</p>'
        f'<p class="vt-zh" lang="zh-Hans">{WORDS["zh"]["lead"]}</p></header>'
    )


def _empty() -> str:
    return (
        '<div class="vidtag vt-empty-box"><div class="vt-ghost" aria-hidden="true">'
        + "<span></span>" * 6
        + f'</div><p class="vt-en">{WORDS["en"]["empty"]}</p>'
        f'<p class="vt-zh" lang="zh-Hans">{WORDS["zh"]["empty"]}</p></div>'
    )
