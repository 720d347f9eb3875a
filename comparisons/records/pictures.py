"""The pictures of a benchmark: finding and reading them, and what is known about each clean face.

`pictures.jsonl` beside the scores has one line per picture: where its face is and which detector said so, how far the
head is turned, how light the skin is, and digests of the pixels that were corrupted and of the file.
"""

import hashlib
import logging
import os
import re
from pathlib import Path
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from restorers import images
from restorers.contract import SIDE, FaceNotFound, Problem, UnreadableImage
from restorers.corruptions.pose import Pose, pose_of
from restorers.faces import align, upright

SUFFIXES: Final = frozenset(
    {".png", ".jpg", ".jpeg", ".jfif", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".heic", ".heif"}
)
"""HEIC needs the optional package pi-heif; without it such a file is written down as unused, with the reason."""
ALIGNED_UP_TO: Final = 512
"""Square pictures up to this side in pixels are taken as aligned faces; in other pictures a face is looked for."""
LIST: Final = "pictures.jsonl"
KEY: Final = ("image",)

_UNWRITABLE: Final = re.compile("[\x00-\x1f\ud800-\udfff]")
"""Control characters, and what stands for bytes that are not UTF-8: a row must be one line of UTF-8."""
_CHEEKS: Final = ((-0.45, 0.55, 0.15), (0.45, 0.55, 0.15), (-0.35, 0.75, 0.2), (0.35, 0.75, 0.2))
"""Face units (`restorers.corruptions.pose`) where skin is seldom covered by hair, beard or glasses."""
_OURS: Final = ("pool.json", "inputs.jsonl")
"""Lie in folders that `python -m comparisons.study build` and `python -m comparisons.benchmark export` wrote."""
_NAMED: Final = 3
"""Files that a warning names."""
_DECIMALS: Final = 5
"""Of a landmark: a thousandth of a pixel; rounded before use, so that the written list gives the same pixels."""

Array = npt.NDArray[np.uint8]
Facts = dict[str, Any]

logger = logging.getLogger(__name__)


class NoPictures(Problem):
    """There is nothing to work on."""


class Picture(NamedTuple):
    """One face, ready to be corrupted."""

    truth: Tensor
    """(1, 3, SIDE, SIDE) in [0, 1]."""
    landmarks: Tensor | None
    """(1, 5, 2) as fractions, where the face had to be found to cut it out."""
    detector: str
    """What found it, for people; empty where nothing did."""


class PictureListing(NamedTuple):
    """What lies in a folder."""

    names: tuple[str, ...]
    """Of pictures, as paths inside the folder with forward slashes, in order."""
    left_out: dict[str, list[str]]
    """Reason -> paths inside the folder, with a slash behind those that are folders themselves."""


def look(folder: Path, out: Path | None = None) -> PictureListing:
    """Look through a folder and those below it.

    Args:
        folder: holds pictures.
        out: where what is made of them goes; not looked into where it lies inside.

    Raises:
        NoPictures: if there is no such folder.
    """
    if not folder.is_dir():
        raise NoPictures(f"There is no folder {folder}; give the folder that holds the pictures.")
    listing = PictureListing((), {})
    names: list[str] = []
    for here, folders, files in os.walk(folder, onerror=lambda error: _refused(listing, folder, error)):
        place = Path(here)
        subfolders: list[str] = []
        for each in folders:
            reason = _why_not_into(place / each, out)
            _sort(listing, reason, f"{(place / each).relative_to(folder).as_posix()}/", subfolders, each)
        folders[:] = subfolders
        for each in files:
            name = (place / each).relative_to(folder).as_posix()
            _sort(listing, _why_not(place / each), name, names, name)
    return listing._replace(names=tuple(sorted(names)))


def _sort(listing: PictureListing, reason: str, name: str, into: list[str], wanted: str) -> None:
    if reason:
        listing.left_out.setdefault(reason, []).append(name)
    else:
        into.append(wanted)


def _refused(listing: PictureListing, folder: Path, error: OSError) -> None:
    name = Path(error.filename).relative_to(folder).as_posix()
    listing.left_out.setdefault("cannot be opened", []).append(f"{name}/")


def _why_not_into(folder: Path, out: Path | None) -> str:
    if folder.name.startswith("."):
        return "hidden"
    if folder.is_symlink():
        return "linked folders, which may lead round in a circle, so give such a folder itself"
    if any((folder / name).is_file() for name in _OURS) or (out is not None and folder.resolve() == out.resolve()):
        return "made by this program itself"
    return ""


def _why_not(path: Path) -> str:
    if path.name.startswith("."):
        return "hidden"
    if path.suffix.lower() not in SUFFIXES:
        return f"not ending in {', '.join(sorted(SUFFIXES))}"
    return ""


