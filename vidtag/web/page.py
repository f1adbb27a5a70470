"""The page: Gradio for upload, choices, tabs and queue, our own parts for the rest.

Handlers are thin: they look a job up, change a setting, and give back parts as HTML.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args

import gradio as gr
from pydantic import ValidationError

from vidtag.config import HighlightsConfig, SubtitleProfile
from vidtag.errors import UserError, VidtagError
from vidtag.report.page import asset as report_asset
from vidtag.report.page import styles
from vidtag.report.words import EMOTION_NAMES, EVENT_NAMES, LANGUAGE_NAMES, Tongue
from vidtag.subtitles.cues import make_cues
from vidtag.types import Emotion, EventKind, Language
from vidtag.web import parts
from vidtag.web.api import settings_of
from vidtag.web.jobs import Job, Jobs, State
from vidtag.web.words import WORDS, tongue_of

I18N = gr.I18n(
    en=dict(WORDS["en"]), **{name: dict(WORDS["zh"]) for name in ("zh", "zh-CN", "zh-TW")}
)

_POLL_SECONDS = 0.3
_ASSETS = Path(__file__).parent / "assets"
_SPOKEN = (Language.ZH, Language.EN, Language.YUE, Language.JA, Language.KO)
_EVENTS = (EventKind.LAUGHTER, EventKind.APPLAUSE, EventKind.CRY)
_EMOTIONS = (Emotion.ANGRY, Emotion.HAPPY)
_POINTS = ("decision", "dispute", "idea")
_SUFFIXES = [
    *(".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts"),
    *(".wmv", ".flv", ".mxf", ".3gp", ".ogv", ".mp3", ".m4a", ".wav", ".flac", ".ogg", ".opus"),
    *(".aac", ".aiff", ".wma", ".amr"),
]
Updates = dict[Any, Any]
_QUIET: dict[str, Any] = {
    "show_progress": "hidden",  # we show our own
    "concurrency_limit": None,  # handlers only look and wait; the work has its own queue
    "api_visibility": "private",  # other programs have the API
}


def build(jobs: Jobs) -> gr.Blocks:
    """The page over a queue of jobs."""
    blocks: gr.Blocks
    with gr.Blocks(
        title="vidtag",
        analytics_enabled=False,
        fill_width=True,
        delete_cache=(300, max(300, int(jobs.keep))),
    ) as blocks:
        gr.HTML(_header(), apply_default_css=False)
        with gr.Tabs():
            with gr.Tab(I18N("one"), id="one"):
                _Single(jobs, blocks)
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
        slider_color="#b93a12",
        slider_color_dark="#ff9a73",
    )


def head() -> str:
    """Styles and script of our own parts, with their words in both languages.

    They are not given to Gradio as ``css``, which rewrites rules it does not know.
    """
    style = styles() + (_ASSETS / "page.css").read_text(encoding="utf-8")
    words = json.dumps({tongue: dict(words) for tongue, words in WORDS.items()})
    script = report_asset("timeline.js") + (_ASSETS / "page.js").read_text(encoding="utf-8")
    return (
        f'<link rel="icon" href="data:,"><style>{style}</style>'
        f"<script>window.vidtagWords = {words};</script><script>{script}</script>"
    )


class _Choices:
    """What is chosen before listening, on both tabs."""

    def __init__(self, jobs: Jobs) -> None:
        spoken = [(LANGUAGE_NAMES[language], language.value) for language in _SPOKEN]
        self.language = gr.Dropdown(
            [("Auto 自动", "auto"), *spoken], value="auto", label=I18N("language")
        )
        self.model = gr.Dropdown(list(jobs.models), value=jobs.models[0], label=I18N("model"))
        self.profile = gr.Dropdown(
            list(get_args(SubtitleProfile)), value="netflix", label=I18N("profile")
        )

    @property
    def inputs(self) -> list[gr.Dropdown]:
        return [self.language, self.model, self.profile]


class _Single:
    """The tab for one file."""

    def __init__(self, jobs: Jobs, blocks: gr.Blocks) -> None:
        self.jobs = jobs
        self.job = gr.State("")
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=280, elem_classes="vt-side"):
                self.upload = gr.File(
                    label=I18N("drop"), file_types=_SUFFIXES, height=150, elem_id="vt-upload"
                )
                self.path = _path_box(jobs)
                self.choices = _Choices(jobs)
                with gr.Row():
                    self.listen = gr.Button(I18N("listen"), variant="primary", elem_id="vt-listen")
                    self.cancel = gr.Button(
                        I18N("cancel"), visible=False, elem_id="vt-cancel", variant="secondary"
                    )
                self.progress = gr.HTML("", apply_default_css=False)
            with gr.Column(scale=3, min_width=320):
                self.empty = gr.HTML(_empty(), apply_default_css=False)
                with gr.Column(visible=False) as self.result:
                    self._result()
        self.everything = [
            self.job, self.progress, self.cancel, self.listen, self.empty, self.result,
            self.player, self.lanes, self.cues, self.gallery, self.texts, self.files,
            *self.controls,
        ]  # fmt: skip
        self.listen.click(
            self.start,
            [self.upload, self.path, *self.choices.inputs],
            self.everything,
            **_QUIET,
        )
        self.cancel.click(
            self.stop,
            [self.job],
            [self.cancel],
            **_QUIET,
        )
        blocks.load(self.restore, None, self.everything, **_QUIET)
        gr.on(
            [control.change for control in self.controls],
            self.reselect,
            [self.job, *self.controls],
            [self.lanes, self.gallery],
            trigger_mode="always_last",
            **_QUIET,
        )
        self.choices.profile.change(
            self.restyle, [self.job, self.choices.profile], [self.cues], **_QUIET
        )

    def _result(self) -> None:
        self.player = gr.HTML("", apply_default_css=False)
        self.lanes = gr.HTML("", apply_default_css=False, elem_classes=["vidtag", "vt-lanes"])
        with gr.Tabs():
            with gr.Tab(I18N("tab_cues")):
                self.cues = gr.HTML("", apply_default_css=False)
            with gr.Tab(I18N("tab_highlights"), elem_id="vt-highlights", render_children=True):
                self._controls()
                self.gallery = gr.HTML("", apply_default_css=False)
            with gr.Tab(I18N("tab_text")):
                self.texts = gr.HTML("", apply_default_css=False)
            with gr.Tab(I18N("tab_files")):
                self.files = gr.HTML("", apply_default_css=False)

    def _controls(self) -> None:
        style = HighlightsConfig()
        with gr.Row():
            self.reasons = gr.CheckboxGroup(
                _reasons(), value=["Laughter", "Applause"], label=I18N("reasons")
            )
        with gr.Row():
            self.score = gr.Slider(
                0, 1, style.min_score, step=0.01, label=I18N("min_score"), elem_id="vt-score"
            )
            self.setup = gr.Slider(0, 60, style.setup, step=0.5, label=I18N("setup"))
            self.tail = gr.Slider(0, 10, style.tail, step=0.1, label=I18N("tail"))
        with gr.Row():
            self.gap = gr.Slider(0, 15, style.merge_gap, step=0.5, label=I18N("merge_gap"))
            self.longest = gr.Slider(5, 180, style.max_duration, step=1, label=I18N("longest"))
            self.top = gr.Slider(0, 50, 0, step=1, label=I18N("top"))
        self.controls: list[Any] = [
            self.reasons, self.score, self.setup, self.tail, self.gap, self.longest, self.top,
        ]  # fmt: skip

    async def start(
        self,
        upload: str | None,
        path: str,
        language: str,
        model: str,
        profile: str,
        request: gr.Request,
    ) -> AsyncIterator[Updates]:
        """Queue a file and follow it to its end."""
        tongue = _tongue(request)
        try:
            config = settings_of(self.jobs, model, language, profile)
            job = await asyncio.to_thread(_submit, self.jobs, config, upload, path, tongue)
        except VidtagError as error:
            yield {self.progress: parts.message(str(error), tongue, bad=True)}
            return
        async for updates in self.follow(job, tongue):
            yield updates

    async def restore(self, request: gr.Request) -> AsyncIterator[Updates]:
        """Show the job that the address names, if there is one: a page may be loaded again."""
        identity = request.query_params.get("job", "")
        if not identity:
            yield {self.job: ""}
            return
        tongue = _tongue(request)
        job = self.jobs.get(identity)
        if job is None:
            text = parts.message(WORDS[tongue]["gone"], tongue, bad=True)
            yield {self.progress: text}
            return
        async for updates in self.follow(job, tongue):
            yield updates

    async def follow(self, job: Job, tongue: Tongue) -> AsyncIterator[Updates]:
        """Progress until a job has ended, and then what became of it."""
        task, shown = job.listening, ""
        yield {
            self.job: job.id,
            self.cancel: gr.update(visible=True),
            self.listen: gr.update(interactive=False),
            self.result: gr.update(visible=False),
            self.empty: gr.update(visible=True),
        }
        while not task.state.ended:
            self.jobs.get(job.id)  # somebody is looking
            now = parts.progress(self.jobs, job, task, tongue)
            if now != shown:
                shown = now
                yield {self.progress: now}
            await asyncio.sleep(_POLL_SECONDS)
        ended: Updates = {
            self.cancel: gr.update(visible=False),
            self.listen: gr.update(interactive=True),
            self.progress: parts.progress(self.jobs, job, task, tongue),
        }
        if task.state is not State.DONE:
            await asyncio.to_thread(self.jobs.remove, job.id)
            yield {**ended, self.job: "", self.empty: gr.update(visible=True)}
            return
        made = await asyncio.to_thread(
            lambda: {
                self.player: parts.player(job, tongue),
                self.lanes: parts.lanes(job, tongue),
                self.cues: parts.cues(job, tongue),
                self.gallery: parts.gallery(job, tongue),
                self.texts: parts.texts(job, tongue),
                self.files: parts.files(job, tongue),
            }
        )
        yield {
            **ended,
            **made,
            **dict(zip(self.controls, _chosen(job.config.highlights), strict=True)),
            self.empty: gr.update(visible=False),
            self.result: gr.update(visible=True),
        }

    def stop(self, identity: str) -> Updates:
        """Cancel what is being done; ``follow`` tells when it has stopped."""
        job = self.jobs.get(identity)
        for task in job.tasks if job else ():
            task.cancel()
        return {self.cancel: gr.update(visible=False)}

    def reselect(
        self,
        identity: str,
        reasons: list[str],
        score: float,
        setup: float,
        tail: float,
        gap: float,
        longest: float,
        top: float,
        request: gr.Request,
    ) -> Updates:
        """Other thresholds and paddings: other highlights, without listening again."""
        job = self.jobs.get(identity)
        if job is None or job.document is None:
            return {}
        wanted = {
            "kinds": {kind: 1.0 for kind in _EVENTS if kind.value in reasons},
            "emotions": {emotion: 1.0 for emotion in _EMOTIONS if emotion.value in reasons},
            "points": {point: 1.0 for point in _POINTS if point in reasons},
            "min_score": score,
            "setup": setup,
            "tail": tail,
            "merge_gap": gap,
            "max_duration": longest,
            "top": int(top) or None,
        }
        with contextlib.suppress(ValidationError):
            highlights = HighlightsConfig.model_validate(wanted)
            job.config = job.config.model_copy(update={"highlights": highlights})
        tongue = _tongue(request)
        return {self.lanes: parts.lanes(job, tongue), self.gallery: parts.gallery(job, tongue)}

    def restyle(self, identity: str, profile: str, request: gr.Request) -> Updates:
        """Another house style: other cues, unless somebody has edited them."""
        job = self.jobs.get(identity)
        if job is None or job.document is None or profile not in get_args(SubtitleProfile):
            return {}
        with job.lock:
            style = job.config.subtitles.model_copy(update={"profile": profile})
            job.config = job.config.model_copy(update={"subtitles": style})
            if not job.edited:
                job.cues = make_cues(job.document, style)
        return {self.cues: parts.cues(job, _tongue(request))}


class _Batch:
    """The tab for several files."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs
        self.ids = gr.State([])
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=280, elem_classes="vt-side"):
                self.uploads = gr.File(
                    label=I18N("drop_many"),
                    file_types=_SUFFIXES,
                    file_count="multiple",
                    height=200,
                    elem_id="vt-uploads",
                )
                self.choices = _Choices(jobs)
                with gr.Row():
                    self.listen = gr.Button(
                        I18N("listen"), variant="primary", elem_id="vt-listen-many"
                    )
                    self.cancel = gr.Button(I18N("cancel"), visible=False, elem_id="vt-cancel-many")
            with gr.Column(scale=3, min_width=320):
                self.table = gr.HTML("", apply_default_css=False)
        self.listen.click(
            self.start,
            [self.uploads, *self.choices.inputs],
            [self.ids, self.table, self.listen, self.cancel],
            **_QUIET,
        )
        self.cancel.click(
            self.stop, [self.ids], None, **_QUIET,
        )  # fmt: skip

    async def start(
        self,
        uploads: list[str] | None,
        language: str,
        model: str,
        profile: str,
        request: gr.Request,
    ) -> AsyncIterator[Updates]:
        """Queue all files and follow them to their ends."""
        tongue = _tongue(request)
        try:
            config = settings_of(self.jobs, model, language, profile)
            if not uploads:
                raise UserError(WORDS[tongue]["nothing"])
            batch = [
                await asyncio.to_thread(_submit, self.jobs, config, upload, "", tongue)
                for upload in uploads
            ]
        except VidtagError as error:
            yield {self.table: parts.message(str(error), tongue, bad=True)}
            return
        yield {
            self.ids: [job.id for job in batch],
            self.listen: gr.update(interactive=False),
            self.cancel: gr.update(visible=True),
        }
        shown = ""
        while True:
            ended = all(job.listening.state.ended for job in batch)
            for job in batch:
                self.jobs.get(job.id)
            now = await asyncio.to_thread(parts.batch, self.jobs, batch, tongue)
            if now != shown:
                shown = now
                yield {self.table: now}
            if ended:
                break
            await asyncio.sleep(_POLL_SECONDS)
        yield {self.listen: gr.update(interactive=True), self.cancel: gr.update(visible=False)}

    def stop(self, identities: list[str]) -> None:
        """Cancel all of them."""
        for identity in identities:
            job = self.jobs.get(identity)
            if job is not None:
                job.listening.cancel()


