"""Finds what covers faces from the picture alone, for photographs whose mask nobody drew.

python -m restorers.faces.occluder_finder PICTURE... --out MASKS
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch

from restorers import images
from restorers.contract import FaceNotFound, Problem
from restorers.faces import align, upright
from restorers.faces.cover_network import (
    KEY,
    THRESHOLD,
    WEIGHTS,
    OccluderFinder,
    kinds_told,
    load,
    mask_of,
    outline_of,
)
from restorers.faces.detectors import Array, DetectedFace

__all__ = [
    "KEY",
    "THRESHOLD",
    "WEIGHTS",
    "FoundCovers",
    "OccluderFinder",
    "find",
    "is_aligned",
    "kinds_told",
    "load",
    "mask_of",
    "outline_of",
]

ENDINGS: Final = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".heic")
"""Of the files that are taken from a folder."""
EYES_APART: Final = (0.15, 0.38)
"""Distance of the eyes in an aligned face, as a fraction of its side: CelebA's .23, FFHQ's .25."""
EYES_MIDDLE: Final = ((0.34, 0.66), (0.20, 0.60))
"""Where the point between them lies in one, x and y; wide, for eyes under a cover are found beside where they are."""


@dataclass(frozen=True)
class FoundCovers:
    """What covers the faces of one picture."""

    mask: Array
    """uint8 of the picture's size, 255 = covered."""
    kinds: tuple[str, ...]
    """What the covers seem to be, as far as the network is sure."""
    faces: int
    """How many faces were looked at."""


def find(picture: Array, finder: OccluderFinder, grown: float = 0) -> FoundCovers:
    """Look at an aligned face as it is, else at every face of a photograph.

    Args:
        picture: uint8 (H, W, 3) RGB.
        finder: the network.
        grown: by how many pixels of 256 what is found is grown.
    """
    faces = upright.find(picture).faces
    if is_aligned(picture, faces):
        return _found([align.centre_crop(picture)], picture, finder, grown)
    return _found(list(_cut(picture, faces)), picture, finder, grown)


def is_aligned(picture: Array, faces: Sequence[DetectedFace]) -> bool:
    """Whether a picture is one face, framed as those that the network was taught on.

    Args:
        picture: uint8 (H, W, 3).
        faces: found in it, largest first; a covered face may hide from its detector, so a square without one counts as a face.
    """
    height, width = picture.shape[:2]
    if height != width:
        return False
    if not faces:
        return True
    left, right = faces[0].landmarks[:2] / width
    x, y = (left + right) / 2
    apart = float(np.hypot(*(right - left)))
    (x_low, x_high), (y_low, y_high) = EYES_MIDDLE
    level = abs(right[1] - left[1]) < 0.4 * apart and right[0] > left[0]
    return bool(EYES_APART[0] <= apart <= EYES_APART[1] and x_low <= x <= x_high and y_low <= y <= y_high and level)


def main(arguments: Sequence[str]) -> int:
    """Write a mask for each picture and say what was found.

    Returns:
        0, or 2 where a picture could not be read or the network has no weights; the other masks are written all the same.
    """
    given = _parser().parse_args(arguments)
    pictures = list(_pictures(given.pictures))
    names = [path.stem for path in pictures]
    if not pictures or len(set(names)) < len(names):
        _parser().error("expected pictures with a name each, got none or two of one name")
    given.out.mkdir(parents=True, exist_ok=True)
    try:
        finder = load()
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    done = [_one(path, given.out / f"{path.stem}.png", finder, given.grow) for path in pictures]
    return 0 if all(done) else 2


def _one(path: Path, target: Path, finder: OccluderFinder, grown: float) -> bool:
    try:
        found = find(images.read(path, None), finder, grown)
    except Problem as problem:
        print(f"{path.name}: {problem}", file=sys.stderr)
        return False
    target.write_bytes(images.png_bytes(found.mask))
    share = 100 * float((found.mask > 0).mean())
    if not found.faces:
        print(f"{path.name}: no face found")
    elif not share:
        print(f"{path.name}: nothing covers the face")
    else:
        print(f"{path.name}: {share:.1f} % covered" + (f", {', '.join(found.kinds)}" if found.kinds else ""))
    return True


def _found(cuts: Sequence[align.Aligned], picture: Array, finder: OccluderFinder, grown: float) -> FoundCovers:
    mask = np.zeros(picture.shape[:2], np.uint8)
    kinds: dict[str, None] = {}
    for cut in cuts:
        likely, named = finder.look(images.to_tensor(cut.pixels))
        inside = mask_of(likely, grown=grown)
        if bool(inside.any()):
            mask |= _in_picture(likely * inside if not grown else inside, cut, picture.shape[:2])
            kinds |= dict.fromkeys(kinds_told(named[0]))
    return FoundCovers(mask, tuple(kinds), len(cuts))


def _in_picture(likely: torch.Tensor, cut: align.Aligned, size: tuple[int, int]) -> Array:
    """A face's mask at the picture's size: probabilities are enlarged, so that outlines stay smooth."""
    back = cv2.warpAffine(
        likely[0, 0].numpy(),
        align.at_centres(cut.affine),
        (size[1], size[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
    )
    return np.where(back >= THRESHOLD, 255, 0).astype(np.uint8)


def _cut(picture: Array, faces: Sequence[DetectedFace]) -> Iterator[align.Aligned]:
    for face in faces:
        try:
            yield align.align(picture, face.landmarks)
        except FaceNotFound:
            # seen from the side: its points form no face that could be laid upright
            continue


def _pictures(given: Sequence[Path]) -> Iterator[Path]:
    for path in given:
        if path.is_dir():
            yield from sorted(file for file in path.iterdir() if file.suffix.lower() in ENDINGS)
        else:
            yield path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m restorers.faces.occluder_finder",
        description="Find what covers faces. Takes aligned faces and photographs, whose faces are found first.",
    )
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE", help="files, or folders of them")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="MASKS", help="a folder for 8-bit PNGs, 255 = covered"
    )
    parser.add_argument(
        "--grow",
        type=float,
        default=0,
        metavar="PX",
        help="grow what is found by so many pixels of 256, as a restoration wants it (default 0: outlines as they are)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
