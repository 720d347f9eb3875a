"""Pictures as files, as uint8 arrays and as float tensors: the only conversions in the project.

At the edges a picture is uint8 (H, W, 3) RGB, inside it is float32 (N, 3, H, W) in [0, 1] (see `restorers.contract`).
What is read carries no metadata: orientation and colour profile are applied; place, camera and thumbnail are dropped
(`restorers.decoding`). What is written carries none either.
"""

import io
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from restorers import decoding
from restorers.contract import BadMask

Array = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Source = decoding.Source

MAX_PIXELS: Final = decoding.MAX_PIXELS
MAX_BYTES: Final = decoding.MAX_BYTES
LIMITS: Final = f"{decoding._NAMES}, at most {MAX_PIXELS // 1_000_000} megapixels and {MAX_BYTES // 1024**2} MB"
"""What a picture may be, in words."""

MASK_THRESHOLD: Final = 127
"""8-bit level above which a mask's pixel counts as missing."""
JPEG_QUALITY: Final = 95


def to_tensor(array: Array) -> Tensor:
    """Turn a picture into the tensor that methods work on.

    Args:
        array: uint8 (H, W, 3) RGB.

    Returns:
        float32 (1, 3, H, W) in [0, 1].

    Raises:
        ValueError: if the array has another shape or type.
    """
    _check_picture(array)
    levels = torch.from_numpy(array.transpose(2, 0, 1).astype(np.float32))
    return levels[None].contiguous() / 255


def to_array(pixels: Tensor) -> Array:
    """Turn one picture's tensor into 8-bit levels, rounded to the nearest.

    Args:
        pixels: (3, H, W) or (1, 3, H, W); values outside [0, 1] are clamped.

    Returns:
        uint8 (H, W, 3) RGB.

    Raises:
        ValueError: if the tensor has another shape.
    """
    picture = pixels[0] if pixels.ndim == 4 and len(pixels) == 1 else pixels
    if picture.ndim != 3 or picture.shape[0] != 3:
        raise ValueError(f"expected pixels of shape (3, H, W) or (1, 3, H, W), got {tuple(pixels.shape)}")
    array: Array = _levels(picture.detach()).permute(1, 2, 0).contiguous().cpu().numpy().astype(np.uint8)
    return array


def mask_to_tensor(mask: npt.NDArray[np.bool_] | Array) -> Tensor:
    """Turn a mask into a tensor.

    Args:
        mask: (H, W) bool or uint8, non-zero = missing.

    Returns:
        float32 (1, 1, H, W), 1 = missing, 0 = visible.

    Raises:
        ValueError: if the mask is not two-dimensional.
    """
    if mask.ndim != 2:
        raise ValueError(f"expected a mask of shape (H, W), got {mask.shape}")
    return torch.from_numpy((mask != 0).astype(np.float32))[None, None]


def mask_to_array(mask: Tensor) -> Array:
    """Turn one picture's mask into a picture that can be shown or saved.

    Args:
        mask: (H, W), (1, H, W) or (1, 1, H, W), 1 = missing.

    Returns:
        uint8 (H, W), 255 = missing, 0 = visible.

    Raises:
        ValueError: if the tensor has another shape.
    """
    if not 2 <= mask.ndim <= 4 or any(size != 1 for size in mask.shape[:-2]):
        raise ValueError(f"expected a mask of shape (H, W), (1, H, W) or (1, 1, H, W), got {tuple(mask.shape)}")
    missing = mask.detach().reshape(mask.shape[-2:]) > 0.5
    array: Array = missing.cpu().numpy().astype(np.uint8) * np.uint8(255)
    return array


def quantised(pixels: Tensor) -> Tensor:
    """Round to 8-bit levels, so that what is measured is what a person sees.

    Args:
        pixels: any shape; values outside [0, 1] are clamped.

    Returns:
        float32 of the same shape, multiples of 1/255.
    """
    return _levels(pixels) / 255


def resize(array: Array, side: int) -> Array:
    """Resize to a square; a picture that is not square is stretched.

    Args:
        array: uint8 (H, W, 3).
        side: wanted width and height in pixels.

    Returns:
        uint8 (side, side, 3), always a new array. Lanczos downwards (its window grows with the factor, so nothing
        aliases), cubic upwards (less ringing).
    """
    _check_picture(array)
    height, width = array.shape[:2]
    if (height, width) == (side, side):
        return array.copy()
    shrinks = side < max(height, width)
    how = Image.Resampling.LANCZOS if shrinks else Image.Resampling.BICUBIC
    return np.array(Image.fromarray(array).resize((side, side), how), dtype=np.uint8)


