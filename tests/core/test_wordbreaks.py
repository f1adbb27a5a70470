"""Words of Chinese are found without a word of how."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SETUPTOOLS = """
import sys, warnings
warnings.warn("pkg_resources is deprecated as an API", UserWarning, stacklevel=2)

def resource_stream(package, name):
    return open(sys.modules[package].__path__[0] + "/" + name, "rb")
"""
"""What setuptools since version 80.9 does where jieba asks it for its dictionary."""


def test_what_setuptools_tells_jieba_is_no_news_for_users(tmp_path: Path) -> None:
    (tmp_path / "pkg_resources.py").write_text(SETUPTOOLS)
    code = (
        "from vidtag.core.wordbreaks import chinese_words\n"
        "print(chinese_words('今天天气很好', unknown=True), chinese_words('佢哋喺度'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout == "['今天天气', '很', '好'] ['佢哋', '喺', '度']\n"
    assert done.stderr == ""
