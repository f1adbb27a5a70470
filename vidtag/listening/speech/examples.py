"""Does a model on this machine do what it does elsewhere? Its own example recordings tell."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from vidtag.core.errors import ModelError
from vidtag.core.names import SENSEVOICE
from vidtag.core.records import Language
from vidtag.core.settings import ModelConfig
from vidtag.listening.models import locate
from vidtag.listening.speech import richtext
from vidtag.listening.speech.sensevoice import SenseVoice
from vidtag.media.samples import SAMPLE_RATE, Samples

EXAMPLES = {
    Language.ZH: "开饭时间早上9点至下午5点。",
    Language.EN: (
        "The tribal chieftain called for the boy and presented him with 50 pieces of gold."
    ),
    Language.YUE: "呢几个字都表达唔到，我想讲嘅意思。",
    Language.JA: "うちの中学は弁当制で持っていけない場合は、50円の学校販売のパンを買う。",
    Language.KO: "조금만 생각을 하면서 살면 훨씬 편할 거야.",
}
"""What SenseVoiceSmall's published example recordings say, by the language they are named after."""

LARGEST_ERROR = 0.12
"""Share of wrong characters up to which a text counts as right: the exports of the model that are
about differ from each other by one or two characters in some recordings."""


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """One example recording.

    Attributes:
        language: of the recording.
        heard_language, text: what the model gives.
        expected: what it should say.
        error: wrong letters and digits, as a share of those expected.
        duration: of the recording, in seconds.
        elapsed: seconds that recognition took, decoding not included.
    """

    language: Language
    heard_language: Language
    text: str
    expected: str
    error: float
    duration: float
    elapsed: float

    @property
    def right(self) -> bool:
        """Whether language and text are as they should be."""
        return self.heard_language is self.language and self.error <= LARGEST_ERROR

    @property
    def speed(self) -> float:
        """How many times faster than real time."""
        return self.duration / self.elapsed


def verify(config: ModelConfig, decode: Callable[[Path], Samples]) -> Iterator[ExampleResult]:
    """Recognise the example recordings in a model's folder, one after the other.

    Args:
        decode: gives a file's sound as 16 kHz mono float32.

    Raises:
        ModelError: the folder has no example recordings (the pocket model has none).
        ModelUnavailableError: the model has to be fetched, and cannot be.
    """
    folder = locate.resolve(config).path / "example"
    files = {language: folder / f"{language}.mp3" for language in EXAMPLES}
    for file in files.values():
        if not file.is_file():
            raise ModelError(
                f"the model's folder has no example recording {file.name} to verify it with",
                path=folder.parent,
                remedy=f"verify {SENSEVOICE}",
            )
    model = SenseVoice.load(config)
    model.recognise([decode(files[Language.ZH])])  # the first pass warms up
    for language, file in files.items():
        audio = decode(file)
        began = time.perf_counter()
        recognition = model.recognise([audio])[0]
        elapsed = time.perf_counter() - began
        text = richtext.parse(recognition.rich_text).text
        yield ExampleResult(
            language=language,
            heard_language=recognition.language,
            text=text,
            expected=EXAMPLES[language],
            error=character_error(text, EXAMPLES[language]),
            duration=len(audio) / SAMPLE_RATE,
            elapsed=elapsed,
        )


def character_error(recognised: str, expected: str) -> float:
    """Edits from one text to the other, letters and digits only, per letter expected."""
    a, b = ([c for c in text.casefold() if c.isalnum()] for text in (recognised, expected))
    return Levenshtein.distance(a, b) / max(len(b), 1)
