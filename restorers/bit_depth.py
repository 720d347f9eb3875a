"""Levels of 16 bits as levels of 8: rounded, and by the range that a file makes use of.

Pillow keeps the upper byte of colours of 16 bits and drops the lower one; here both are read, the upper bytes with one reading
of the file and the lower ones with another that takes the bytes in the other order.
"""

import sys
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile

_DEPTHS: Final = (8, 10, 12, 14)
"""Bits of cameras and scanners whose levels are stored in 16 without being spread over them."""
_NATIVE, _OTHER = ("L", "B") if sys.byteorder == "little" else ("B", "L")
_SWAPPED: Final = {
    f"{mode};16{order}": f"{mode};16{swapped}"
    for mode in ("RGB", "RGBA")
    for order, swapped in (("B", "L"), ("L", "B"), ("N", _OTHER))
}
"""Pillow's name of how bytes lie in a file, and the name by which the lower byte of each pair is taken for the upper one."""


def to_eight(values: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """Levels of up to 16 bits as levels of 8.

    Args:
        values: of any shape; outside [0, 65535] they are clamped.

    Returns:
        uint8: v becomes round(255 v / w) with w = `white(values)`.
    """
    levels = values.astype(np.float64).clip(0, 65535)
    return np.round(levels * (255 / white(values))).astype(np.uint8)


def white(values: npt.NDArray[np.generic]) -> int:
    """The level that stands for white in a file of up to 16 bits.

    Args:
        values: of any shape.

    Returns:
        65535, or 255, 1023, 4095 or 16383 where no level lies above it: such a file holds 8, 10, 12 or 14 bits, and taken
        for 16 it would be all but black.
    """
    largest = values.max(initial=0)
    return next((2**bits - 1 for bits in _DEPTHS if largest < 2**bits), 65535)


def is_deep(picture: Image.Image) -> bool:
    """Whether an opened picture, not yet loaded, holds RGB or RGBA of 16 bits."""
    return isinstance(picture, ImageFile.ImageFile) and bool(picture.tile) and _layout(picture.tile[0].args) in _SWAPPED


def levels_of(picture: Image.Image, again: Image.Image) -> npt.NDArray[np.uint16]:
    """All bits of a deep picture, as it lies in the file.

    Args:
        picture: opened, `is_deep`, not yet loaded.
        again: the same file, opened once more.

    Returns:
        uint16 (H, W, 3) or (H, W, 4).
    """
    assert isinstance(again, ImageFile.ImageFile)
    again.tile = [tile._replace(args=_with_layout(tile.args)) for tile in again.tile]
    return np.asarray(np.asarray(picture).astype(np.uint16) * 256 + np.asarray(again), np.uint16)


def load(picture: Image.Image, again: Image.Image) -> None:
    """Load a deep picture with all its bits; its levels become 8 bits, its metadata stay.

    Args:
        picture: opened, `is_deep`, not yet loaded.
        again: the same file, opened once more.
    """
    values = levels_of(picture, again)
    colours, opacity = to_eight(values[..., :3]), np.round(values[..., 3:] / 257).astype(np.uint8)
    picture.paste(Image.fromarray(np.dstack([colours, opacity])))


def _layout(arguments: object) -> object:
    return arguments[0] if isinstance(arguments, tuple) and arguments else arguments


def _with_layout(arguments: object) -> tuple[Any, ...] | str:
    swapped = _SWAPPED[str(_layout(arguments))]
    return (swapped, *arguments[1:]) if isinstance(arguments, tuple) else swapped
