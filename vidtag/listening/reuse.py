"""Whether the document of an earlier run is still right. Needs neither torch nor a network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from vidtag.core import document as documents
from vidtag.core.given_transcript import Transcript
from vidtag.core.media_streams import Media
from vidtag.core.names import POCKET, YAMNET
from vidtag.core.records import Document, OnProgress, ignore_progress
from vidtag.core.settings import Config
from vidtag.listening.events.tuning import check_tuned
from vidtag.listening.identity import Identity, ModelFacts, difference, facts_of, resolve
from vidtag.listening.models.digests import absent_parts, local_digests, transcript_digest
from vidtag.listening.models.locate import local_model
from vidtag.listening.models.model_folder import read_event_settings
from vidtag.listening.models.tagger_files import default_tagger
from vidtag.listening.picture import searching_picture, with_picture
from vidtag.media.fingerprint import why_unlike


@dataclass(frozen=True, slots=True)
class EarlierDocument:
    """What became of the document of an earlier run.

    Attributes:
        document: it, if nothing need be listened to again; None if not, or there is none.
        settings: LISTEN settings that a document made now would have.
        notes: for the user: why it was not right any more, or what could not be compared.
    """

    document: Document | None
    settings: dict[str, object]
    notes: tuple[str, ...] = ()


def find_earlier(
    path: Path, media: Media, config: Config, transcript: Transcript | None = None
) -> EarlierDocument:
    """The document at ``path``, if it is what listening would give now.

    Args:
        transcript: what words would be taken from.

    Raises:
        DocumentError: there is a file, but it is no document.
        InputError: there is no such audio track.
        ModelError: the calibration of the model on this machine is damaged.
        ConfigError: events were tuned with another model or tagger.
    """
    if config.output.relisten or not path.exists():
        return EarlierDocument(None, {})
    document = documents.read(path)
    digests, facts, absent = _listeners_here(config, document)
    check_tuned(config.events.tuned, digests, absent)
    digests |= transcript_digest(transcript)
    settings = resolve(config, media, facts).listen_settings()
    reason = difference(document, media, Identity(settings, digests), absent=absent)
    if document.media.fingerprint != media.fingerprint:
        reason = f"file: {why_unlike(media.path, document.media)}"
    if reason is not None:
        return EarlierDocument(None, settings, (f"listened again ({reason})",))
    if absent:
        names = {
            "model": config.model.name,
            "vad": config.vad.name,
            "tagger": str(config.events.tagger.model),
            "speakers": "the networks of vidtag[speakers]",
        }
        named = ", ".join(names[part] for part in absent)
        note = f"whether what listened is still the same was not checked: {named} is not here"
        return EarlierDocument(document, settings, (note,))
    return EarlierDocument(document, settings)


def refresh_picture(
    earlier: EarlierDocument,
    media: Media,
    config: Config,
    *,
    on_progress: OnProgress = ignore_progress,
) -> Document:
    """An earlier document, its picture looked at again if that is now done in another way."""
    document = earlier.document
    assert document is not None
    if document.settings.get("video") == earlier.settings["video"]:
        return document
    with searching_picture(media, config.video, on_progress=on_progress) as found:
        picture = found()
    settings = {**document.settings, "video": earlier.settings["video"]}
    return replace(with_picture(document, picture), settings=settings)


def _listeners_here(
    config: Config, document: Document
) -> tuple[dict[str, str], ModelFacts, tuple[str, ...]]:
    """Digests of what would listen, what its model brings along, and the parts not found."""
    model = local_model(config.model)
    digests = local_digests(config)
    recorded = facts_of(document)
    calibration = recorded.calibration if model is None else read_event_settings(model)
    chosen = config.model.number_type
    # What `auto` chose on another machine is as right as what it would choose here.
    number_type = recorded.number_type if chosen == "auto" else chosen
    absent = absent_parts(config, digests)
    tagger = default_tagger(config)
    if tagger is None and recorded.tagger == YAMNET and config.model.name != POCKET:
        # And so is what another machine's YAMNet heard, which is not here to be compared.
        tagger, absent = recorded.tagger, (*absent, "tagger")
    return digests, ModelFacts(calibration, number_type, tagger), absent
