"""How a clip is put together of copied frames, whether the edges are encoded or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from av.container import InputContainer

from vidtag.core.media_streams import VideoStream
from vidtag.cutting.cut_plan import CutPlan
from vidtag.cutting.dynamic_metadata import dynamic_metadata
from vidtag.cutting.frame_partition import FramePartition, StoredFrame
from vidtag.cutting.frame_signature import Signature
from vidtag.cutting.nal import (
    NAL_CODECS,
    CopyError,
    ParameterSets,
    RandomAccess,
    is_nal_codec,
    is_parameter_set,
    random_access,
    read_configuration,
    split_units,
)
from vidtag.media.container import picture_stream
from vidtag.media.frame_plan import FramePlan
from vidtag.media.frame_scan import Reading
from vidtag.media.frames import packets_from
from vidtag.media.hidden_frames import is_hidden

FRAMES_AFTER_JOINT = 12
"""Frames compared after a joint: where a decoder starts with a wrong frame, the frames that are
predicted from it are wrong too."""

_MP4_CODECS = {*NAL_CODECS, "vp9", "av1", "mpeg4", "mpeg2video", "mpeg1video"}
"""What an MP4 can hold as it is."""


@dataclass(frozen=True, slots=True)
class CopyRecipe:
    """How a clip is put together.

    Attributes:
        plan: what it holds; more than was asked for if it begins at a keyframe.
        picture: the frames of that plan.
        video: the source's video stream.
        partition: which of the frames are copied.
        sets: parameter sets of the source.
        metadata: NAL units that go with frames that are encoded, by pts.
    """

    plan: CutPlan
    picture: FramePlan
    video: VideoStream
    partition: FramePartition
    sets: ParameterSets
    metadata: Mapping[int, tuple[bytes, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CopiedFrames:
    """What has to be true of a clip whose frames were copied in part.

    Attributes:
        joints: pts of frames at which a part begins that was not made like the one before it.
        digests: CRC-32 of the samples that were copied, by pts.
        signatures: those of frames of the source that were decoded for encoding, by pts.
    """

    joints: tuple[int, ...]
    digests: Mapping[int, int]
    signatures: Mapping[int, Signature]


def copyable_picture(plan: CutPlan) -> tuple[FramePlan, VideoStream]:
    """The picture to cut.

    Raises:
        CopyError: there is none, or its codec or container does not allow copying.
    """
    picture, video = plan.picture, plan.media.video
    if picture is None or video is None:
        raise CopyError("there is no picture to copy")
    if video.codec not in _MP4_CODECS:
        raise CopyError(f"{video.codec} is not copied into MP4")
    if plan.media.container == "avi":
        raise CopyError("AVI does not tell when frames are shown")
    if picture.reading is not Reading.SOUGHT:
        raise CopyError(f"its frames are only found {picture.reading.value}")
    return picture, video


def scan_frames(
    source: InputContainer, picture: FramePlan, video: VideoStream, *, whole_gops: bool
) -> tuple[list[StoredFrame], ParameterSets]:
    """Frames as stored, from the keyframe before the clip on, and all parameter sets among them.

    Args:
        source: the media file, open; its reading position is moved.
        whole_gops: read up to the first keyframe after the clip and what is shown before it, not
            only to the clip's last frame.

    Raises:
        CopyError: the file does not tell when frames are shown, or its parameter sets change.
    """
    stream = picture_stream(source, video.index)
    sets, length_size = ParameterSets("h264"), 0
    if is_nal_codec(video.codec):
        sets, length_size = read_configuration(video.codec, stream.codec_context.extradata)
    missing, stored = set(picture.times), []
    following: int | None = None  # pts of the first keyframe after the clip
    for packet in packets_from(source, stream, picture.keyframe):
        if packet.pts is None:
            raise CopyError("the file does not tell when frames are shown")
        if following is not None and packet.pts > following:
            break  # of an open GOP, frames shown before its keyframe are stored behind it
        if is_hidden(video.codec, packet):
            raise CopyError("some of its packets hold frames that are not shown")
        metadata: tuple[bytes, ...] = ()
        access = RandomAccess.CLOSED_GOP if packet.is_keyframe else RandomAccess.NONE
        if is_nal_codec(video.codec):
            units = split_units(bytes(packet), length_size)
            access = random_access(sets.codec, units)
            metadata = dynamic_metadata(sets.codec, units)
            sets = sets.with_units(u for u in units if is_parameter_set(sets.codec, u))
        stored.append(StoredFrame(packet.pts, access, packet.is_discard, metadata))
        missing.discard(packet.pts)
        if whole_gops and packet.is_keyframe and packet.pts >= picture.end:
            following = packet.pts
        if not whole_gops and not missing:
            break
    return stored, sets
