"""Where the crop of single social clips stays, as settings or a hand at the clip say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import pytest

from tests.builders.documents import make_document
from tests.builders.faces import Person, syllables, write_people
from vidtag.core.edits import KeptClip
from vidtag.core.errors import ConfigError
from vidtag.core.records import EventKind, EventSpan
from vidtag.core.settings import Config
from vidtag.media.probe import probe
from vidtag.show.clip_choice import ClipChoice
from vidtag.show.highlight_files import write_highlights
from vidtag.show.views import Views

BLUE, GREEN = (40, 50, 150), (30, 120, 50)


def people(time: float) -> Sequence[Person]:
    """Only the left one ever talks."""
    return [Person(100, BLUE, syllables), Person(545, GREEN, lambda _: 0.0)]


def shows(path: Path) -> str:
    """Whose shirt is in every frame, and no other."""
    seen = set()
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            _, green, blue = frame.to_ndarray(format="rgb24").astype(int).transpose(2, 0, 1)
            shirts = {"blue": (blue - green > 50).mean(), "green": (green - blue > 40).mean()}
            seen.add("+".join(name for name, share in shirts.items() if share > 0.02))
    return " or ".join(sorted(seen))


def test_a_clip_s_own_crop_goes_before_its_moment_s_and_that_before_all_others(
    tmp_path: Path,
) -> None:
    video = write_people(tmp_path / "show.mp4", 9.0, people)
    laughs = tuple(EventSpan(EventKind.LAUGHTER, t, t + 1.2, 0.9, 0.9) for t in (0.5, 3.5, 6.5))
    highlights = {
        "social": True, "setup": 0, "tail": 0, "min_duration": 1, "merge_gap": 0.1, "reel": False,
        "social_crops": {"0m04s": "right", "0m07s": "right"},
    }  # fmt: skip
    config = Config.model_validate({"highlights": highlights, "output": {"folder": "x"}})
    document = make_document([], laughs, media=probe(video))
    last = Views(document, config).chosen[2]
    by_hand = KeptClip(last.id, last.clip.start, last.clip.end, "", crop=0.0)
    views = Views(document, config, choice=ClipChoice({last.id: by_hand}))
    written = write_highlights(views, tmp_path)
    made = sorted(path for path in written.files if path.parent.name == "show.social")
    assert [shows(path) for path in made] == ["blue", "green", "blue"]


def test_a_moment_is_written_as_in_the_names_of_clips() -> None:
    with pytest.raises(ConfigError, match=r"1m02s or 1h01m02s"):
        Config().with_values({"highlights": {"social_crops": {"62": "left"}}})
