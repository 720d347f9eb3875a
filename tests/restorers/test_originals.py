"""A photograph's file with other pixels in it: everything else stays as it came."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from restorers import images, originals
from restorers.originals import Patch
from restorers.sandbox import untrusted
from tests.restorers.test_images import matrix_profile

SIZE = (90, 120)


def noise(*shape: int, levels: int = 256) -> np.ndarray:
    kind = np.uint8 if levels == 256 else np.uint16
    return np.random.default_rng(5).integers(0, levels, shape, dtype=kind)


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format=kind, **options)
    return buffer.getvalue()


@pytest.fixture
def patch() -> Patch:
    """A red part, fading in, 20 px wide."""
    weight = np.zeros((30, 40), np.float32)
    weight[5:25, 10:30] = 1
    weight[5:25, 10] = 0.5
    red = np.zeros((30, 40, 3), np.uint8)
    red[..., 0] = 250
    return Patch(50, 20, red, weight)


def hidden(patch: Patch) -> np.ndarray:
    where = np.zeros(SIZE, bool)
    where[patch.place] = patch.weight > 0
    return where


def test_eight_bits_and_transparency_are_kept(patch: Patch) -> None:
    levels = noise(*SIZE, 4)
    data, ending = originals.merged(encoded(Image.fromarray(levels), "PNG"), [patch])
    after = np.asarray(Image.open(io.BytesIO(data)))
    assert ending == "png"
    assert np.array_equal(after[..., 3], levels[..., 3])
    assert np.array_equal(after[~hidden(patch)], levels[~hidden(patch)])
    assert (after[30:40, 65:75, :3] == (250, 0, 0)).all()


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kind", ["png", "tiff"])
def test_sixteen_bits_are_kept(kind: str, channels: int, patch: Patch) -> None:
    levels = noise(*SIZE, channels, levels=65536)
    done, data = cv2.imencode(f".{kind}", levels)
    assert done
    written, ending = originals.merged(data.tobytes(), [patch])
    read = cv2.imdecode(np.frombuffer(written, np.uint8), cv2.IMREAD_UNCHANGED)
    assert read is not None
    after = read.reshape(levels.shape)
    assert ending == "png"
    assert after.dtype == np.uint16
    assert np.array_equal(after[~hidden(patch)], levels[~hidden(patch)])
    # OpenCV's order of colours is the other way round
    painted = after[35, 70]
    assert painted[2 if channels > 1 else 0] == pytest.approx(250 * 257 if channels > 1 else 75 * 257, abs=300)


def test_a_colour_profile_is_kept_and_used(patch: Patch) -> None:
    profile = matrix_profile()
    source = encoded(Image.fromarray(noise(*SIZE, 3)), "PNG", icc_profile=profile)
    data, _ = originals.merged(source, [patch])
    assert Image.open(io.BytesIO(data)).info["icc_profile"] == profile
    # brought to sRGB as every reader does, the paint is what the method painted
    assert np.abs(images.read(data)[30:40, 65:75].astype(int) - (250, 0, 0)).max() <= 6
    assert np.array_equal(images.read(data)[~hidden(patch)], images.read(source)[~hidden(patch)])


@pytest.mark.parametrize(("quality", "subsampling"), [(60, 2), (88, 1), (95, 0)])
def test_a_jpeg_keeps_its_quality_and_sampling(quality: int, subsampling: int, patch: Patch) -> None:
    smooth = cv2.GaussianBlur(noise(*SIZE, 3), (0, 0), 4)
    source = encoded(Image.fromarray(smooth), "JPEG", quality=quality, subsampling=subsampling)
    data, ending = originals.merged(source, [patch])
    before, after = JpegImageFile(io.BytesIO(source)), JpegImageFile(io.BytesIO(data))
    assert ending == "jpg"
    assert after.quantization == before.quantization
    assert [part[1:3] for part in after.layer] == [part[1:3] for part in before.layer]
    far = np.ones(SIZE, bool)
    far[0:64, 32:112] = False
    assert np.abs(np.asarray(after).astype(int) - np.asarray(before))[far].max() <= 5  # that of saving it once more
    assert originals.merged(source, [patch], "png")[1] == "png"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("deep", [False, True])
def test_metadata_goes_and_the_orientation_is_applied(orientation: int, deep: bool, patch: Patch) -> None:
    levels = noise(*SIZE, 3, levels=65536 if deep else 256)
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "a camera"
    if deep:
        plain = cv2.imencode(".png", levels[..., ::-1])[1].tobytes()
        chunk = exif.tobytes()[6:]
        source = plain[:33] + _chunk(b"eXIf" + chunk) + plain[33:]
    else:
        source = encoded(Image.fromarray(levels), "PNG", exif=exif)
    data, _ = originals.merged(source, [])
    written = Image.open(io.BytesIO(data))
    assert not dict(written.getexif())
    assert np.array_equal(images.read(data), images.read(source))


def _chunk(content: bytes) -> bytes:
    import struct
    import zlib

    return struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "CMYK"])
def test_other_kinds_of_levels(mode: str, patch: Patch) -> None:
    source = encoded(Image.fromarray(noise(*SIZE, 3)).convert(mode), "TIFF" if mode == "CMYK" else "PNG")
    data, _ = originals.merged(source, [patch])
    assert np.array_equal(images.read(data)[~hidden(patch)], images.read(source)[~hidden(patch)])
    assert Image.open(io.BytesIO(data)).mode in {"L": "L", "LA": "LA", "1": "L"}.get(mode, "RGB")


def test_a_strangers_photograph_is_merged_in_a_process_of_its_own(patch: Patch) -> None:
    source = encoded(Image.fromarray(noise(*SIZE, 4)), "PNG")
    assert untrusted.merged(source, [patch, patch]) == originals.merged(source, [patch, patch])
    jpeg = encoded(Image.fromarray(noise(*SIZE, 3)), "JPEG", quality=70)
    assert untrusted.merged(jpeg, [patch]) == originals.merged(jpeg, [patch])


def test_a_large_patch_is_laid_in_bands() -> None:
    levels = noise(700, 50, 3)
    weight = np.random.default_rng(1).random((700, 50)).astype(np.float32)
    patch = Patch(0, 0, noise(700, 50, 3)[::-1].copy(), weight)
    whole = levels.copy()
    originals.blended(whole, patch, patch.pixels)
    data, _ = originals.merged(encoded(Image.fromarray(levels), "PNG"), [patch])
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), whole)
