"""Turns off the telemetry of libraries, before any of them is loaded.

ONNX Runtime (from 1.32) looks up a host of its maker and keeps a device id under ``~/.cache``; Ray,
Gradio and Hugging Face's libraries report what is used. All of them read the environment when they
are loaded, and processes that are started later inherit it.
"""

from __future__ import annotations

import os

_OFF = {
    "ORT_DISABLE_TELEMETRY": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "DO_NOT_TRACK": "1",  # https://donottrack.sh: for what a library adds tomorrow
}


def switch_off_telemetry() -> None:
    """Tell it to this process and its children, whatever the environment said before."""
    os.environ.update(_OFF)
