"""The hubs that models come from: ids, what lies in their caches, and fetching.

Hub models lie in the hubs' own caches, shared with everything else that uses them.
"""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import cast

from vidtag.core.errors import ModelError, ModelUnavailableError
from vidtag.core.names import SENSEVOICE, Hub
from vidtag.listening.models import published
from vidtag.listening.side_effects import silenced

FSMN_VAD = "iic/speech_fsmn_vad_zh-cn-16k-common-pytorch"

CAMPPLUS = "iic/speech_campplus_sv_zh-cn_16k-common"
CAMPPLUS_FILE = "campplus_cn_common.bin"
"""FunASR's ``cam++``, and what its weights are called."""

_ON_HUGGING_FACE = {
    SENSEVOICE: "FunAudioLLM/SenseVoiceSmall",
    FSMN_VAD: "funasr/fsmn-vad",
    CAMPPLUS: "funasr/campplus",
}
"""Ids of the same models there; the other way round works too."""

ORIGINS: dict[Hub, str] = {"ms": "modelscope", "hf": "huggingface"}
_SITES: dict[Hub, tuple[str, str]] = {
    "ms": ("ModelScope", "https://www.modelscope.cn"),
    "hf": ("Hugging Face", "https://huggingface.co"),
}

_REACH_SECONDS = 8.0
"""How long a hub may take to answer at all. The hubs' own libraries try for minutes."""


def looks_like_hub_id(name: str) -> bool:
    """Whether a name has the form OWNER/MODEL."""
    owner, _, model = name.partition("/")
    plain = not set("\\:") & set(name)  # neither in an id; both in paths of Windows
    return bool(owner and model) and "/" not in model and owner[0] not in ".~" and plain


def hub_id(name: str, hub: Hub) -> str:
    """The id of a model on a hub; the known models have other ids on each."""
    if hub == "hf":
        return _ON_HUGGING_FACE.get(name, name)
    return {other: own for own, other in _ON_HUGGING_FACE.items()}.get(name, name)


def cached(model: str, hub: Hub, revision: str | None) -> Path | None:
    """Folder of a model in the hub's cache; None if it is not there, or only in part. Needs neither
    the network nor torch.
    """
    return _cached_by(_lookup(hub), model, revision)


def _cached_by(lookup: Callable[..., str], model: str, revision: str | None) -> Path | None:
    try:
        with silenced():
            folder = Path(lookup(model, revision=revision, local_files_only=True))
    except Exception:  # the libraries raise their own kinds, and ValueError, for "not there"
        return None
    weights = any((folder / name).is_file() for name in ("model.pt", CAMPPLUS_FILE))
    complete = weights and (folder / "config.yaml").is_file()
    return folder if complete else None


def find_folder(name: str, hub: Hub, revision: str | None = None, *, show: bool = False) -> Path:
    """Folder of a hub model of any kind, fetched unless it is there already.

    Raises:
        ModelUnavailableError: it cannot be fetched.
        ModelError: SenseVoiceSmall was fetched, and is not what was published under that name.
    """
    model = hub_id(name, hub)
    # ModelScope's own package may find what an old version of it has fetched.
    found = cached(model, hub, revision) or _cached_by(_snapshot(hub), model, revision)
    if found is not None:
        return found
    site, address = _SITES[hub]
    remedy = _ways_on(name, hub)
    trouble = _unreachable(address)
    if trouble:
        raise ModelUnavailableError(
            f"the model {model} is not on this machine, and {site} cannot be reached ({trouble})",
            remedy=remedy,
        )
    try:
        with nullcontext() if show else silenced():
            folder = Path(_snapshot(hub)(model, revision=revision))
    except Exception as error:  # each hub's library has its own tree of errors, and lets others by
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise ModelUnavailableError(
            f"the model {model} could not be fetched from {site} ({reason})", remedy=remedy
        ) from error
    if model == hub_id(SENSEVOICE, hub) and revision is None:
        _check_published(folder, site)
    return folder


def _check_published(folder: Path, site: str) -> None:
    changed = published.differing(folder)
    if changed:
        raise ModelError(
            f"what {site} sent is not the model as it was published: {', '.join(changed)} differ",
            path=folder,
            remedy="if that is a newer version that you trust, choose it with --revision; else "
            "delete the folder and fetch it from another network",
        )


def _lookup(hub: Hub) -> Callable[..., str]:
    """What finds a model in the hub's cache. ModelScope's own package imports torch; the package
    below it, which newer versions have, does not.
    """
    if hub == "ms":
        try:
            from modelscope_hub.compat.snapshot_download import snapshot_download
        except ImportError:
            return _snapshot(hub)
        return cast("Callable[..., str]", snapshot_download)
    return _snapshot(hub)


def _snapshot(hub: Hub) -> Callable[..., str]:
    if hub == "ms":
        from modelscope.hub.snapshot_download import snapshot_download as from_modelscope

        return cast("Callable[..., str]", from_modelscope)
    from huggingface_hub import snapshot_download as from_hugging_face

    return cast("Callable[..., str]", from_hugging_face)


def _unreachable(address: str) -> str | None:
    """Why a site cannot be reached; None if it answers at all, be it with an error.

    In a thread, because looking up a name has no timeout of its own.
    """
    trouble: list[str | None] = []

    def ask() -> None:
        try:
            request = urllib.request.Request(address, method="HEAD")
            # An opener of its own: urlopen keeps for good what proxies it finds at its first call.
            with urllib.request.build_opener().open(request, timeout=_REACH_SECONDS):
                trouble.append(None)
        except urllib.error.HTTPError:
            trouble.append(None)
        except OSError as error:
            trouble.append(str(getattr(error, "reason", error)))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_REACH_SECONDS)
    return trouble[0] if trouble else "no answer"


def _ways_on(name: str, hub: Hub) -> str:
    if name == FSMN_VAD:
        return "fetch it on a connected machine and copy the cache, or use the VAD silero"
    if name == CAMPPLUS:
        return (
            "fetch it on a connected machine and copy the cache, or leave speakers.model as it is"
        )
    option = "" if hub == "ms" else f" --hub {hub}"
    which = "" if name == SENSEVOICE else f" {name}"
    return (
        f"run `vidtag models fetch{which}{option}` on a connected machine and copy the folder that "
        "it names, then use --model FOLDER; or try vidtag out with --model pocket"
    )
