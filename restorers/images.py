"""Pictures as files, as uint8 arrays and as float tensors: the only conversions in the project.

At the edges a picture is uint8 (H, W, 3) RGB, inside it is float32 (N, 3, H, W) in [0, 1] (see `restorers.contract`).
What is read carries no metadata: orientation is applied; place, camera, thumbnail and colour profile are dropped.
"""

import io
import struct
import zlib
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageOps, UnidentifiedImageError, features
from torch import Tensor

from restorers.contract import BadMask, UnreadableImage

Array = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Source = str | Path | bytes | Image.Image | npt.NDArray[np.generic]

MAX_PIXELS: Final = 12_000_000
"""Largest picture that is decoded."""
MAX_BYTES: Final = 10 * 1024**2
"""Largest file that is opened."""
MIN_SIDE: Final = 32
"""Shortest side, in pixels, at which a face could still be made out."""
MASK_THRESHOLD: Final = 127
"""8-bit level above which a mask's pixel counts as missing."""

_FORMATS: Final = ("JPEG", "PNG", "WEBP", *(("AVIF",) if features.check("avif") else ()))
_NAMES: Final = "JPEG, PNG, WebP or AVIF" if "AVIF" in _FORMATS else "JPEG, PNG or WebP"
_BOMBS: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning)
# What Pillow's decoders raise on broken data; anything else is a bug and must surface.
_BROKEN: Final = (OSError, SyntaxError, ValueError, EOFError, IndexError, OverflowError, struct.error, zlib.error)


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


def read(source: Source) -> Array:
    """Read a photograph.

    Args:
        source: path, the bytes of a file, a Pillow image or a uint8 array (H, W), (H, W, 3) or (H, W, 4). JPEG, PNG,
            WebP and AVIF; turned upright by its EXIF orientation; grey, palette, CMYK and 16 bit become 8-bit RGB;
            transparent pixels are laid on white; of an animation the first frame is taken.

    Returns:
        uint8 (H, W, 3) RGB, writable, without metadata.

    Raises:
        UnreadableImage: if it is no such picture, is damaged, or is outside the limits.
    """
    picture = _decoded(source)
    try:
        return _rgb(picture)
    except _BROKEN as error:
        raise UnreadableImage(_damaged()) from error


def read_mask(source: Source, size: tuple[int, int], allow_empty: bool = True) -> Mask:
    """Read a mask picture: white, or opaque where transparency varies, is missing.

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
    picture = _decoded(source)
    height, width = size
    if picture.size != (width, height):
        raise BadMask(
            f"Expected a mask of {width} x {height} pixels (width x height), as large as its picture, "
            f"got {picture.width} x {picture.height}: save it at the picture's size and try again."
        )
    try:
        missing = _missing(picture)
    except _BROKEN as error:
        raise UnreadableImage(_damaged()) from error
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


def _check_picture(array: npt.NDArray[np.generic]) -> None:
    if array.ndim != 3 or array.shape[2] != 3 or array.dtype != np.uint8:
        raise ValueError(f"expected a uint8 picture of shape (H, W, 3), got {array.dtype} {array.shape}")


def _levels(pixels: Tensor) -> Tensor:
    return (pixels.float().clamp(0, 1) * 255).round()


def _damaged() -> str:
    return (
        "Expected a whole picture, got one that is damaged or cut short: download or export it again and try once more."
    )


def _decoded(source: Source) -> Image.Image:
    """A picture within the limits, its pixels loaded and turned upright."""
    if isinstance(source, np.ndarray):
        picture = _from_array(source)
    elif isinstance(source, Image.Image):
        picture = source
    else:
        picture = _opened(source)
    _check_size(*picture.size)  # from the header: nothing has been decoded yet
    try:
        picture.load()
        return ImageOps.exif_transpose(picture)
    except _BOMBS as error:
        raise UnreadableImage(_too_large("a larger one")) from error
    except _BROKEN as error:
        raise UnreadableImage(_damaged()) from error


def _from_array(array: npt.NDArray[np.generic]) -> Image.Image:
    if array.dtype != np.uint8 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise UnreadableImage(
            "Expected a uint8 array of shape (H, W), (H, W, 3) or (H, W, 4), "
            f"got {array.dtype} {array.shape}: convert it to 8-bit RGB."
        )
    _check_size(array.shape[1], array.shape[0])  # Pillow refuses empty arrays in its own words
    return Image.fromarray(array.astype(np.uint8))


def _opened(source: str | Path | bytes) -> Image.Image:
    data = source if isinstance(source, bytes) else _file_bytes(Path(source))
    if not data:
        raise UnreadableImage("Expected a picture, got an empty file: choose another one.")
    _check_bytes(len(data))
    try:
        return Image.open(io.BytesIO(data), formats=_FORMATS)
    except _BOMBS as error:
        raise UnreadableImage(_too_large("a far larger one")) from error
    except UnidentifiedImageError as error:
        # A known signature with a header that cannot be read is reported the same way by Pillow.
        raise UnreadableImage(
            f"Expected a picture ({_NAMES}), got a file that is none of these or is damaged: "
            "save it as JPEG or PNG and try again."
        ) from error
    except _BROKEN as error:
        raise UnreadableImage(_damaged()) from error


def _file_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise UnreadableImage("Expected a picture file, got a folder: choose one of the files in it.")
    try:
        _check_bytes(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise UnreadableImage(
            f"Expected a picture file, but {path.name!r} cannot be opened: choose another one."
        ) from error


def _check_bytes(size: int) -> None:
    if size > MAX_BYTES:
        raise UnreadableImage(
            f"Expected a file of at most {MAX_BYTES // 1024**2} MB, got {size / 1024**2:.1f} MB: "
            "save it smaller or as JPEG and try again."
        )


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise UnreadableImage(_too_large(f"{width} x {height} ({width * height / 1e6:.1f} megapixels)"))
    if min(width, height) < MIN_SIDE:
        raise UnreadableImage(
            f"Expected a picture of at least {MIN_SIDE} x {MIN_SIDE} pixels, got {width} x {height}: "
            "choose one in which the face is larger."
        )


def _too_large(got: str) -> str:
    limit = MAX_PIXELS // 1_000_000
    return f"Expected a picture of at most {limit} megapixels, got {got}: shrink or crop it and try again."


def _eight_bit(picture: Image.Image) -> Image.Image:
    """Grey pictures of 16 bit become 8 bit; Pillow's own conversion would clip them to white."""
    if not picture.mode.startswith("I"):
        return picture
    values = np.asarray(picture).astype(np.float64).clip(0, 65535)
    return Image.fromarray(np.round(values / 257).astype(np.uint8))


def _rgb(picture: Image.Image) -> Array:
    picture = _eight_bit(picture)
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", layer.size, (255, 255, 255, 255)), layer)
    return np.array(picture.convert("RGB"), dtype=np.uint8)


def _missing(picture: Image.Image) -> Mask:
    picture = _eight_bit(picture)
    if picture.has_transparency_data:
        alpha = np.asarray(picture.convert("RGBA").getchannel("A"))
        if alpha.min() != alpha.max():
            return np.asarray(alpha > MASK_THRESHOLD, dtype=np.bool_)
    return np.asarray(np.asarray(picture.convert("RGB").convert("L")) > MASK_THRESHOLD, dtype=np.bool_)
