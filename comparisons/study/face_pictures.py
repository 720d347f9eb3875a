"""Faces for a pool, out of pictures: found, aligned, and written without anything else that a photograph may hold."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from comparisons.records import pictures as reading
from restorers import images
from restorers.contract import SIDE, FaceNotFound, UnreadableImage
from restorers.faces import align, upright
from restorers.images import Array

logger = logging.getLogger(__name__)


def faces(files: Sequence[Path], folder: Path) -> Iterator[tuple[Path, str, tuple[tuple[float, float], ...] | None]]:
    """Write the faces of pictures as PNG, or as they are where they are small and clean; pictures without one are left out.

    Args:
        files: in their order.
        folder: of the pool.

    Yields:
        The picture, the face's file inside the pool, and five points as fractions of the side, or None.
    """
    done = 0
    for path in files:
        try:
            pixels, landmarks = _face(path)
        except (UnreadableImage, FaceNotFound) as problem:
            logger.warning("%s is left out: %s", path.name, problem)
            continue
        done += 1
        # decoded and written again, unless it is small and clean: no metadata of a photograph may come along
        as_it_is = _is_clean_webp(path)
        name = f"faces/{done:04d}{'.webp' if as_it_is else '.png'}"
        (folder / name).write_bytes(path.read_bytes() if as_it_is else images.png_bytes(pixels))
        yield path, name, landmarks


def _is_clean_webp(path: Path) -> bool:
    if path.suffix.lower() != ".webp":
        return False
    with Image.open(path) as picture:
        metadata = picture.info.keys() & {"exif", "xmp", "icc_profile"}
        return picture.format == "WEBP" and picture.size == (SIDE, SIDE) and not metadata


def _face(path: Path) -> tuple[Array, tuple[tuple[float, float], ...] | None]:
    picture = images.read(path)
    height, width = picture.shape[:2]
    if height == width <= reading.ALIGNED_UP_TO:
        known = align.locate(picture).faces
        return images.resize(picture, SIDE), _rounded(known[0].landmarks / height if known else None)
    found = upright.find(picture)
    if not found.faces:
        raise FaceNotFound("No face was found; cut the face out as a square picture.")
    aligned = align.align(picture, found.faces[0].landmarks, SIDE)
    return aligned.pixels, _rounded(aligned.landmarks)


def _rounded(points: align.Floats | None) -> tuple[tuple[float, float], ...] | None:
    return None if points is None else tuple((round(float(x), 4), round(float(y), 4)) for x, y in points)
