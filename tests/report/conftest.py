import pytest

from tests.builders.documents import make_document, make_sentence
from vidtag.core.records import Emotion, EventKind, EventSpan, Language


@pytest.fixture
def show():
    """A minute with a joke, a laugh, an angry caller and a pause."""
    return make_document(
        [
            make_sentence(1.0, 5.0, "So a man walks in"),
            make_sentence(20.0, 24.0, "你好", Language.ZH, Emotion.ANGRY),
            make_sentence(30.0, 38.0, "thank you very much", Language.EN, Emotion.HAPPY),
        ],
        [
            EventSpan(EventKind.LAUGHTER, 5.5, 8.0, 0.98, 0.9),
            EventSpan(EventKind.APPLAUSE, 38.5, 44.0, 0.99, 0.9),
        ],
    )
