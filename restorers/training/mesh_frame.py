"""Where a face is in a photograph, by MediaPipe's mesh, and how it is cut out for training.

Apart from `restorers.faces`, which the app uses: the mesh gives whole outlines, and its package needs an environment of
its own (`restorers/training/requirements.txt`).
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from restorers.contract import Problem

Array = NDArray[np.uint8]
Points = NDArray[np.float64]
"""(478, 2) vertices of the face mesh, in pixels."""
Finder = Callable[[Array], Points | None]
"""uint8 (H, W, 3) RGB -> the most prominent face's mesh, or None."""

SIDE: Final = 256
"""Largest side of a stored face in pixels; smaller ones are not enlarged."""

# Vertices of MediaPipe's face mesh, in order around each part; left and right are the subject's.
GROUPS: Final[dict[str, tuple[int, ...]]] = {
    "face_oval": (
        *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152),
        *(148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
    ),
    "lips_outer": (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185),
    "lips_inner": (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191),
    "left_eye": (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
    "right_eye": (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    "left_brow": (276, 283, 282, 295, 285, 336, 296, 334, 293, 300),
    "right_brow": (46, 53, 52, 65, 55, 107, 66, 105, 63, 70),
    "left_iris": (474, 475, 476, 477),
    "right_iris": (469, 470, 471, 472),
    "nose": (168, 351, 399, 420, 279, 278, 294, 327, 326, 2, 97, 98, 64, 48, 49, 198, 174, 122),
    "nose_ridge": (168, 6, 197, 195, 5, 4, 1),
    # image-left iris, image-right iris, nose tip, image-left mouth corner, image-right mouth corner
    "five_points": (468, 473, 1, 61, 291),
}
MESH_INDEX: Final = tuple(sorted({vertex for group in GROUPS.values() for vertex in group}))

_CENTRE: Final = np.array([0.5, 0.434])
_EYES: Final = 0.226
_EYES_TO_MOUTH: Final = 0.237
# CelebA's framing, as fractions of the side: the point between the eyes, their distance, and from there to the mouth
_FRAMED: Final = (0.18, 0.33)
"""Eyes to mouth in a square picture that is a portrait already: CelebA's 0.24 and FFHQ's 0.26 with room for pose."""


def media_pipe() -> Finder:
    """MediaPipe's face mesh; small faces are first looked for by its detector for distant ones.

    Raises:
        Problem: if MediaPipe is not installed.
    """
    try:
        # only the environment of restorers/training/requirements.txt has MediaPipe; tests import this module without it
        import mediapipe
    except ModuleNotFoundError as error:
        raise Problem(
            f"expected the packages of restorers/training/requirements.txt, got no {error.name};"
            " install them with pip into an environment of their own and run prepare there"
        ) from error
    mesh = mediapipe.solutions.face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True, max_num_faces=1)
    detector = mediapipe.solutions.face_detection.FaceDetection(model_selection=1)

    def vertices(pixels: Array) -> Points | None:
        found = mesh.process(np.ascontiguousarray(pixels)).multi_face_landmarks
        if not found:
            return None
        height, width = pixels.shape[:2]
        return np.array([(point.x * width, point.y * height) for point in found[0].landmark])

    def find(pixels: Array) -> Points | None:
        points = vertices(pixels)
        if points is not None:
            return points
        boxes = detector.process(pixels).detections
        if not boxes:
            return None
        box = boxes[0].location_data.relative_bounding_box
        height, width = pixels.shape[:2]
        # the mesh wants the whole head, the box ends at brows and chin
        centre = np.array([(box.xmin + box.width / 2) * width, (box.ymin + box.height / 2) * height])
        left, top, right, bottom = _inside(centre, 2 * max(box.width * width, box.height * height), width, height)
        points = vertices(pixels[top:bottom, left:right])
        return None if points is None else points + np.array([left, top])

    return find


def square(pixels: Array, points: Points) -> Array:
    """Cut a square around a face, framed as in CelebA, without turning it.

    Args:
        pixels: uint8 (H, W, 3).
        points: the face's mesh.

    Returns:
        uint8 (s, s, 3) inside the photograph; the whole of `pixels` if it is a square portrait already.
    """
    height, width = pixels.shape[:2]
    eyes, across, down = _axes(points)
    if height == width and _FRAMED[0] < float(np.hypot(*down)) / width < _FRAMED[1]:
        return pixels
    # a turned head brings the eyes together, a nod the mouth nearer: the larger of the two measures the head
    side = max(float(np.hypot(*across)) / _EYES, float(np.hypot(*down)) / _EYES_TO_MOUTH)
    left, top, right, bottom = _inside(eyes + (0.5 - _CENTRE) * side, side, width, height)
    return pixels[top:bottom, left:right]


def aligned(pixels: Array, points: Points) -> Array:
    """Turn and scale a face into FFHQ's frame.

    Args:
        pixels: uint8 (H, W, 3).
        points: the face's mesh.

    Returns:
        uint8 (s, s, 3); s is at most 256. Where the frame leaves the photograph, the picture is mirrored.

    References:
        Karras et al., A Style-Based Generator Architecture for Generative Adversarial Networks, CVPR 2019, appendix A.
    """
    eyes, across, down = _axes(points)
    half = across - np.array([-down[1], down[0]])
    half *= max(float(np.hypot(*across)) * 2, float(np.hypot(*down)) * 1.8) / float(np.hypot(*half))
    below = np.array([-half[1], half[0]])
    centre = eyes + down * 0.1
    corners = np.stack([centre - half - below, centre - half + below, centre + half + below, centre + half - below])
    low, high = np.floor(corners.min(0)).astype(int) - 2, np.ceil(corners.max(0)).astype(int) + 2
    height, width = pixels.shape[:2]
    before = np.maximum(-low, 0)
    after = np.maximum(high - (width, height), 0)
    padded = np.pad(pixels, ((before[1], after[1]), (before[0], after[0]), (0, 0)), mode="symmetric")
    start, end = low + before, high + before
    image = Image.fromarray(padded[start[1] : end[1], start[0] : end[0]])
    side = 2 * float(np.hypot(*half))
    # twice as large as wanted, then down: a single step to a small picture would alias
    step = max(int(side / (2 * SIDE)), 1)
    quad = tuple(((corners - low) / step).ravel().tolist())
    wanted = min(SIDE, round(side))
    turned = image.reduce(step).transform((2 * wanted,) * 2, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)
    return np.asarray(turned.resize((wanted, wanted), Image.Resampling.LANCZOS), np.uint8)


def _axes(points: Points) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The point between the eyes, the vector from eye to eye, and the one from there to the mouth."""
    left, right, _, mouth_left, mouth_right = points[list(GROUPS["five_points"])]
    eyes = (left + right) / 2
    return eyes, right - left, (mouth_left + mouth_right) / 2 - eyes


def _inside(centre: NDArray[np.float64], side: float, width: int, height: int) -> tuple[int, int, int, int]:
    """A square of about that centre and side that lies within the picture: left, top, right, bottom."""
    whole = max(min(round(side), width, height), 1)
    left = int(np.clip(round(float(centre[0]) - whole / 2), 0, width - whole))
    top = int(np.clip(round(float(centre[1]) - whole / 2), 0, height - whole))
    return left, top, left + whole, top + whole