def centre_square(array: Array) -> Array:
    """Cut the largest centred square out of uint8 (H, W, 3); always a new array."""
    _check_picture(array)
    height, width = array.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return array[top : top + side, left : left + side].copy()


def read(source: Source, most_bytes: int | None = MAX_BYTES) -> Array:
    """Read a photograph.

    Args:
        source: path, the bytes of a file, a Pillow image or a uint8 array (H, W), (H, W, 3) or (H, W, 4). JPEG, PNG,
            WebP, TIFF, BMP, AVIF, and HEIC where pi-heif is installed; turned upright by its EXIF orientation; brought
            to sRGB by its colour profile; grey, palette, CMYK and 16 bit become 8-bit RGB; transparent pixels are laid on
            white.
        most_bytes: of a file; None for files that were written here or have been read before.

    Returns:
        uint8 (H, W, 3) sRGB, writable, without metadata.

    Raises:
        UnreadableImage: if it is no such picture, is animated, is damaged, or is outside the limits.
    """
    return decoding.rgb(decoding.decoded(source, most_bytes))


def read_mask(source: Source, size: tuple[int, int], allow_empty: bool = True) -> Mask:
    """Read a mask picture: white is missing; in one that is transparent in some places, what is opaque.

    Args:
        source: as for `read`; a bool array (H, W) is taken too.
        size: (height, width) of the picture that it belongs to.
        allow_empty: whether a mask that hides nothing will do.

    Returns:
        bool (H, W), True = missing.

    Raises:
        UnreadableImage: if it is no readable picture.
        BadMask: if it has another size, hides everything, or hides nothing where something must be hidden.
    """
    if isinstance(source, np.ndarray) and source.dtype == np.bool_:
        source = source.astype(np.uint8) * np.uint8(255)
    missing = _missing(decoding.decoded(source))
    height, width = size
    if missing.shape != (height, width):
        raise BadMask(
            "Expected a mask of {width} x {height} pixels (width x height), as large as its picture, got "
            "{got_width} x {got_height}: save it at the picture's size and try again.",
            width=width,
            height=height,
            got_width=missing.shape[1],
            got_height=missing.shape[0],
        )
    return _usable(missing, allow_empty)


def read_mask_of_any_size(source: Source, allow_empty: bool = True) -> Mask:
    """Read a mask picture as large as it is; everything else as in `read_mask`.

    Raises:
        UnreadableImage: as there.
        BadMask: as there, but for the size.
    """
    return _usable(_missing(decoding.decoded(source)), allow_empty)


def _usable(missing: Mask, allow_empty: bool) -> Mask:
    if missing.all():
        raise BadMask("Expected some visible pixels, got a mask that hides everything: leave part of the face black.")
    if not allow_empty and not missing.any():
        raise BadMask("Expected some missing pixels, got a mask that hides nothing: paint what is missing in white.")
    return missing


def png_bytes(array: Array) -> bytes:
    """Encode uint8 (H, W, 3) or (H, W) as PNG: lossless and without metadata."""
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, format="PNG")
    return buffer.getvalue()


def jpeg_bytes(array: Array) -> bytes:
    """Encode uint8 (H, W, 3) as JPEG, full colour resolution, without metadata; every pixel moves a little."""
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, format="JPEG", quality=JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()


def _check_picture(array: npt.NDArray[np.generic]) -> None:
    if array.ndim != 3 or array.shape[2] != 3 or array.dtype != np.uint8:
        raise ValueError(f"expected a uint8 picture of shape (H, W, 3), got {array.dtype} {array.shape}")


def _levels(pixels: Tensor) -> Tensor:
    return (pixels.float().clamp(0, 1) * 255).round()


def _missing(picture: Image.Image) -> Mask:
    picture = decoding.eight_bit(picture)
    if picture.has_transparency_data:
        opaque = np.asarray(np.asarray(picture.convert("RGBA").getchannel("A")) > MASK_THRESHOLD, dtype=np.bool_)
        # all but opaque everywhere, or nowhere: then transparency says nothing, and a pixel of 254 is no mask
        if opaque.any() and not opaque.all():
            return opaque
    return np.asarray(np.asarray(picture.convert("RGB").convert("L")) > MASK_THRESHOLD, dtype=np.bool_)
