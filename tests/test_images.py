import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from restorers import images
from restorers.contract import BadMask, UnreadableImage


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format=kind, **options)
    return buffer.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def bomb(width: int, height: int) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def grey_steps(size: tuple[int, int] = (48, 64)) -> np.ndarray:
    return np.linspace(0, 255, size[0] * size[1]).reshape(size).astype(np.uint8)


@pytest.fixture
def photograph() -> Image.Image:
    levels = np.random.default_rng(1).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    return Image.fromarray(levels)


BAD_FILES: dict[str, tuple[Callable[[Image.Image], bytes], str]] = {
    "not an image": (lambda _: b"%PDF-1.7 " + bytes(500), "JPEG, PNG"),
    "text": (lambda _: b"a line of text\n" * 9, "JPEG, PNG"),
    "gif": (lambda photo: encoded(photo, "GIF"), "JPEG, PNG"),
    "zero bytes": (lambda _: b"", "empty file"),
    "truncated PNG": (lambda photo: encoded(photo)[:2000], "damaged"),
    "truncated JPEG": (lambda photo: encoded(photo, "JPEG")[:1500], "damaged"),
    "truncated WebP": (lambda photo: encoded(photo, "WEBP")[:1000], "damaged"),
    "header only": (lambda photo: encoded(photo)[:20], "damaged"),
    "1 px wide": (lambda photo: encoded(photo.resize((1, 64))), "1 x 64"),
    "31 px high": (lambda photo: encoded(photo.resize((64, 31))), "64 x 31"),
    "bomb": (lambda _: bomb(20_000, 20_000), "12 megapixels"),
    "smaller bomb": (lambda _: bomb(9_000, 9_000), "9000 x 9000"),
    "just too large": (lambda _: bomb(4_001, 3_000), "4001 x 3000"),
    "over 10 MB": (lambda photo: encoded(photo) + bytes(10 * 1024**2), "10 MB"),
}


@pytest.mark.parametrize("name", BAD_FILES)
@pytest.mark.parametrize("as_path", [False, True], ids=["bytes", "path"])
def test_bad_files_get_a_sentence(name: str, as_path: bool, photograph: Image.Image, tmp_path: Path) -> None:
    make, says = BAD_FILES[name]
    data = make(photograph)
    (tmp_path / "upload").write_bytes(data)
    with pytest.raises(UnreadableImage, match=says) as caught:
        images.read(tmp_path / "upload" if as_path else data)
    assert str(caught.value).endswith(".")
    assert str(tmp_path) not in str(caught.value)


def test_folders_and_missing_files_get_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match="folder"):
        images.read(tmp_path)
    with pytest.raises(UnreadableImage, match=r"'gone\.png' cannot be opened"):
        images.read(str(tmp_path / "gone.png"))


