"""The text of the report, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from vidtag.core.names import PageLanguage
from vidtag.core.records import Emotion, EventKind, Language

LANGUAGE_NAMES: Mapping[Language, str] = MappingProxyType(
    {
        Language.ZH: "中文",
        Language.YUE: "粵語",
        Language.EN: "English",
        Language.JA: "日本語",
        Language.KO: "한국어",
    }
)
"""Every language by its own name, whatever the reader's."""

LANGUAGE_CODES: Mapping[Language, str] = MappingProxyType(
    {
        Language.ZH: "zh-Hans",
        Language.YUE: "yue-Hant",
        Language.EN: "en",
        Language.JA: "ja",
        Language.KO: "ko",
    }
)
"""For the ``lang`` attribute: voices and fonts go by it."""

EMOTION_NAMES: Mapping[PageLanguage, Mapping[Emotion, str]] = MappingProxyType(
    {
        "en": {
            Emotion.HAPPY: "happy",
            Emotion.SAD: "sad",
            Emotion.ANGRY: "angry",
            Emotion.NEUTRAL: "neutral",
            Emotion.FEARFUL: "fearful",
            Emotion.DISGUSTED: "disgusted",
            Emotion.SURPRISED: "surprised",
        },
        "zh": {
            Emotion.HAPPY: "高兴",
            Emotion.SAD: "悲伤",
            Emotion.ANGRY: "生气",
            Emotion.NEUTRAL: "平静",
            Emotion.FEARFUL: "害怕",
            Emotion.DISGUSTED: "厌恶",
            Emotion.SURPRISED: "惊讶",
        },
    }
)
EVENT_NAMES: Mapping[PageLanguage, Mapping[EventKind, str]] = MappingProxyType(
    {
        "en": {
            EventKind.LAUGHTER: "laughter",
            EventKind.APPLAUSE: "applause",
            EventKind.BGM: "music",
            EventKind.CRY: "crying",
            EventKind.COUGH: "cough",
            EventKind.SNEEZE: "sneeze",
            EventKind.BREATH: "breath",
        },
        "zh": {
            EventKind.LAUGHTER: "笑声",
            EventKind.APPLAUSE: "掌声",
            EventKind.BGM: "音乐",
            EventKind.CRY: "哭声",
            EventKind.COUGH: "咳嗽",
            EventKind.SNEEZE: "喷嚏",
            EventKind.BREATH: "呼吸",
        },
    }
)

_EN = {
    "title": "{name}: what was heard",
    "no_speech": "no speech",
    "speech": "speech",
    "emotion": "emotion",
    "highlights": "highlights",
    "timeline": "Timeline",
    "timeline_help": "Tab moves between the lanes, the arrow keys within one.",
    "zoom_in": "Zoom in",
    "zoom_out": "Zoom out",
    "play_along": "Play along",
    "play_along_help": "Choose {name} on this computer: what you click is played. "
    "The file stays here.",
    "no_highlights": "No moment makes a highlight with these settings.",
    "score": "score {value}",
    "numbers": "In numbers",
    "speech_share": "speech",
    "speech_detail": "{time} of {total}",
    "laughter_rate": "laughs a minute",
    "laughter_detail": "{count} in all, {time} of laughter",
    "applause_count": "rounds of applause",
    "applause_detail": "{time} in all",
    "pause": "longest pause",
    "pause_detail": "at {time}, {what}",
    "pause_silent": "with nothing heard in it",
    "pause_heard": "filled by {kinds}",
    "pause_none": "fewer than two words",
    "anger": "of speech is angry",
    "anger_detail": "{count} passages",
    "anger_detail_one": "1 passage",
    "languages": "Languages",
    "emotions": "Emotions",
    "laughter_over_time": "Laughter over time",
    "anger_over_time": "Anger over time",
    "chart_bin": "each bar {seconds} s",
    "chart_none": "none heard",
    "chart_summary": "{total} in all, most of it between {start} and {end}",
    "transcript": "Transcript",
    "no_transcript": "Nothing was said and no event was heard.",
    "quality": "Quality of the subtitles",
    "quality_good": "{cues} cues by the house style “{profile}”: every rule is kept.",
    "quality_bad": "{cues} cues by the house style “{profile}”: {count} avoidable violations.",
    "quality_forced": "Forced by the words themselves: {count}",
    "cue": "cue",
    "time": "time",
    "rule": "rule",
    "finding": "finding",
    "about": "How this was made",
    "model": "Model",
    "model_pocket": "pocket ({size} M parameters), the bundled trial model. It knows only "
    "synthetic voices and sounds: what it says of real footage means nothing.",
    "model_other": "{name} ({origin}, {size} M parameters, checkpoint {digest})",
    "file": "File",
    "fingerprint": "fingerprint {value}",
    "sound_only": "sound only",
    "notes": "Notes",
    "settings": "Settings",
    "skip": "Skip to the transcript",
    "made_by": "Made by vidtag {version}",
    "to": "{start} to {end}",
}
_ZH = {
    "title": "{name}：听到的内容",
    "no_speech": "无语音",
    "speech": "语音",
    "emotion": "情绪",
    "highlights": "精彩片段",
    "timeline": "时间轴",
    "timeline_help": "Tab 键切换轨道，方向键在轨道内移动。",
    "zoom_in": "放大",
    "zoom_out": "缩小",
    "play_along": "对照播放",
    "play_along_help": "选择本机上的 {name}：点击之处即可播放。文件不会上传。",
    "no_highlights": "按当前设置没有精彩片段。",
    "score": "得分 {value}",
    "numbers": "统计",
    "speech_share": "语音占比",
    "speech_detail": "{total} 中的 {time}",
    "laughter_rate": "次笑声／分钟",
    "laughter_detail": "共 {count} 次，笑声 {time}",
    "applause_count": "次掌声",
    "applause_detail": "共 {time}",
    "pause": "最长停顿",
    "pause_detail": "位于 {time}，{what}",
    "pause_silent": "其间无声",
    "pause_heard": "其间有{kinds}",
    "pause_none": "不足两个词",
    "anger": "的语音带有怒气",
    "anger_detail": "{count} 段",
    "anger_detail_one": "1 段",
    "languages": "语言",
    "emotions": "情绪",
    "laughter_over_time": "笑声分布",
    "anger_over_time": "怒气分布",
    "chart_bin": "每格 {seconds} 秒",
    "chart_none": "未听到",
    "chart_summary": "共 {total}，多在 {start} 至 {end}",
    "transcript": "文字记录",
    "no_transcript": "没有语音，也没有声音事件。",
    "quality": "字幕质量",
    "quality_good": "{cues} 条字幕，规范“{profile}”：全部合格。",
    "quality_bad": "{cues} 条字幕，规范“{profile}”：{count} 处可避免的违规。",
    "quality_forced": "由话语本身决定、无法避免：{count} 处",
    "cue": "字幕",
    "time": "时间",
    "rule": "规则",
    "finding": "结果",
    "about": "生成方式",
    "model": "模型",
    "model_pocket": "pocket（{size} M 参数），随附的试用模型。它只懂合成的人声与声音，"
    "它对真实素材的说法没有意义。",
    "model_other": "{name}（{origin}，{size} M 参数，权重 {digest}）",
    "file": "文件",
    "fingerprint": "指纹 {value}",
    "sound_only": "仅有声音",
    "notes": "说明",
    "settings": "设置",
    "skip": "跳到文字记录",
    "made_by": "由 vidtag {version} 生成",
    "to": "{start} 至 {end}",
}
WORDS: Mapping[PageLanguage, Mapping[str, str]] = MappingProxyType({"en": _EN, "zh": _ZH})
