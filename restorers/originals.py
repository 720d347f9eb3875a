"""A photograph as it came, and the same file with other pixels in a few places.

What a method paints is 8-bit sRGB. Here it goes into the file's own levels: 8 or 16 bits, grey or colour, in the file's own
colour profile, its transparency untouched. A JPEG stays a JPEG with its own quantisation tables and chroma sampling, so that
saving it once more moves little; every other kind becomes a PNG, which can hold all of that. Nothing else of the file's
metadata is kept; its orientation is applied. No PyTorch: the process that decodes strangers' files does this too.
"""

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, JpegImagePlugin

from restorers import bit_depth, decoding
from restorers.problems import UnreadableImage

Kind = Literal["same", "png", "jpg"]
"""Of the file that is written: as it came, or a kind whatever it was."""

JPEG_QUALITY: Final = 95
"""Of a JPEG that was none before."""
_COMPRESSION: Final = 3
"""zlib's level for PNG: at 6 a picture of 25 megapixels takes three times as long and is hardly smaller."""
_BAND: Final = 256
"""Rows that are blended at a time."""
_ORIENTATION: Final = 0x0112
_SIGNATURE_AND_HEADER: Final = 33
"""Bytes of a PNG before its second chunk."""


@dataclass(frozen=True, eq=False)
class Patch:
    """What changes in a photograph: pixels for a part of it, and how much each of them counts."""

    left: int
    top: int
    pixels: npt.NDArray[np.uint8]
    """(h, w, 3) sRGB."""
    weight: npt.NDArray[np.float32]
    """(h, w) in [0, 1]; where it is 0 the photograph stays as it is, bit for bit."""

    @property
    def place(self) -> tuple[slice, slice]:
        """Rows and columns of the photograph."""
        height, width = self.weight.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)

    @property
    def bands(self) -> "Iterator[Patch]":
        """The same in pieces of a few rows, so that a large one takes little memory."""
        for start in range(0, len(self.weight), _BAND):
            rows = slice(start, start + _BAND)
            yield Patch(self.left, self.top + start, self.pixels[rows], self.weight[rows])


@dataclass(frozen=True, eq=False)
class Original:
    """A decoded photograph in its own levels."""

    levels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
    """(H, W, 1) or (H, W, 3)."""
    alpha: npt.NDArray[np.uint8] | npt.NDArray[np.uint16] | None
    """(H, W) of the same depth; None where everything is opaque."""
    white: int
    """The level that stands for white."""
    profile: bytes
    """ICC, of `levels`; empty where they are sRGB."""
    jpeg: dict[str, Any]
    """How a JPEG was made, for Pillow; empty where it was none."""


def blended(levels: npt.NDArray[Any], patch: Patch, pixels: npt.NDArray[np.generic]) -> None:
    """Lay pixels into a picture, in place.

    Args:
        levels: (H, W, C) whole numbers.
        patch: where, and how much.
        pixels: (h, w, C) in the picture's own levels.
    """
    region = levels[patch.place]
    moved = region + patch.weight[..., None] * (pixels.astype(np.float32) - region)
    region[:] = np.clip(np.round(moved), 0, np.iinfo(levels.dtype).max).astype(levels.dtype)


def merged(data: bytes, patches: Sequence[Patch], kind: Kind = "same") -> tuple[bytes, str]:
    """The file of a photograph with patches in it.

    Args:
        data: the file as it came.
        patches: in the order in which they are laid over each other, in pixels of the upright photograph.
        kind: of the file to write.

    Returns:
        Its bytes, and the ending of its name, `png` or `jpg`.

    Raises:
        UnreadableImage: if it cannot be decoded.
    """
    original = decoded(data)
    for patch in patches:
        for band in patch.bands:
            blended(original.levels, band, _in_levels(original, band.pixels))
    if kind == "jpg" or (kind == "same" and original.jpeg):
        return _jpeg(original), "jpg"
    return _png(original), "png"


def decoded(data: bytes) -> Original:
    """Every level of a photograph, upright.

    Raises:
        UnreadableImage: if it is no picture that can be used.
    """
    first = decoding.opened(data)
    jpeg = _jpeg_settings(first)
    profile = first.info.get("icc_profile") or b""
    if bit_depth.is_deep(first):
        decoding.decoded(data, None)  # its limits and its sentences
        levels = bit_depth.levels_of(first, decoding.opened(data))
        levels = _upright(
            levels, int(first.getexif().get(_ORIENTATION, 1))
        )  # asked any earlier, it loads a PNG's 8 bits
        colours, alpha = np.ascontiguousarray(levels[..., :3]), levels[..., 3] if levels.shape[2] == 4 else None
        return Original(colours, alpha, bit_depth.white(colours), _kept(profile, "RGB"), jpeg)
    return _of(decoding.decoded(data, None), profile, jpeg)


