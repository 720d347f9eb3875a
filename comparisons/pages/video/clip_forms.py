"""A clip and the page: what the choices say of its cover, what is said of it, and what is downloaded of it."""

import io
import threading
import zipfile
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from comparisons.pages.parts import editor as mask_editor
from comparisons.pages.parts.editor import Edited
from comparisons.video import measures
from comparisons.video.clips import Clip
from comparisons.video.occlusions import FrameOccluder, MovingOccluder, OccluderDetector, drawn_on
from comparisons.video.restoring import Outputs, Progress, Restoring
from restorers.faces import cover_masks
from restorers.images import Array
from restorers.sentences import Sentence, as_sentence

EDITOR_SIDE: Final = 640
"""Longer side in pixels at which the first frame is shown for drawing."""
PUT_ON, DRAWN, FOUND = "put on", "drawn", "found"


@dataclass(eq=False)
class VideoRun:
    """A visitor's run, from the click until its buttons are free again."""

    stop: threading.Event = field(default_factory=threading.Event)
    """A flag of one's own: stopping so ends the files properly, which a cancelled event would not wait for."""
    over: bool = False
    reason: str = ""
    """Why it came to nothing, for people."""


def ended(running: VideoRun | None) -> str:
    """A run's buttons are free again; why it came to nothing, empty where it did not."""
    if running is None:
        return ""
    running.over = True
    return running.reason


def occluder_of(how: str, occluder: str, edited: Edited, clip: Clip) -> FrameOccluder:
    """What covers the face, as the choices say.

    Raises:
        Problem: if nothing is drawn, or the network that looks for occluders has no weights.
    """
    if how == PUT_ON:
        return MovingOccluder(occluder)
    if how == FOUND:
        return OccluderDetector()
    return drawn_on(mask_of(edited, clip.width, clip.height), clip.width, clip.height)


def mask_of(edited: Edited, width: int, height: int) -> Array:
    """The mask drawn in the editor at the frames' size: uint8 (height, width), 255 = hidden.

    Args:
        edited: the editor's value.
        width: of the frames.
        height: the same.
    """
    drawing = mask_editor.drawn(edited)
    if drawing is None:
        return np.zeros((height, width), np.uint8)
    hidden = cover_masks.grown(drawing.mask, drawing.grow).astype(np.uint8)
    return cv2.resize(hidden, (width, height), interpolation=cv2.INTER_NEAREST).astype(np.uint8) * np.uint8(255)


def said(progress: Progress) -> str:
    """How far it is, in words."""
    words: dict[str, object] = {"stage": as_sentence(progress.words), "done": progress.done, "total": progress.total}
    if progress.seconds_left is None:
        return Sentence("{stage}: {done} of {total} frames", **words)
    left = max(1, round(progress.seconds_left))
    return Sentence("{stage}: {done} of {total} frames, about {seconds} s left", **words, seconds=left)


def facts_of(clip: Clip) -> str:
    """How long and how large a clip is, in words."""
    words: dict[str, object] = {"frames": len(clip.times), "seconds": float(clip.end)}
    words |= {"width": clip.width, "height": clip.height}
    if clip.sound:
        return Sentence("{frames} frames in {seconds:.1f} s, {width} x {height} pixels, with sound.", **words)
    return Sentence("{frames} frames in {seconds:.1f} s, {width} x {height} pixels, silent.", **words)


def packed(work: Restoring, outputs: Outputs) -> bytes:
    """The three clips and the measures of every frame, as a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in (outputs.occluded, outputs.frame_by_frame, outputs.consistent):
            if path is not None and path.is_file():
                archive.write(path, path.name)
        archive.writestr("measures.csv", measures.table(work.rows))
    return buffer.getvalue()


def blank(frame: Array) -> str:
    """The editor's value: the first frame, and nothing drawn on it."""
    scale = EDITOR_SIDE / max(frame.shape[:2])
    size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
    return mask_editor.value(cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False))