@pytest.mark.parametrize(
    "array",
    [np.zeros((64, 64, 3)), np.zeros((64, 64, 2), np.uint8), np.zeros((0, 64, 3), np.uint8), np.zeros(64, np.uint8)],
    ids=["float", "two channels", "empty", "flat"],
)
def test_bad_arrays_get_a_sentence(array: np.ndarray) -> None:
    with pytest.raises(UnreadableImage):
        images.read(array)


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(*_: object) -> None:
        pytest.fail("the picture was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    with pytest.raises(UnreadableImage, match="megapixels"):
        images.read(bomb(9_000, 9_000))


def test_lossless_sources_read_the_same(photograph: Image.Image, tmp_path: Path) -> None:
    expected = np.asarray(photograph)
    photograph.save(tmp_path / "photo.webp", lossless=True)
    sources: list[images.Source] = [
        encoded(photograph),
        tmp_path / "photo.webp",
        str(tmp_path / "photo.webp"),
        photograph,
        expected,
    ]
    for source in sources:
        read = images.read(source)
        assert np.array_equal(read, expected)
        assert read.flags.writeable
        assert read is not expected


def test_exif_orientation_is_applied_and_dropped(photograph: Image.Image) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera turned: the viewer has to rotate it clockwise
    exif[0x010F] = "Camera"
    data = encoded(photograph, "PNG", exif=exif)
    read = images.read(data)
    assert np.array_equal(read, np.rot90(np.asarray(photograph), -1))
    assert not Image.open(io.BytesIO(images.png_bytes(read))).getexif()


@pytest.mark.parametrize("kind", ["L", "LA", "RGBA", "P", "1", "CMYK", "I;16"])
def test_modes_become_rgb(kind: str) -> None:
    steps = grey_steps()
    grey = Image.fromarray(steps)
    picture = Image.fromarray(steps.astype(np.uint16) * 257) if kind == "I;16" else grey.convert(kind)
    read = images.read(picture if kind == "CMYK" else encoded(picture))  # PNG knows no CMYK
    assert read.shape == (48, 64, 3)
    assert read.dtype == np.uint8
    error = np.abs(read.astype(int) - steps[..., None])
    assert error.mean() < (130 if kind == "1" else 1)
    assert read.min() < 8
    assert read.max() > 247


def test_cmyk_jpeg_is_not_inverted() -> None:
    read = images.read(encoded(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG"))
    assert read[32, 32, 0] > 240
    assert read[32, 32, 1:].max() < 15


def test_transparency_is_laid_on_white() -> None:
    levels = np.zeros((64, 64, 4), np.uint8)
    levels[:, 32:, 3] = 255
    levels[:, 16:32, 3] = 51
    read = images.read(encoded(Image.fromarray(levels)))
    assert (read[:, :16] == 255).all()
    assert (read[:, 16:32] == 204).all()
    assert (read[:, 32:] == 0).all()


def test_transparent_palette_is_laid_on_white() -> None:
    picture = Image.new("P", (64, 64), 0)
    picture.putpalette([200, 10, 10, 10, 200, 10])
    picture.paste(1, (32, 0, 64, 64))
    read = images.read(encoded(picture, transparency=0))
    assert (read[:, :32] == 255).all()
    assert (read[:, 32:] == (10, 200, 10)).all()


def test_tensor_round_trip_is_exact() -> None:
    levels = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    tensor = images.to_tensor(levels)
    assert tensor.shape == (1, 3, 16, 16)
    assert tensor.dtype == torch.float32
    assert (float(tensor.min()), float(tensor.max())) == (0.0, 1.0)
    assert np.array_equal(images.to_array(tensor), levels)
    assert np.array_equal(images.to_array(tensor[0]), levels)


def test_channels_stay_in_place() -> None:
    red = np.zeros((32, 40, 3), np.uint8)
    red[..., 0] = 255
    assert images.to_tensor(red).mean((0, 2, 3)).tolist() == [1, 0, 0]


def test_to_array_rounds_and_clamps() -> None:
    values = torch.tensor([0.4, 0.6, 254.4, 254.6, -3, 300]) / 255
    array = images.to_array(values.expand(3, 1, 6))
    assert array[0, :, 0].tolist() == [0, 1, 254, 255, 0, 255]


def test_quantised_is_what_is_saved() -> None:
    pixels = torch.rand(2, 3, 50, 50, generator=torch.Generator().manual_seed(0))
    rounded = images.quantised(pixels)
    assert not torch.equal(rounded, pixels)
    for picture in rounded:
        assert torch.equal(images.to_tensor(images.to_array(picture))[0], picture)
    assert torch.equal(images.quantised(rounded), rounded)


def test_wrong_shapes_are_named() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3, 8, 8\)"):
        images.to_array(torch.zeros(2, 3, 8, 8))
    with pytest.raises(ValueError, match="float64"):
        images.to_tensor(np.zeros((8, 8, 3)))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"\(8, 8, 3\)"):
        images.mask_to_tensor(np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(ValueError, match=r"\(2, 1, 8, 8\)"):
        images.mask_to_array(torch.zeros(2, 1, 8, 8))


def test_mask_round_trip() -> None:
    mask = np.random.default_rng(2).random((20, 30)) < 0.3
    tensor = images.mask_to_tensor(mask)
    assert tensor.shape == (1, 1, 20, 30)
    assert tensor.dtype == torch.float32
    assert torch.equal(tensor, images.mask_to_tensor(mask.astype(np.uint8) * 7))
    assert np.array_equal(images.mask_to_array(tensor), mask.astype(np.uint8) * 255)


def test_resize_does_not_alias() -> None:
    stripes = np.zeros((300, 300, 3), np.uint8)
    stripes[:, ::2] = 255
    small = images.resize(stripes, 64)
    assert small.shape == (64, 64, 3)
    assert np.abs(small[:, 4:-4].astype(int) - 128).max() < 12


def test_resize_up_and_same() -> None:
    flat = np.full((40, 60, 3), 77, np.uint8)
    assert (images.resize(flat, 128) == 77).all()
    square = np.random.default_rng(0).integers(0, 256, (50, 50, 3), dtype=np.uint8)
    same = images.resize(square, 50)
    assert np.array_equal(same, square)
    assert not np.shares_memory(same, square)


def test_centre_square() -> None:
    wide = np.zeros((10, 31, 3), np.uint8)
    wide[:, 10:20] = 9
    assert (images.centre_square(wide) == 9).all()
    assert images.centre_square(wide.transpose(1, 0, 2)).shape == (10, 10, 3)


def half_mask(size: tuple[int, int] = (48, 64)) -> np.ndarray:
    mask = np.zeros(size, np.uint8)
    mask[: size[0] // 2] = 255
    return mask


def test_mask_by_brightness_and_by_opacity() -> None:
    mask = half_mask()
    black = np.zeros((48, 64), np.uint8)
    layers = np.dstack([black, black, black, mask])
    opaque = np.dstack([mask, mask, mask, np.full_like(mask, 255)])
    for source in (mask, mask > 0, encoded(Image.fromarray(mask)), encoded(Image.fromarray(mask).convert("1"))):
        assert np.array_equal(images.read_mask(source, (48, 64)), mask > 0)
    for layered in (layers, opaque):
        assert np.array_equal(images.read_mask(encoded(Image.fromarray(layered)), (48, 64)), mask > 0)


def test_mask_threshold() -> None:
    steps = np.repeat(np.array([[0, 127, 128, 255]], np.uint8), 40, axis=0).repeat(10, axis=1)
    assert images.read_mask(steps, (40, 40))[0].reshape(4, 10).all(1).tolist() == [False, False, True, True]


def test_bad_masks_get_a_sentence() -> None:
    with pytest.raises(BadMask, match=r"32 x 48 pixels .* got 64 x 48"):
        images.read_mask(half_mask(), (48, 32))
    with pytest.raises(BadMask, match="everything"):
        images.read_mask(np.full((48, 64), 255, np.uint8), (48, 64))
    empty = np.zeros((48, 64), np.uint8)
    assert not images.read_mask(empty, (48, 64)).any()
    with pytest.raises(BadMask, match="nothing"):
        images.read_mask(empty, (48, 64), allow_empty=False)
    with pytest.raises(UnreadableImage, match="empty file"):
        images.read_mask(b"", (48, 64))


def test_png_is_lossless_and_bare(drawn_face: np.ndarray) -> None:
    data = images.png_bytes(drawn_face)
    opened = Image.open(io.BytesIO(data))
    assert opened.format == "PNG"
    assert not opened.info
    assert np.array_equal(images.read(data), drawn_face)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(images.png_bytes(half_mask())))), half_mask())