def _of(picture: Image.Image, profile: bytes, jpeg: dict[str, Any]) -> Original:
    """A picture of Pillow's, without loss where it has levels of grey, RGB or their transparency."""
    if picture.mode.startswith("I"):
        grey = np.asarray(picture).clip(0, 65535).astype(np.uint16)[..., None]
        return Original(grey.copy(), None, bit_depth.white(grey), _kept(profile, "L"), {})
    alpha = np.asarray(picture.convert("RGBA").getchannel("A")) if picture.has_transparency_data else None
    if picture.mode in ("L", "LA", "1"):
        return Original(np.array(picture.convert("L"))[..., None], alpha, 255, _kept(profile, "L"), jpeg)
    if picture.mode in ("CMYK", "YCbCr"):  # sRGB from here on: what is written has three colours
        return Original(decoding.rgb(picture), None, 255, b"", {} if picture.mode == "CMYK" else jpeg)
    return Original(np.array(picture.convert("RGB")), alpha, 255, _kept(profile, "RGB"), jpeg)


def _kept(profile: bytes, mode: str) -> bytes:
    """A profile that says how these levels look; nothing where it is damaged, of another space, or sRGB's."""
    return profile if profile and decoding.profile_of(mode, profile) is not None else b""


def _upright(levels: npt.NDArray[np.uint16], orientation: int) -> npt.NDArray[np.uint16]:
    """Turn and mirror by EXIF's orientation, as `ImageOps.exif_transpose` does for what Pillow can hold."""
    if orientation in (5, 6, 7, 8):
        levels = levels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        levels = levels[::-1]
    if orientation in (2, 3, 6, 7):
        levels = levels[:, ::-1]
    return levels


def _in_levels(original: Original, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Colours in 8-bit sRGB (h, w, 3) in the levels of a photograph, (h, w, 1) or (h, w, 3)."""
    mode = "L" if original.levels.shape[2] == 1 else "RGB"
    picture = Image.fromarray(pixels)
    if original.profile:
        own = ImageCms.ImageCmsProfile(io.BytesIO(original.profile))
        moved = ImageCms.profileToProfile(picture, ImageCms.createProfile("sRGB"), own, outputMode=mode)
        picture = picture if moved is None else moved
    levels = np.asarray(picture.convert(mode), np.float32) * (original.white / 255)
    return levels if levels.ndim == 3 else levels[..., None]


def _jpeg_settings(picture: Image.Image) -> dict[str, Any]:
    """How a JPEG was made; empty for other kinds."""
    if not isinstance(picture, JpegImagePlugin.JpegImageFile):
        return {}
    sampling = JpegImagePlugin.get_sampling(picture)
    tables = {number: list(table) for number, table in picture.quantization.items()}
    return {"qtables": tables} | ({"subsampling": sampling} if sampling >= 0 else {})


def _jpeg(original: Original) -> bytes:
    levels = _eight(original)
    if original.alpha is not None:
        opacity = (original.alpha / np.iinfo(original.alpha.dtype).max)[..., None]
        levels = np.round(levels * opacity + 255 * (1 - opacity)).astype(np.uint8)
    picture = Image.fromarray(levels[..., 0] if levels.shape[2] == 1 else levels)
    settings = original.jpeg or {"quality": JPEG_QUALITY, "subsampling": 0}
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", icc_profile=original.profile or None, **settings)
    return buffer.getvalue()


def _eight(original: Original) -> npt.NDArray[np.uint8]:
    if original.levels.dtype == np.uint8:
        return original.levels.astype(np.uint8, copy=False)
    return np.round(original.levels.astype(np.float32).clip(0, original.white) * (255 / original.white)).astype(
        np.uint8
    )


def _png(original: Original) -> bytes:
    levels: npt.NDArray[Any] = original.levels
    if original.alpha is not None:
        levels = np.dstack([levels, original.alpha])
    if levels.shape[2] == 2:  # which OpenCV does not write; Pillow reads and writes it with 8 bits only
        buffer = io.BytesIO()
        Image.fromarray(levels.astype(np.uint8)).save(buffer, format="PNG", icc_profile=original.profile or None)
        return buffer.getvalue()
    import cv2  # the sandbox's workers, which decode with this module, shall start without it

    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[levels.shape[2]]
    done, encoded = cv2.imencode(
        ".png", np.ascontiguousarray(levels[..., order]), [cv2.IMWRITE_PNG_COMPRESSION, _COMPRESSION]
    )
    if not done:
        raise UnreadableImage("Expected a picture that can be written as PNG, got one that cannot: choose JPEG.")
    png = encoded.tobytes()
    if not original.profile:
        return png
    return png[:_SIGNATURE_AND_HEADER] + _profile_chunk(original.profile) + png[_SIGNATURE_AND_HEADER:]


def _profile_chunk(profile: bytes) -> bytes:
    """An iCCP chunk (PNG specification, third edition, 11.3.2.3): a name, the method 0, and the profile compressed by zlib."""
    content = b"iCCP" + b"ICC profile\0\0" + zlib.compress(profile)
    return struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
