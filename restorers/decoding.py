"""Picture files of every common kind as 8-bit sRGB: limits, formats, orientation, colour profiles.

A colour profile that lies inside the file (Display P3, Adobe RGB, a press's CMYK, ...) is applied, so that everything
behind this module is sRGB. Nothing of a file's metadata goes on: place, camera, thumbnail and profile end here.

HEIC needs the package pi-heif (`restorers/requirements-heic.txt`), which is optional because it brings a decoder of
its own; without it such a file is refused with a sentence that says so.
"""

import importlib
import io
import struct
import zlib
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError, features

from restorers import bit_depth, files
from restorers.problems import UnreadableImage
from restorers.sentences import Sentence

Array = npt.NDArray[np.uint8]
Source = str | Path | bytes | Image.Image | npt.NDArray[np.generic]

MAX_PIXELS: Final = 25_000_000
"""Largest picture that is decoded: what telephones of 24 megapixels take."""
MAX_BYTES: Final = 10 * 1024**2
"""Largest file that is opened."""
MIN_SIDE: Final = 32
"""Shortest side, in pixels, at which a face could still be made out."""

_FORMATS: Final = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", *(("AVIF",) if features.check("avif") else ()))
_NAMES: Final = f"JPEG, PNG, WebP, TIFF, BMP{', AVIF' if 'AVIF' in _FORMATS else ''} or HEIC"
_ALBUMS: Final = ("MPO", "HEIF")
"""Kinds whose further pictures are previews or the other eye's view of the first; elsewhere they are an animation."""
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
_SPEAKS_OF: Final = {
    "RGB": ("RGB", "RGBA", "RGBX", "P", "PA", "L", "LA", "1", "YCbCr"),
    "GRAY": ("L", "LA", "1"),
    "CMYK": ("CMYK",),
}
"""Colour space of a profile, and Pillow's modes that it can speak of."""
_UNREAD: Final = {"F": "floating-point levels", "LAB": "Lab colours", "HSV": "HSV colours"}
"""Pillow's modes that hold no displayable levels."""
_DAMAGED: Final = (
    "Expected a whole picture, got one that is damaged or cut short: download or export it again and try once more."
)
_BOMBS: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning)
# What Pillow's decoders raise on broken data (RuntimeError: pi-heif's; TypeError: a TIFF without its size); anything else is a
# bug and must surface.
_BROKEN: Final = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    TypeError,
    struct.error,
    zlib.error,
)


def decoded(source: Source, most_bytes: int | None = MAX_BYTES, most_pixels: int = MAX_PIXELS) -> Image.Image:
    """A picture within the limits, its pixels loaded and turned upright by its EXIF orientation.

    In this very process, so only for files that can be trusted; `restorers.sandbox.untrusted` is for all others.

    Args:
        source: path, the bytes of a file, a Pillow image or a uint8 array (H, W), (H, W, 3) or (H, W, 4).
        most_bytes: of a file; None for files that were written here.
        most_pixels: of a picture.

    Raises:
        UnreadableImage: if it is no still picture, is damaged, or is outside the limits.
    """
    data = b""
    if isinstance(source, np.ndarray):
        picture = _from_array(source)
    elif isinstance(source, Image.Image):
        picture = source
    else:
        data = files.read_bytes(source, most_bytes)
        picture = opened(data)
    _check_size(*picture.size, most_pixels)  # from the header: nothing has been decoded yet
    _check_mode(picture.mode)
    try:
        _check_still(picture)
        if data and bit_depth.is_deep(picture):
            bit_depth.load(picture, opened(data))
        picture.load()
        return ImageOps.exif_transpose(picture)
    except _BOMBS as error:
        raise UnreadableImage(_too_large(Sentence("a larger one"), most_pixels)) from error
    except _BROKEN as error:
        raise UnreadableImage(_DAMAGED) from error


def levels(picture: Image.Image) -> Array:
    """A decoded picture of any mode as 8-bit levels with its transparency, without its colour profile: a mask.

    Args:
        picture: what `decoded` returned.

    Returns:
        uint8 (H, W) where it is grey, (H, W, 4) where it has transparency, else (H, W, 3).

    Raises:
        UnreadableImage: if its pixels cannot be converted.
    """
    try:
        picture = eight_bit(picture)
        if picture.has_transparency_data:
            return np.asarray(picture.convert("RGBA"), np.uint8)
        return np.asarray(picture if picture.mode == "L" else picture.convert("RGB"), np.uint8)
    except _BROKEN as error:
        raise UnreadableImage(_DAMAGED) from error


def prepare() -> None:
    """Load what reads each kind, so that the first picture does not wait for it."""
    Image.init()
    _reads_heic()


def rgb(picture: Image.Image) -> Array:
    """A decoded picture of any mode as 8-bit sRGB, what is transparent laid on white.

    Args:
        picture: what `decoded` returned.

    Returns:
        uint8 (H, W, 3), writable.

    Raises:
        UnreadableImage: if its pixels cannot be converted.
    """
    try:
        profile = picture.info.get("icc_profile")
        picture = eight_bit(picture)
        alpha = picture.convert("RGBA").getchannel("A") if picture.has_transparency_data else None
        colours = _in_srgb(picture, profile) if profile else picture.convert("RGB")
        if alpha is not None:
            colours = Image.composite(colours, Image.new("RGB", colours.size, "white"), alpha)
        return np.array(colours, dtype=np.uint8)
    except _BROKEN as error:
        raise UnreadableImage(_DAMAGED) from error


