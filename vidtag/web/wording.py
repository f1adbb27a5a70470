"""The text of the web page, in English and Chinese; the report's where both say the same."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from vidtag.core.display import STAGE_NAMES
from vidtag.core.names import PageLanguage
from vidtag.report.words import WORDS as REPORT_WORDS

_EN = {
    "lead": "Subtitles with laughter and applause in them, and the moments worth a clip.",
    "one": "One file",
    "many": "Several files",
    "drop": "Video or sound file",
    "drop_many": "Video or sound files",
    "path": "Or a path on the server",
    "language": "Language",
    "profile": "House style",
    "listen": "Listen",
    "cancel": "Cancel",
    "nothing": "Choose a file first.",
    "waiting": "Waiting: {count} before this one",
    "running": "Working on {name}",
    "done": "Done: {name}",
    "failed": "This did not work",
    "cancelled": "Cancelled. Nothing is kept of it.",
    "empty": "Drop a talk, a show or a call. What is heard in it opens on a page to work on: the "
    "picture, a timeline, subtitles to edit and clips.",
    "player": "Video with its subtitles",
    "tab_cues": "Subtitles",
    "tab_files": "Files",
    "cue_start": "Start",
    "cue_end": "End",
    "cue_text": "Text",
    "cue_jump": "Play from {time}",
    "cue_reset": "Undo all edits",
    "cue_saving": "Saving…",
    "cue_bad_time": "A time is wrong: write 0:01.5, and let the end come after the start.",
    "cue_count": "{count} cues, {faults} broken rules",
    "reasons": "What makes a highlight",
    "min_score": "Least score",
    "setup": "Seconds before, at most",
    "tail": "Seconds after",
    "merge_gap": "Join reactions closer than",
    "max_duration": "Longest clip",
    "top": "Keep the best (0: all)",
    "count": "{count} highlights, {seconds} s together",
    "play_clip": "Play highlight {number}",
    "download": "Download",
    "make_everything": "Make everything",
    "everything_info": "Subtitles in all formats, clips with their own, the reel, the report and "
    "the document, in one ZIP. Cutting takes a while.",
    "download_zip": "Download the ZIP",
    "open_report": "Open the report",
    "document": "Document (JSON)",
    "open": "Open",
    "state": "State",
    "result": "Result",
    "state_waiting": "waiting",
    "state_running": "working",
    "state_done": "done",
    "state_failed": "failed",
    "state_cancelled": "cancelled",
    "found": "laughter: {laughs}, applause: {claps}, highlights: {highlights}",
    "cancelling": "Stopping…",
    "unreachable": "The server does not answer. Trying again…",
    "gone": "This result is gone: results are removed after a while.",
    "decision": "decision",
    "dispute": "dispute",
    "idea": "idea",
    "action": "task",
    "projects": "Projects",
    "open_document": "Open a document (.vidtag.json)",
    "remove": "Remove",
    "removed": "Removed.",
    "bring_back": "Bring back",
    "edited": "edited",
    "left": "about {seconds} s left",
}
_ZH = {
    "lead": "带笑声与掌声标记的字幕，以及值得剪辑的片段。",
    "one": "单个文件",
    "many": "多个文件",
    "drop": "视频或音频文件",
    "drop_many": "视频或音频文件（可多选）",
    "path": "或服务器上的路径",
    "language": "语言",
    "profile": "字幕规范",
    "listen": "开始识别",
    "cancel": "取消",
    "nothing": "请先选择文件。",
    "waiting": "排队中：前面还有 {count} 个",
    "running": "正在处理 {name}",
    "done": "完成：{name}",
    "failed": "未能完成",
    "cancelled": "已取消，未保留任何内容。",
    "empty": "放入演讲、节目或通话。听到的一切会在工作页面打开：画面、时间轴、可编辑的字幕和片段。",
    "player": "带字幕的视频",
    "tab_cues": "字幕",
    "tab_files": "文件",
    "cue_start": "开始",
    "cue_end": "结束",
    "cue_text": "文本",
    "cue_jump": "从 {time} 播放",
    "cue_reset": "放弃所有修改",
    "cue_saving": "保存中…",
    "cue_bad_time": "时间有误：请写成 0:01.5，且结束晚于开始。",
    "cue_count": "{count} 条字幕，{faults} 处违规",
    "reasons": "精彩片段的依据",
    "min_score": "最低得分",
    "setup": "之前最多保留（秒）",
    "tail": "之后保留（秒）",
    "merge_gap": "合并间隔小于（秒）",
    "max_duration": "片段最长（秒）",
    "top": "只留最好的几个（0：全部）",
    "count": "{count} 个片段，共 {seconds} 秒",
    "play_clip": "播放第 {number} 个片段",
    "download": "下载",
    "make_everything": "生成全部文件",
    "everything_info": "所有格式的字幕、带字幕的片段、集锦、报告和文档，打成一个 ZIP。"
    "剪切需要一些时间。",
    "download_zip": "下载 ZIP",
    "open_report": "打开报告",
    "document": "文档（JSON）",
    "open": "打开",
    "state": "状态",
    "result": "结果",
    "state_waiting": "排队",
    "state_running": "处理中",
    "state_done": "完成",
    "state_failed": "失败",
    "state_cancelled": "已取消",
    "found": "{laughs} 次笑声，{claps} 次掌声，{highlights} 个片段",
    "cancelling": "正在停止…",
    "unreachable": "服务器没有响应，正在重试…",
    "gone": "结果已删除：结果只保留一段时间。",
    "decision": "决定",
    "dispute": "争执",
    "idea": "想法",
    "action": "待办",
    "projects": "项目",
    "open_document": "打开文档（.vidtag.json）",
    "remove": "移除",
    "removed": "已移除。",
    "bring_back": "恢复",
    "edited": "已编辑",
    "left": "约剩 {seconds} 秒",
}
_SHARED_WITH_REPORT = ("model", "file")


def _all_texts(language: PageLanguage, own: Mapping[str, str]) -> Mapping[str, str]:
    report = REPORT_WORDS[language]
    return {
        **{key: report[key] for key in _SHARED_WITH_REPORT},
        **{f"stage_{stage}": name for stage, name in STAGE_NAMES[language].items()},
        **own,
    }


WORDS: Mapping[PageLanguage, Mapping[str, str]] = MappingProxyType(
    {"en": _all_texts("en", _EN), "zh": _all_texts("zh", _ZH)}
)
"""All texts by their names; the names of stages begin with ``stage_``."""


def preferred_language(accept_language: str | None) -> PageLanguage:
    """The language of the page for a browser, by what it prefers among the two there are.

    Args:
        accept_language: the header of that name (RFC 9110), such as ``zh-CN,zh;q=0.9,en;q=0.8``.
    """
    ranked = []
    for part in (accept_language or "").split(","):
        name, _, weight = part.strip().partition(";q=")
        try:
            ranked.append((float(weight or 1), name.strip().lower()))
        except ValueError:
            continue
    for _, name in sorted(ranked, key=lambda item: -item[0]):
        if name.startswith(("zh", "yue")):
            return "zh"
        if name.startswith("en"):
            return "en"
    return "en"
