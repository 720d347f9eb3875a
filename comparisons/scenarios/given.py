"""Masks that somebody else made: one a picture by its name, white = missing, as large as the picture.

So a method can be measured on the masks that its own authors published. A mask of another side than 256 goes there as every mask does
(`restorers.contract.resized`): a pixel is missing if any that it covers is.
"""

from collections.abc import Iterable
from pathlib import Path

from torch import Tensor
from torch.nn import functional

from comparisons.records.pictures import ALIGNED_UP_TO
from restorers import decoding, images
from restorers.contract import SIDE, BadMask, Problem, UnreadableImage
from restorers.external.names import file_of, some_of


def mask(folder: Path, pictures: Path, image: str) -> Tensor:
    """The mask of a picture.

    Args:
        folder: of the masks.
        pictures: folder of the pictures.
        image: the picture's name inside it.

    Returns:
        (1, 1, SIDE, SIDE), 1 = missing.

    Raises:
        BadMask: if there is none, it has another size than the picture, hides nothing or everything, or the picture is no aligned face.
        UnreadableImage: if the mask or the picture is no picture.
    """
    path = folder / file_of(image)
    if not path.is_file():
        raise BadMask(f"There is no mask at {path}; put one there for every picture, or leave --masks out.")
    with decoding.decoded(pictures / image) as picture:
        width, height = picture.size
    if width != height or width > ALIGNED_UP_TO:
        raise BadMask(
            f"Masks fit square pictures of aligned faces, at most {ALIGNED_UP_TO} px wide, but {image} is {width} x {height} px; "
            "cut the face and its mask out together."
        )
    missing = images.mask_to_tensor(images.read_mask(path, (height, width), allow_empty=False))
    if width > SIDE:
        return functional.adaptive_max_pool2d(missing, SIDE)
    return functional.interpolate(missing, size=(SIDE, SIDE))


def check(folder: Path, pictures: Path, names: Iterable[str]) -> None:
    """See to it, before anything is measured, that every picture has a mask that fits.

    Raises:
        BadMask: naming the first three that have none, and why the first of the others does not fit.
    """
    if not folder.is_dir():
        raise BadMask(f"There is no folder of masks at {folder}; give the one that holds a mask for every picture.")
    missing, unfit, reason = [], [], ""
    for name in names:
        if not (folder / file_of(name)).is_file():
            missing.append(file_of(name))
            continue
        try:
            mask(folder, pictures, name)
        except UnreadableImage as problem:
            # a picture that cannot be read is left out by whoever measures it
            if _is_readable(pictures / name):
                unfit.append(file_of(name))
                reason = reason or str(problem)
        except Problem as problem:
            unfit.append(file_of(name))
            reason = reason or str(problem)
    if missing:
        raise BadMask(
            f"Expected a mask for every picture in {folder}, but {some_of(missing)} missing there; add them, or use --limit."
        )
    if unfit:
        raise BadMask(f"Masks in {folder} do not fit: {some_of(unfit)} wrong. {reason}")


def _is_readable(path: Path) -> bool:
    try:
        decoding.decoded(path)
    except UnreadableImage:
        return False
    return True