def find(folder: Path, limit: int | None = None, out: Path | None = None) -> tuple[str, ...]:
    """The pictures of a folder and of those below it; what is passed over is told in a warning for each reason.

    Args:
        folder: holds pictures.
        limit: use the first so many.
        out: where what is made of them goes; not looked into where it lies inside.

    Returns:
        Paths inside the folder with forward slashes, in the order of their names.

    Raises:
        NoPictures: if there is no such folder, no picture in it, a name that no table can hold, or a limit below 1.
    """
    if limit is not None and limit < 1:
        raise NoPictures(f"--limit must be at least 1, but it is {limit}; leave it out to use all pictures.")
    listing = look(folder, out)
    for name in listing.names:
        if _UNWRITABLE.search(name):
            raise NoPictures(f"The file name {name!r} cannot be written into a table; rename the file.")
    for reason, names in listing.left_out.items():
        first = ", ".join(map(repr, sorted(names)[:_NAMED])) + (", ..." if len(names) > _NAMED else "")
        logger.warning("Left out of %s: %d %s (%s).", folder.name, len(names), reason, first)
    if not listing.names:
        raise NoPictures(f"{folder} holds no pictures; put files ending in {', '.join(sorted(SUFFIXES))} into it.")
    return listing.names[:limit]


def read(path: Path) -> Picture:
    """The aligned face of a picture.

    Raises:
        UnreadableImage: if the file is no picture.
        FaceNotFound: if it is a photograph without a face.
    """
    picture = images.read(path)
    height, width = picture.shape[:2]
    if height == width <= ALIGNED_UP_TO:
        return Picture(images.to_tensor(images.resize(picture, SIDE)), None, "")
    detection = upright.find(picture)
    if not detection.faces:
        raise FaceNotFound("No face was found; cut the face out as a square picture.")
    aligned = align.align(picture, detection.faces[0].landmarks, SIDE)
    points = None if aligned.landmarks is None else torch.as_tensor(aligned.landmarks, dtype=torch.float32)[None]
    return Picture(images.to_tensor(aligned.pixels), points, detection.detector)


def facts(image: str, picture: Picture) -> Facts:
    """What is known about a clean face.

    Args:
        image: the picture's name.
        picture: what `read` returned; its face is looked for unless that has been done.

    Returns:
        One line of `pictures.jsonl`. `landmarks` (5, 2), `yaw` and `ita` in degrees are None where no face was found.
    """
    pixels = images.to_array(picture.truth)
    points, detector = picture.landmarks, picture.detector
    if points is None:
        points, detector = located(pixels)
    line: Facts = {"image": image, "sha256": digest(pixels), "detector": detector}
    if points is None:
        return line | {"landmarks": None, "yaw": None, "ita": None}
    rounded = [[round(float(value), _DECIMALS) for value in point] for point in points[0]]
    pose = pose_of(np.asarray(rounded, np.float32))
    angles = {"yaw": round(float(np.degrees(pose.yaw)), 2), "ita": round(individual_typology_angle(pixels, pose), 2)}
    return line | {"landmarks": rounded} | angles


def digest(pixels: Array) -> str:
    """The start of the SHA-256 of a picture's pixels."""
    return hashlib.sha256(pixels.tobytes()).hexdigest()[:16]


def digest_of_file(path: Path) -> str:
    """The start of the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def is_as_then(path: Path, line: Facts) -> bool:
    """Whether a picture is still the one that a line of `pictures.jsonl` is about.

    Args:
        path: of the picture; one that cannot be used any more says nothing, and counts as the same.
        line: the line. A file that is the same to the byte is not decoded.
    """
    try:
        if line.get("file") == digest_of_file(path):
            return True
        return digest(images.to_array(read(path).truth)) == str(line["sha256"])
    except (OSError, UnreadableImage, FaceNotFound):
        return True


def located(pixels: Array) -> tuple[Tensor | None, str]:
    """Landmarks of the largest face of a square picture, (1, 5, 2) as fractions, and the detector's name."""
    detection = align.locate(pixels)
    if not detection.faces:
        return None, detection.detector
    points = detection.faces[0].landmarks / np.float32(pixels.shape[0])
    return torch.as_tensor(points, dtype=torch.float32)[None], detection.detector


def landmarks_of(line: Facts) -> Tensor | None:
    """The landmarks of a line of `pictures.jsonl`, (1, 5, 2)."""
    points = line["landmarks"]
    return None if points is None else torch.tensor([points], dtype=torch.float32)


def individual_typology_angle(pixels: Array, pose: Pose) -> float:
    """Lightness of the cheeks' skin as a photograph shows it: arctan((L* - 50) / b*) in degrees.

    Light skin is above 28 degrees or so, dark skin below; the photograph's light is in it, so it sorts pictures and
    says nothing sure about a person. Chardon, Cretois, Hourseau, Skin colour typology, Int. J. Cosmetic Science 13, 1991.

    Args:
        pixels: uint8 (S, S, 3).
        pose: where the face is.
    """
    side = pixels.shape[0]
    reach = max(round(0.06 * pose.scale * side), 1)
    patches = []
    for spot in _CHEEKS:
        x, y = (int(np.clip(part * side, reach, side - 1 - reach)) for part in pose.project(*spot))
        patches.append(pixels[y - reach : y + reach + 1, x - reach : x + reach + 1].reshape(-1, 3))
    colour = np.median(np.concatenate(patches), axis=0).astype(np.float32) / np.float32(255)
    lightness, _, yellow = cv2.cvtColor(colour.reshape(1, 1, 3), cv2.COLOR_RGB2LAB)[0, 0]
    return float(np.degrees(np.arctan2(lightness - 50, yellow)))
