"""Makes the recordings in ``data/`` with espeak-ng (a system package, used here only).

Run from the repository: ``python tests/listening/speech/make_clips.py``. Each clip is one sentence
of the kind that the pocket model knows; ``clips.json`` says what it says.
"""

from __future__ import annotations

import io
import json
import subprocess
import wave
from pathlib import Path

import av
import numpy as np

FOLDER = Path(__file__).parent / "data"
VOICES = {"en": "en-us", "zh": "cmn-latn-pinyin", "yue": "yue", "ja": "ja", "ko": "ko"}

# name: language, voice variant, text, and what espeak-ng is to read where that differs
CLIPS = {
    "en1": ("en", "m4", "Do not forget the chair, David.", ""),
    "en2": ("en", "f3", "Let us watch behind the house last night.", ""),
    "zh1": ("zh", "m4", "在学校有3个球。", "在学校有三个球。"),
    "zh2": ("zh", "f3", "大家特别高兴。", ""),
    "yue1": ("yue", "m4", "今晚朋友喺學校食飯。", ""),
    "yue2": ("yue", "f3", "今日老師喺香港傾偈。", ""),
    "ja1": ("ja", "m4", "ありがとうございます、父。", "ありがとうございます ちち。"),
    "ja2": ("ja", "f3", "ありがとうございます、犬。", "ありがとうございます いぬ。"),
    "ko1": ("ko", "m4", "같이 회사에서 물을 샀어요.", ""),
    "ko2": ("ko", "f3", "친구가 왜 회사에서 춤춰요?", ""),
}


def speak(language: str, variant: str, text: str) -> tuple[np.ndarray, int]:
    """Synthesise; gives int16 samples and their rate."""
    command = ["espeak-ng", "-v", f"{VOICES[language]}+{variant}", "-s", "165", "--stdout", text]
    done = subprocess.run(command, capture_output=True, check=True)
    with wave.open(io.BytesIO(done.stdout)) as file:
        rate = file.getframerate()
        samples = np.frombuffer(done.stdout[44:], np.int16)
    spoken = np.flatnonzero(np.abs(samples) > 200)
    return samples[spoken[0] : spoken[-1] + rate // 20], rate


def write(path: Path, samples: np.ndarray, rate: int) -> None:
    """Write Opus at 24 kbit/s."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libopus", rate=48_000, layout="mono")
        stream.bit_rate = 24_000
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate = rate
        resampler = av.AudioResampler("s16", "mono", 48_000)
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            file.mux(stream.encode(piece))
        file.mux(stream.encode(None))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    truth = {}
    for name, (language, variant, text, spoken) in CLIPS.items():
        samples, rate = speak(language, variant, spoken or text)
        write(FOLDER / f"{name}.opus", samples, rate)
        truth[name] = {"language": language, "text": text}
    (FOLDER / "clips.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