def eight_bit(picture: Image.Image) -> Image.Image:
    """Grey pictures of 16 bit become 8 bit; Pillow's own conversion would clip them to white."""
    if not picture.mode.startswith("I"):
        return picture
    return Image.fromarray(bit_depth.to_eight(np.asarray(picture)))


def profile_of(mode: str, profile: bytes) -> ImageCms.ImageCmsProfile | None:
    """A file's own colour profile, if levels have to be moved by it.

    Args:
        mode: Pillow's, of the picture.
        profile: ICC, as it lies in the file.

    Returns:
        None where the profile is damaged, speaks of another space, or is sRGB's: that is taken as it is, not through a
        table that would move levels by one.
    """
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    except (ImageCms.PyCMSError, OSError):
        return None
    is_srgb = "srgb" in (own.profile.profile_description or "").lower()
    return None if is_srgb or mode not in _SPEAKS_OF.get(own.profile.xcolor_space.strip(), ()) else own


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """RGB through the file's own colour profile; one that is damaged or speaks of another space is passed over."""
    own = profile_of(picture.mode, profile)
    if own is None:
        return picture.convert("RGB")
    space = own.profile.xcolor_space.strip()
    try:
        same = picture.convert("L" if space == "GRAY" else space)
        moved = ImageCms.profileToProfile(same, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return picture.convert("RGB")
    return picture.convert("RGB") if moved is None else moved


def _from_array(array: npt.NDArray[np.generic]) -> Image.Image:
    if array.dtype != np.uint8 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise UnreadableImage(
            "Expected a uint8 array of shape (H, W), (H, W, 3) or (H, W, 4), got {dtype} {shape}: convert it "
            "to 8-bit RGB.",
            dtype=array.dtype,
            shape=array.shape,
        )
    _check_size(array.shape[1], array.shape[0])  # Pillow refuses empty arrays in its own words
    return Image.fromarray(array.astype(np.uint8))


def opened(data: bytes) -> Image.Image:
    """A picture file of one of the kinds that are read, its header alone.

    Raises:
        UnreadableImage: if it is none.
    """
    formats = _FORMATS
    if _is_heic(data):
        if not _reads_heic():
            raise UnreadableImage(
                "Expected JPEG, PNG or another common kind, got HEIC, which is read only where the package pi-heif is "
                "installed (pip install pi-heif): install it, or save the picture as JPEG, and try again."
            )
        formats = ("HEIF",)
    try:
        return Image.open(io.BytesIO(data), formats=formats)
    except _BOMBS as error:
        raise UnreadableImage(_too_large(Sentence("a far larger one"))) from error
    except UnidentifiedImageError as error:
        # A known signature with a header that cannot be read is reported the same way by Pillow.
        raise UnreadableImage(
            "Expected a picture ({names}), got a file that is none of these or is damaged: save it as JPEG "
            "or PNG and try again.",
            names=_NAMES,
        ) from error
    except _BROKEN as error:
        raise UnreadableImage(_DAMAGED) from error


def _is_heic(data: bytes) -> bool:
    """Whether the file-type box of an ISO base media file (ISO/IEC 23008-12, clause 10) names HEVC pictures."""
    if data[4:8] != b"ftyp":
        return False
    box = data[8 : min(int.from_bytes(data[:4], "big"), 256)]
    brands = {box[place : place + 4] for place in range(0, len(box), 4) if place != 4}  # 4: the minor version
    return bool(brands & _HEIC_BRANDS) and not brands & {b"avif", b"avis"}


@cache
def _reads_heic() -> bool:
    """Teach Pillow HEIC if the package is there."""
    try:
        heif: Any = importlib.import_module("pi_heif")
    except ImportError:
        return False
    heif.register_heif_opener()
    return True


def _check_size(width: int, height: int, most_pixels: int = MAX_PIXELS) -> None:
    if width * height > most_pixels:
        raise UnreadableImage(_too_large(_size(width, height), most_pixels))
    if min(width, height) < MIN_SIDE:
        raise UnreadableImage(
            "Expected a picture of at least {least} x {least} pixels, got {width} x {height}: choose one in "
            "which the face is larger.",
            least=MIN_SIDE,
            width=width,
            height=height,
        )


def _check_mode(mode: str) -> None:
    if mode in _UNREAD:
        raise UnreadableImage(
            "Expected RGB, CMYK, grey or a palette of 8 or 16 bits, got a file of {kind}: save the picture "
            "as 8-bit RGB and try again.",
            kind=Sentence(_UNREAD[mode]),
        )


def _check_still(picture: Image.Image) -> None:
    frames = 1 if picture.format in _ALBUMS else int(getattr(picture, "n_frames", 1))
    if frames > 1:
        raise UnreadableImage(
            "Expected one still picture, got a file of {frames} (an animation or pages): save one of them "
            "alone and try again.",
            frames=frames,
        )


def _size(width: int, height: int) -> Sentence:
    return Sentence("{width} x {height} ({size:.1f} megapixels)", width=width, height=height, size=width * height / 1e6)


def _too_large(got: Sentence, most_pixels: int = MAX_PIXELS) -> Sentence:
    return Sentence(
        "Expected a picture of at most {most} megapixels, got {got}: shrink or crop it and try again.",
        most=most_pixels // 1_000_000,
        got=got,
    )
