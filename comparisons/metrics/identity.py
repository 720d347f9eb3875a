"""Whose face a recognition network takes a picture for: an optional measure, and what rank-1 recognition is made of.

identity      Euclidean distance between the descriptors of the restored and the true face; 0 is the same picture, and below
              0.6 dlib takes two photographs for the same person; lower is better

Needs `pip install -r comparisons/requirements-identity.txt`: `dlib-bin` (Boost licence) and `face-recognition-models`, whose
package holds the weights of Davis King's dlib models (CC0), so that nothing is downloaded later. Where they are missing the
measure is not available; nothing else takes its place. The network was trained on three million scraped photographs of
celebrities: it sees some groups of people better than others, and one photograph of the true face is all it compares with.

Every picture of one face is cut out as the true picture says, so that a probe is never lost because a detector does not see
a covered face: this makes recognition easier than it is in the street, alike for all methods.

References:
    King, dlib.net/face_recognition_ex.cpp, 2017: ResNet-29, 128 numbers, metric loss; 99.38 % on LFW.
    He, Zhang, Ren & Sun, Deep residual learning for image recognition, CVPR 2016.
"""

import importlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from torch import Tensor

from restorers.contract import Problem
from restorers.images import to_array

LIST: Final = "identities.jsonl"
"""Where a benchmark puts the descriptors that rank-1 recognition is computed from."""
CORRUPTED: Final = "damaged"
"""Stands for the corrupted faces, before any method, among the methods of `LIST`."""
MISSING: Final = (
    "identity is not available here; install what it needs with: pip install -r comparisons/requirements-identity.txt"
)
WEIGHTS: Final = "dlib_face_recognition_resnet_model_v1.dat"
POINTS: Final = "shape_predictor_5_face_landmarks.dat"
CHIP_PX: Final = 150
"""Side of what the network sees, in pixels."""
_BOX: Final = 2.3
"""Side of the detector's box that the points are fitted in, in distances of the eyes or from the eyes to the mouth."""
_PART: Final = 1000
"""Probes that are looked up at once."""

Floats = npt.NDArray[np.float32]


class NotAvailable(Problem):
    """The measure is asked for and its packages are not there."""


class _Tools(NamedTuple):
    dlib: Any
    points: Any
    describer: Any


def available() -> bool:
    """Whether the measure can be taken on this machine."""
    return find_spec("dlib") is not None and _models() is not None


def _models() -> Path | None:
    # found, not imported: its __init__ asks for pkg_resources, which setuptools has no more
    package = find_spec("face_recognition_models")
    places = (package.submodule_search_locations if package else None) or ()
    folders = (Path(place) / "models" for place in places)
    return next((folder for folder in folders if (folder / WEIGHTS).is_file() and (folder / POINTS).is_file()), None)


@cache
def _tools() -> _Tools:
    folder = _models()
    try:
        # by name: the package is optional, and type checkers need not have it
        dlib: Any = importlib.import_module("dlib")
    except ImportError as error:
        raise NotAvailable(MISSING) from error
    if folder is None:
        raise NotAvailable(MISSING)
    return _Tools(
        dlib, dlib.shape_predictor(str(folder / POINTS)), dlib.face_recognition_model_v1(str(folder / WEIGHTS))
    )


class FaceDescriptors:
    """Descriptors of many pictures of one face.

    Args:
        truth: (1, 3, S, S) in [0, 1].
        landmarks: (1, 5, 2) of the true face, as fractions of the side.

    Raises:
        NotAvailable: if the packages are not there.
    """

    def __init__(self, truth: Tensor, landmarks: Tensor) -> None:
        self._tools = _tools()
        pixels = to_array(truth)
        self._shape = self._tools.points(pixels, self._box(landmarks[0].numpy() * pixels.shape[0]))
        self._last: tuple[bytes, Floats] = (b"", np.zeros(0, np.float32))
        self.truth = self.descriptor(truth)

    def _box(self, points: npt.NDArray[Any]) -> object:
        eyes, mouth = points[:2].mean(0), points[3:].mean(0)
        # the larger of the two: the eyes of a face that is turned away are close together
        reach = _BOX * max(np.hypot(*(points[1] - points[0])), np.hypot(*(mouth - eyes))) / 2
        x, y = (eyes + mouth) / 2
        return self._tools.dlib.rectangle(
            *(round(float(edge)) for edge in (x - reach, y - reach, x + reach, y + reach))
        )

    def descriptor(self, picture: Tensor) -> Floats:
        """What the network makes of a picture (1, 3, S, S) of this face: (128,)."""
        pixels = to_array(picture)
        shown = pixels.tobytes()
        if shown != self._last[0]:  # a benchmark asks for the same picture twice: for its row and for its list
            chip = self._tools.dlib.get_face_chip(pixels, self._shape, size=CHIP_PX)
            self._last = shown, np.asarray(self._tools.describer.compute_face_descriptor(chip), np.float32)
        return self._last[1]

    def distance(self, picture: Tensor) -> float:
        """How far a picture is from the true face; 0 and up."""
        return float(np.linalg.norm(self.descriptor(picture) - self.truth))


def rank_one(gallery: npt.ArrayLike, probes: npt.ArrayLike, own: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Whether each probe is nearest to its own face of the gallery.

    Args:
        gallery: (G, d), one descriptor per face.
        probes: (P, d).
        own: (P,) index of each probe's own face in the gallery.

    Returns:
        (P,); of faces at the same distance the first one in the gallery counts.
    """
    known, asked = np.asarray(gallery, np.float64), np.asarray(probes, np.float64)
    # squared distance without the probe's own length, which is the same for the whole gallery; a part of the probes at a
    # time, so that a large run does not need all distances at once
    lengths = (known**2).sum(1)
    parts = (asked[start : start + _PART] for start in range(0, len(asked), _PART))
    nearest = [(lengths - 2 * part @ known.T).argmin(1) for part in parts]
    return np.asarray(np.concatenate(nearest) == np.asarray(own))
