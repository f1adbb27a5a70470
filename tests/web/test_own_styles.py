"""House styles of the server's own, on the page."""

from __future__ import annotations

import pytest

from vidtag.core.errors import ConfigError, UserError
from vidtag.core.settings.house_style import BUILT_IN
from vidtag.web.offered_styles import BUILT_IN_STYLES, OfferedStyles
from vidtag.web.request_models import ListenOptions


def test_own_styles_come_before_the_built_in_ones(tmp_path):
    (tmp_path / "ours.yaml").write_text("lines: 1\n")
    styles = OfferedStyles.of([str(tmp_path / "ours.yaml"), "bbc"])
    assert list(styles.by_name) == ["ours", "bbc", *(x for x in BUILT_IN if x != "bbc")]
    chosen = ListenOptions().config(("pocket",), styles).subtitles.profile
    assert not isinstance(chosen, str)
    assert (chosen.name, chosen.lines) == ("ours", 1)
    assert ListenOptions(profile="social").config(("pocket",), styles).subtitles.profile == "social"


def test_a_file_on_the_server_cannot_be_named_by_who_uses_the_page(tmp_path):
    (tmp_path / "ours.yaml").write_text("lines: 1\n")
    options = ListenOptions(profile=str(tmp_path / "ours.yaml"))
    with pytest.raises(UserError, match="not offered here"):
        options.config(("pocket",), BUILT_IN_STYLES)


def test_a_wrong_file_is_refused_before_the_server_starts(tmp_path):
    (tmp_path / "ours.yaml").write_text("lnes: 1\n")
    with pytest.raises(ConfigError, match=r"ours\.yaml:1: unknown setting 'lnes'"):
        OfferedStyles.of([str(tmp_path / "ours.yaml")])