def _submit(jobs: Jobs, config: Any, upload: str | None, path: str, tongue: Tongue) -> Job:
    """Queue an uploaded file, or one in an allowed folder."""
    if path.strip() and not upload:
        source = jobs.local_file(path.strip())
        identity, _ = jobs.reserve(source.name)
        return jobs.submit(identity, source, config, source.name)
    if not upload:
        raise UserError(WORDS[tongue]["nothing"])
    identity, source = jobs.reserve(Path(upload).name)
    try:
        os.link(upload, source)  # Gradio keeps the upload for as long as the page shows it
    except OSError:
        shutil.copyfile(upload, source)
    return jobs.submit(identity, source, config, source.name)


def _path_box(jobs: Jobs) -> gr.Textbox:
    allowed = ", ".join(map(str, jobs.allowed))
    return gr.Textbox(
        label=I18N("path"), info=allowed or None, visible=bool(jobs.allowed), elem_id="vt-path"
    )


def _reasons() -> list[tuple[str, str]]:
    """Choices with their names in both languages, since Gradio translates labels only."""
    english, chinese = EVENT_NAMES["en"], EVENT_NAMES["zh"]
    events = [(f"{english[kind]} {chinese[kind]}", kind.value) for kind in _EVENTS]
    emotions = [
        (f"{EMOTION_NAMES['en'][emotion]} {EMOTION_NAMES['zh'][emotion]}", emotion.value)
        for emotion in _EMOTIONS
    ]
    points = [(f"{WORDS['en'][point]} {WORDS['zh'][point]}", point) for point in _POINTS]
    return [*events, *emotions, *points]


def _chosen(style: HighlightsConfig) -> list[Any]:
    """What the controls show for settings: a page that is loaded again shows them as they are."""
    reasons = [*(kind.value for kind in style.kinds), *(e.value for e in style.emotions)]
    return [
        [*reasons, *style.points],
        style.min_score,
        style.setup,
        style.tail,
        style.merge_gap,
        style.max_duration,
        style.top or 0,
    ]


def _tongue(request: gr.Request) -> Tongue:
    return tongue_of(request.headers.get("accept-language"))


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
